"""What people may do to a running engine: the one set of commands behind the API, the demo and the tests.

Each command is checked as a whole before anything changes: Conflict when the present state does not allow it, NotFound
when there is no such campaign, agent or attempt, BadInput when a value can't be. Writing to the database comes first;
memory follows.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.abandonment import AbandonmentWindow
from compliance.rulebook import Rules
from dialer.domain.agent import AgentState
from dialer.domain.calendar import OnConflict
from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus
from dialer.domain.clash import CLASHES
from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, LeadId
from dialer.domain.outcome import Disposition
from dialer.domain.phone import PhoneNumber
from dialer.domain.trigger import TriggerRule
from dialer.engine.agent_roster import Agent
from dialer.engine.campaign_view import CampaignView, campaign_views
from dialer.engine.dial_loop import DialLoop
from dialer.engine.engine import Engine
from dialer.engine.feed import AgentMoved, CampaignMoved
from dialer.engine.gate import MAY_CHANGE
from dialer.engine.measured import Measured, measured
from dialer.engine.rule_desk import RuleDesk
from dialer.engine.trigger_desk import TriggerDesk
from dialer.ports import AgentRecord, Blocked, CallBack, Disposed, DispositionBook, DncBook
from dialer.ports.knowledge import Raised

_log = logging.getLogger(__name__)
_SKIP_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ServerView:
    name: str
    connected: bool
    trusted: bool
    lines_held: int
    lines: int
    calls_per_second: float


@dataclass(frozen=True, slots=True)
class AgentView:
    id: AgentId
    campaign: str
    state: AgentState
    since: datetime
    attempt: AttemptId | None


class Desk:
    def __init__(
        self,
        engine: Engine,
        dispositions: DispositionBook,
        dnc: DncBook,
        read_rules: Callable[[], Rules],
        on_conflict: OnConflict = "warn",
        *,
        read_triggers: Callable[[], Sequence[TriggerRule]] = tuple,
    ) -> None:
        """`read_rules`: reads all rule files, from the disk, and raises BadInput for what is wrong in them;
        `read_triggers`: the same for trigger rules;
        `on_conflict`: what comes of starting a campaign that the calendar has conflicts of."""
        self._on_conflict: OnConflict = on_conflict
        self._engine, self._dispositions, self._dnc = engine, dispositions, dnc
        self._floor, self._books, self._clock = engine.floor, engine.books, engine.clock
        self.feed = engine.floor.feed
        self.marketing = engine.marketing
        """The marketing switches: their states, and orders to them."""
        self.rules = RuleDesk(engine, read_rules)
        """The rules in force, and reading their files anew."""
        self.trigger_rules = TriggerDesk(engine.triggers, read_triggers)
        """The trigger rules in force, and reading their file anew."""
        self.triggers, self.calendar, self.offers = engine.triggers, engine.calendar, engine.books.offers

    # --- campaigns

    async def create_campaign(self, plan: CampaignPlan) -> Campaign:
        campaign = await self._books.campaigns.create(plan)
        self._engine.campaigns[campaign.id] = campaign
        return campaign

    async def tune_campaign(self, name: str, plan: CampaignPlan) -> Campaign:
        """Change a campaign's plan; a running one goes on with it at its next decision. The name stays."""
        found = await self._books.campaigns.campaign(name)
        if plan.name != name:
            raise Conflict(f"campaign {name} can't be renamed")
        tuned = await self._books.campaigns.tune(found.id, plan)
        await self._books.leads.reconsider(found.id, MAY_CHANGE | CLASHES)
        return self._changed(tuned, "tuned")

    async def start_campaign(self, name: str) -> Campaign:
        self._not_draining()
        found = await self._books.campaigns.campaign(name)
        if found.id in self._engine.loops:
            raise Conflict(f"campaign {name} is running already")
        await self._engine.caller_ids.load()
        if self._engine.gate.wants_caller_id(found, self._clock.now()):
            reason = (
                f"campaign {name} has no caller id, and by the rules in force nobody may be called so: tune it, or"
                " add a number to the pool (dialer caller-ids add)"
            )
            raise Conflict(reason, "caller_id")
        await self._look_at_calendar(found)
        await self._books.leads.reconsider(found.id, MAY_CHANGE | CLASHES)
        campaign = await self._books.campaigns.set_status(found.id, CampaignStatus.RUNNING)
        self._engine.start_loop(campaign)
        return campaign

    async def _look_at_calendar(self, campaign: Campaign) -> None:
        if self._on_conflict == "ignore":
            return
        found = [f"{one.kind}: {one.words}" for one in await self.calendar.conflicts(campaign.id)]
        if found and self._on_conflict == "refuse":
            raise Conflict(f"the calendar stands against it: {'; '.join(found)}", "calendar")
        for words in found:
            _log.warning("campaign %s starts against the calendar: %s", campaign.plan.name, words)

    async def pause_campaign(self, name: str) -> Campaign:
        return await self._halt(name, CampaignStatus.PAUSED)

    async def stop_campaign(self, name: str) -> Campaign:
        return await self._halt(name, CampaignStatus.STOPPED)

    async def _halt(self, name: str, status: CampaignStatus) -> Campaign:
        found = await self._books.campaigns.campaign(name)
        if found.status is status:
            raise Conflict(f"campaign {name} is {status} already")
        campaign = await self._books.campaigns.set_status(found.id, status)
        self._engine.stop_loop(campaign, status)
        return campaign

    def _changed(self, campaign: Campaign, reason: str) -> Campaign:
        self._engine.campaigns[campaign.id] = campaign
        loop = self._engine.loops.get(campaign.id)
        if loop is not None:
            loop.campaign = campaign
            loop.nudge()
        self.feed.publish(CampaignMoved(self._clock.now(), campaign.id, campaign.status, reason))
        return campaign

    # --- agents

    async def enroll_agent(self, agent: AgentRecord) -> None:
        if agent.server not in {server.name for server in self._engine.telephony.servers()}:
            raise NotFound(f"no Asterisk server is called {agent.server}")
        await self._books.agents.enroll(agent)

    async def log_in(self, agent: AgentId, campaign_name: str, *, shift_ends_at: datetime | None = None) -> AgentView:
        """Call the agent's phone; the agent is ready when Asterisk counts them as free, some seconds later.

        `shift_ends_at`: predictive pacing no longer counts on the agent shortly before that, nor later.
        """
        self._not_draining()
        campaign = await self._books.campaigns.campaign(campaign_name)
        record = next((a for a in await self._books.agents.agents() if a.id == agent), None)
        if record is None:
            raise NotFound(f"no agent {agent}; enroll the agent first")
        entry = self._floor.roster.log_in(agent, campaign.id, record.server, self._clock.now())
        entry.shift_ends_at = shift_ends_at
        self._engine.campaigns.setdefault(campaign.id, campaign)
        try:
            await self._engine.telephony.log_in(record.server, agent, campaign.queue)
        except BaseException:
            self._floor.roster.move(entry, AgentState.LOGGED_OUT, self._clock.now(), "the phone could not be called")
            self._engine.settle_floor()
            raise
        self._engine.settle_floor()
        return self._view(entry)

    def log_out(self, agent: AgentId) -> None:
        """At once, or after the call that the agent is in, or when the lines that ring no longer need the agent. The
        phone is let go a moment later."""
        entry = self._floor.roster.known(agent)
        if self._stays_for_now(entry, "logging out"):
            entry.leave_next = True
            return
        self._floor.roster.move(entry, AgentState.LOGGED_OUT, self._clock.now(), "log-out")
        self._engine.settle_floor()

    def ready(self, agent: AgentId) -> AgentView:
        """End a pause or a wrap-up."""
        entry = self._floor.roster.known(agent)
        entry.pause_next = None
        if not entry.leaving:
            entry.leaving_since = None
        if entry.state in (AgentState.PAUSED, AgentState.WRAP_UP):
            self._floor.roster.release(entry, self._clock.now(), "asked by the agent")
        elif entry.state is not AgentState.READY:
            raise Conflict(f"agent {agent} is {entry.state}")
        self._engine.settle_floor()
        return self._view(entry)

    def pause(self, agent: AgentId, reason: str) -> AgentView:
        """At once, or after the call that the agent is in, or when the lines that ring no longer need the agent."""
        entry = self._floor.roster.known(agent)
        if self._stays_for_now(entry, "pausing"):
            entry.pause_next = reason
        elif not self._floor.roster.move(entry, AgentState.PAUSED, self._clock.now(), reason):
            raise Conflict(f"agent {agent} is {entry.state}")
        self._engine.settle_floor()
        return self._view(entry)

    def _stays_for_now(self, entry: Agent, wish: str) -> bool:
        """Whether the agent is in a call, or lines ring that were dialed for it: pacing counts it out from now on."""
        if entry.state in (AgentState.TALKING, AgentState.RESERVED, AgentState.INBOUND):
            return True
        loop = self._engine.loops.get(entry.campaign)
        lines = loop.leaving.ringing_for(loop.campaign, entry) if loop and not loop.stopped else 0
        if loop is None or not lines:
            return False
        loop.nudge()
        if entry.leaving_since is None:
            entry.leaving_since = self._clock.monotonic()
        reason = f"{wish}: {lines} lines ring"
        self.feed.publish(AgentMoved(self._clock.now(), entry.id, entry.campaign, entry.state, reason, entry.attempt))
        return True

    async def dispose(
        self,
        agent: AgentId,
        attempt: AttemptId,
        disposition: Disposition,
        *,
        note: str = "",
        call_back_at: datetime | None = None,
        call_back_mine: bool = False,
    ) -> None:
        """Say how the call was closed; ends the agent's wrap-up. A call that still lasts keeps the agent."""
        if (call_back_at is not None) is not (disposition is Disposition.CALL_BACK):
            raise Conflict("a call-back needs its time, and no other disposition has one")
        call_back = None
        if call_back_at is not None:
            call_back = CallBack(call_back_at, agent if call_back_mine else None)
        await self._dispositions.dispose(
            Disposed(attempt, agent, disposition, self._clock.now(), note=note, call_back=call_back)
        )
        entry = self._floor.roster.get(agent)
        if entry is not None and entry.attempt == attempt and entry.state is AgentState.WRAP_UP:
            self._floor.roster.release(entry, self._clock.now(), disposition)
            self._engine.settle_floor()

    def accept_preview(self, agent: AgentId) -> AttemptId:
        """Dial the lead that the agent looks at. Conflict, with the reason, when the law says no by now."""
        self._not_draining()
        entry, loop = self._previewing(agent)
        result = loop.accept_preview(entry)
        self._engine.settle_floor()
        if isinstance(result, Blocked):
            raise Conflict(f"this lead may not be called: {result.reason}")
        return result.id

    def skip_preview(self, agent: AgentId) -> LeadId:
        entry, loop = self._previewing(agent)
        lead = loop.previews.skip(entry, _SKIP_PAUSE)
        self._engine.settle_floor()
        return lead

    async def hang_up(self, agent: AgentId) -> None:
        """End the call that the agent is in; the agent stays on the line."""
        entry = self._floor.roster.known(agent)
        if entry.state is not AgentState.TALKING or entry.attempt is None:
            raise Conflict(f"agent {agent} is {entry.state}: there is no call to end")
        await self._engine.telephony.hang_up(entry.server, entry.attempt)

    def agents(self) -> list[AgentView]:
        return [self._view(agent) for agent in self._floor.roster]

    def _previewing(self, agent: AgentId) -> tuple[Agent, DialLoop]:
        entry = self._floor.roster.known(agent)
        loop = self._engine.loops.get(entry.campaign)
        if entry.state is not AgentState.PREVIEWING or loop is None or loop.previews.of(agent) is None:
            raise Conflict(f"agent {agent} has no lead to look at (is {entry.state})")
        return entry, loop

    def _view(self, agent: Agent) -> AgentView:
        return AgentView(agent.id, self._engine.plan(agent.campaign).name, agent.state, agent.since, agent.attempt)

    # --- do-not-call

    async def add_dnc(self, numbers: Sequence[PhoneNumber], source: str) -> int:
        """Effective at once: the commit of each attempt looks once more. Returns how many were new."""
        return await self._dnc.add(numbers, source, self._clock.now())

    def forget_leads(self, leads: Collection[LeadId]) -> None:
        """Have the hoppers let go of leads that the database has taken away: their attempts would be refused."""
        for loop in self._engine.loops.values():
            loop.hopper.drop(set(leads))

    def raise_leads(self, raised: Sequence[Raised]) -> None:
        """Leads were put at the head of their campaigns' lists: dial them next, where these run here."""
        self.forget_leads([one.lead for one in raised if one.lead is not None])
        for one in raised:
            loop = None if one.campaign_id is None else self._engine.loops.get(one.campaign_id)
            if loop is not None and one.lead is not None:
                loop.look_for_raised()

    # --- seeing

    def campaigns(self) -> list[CampaignView]:
        return campaign_views(self._engine)

    def servers(self) -> list[ServerView]:
        return [
            ServerView(
                s.name,
                s.connected,
                s.name in self._floor.trusted,
                self._floor.tracker.lines(s.name),
                s.lines,
                s.calls_per_second,
            )
            for s in self._engine.telephony.servers()
        ]

    async def abandonment(self, name: str | None) -> list[tuple[str, AbandonmentWindow]]:
        """Live answers and abandoned calls, counted anew: each campaign's, or one's, with its name, by legal window."""
        books = self._books.campaigns
        campaigns = await books.campaigns() if name is None else [await books.campaign(name)]
        told = []
        for campaign in campaigns:
            await self._engine.abandonment.read(campaign.id)
            windows = self._engine.abandonment.windows(campaign, self._clock.now())
            told += [(campaign.plan.name, window) for window in windows or ()]
        return told

    def measured(self) -> Measured:
        """What was counted since the engine started."""
        return measured(self._engine)

    @property
    def unstored(self) -> int:
        """Outcomes that are not in the database yet."""
        return self._engine.recorder.depth

    @property
    def draining(self) -> bool:
        return self._floor.draining

    def _not_draining(self) -> None:
        if self._floor.draining:
            raise Conflict("the engine is draining: it takes nothing new")
