"""The centre second by second: callers, queue, agents, dialed lines. Plain functions over arrays, compiled by
compiled.py.

Inbound calls wait in order, and app_queue looks once a second: a free dedicated agent is asked first, then a free
shared one, in the order in which they came free, whether marketing is on or off. A callee who answers is given a
shared agent at once, before that look, or within two seconds the next one; else the call is abandoned. Lines that
ring when marketing goes off are served.

Dialing is predictive in its plainest form, the same under every gate: lines are added while the answers that are
expected of those that ring stay some standard deviations below the shared agents who will be free for them: those
free now and not kept, and of the busy ones so many as end within the ring lag on the mean. Each abandoned call raises
that reserve, each other answer lowers it a little, so that 3% are abandoned whatever the gate. docs/pacing.md has the
dialer's own rule, which learns what is given here.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.switch.days import ANSWER_PROBABILITY, NEVER, SECONDS, TRIES, Day, Ints, Streams
from pacing.marketing.rule import SwitchRule

IDLE, INBOUND, OUTBOUND, WRAPPING_UP, GONE = 0, 1, 2, 3, 4
NOT_CALLED, WAITING, ANSWERED, ABANDONED = 0, 1, 2, 3
KEEP, NO_CALL_WAITS, FREE_AT_LEAST, KEEP_OF_ALL, KEEP_BY_RULE = 0, 1, 2, 3, 4
"""Gates: so many of the free shared agents are kept; no new line while a call waits; none while fewer agents are free;
so many of all free agents are kept; the same, but off while the switch's rule says so, whoever decides the level."""
RESERVE_BEGINS, RESERVE_MOST, RESERVE_UP, RESERVE_DOWN = 1600, 6000, 97, 3
"""Thousandths of a standard deviation; 3 abandoned calls in 100 keep it where it is."""
FREE_SOON_WRAPPING, FREE_SOON_TALKING = 0.4, 0.02
"""Chance that a shared agent is free within some ten seconds, the ring lag."""
LINE_LEFT = 0.8
"""Of a line's answer probability, while it rings."""
OFF = 10_000
"""A level at which nothing is dialed."""
DRAIN_SECONDS = 1200
"""After closing time, until the last caller is served or gone."""
CALLEE_WAITS_SECONDS = 2
_RULE = SwitchRule()
THRESHOLD_SECONDS, SHORT_ABANDON_SECONDS = int(_RULE.threshold_seconds), int(_RULE.short_abandon_seconds)
TARGET_PERCENT, SUSTAINED_MINUTES, MINIMUM_OFFERED = (
    round(100 * _RULE.target),
    _RULE.sustained_minutes,
    _RULE.minimum_offered,
)
LEAST_OPEN_SECONDS, LEAST_CLOSED_SECONDS = int(_RULE.least_open_seconds), int(_RULE.least_closed_seconds)

NOW, DIALED, ANSWERS, DROPPED, QUEUED, RINGING, CALLEES, EVENTS, OUTBOUND_SECONDS, LEVEL = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
DEDICATED, FREE_DEDICATED, FREE_SHARED, SHARED_WRAPPING, SHARED_TALKING, RESERVE = 10, 11, 12, 13, 14, 15
TRIED, GOT, RULE_CLOSED, RULE_SINCE, IN_PHASE = 16, 17, 18, 19, 20
"""IN_PHASE + phase: so many agents are in it."""
JOINED_EVENT, CONNECTED_EVENT, ABANDONED_EVENT, ENDED_EVENT = 0, 1, 2, 3
_EVENTS_MOST, _LINES_MOST = 1000, 500
_ENDS = SECONDS + DRAIN_SECONDS


class Floor(NamedTuple):
    """All that changes. A call is a slot: caller * TRIES + try."""

    of: Ints
    """Single figures; see the indices above."""
    phase: Ints
    until: Ints
    since: Ints
    """Since when an agent is in this phase; the longest idle is asked first."""
    serves: Ints
    """An agent's call: its slot, or its line when it is outbound."""
    rings_until: Ints
    rings: Ints
    """Dialed lines that ring, by number; the first of[RINGING] are in use."""
    callee: Ints
    callee_until: Ints
    queue: Ints
    """Slots, in order; the first of[QUEUED]."""
    head: Ints
    """The first slot that calls in each second; -1: none."""
    follows: Ints
    joined: Ints
    waited: Ints
    fate: Ints
    steps: Ints
    """By minute of joining: calls tried, and got."""
    event_kind: Ints
    """Of the last second."""
    event_slot: Ints
    series: Ints
    """By second: callers waiting, agents on inbound calls, on outbound calls, free dedicated, free shared, the gate's
    level."""


def new_floor(day: Day, chances: Streams) -> Floor:
    agents, slots = day.agents, len(chances.talk)
    head, follows = np.full(_ENDS, -1), np.full(slots, -1)
    for caller in range(len(chances.first) - 1, -1, -1):
        second, slot = chances.first[caller], caller * TRIES
        follows[slot], head[second] = head[second], slot
    of = np.zeros(IN_PHASE + GONE + 1, np.int64)
    of[RESERVE] = RESERVE_BEGINS
    of[DEDICATED] = of[FREE_DEDICATED] = day.dedicated
    of[FREE_SHARED], of[IN_PHASE + IDLE] = day.shared, agents
    return Floor(
        of, _none(agents), np.full(agents, NEVER), _none(agents), _none(agents), _none(_LINES_MOST), _none(_LINES_MOST),
        _none(_LINES_MOST), _none(_LINES_MOST), _none(slots), head, follows, _none(slots), np.full(slots, -1),
        _none(slots), np.zeros((_ENDS // 60 + 1, 2), np.int64), _none(_EVENTS_MOST), _none(_EVENTS_MOST),
        np.zeros((_ENDS, 6), np.int64),
    )  # fmt: skip


def _none(count: int) -> Ints:
    return np.zeros(count, np.int64)


def run_plan(floor: Floor, chances: Streams, gate: int, levels: Ints, block_seconds: int) -> None:
    """A whole day with the level of each block."""
    for second in range(_ENDS):
        level = levels[min(second // block_seconds, len(levels) - 1)] if second < SECONDS else OFF
        pass_second(floor, chances, gate, level)


def pass_second(floor: Floor, chances: Streams, gate: int, level: int) -> None:
    floor.of[EVENTS] = 0
    floor.of[LEVEL] = level
    _end_of_calls(floor, chances)
    if floor.of[RINGING]:
        _lines_end(floor, chances)
    if floor.of[CALLEES]:
        _serve_callees(floor, chances)
    if floor.head[floor.of[NOW]] >= 0:
        _callers_join(floor)
    if floor.of[QUEUED]:
        _callers_give_up(floor, chances)
        _serve_inbound(floor, chances)
    if gate == KEEP_BY_RULE:
        _keep_rule(floor)
        if floor.of[RULE_CLOSED]:
            level = floor.of[LEVEL] = OFF
    if level < OFF:
        _dial(floor, chances, gate, level)
    _note(floor)
    floor.of[NOW] += 1


def _event(floor: Floor, kind: int, slot: int) -> None:
    at = floor.of[EVENTS]
    if at < _EVENTS_MOST:
        floor.event_kind[at], floor.event_slot[at] = kind, slot
        floor.of[EVENTS] = at + 1


def _end_of_calls(floor: Floor, chances: Streams) -> None:
    now = floor.of[NOW]
    for agent in range(len(floor.phase)):
        if floor.until[agent] <= now:
            phase, call = floor.phase[agent], floor.serves[agent]
            if phase == INBOUND:
                _event(floor, ENDED_EVENT, call)
                _turn(floor, agent, WRAPPING_UP, now + chances.wrap[call])
            elif phase == OUTBOUND:
                _turn(floor, agent, WRAPPING_UP, now + chances.line_wrap[call])
            else:
                _turn(floor, agent, IDLE, NEVER)
        if chances.leaves[agent] <= now and floor.phase[agent] == IDLE:
            _turn(floor, agent, GONE, NEVER)


def _turn(floor: Floor, agent: int, phase: int, until: int) -> None:
    before = floor.phase[agent]
    if agent < floor.of[DEDICATED]:
        floor.of[FREE_DEDICATED] += int(phase == IDLE) - int(before == IDLE)
    else:
        floor.of[FREE_SHARED] += int(phase == IDLE) - int(before == IDLE)
        floor.of[SHARED_WRAPPING] += int(phase == WRAPPING_UP) - int(before == WRAPPING_UP)
        floor.of[SHARED_TALKING] += int(phase in (INBOUND, OUTBOUND)) - int(before in (INBOUND, OUTBOUND))
    floor.of[IN_PHASE + before] -= 1
    floor.of[IN_PHASE + phase] += 1
    floor.phase[agent], floor.until[agent], floor.since[agent] = phase, until, floor.of[NOW]


def _callers_join(floor: Floor) -> None:
    now = floor.of[NOW]
    slot = floor.head[now]
    while slot >= 0:
        floor.joined[slot], floor.fate[slot] = now, WAITING
        floor.queue[floor.of[QUEUED]] = slot
        floor.of[QUEUED] += 1
        _event(floor, JOINED_EVENT, slot)
        slot = floor.follows[slot]


def _callers_give_up(floor: Floor, chances: Streams) -> None:
    now, kept = floor.of[NOW], 0
    for place in range(floor.of[QUEUED]):
        slot = floor.queue[place]
        waited = now - floor.joined[slot]
        if waited == THRESHOLD_SECONDS + 1:
            _count(floor, slot, 0)
        if waited < chances.patience[slot]:
            floor.queue[kept] = slot
            kept += 1
            continue
        floor.fate[slot], floor.waited[slot] = ABANDONED, waited
        if SHORT_ABANDON_SECONDS <= waited <= THRESHOLD_SECONDS:
            _count(floor, slot, 0)
        _event(floor, ABANDONED_EVENT, slot)
        again = now + chances.again[slot]
        if again < SECONDS:
            floor.follows[slot + 1], floor.head[again] = floor.head[again], slot + 1
    floor.of[QUEUED] = kept


def _serve_inbound(floor: Floor, chances: Streams) -> None:
    now, served, waiting = floor.of[NOW], 0, floor.of[QUEUED]
    while served < waiting:
        if floor.of[FREE_DEDICATED]:
            agent = _longest_idle(floor, 0, floor.of[DEDICATED])
        elif floor.of[FREE_SHARED]:
            agent = _longest_idle(floor, floor.of[DEDICATED], len(floor.phase))
        else:
            break
        slot = floor.queue[served]
        served += 1
        floor.fate[slot], floor.waited[slot], floor.serves[agent] = ANSWERED, now - floor.joined[slot], slot
        if floor.waited[slot] <= THRESHOLD_SECONDS:
            _count(floor, slot, 1)
        _turn(floor, agent, INBOUND, now + chances.talk[slot])
        _event(floor, CONNECTED_EVENT, slot)
    for place in range(served, waiting):
        floor.queue[place - served] = floor.queue[place]
    floor.of[QUEUED] = waiting - served


def _longest_idle(floor: Floor, begin: int, end: int) -> int:
    found = -1
    for agent in range(begin, end):
        if floor.phase[agent] == IDLE and (found < 0 or floor.since[agent] < floor.since[found]):
            found = agent
    return found


def _lines_end(floor: Floor, chances: Streams) -> None:
    now, kept = floor.of[NOW], 0
    for place in range(floor.of[RINGING]):
        line = floor.rings[place]
        if floor.rings_until[place] > now:
            floor.rings[kept], floor.rings_until[kept] = line, floor.rings_until[place]
            kept += 1
        elif chances.line_answers[line]:
            floor.of[ANSWERS] += 1
            floor.callee[floor.of[CALLEES]] = line
            floor.callee_until[floor.of[CALLEES]] = now + CALLEE_WAITS_SECONDS
            floor.of[CALLEES] += 1
    floor.of[RINGING] = kept


def _serve_callees(floor: Floor, chances: Streams) -> None:
    now, kept = floor.of[NOW], 0
    for place in range(floor.of[CALLEES]):
        line = floor.callee[place]
        if floor.of[FREE_SHARED]:
            agent = _longest_idle(floor, floor.of[DEDICATED], len(floor.phase))
            floor.serves[agent] = line
            _turn(floor, agent, OUTBOUND, now + chances.line_talk[line])
            floor.of[RESERVE] = max(0, floor.of[RESERVE] - RESERVE_DOWN)
        elif floor.callee_until[place] <= now:
            floor.of[DROPPED] += 1
            floor.of[RESERVE] = min(RESERVE_MOST, floor.of[RESERVE] + RESERVE_UP)
        else:
            floor.callee[kept], floor.callee_until[kept] = line, floor.callee_until[place]
            kept += 1
    floor.of[CALLEES] = kept


def _dial(floor: Floor, chances: Streams, gate: int, level: int) -> None:
    of, p = floor.of, ANSWER_PROBABILITY
    free, waiting = of[IN_PHASE + IDLE], of[QUEUED]
    if (gate == NO_CALL_WAITS and waiting) or (gate == FREE_AT_LEAST and free < level):
        return
    agents, kept = of[FREE_SHARED] - of[CALLEES], 0
    if gate == KEEP:
        kept = level
    elif gate >= KEEP_OF_ALL:
        kept = max(0, level + waiting - of[FREE_DEDICATED])
    wrapping, talking = of[SHARED_WRAPPING], of[SHARED_TALKING]
    supply = agents - kept + FREE_SOON_WRAPPING * wrapping + FREE_SOON_TALKING * talking
    reserve = of[RESERVE] / 1000.0
    spread = FREE_SOON_WRAPPING * (1 - FREE_SOON_WRAPPING) * wrapping + FREE_SOON_TALKING * talking
    answers, variance = LINE_LEFT * p * of[RINGING], LINE_LEFT * p * (1.0 - LINE_LEFT * p)
    while of[RINGING] < len(floor.rings) and of[DIALED] < len(chances.line_rings):
        if answers + p / 2 > supply - reserve * np.sqrt(spread + variance * (of[RINGING] + 1)):
            return
        line, place = of[DIALED], of[RINGING]
        floor.rings[place], floor.rings_until[place] = line, of[NOW] + chances.line_rings[line]
        of[DIALED] += 1
        of[RINGING] += 1
        answers += p


def _count(floor: Floor, slot: int, got: int) -> None:
    minute = floor.joined[slot] // 60
    floor.steps[minute, 0] += 1
    floor.steps[minute, 1] += got
    floor.of[TRIED] += 1
    floor.of[GOT] += got


def _keep_rule(floor: Floor) -> None:
    """The switch's rule in short; `pacing/marketing/switch.py` has it in full."""
    of = floor.of
    below = 100 * of[GOT] < TARGET_PERCENT * of[TRIED]
    lasts = of[NOW] - of[RULE_SINCE]
    if not of[RULE_CLOSED]:
        if below and of[TRIED] >= MINIMUM_OFFERED and lasts >= LEAST_OPEN_SECONDS:
            of[RULE_CLOSED], of[RULE_SINCE] = 1, of[NOW]
        return
    if below or lasts < LEAST_CLOSED_SECONDS:
        return
    minute = of[NOW] // 60
    for step in range(max(0, minute - SUSTAINED_MINUTES), minute + 1):
        if 100 * floor.steps[step, 1] < TARGET_PERCENT * floor.steps[step, 0]:
            return
    of[RULE_CLOSED], of[RULE_SINCE] = 0, of[NOW]


def _note(floor: Floor) -> None:
    series, of = floor.series[floor.of[NOW]], floor.of
    series[0], series[1], series[2] = of[QUEUED], of[IN_PHASE + INBOUND], of[IN_PHASE + OUTBOUND]
    series[3], series[4], series[5] = of[FREE_DEDICATED], of[FREE_SHARED], of[LEVEL]
    of[OUTBOUND_SECONDS] += of[IN_PHASE + OUTBOUND]


def live(floor: Floor, chances: Streams, order: Ints) -> Iterator[int]:
    """The day second by second, each with the gate and the level that `order` then holds."""
    for second in range(_ENDS):
        pass_second(floor, chances, order[0], order[1] if second < SECONDS else OFF)
        yield second
