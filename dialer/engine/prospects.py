"""A lead as pacing sees it: its own chance to answer, or the score, the local hour and the attempts that tell of it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from compliance.zones import place_of
from dialer.domain.lead import Lead
from pacing.prospect import Prospect, prospect


def prospect_of(lead: Lead, now: datetime) -> Prospect:
    local = local_time(lead, now)
    return prospect(lead.score, None if local is None else local.hour, lead.attempts, lead.answer_probability)


def local_time(lead: Lead, now: datetime) -> datetime | None:
    """By the contact's own zone, else the first that its number may be in; None: not known."""
    number = lead.number_to_dial()
    zones = (lead.time_zone,) if lead.time_zone else place_of(number.number.e164).zones if number else ()
    try:
        return now.astimezone(ZoneInfo(zones[0])) if zones and zones[0] else None
    except (KeyError, ValueError, OSError):
        return None  # the gate blocks a lead whose zone is none
