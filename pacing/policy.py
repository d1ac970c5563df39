"""How many lines to add now: counts in, a decision with its reason out.

Every dial mode is one `Policy`; what a mode needs beyond its settings reaches it in `PacingInput`.
"""

from dataclasses import dataclass
from math import floor
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PacingInput:
    """One campaign on one server at one moment: counts of agents and of lines."""

    ready_agents: int
    """Agents free for a call of the pool (not reserved, not previewing, not about to leave)."""
    working_agents: int
    """Agents logged in and not paused, whatever they do."""
    ringing_lines: int
    """Lines dialed for the pool that were not answered yet."""
    waiting_calls: int
    """Answered callees without an agent, and those still in machine detection."""
    connected_calls: int
    line_room: int
    """Lines that caps of campaign and server leave."""
    kept_for_inbound: int = 0
    """Free agents that marketing leaves to inbound calls; more than are ready: the next who get free, too."""

    @property
    def free_agents(self) -> int:
        """Ready agents beside those kept for inbound; below 0: so many more are to be kept."""
        return self.ready_agents - max(0, self.kept_for_inbound)

    @property
    def ready_words(self) -> str:
        kept = f" - {self.kept_for_inbound} kept for inbound" if self.kept_for_inbound > 0 else ""
        return f"{self.ready_agents} ready{kept}"


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """How a campaign stands in one legal window."""

    name: str
    live_answers: float
    abandoned: float
    cap_ratio: float
    to_come: float
    """Live answers counted on before the window ends; a cautious figure."""

    @property
    def ratio(self) -> float:
        return self.abandoned / self.live_answers if self.live_answers > 0 else 0.0


@dataclass(frozen=True, slots=True)
class PacingFigures:
    """What a predictive decision was come to by."""

    expected_answers: float
    """D: answers expected of the lines that ring."""
    free_agents: float
    """S: agents expected to be free within the time that an answer takes, less the callees who wait."""
    spread: float
    """Standard deviation of S - D."""
    knob: float
    """How many spreads are kept between D and S."""
    aim_ratio: float
    """Share of live answers that may be abandoned from here on."""
    room: float | None
    """Abandoned calls left in the tightest window before the hard stop; None: no window is judged yet."""
    answer_probability: float
    """Of a lead like the campaign's average."""
    answer_probability_upper: float
    """Its upper credible bound (95%)."""
    answers_seen: int
    """Live answers whose fate was seen; the knob is trusted after 300."""
    windows: tuple[WindowFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class PacingDecision:
    add_lines: int
    reason: str
    picks: tuple[int, ...] | None = None
    """Which of the leads at hand to dial, as many as lines to add; None: the first."""
    figures: PacingFigures | None = None


class Policy(Protocol):
    def decide(self, seen: PacingInput) -> PacingDecision: ...


@dataclass(frozen=True, slots=True)
class Progressive:
    """One line for each ready agent: lines = ready - kept for inbound - ringing - waiting."""

    def decide(self, seen: PacingInput) -> PacingDecision:
        wanted = seen.free_agents - seen.ringing_lines - seen.waiting_calls
        return _within(
            wanted,
            seen,
            f"{seen.ready_words} - {seen.ringing_lines} ringing - {seen.waiting_calls} waiting",
        )


@dataclass(frozen=True, slots=True)
class Power:
    """A fixed dial level: lines = level x (ready agents - kept for inbound) - ringing - waiting.

    Busy agents are not counted, so nobody is dialed when nobody can take the call.
    """

    dial_level: float

    def decide(self, seen: PacingInput) -> PacingDecision:
        wanted = floor(self.dial_level * seen.free_agents + 1e-9) - seen.ringing_lines - seen.waiting_calls
        ready = f"({seen.ready_words})" if seen.kept_for_inbound > 0 else seen.ready_words
        return _within(
            wanted,
            seen,
            f"{self.dial_level:g} x {ready} - {seen.ringing_lines} ringing - {seen.waiting_calls} waiting",
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """No line of the pool's: each is dialed for the one agent who accepted the lead. Leads are offered to as many
    agents as are ready and not kept for inbound (`PacingInput.free_agents`)."""

    def decide(self, seen: PacingInput) -> PacingDecision:
        if seen.kept_for_inbound <= 0:
            return PacingDecision(0, f"preview: {seen.ready_agents} ready agents choose their leads")
        if seen.free_agents <= 0:
            return PacingDecision(0, f"preview: {seen.ready_words}: no lead is offered")
        return PacingDecision(0, f"preview: {seen.ready_words} = {seen.free_agents} agents choose their leads")


def _within(wanted: int, seen: PacingInput, reason: str) -> PacingDecision:
    if seen.working_agents <= 0:
        return PacingDecision(0, "no agent is working")
    if wanted <= 0:
        return PacingDecision(0, f"{reason}: no room")
    if wanted > seen.line_room:
        return PacingDecision(max(0, seen.line_room), f"{reason} = {wanted}, lines left: {seen.line_room}")
    return PacingDecision(wanted, f"{reason} = {wanted}")
