"""What a cell simulates: how p moves, what is known of the leads, and the mean line time that the optimum is told."""

from functools import cache

import numpy as np
from scipy.special import gammainc

from benchmarks.pacing.cells import DAY_HOURS, DRIFT, LEADS_KNOWN, LEADS_MEAN, LEADS_SCORED, SHOCK, Cell
from pacing.answer_rate import Floats
from pacing.optimum import Floor
from pacing.simulator.plan import Plan

DRIFT_LEVELS = (0.6, 1.0, 1.4)
DRIFT_HELD_SECONDS = 1200.0
DRIFT_MOVING_SECONDS = 600.0
DRIFT_STEP_SECONDS = 30.0
SHOCK_FACTOR = 2.0
SHOCK_SECONDS = 1800.0
SHOCKS_A_DAY = 4
SHOCK_STEP_SECONDS = 10.0
CONCENTRATION = 3.0
AREA_WANTED = 0.75
KNOWN, SCORED = 1, 2
"""What the simulator calls a lead's p that is known, or told by a score with noise."""
_LEADS = 100_000
_MOST_NOISE = 20.0
_SEED = 20_260


def plan_of(cell: Cell, seed: int) -> Plan:
    """The same for every rule: how p moves is drawn from the seed alone."""
    hours, factor, step = cell.days * DAY_HOURS, [1.0], 60.0
    if cell.scenario == DRIFT:
        factor, step = drift(hours, seed).tolist(), DRIFT_STEP_SECONDS
    elif cell.scenario == SHOCK:
        factor, step = shocks(hours, cell.answer_probability, seed).tolist(), SHOCK_STEP_SECONDS
    known = {LEADS_KNOWN: KNOWN, LEADS_SCORED: SCORED}.get(cell.scenario, 0)
    return Plan(
        agents=cell.agents,
        answer_probability=cell.answer_probability,
        hours=hours,
        day_hours=DAY_HOURS,
        factor=factor,
        factor_step_seconds=step,
        spread=CONCENTRATION if cell.scenario in (LEADS_KNOWN, LEADS_SCORED, LEADS_MEAN) else 0.0,
        knowledge=known,
        score_noise=score_noise(cell.answer_probability)[0] if known == SCORED else 0.0,
    )


def floor_of(cell: Cell) -> Floor:
    """What the optimum knows: means alone."""
    plan = plan_of(cell, 0)
    handling = plan.talk_seconds + plan.wrap_up_seconds
    return Floor(cell.agents, cell.answer_probability, line_seconds(plan), handling, plan.patience_seconds)


def line_seconds(plan: Plan) -> float:
    """Mean time of a line, whatever ends it: an answer, a busy callee (1 to 3 s), or the ring time."""
    scale = (plan.answer_mean - plan.answer_least) / plan.answer_shape
    most = (plan.ring_seconds - plan.answer_least) / scale
    # the mean of a gamma time known to be below a limit
    cut = gammainc(plan.answer_shape + 1.0, most) / gammainc(plan.answer_shape, most)
    answered = plan.answer_least + plan.answer_shape * scale * float(cut)
    failed = 2.0 * plan.busy_share + plan.ring_seconds * (1.0 - plan.busy_share)
    return plan.answer_probability * answered + (1.0 - plan.answer_probability) * failed


def drift(hours: float, seed: int) -> Floats:
    """A random walk over three levels, 40% of the base apart: 20 minutes at each, then 10 minutes to a neighbour."""
    random = np.random.default_rng([seed, 1])
    held, moving = int(DRIFT_HELD_SECONDS / DRIFT_STEP_SECONDS), int(DRIFT_MOVING_SECONDS / DRIFT_STEP_SECONDS)
    steps = int(np.ceil(hours * 3600.0 / DRIFT_STEP_SECONDS))
    level, pieces, drawn = 1, list[Floats](), 0
    while drawn < steps:
        following = int(random.choice((0, 2))) if level == 1 else 1
        pieces.append(np.full(held, DRIFT_LEVELS[level]))
        pieces.append(np.linspace(DRIFT_LEVELS[level], DRIFT_LEVELS[following], moving + 1)[1:])
        level, drawn = following, drawn + held + moving
    return np.concatenate(pieces)[:steps]


def shocks(hours: float, answer_probability: float, seed: int) -> Floats:
    """p doubles at once (at most to 1) for half an hour, four times a day at random times, never two at once."""
    random = np.random.default_rng([seed, 2])
    day_steps, length = int(DAY_HOURS * 3600.0 / SHOCK_STEP_SECONDS), int(SHOCK_SECONDS / SHOCK_STEP_SECONDS)
    days = int(np.ceil(hours / DAY_HOURS))
    factor = np.ones(days * day_steps)
    for day in range(days):
        gaps = np.sort(random.integers(0, day_steps - SHOCKS_A_DAY * length + 1, SHOCKS_A_DAY))
        for i, start in enumerate(gaps):
            begins = day * day_steps + int(start) + i * length
            factor[begins : begins + length] = min(SHOCK_FACTOR, 1.0 / answer_probability)
    return factor[: int(np.ceil(hours * 3600.0 / SHOCK_STEP_SECONDS))]


@cache
def score_noise(answer_probability: float) -> tuple[float, float]:
    """The noise, in log-odds, at which the area under the score's curve against answers is .75; and that area.

    No noise, and the smaller area, where even the lead's own probability tells less.
    """
    random = np.random.default_rng(_SEED)
    p, spread = answer_probability, CONCENTRATION
    own = np.clip(random.beta(spread * p, spread * (1.0 - p), _LEADS), 1e-4, 1.0 - 1e-4)
    odds, unit = np.log(own / (1.0 - own)), random.standard_normal(_LEADS)
    exact = area_under_curve(odds, own)
    if exact <= AREA_WANTED:
        return 0.0, exact
    low, high = 0.0, _MOST_NOISE
    for _ in range(20):
        middle = (low + high) / 2.0
        if area_under_curve(odds + middle * unit, own) > AREA_WANTED:
            low = middle
        else:
            high = middle
    return low, area_under_curve(odds + low * unit, own)


def area_under_curve(score: Floats, own: Floats) -> float:
    """The chance that a lead who answers scores above one who does not; each lead counts as both, by its p."""
    answers = own[np.argsort(score)]
    misses = 1.0 - answers
    below = np.cumsum(misses) - 0.5 * misses
    return float((answers * below).sum() / (answers.sum() * misses.sum()))
