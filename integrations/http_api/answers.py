"""What is answered."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from compliance.abandonment import WindowKind
from dialer.domain.agent import AgentState
from dialer.domain.call import AttemptState
from dialer.domain.campaign import Campaign, CampaignStatus, DialMode, MachineHandling
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.ports import StockReport
from integrations.http_api.readings import AttemptLine


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class CampaignAnswer(Answer):
    id: int
    name: str
    status: CampaignStatus
    purpose: str
    seller: str
    subject: str
    service_group: str
    dial_mode: DialMode
    dial_level: float
    ring_seconds: int
    ring_from_data: bool
    agent_wait_seconds: float
    abandon_cap: float = Field(description="most of the live answers that may be abandoned, 0 to 0.03")
    wrap_up_seconds: float
    machine_handling: MachineHandling
    caller_id: str
    max_attempts: int
    max_lines: int
    recording: bool
    message: str
    information_message: str
    opt_out_key: str = Field(description="key pressed in the information message to opt out; empty: none")
    script: str
    product: str
    offer: str = Field(description="for the screen of an agent whom a target calls")
    shares_people: bool = Field(description="a person may be live in another campaign that shares people, too")
    pressure_contacts: int = Field(description="most contacts a person over all channels in pressure_days; 0: no limit")
    pressure_days: float
    recycle: dict[Outcome, float | None]


class Campaigns(Answer):
    items: list[CampaignAnswer]


class LeadAdded(Answer):
    id: int


class LeadAnswer(Answer):
    id: int
    campaign: str
    contact: int
    name: str
    status: LeadStatus
    score: float
    attempts: int
    reason: str = Field(description="why it can't be dialed now; empty: nothing in its way")
    due_at: datetime | None
    call_back_at: datetime | None
    call_back_agent: str | None
    disposition: Disposition | None
    last_outcome: Outcome | None
    last_attempt_at: datetime | None


class Leads(Answer):
    items: list[LeadAnswer]
    next: int | None = Field(description="`after` for the next page; null: this is the last")


class LeadCounts(Answer):
    by_status: dict[LeadStatus, int]
    reasons: dict[str, int] = Field(description="why leads can't be dialed, to how many")
    next_due: datetime | None
    exhausted: bool = Field(description="nothing is left to dial, now or later")


class AgentAnswer(Answer):
    id: str
    name: str
    server: str
    state: AgentState
    campaign: str | None
    since: datetime | None
    attempt: str | None = Field(description="the attempt that the agent is in")


class Agents(Answer):
    items: list[AgentAnswer]


class AgentAct(Answer):
    """What an act led to. An agent in a call pauses or leaves after it."""

    agent: str
    state: AgentState
    campaign: str | None
    since: datetime | None
    attempt: str | None


class PreviewAccepted(Answer):
    attempt: str


class PreviewSkipped(Answer):
    lead: int


class AttemptAnswer(Answer):
    id: str
    campaign: str
    lead: int
    contact: int
    number: str = Field(description="E.164, or masked for who may not see it")
    server: str
    opened_at: datetime
    verdict: str = Field(description="the compliance verdict that allowed it")
    agent: str | None
    outcome: Outcome | None = Field(description="null: not ended yet")
    cause: int | None = Field(description="Q.850 hangup cause; 0: none given")
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    ring_seconds: float | None
    disposition: Disposition | None
    note: str


class Attempts(Answer):
    items: list[AttemptAnswer]
    next: str | None = Field(description="`after` for the next page; null: this is the last")


class DncAdded(Answer):
    added: int = Field(description="how many were not on the list before")


class DncChecked(Answer):
    listed: bool


class CallBackAnswer(Answer):
    attempt: str = Field(description="the attempt in which it was promised")
    campaign: str
    lead: int
    contact: int
    due_at: datetime
    agent: str | None = Field(description="whom it was promised; null: any agent")
    made_at: datetime


class CallBacks(Answer):
    items: list[CallBackAnswer]
    next: str | None = Field(description="`after` for the next page; null: this is the last")


class AbandonmentAnswer(Answer):
    """One campaign in one legal window. Connected calls are counted when they end."""

    campaign: str
    rule: str = Field(description="id and version")
    unverified: bool = Field(description="nobody has seen the rule's primary text")
    window: WindowKind
    live_answers: float = Field(description="answers by people; those who hung up within the limit are left out")
    abandoned: float = Field(description="without an agent within 2 s; whole but for people taken for machines")
    ratio: float = Field(description="abandoned of the live answers, 0 to 1")
    cap_ratio: float = Field(description="the most that it may be: the stricter of the rule's cap and the campaign's")
    minimum_answers: int = Field(description="live answers before the window is judged; 0: it always is")
    exceeded: bool = Field(description="the window is judged, and over its cap")
    opens_at: datetime
    ends_at: datetime = Field(description="the first moment that is no longer in it")


class Abandonment(Answer):
    items: list[AbandonmentAnswer]


class RulesAnswer(Answer):
    rule_files: str = Field(description="digest of the rule files in force, as verdicts carry it")
    jurisdictions: int
    rules: int


class RuleChange(Answer):
    change: Literal["added", "changed", "gone"]
    jurisdiction: str
    rule: str = Field(description="id and version")
    kind: str
    figure: str
    known: str = Field(description="how surely it is known")
    valid: str
    source: str
    before: str = Field(description="what was otherwise in a changed rule; else empty")


class RulesReloaded(Answer):
    changed: bool = Field(description="false: the files are those in force already")
    rule_files: str = Field(description="digest of the rule files in force from now on")
    rule_files_before: str
    items: list[RuleChange] = Field(description="rules that changed; none, when no more than the files' other text did")


class ServerAnswer(Answer):
    name: str
    connected: bool
    trusted: bool = Field(description="its state is known; nothing is dialed on any other")
    lines_held: int
    lines: int
    calls_per_second: float


class Servers(Answer):
    items: list[ServerAnswer]


class PacingWindow(Answer):
    """One campaign in one legal window, as predictive pacing sees it."""

    name: str
    live_answers: float
    abandoned: float
    ratio: float = Field(description="abandoned of the live answers, 0 to 1")
    cap_ratio: float
    to_come: float = Field(description="live answers counted on before the window ends; a cautious figure")


class Pacing(Answer):
    """What the latest predictive decision was come to by."""

    expected_answers: float = Field(description="of the lines that ring")
    free_agents: float = Field(description="within the time that an answer takes, less the callees who wait")
    spread: float = Field(description="standard deviation of the two figures' difference")
    knob: float = Field(description="how many spreads are kept between them")
    aim_ratio: float = Field(description="share of live answers that may be abandoned from here on, 0 to 1")
    room: float | None = Field(description="abandoned calls left before the hard stop; null: no window is judged")
    answer_probability: float
    answer_probability_upper: float = Field(description="its upper credible bound, 95%")
    answers_seen: int = Field(description="live answers whose fate was seen; until 300 one line an idle agent")
    windows: list[PacingWindow]


class FloorCampaign(Answer):
    """One campaign of this engine; counts are since the engine started."""

    id: int
    name: str
    status: CampaignStatus
    dial_mode: DialMode
    agents: dict[AgentState, int]
    lines: dict[AttemptState, int]
    hopper: int
    outcomes: dict[Outcome, int]
    opened: int
    occupancy: float | None = Field(description="share of working time that agents talk or wrap up, 0 to 1")
    decision: str = Field(description="the latest pacing decision's reason")
    pacing: Pacing | None = Field(description="null: not predictive, or too little is known to reckon")
    pacing_faults: int = Field(description="times that predictive pacing failed and one line an idle agent was dialed")
    exhausted: bool
    blocked: dict[str, int]


class FloorAgent(Answer):
    id: str
    campaign: str
    state: AgentState
    since: datetime
    attempt: str | None


class Floor(Answer):
    at: datetime
    draining: bool
    campaigns: list[FloorCampaign]
    agents: list[FloorAgent]
    servers: list[ServerAnswer]


class Alive(Answer):
    alive: bool


class Ready(Answer):
    ready: bool


def campaign_answer(campaign: Campaign) -> CampaignAnswer:
    plan = campaign.plan
    own = ("id", "status", "recycle")
    return CampaignAnswer(
        id=campaign.id,
        status=campaign.status,
        recycle={o: None if pause is None else pause.total_seconds() for o, pause in plan.recycle.items()},
        **{name: getattr(plan, name) for name in CampaignAnswer.model_fields if name not in own},
    )


def counts_answer(report: StockReport) -> LeadCounts:
    return LeadCounts(
        by_status=dict(report.by_status),
        reasons=dict(report.reasons),
        next_due=report.next_due,
        exhausted=report.exhausted,
    )


def attempt_answer(line: AttemptLine, *, in_full: bool) -> AttemptAnswer:
    """`in_full`: whoever asks may see the number."""
    facts = {name: getattr(line, name) for name in AttemptAnswer.model_fields if name != "number"}
    return AttemptAnswer(number=shown(line.number, in_full=in_full), **facts)


def shown(number: PhoneNumber, *, in_full: bool) -> str:
    return number.e164 if in_full else str(number)
