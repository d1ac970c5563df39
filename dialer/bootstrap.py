"""The composition root: the only place that knows every part and puts them together."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from numpy.random import default_rng

from compliance.retention import span_of
from compliance.rule_files import BadRules, load_rules, shipped_rules
from compliance.rulebook import Rules
from dialer.clock import Clock, parse_clock
from dialer.domain.attributes import Catalogue
from dialer.domain.campaign import Campaign
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput, BadInputs, DatabaseUnavailable, DialerError
from dialer.domain.ids import EngineName
from dialer.domain.trigger import TriggerRule
from dialer.domain.trigger_rules import read_rules
from dialer.domain.wave import Room, Size
from dialer.engine.desk import Desk
from dialer.engine.engine import Books, Engine, Rhythm
from dialer.engine.gate import Gate
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.people.churn_guide import load_churn_guide
from dialer.engine.scoring.contact_history import load_rule
from dialer.engine.scoring.daily import DailyRanking
from dialer.engine.scoring.desk import ScoreDesk
from dialer.engine.scoring.expected_value import ValueTiers
from dialer.engine.scoring.rescoring import ScoringPlan
from dialer.engine.scoring.rfm import Rfm
from dialer.engine.segments.desk import SegmentDesk
from dialer.engine.waves.inbox import Inbox
from dialer.engine.waves.message_gate import MessageProof
from dialer.engine.waves.runner import Calm, Waves
from dialer.ports import MessageChannel, WaveBook
from dialer.settings import ContactsSettings, EngineSettings, ScoringSettings, Settings
from integrations.asterisk.telephony import AsteriskTelephony
from integrations.channels.opening import opened_channels
from integrations.contact_db.abandonment_book import DatabaseAbandonmentBook
from integrations.contact_db.account_book import DatabaseAccountBook
from integrations.contact_db.agent_book import DatabaseAgentBook
from integrations.contact_db.attempt_book import DatabaseAttemptBook
from integrations.contact_db.attribute_book import DatabaseAttributeBook
from integrations.contact_db.calendar_book import DatabaseCalendarBook
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
from integrations.contact_db.form_book import DatabaseFormBook
from integrations.contact_db.house_pressure import HousePressure, put_house_pressure
from integrations.contact_db.inbound_book import DatabaseInboundBook
from integrations.contact_db.lead_ranks import DatabaseLeadHours, DatabaseLeadRanks
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.migration import migrate
from integrations.contact_db.offer_book import DatabaseOfferBook
from integrations.contact_db.pacing_book import DatabasePacingBook
from integrations.contact_db.people_reading import DatabasePeopleReading
from integrations.contact_db.person_book import DatabasePersonBook
from integrations.contact_db.preference_book import DatabasePreferenceBook
from integrations.contact_db.product_book import DatabaseProductBook
from integrations.contact_db.proof_book import DatabaseProofBook
from integrations.contact_db.reading import DatabaseReadings
from integrations.contact_db.score_book import DatabasePilotBook, DatabaseScoreBook
from integrations.contact_db.segment_book import DatabaseSegmentBook
from integrations.contact_db.shop_tasks import DatabaseShopTasks
from integrations.contact_db.switch_book import DatabaseSwitchBook
from integrations.contact_db.trigger_book import DatabaseTriggerBook
from integrations.contact_db.view_book import DatabaseViewBook
from integrations.contact_db.wave_book import DatabaseWaveBook
from integrations.contact_db.wave_reading import WaveReading
from integrations.contact_db.webhook_book import DatabaseWebhookBook
from integrations.http_api.app import api, serving
from integrations.http_api.knowledge import Knowledge
from integrations.http_api.office import ApiBooks
from integrations.http_api.rights import Door, Right
from integrations.http_api.self_service_links import SelfServiceLinks
from integrations.webhooks.sender import WebhookSender
from monitoring.metrics import LoopLag, floor_registry, metrics_handler
from monitoring.wallboard.wallboard import Wallboard

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
    knowledge: Knowledge
    waves: Waves
    scores: ScoreDesk
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
        house = HousePressure(settings.campaigns.pressure_contacts, settings.campaigns.pressure_days)
        await put_house_pressure(database, house)
        service = _assemble(settings, database, rules)
        async with asyncio.TaskGroup() as group:
            links = group.create_task(service.telephony.run(), name="telephony")
            engine = group.create_task(service.engine.run(service.stop), name="engine")
            waves = group.create_task(service.waves.run(), name="waves")
            webhooks = group.create_task(_webhook_sender(service).run(), name="webhooks")
            scores = group.create_task(service.scores.run(), name="scores")
            housekeeping = _housekeeping(service)
            try:
                yield service
            finally:
                service.stop.set()
                waves.cancel()
                await asyncio.wait([engine])
                housekeeping.shutdown(wait=False)
                links.cancel()
                webhooks.cancel()
                scores.cancel()


def _webhook_sender(service: Service) -> WebhookSender:
    told = service.settings.webhooks
    book = DatabaseWebhookBook(service.database)
    return WebhookSender(book, service.clock, tries=told.tries, private=told.private_addresses)


@asynccontextmanager
async def serving_api(service: Service) -> AsyncIterator[int]:
    """The HTTP API of a running service, its metrics and wallboard; yields the bound port."""
    books = ApiBooks(
        campaigns=service.engine.books.campaigns,
        agents=service.engine.books.agents,
        leads=service.engine.books.leads,
        contacts=DatabaseContactBook(service.database),
        dnc=DatabaseDncBook(service.database),
        readings=DatabaseReadings(service.database),
        consents=DatabaseConsentBook(service.database),
        people=DatabasePersonBook(service.database, _retain_years(service)),
        knowledge=service.knowledge,
        waves=WaveReading(service.database),
        tasks=DatabaseShopTasks(service.database),
        webhooks=DatabaseWebhookBook(service.database),
        inbox=service.waves.inbox,
        scores=service.scores,
        private_webhooks=service.settings.webhooks.private_addresses,
        segments=segment_desk(service.database, service.clock, service.knowledge.catalogue),
    )
    lag = LoopLag()
    registry = floor_registry(service.desk, service.telephony.answered, service.database.took, lag.late)
    metrics = web.get("/metrics", metrics_handler(registry))
    settings = service.settings.api
    door, board = Door(settings.tokens), Wallboard(service.desk, service.clock)
    seen = board.routes(lambda request: door.admit(request, Right.SEE_WALLBOARD))
    app = api(service.desk, books, door, service.clock, [metrics, *seen])
    async with asyncio.TaskGroup() as group:
        looking = [
            group.create_task(board.run(), name="wallboard"),
            group.create_task(lag.run(), name="loop lag"),
        ]
        async with serving(app, settings.host, settings.port) as port:
            try:
                yield port
            finally:
                for one in looking:
                    one.cancel()


def segment_desk(database: ContactDatabase, clock: Clock, catalogue: Catalogue) -> SegmentDesk:
    reading = DatabasePeopleReading(database, load_rule(None))
    return SegmentDesk(DatabaseSegmentBook(database), reading, DatabaseFactBook(database), catalogue, clock)


def _retain_years(service: Service) -> int:
    """For how long calls are accounted for: the longest that any rule asks for, whatever country they went to."""
    return span_of(service.engine.gate.rules, service.settings.compliance.retain_years)[1]


def _assemble(settings: Settings, database: ContactDatabase, rules: Rules) -> Service:
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
    )
    on_conflict = settings.campaigns.on_conflict
    desk = Desk(
        engine, DatabaseDispositionBook(database), DatabaseDncBook(database), read_compliance, on_conflict,
        read_triggers=lambda: trigger_rules(settings.campaigns.trigger_rules),
    )  # fmt: skip
    known = knowledge(settings.contacts, database)
    waves = waves_of(engine, DatabaseWaveBook(database), opened_channels(settings.channels, clock))
    scores = score_desk(settings.scoring, database, clock)
    return Service(settings, clock, database, telephony, engine, desk, known, waves, scores, asyncio.Event())


def score_desk(settings: ScoringSettings, database: ContactDatabase, clock: Clock) -> ScoreDesk:
    return ScoreDesk(
        DatabaseScoreBook(database),
        DatabasePilotBook(database),
        DatabaseLeadRanks(database, load_rule(None)),
        scoring_plan(settings),
        clock=clock,
        random=default_rng(),
    )


def knowledge(settings: ContactsSettings, database: ContactDatabase) -> Knowledge:
    """What is known of people, and by which catalogue and guide. BadInput names what is wrong in these files."""
    return Knowledge(
        views=DatabaseViewBook(database),
        attributes=DatabaseAttributeBook(database),
        forms=DatabaseFormBook(database),
        preferences=DatabasePreferenceBook(database),
        accounts=DatabaseAccountBook(database),
        catalogue=load_catalogue(settings.attributes),
        guide=load_churn_guide(settings.churn_guide),
        links=SelfServiceLinks(settings.link_secret, settings.link_days, settings.public_address),
    )


def waves_of(engine: Engine, book: WaveBook, channels: Mapping[Channel, MessageChannel]) -> Waves:
    """The waves beside an engine: they go by its rules and its marketing switch, and have a chain of verdicts of their
    own, by its name with a dot, which no engine's can be."""

    def room(campaign: Campaign, size: Size) -> Room:
        group = campaign.plan.service_group
        if group not in engine.inbound.groups:
            return Room(0, f"service group {group} is not among the settings: nobody knows whether it is calm")
        found = engine.marketing.outreach(
            group, minutes=60.0, answer_share=size.answer_share, handle_seconds=size.handle_seconds
        )
        return Room(found.contacts, found.words)

    name = engine.rhythm.name
    return Waves(
        engine=name,
        book=book,
        proof=MessageProof(engine.books.proofs, EngineName(f"{name}.waves")),
        channels=channels,
        gate=engine.gate,
        calm=Calm(lambda campaign: engine.marketing.gate(campaign).words, room),
        clock=engine.clock,
        random=engine.placer.random,
        inbox=Inbox(book, engine.clock),
        prompts=engine.prompts,
    )


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


def trigger_rules(file: Path | None) -> tuple[TriggerRule, ...]:
    """The rules of the user's file. BadInputs names file, rule and field of each fault."""
    if file is None:
        return ()
    try:
        return read_rules(file.read_text("utf-8"), file.name)
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error.reason}", "campaigns.trigger_rules") from error
    except OSError as error:
        raise BadInput(f"{file} can't be read: {error.strerror}", "campaigns.trigger_rules") from error


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
    if service.settings.scoring.daily_hour >= 0:
        once_a_day(
            scheduler,
            service.settings.scoring.daily_hour,
            DailyRanking(service.engine.books.campaigns, service.scores).run,
        )
    scheduler.start()
    return scheduler


def once_a_day(scheduler: AsyncIOScheduler, hour: int, work: Callable[[], Awaitable[None]]) -> None:
    """At the hour, UTC; late when it must be, and never twice at once."""
    scheduler.add_job(work, "cron", hour=hour, coalesce=True, max_instances=1, misfire_grace_time=None)


def scoring_plan(settings: ScoringSettings) -> ScoringPlan:
    """BadInput names a worth that is none."""
    tiers = [part.partition("=") for part in settings.worth.split(",") if part.strip()]
    try:
        worth = {tier.strip(): float(figure) for tier, _, figure in tiers}
    except ValueError as error:
        raise BadInput("must be like gold=300, silver=120", "scoring.worth") from error
    cells = Rfm(settings.recency, settings.frequency, settings.money)
    return ScoringPlan(ValueTiers(settings.worth_feature, worth), cells, settings.dial_minutes)


async def _wake_leads(service: Service) -> None:
    try:
        await service.engine.books.leads.wake(service.clock.now())
    except DatabaseUnavailable as error:
        _log.warning("leads that are due wait for the database: %s", error)
    except DialerError:
        _log.exception("leads could not be woken")
