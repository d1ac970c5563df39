"""When will a busy agent be free: hazards of talk and of wrap-up by the time they have lasted.

An occurrence/exposure rate a bin (Cox & Oakes, Analysis of Survival Data, 1984, section 4.4), shrunk to the phase's
overall rate. Calls in progress count by the time they have lasted so far (right-censored), so that long calls do not
bias the rate.
"""

from math import exp
from typing import NamedTuple

import numpy as np

from pacing.answer_rate import Floats

TALK, WRAP_UP = 0, 1
BIN_SECONDS = 5.0
BINS = 180
_PRIOR_EVENTS = 8.0
"""Ends' worth of belief that a bin is like the phase as a whole."""
_MEMORY = 3000.0
_AGENT_PRIOR = 20.0
"""Calls' worth of belief that an agent is like the others."""
_STEPS = 6
LAG_SHARE = 0.8
"""Share of the mean time to answer within which agents are expected to be free: found best in the simulator."""


class Handling(NamedTuple):
    """Ends and exposure by phase and age; updated in place."""

    ends: Floats
    """(phases, bins)"""
    exposure_seconds: Floats
    """(phases, bins)"""
    free: Floats
    """(phases, bins) chance to be ready within the lag. Derived by `refresh`."""


def new_handling(talk_seconds: float = 120.0, wrap_up_seconds: float = 20.0) -> Handling:
    """A weak prior: exponential talk and wrap-up of these means."""
    ends, exposure = np.zeros((2, BINS)), np.zeros((2, BINS))
    means = (max(1.0, talk_seconds), max(1.0, wrap_up_seconds))
    for phase in range(2):
        for b in range(BINS):
            exposure[phase, b] = _PRIOR_EVENTS * BIN_SECONDS * exp(-b * BIN_SECONDS / means[phase])
            ends[phase, b] = exposure[phase, b] / means[phase]
    return Handling(ends, exposure, np.zeros((2, BINS)))


def note_end(handling: Handling, phase: int, seconds: float) -> None:
    """A phase has ended after so long."""
    kept = 1.0 - 1.0 / _MEMORY
    handling.ends[phase] *= kept
    handling.exposure_seconds[phase] *= kept
    _expose(handling.exposure_seconds[phase], seconds)
    handling.ends[phase, _bin(seconds)] += 1.0


def _expose(exposure: Floats, seconds: float) -> None:
    last = _bin(seconds)
    exposure[:last] += BIN_SECONDS
    exposure[last] += max(0.0, seconds - last * BIN_SECONDS)


def _bin(seconds: float) -> int:
    return min(BINS - 1, max(0, int(seconds / BIN_SECONDS)))


def refresh(handling: Handling, lag_seconds: float, talk_ages: Floats, wrap_up_ages: Floats, wraps_up: bool) -> None:
    """Derive the chance to be ready within the lag, calls in progress included."""
    talk, wrap = _hazards(handling, TALK, talk_ages), _hazards(handling, WRAP_UP, wrap_up_ages)
    talked, wrapped = _cumulated(talk), _cumulated(wrap)
    step = lag_seconds / _STEPS
    ready = np.zeros(_STEPS)
    for part in range(_STEPS):
        # a talk that ends in this part of the lag leaves the rest of it for the wrap-up
        rest = lag_seconds - (part + 0.5) * step
        ready[part] = 1.0 - exp(-_cumulated_at(wrapped, wrap, rest)) if wraps_up else 1.0
    for b in range(BINS):
        lasted = (b + 0.5) * BIN_SECONDS
        wrap_before, talk_before = _cumulated_at(wrapped, wrap, lasted), _cumulated_at(talked, talk, lasted)
        handling.free[WRAP_UP, b] = 1.0 - exp(wrap_before - _cumulated_at(wrapped, wrap, lasted + lag_seconds))
        chance, left = 0.0, 1.0
        for part in range(_STEPS):
            stays = exp(talk_before - _cumulated_at(talked, talk, lasted + (part + 1) * step))
            chance += (left - stays) * ready[part]
            left = stays
        handling.free[TALK, b] = chance


def _hazards(handling: Handling, phase: int, ages: Floats) -> Floats:
    exposure = handling.exposure_seconds[phase].copy()
    for i in range(len(ages)):
        _expose(exposure, ages[i])
    overall = handling.ends[phase].sum() / max(1e-9, exposure.sum())
    hazards: Floats = (handling.ends[phase] + _PRIOR_EVENTS) / (exposure + _PRIOR_EVENTS / max(1e-9, overall))
    return hazards


def _cumulated(hazards: Floats) -> Floats:
    """Cumulated hazard at the beginning of each bin."""
    cumulated = np.zeros(BINS)
    cumulated[1:] = np.cumsum(hazards[:-1]) * BIN_SECONDS
    return cumulated


def _cumulated_at(cumulated: Floats, hazards: Floats, seconds: float) -> float:
    """Cumulated hazard at an age; the last bin's hazard holds for ever."""
    b = _bin(seconds)
    return float(cumulated[b] + hazards[b] * (seconds - b * BIN_SECONDS))


def agent_factor(calls: float, expected_calls: float) -> float:
    """How much faster an agent ends calls than the campaign's hazards say (1: the same): the Gamma-Poisson posterior
    mean of the ends seen over the cumulated hazard of the agent's calls."""
    return (_AGENT_PRIOR + calls) / (_AGENT_PRIOR + expected_calls)


def free_chances(handling: Handling, phase: int, ages_seconds: Floats) -> Floats:
    """Chances to be ready within the lag, for agents who are so long in a phase."""
    bins = np.minimum(BINS - 1, np.maximum(0.0, ages_seconds / BIN_SECONDS).astype(np.int64))
    chances: Floats = handling.free[phase][bins]
    return chances
