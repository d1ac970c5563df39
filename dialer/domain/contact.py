"""A person in the contact database: what kinds of things are known, and by which channels they are met."""

from enum import StrEnum


class AttributeKind(StrEnum):
    """What an attribute tells of a person."""

    PERSONAL = "personal"
    SOCIAL = "social"
    CONSUMPTION = "consumption"


class Channel(StrEnum):
    CALL = "call"
    SMS = "sms"
    EMAIL = "email"
    IVR = "ivr"  # a prompt played by the switch, without an agent
    SHOP = "shop"
    WEB = "web"
    LETTER = "letter"


class Direction(StrEnum):
    OUTBOUND = "outbound"
    INBOUND = "inbound"
