"""The simulated floor: agents, ringing lines and waiting callees, and what an event does to them."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from pacing.answer_rate import Floats, Ints, note_line
from pacing.handling import note_end
from pacing.line_times import note_answer, note_failure
from pacing.predictive import Learned
from pacing.simulator.plan import SCORE_BANDS, Kernel

AWAY, IDLE, TALKING, WRAPPING_UP, INBOUND, LEAVING = 0, 1, 2, 3, 4, 5
PERSON, BUSY, RANG_OUT, MACHINE, CONGESTION = 0, 1, 2, 3, 4
NEVER = 1e15
LINES_MOST = 4000
WAITING_MOST = 4000


class Streams(NamedTuple):
    """Random streams of their own, so that every rule meets the same leads, fates and talks in the same order."""

    leads: Generator
    rings: Generator
    talks: Generator
    inbound: Generator


class Agents(NamedTuple):
    phase: Ints
    since: Floats
    until: Floats
    leaves: Ints
    """1: goes when the call at hand is wrapped up."""


class Lines(NamedTuple):
    """Ringing lines; the first `used[0]` entries are in use."""

    used: Ints
    since: Floats
    until: Floats
    fate: Ints
    offset: Floats
    band: Ints
    lead: Ints
    number: Floats


class Waiting(NamedTuple):
    """Answered callees without an agent, the longest waiting first."""

    used: Ints
    until: Floats
    person: Ints


class Hand(NamedTuple):
    """Leads to choose from, in order; an entry with a negative probability is empty."""

    probability: Floats
    offset: Floats
    band: Ints
    lead: Ints
    skipped: Ints


class Tally(NamedTuple):
    """Counts and sums; see the indices below."""

    of: Floats


DIALED, LIVE, ABANDONED, DAY_LIVE, DAY_ABANDONED, MEASURED_LIVE, MEASURED_ABANDONED = 0, 1, 2, 3, 4, 5, 6
BUSY_SECONDS, WORKED_SECONDS, DAYS_JUDGED, DAYS_OVER, DAY_WORST, WARM_AT = 7, 8, 9, 10, 11, 12
INBOUND_OFFERED, INBOUND_IN_TIME, DECISIONS, LIST_DONE_AT, REACHED, MACHINES = 13, 14, 15, 16, 17, 18
DAY_DIALED = 19
ENTRIES = 20


class Floor(NamedTuple):
    agents: Agents
    lines: Lines
    waiting: Waiting
    hand: Hand
    tally: Tally


def new_floor(plan: Kernel) -> Floor:
    n, hand = plan.agents, plan.at_hand
    agents = Agents(np.full(n, IDLE), np.zeros(n), np.full(n, NEVER), np.zeros(n, dtype=np.int64))
    first = np.full(n, 2)
    for i in range(len(plan.events_at) - 1):
        who = int(plan.event_agents[i])
        if first[who] == 2:
            first[who] = int(plan.event_kinds[i])
            agents.phase[who] = AWAY if first[who] == 1 else IDLE
    lines = Lines(
        np.zeros(1, dtype=np.int64),
        np.zeros(LINES_MOST),
        np.full(LINES_MOST, NEVER),
        np.zeros(LINES_MOST, dtype=np.int64),
        np.zeros(LINES_MOST),
        np.zeros(LINES_MOST, dtype=np.int64),
        np.zeros(LINES_MOST, dtype=np.int64),
        np.zeros(LINES_MOST),
    )
    waiting = Waiting(np.zeros(1, dtype=np.int64), np.zeros(WAITING_MOST), np.zeros(WAITING_MOST, dtype=np.int64))
    leads = Hand(
        np.full(hand, -1.0),
        np.zeros(hand),
        np.zeros(hand, dtype=np.int64),
        np.zeros(hand, dtype=np.int64),
        np.zeros(hand, dtype=np.int64),
    )
    return Floor(agents, lines, waiting, leads, Tally(np.zeros(ENTRIES)))


def drawn_lead(plan: Kernel, streams: Streams) -> tuple[float, float, int]:
    """A lead's true probability (at factor 1), the offset that is known of it, and its score band."""
    p = plan.answer_probability
    if plan.spread <= 0.0 or p <= 0.0 or p >= 1.0:
        return p, 0.0, 0
    own = min(max(streams.leads.beta(plan.spread * p, plan.spread * (1.0 - p)), 1e-4), 1.0 - 1e-4)
    odds = np.log(own / (1.0 - own))
    score = odds + plan.score_noise * streams.leads.standard_normal()
    if plan.knowledge == 1:
        return own, odds - np.log(p / (1.0 - p)), 0
    if plan.knowledge == 2:
        return own, 0.0, 1 + min(SCORE_BANDS - 1, max(0, int((score + 6.0) / 0.8)))
    return own, 0.0, 0


def dial(floor: Floor, plan: Kernel, streams: Streams, entry: int, now: float) -> None:
    """A line to the lead at an entry of the hand, whose fate is drawn now."""
    lines, at = floor.lines, floor.lines.used[0]
    factor = plan.factor[int(now / plan.factor_step_seconds) % len(plan.factor)]
    fate, seconds = drawn_fate(plan, streams, min(1.0, floor.hand.probability[entry] * factor))
    lines.since[at], lines.until[at], lines.fate[at] = now, now + seconds, fate
    lines.offset[at], lines.band[at] = floor.hand.offset[entry], floor.hand.band[entry]
    lines.lead[at], lines.number[at] = floor.hand.lead[entry], floor.tally.of[DIALED]
    lines.used[0] = at + 1
    floor.tally.of[DIALED] += 1.0
    floor.tally.of[DAY_DIALED] += 1.0
    floor.hand.probability[entry] = -1.0


def drawn_fate(plan: Kernel, streams: Streams, p: float) -> tuple[int, float]:
    """Who or what ends the line, and after how many seconds."""
    least, shape, scale = plan.answer_seconds[0], plan.answer_seconds[1], plan.answer_seconds[2]
    roll, kind, place, fast = streams.rings.random(), streams.rings.random(), streams.rings.random(), 0.0
    fast = streams.rings.random()
    seconds = least + scale * streams.rings.standard_gamma(shape)
    for _ in range(50):
        if seconds < plan.ring_seconds:
            break
        seconds = least + scale * streams.rings.standard_gamma(shape)
    seconds = min(seconds, plan.ring_seconds)
    if kind < plan.congestion:
        return CONGESTION, 0.5 + fast
    if roll < p:
        return PERSON, seconds
    if place < plan.machine_share:
        return MACHINE, seconds
    if (place - plan.machine_share) / max(1e-9, 1.0 - plan.machine_share) < plan.busy_share:
        return BUSY, 1.0 + 2.0 * fast
    return RANG_OUT, plan.ring_seconds


def drop_line(lines: Lines, at: int) -> None:
    last = lines.used[0] - 1
    lines.since[at], lines.until[at], lines.fate[at] = lines.since[last], lines.until[last], lines.fate[last]
    lines.offset[at], lines.band[at], lines.lead[at] = lines.offset[last], lines.band[last], lines.lead[last]
    lines.number[at], lines.until[last] = lines.number[last], NEVER
    lines.used[0] = last


def line_ended(floor: Floor, plan: Kernel, learned: Learned, streams: Streams, at: int, now: float) -> int:
    """Learn from a line that ended, and pass an answer on. The fate: 1 an agent talks with a person, 0 neither yet,
    -1 a person was taken for a machine."""
    lines = floor.lines
    fate = lines.fate[at]
    person = fate == PERSON
    if fate != CONGESTION:
        learn_line(learned, plan, lines, at, now)
    drop_line(lines, at)
    if fate == MACHINE:
        floor.tally.of[MACHINES] += 1.0
        if plan.detection == 1 and streams.talks.random() >= plan.machine_taken_for_person:
            return 0
    elif not person:
        return 0
    elif plan.detection == 1 and streams.talks.random() < plan.person_taken_for_machine:
        return -1
    taker = free_agent(floor.agents)
    if taker >= 0:
        talk(floor, plan, streams, taker, person, now)
        return 1 if person else 0
    count = floor.waiting.used[0]
    floor.waiting.until[count], floor.waiting.person[count] = now + plan.patience_seconds, int(person)
    floor.waiting.used[0] = count + 1
    return 0


def learn_line(learned: Learned, plan: Kernel, lines: Lines, at: int, now: float) -> None:
    fate, seconds = lines.fate[at], now - lines.since[at]
    own = lines.offset[at] if plan.knowledge == 1 else 0.0
    note_line(
        learned.rate,
        lines.since[at] + plan.ring_seconds + 0.1 + 1e-7 * (lines.number[at] % 1e5),
        own,
        np.array([lines.band[at]]),
        fate == PERSON,
    )
    if fate == PERSON:
        note_answer(learned.times, seconds)
    else:
        note_failure(learned.times, seconds, min(2, fate - 1))


def free_agent(agents: Agents) -> int:
    """The longest idle agent; one about to leave only when no other is free; -1: nobody."""
    best, best_rank = -1, 3
    for i in range(len(agents.phase)):
        rank = 1 if agents.phase[i] == IDLE else 2 if agents.phase[i] == LEAVING else 3
        if rank < best_rank or (rank == best_rank and rank < 3 and agents.since[i] < agents.since[best]):
            best, best_rank = i, rank
    return best


def talk(floor: Floor, plan: Kernel, streams: Streams, agent: int, person: bool, now: float) -> None:
    mean = plan.talk_seconds if person else plan.machine_seconds
    seconds = mean / plan.talk_shape * streams.talks.standard_gamma(plan.talk_shape)
    if floor.agents.phase[agent] == LEAVING:
        floor.agents.leaves[agent] = 1
    floor.agents.phase[agent] = TALKING
    floor.agents.since[agent], floor.agents.until[agent] = now, now + seconds


def pop_waiting(waiting: Waiting) -> bool:
    """The longest waiting callee goes; whether it is a person."""
    person = bool(waiting.person[0] == 1)
    last = waiting.used[0] - 1
    for i in range(last):
        waiting.until[i], waiting.person[i] = waiting.until[i + 1], waiting.person[i + 1]
    waiting.used[0] = last
    return person


def agent_moves(floor: Floor, plan: Kernel, learned: Learned, streams: Streams, agent: int, now: float) -> int:
    """A talk, a wrap-up, an inbound call or a last wait has ended. 1: a person who waited has an agent now."""
    agents = floor.agents
    phase, seconds = agents.phase[agent], now - agents.since[agent]
    if phase in (TALKING, WRAPPING_UP):
        note_end(learned.handling, phase - TALKING, seconds)
    if phase == TALKING and plan.wrap_up_seconds > 0.0:
        wrap = plan.wrap_up_seconds / plan.wrap_up_shape * streams.talks.standard_gamma(plan.wrap_up_shape)
        agents.phase[agent], agents.since[agent], agents.until[agent] = WRAPPING_UP, now, now + wrap
        return 0
    agents.since[agent], agents.until[agent] = now, NEVER
    if phase == LEAVING or agents.leaves[agent] == 1:
        agents.phase[agent], agents.leaves[agent] = AWAY, 0
        return 0
    agents.phase[agent] = IDLE
    return serve_waiting(floor, plan, streams, now)


def serve_waiting(floor: Floor, plan: Kernel, streams: Streams, now: float) -> int:
    if floor.waiting.used[0] == 0:
        return 0
    agent = free_agent(floor.agents)
    if agent < 0:
        return 0
    person = pop_waiting(floor.waiting)
    talk(floor, plan, streams, agent, person, now)
    return 1 if person else 0


def agent_comes_or_leaves(floor: Floor, plan: Kernel, agent: int, comes: bool, now: float) -> None:
    agents = floor.agents
    if comes and agents.phase[agent] == AWAY:
        agents.phase[agent], agents.since[agent], agents.until[agent] = IDLE, now, NEVER
    elif comes:
        agents.leaves[agent] = 0
        if agents.phase[agent] == LEAVING:
            agents.phase[agent], agents.until[agent] = IDLE, NEVER
    elif agents.phase[agent] == IDLE and (plan.drain_seconds <= 0.0 or floor.lines.used[0] == 0):
        agents.phase[agent] = AWAY
    elif agents.phase[agent] == IDLE:
        agents.phase[agent], agents.until[agent] = LEAVING, now + plan.drain_seconds
    elif agents.phase[agent] != AWAY:
        agents.leaves[agent] = 1


def ages_in(agents: Agents, phase: int, now: float) -> Floats:
    """How long each agent who will stay is in a phase, seconds."""
    count = 0
    for i in range(len(agents.phase)):
        count += int(agents.phase[i] == phase and agents.leaves[i] == 0)
    ages = np.empty(count)
    at = 0
    for i in range(len(agents.phase)):
        if agents.phase[i] == phase and agents.leaves[i] == 0:
            ages[at] = now - agents.since[i]
            at += 1
    return ages


def count_in(agents: Agents, phase: int) -> int:
    count = 0
    for i in range(len(agents.phase)):
        count += int(agents.phase[i] == phase)
    return count
