"""Parts that the service, the commands and the tests put together alike."""

from collections.abc import Mapping, Sequence
from random import SystemRandom

from numpy.random import default_rng

from dialer.clock import Clock
from dialer.domain.attributes import Catalogue
from dialer.domain.campaign import Campaign
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput
from dialer.domain.ids import EngineName, ServerName
from dialer.domain.wave import Room, Size
from dialer.engine.engine import Engine
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.people.churn_guide import load_churn_guide
from dialer.engine.quality.desk import QualityDesk
from dialer.engine.quality.files import load_quality
from dialer.engine.recordings import RecordingDesk
from dialer.engine.scoring.contact_history import load_rule
from dialer.engine.scoring.desk import ScoreDesk
from dialer.engine.scoring.expected_value import ValueTiers
from dialer.engine.scoring.rescoring import ScoringPlan
from dialer.engine.scoring.rfm import Rfm
from dialer.engine.segments.desk import SegmentDesk
from dialer.engine.waves.inbox import Inbox
from dialer.engine.waves.message_gate import MessageProof
from dialer.engine.waves.runner import Calm, Waves
from dialer.ports import MessageChannel, WaveBook
from dialer.settings import AsteriskSettings, ContactsSettings, QualitySettings, ScoringSettings
from integrations.contact_db.account_book import DatabaseAccountBook
from integrations.contact_db.attribute_book import DatabaseAttributeBook
from integrations.contact_db.case_book import DatabaseCaseBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.fact_book import DatabaseFactBook
from integrations.contact_db.form_book import DatabaseFormBook
from integrations.contact_db.lead_ranks import DatabaseLeadRanks
from integrations.contact_db.people_reading import DatabasePeopleReading
from integrations.contact_db.preference_book import DatabasePreferenceBook
from integrations.contact_db.quality_book import DatabaseQualityBook
from integrations.contact_db.recording_book import DatabaseRecordingBook
from integrations.contact_db.score_book import DatabasePilotBook, DatabaseScoreBook
from integrations.contact_db.segment_book import DatabaseSegmentBook
from integrations.contact_db.view_book import DatabaseViewBook
from integrations.http_api.knowledge import Knowledge
from integrations.http_api.self_service_links import SelfServiceLinks
from integrations.recordings.folders import RecordingFolders


def segment_desk(database: ContactDatabase, clock: Clock, catalogue: Catalogue) -> SegmentDesk:
    reading = DatabasePeopleReading(database, load_rule(None))
    return SegmentDesk(DatabaseSegmentBook(database), reading, DatabaseFactBook(database), catalogue, clock)


def recording_desk(
    engine: Engine, database: ContactDatabase, servers: Sequence[AsteriskSettings], keep_days: int
) -> RecordingDesk:
    """BadInput names a server whose folder is not there."""
    folders = {ServerName(one.name): one.recordings.expanduser() for one in servers if one.recordings is not None}
    for server, folder in folders.items():
        if not folder.is_dir():
            raise BadInput(f"{folder} is no folder that can be seen from here", f"asterisk {server}: recordings")
    return RecordingDesk(engine, DatabaseRecordingBook(database), RecordingFolders(folders), keep_days)


def quality_desk(settings: QualitySettings, database: ContactDatabase, clock: Clock) -> QualityDesk:
    """BadInputs names what is wrong in the files of rules and forms."""
    return QualityDesk(
        DatabaseQualityBook(database),
        DatabaseCaseBook(database),
        lambda: load_quality(settings.rules, settings.forms),
        clock,
        SystemRandom(),
    )


def score_desk(settings: ScoringSettings, database: ContactDatabase, clock: Clock) -> ScoreDesk:
    return ScoreDesk(
        DatabaseScoreBook(database),
        DatabasePilotBook(database),
        DatabaseLeadRanks(database, load_rule(None)),
        scoring_plan(settings),
        clock=clock,
        random=default_rng(),
    )


def scoring_plan(settings: ScoringSettings) -> ScoringPlan:
    """BadInput names a worth that is none."""
    tiers = [part.partition("=") for part in settings.worth.split(",") if part.strip()]
    try:
        worth = {tier.strip(): float(figure) for tier, _, figure in tiers}
    except ValueError as error:
        raise BadInput("must be like gold=300, silver=120", "scoring.worth") from error
    cells = Rfm(settings.recency, settings.frequency, settings.money)
    return ScoringPlan(ValueTiers(settings.worth_feature, worth), cells, settings.dial_minutes)


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
