"""Starting an engine with its surroundings, and ending it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from random import SystemRandom

from compliance.rulebook import Rules
from dialer.bootstrap.files import compliance_rules, trigger_rules
from dialer.bootstrap.housekeeping import housekeeping
from dialer.bootstrap.parts import knowledge, quality_desk, recording_desk, score_desk, segment_desk, waves_of
from dialer.bootstrap.reports import post_of, publisher
from dialer.bootstrap.service import Service
from dialer.clock import parse_clock
from dialer.domain.errors import BadInput
from dialer.domain.ids import EngineName
from dialer.engine.desk import Desk
from dialer.engine.engine import Books, Engine, Rhythm
from dialer.engine.gate import Gate
from dialer.engine.scoring.contact_history import load_rule
from dialer.ports.tracing import AttemptTracer
from dialer.settings import EngineSettings, Settings, TracingSettings
from integrations.asterisk.telephony import AsteriskTelephony
from integrations.channels.opening import opened_channels
from integrations.contact_db.abandonment_book import DatabaseAbandonmentBook
from integrations.contact_db.agent_book import DatabaseAgentBook
from integrations.contact_db.attempt_book import DatabaseAttemptBook
from integrations.contact_db.calendar_book import DatabaseCalendarBook
from integrations.contact_db.caller_id_book import DatabaseCallerIdBook
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.disposition_book import DatabaseDispositionBook
from integrations.contact_db.dnc_book import DatabaseDncBook
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.engine_seat import engine_seat
from integrations.contact_db.house_pressure import HousePressure, put_house_pressure
from integrations.contact_db.inbound_book import DatabaseInboundBook
from integrations.contact_db.lead_ranks import DatabaseLeadHours
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.migration import migrate
from integrations.contact_db.offer_book import DatabaseOfferBook
from integrations.contact_db.pacing_book import DatabasePacingBook
from integrations.contact_db.product_book import DatabaseProductBook
from integrations.contact_db.proof_book import DatabaseProofBook
from integrations.contact_db.quality_book import DatabaseQualityBook
from integrations.contact_db.switch_book import DatabaseSwitchBook
from integrations.contact_db.trigger_book import DatabaseTriggerBook
from integrations.contact_db.wave_book import DatabaseWaveBook
from integrations.contact_db.webhook_book import DatabaseWebhookBook
from integrations.webhooks.sender import WebhookSender


@asynccontextmanager
async def contact_database(settings: Settings) -> AsyncIterator[ContactDatabase]:
    """The user's own database or the embedded one, migrated and open."""
    if settings.database.url:
        async with _opened(settings.database.url, settings) as database:
            yield database
    else:
        async with (
            embedded_postgres(settings.engine.data_directory.expanduser()) as url,
            _opened(url, settings) as database,
        ):
            yield database


@asynccontextmanager
async def _opened(url: str, settings: Settings) -> AsyncIterator[ContactDatabase]:
    await migrate(url)
    database = await ContactDatabase.open(url, settings.database.pool_size)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def running_service(settings: Settings) -> AsyncIterator[Service]:
    """Everything but the HTTP API, started; on leaving, drained and stopped.

    BadInput when the settings don't suffice, DatabaseUnavailable, LoginRefused, Conflict when an engine of this name
    works on this database already.
    """
    if not settings.asterisk:
        raise BadInput("no Asterisk server is named; add an [[asterisk]] section", "asterisk")
    rules = compliance_rules(settings.compliance.rules)
    async with (
        contact_database(settings) as database,
        engine_seat(database, EngineName(settings.engine.name)),
        attempt_tracer(settings.tracing, settings.engine.name) as tracer,
    ):
        house = HousePressure(settings.campaigns.pressure_contacts, settings.campaigns.pressure_days)
        await put_house_pressure(database, house)
        service = _assemble(settings, database, rules, tracer)
        async with asyncio.TaskGroup() as group:
            links = group.create_task(service.telephony.run(), name="telephony")
            engine = group.create_task(service.engine.run(service.stop), name="engine")
            waves = group.create_task(service.waves.run(), name="waves")
            webhooks = group.create_task(_webhook_sender(service).run(), name="webhooks")
            scores = group.create_task(service.scores.run(), name="scores")
            chores = housekeeping(service)
            try:
                yield service
            finally:
                service.stop.set()
                waves.cancel()
                await asyncio.wait([engine])
                chores.shutdown(wait=False)
                links.cancel()
                webhooks.cancel()
                scores.cancel()


def _webhook_sender(service: Service) -> WebhookSender:
    told = service.settings.webhooks
    book = DatabaseWebhookBook(service.database)
    return WebhookSender(book, service.clock, tries=told.tries, private=told.private_addresses)


@asynccontextmanager
async def attempt_tracer(settings: TracingSettings, engine: str) -> AsyncIterator[AttemptTracer | None]:
    """None: nothing is traced. BadInput: the extra is not installed."""
    if not settings.endpoint:
        yield None
        return
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        raise BadInput("needs the extra: pip install 'paceline[tracing]'", "tracing.endpoint")
    from monitoring.tracing import OtlpTracer  # noqa: PLC0415 - of the extra

    tracer = OtlpTracer(settings.endpoint, settings.share, engine)
    try:
        yield tracer
    finally:
        await asyncio.to_thread(tracer.close)


def _assemble(settings: Settings, database: ContactDatabase, rules: Rules, tracer: AttemptTracer | None) -> Service:
    def read_compliance() -> Rules:
        return compliance_rules(settings.compliance.rules)

    clock = parse_clock(settings.clock)
    telephony = AsteriskTelephony(
        settings.asterisk, settings.engine, clock, default_region=settings.compliance.default_region
    )
    engine = Engine(
        books=Books(
            leads=DatabaseLeadStock(database),
            attempts=DatabaseAttemptBook(database),
            agents=DatabaseAgentBook(database),
            campaigns=DatabaseCampaignBook(database),
            abandonment=DatabaseAbandonmentBook(database),
            pacing=DatabasePacingBook(database),
            inbound=DatabaseInboundBook(database),
            switches=DatabaseSwitchBook(database),
            proofs=DatabaseProofBook(database),
            dnc=DatabaseDncBook(database),
            caller_ids=DatabaseCallerIdBook(database),
            triggers=DatabaseTriggerBook(database),
            offers=DatabaseOfferBook(database),
            products=DatabaseProductBook(database),
            calendar=DatabaseCalendarBook(database),
            hours=DatabaseLeadHours(database),
        ),
        telephony=telephony,
        gate=Gate(rules),
        points=load_rule(None),
        rhythm=_rhythm(settings.engine),
        clock=clock,
        random=SystemRandom(),
        amd_false_share=settings.compliance.amd_false_share,
        groups=[group.group() for group in settings.service_groups],
        trigger_rules=trigger_rules(settings.campaigns.trigger_rules),
        tracer=tracer,
    )
    on_conflict = settings.campaigns.on_conflict
    desk = Desk(
        engine, DatabaseDispositionBook(database), DatabaseDncBook(database), read_compliance, on_conflict,
        read_triggers=lambda: trigger_rules(settings.campaigns.trigger_rules),
    )  # fmt: skip
    known = knowledge(settings.contacts, database)
    channels = opened_channels(settings.channels, clock)
    waves = waves_of(engine, DatabaseWaveBook(database), channels)
    scores = score_desk(settings.scoring, database, clock)
    recordings = recording_desk(engine, database, settings.asterisk, settings.recordings.keep_days)
    quality = quality_desk(settings.quality, database, clock)
    segments = segment_desk(database, clock, known.catalogue)
    contest = DatabaseQualityBook(database)
    reports = publisher(settings.report, database, segments, clock, contest=contest, post=post_of(channels))
    return Service(
        settings, clock, database, telephony, engine, desk, known, waves, scores, recordings, reports, quality,
        asyncio.Event(),
    )  # fmt: skip


def _rhythm(engine: EngineSettings) -> Rhythm:
    return Rhythm(
        name=EngineName(engine.name),
        hopper_leads=engine.hopper_leads,
        lease_seconds=engine.lease_seconds,
        tick_seconds=engine.tick_seconds,
        heartbeat_seconds=engine.heartbeat_seconds,
        drain_seconds=engine.drain_seconds,
        spool=engine.data_directory.expanduser() / f"spool-{engine.name}.jsonl",
    )
