"""Predictive pacing of one campaign: all that is learned of it, and how many lines to add now, to which leads, and why.

Without clock and I/O: who uses it tells what happened and what the moment is. Everything that happens is told with the
line that it happened to, and learned once, however often and in whatever order it is told.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np

from pacing import handling as hold
from pacing import line_times
from pacing.agent_speed import AgentSpeed, talk_hazards, with_power
from pacing.answer_rate import Floats, effect_of, learn_due, level_of, note_line
from pacing.forecast import Forecast
from pacing.handling import BIN_SECONDS, BINS, TALK, WRAP_UP
from pacing.knob import Windows, note_fate
from pacing.pacer_state import VERSION, BadPacingState, kernel_state, mapping, number, restored_kernel
from pacing.policy import PacingDecision, PacingFigures, PacingInput, Progressive, WindowFigures
from pacing.predictive import PREDICTIVE, Decision, FloorNow, Learned, decide, new_learned
from pacing.predictive_input import PredictiveInput, WindowNow, ages, offsets, sane
from pacing.predictive_reason import aside, reason_of
from pacing.prospect import CELLS, Prospect, shown_probability
from pacing.ring_time import MINIMUM_ANSWERS, MOVE_SECONDS, next_ring_seconds

BUSY, RANG_OUT, OTHER = 0, 1, 2
"""Why a line was not answered by a person: busy or rejected; rang out; anything else, a machine too."""
REFRESH_SECONDS = 10.0
LINES_PER_AGENT = 10
"""At most so many lines ring for each working agent, whatever is learned."""
NEW_LINES_PER_SECOND = 2
"""At most so many lines a second are added for each working agent, but always up to `_FEW_LINES`: enough to fill an
idle floor within seconds, too few for an error to burst."""
_FEW_LINES = 10
LINES_PER_TURN = 100
"""At most so many lines are added in one turn, which also bounds its time."""
_REMEMBERED = 20_000
"""Lines of which it is remembered that they were learned: hours of a busy floor's."""
_LONGEST_RING_SECONDS = 180.0
_MOST_TAKEN_PER_HOUR = 1e6
_LEVELS = np.linspace(0.0, 1.0, BINS)
_FIRST_RING_SECONDS = 25
_AGES = 1e12


class Pacer:
    def __init__(self, ring_seconds: float = _FIRST_RING_SECONDS, learned: Learned | None = None) -> None:
        """Nothing seen yet; `ring_seconds` is where failed lines are first expected to ring out."""
        self.learned = learned or new_learned(CELLS, min(120.0, max(15.0, ring_seconds)))
        self.speed = AgentSpeed()
        self.forecast = Forecast()
        self.answers_learned = 0.0
        self._known: dict[tuple[str, str], None] = {}
        self._effects = np.zeros(CELLS + 1)
        self._hazards = talk_hazards(self.learned.handling)
        self._refreshed_at: float | None = None
        self._ring: int | None = None
        self._ring_moved_at: float | None = None
        self._second: float | None = None
        self._added = 0
        self._aim_ratio, self._team, self._binding = 0.0, 1.0, False
        self._derive(np.zeros(0), np.zeros(0), True)

    # --- what happened

    def line_ended(
        self, line: str, *, answered: bool, seconds: float, lead: Prospect, due_seconds: float, cause: int = OTHER
    ) -> bool:
        """A line was answered by a person after so long, or failed. Lines that never reached the network, or of which
        it is not known how they ended, must not be told. Returns whether it is told for the first time.

        `due_seconds`: the moment (by the monotonic clock) at which each line dialed with it must have ended.
        """
        if not self._first("line", line):
            return False
        note_line(self.learned.rate, _between(due_seconds, -_AGES, _AGES), lead.own, _cells(lead), answered)
        seconds = _between(seconds, 0.0, _LONGEST_RING_SECONDS)
        if answered:
            line_times.note_answer(self.learned.times, seconds)
            self.forecast.note_answer()
            self.answers_learned += 1.0
        else:
            line_times.note_failure(self.learned.times, seconds, cause if cause in (BUSY, RANG_OUT) else OTHER)
        return True

    def fate(self, line: str, *, abandoned: bool) -> None:
        """A live answer was abandoned, or was given to an agent in time."""
        if self._first("fate", line):
            note_fate(self.learned.knob, abandoned, self._aim_ratio, self._team, self._binding)

    def talk_ended(self, agent: str, seconds: float, line: str) -> None:
        if self._first("talk", line):
            seconds = _between(seconds, 0.0, BINS * BIN_SECONDS)
            hold.note_end(self.learned.handling, TALK, seconds)
            self.speed.note(agent, seconds, self._hazards)

    def wrap_up_ended(self, agent: str, seconds: float, line: str) -> None:
        if self._first(f"wrap-up {agent}", line):
            hold.note_end(self.learned.handling, WRAP_UP, _between(seconds, 0.0, BINS * BIN_SECONDS))

    def _first(self, what: str, line: str) -> bool:
        if (what, line) in self._known:
            return False
        self._known[what, line] = None
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        return True

    # --- what follows from it

    def tick(self, now_seconds: float, *, dialing: bool) -> None:
        """Time passes: learn the lines that are due; to be told every second or so. `dialing`: somebody works."""
        self.forecast.note_turn(now_seconds, dialing)
        learn_due(self.learned.rate, now_seconds)

    def refresh(
        self, now_seconds: float, talk_ages: Sequence[float], wrap_up_ages: Sequence[float], *, wraps_up: bool
    ) -> bool:
        """Derive the tables that decisions look up, at most every ten seconds; it takes some milliseconds. The ages are
        those of every agent of the campaign. Returns whether it was time."""
        before = self._refreshed_at
        if before is not None and 0.0 <= now_seconds - before < REFRESH_SECONDS:
            return False
        self._refreshed_at = now_seconds
        self._derive(ages(talk_ages), ages(wrap_up_ages), wraps_up)
        return True

    def _derive(self, talking: Floats, wrapping_up: Floats, wraps_up: bool) -> None:
        line_times.refresh(self.learned.times)
        hold.refresh(self.learned.handling, hold.LAG_SHARE * self.lag_seconds, talking, wrapping_up, wraps_up)
        self._hazards = talk_hazards(self.learned.handling)
        for cell in range(1, CELLS + 1):
            self._effects[cell] = effect_of(self.learned.rate, cell)

    @property
    def lag_seconds(self) -> float:
        """How long an answer takes on average."""
        return float(self.learned.times.mean_answer_seconds[0])

    def offset_of(self, lead: Prospect) -> float:
        """Log-odds by which the lead differs from the campaign's level, as of the latest refresh."""
        return float(lead.own + self._effects[_cells(lead)].sum())

    def answer_probability(self, offset: float) -> float:
        """Of a lead whose log-odds differ so from the campaign's level, 0 to 1."""
        return shown_probability(level_of(self.learned.rate).expected + offset)

    def expected_answers(self, line_ages: Sequence[float] | Floats, line_offsets: Sequence[float] | Floats) -> float:
        """Answers expected of lines that ring."""
        held = ages(line_ages)
        level = level_of(self.learned.rate).expected
        odds = np.exp(level + offsets(line_offsets, len(held))) * line_times.odds_at(self.learned.times, held)
        return float((odds / (1.0 + odds)).sum())

    def ring_seconds(self, now_seconds: float, least: int, most: int, setup_seconds: float) -> int:
        """How long to let lines ring, `least` to `most`: `most` until enough answers were seen, then by what they say,
        a second at a time and at most every ten minutes."""
        if self.answers_learned < MINIMUM_ANSWERS or least >= most:
            return most
        present = min(most, max(least, most if self._ring is None else self._ring))
        moved_at = self._ring_moved_at
        if moved_at is None or not 0.0 <= now_seconds - moved_at < MOVE_SECONDS:
            self._ring_moved_at = now_seconds
            p = shown_probability(level_of(self.learned.rate).mean)
            present = next_ring_seconds(self.learned.times, p, present, least, most, setup_seconds)
        self._ring = present
        return present

    # --- deciding

    def decide(self, seen: PredictiveInput) -> PacingDecision:
        """Lines to add now, to which of the leads at hand, and why. Never more lines than idle agents when the windows
        are not known or the cap is 0."""
        counts = sane(seen.counts, seen.kept_for_inbound)
        self.forecast.note_turn(seen.now_seconds, counts.working_agents > 0)
        if not seen.windows:
            self._aim_ratio, self._binding = 0.0, False
            return self._one_each(counts, seen, "abandoned calls can't be counted now")
        cap = min(window.cap_ratio for window in seen.windows)
        if not cap > 0.0:
            self._aim_ratio, self._binding = 0.0, False
            return self._one_each(counts, seen, "no call may be abandoned")
        at_hand = seen.prospects[: seen.overdue] if seen.overdue > 0 else seen.prospects
        most = min(counts.line_room, self._allowed(counts, seen.now_seconds), len(at_hand))
        windows = [self._window(window, counts.connected_calls) for window in seen.windows]
        picks = np.zeros(max(1, most), dtype=np.int64)
        learned, floor = self._floor(counts, seen)
        team = float(counts.working_agents)
        found = decide(
            learned, floor, _kernel_windows(seen.windows, windows), team, self._offsets(at_hand), most, picks
        )
        add = int(found.add)
        self._added += add
        # while no window is judged there is no aim but the cap
        self._aim_ratio = float(found.aim.ratio) if np.isfinite(found.aim.room) else cap
        self._team = max(1.0, team)
        self._binding = found.course == PREDICTIVE and add < most
        figures = self._figures(found, tuple(windows))
        words = reason_of(found, figures, counts, add, most) + aside(seen)
        return PacingDecision(add, words, tuple(int(lead) for lead in picks[:add]), figures)

    def _one_each(self, counts: PacingInput, seen: PredictiveInput, why: str) -> PacingDecision:
        plain = Progressive().decide(counts)
        add = min(plain.add_lines, len(seen.prospects))
        return PacingDecision(add, f"{why}, so one line an idle agent: {plain.reason}{aside(seen)}", tuple(range(add)))

    def _allowed(self, counts: PacingInput, now_seconds: float) -> int:
        """Lines that may be added however few answers are expected of them."""
        team = counts.working_agents
        if self._second is None or not 0.0 <= now_seconds - self._second < 1.0:
            self._second, self._added = now_seconds, 0
        in_second = max(_FEW_LINES, NEW_LINES_PER_SECOND * team) - self._added
        return max(0, min(in_second, LINES_PER_TURN, LINES_PER_AGENT * team - counts.ringing_lines))

    def _window(self, window: WindowNow, connected: int) -> WindowFigures:
        # calls that talk now are counted by compliance when they end
        to_come = self.forecast.to_come(window.seconds_left) + connected
        return WindowFigures(window.name, window.live_answers, window.abandoned, window.cap_ratio, to_come)

    def _offsets(self, leads: Sequence[Prospect]) -> Floats:
        if not leads:
            return np.zeros(0)
        own = np.fromiter((lead.own for lead in leads), np.float64, len(leads))
        cells = np.array([lead.cells for lead in leads], dtype=np.int64)
        return offsets(own + self._effects[np.clip(cells, 0, CELLS)].sum(axis=1), len(leads))

    def _floor(self, counts: PacingInput, seen: PredictiveInput) -> tuple[Learned, FloorNow]:
        # lines of which no age is told have just been dialed
        untold = max(0, counts.ringing_lines - len(seen.line_ages))
        lines = np.concatenate((ages(seen.line_ages), np.zeros(untold)))
        floor = FloorNow(
            # may be below 0: then the next who get free are kept for inbound, too
            idle=counts.free_agents,
            waiting=counts.waiting_calls,
            talk_ages=ages(seen.talk_ages),
            wrap_up_ages=ages(seen.wrap_up_ages),
            line_ages=lines,
            line_offsets=offsets(seen.line_offsets, len(lines)),
        )
        factors = np.array([self.speed.factor(agent) for agent in seen.talkers])
        if len(factors) != len(floor.talk_ages):
            factors = np.ones(len(floor.talk_ages))
        taken = self._expected_takings(seen.taken_per_hour)
        if taken <= 0.0 and (factors == 1.0).all():
            return self.learned, floor
        return self._with_chances(floor, factors, taken)

    def _expected_takings(self, taken_per_hour: float) -> float:
        """Agents whom inbound calls are expected to take within the time in which others are expected to be free."""
        return _between(taken_per_hour, 0.0, _MOST_TAKEN_PER_HOUR) / 3600.0 * hold.LAG_SHARE * self.lag_seconds

    def _with_chances(self, floor: FloorNow, factors: Floats, taken: float) -> tuple[Learned, FloorNow]:
        """Each agent's own chance to be free, less what inbound calls are expected to take of them all.

        The kernels look chances up by age: give them a table of evenly spaced chances, and for an age each agent's
        place in it. The rounding is under 0.3 points and has no bias."""
        handling = self.learned.handling
        talking = with_power(hold.free_chances(handling, TALK, floor.talk_ages), factors)
        wrapping_up = hold.free_chances(handling, WRAP_UP, floor.wrap_up_ages)
        total = float(talking.sum() + wrapping_up.sum())
        left = max(0.0, 1.0 - taken / total) if total > 0.0 else 1.0
        talking, wrapping_up = talking * left, wrapping_up * left
        table = handling._replace(free=np.stack((_LEVELS, _LEVELS)))
        floor = floor._replace(talk_ages=_places(talking), wrap_up_ages=_places(wrapping_up))
        return self.learned._replace(handling=table), floor

    def _figures(self, found: Decision, windows: tuple[WindowFigures, ...]) -> PacingFigures:
        demand, level = found.demand, found.level
        sway = demand.answers_variance
        variance = sway + demand.free_variance + level.variance * sway * sway
        return PacingFigures(
            expected_answers=float(demand.answers),
            free_agents=float(demand.free),
            spread=float(max(0.0, variance) ** 0.5),
            knob=float(found.knob),
            aim_ratio=self._aim_ratio,
            room=float(found.aim.room) if np.isfinite(found.aim.room) else None,
            answer_probability=shown_probability(level.expected),
            answer_probability_upper=shown_probability(level.mean + 1.645 * max(0.0, level.variance) ** 0.5),
            answers_seen=int(self.learned.knob.seen[0]),
            windows=windows,
        )

    # --- over a restart

    def state(self) -> dict[str, Any]:
        """All that was learned, as JSON can carry it."""
        return {
            "version": VERSION,
            "cells": CELLS,
            "learned": kernel_state(self.learned),
            "agents": {agent: list(calls) for agent, calls in self.speed.calls.items()},
            "forecast": [self.forecast.answers, self.forecast.seconds, self.forecast.today_seconds],
            "answers_learned": self.answers_learned,
            "ring_seconds": self._ring,
        }

    @classmethod
    def restored(cls, state: object, rest_seconds: float = 0.0) -> "Pacer":
        """What `state` knows, stored so long ago. BadPacingState (a ValueError) says what is wrong."""
        found = mapping(state, "the state")
        if found.get("version") != VERSION or found.get("cells") != CELLS:
            raise BadPacingState(f"version {found.get('version')!r} with {found.get('cells')!r} cells is not ours")
        pacer = cls(learned=restored_kernel(found.get("learned"), CELLS))
        for agent, calls in mapping(found.get("agents"), "agents").items():
            pacer.speed.calls[str(agent)] = _pair(calls, f"agents.{agent}")
        pacer.forecast = _forecast(found.get("forecast"))
        pacer.forecast.note_rest(rest_seconds)
        pacer.answers_learned = number(found.get("answers_learned"), "answers_learned")
        ring = found.get("ring_seconds")
        pacer._ring = None if ring is None else int(number(ring, "ring_seconds", 1, 600))
        return pacer


def _pair(value: object, place: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise BadPacingState(f"{place} is no pair")
    return number(value[0], place), number(value[1], place)


def _forecast(value: object) -> Forecast:
    if not isinstance(value, list) or len(value) != 3:
        raise BadPacingState("forecast is no triple")
    return Forecast(*(number(one, "forecast") for one in value))


def _kernel_windows(told: Sequence[WindowNow], figures: Sequence[WindowFigures]) -> Windows:
    return Windows(
        cap=np.array([window.cap_ratio for window in told]),
        live_answers=np.array([window.live_answers for window in told]),
        abandoned=np.array([window.abandoned for window in told]),
        to_come=np.array([window.to_come for window in figures]),
        minimum_answers=np.array([window.minimum_answers for window in told]),
    )


def _cells(lead: Prospect) -> "np.ndarray[Any, np.dtype[np.int64]]":
    return np.array([cell if 0 <= cell <= CELLS else 0 for cell in lead.cells], dtype=np.int64)


def _places(chances: Floats) -> Floats:
    places: Floats = (np.rint(chances * (BINS - 1)) + 0.5) * BIN_SECONDS
    return places


def _between(seconds: float, least: float, most: float) -> float:
    return min(most, max(least, seconds)) if isfinite(seconds) else least
