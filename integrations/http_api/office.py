"""What the routes work with."""

from dataclasses import dataclass

from dialer.clock import Clock
from dialer.engine.desk import Desk
from dialer.engine.quality.desk import QualityDesk
from dialer.engine.recordings import RecordingDesk
from dialer.engine.reports.publishing import Publisher
from dialer.engine.scoring.desk import ScoreDesk
from dialer.engine.segments.desk import SegmentDesk
from dialer.engine.waves.inbox import Inbox
from dialer.ports import AgentBook, CampaignBook, ConsentBook, ContactBook, DncBook, LeadStock
from integrations.http_api.knowledge import Knowledge
from integrations.http_api.outreach import ShopTaskBook, WavesBook, WebhookBook
from integrations.http_api.people import PersonBook
from integrations.http_api.readings import Readings


@dataclass(frozen=True, slots=True)
class ApiBooks:
    """The contact database, by role."""

    campaigns: CampaignBook
    agents: AgentBook
    leads: LeadStock
    contacts: ContactBook
    dnc: DncBook
    readings: Readings
    consents: ConsentBook
    people: PersonBook
    knowledge: Knowledge
    segments: SegmentDesk
    waves: WavesBook
    tasks: ShopTaskBook
    webhooks: WebhookBook
    inbox: Inbox
    scores: ScoreDesk
    recordings: RecordingDesk
    reports: Publisher
    quality: QualityDesk
    private_webhooks: bool = False
    """Webhooks may go to this machine and the networks behind it."""


@dataclass(frozen=True, slots=True)
class Office:
    desk: Desk
    books: ApiBooks
    clock: Clock
