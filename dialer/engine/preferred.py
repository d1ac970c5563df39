"""What a lead's contact prefers, against a call now."""

from datetime import datetime

from compliance.checks import Failure
from dialer.domain.contact import Channel
from dialer.domain.lead import Lead
from dialer.domain.preferences import PREFERENCE, objection
from dialer.engine.people.zones import zones_of


def unwanted(lead: Lead, topic: str, now: datetime) -> Failure | None:
    """Why the contact does not want this call, and until when; None: nothing stands against it. `topic`: of the
    campaign; empty: none. A call-back that was promised goes before a wish for other times."""
    number = lead.number_to_dial()
    zones = zones_of(lead.time_zone, lead.region, [] if number is None else [number.number])
    found = objection(lead.preferences, Channel.CALL, topic, zones, now)
    if found is None or (lead.call_back_at is not None and found.about_times):
        return None
    return Failure("contact", PREFERENCE, found.reason, found.until is None, found.until)
