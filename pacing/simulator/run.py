"""The event loop of a simulation: the next event, what it changes, and a decision after each."""

import numpy as np
from numpy.random import Generator

from pacing.answer_rate import Floats, learn_due, level_of, probability_of
from pacing.handling import LAG_SHARE
from pacing.handling import refresh as refresh_handling
from pacing.knob import knob_of, note_fate
from pacing.line_times import refresh as refresh_times
from pacing.predictive import Learned, new_learned
from pacing.simulator.floor import (
    ABANDONED,
    BUSY_SECONDS,
    DAY_ABANDONED,
    DAY_DIALED,
    DAY_LIVE,
    DAY_WORST,
    DAYS_JUDGED,
    DAYS_OVER,
    DECISIONS,
    IDLE,
    INBOUND,
    INBOUND_IN_TIME,
    INBOUND_OFFERED,
    LINES_MOST,
    LIST_DONE_AT,
    LIVE,
    MEASURED_ABANDONED,
    MEASURED_LIVE,
    NEVER,
    PERSON,
    REACHED,
    TALKING,
    WAITING_MOST,
    WARM_AT,
    WORKED_SECONDS,
    WRAPPING_UP,
    Floor,
    Streams,
    agent_comes_or_leaves,
    agent_moves,
    ages_in,
    dial,
    free_agent,
    line_ended,
    new_floor,
    pop_waiting,
    serve_waiting,
)
from pacing.simulator.plan import SCORE_BANDS, Kernel
from pacing.simulator.rules import Memo, new_memo, remember_line, remember_talk, wanted, worked
from pacing.simulator.stock import Stock, new_stock, put_back, refill

TICK_SECONDS = 1.0
"""Between events; ages change little in a second."""
_REFRESH_SECONDS = 10.0
_INBOUND_GOAL_SECONDS = 20.0
TICK, AGENT, LINE, WAIT, SCHEDULE, CALLER, END = 0, 1, 2, 3, 4, 5, 6
SERIES = 10
"""Columns of the series: seconds, agents working, busy, lines, waiting, live, abandoned, p, knob, aimed ratio."""


def run(  # noqa: PLR0912, PLR0915  compiled code branches on events where other code would dispatch
    plan: Kernel, rule: int, level: float, series_step: float,
    leads: Generator, rings: Generator, talks: Generator, inbound: Generator,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Simulate to the end; the tally and a series of rows `series_step` seconds apart."""
    streams = Streams(leads, rings, talks, inbound)
    floor, stock, memo = new_floor(plan), new_stock(plan), new_memo()
    learned = new_learned(SCORE_BANDS, plan.ring_seconds, plan.talk_seconds)
    end = plan.hours * 3600.0
    series = np.zeros((int(end / series_step) + 2, SERIES))
    callers, callers_waiting = np.zeros(WAITING_MOST), 0
    held = 0
    now, tick_at, refresh_at, series_at, rows, event = 0.0, 0.0, 0.0, 0.0, 0, 0
    caller_at = next_caller(plan, streams, 0.0)
    while now < end:
        at, kind, index = next_event(floor, min(tick_at, end), caller_at, plan.events_at[event])
        count_time(floor, at - now)
        now = at
        fate = -2
        if kind == TICK:
            tick_at = now + TICK_SECONDS
            close_day(floor, plan, now)
            learn_due(learned.rate, now)
            if now >= refresh_at:
                refresh_at = now + _REFRESH_SECONDS
                refresh(floor, plan, learned, now)
            if now >= series_at and rows < len(series):
                series_at = now + series_step
                note_row(series[rows], floor, learned, memo, now)
                rows += 1
        elif kind == AGENT:
            fate, callers_waiting = agent_done(
                floor, plan, learned, memo, streams, index, callers, callers_waiting, now
            )
        elif kind == LINE:
            fate = line_done(floor, plan, learned, memo, stock, streams, index, now)
        elif kind == WAIT:
            fate = 2 if pop_waiting(floor.waiting) else -2
        elif kind == SCHEDULE:
            agent_comes_or_leaves(floor, plan, int(plan.event_agents[event]), plan.event_kinds[event] == 1.0, now)
            event += 1
            fate = serve_waiting(floor, plan, streams, now)
        else:
            callers_waiting = caller_comes(floor, plan, streams, callers, callers_waiting, now)
            caller_at = next_caller(plan, streams, now)
        if fate in (-1, 1, 2):
            count_fate(floor, plan, learned, memo, fate != 1, now)
        if held < plan.at_hand:
            held = refill(floor.hand, stock, plan, streams, now)
        add = wanted(rule, level, memo, floor, plan, learned, held, now)
        add = min(add, LINES_MOST - floor.lines.used[0])
        for i in range(add):
            dial(floor, plan, streams, memo.picks[i], now)
            held = 0
        floor.tally.of[DECISIONS] += 1.0
        if plan.leads > 0 and stock.open[0] == 0 and floor.lines.used[0] == 0:
            floor.tally.of[LIST_DONE_AT] = now
            break
    close_day(floor, plan, plan.day_hours * 3600.0 * (int(now / (plan.day_hours * 3600.0)) + 1))
    return floor.tally.of, series[:rows]


def next_event(floor: Floor, first_at: float, caller_at: float, schedule_at: float) -> tuple[float, int, int]:
    at, kind, index = first_at, TICK, -1
    for i in range(len(floor.agents.until)):
        if floor.agents.until[i] < at:
            at, kind, index = floor.agents.until[i], AGENT, i
    for i in range(floor.lines.used[0]):
        if floor.lines.until[i] < at:
            at, kind, index = floor.lines.until[i], LINE, i
    if floor.waiting.used[0] > 0 and floor.waiting.until[0] < at:
        at, kind = floor.waiting.until[0], WAIT
    if schedule_at < at:
        at, kind = schedule_at, SCHEDULE
    if caller_at < at:
        at, kind = caller_at, CALLER
    return at, kind, index


def count_time(floor: Floor, seconds: float) -> None:
    if floor.tally.of[WARM_AT] > 0.0:
        working, busy = worked(floor)
        floor.tally.of[WORKED_SECONDS] += working * seconds
        floor.tally.of[BUSY_SECONDS] += busy * seconds


def count_fate(floor: Floor, plan: Kernel, learned: Learned, memo: Memo, abandoned: bool, now: float) -> None:
    of, lost = floor.tally.of, 1.0 if abandoned else 0.0
    of[LIVE] += 1.0
    of[ABANDONED] += lost
    of[DAY_LIVE] += 1.0
    of[DAY_ABANDONED] += lost
    if of[WARM_AT] > 0.0:
        of[MEASURED_LIVE] += 1.0
        of[MEASURED_ABANDONED] += lost
    elif of[LIVE] >= plan.warm_up_answers:
        of[WARM_AT] = max(now, 1e-3)
    team, _ = worked(floor)
    note_fate(learned.knob, abandoned, memo.aim[0], float(team), memo.aim[1] > 0.0)


def close_day(floor: Floor, plan: Kernel, now: float) -> None:
    """Judge the day that is over, if it had answers enough."""
    of = floor.tally.of
    day = int(now / (plan.day_hours * 3600.0) + 1e-9)
    if day <= of[REACHED]:
        return
    of[REACHED] = day
    if of[DAY_LIVE] >= plan.minimum_answers:
        of[DAYS_JUDGED] += 1.0
        of[DAYS_OVER] += 1.0 if of[DAY_ABANDONED] > plan.cap * of[DAY_LIVE] else 0.0
        of[DAY_WORST] = max(of[DAY_WORST], of[DAY_ABANDONED] / of[DAY_LIVE])
    of[DAY_LIVE], of[DAY_ABANDONED], of[DAY_DIALED] = 0.0, 0.0, 0.0


def refresh(floor: Floor, plan: Kernel, learned: Learned, now: float) -> None:
    refresh_times(learned.times)
    refresh_handling(
        learned.handling,
        LAG_SHARE * learned.times.mean_answer_seconds[0],
        ages_in(floor.agents, TALKING, now),
        ages_in(floor.agents, WRAPPING_UP, now),
        plan.wrap_up_seconds > 0.0,
    )


def note_row(row: Floats, floor: Floor, learned: Learned, memo: Memo, now: float) -> None:
    working, busy = worked(floor)
    row[0], row[1], row[2] = now, working, busy
    row[3], row[4] = floor.lines.used[0], floor.waiting.used[0]
    row[5], row[6] = floor.tally.of[LIVE], floor.tally.of[ABANDONED]
    row[7] = probability_of(level_of(learned.rate).mean)
    row[8], row[9] = knob_of(learned.knob, float(working)), memo.aim[0]


def agent_done(
    floor: Floor, plan: Kernel, learned: Learned, memo: Memo, streams: Streams, index: int,
    callers: Floats, callers_waiting: int, now: float,
) -> tuple[int, int]:  # fmt: skip
    """An agent's phase is over; inbound callers are served before outbound callees."""
    if floor.agents.phase[index] == TALKING:
        remember_talk(memo, now - floor.agents.since[index] + plan.wrap_up_seconds)
    if callers_waiting > 0 and floor.agents.phase[index] in (WRAPPING_UP, INBOUND) and floor.agents.leaves[index] == 0:
        floor.agents.phase[index], floor.agents.since[index] = INBOUND, now
        floor.agents.until[index] = now + plan.inbound_talk_seconds * streams.inbound.standard_exponential()
        floor.tally.of[INBOUND_IN_TIME] += 1.0 if now - callers[0] <= _INBOUND_GOAL_SECONDS else 0.0
        for i in range(callers_waiting - 1):
            callers[i] = callers[i + 1]
        return -2, callers_waiting - 1
    return agent_moves(floor, plan, learned, streams, index, now), callers_waiting


def line_done(
    floor: Floor, plan: Kernel, learned: Learned, memo: Memo, stock: Stock, streams: Streams, index: int, now: float
) -> int:
    lead, fate = floor.lines.lead[index], floor.lines.fate[index]
    remember_line(memo, fate == PERSON, now - floor.lines.since[index])
    put_back(stock, plan, lead, fate, now)
    return line_ended(floor, plan, learned, streams, index, now)


def next_caller(plan: Kernel, streams: Streams, now: float) -> float:
    per_hour = plan.inbound_per_hour[int(now / plan.inbound_step_seconds) % len(plan.inbound_per_hour)]
    if per_hour <= 0.0:
        return NEVER if plan.inbound_per_hour.max() <= 0.0 else now + plan.inbound_step_seconds
    return now + float(3600.0 / per_hour * streams.inbound.standard_exponential())


def caller_comes(floor: Floor, plan: Kernel, streams: Streams, callers: Floats, waiting: int, now: float) -> int:
    """An inbound caller takes a free agent before any callee does, or waits."""
    if plan.inbound_per_hour[int(now / plan.inbound_step_seconds) % len(plan.inbound_per_hour)] <= 0.0:
        return waiting
    floor.tally.of[INBOUND_OFFERED] += 1.0
    agent = free_agent(floor.agents)
    if agent >= 0 and floor.agents.phase[agent] == IDLE:
        floor.agents.phase[agent], floor.agents.since[agent] = INBOUND, now
        floor.agents.until[agent] = now + plan.inbound_talk_seconds * streams.inbound.standard_exponential()
        floor.tally.of[INBOUND_IN_TIME] += 1.0
        return waiting
    callers[min(waiting, len(callers) - 1)] = now
    return min(waiting + 1, len(callers))
