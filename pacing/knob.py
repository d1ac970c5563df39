"""The one knob of predictive pacing, found by control against what the legal windows leave.

An outer part looks at each window's remaining budget and says at which ratio calls may be abandoned from here on; an
inner part turns the knob by integral control until they are. Compliance counts the calls and draws the windows; nothing
is counted here.
"""

from typing import NamedTuple

import numpy as np

from pacing.answer_rate import Floats

LEAST, MOST = 0.0, 5.0
"""Limits of the knob: at 0 expected answers match expected free agents, at 5 hardly a call is abandoned."""
_GAIN = 0.1
"""Turn for each abandoned call; also turned back by the aimed ratio's share for each live answer."""
_OFFSET_MOST = 1.5
"""How far the integral may wind away from the team's usual value."""
_BURST_GAIN = 0.15
_BURST_MEMORY = 25.0
"""Live answers over which abandoned calls count as one burst."""
_BURST_FREE = 1.5
"""Abandoned calls beyond the aim that a burst may have before the knob leaps."""
_RESERVE = 0.3
"""Abandoned calls kept back in every window, and as many again for each cluster: in a big team they come together."""
_HORIZON = 800.0
"""Live answers over which a surplus or a debt is worked off, at least: several times the knob's own time constant."""
_CREDIT = 300.0
"""Live answers still to come that a window may borrow from, at most, for a small team."""
_CREDIT_SHARE = 0.25
"""Of the live answers still to come, those that one line an idle agent would surely bring: a debt is worked off by them
alone."""
_SURPLUS = 1.35
"""The aim is never more than so many caps."""
COLD_ANSWERS = 300.0
"""Live answers before the knob is trusted: until then one line an idle agent."""
_PRIOR_TEAM = np.array([1.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0])
_PRIOR_KNOB = np.array([1.8, 1.8, 1.86, 1.72, 1.41, 1.11, 0.67, 0.4])
"""Where the knob stands at 3% in the simulator, by team; the control moves it from there."""


class Windows(NamedTuple):
    """The legal windows that a campaign is in, one entry each, as compliance tells them."""

    cap: Floats
    """Highest ratio of abandoned calls to live answers."""
    live_answers: Floats
    abandoned: Floats
    to_come: Floats
    """Live answers expected before the window ends; a cautious figure."""
    minimum_answers: Floats
    """Live answers below which the window is not judged."""


class Aim(NamedTuple):
    ratio: float
    """Share of live answers that may be abandoned from here on."""
    room: float
    """Abandoned calls left in the tightest window before the hard stop."""
    passed: bool
    """A window is over its cap whatever comes."""


class Knob(NamedTuple):
    offset: Floats
    """(1,) turn away from the team's usual value."""
    burst: Floats
    """(1,) abandoned calls beyond the aim, over the last few live answers."""
    seen: Floats
    """(1,) live answers whose fate it has seen."""


def new_knob() -> Knob:
    return Knob(np.zeros(1), np.zeros(1), np.zeros(1))


def aim_of(windows: Windows, team: float) -> Aim:
    """What the tightest window leaves; without a window, nothing."""
    ratio, room, passed, clusters = 1.0, np.inf, False, _clusters(team)
    if len(windows.cap) == 0:
        return Aim(0.0, -np.inf, False)
    for w in range(len(windows.cap)):
        cap, answers, to_come = windows.cap[w], windows.live_answers[w], windows.to_come[w]
        if answers + 1.5 * to_come < windows.minimum_answers[w]:
            ratio = min(ratio, _SURPLUS * cap)
            continue
        left = cap * answers - windows.abandoned[w]
        spare = left - _RESERVE * (1.0 + clusters)
        aimed = cap + spare / max(to_come, _HORIZON)
        ratio = min(ratio, max(0.0, min(aimed, _SURPLUS * cap)))
        room = min(room, spare + cap * min(_CREDIT_SHARE * to_come, _CREDIT * clusters))
        passed = passed or left + cap * to_come < 0.0
    return Aim(ratio, room, passed)


def knob_of(knob: Knob, team: float) -> float:
    """The knob for a team of so many working agents."""
    leap = max(0.0, knob.burst[0] - _BURST_FREE * _clusters(team)) * _BURST_GAIN / _clusters(team)
    return float(min(MOST, max(LEAST, prior(team) + knob.offset[0] + leap)))


def _clusters(team: float) -> float:
    """By how much more abandoned calls come together in a big team than in a small one."""
    return 1.0 + team / 25.0


def prior(team: float) -> float:
    return float(np.interp(team, _PRIOR_TEAM, _PRIOR_KNOB))


def note_fate(knob: Knob, abandoned: bool, aimed_ratio: float, team: float, binding: bool) -> None:
    """A live answer was abandoned or got its agent. `binding`: the knob, not something else, limited the lines; only
    then is a served caller a reason to loosen (anti-windup)."""
    came = 1.0 if abandoned else 0.0
    knob.seen[0] += 1.0
    kept = 1.0 - 1.0 / (_BURST_MEMORY * _clusters(team))
    knob.burst[0] = max(0.0, knob.burst[0] * kept + came - aimed_ratio)
    if abandoned or binding:
        moved = knob.offset[0] + _GAIN / _clusters(team) * (came - aimed_ratio)
        knob.offset[0] = min(_OFFSET_MOST, max(-_OFFSET_MOST, moved))
