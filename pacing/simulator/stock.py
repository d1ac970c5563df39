"""The simulated list: leads in order, and those that come back after a failed attempt."""

from typing import NamedTuple

import numpy as np

from pacing.answer_rate import Floats, Ints
from pacing.simulator.floor import BUSY, CONGESTION, PERSON, Hand, Streams, drawn_lead
from pacing.simulator.plan import Kernel

RECYCLED = 3
"""Queues of leads that come back: after busy, no answer, machine. A queue's delay is fixed, so it is in order."""


class Stock(NamedTuple):
    fresh: Ints
    """(1,) the next lead that was never dialed."""
    probability: Floats
    """(leads,) negative: not drawn yet."""
    offset: Floats
    band: Ints
    attempts: Ints
    head: Ints
    """(queues,)"""
    tail: Ints
    queue: Ints
    """(queues, leads) a ring each."""
    due: Floats
    open: Ints
    """(1,) leads that are neither reached nor exhausted."""


def new_stock(plan: Kernel) -> Stock:
    n = max(1, plan.leads)
    return Stock(
        np.zeros(1, dtype=np.int64),
        np.full(n, -1.0),
        np.zeros(n),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(RECYCLED, dtype=np.int64),
        np.zeros(RECYCLED, dtype=np.int64),
        np.zeros((RECYCLED, n), dtype=np.int64),
        np.zeros((RECYCLED, n)),
        np.full(1, plan.leads),
    )


def refill(hand: Hand, stock: Stock, plan: Kernel, streams: Streams, now: float) -> int:
    """Close the gaps of the hand and fill it up in order; returns how many leads it holds."""
    held = 0
    for i in range(len(hand.probability)):
        if hand.probability[i] >= 0.0:
            if held != i:
                hand.probability[held], hand.offset[held] = hand.probability[i], hand.offset[i]
                hand.band[held], hand.lead[held] = hand.band[i], hand.lead[i]
                hand.skipped[held] = hand.skipped[i]
                hand.probability[i] = -1.0
            held += 1
    while held < len(hand.probability):
        if plan.leads <= 0:
            hand.probability[held], hand.offset[held], hand.band[held] = drawn_lead(plan, streams)
        else:
            lead = next_lead(stock, plan, streams, now)
            if lead < 0:
                break
            hand.probability[held], hand.offset[held] = stock.probability[lead], stock.offset[lead]
            hand.band[held], hand.lead[held] = stock.band[lead], lead
        hand.skipped[held] = 0
        held += 1
    return held


def next_lead(stock: Stock, plan: Kernel, streams: Streams, now: float) -> int:
    """A lead that is due again, else one never dialed; -1: none now."""
    for q in range(RECYCLED):
        if stock.head[q] != stock.tail[q]:
            at = stock.head[q] % plan.leads
            if stock.due[q, at] <= now:
                stock.head[q] += 1
                return int(stock.queue[q, at])
    lead = stock.fresh[0]
    if lead >= plan.leads:
        return -1
    stock.probability[lead], stock.offset[lead], stock.band[lead] = drawn_lead(plan, streams)
    stock.fresh[0] = lead + 1
    return int(lead)


def put_back(stock: Stock, plan: Kernel, lead: int, fate: int, now: float) -> None:
    """After an attempt: the lead is done, exhausted, or comes back later."""
    if plan.leads <= 0:
        return
    if fate != CONGESTION:
        stock.attempts[lead] += 1
    if fate == PERSON or stock.attempts[lead] >= plan.max_attempts:
        stock.open[0] -= 1
        return
    q = 0 if fate == CONGESTION else fate - BUSY
    at = stock.tail[q] % plan.leads
    stock.queue[q, at], stock.due[q, at] = lead, now + plan.recycle_seconds[q]
    stock.tail[q] += 1
