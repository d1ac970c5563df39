"""Feeds each campaign's pacer with what happens on the floor, and keeps what it learned over a restart.

Lines are learned from the events of calls that this engine dialed and watched; calls taken over after a restart teach
nothing. Durations are measured by the monotonic clock, so that a step of the wall clock teaches no nonsense. A fault in
here is logged and counted, and never reaches the calls.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import exp

from dialer.clock import Clock
from dialer.domain.agent import WORKING, AgentState
from dialer.domain.call import EndedAttempt
from dialer.domain.campaign import SETUP_SECONDS, CampaignPlan
from dialer.domain.errors import DatabaseUnavailable
from dialer.domain.ids import AgentId, CampaignId
from dialer.domain.outcome import Outcome
from dialer.engine.abandonment import tally_of
from dialer.engine.agent_roster import AgentChange
from dialer.engine.call_tracker import TrackedCall
from dialer.ports import PacingBook
from pacing.pacer import BUSY, OTHER, RANG_OUT, Pacer

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.5
_SAVE_SECONDS = 30.0
_OLDEST = timedelta(days=30)
"""What was learned before says nothing of today."""
_TAKEN_MEMORY_SECONDS = 3600.0
_CAUSES = {
    Outcome.BUSY: BUSY,
    Outcome.REJECTED: BUSY,
    Outcome.NO_ANSWER: RANG_OUT,
    Outcome.INVALID_NUMBER: OTHER,
    Outcome.FAILED: OTHER,
    Outcome.MACHINE: OTHER,
}
"""Outcomes of lines that reached the network and no person. Congestion, lost and not placed say nothing of answers."""


@dataclass(frozen=True, slots=True)
class Phase:
    """What an agent does, since a moment of the monotonic clock."""

    campaign: CampaignId
    state: AgentState
    since_seconds: float
    attempt: str


@dataclass(slots=True)
class _Taken:
    """How often agents of a campaign are taken by calls that are not ours."""

    count: float = 0.0
    at_seconds: float = 0.0

    def at(self, now: float) -> float:
        """Agents an hour, the last hour weighing most."""
        return self.count * exp(-max(0.0, now - self.at_seconds) / _TAKEN_MEMORY_SECONDS)

    def note(self, now: float) -> None:
        self.count, self.at_seconds = self.at(now) + 1.0, now


@dataclass(slots=True)
class Calibration:
    """What pacing expected of lines whose end it learned from, beside what came true."""

    lines: int = 0
    expected: float = 0.0
    """Answers, by each line's probability just before its end was learned."""
    answered: int = 0


@dataclass(slots=True)
class Learning:
    book: PacingBook
    clock: Clock
    plan: Callable[[CampaignId], CampaignPlan]
    pacers: dict[CampaignId, Pacer] = field(default_factory=dict)
    faults: Counter[CampaignId] = field(default_factory=Counter)
    """Times that pacing or learning failed since the engine started."""
    calibration: defaultdict[CampaignId, Calibration] = field(default_factory=lambda: defaultdict(Calibration))
    _phases: dict[AgentId, Phase] = field(default_factory=dict)
    _taken: dict[CampaignId, _Taken] = field(default_factory=dict)
    _changed: set[CampaignId] = field(default_factory=set)
    _saved_at: float = float("-inf")

    # --- over a restart

    async def open(self, campaign: CampaignId) -> None:
        """Have the campaign's pacer, with what was learned before. DatabaseUnavailable: not known yet what that is."""
        if campaign in self.pacers:
            return
        stored = await self.book.load(campaign)
        pacer = Pacer(self.plan(campaign).ring_seconds + SETUP_SECONDS)
        rest = None if stored is None else self.clock.now() - stored.saved_at
        if stored is not None and rest is not None and rest <= _OLDEST:
            try:
                pacer = Pacer.restored(stored.state, max(0.0, rest.total_seconds()))
            except ValueError as error:
                _log.warning("campaign %s begins to learn anew, its stored pacing can't be used: %s", campaign, error)
        self.pacers.setdefault(campaign, pacer)

    async def save(self) -> None:
        """Store what changed since the last time. DatabaseUnavailable: some is not stored."""
        for campaign in list(self._changed):
            self._changed.discard(campaign)
            try:
                await self.book.save(campaign, self.pacers[campaign].state(), self.clock.now())
            except DatabaseUnavailable:
                self._changed.add(campaign)
                raise

    async def run(self) -> None:
        """Refresh what decisions look up, and store what was learned, for ever."""
        self._saved_at = self.clock.monotonic()
        while True:
            await self.clock.sleep(_LOOK_SECONDS)
            now = self.clock.monotonic()
            for campaign in list(self.pacers):
                self._refresh(campaign, now)
            if now - self._saved_at >= _SAVE_SECONDS:
                self._saved_at = now
                try:
                    await self.save()
                except DatabaseUnavailable as error:
                    _log.warning("what pacing learned waits for the database: %s", error)

    def _refresh(self, campaign: CampaignId, now: float) -> None:
        with self._guarded(campaign):
            phases = [one for one in self._phases.values() if one.campaign == campaign]
            self.pacers[campaign].tick(now, dialing=any(one.state in WORKING for one in phases))
            self.pacers[campaign].refresh(
                now,
                [now - one.since_seconds for one in phases if one.state is AgentState.TALKING],
                [now - one.since_seconds for one in phases if one.state is AgentState.WRAP_UP],
                wraps_up=self.plan(campaign).wrap_up_seconds > 0,
            )

    # --- calls

    def answered(self, call: TrackedCall) -> None:
        """A person has answered, and asks for an agent."""
        self._learn(call, answered=True, seconds=self._rang(call))

    def connected(self, call: TrackedCall) -> None:
        """A person talks to an agent; whether that was in time, the call's end tells."""
        line, waiting = call.line, call.waiting_since
        if line is None or waiting is None:
            return
        plan = self.plan(call.attempt.campaign)
        if (call.since - waiting).total_seconds() <= plan.agent_wait_seconds:
            self._fate(call, abandoned=False)

    def ended(self, call: TrackedCall, ended: EndedAttempt) -> None:
        """A call is over: what was not learned while it lasted."""
        tally = tally_of(ended)
        seconds = min(self._rang(call), self._rang(call) if ended.ring_seconds is None else ended.ring_seconds)
        if ended.outcome in _CAUSES:
            self._learn(call, answered=False, seconds=seconds, cause=_CAUSES[ended.outcome])
        elif ended.end.answered_at is not None and ended.outcome is not Outcome.LOST:
            self._learn(call, answered=True, seconds=seconds)
        if ended.outcome is not Outcome.MACHINE and (tally.dropped or tally.connected):
            self._fate(call, abandoned=tally.dropped > 0)

    def _rang(self, call: TrackedCall) -> float:
        """How long the line rang: by the wall clock, which telephony's times are in, within what the monotonic says."""
        at_most = self.clock.monotonic() - call.line.dialed_seconds if call.line else 0.0
        if call.answered_at is None:
            return at_most
        return min(at_most, max(0.0, (call.answered_at - call.attempt.opened_at).total_seconds()))

    def _learn(self, call: TrackedCall, *, answered: bool, seconds: float, cause: int = OTHER) -> None:
        campaign, line = call.attempt.campaign, call.line
        if line is None or not call.for_the_pool or campaign not in self.pacers:
            return
        with self._guarded(campaign):
            expected = self.pacers[campaign].answer_probability(line.offset)
            if self.pacers[campaign].line_ended(
                call.attempt.id, answered=answered, seconds=seconds, cause=cause, lead=line.prospect,
                due_seconds=line.dialed_seconds + line.ring_seconds,
            ):  # fmt: skip
                told = self.calibration[campaign]
                told.lines, told.expected, told.answered = (
                    told.lines + 1, told.expected + expected, told.answered + answered
                )  # fmt: skip

    def _fate(self, call: TrackedCall, *, abandoned: bool) -> None:
        campaign = call.attempt.campaign
        if call.line is None or not call.for_the_pool or campaign not in self.pacers:
            return
        with self._guarded(campaign):
            self.pacers[campaign].fate(call.attempt.id, abandoned=abandoned)

    # --- agents

    def agent_changed(self, change: AgentChange) -> None:
        """What an agent did has ended, and something else begins."""
        now = self.clock.monotonic()
        before = self._phases.pop(change.agent, None)
        if change.after is not AgentState.LOGGED_OUT:
            self._phases[change.agent] = Phase(change.campaign, change.after, now, change.attempt or "")
        if change.after is AgentState.INBOUND:
            self._taken.setdefault(change.campaign, _Taken()).note(now)
        if before is not None and before.state is change.before and before.attempt:
            self._learn_phase(change, before, now - before.since_seconds)

    def _learn_phase(self, change: AgentChange, before: Phase, seconds: float) -> None:
        pacer = self.pacers.get(change.campaign)
        cut_short = change.after in (AgentState.INBOUND, AgentState.LOGGED_OUT, AgentState.TALKING)
        if pacer is None or cut_short:
            return
        with self._guarded(change.campaign):
            if before.state is AgentState.TALKING:
                pacer.talk_ended(change.agent, seconds, before.attempt)
            elif before.state is AgentState.WRAP_UP:
                pacer.wrap_up_ended(change.agent, seconds, before.attempt)

    def phase_seconds(self, agent: AgentId, now: float) -> float:
        """How long the agent's present state has lasted."""
        phase = self._phases.get(agent)
        return now - phase.since_seconds if phase else 0.0

    def taken_per_hour(self, campaign: CampaignId, now: float) -> float:
        taken = self._taken.get(campaign)
        return taken.at(now) if taken else 0.0

    @contextmanager
    def _guarded(self, campaign: CampaignId) -> Iterator[None]:
        self._changed.add(campaign)
        try:
            yield
        except Exception:
            self.note_fault(campaign)

    def note_fault(self, campaign: CampaignId) -> None:
        """Log and count the exception at hand."""
        self.faults[campaign] += 1
        _log.exception("pacing of campaign %s failed (%d times)", campaign, self.faults[campaign])
