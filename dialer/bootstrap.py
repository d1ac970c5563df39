"""The composition root: the only place that knows every part and puts them together."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from compliance.retention import span_of
from compliance.rule_files import BadRules, load_rules, shipped_rules
from compliance.rulebook import Rules
from dialer.clock import Clock, parse_clock
from dialer.domain.errors import BadInput, BadInputs, DatabaseUnavailable, DialerError
from dialer.domain.ids import EngineName
from dialer.engine.desk import Desk
from dialer.engine.engine import Books, Engine, Rhythm
from dialer.engine.gate import Gate
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.scoring.contact_history import load_rule
from dialer.engine.segments.desk import SegmentDesk
from dialer.settings import EngineSettings, Settings
from integrations.asterisk.telephony import AsteriskTelephony
from integrations.contact_db.abandonment_book import DatabaseAbandonmentBook
from integrations.contact_db.agent_book import DatabaseAgentBook
from integrations.contact_db.attempt_book import DatabaseAttemptBook
from integrations.contact_db.caller_id_book import DatabaseCallerIdBook
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.consent_book import DatabaseConsentBook
from integrations.contact_db.contact_book import DatabaseContactBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.disposition_book import DatabaseDispositionBook
from integrations.contact_db.dnc_book import DatabaseDncBook
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.engine_seat import engine_seat
from integrations.contact_db.fact_book import DatabaseFactBook
from integrations.contact_db.inbound_book import DatabaseInboundBook
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.migration import migrate
from integrations.contact_db.pacing_book import DatabasePacingBook
from integrations.contact_db.people_reading import DatabasePeopleReading
from integrations.contact_db.person_book import DatabasePersonBook
from integrations.contact_db.proof_book import DatabaseProofBook
from integrations.contact_db.reading import DatabaseReadings
from integrations.contact_db.segment_book import DatabaseSegmentBook
from integrations.contact_db.switch_book import DatabaseSwitchBook
from integrations.http_api.app import api, serving
from integrations.http_api.office import ApiBooks
from monitoring.metrics import floor_registry, metrics_handler

_log = logging.getLogger(__name__)
_WAKE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Service:
    """A running engine with its surroundings."""

    settings: Settings
    clock: Clock
    database: ContactDatabase
    telephony: AsteriskTelephony
    engine: Engine
    desk: Desk
    stop: asyncio.Event
    """Set it to drain and end."""


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
    ):
        service = _assemble(settings, database, rules)
        async with asyncio.TaskGroup() as group:
            links = group.create_task(service.telephony.run(), name="telephony")
            engine = group.create_task(service.engine.run(service.stop), name="engine")
            housekeeping = _housekeeping(service)
            try:
                yield service
            finally:
                service.stop.set()
                await asyncio.wait([engine])
                housekeeping.shutdown(wait=False)
                links.cancel()


@asynccontextmanager
async def serving_api(service: Service) -> AsyncIterator[int]:
    """The HTTP API of a running service, and its metrics; yields the bound port."""
    books = ApiBooks(
        campaigns=service.engine.books.campaigns,
        agents=service.engine.books.agents,
        leads=service.engine.books.leads,
        contacts=DatabaseContactBook(service.database),
        dnc=DatabaseDncBook(service.database),
        readings=DatabaseReadings(service.database),
        consents=DatabaseConsentBook(service.database),
        people=DatabasePersonBook(service.database, _retain_years(service)),
        segments=segment_desk(service.database, service.clock),
    )
    metrics = web.get("/metrics", metrics_handler(floor_registry(service.desk)))
    settings = service.settings.api
    app = api(service.desk, books, settings.tokens, service.clock, [metrics])
    async with serving(app, settings.host, settings.port) as port:
        yield port


def segment_desk(database: ContactDatabase, clock: Clock) -> SegmentDesk:
    reading = DatabasePeopleReading(database, load_rule(None))
    return SegmentDesk(DatabaseSegmentBook(database), reading, DatabaseFactBook(database), load_catalogue(), clock)


def _retain_years(service: Service) -> int:
    """For how long calls are accounted for: the longest that any rule asks for, whatever country they went to."""
    return span_of(service.engine.gate.rules, service.settings.compliance.retain_years)[1]


def _assemble(settings: Settings, database: ContactDatabase, rules: Rules) -> Service:
    def read_rules() -> Rules:
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
        ),
        telephony=telephony,
        gate=Gate(rules),
        points=load_rule(None),
        rhythm=_rhythm(settings.engine),
        clock=clock,
        random=SystemRandom(),
        amd_false_share=settings.compliance.amd_false_share,
        groups=[group.group() for group in settings.service_groups],
    )
    desk = Desk(engine, DatabaseDispositionBook(database), DatabaseDncBook(database), read_rules)
    return Service(settings, clock, database, telephony, engine, desk, asyncio.Event())


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


def compliance_rules(file: Path | None) -> Rules:
    """The shipped rules, or those of one file of the user's own. BadInputs names file, rule and field of each fault."""
    try:
        if file is None:
            return shipped_rules()
        return load_rules({file.name: file.read_text("utf-8")})
    except BadRules as error:
        raise BadInputs([BadInput(fault.reason, fault.place) for fault in error.faults]) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error.reason}", "compliance.rules") from error
    except OSError as error:
        raise BadInput(f"{file} can't be read: {error.strerror}", "compliance.rules") from error


def _housekeeping(service: Service) -> AsyncIOScheduler:
    """Periodic work that may be late: never the pacing tick. Intervals follow the service's clock."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(
        _wake_leads,
        "interval",
        args=[service],
        seconds=service.clock.loop_seconds(_WAKE_SECONDS),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    return scheduler


async def _wake_leads(service: Service) -> None:
    try:
        await service.engine.books.leads.wake(service.clock.now())
    except DatabaseUnavailable as error:
        _log.warning("leads that are due wait for the database: %s", error)
    except DialerError:
        _log.exception("leads could not be woken")
