"""A lead as pacing sees it: its own chance to answer, or the score, the local hour and the attempts that tell of it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from compliance.zones import place_of
from dialer.domain.lead import Lead
from pacing.prospect import Prospect, prospect


def prospect_of(lead: Lead, now: datetime) -> Prospect:
    return prospect(lead.score, _local_hour(lead, now), lead.attempts, lead.answer_probability)


def _local_hour(lead: Lead, now: datetime) -> int | None:
    """By the contact's own zone, else the first that its number may be in."""
    number = lead.number_to_dial()
    zones = (lead.time_zone,) if lead.time_zone else place_of(number.number.e164).zones if number else ()
    try:
        return now.astimezone(ZoneInfo(zones[0])).hour if zones and zones[0] else None
    except (KeyError, ValueError, OSError):
        return None  # the gate blocks a lead whose zone is none
