"""A running engine with its surroundings."""

import asyncio
from dataclasses import dataclass

from dialer.clock import Clock
from dialer.engine.desk import Desk
from dialer.engine.engine import Engine
from dialer.engine.quality.desk import QualityDesk
from dialer.engine.recordings import RecordingDesk
from dialer.engine.reports.publishing import Publisher
from dialer.engine.scoring.desk import ScoreDesk
from dialer.engine.waves.runner import Waves
from dialer.settings import Settings
from integrations.asterisk.telephony import AsteriskTelephony
from integrations.contact_db.database import ContactDatabase
from integrations.http_api.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Service:
    """A running engine with its surroundings."""

    settings: Settings
    clock: Clock
    database: ContactDatabase
    telephony: AsteriskTelephony
    engine: Engine
    desk: Desk
    knowledge: Knowledge
    waves: Waves
    scores: ScoreDesk
    recordings: RecordingDesk
    reports: Publisher
    quality: QualityDesk
    stop: asyncio.Event
    """Set it to drain and end."""
