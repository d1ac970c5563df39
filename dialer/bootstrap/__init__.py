"""The composition root: the only place that knows every part and puts them together."""

from dialer.bootstrap.api import serving_api
from dialer.bootstrap.files import compliance_rules, trigger_rules
from dialer.bootstrap.housekeeping import once_a_day, once_a_local_day
from dialer.bootstrap.parts import (
    knowledge,
    quality_desk,
    recording_desk,
    score_desk,
    scoring_plan,
    segment_desk,
    waves_of,
)
from dialer.bootstrap.reports import publisher
from dialer.bootstrap.service import Service
from dialer.bootstrap.start import contact_database, running_service

__all__ = [
    "Service",
    "compliance_rules",
    "contact_database",
    "knowledge",
    "once_a_day",
    "once_a_local_day",
    "publisher",
    "quality_desk",
    "recording_desk",
    "running_service",
    "score_desk",
    "scoring_plan",
    "segment_desk",
    "serving_api",
    "trigger_rules",
    "waves_of",
]
