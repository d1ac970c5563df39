"""Identifiers, one type each, so that a lead's id is never taken for a contact's."""

from datetime import datetime
from random import Random
from typing import NewType
from uuid import UUID

ContactId = NewType("ContactId", int)
NumberId = NewType("NumberId", int)
LeadId = NewType("LeadId", int)
CampaignId = NewType("CampaignId", int)
AgentId = NewType("AgentId", str)
"""The agent's login number in Asterisk's agents.conf, e.g. "1001"."""
AttemptId = NewType("AttemptId", str)
"""A UUID in its dashed form; it is also the channel's unique id in Asterisk."""
ActId = NewType("ActId", str)
"""A UUID in its dashed form: one step of a wave, taken for one person."""
ServerName = NewType("ServerName", str)
EngineName = NewType("EngineName", str)


def new_attempt_id(now: datetime, random: Random) -> AttemptId:
    """A version 7 UUID (RFC 9562, 5.7): ordered by time, so the attempts' index grows at one end."""
    milliseconds = int(now.timestamp() * 1000) & (2**48 - 1)
    value = milliseconds << 80 | 0x7 << 76 | random.getrandbits(12) << 64 | 0b10 << 62 | random.getrandbits(62)
    return AttemptId(str(UUID(int=value)))
