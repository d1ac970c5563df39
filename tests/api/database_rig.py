"""The real API before a real engine on the real contact database; only the telephony is in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import aiohttp

from compliance.rule_files import shipped_rules
from dialer.bootstrap import knowledge, publisher, quality_desk, recording_desk, score_desk, segment_desk, waves_of
from dialer.clock import ScaledClock
from dialer.domain.contact import Channel
from dialer.domain.ids import EngineName
from dialer.domain.service_group import ServiceGroup
from dialer.domain.trigger import TriggerRule
from dialer.engine.desk import Desk
from dialer.engine.engine import Books, Engine, Rhythm
from dialer.engine.gate import Gate
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.scoring.contact_history import load_rule
from dialer.settings import AsteriskSettings, ContactsSettings, QualitySettings, ReportSettings, ScoringSettings
from integrations.contact_db.abandonment_book import DatabaseAbandonmentBook
from integrations.contact_db.agent_book import DatabaseAgentBook
from integrations.contact_db.attempt_book import DatabaseAttemptBook
from integrations.contact_db.calendar_book import DatabaseCalendarBook
from integrations.contact_db.caller_id_book import DatabaseCallerIdBook
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.consent_book import DatabaseConsentBook
from integrations.contact_db.contact_book import DatabaseContactBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.disposition_book import DatabaseDispositionBook
from integrations.contact_db.dnc_book import DatabaseDncBook
from integrations.contact_db.inbound_book import DatabaseInboundBook
from integrations.contact_db.lead_ranks import DatabaseLeadHours
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.national_lists import DatabaseNationalLists
from integrations.contact_db.offer_book import DatabaseOfferBook
from integrations.contact_db.pacing_book import DatabasePacingBook
from integrations.contact_db.person_book import DatabasePersonBook
from integrations.contact_db.product_book import DatabaseProductBook
from integrations.contact_db.proof_book import DatabaseProofBook
from integrations.contact_db.quality_book import DatabaseQualityBook
from integrations.contact_db.reading import DatabaseReadings
from integrations.contact_db.shop_tasks import DatabaseShopTasks
from integrations.contact_db.switch_book import DatabaseSwitchBook
from integrations.contact_db.trigger_book import DatabaseTriggerBook
from integrations.contact_db.wave_book import DatabaseWaveBook
from integrations.contact_db.wave_reading import WaveReading
from integrations.contact_db.webhook_book import DatabaseWebhookBook
from integrations.http_api.app import api, serving
from integrations.http_api.office import ApiBooks
from integrations.http_api.rights import Door
from tests.api.rig import SPEED, Asker, tokens
from tests.fakes.telephony import FakeTelephony
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK
from tests.waves.fake_channel import FakeChannel


@dataclass
class DatabaseRig(Asker):
    desk: Desk
    telephony: FakeTelephony
    sms: FakeChannel


@asynccontextmanager
async def database_rig(
    database: ContactDatabase,
    folder: Path,
    groups: Sequence[ServiceGroup] = (),
    trigger_rules: Sequence[TriggerRule] = (),
    quality: QualitySettings | None = None,
) -> AsyncIterator[DatabaseRig]:
    clock = ScaledClock(MONDAY_TEN_IN_NEW_YORK, asyncio.get_running_loop().time(), SPEED)
    telephony = FakeTelephony(clock, inbound_queues=[queue for group in groups for queue in group.queues])
    books = Books(
        DatabaseLeadStock(database),
        DatabaseAttemptBook(database),
        DatabaseAgentBook(database),
        DatabaseCampaignBook(database),
        DatabaseAbandonmentBook(database),
        DatabasePacingBook(database),
        DatabaseInboundBook(database),
        DatabaseSwitchBook(database),
        DatabaseProofBook(database),
        DatabaseDncBook(database),
        DatabaseCallerIdBook(database),
        DatabaseTriggerBook(database),
        DatabaseOfferBook(database),
        DatabaseProductBook(database),
        DatabaseCalendarBook(database),
        DatabaseLeadHours(database),
    )
    engine = Engine(
        books=books,
        telephony=telephony,
        gate=Gate(shipped_rules()),
        points=load_rule(None),
        rhythm=Rhythm(EngineName("engine-1"), 200, 120.0, 0.5, 1.0, 60.0, folder / "spool.jsonl"),
        clock=clock,
        random=Random(7),
        groups=groups,
        trigger_rules=trigger_rules,
    )
    desk = Desk(engine, DatabaseDispositionBook(database), DatabaseDncBook(database), shipped_rules)
    readings = DatabaseReadings(database)
    sms = FakeChannel()
    segments = segment_desk(database, clock, load_catalogue(None))
    waves = waves_of(engine, DatabaseWaveBook(database), {Channel.SMS: sms})
    scores = score_desk(ScoringSettings(), database, clock)
    asterisk = AsteriskSettings(name="main", secret="not asked for here", recordings=folder)
    api_books = ApiBooks(
        books.campaigns,
        books.agents,
        books.leads,
        DatabaseContactBook(database),
        DatabaseDncBook(database),
        readings,
        DatabaseConsentBook(database),
        DatabasePersonBook(database, 5),
        knowledge(ContactsSettings(link_secret="s" * 32), database),
        segments,
        WaveReading(database),
        DatabaseShopTasks(database),
        DatabaseWebhookBook(database),
        waves.inbox,
        scores,
        recording_desk(engine, database, [asterisk], 0),
        publisher(
            ReportSettings(zone="America/New_York"), database, segments, clock, contest=DatabaseQualityBook(database)
        ),
        quality_desk(QualitySettings() if quality is None else quality, database, clock),
    )
    async with DatabaseNationalLists(database).loading("US-DNC", clock.now(), clock.now(), "test", force=True):
        pass
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(engine.run(stop))
        scoring = group.create_task(scores.run())
        waving = group.create_task(waves.run())
        await asyncio.sleep(0)
        telephony.link_up()
        app = api(desk, api_books, Door(tokens()), clock)
        async with serving(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
            rig = DatabaseRig(session, f"http://127.0.0.1:{port}", desk, telephony, sms)
            await rig.until(lambda: any(server.trusted for server in desk.servers()))
            yield rig
        scoring.cancel()
        waving.cancel()
        stop.set()
