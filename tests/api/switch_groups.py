"""Service groups of the tests, and what is remembered of their switches."""

from datetime import timedelta

from dialer.domain.service_group import ServiceGroup
from dialer.ports import SwitchChange
from pacing.marketing.rule import SwitchRule
from pacing.marketing.verdict import SwitchState
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK

LEIPZIG = ServiceGroup(
    "leipzig",
    ("service", "billing"),
    SwitchRule(
        time_zone="Europe/Berlin",
        minimum_offered=1,
        least_open_seconds=0.0,
        busy_first_days=0,
        busy_last_days=0,
        unmeasured_seconds=60.0,
    ),
)
HALLE = ServiceGroup("halle", ())
"""It has no queue, so that nothing can open its switch."""
OPENED = SwitchChange(
    "leipzig",
    MONDAY_TEN_IN_NEW_YORK - timedelta(hours=1),
    SwitchState.OPEN,
    (),
    "inbound service is on target",
    {"rate": 0.91, "target": 0.8, "earliest_open": None, "holding": []},
)
