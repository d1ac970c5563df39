"""The simulated days: who calls when, how long they talk and wait, who works, and what became of each dialed line."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Ints = NDArray[np.int64]

OPENS_HOUR = 8
HOURS = 12
SECONDS = HOURS * 3600
TRIES = 4
"""Calls that one caller makes at most."""
LINES = 40_000
"""Lines drawn for a day; more are never dialed."""
NEVER = 10**9

_CURVE_HOURS = (8, 9, 10, 11.5, 13, 14, 16, 17.5, 19, 20)
_CURVE = (0.55, 0.9, 1.25, 1.35, 1.0, 1.0, 1.2, 1.1, 0.75, 0.5)
"""A city's service line: a peak before noon, a lower one in the afternoon. The mean is about 1."""

ANSWER_PROBABILITY = 0.3
_QUICK_FAILURES = 0.26
_RING_TIMEOUT_SECONDS = 25
_CALLS_BACK = 0.65
"""Share of those who gave up who try again."""


@dataclass(frozen=True, slots=True)
class Surge:
    """A network is down: its customers call at once, and fewer as word spreads."""

    hour: float
    rise_minutes: float
    hold_minutes: float
    decay_minutes: float
    times: float
    """Of the usual calls, at the height."""

    def at(self, hours: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is added to the usual calls, as a multiple of them."""
        minutes = 60.0 * (hours - self.hour)
        falls = np.exp(-np.maximum(minutes - self.rise_minutes - self.hold_minutes, 0.0) / self.decay_minutes)
        return (self.times - 1.0) * np.clip(minutes / self.rise_minutes, 0.0, 1.0) * falls


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    words: str
    """What happens, for people."""
    calls_per_hour: float = 400.0
    """Mean of first calls; those who gave up and call again come on top."""
    dedicated: int = 12
    """Agents for inbound calls alone."""
    shared: int = 18
    """Agents who do marketing, and inbound calls."""
    talk_seconds: float = 150.0
    wrap_seconds: float = 20.0
    talk_grows: float = 0.0
    """By how much talk has grown at the day's end, of its length at the beginning."""
    leavers: int = 0
    """Dedicated agents who go home in the course of the day, evenly from the second hour on."""
    surge: Surge | None = None

    @property
    def agents(self) -> int:
        return self.dedicated + self.shared


OUTAGE = Surge(hour=13.0, rise_minutes=5.0, hold_minutes=15.0, decay_minutes=8.0, times=3.0)

DAYS = (
    Day("quiet", "fewer calls than usual", calls_per_hour=280.0),
    Day("normal", "shared agents are needed at the peaks"),
    Day("month-end", "a fifth more calls than on a normal day", calls_per_hour=485.0),
    Day("outage", "a network is down at 13:00, and its customers call at once", surge=OUTAGE),
    Day("slow-bleed", "calls get longer by 40% in the course of the day, and three dedicated agents leave one by one",
        talk_grows=0.4, leavers=3),
    Day("small", "a small group: 60 calls an hour, 2 dedicated agents, 4 shared", calls_per_hour=60.0, dedicated=2,
        shared=4),
    Day("small-outage", "a small group with the outage, 5 shared agents", calls_per_hour=60.0, dedicated=2, shared=5,
        surge=OUTAGE),
)  # fmt: skip
DAY_NAMES = tuple(day.name for day in DAYS)


class Streams(NamedTuple):
    """All that chance decides on a day, drawn before it begins, so that every gate meets the same. Whole seconds."""

    first: Ints
    """When each caller calls first, from the opening on, in order."""
    talk: Ints
    """By caller and try, flat: caller * TRIES + try."""
    wrap: Ints
    patience: Ints
    again: Ints
    """After giving up, until the next call; NEVER: there is none."""
    leaves: Ints
    """When each agent goes home; the dedicated come first."""
    line_rings: Ints
    """By dialed line, in the order of dialing: seconds until the answer, or until it fails."""
    line_answers: Ints
    """1: a person answers."""
    line_talk: Ints
    line_wrap: Ints


def day_named(name: str) -> Day:
    """Raises ValueError for a day that is not there, and names those that are."""
    for day in DAYS:
        if day.name == name:
            return day
    raise ValueError(f"no such day: {name}; there are {', '.join(DAY_NAMES)}")


def arrivals_per_second(day: Day) -> NDArray[np.float64]:
    """Mean of first calls in each second of the day."""
    hours = OPENS_HOUR + np.arange(SECONDS) / 3600.0
    usual = np.interp(hours, _CURVE_HOURS, _CURVE)
    usual *= day.calls_per_hour / 3600.0 / usual.mean()
    return usual if day.surge is None else usual * (1.0 + day.surge.at(hours))


def streams(day: Day, seed: int) -> Streams:
    """A day's chances; the same for the same day and seed."""
    callers, lines = (np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2))
    first = np.repeat(np.arange(SECONDS), callers.poisson(arrivals_per_second(day)))
    shape = (len(first), TRIES)
    growth = 1.0 + day.talk_grows * first[:, None] / SECONDS
    talk = _lognormal(callers, day.talk_seconds, shape) * growth
    again = np.where(callers.random(shape) < _CALLS_BACK, 20.0 + callers.exponential(150.0, shape), NEVER)
    again[:, -1] = NEVER
    return Streams(
        first=first,
        talk=_seconds(talk),
        wrap=_seconds(callers.exponential(day.wrap_seconds, shape)),
        patience=_seconds(callers.exponential(150.0, shape)),
        again=_seconds(again),
        leaves=_leaves(day),
        **_lines(day, lines),
    )


def _lines(day: Day, chance: Generator) -> dict[str, Ints]:
    answers = chance.random(LINES) < ANSWER_PROBABILITY
    answered = np.minimum(4.0 + chance.exponential(8.0, LINES), _RING_TIMEOUT_SECONDS)
    fails = np.where(chance.random(LINES) < _QUICK_FAILURES, 2.0, _RING_TIMEOUT_SECONDS)
    return {
        "line_rings": _seconds(np.where(answers, answered, fails)),
        "line_answers": answers.astype(np.int64),
        "line_talk": _seconds(_lognormal(chance, 120.0, (LINES,))),
        "line_wrap": _seconds(chance.exponential(day.wrap_seconds, LINES)),
    }


def _leaves(day: Day) -> Ints:
    leaves = np.full(day.agents, NEVER, dtype=np.int64)
    if day.leavers:
        leaves[: day.leavers] = np.linspace(2 * 3600, SECONDS - 2 * 3600, day.leavers)
    return leaves


def _lognormal(chance: Generator, mean: float, shape: tuple[int, ...]) -> NDArray[np.float64]:
    spread = 0.8
    return chance.lognormal(np.log(mean) - spread**2 / 2, spread, shape)


def _seconds(values: NDArray[np.float64]) -> Ints:
    return np.maximum(np.rint(values), 1).astype(np.int64).ravel()
