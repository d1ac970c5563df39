"""The rules that the simulator can pace by: ours, the product's other modes, and those of other dialers.

Sources of the others: VICIdial, AST_VDadapt.pl and AST_VDauto_dial.pl (adaptive methods, unchanged in substance since
2009); Issabel call center, the dialer's predictive formula; the replay simulation as Impact Dialing describes it.
"""

from math import exp, floor, log
from typing import NamedTuple

import numpy as np

from pacing.answer_rate import Floats, Ints, offset_of
from pacing.knob import Windows
from pacing.predictive import FloorNow, Learned, decide, in_order
from pacing.simulator.floor import (
    ABANDONED,
    DAY_ABANDONED,
    DAY_DIALED,
    DAY_LIVE,
    DIALED,
    IDLE,
    INBOUND,
    LEAVING,
    LIVE,
    TALKING,
    WRAPPING_UP,
    Floor,
    ages_in,
    count_in,
)
from pacing.simulator.plan import Kernel

PREDICTIVE, TOLD_TRUTH, PROGRESSIVE, POWER = 0, 1, 2, 3
VICIDIAL_HARD, VICIDIAL_AVERAGE, VICIDIAL_TAPERED, ISSABEL, REPLAY = 4, 5, 6, 7, 8

_MEMO = 1200
_OPENS = 9.0
"""Hour of the day at which a simulated day begins, for the rule that looks at the clock."""


class Memo(NamedTuple):
    """What a rule keeps between decisions."""

    of: Floats
    aim: Floats
    """(2,) the aimed ratio of the latest decision, and whether the knob limited the lines."""
    picks: Ints


def new_memo() -> Memo:
    memo = Memo(np.zeros(_MEMO), np.array([0.03, 0.0]), np.zeros(4000, dtype=np.int64))
    memo.of[0] = 1.0
    return memo


def wanted(
    rule: int, level: float, memo: Memo, floor_: Floor, plan: Kernel, learned: Learned, held: int, now: float
) -> int:
    """Lines to add now, of `held` leads at hand; their indices are in `memo.picks`. `level`: power's dial level."""
    lines = floor_.lines.used[0]
    most = min(held, plan.max_lines - lines)
    idle, waiting = count_in(floor_.agents, IDLE), floor_.waiting.used[0]
    if rule <= TOLD_TRUTH:
        if rule == TOLD_TRUTH:
            tell_truth(learned, plan, now)
        return predictive(memo, floor_, plan, learned, held, most, now)
    if rule == PROGRESSIVE:
        return in_order(idle - waiting - lines, most, memo.picks)
    if rule == POWER:
        return in_order(floor(level * idle + 1e-9) - lines - waiting, most, memo.picks)
    if rule == ISSABEL:
        return in_order(issabel(memo, floor_, learned, now), most, memo.picks)
    if rule == REPLAY:
        return in_order(replayed(memo, floor_, plan, now), most, memo.picks)
    return in_order(vicidial(rule, memo, floor_, plan, now), most, memo.picks)


# --- ours


def predictive(memo: Memo, floor_: Floor, plan: Kernel, learned: Learned, held: int, most: int, now: float) -> int:
    agents, lines = floor_.agents, floor_.lines
    n = lines.used[0]
    seen = FloorNow(
        count_in(agents, IDLE),
        floor_.waiting.used[0],
        ages_in(agents, TALKING, now),
        ages_in(agents, WRAPPING_UP, now),
        now - lines.since[:n],
        lines.offset[:n],
    )
    offsets = floor_.hand.offset[:held]
    if plan.knowledge == 2:
        cells = np.zeros(1, dtype=np.int64)
        for i in range(held):
            cells[0] = floor_.hand.band[i]
            offsets[i] = offset_of(learned.rate, 0.0, cells)
    team = float(count_in(agents, IDLE) + count_in(agents, TALKING) + count_in(agents, WRAPPING_UP))
    decision = decide(learned, seen, windows_of(floor_, plan, now), team, offsets, most, memo.picks)
    memo.aim[0] = decision.aim.ratio
    memo.aim[1] = 1.0 if decision.course == 0 and decision.add < most else 0.0
    return int(decision.add)


def windows_of(floor_: Floor, plan: Kernel, now: float) -> Windows:
    """The day and the whole campaign, with four fifths of the answers that the rate so far lets expect."""
    of = floor_.tally.of
    per_second = 0.8 * of[LIVE] / max(now, 60.0)
    day = plan.day_hours * 3600.0
    left = plan.hours * 3600.0 - now
    return Windows(
        np.array([plan.cap, plan.cap]),
        np.array([of[DAY_LIVE], of[LIVE]]),
        np.array([of[DAY_ABANDONED], of[ABANDONED]]),
        np.array([per_second * min(left, day - now % day), per_second * left]),
        np.array([plan.minimum_answers, 0.0]),
    )


def tell_truth(learned: Learned, plan: Kernel, now: float) -> None:
    factor = plan.factor[int(now / plan.factor_step_seconds) % len(plan.factor)]
    p = min(0.999, max(0.001, plan.answer_probability * factor))
    learned.rate.level[:] = log(p / (1.0 - p))
    learned.rate.information[:] = 1e9


# --- VICIdial's adaptive methods

_LEVEL, _SAMPLE_AT, _LEVEL_AT, _DIAL_AT, _SAMPLES, _DROPS_AT = 0, 1, 2, 3, 4, 5
_DROPS, _ANSWERS, _DROPS_BEFORE, _CALLS_BEFORE, _MINUTE_DROPS, _MINUTE_CALLS = 6, 7, 8, 9, 10, 11
_READY, _WAITED, _TEAM = 20, 40, 60
_KEPT = 15
_MAX_LEVEL = 3.0


def vicidial(rule: int, memo: Memo, floor_: Floor, plan: Kernel, now: float) -> int:
    of, agents = memo.of, floor_.agents
    team = len(agents.phase) - count_in(agents, 0)
    if now >= of[_SAMPLE_AT]:
        of[_SAMPLE_AT] = now + 1.0
        at = int(of[_SAMPLES]) % _KEPT
        of[_READY + at] = count_in(agents, IDLE)
        of[_WAITED + at] = floor_.waiting.used[0]
        of[_TEAM + at] = team
        of[_SAMPLES] += 1.0
    if now >= of[_DROPS_AT]:
        refresh_drops(memo, floor_, now)
    if now >= of[_LEVEL_AT]:
        of[_LEVEL_AT] = now + 15.0
        of[_LEVEL] = vicidial_level(rule, memo, floor_, plan, now)
    if now < of[_DIAL_AT]:
        return 0
    of[_DIAL_AT] = now + 2.5
    goal: int = round(of[_LEVEL] * team)
    in_calls = floor_.lines.used[0] + floor_.waiting.used[0] + count_in(agents, TALKING)
    return goal - int(in_calls)


def refresh_drops(memo: Memo, floor_: Floor, now: float) -> None:
    """Once a minute; an answer counts when the agent has disposed of it."""
    of, tally = memo.of, floor_.tally.of
    handled = count_in(floor_.agents, TALKING) + count_in(floor_.agents, WRAPPING_UP)
    of[_DROPS_AT] = now + 60.0
    of[_DROPS], of[_ANSWERS] = tally[DAY_ABANDONED], max(0.0, tally[DAY_LIVE] - handled)
    of[_MINUTE_DROPS] = tally[ABANDONED] - of[_DROPS_BEFORE]
    of[_MINUTE_CALLS] = tally[DIALED] - of[_CALLS_BEFORE]
    of[_DROPS_BEFORE], of[_CALLS_BEFORE] = tally[ABANDONED], tally[DIALED]


def vicidial_level(rule: int, memo: Memo, floor_: Floor, plan: Kernel, now: float) -> float:
    of = memo.of
    kept = int(min(of[_SAMPLES], _KEPT))
    team = of[_TEAM : _TEAM + kept].mean()
    difference = (of[_READY : _READY + kept].mean() - of[_WAITED : _WAITED + kept].mean()) / max(team, 1e-9)
    level = max(1.0, min(_MAX_LEVEL, round(of[_LEVEL] * (1.0 + difference), 3)))
    if of[_MINUTE_CALLS] > 20.0 and of[_MINUTE_DROPS] / of[_MINUTE_CALLS] > 0.5:
        level /= 2.0
    if floor_.tally.of[DAY_DIALED] > 50.0 and of[_DROPS] > plan.cap * max(1.0, of[_ANSWERS]):
        if rule == VICIDIAL_HARD:
            level = 1.0
        elif rule == VICIDIAL_AVERAGE:
            level /= 2.0
        else:
            hour = _OPENS + (now / 3600.0) % plan.day_hours
            left = 2100.0 - (floor(hour) * 100.0 + floor((hour - floor(hour)) * 60.0))
            level = 1.0 if left < 0.0 else level * min(1.0, left / 1000.0)
    return float(max(1.0, level))


# --- Issabel

_ISSABEL_AT, _ISSABEL_HEAD = 0, 1
_ISSABEL_DIALED, _ISSABEL_LIVE = 100, 140
_HALF_HOUR = 30


def issabel(memo: Memo, floor_: Floor, learned: Learned, now: float) -> int:
    of, agents = memo.of, floor_.agents
    minute = int(now / 60.0) % _HALF_HOUR
    if int(of[_ISSABEL_HEAD]) != minute:
        of[_ISSABEL_HEAD] = minute
        of[_ISSABEL_DIALED + minute], of[_ISSABEL_LIVE + minute] = floor_.tally.of[DIALED], floor_.tally.of[LIVE]
    if now < of[_ISSABEL_AT] and now > 1.0:
        return 0
    of[_ISSABEL_AT] = now + 5.0
    answer_seconds = learned.times.mean_answer_seconds[0]
    talk_seconds = learned.handling.exposure_seconds[0].sum() / max(1e-9, learned.handling.ends[0].sum())
    soon = 0
    for i in range(len(agents.phase)):
        lasted = now - agents.since[i]
        if agents.phase[i] == TALKING and 1.0 - exp(-(lasted + answer_seconds) / talk_seconds) >= 0.97:
            soon += 1
    free = count_in(agents, IDLE) + soon - floor_.waiting.used[0] - floor_.lines.used[0]
    oldest = (minute + 1) % _HALF_HOUR
    dialed = floor_.tally.of[DIALED] - of[_ISSABEL_DIALED + oldest]
    answered = floor_.tally.of[LIVE] - of[_ISSABEL_LIVE + oldest]
    share = max(0.2, answered / dialed) if dialed >= 10.0 and answered > 0.0 else 1.0
    return round(free / share) if free > 0 else 0


# --- replay simulation

_REPLAY_AT, _REPLAY_LEVEL = 0, 1
_RATIOS = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 4.0])
_REPLAY_SECONDS = 240.0
_REPLAY_EVERY = 30.0
_RING, _TALKS, _RING_HEAD, _TALK_HEAD = 200, 400, 12, 13
_RECENT = 100
_REPLAYED_AGENTS = 500


def remember_line(memo: Memo, answered: bool, seconds: float) -> None:
    at = int(memo.of[_RING_HEAD]) % _RECENT
    memo.of[_RING + at] = seconds if answered else -seconds
    memo.of[_RING_HEAD] += 1.0


def remember_talk(memo: Memo, seconds: float) -> None:
    at = int(memo.of[_TALK_HEAD]) % _RECENT
    memo.of[_TALKS + at] = seconds
    memo.of[_TALK_HEAD] += 1.0


def replayed(memo: Memo, floor_: Floor, plan: Kernel, now: float) -> int:
    of, agents = memo.of, floor_.agents
    idle = count_in(agents, IDLE)
    if now >= of[_REPLAY_AT]:
        of[_REPLAY_AT] = now + _REPLAY_EVERY
        of[_REPLAY_LEVEL] = best_ratio(memo, floor_, plan)
        if floor_.tally.of[DAY_ABANDONED] > plan.cap * max(1.0, floor_.tally.of[DAY_LIVE]):
            of[_REPLAY_LEVEL] = max(1.0, 0.75 * of[_REPLAY_LEVEL])
    goal: int = floor(of[_REPLAY_LEVEL] * idle + 1e-9)
    return goal - int(floor_.lines.used[0] + floor_.waiting.used[0])


def best_ratio(memo: Memo, floor_: Floor, plan: Kernel) -> float:
    """The ratio with the highest occupancy whose abandonment holds in the replay of recent attempts."""
    if memo.of[_RING_HEAD] < 20.0 or memo.of[_TALK_HEAD] < 5.0:
        return 1.0
    best, best_busy = 1.0, -1.0
    team = min(_REPLAYED_AGENTS, len(floor_.agents.phase) - count_in(floor_.agents, 0))
    for r in range(len(_RATIOS)):
        busy, live, dropped = replay(memo, _RATIOS[r], team, plan.patience_seconds)
        if dropped <= plan.cap * max(1.0, live) and busy > best_busy:
            best, best_busy = _RATIOS[r], busy
    return best


def replay(  # noqa: PLR0912  one loop of a simulation
    memo: Memo, ratio: float, team: int, patience: float
) -> tuple[float, float, float]:
    """Steps of half a second: occupied seconds, live answers, abandoned."""
    of = memo.of
    lines, talks = int(min(of[_RING_HEAD], _RECENT)), int(min(of[_TALK_HEAD], _RECENT))
    free_at = np.zeros(team)
    for i in range(team):
        free_at[i] = of[_TALKS + i % talks] * (i % 7) / 7.0
    ends, answers = np.zeros(4000), np.zeros(4000, dtype=np.int64)
    waits = np.full(4000, -1.0)
    n, w, line, call = 0, 0, 0, 0
    busy, live, dropped, now = 0.0, 0.0, 0.0, 0.0
    while now < _REPLAY_SECONDS:
        idle = 0
        for i in range(team):
            if free_at[i] <= now and w > 0:
                w -= 1
                for j in range(w):
                    waits[j] = waits[j + 1]
                free_at[i] = now + of[_TALKS + call % talks]
                call += 1
            idle += int(free_at[i] <= now)
        busy += 0.5 * (team - idle)
        i = 0
        while i < n:
            if ends[i] <= now:
                if answers[i] == 1:
                    live += 1.0
                    waits[w] = now + patience
                    w += 1
                n -= 1
                ends[i], answers[i] = ends[n], answers[n]
            else:
                i += 1
        while w > 0 and waits[0] <= now and idle == 0:
            for j in range(w - 1):
                waits[j] = waits[j + 1]
            w -= 1
            dropped += 1.0
        add = floor(ratio * idle + 1e-9) - n - w
        for _ in range(add):
            if n < 4000:
                seconds = of[_RING + line % lines]
                ends[n], answers[n] = now + abs(seconds), int(seconds > 0.0)
                line += 1
                n += 1
        now += 0.5
    return busy, live, dropped


def worked(floor_: Floor) -> tuple[int, int]:
    """Agents who work, and of them those who talk or wrap up."""
    agents = floor_.agents
    busy = count_in(agents, TALKING) + count_in(agents, WRAPPING_UP) + count_in(agents, INBOUND)
    return busy + count_in(agents, IDLE) + count_in(agents, LEAVING), busy
