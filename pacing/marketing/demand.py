"""A group's inbound calls as they come now, learned from each; and the day's rate forecast from them."""

from dataclasses import dataclass
from math import exp, inf, isfinite, log, sqrt
from typing import NamedTuple

import numpy as np

from pacing.marketing.erlang import Answering, answering
from pacing.marketing.figures import Counts, ServiceFigures
from pacing.marketing.rule import RateKind, SwitchRule

KNOWN_SECONDS = 300.0
"""Arrivals must have been watched for so long before anything is forecast of them."""
_MEMORY_SECONDS = 900.0
_QUICK_MEMORY_SECONDS = 120.0
_DEVIATIONS = 1.645
"""Of the one-sided 95% bounds."""
_JUMP_DEVIATIONS = 2.6
"""The last minutes must lie so far above the quarter of an hour to be believed instead: by chance once in 200 times."""
_HANDLE_PRIOR_CALLS = 10.0
_HANDLE_MEMORY_CALLS = 300.0
_PATIENCE_PRIOR_CALLS = 3.0
_PATIENCE_MEMORY_CALLS = 200.0
"""Callers who gave up, over whom patience is remembered."""
_LONGEST_SECONDS = 4 * 3600.0
_LEAST_PATIENCE_SECONDS = 1.0
_SLICES = 60
_MOST_WAITING = 10_000


class InboundDemand:
    """Arrivals, handling times and patience of one group's callers. Times are POSIX seconds; each event takes the same
    short time, whatever was before. What is no number is passed over."""

    def __init__(
        self,
        since: float,
        *,
        handle_seconds: float = 240.0,
        patience_seconds: float = 120.0,
        wrap_up_seconds: float = 0.0,
    ) -> None:
        """Nothing seen yet, watched since then; the means are those to begin with. `wrap_up_seconds` of each call are
        added to the talk times that are told."""
        self._slow = _Stream(_MEMORY_SECONDS, since)
        self._quick = _Stream(_QUICK_MEMORY_SECONDS, since)
        self._wrap_up_seconds = wrap_up_seconds
        self._calls, self._handle_total = _HANDLE_PRIOR_CALLS, _HANDLE_PRIOR_CALLS * handle_seconds
        self._gave_up, self._waited_seconds = _PATIENCE_PRIOR_CALLS, _PATIENCE_PRIOR_CALLS * patience_seconds

    # --- what happened

    def offered(self, at: float) -> None:
        """A caller came; may be told late."""
        self._slow.note(at)
        self._quick.note(at)

    def ended(self, talk_seconds: float) -> None:
        """A call that an agent had is over."""
        if not _is_time(talk_seconds):
            return
        kept = 1.0 - 1.0 / _HANDLE_MEMORY_CALLS
        self._calls = self._calls * kept + 1.0
        self._handle_total = self._handle_total * kept + talk_seconds + self._wrap_up_seconds

    def gave_up(self, wait_seconds: float) -> None:
        """A caller abandoned."""
        if not _is_time(wait_seconds):
            return
        kept = 1.0 - 1.0 / _PATIENCE_MEMORY_CALLS
        self._gave_up = self._gave_up * kept + 1.0
        self._waited_seconds = self._waited_seconds * kept + wait_seconds

    def waited(self, wait_seconds: float) -> None:
        """A caller was answered, or left the queue otherwise: patience has lasted at least so long."""
        if _is_time(wait_seconds):
            self._waited_seconds += wait_seconds

    def unseen(self, seconds: float) -> None:
        """So much of the time was not watched: who came then is not known."""
        if _is_time(seconds):
            self._slow.skip(seconds)
            self._quick.skip(seconds)

    # --- what follows from it

    def watched_seconds(self, now: float) -> float:
        return self._slow.watched(now)

    def known(self, now: float) -> bool:
        """Watched for long enough to forecast."""
        return self.watched_seconds(now) >= KNOWN_SECONDS

    def arrivals_per_second(self, now: float) -> float:
        """Over the last quarter of an hour; over the last minutes when by these it has risen beyond chance. 0 when
        nothing was watched."""
        slow, quick = self._slow.rate(now), self._quick.rate(now)
        return quick if self._quick.lower(now, _JUMP_DEVIATIONS) > slow else slow

    def arrivals_upper(self, now: float) -> float:
        """95% upper bound of the arrivals a second (Poisson); infinite when nothing was watched."""
        slow = self._slow
        return self._quick.upper(now) if self._quick.lower(now, _JUMP_DEVIATIONS) > slow.rate(now) else slow.upper(now)

    @property
    def handle_seconds(self) -> float:
        """Mean time that a call takes an agent."""
        return max(1.0, self._handle_total / self._calls)

    @property
    def patience_seconds(self) -> float:
        """Mean time after which a caller gives up: all waits over callers who gave up, the estimate from right-censored
        waits (Mandelbaum & Zeltyn, Service engineering in action: the Palm/Erlang-A queue, 2007, section 5)."""
        return max(_LEAST_PATIENCE_SECONDS, self._waited_seconds / self._gave_up)


@dataclass(slots=True)
class _Stream:
    """A Poisson stream, forgotten exponentially by time."""

    memory_seconds: float
    since: float
    _count: float = 0.0
    _at: float = -inf
    _skipped: float = 0.0

    def note(self, at: float) -> None:
        if not isfinite(at):
            return
        at = max(at, self.since) - self._skipped
        if at >= self._at:
            self._count = self._count * self._kept(at - self._at) + 1.0
            self._at = at
        else:
            self._count += self._kept(self._at - at)

    def skip(self, seconds: float) -> None:
        self._skipped += seconds

    def watched(self, now: float) -> float:
        return max(0.0, now - self._skipped - self.since) if isfinite(now) else 0.0

    def rate(self, now: float) -> float:
        count, seconds = self._seen(now)
        return count / seconds if seconds > 0.0 else 0.0

    def upper(self, now: float) -> float:
        count, seconds = self._seen(now)
        return _poisson_bound(count, _DEVIATIONS) / seconds if seconds > 0.0 else inf

    def lower(self, now: float, deviations: float) -> float:
        count, seconds = self._seen(now)
        return _poisson_bound(count, -deviations) / seconds if seconds > 0.0 else 0.0

    def _seen(self, now: float) -> tuple[float, float]:
        """Calls and seconds that tell as much of the rate as what is remembered: of exponential weights w, (sum w)^2 /
        (sum w^2) whole ones (Kish, Survey Sampling, 1965, section 11.7)."""
        watched = self.watched(now)
        if watched <= 0.0:
            return 0.0, 0.0
        whole = 1.0 - self._kept(watched)
        seconds = self.memory_seconds * whole
        count = self._count * self._kept(max(0.0, now - self._skipped - self._at))
        worth = 2.0 * whole / (1.0 - self._kept(2.0 * watched))
        return count * worth, seconds * worth

    def _kept(self, seconds: float) -> float:
        return exp(-seconds / self.memory_seconds)


class Callers(NamedTuple):
    """Inbound calls as they are expected to come."""

    arrivals_per_second: float
    handle_seconds: float
    patience_seconds: float


class Forecast(NamedTuple):
    day: float
    """The day's cumulative rate at the end."""
    own: float
    """The rate of those who come until then."""


def cumulative_forecast(
    rule: SwitchRule, figures: ServiceFigures, demand: InboundDemand, agents: int, minutes: float
) -> float | None:
    """The day's cumulative rate in so many minutes (at the day's end, if that is sooner) when callers go on to come as
    now and so many agents serve them; None: too little is known of them.

    Those who come are answered as Erlang A says, but no better than a fluid of callers and agents: it carries today's
    queue and, when more come than agents can serve, lets it grow (Whitt, Fluid models for multiserver queues with
    abandonments, Operations Research 54(1), 2006). What Erlang A says of the long run comes true within a handling time
    or so, at once when nobody is free. Short abandons are not left out: a point or two of caution.
    """
    if not demand.known(figures.now):
        return None
    callers = Callers(demand.arrivals_per_second(figures.now), demand.handle_seconds, demand.patience_seconds)
    seconds = horizon_seconds(figures, minutes)
    found = forecast_of(rule, figures, callers, callers.arrivals_per_second, agents, seconds)
    return None if found is None else found.day


def horizon_seconds(figures: ServiceFigures, minutes: float) -> float:
    """Until the forecast's end: not beyond the service day."""
    seconds = min(60.0 * minutes, figures.day_ends - figures.now)
    return max(0.0, seconds) if isfinite(seconds) else 0.0


def forecast_of(
    rule: SwitchRule, figures: ServiceFigures, callers: Callers, counted_per_second: float, agents: int, seconds: float
) -> Forecast | None:
    """The rates when such callers come for so long, of whom `counted_per_second` count for the rate. None: nobody has
    tried, and nobody will, or a figure is no number."""
    if not all(isfinite(one) and one >= 0.0 for one in (*callers, counted_per_second, seconds)):
        return None
    if callers.handle_seconds <= 0.0 or callers.patience_seconds <= 0.0:
        return None
    own = _own_share(rule, figures, callers, agents, seconds)
    tried, got = _counted(rule.rate, figures.day)
    fresh, through = _queue_now(rule, figures, callers, agents)
    come = counted_per_second * seconds * _tries_per_call(rule.rate, figures.day)
    tried_then = tried + fresh + come
    if tried_then <= 0.0:
        return None
    return Forecast(min(1.0, (got + through + come * own) / tried_then), own)


def _own_share(rule: SwitchRule, figures: ServiceFigures, callers: Callers, agents: int, seconds: float) -> float:
    """Of the callers who come in the next seconds, the share who count as got."""
    within = rule.rate is RateKind.WITHIN_THRESHOLD
    in_long_run = _in_long_run(agents, callers, rule.threshold_seconds)
    steady = in_long_run.within if within else in_long_run.answered
    if agents <= 0:
        return steady
    at = (np.arange(_SLICES) + 0.5) * (seconds / _SLICES)
    served, gives_up = agents / callers.handle_seconds, 1.0 / callers.patience_seconds
    # fluid: dq/dt = arrivals - served - gives_up q
    ends = (callers.arrivals_per_second - served) / gives_up
    queue = np.maximum(0.0, ends + (figures.waiting - ends) * np.exp(-gives_up * at))
    wait = np.log1p(gives_up * queue / served) / gives_up
    fluid = np.exp(-gives_up * wait)
    if within:
        fluid = np.where(wait <= rule.threshold_seconds, fluid, 0.0)
    settled = 1.0 - np.exp(-at / callers.handle_seconds) if figures.agents.free > 0 else np.ones(_SLICES)
    share = settled * np.minimum(fluid, steady) + (1.0 - settled) * fluid
    return float(share.mean())


def _queue_now(rule: SwitchRule, figures: ServiceFigures, callers: Callers, agents: int) -> tuple[float, float]:
    """Of those who wait now: how many are yet to be counted, and how many more will be got.

    Their waits are taken as spread evenly up to the longest; who waits beyond the threshold was counted as missed.
    """
    waiting = min(_MOST_WAITING, max(0, figures.waiting))
    if waiting == 0:
        return 0.0, 0.0
    place = np.arange(waiting) + 1.0
    waited = max(0.0, figures.longest_wait_seconds) * (1.0 - (place - 1.0) / waiting)
    fresh = float((waited <= rule.threshold_seconds).sum())
    if agents <= 0:
        return fresh, 0.0
    served, gives_up = agents / callers.handle_seconds, 1.0 / callers.patience_seconds
    still = np.log1p(gives_up * place / served) / gives_up
    stays = np.exp(-gives_up * still)
    if rule.rate is RateKind.WITHIN_THRESHOLD:
        stays = np.where(waited + still <= rule.threshold_seconds, stays, 0.0)
    return fresh, float(stays.sum())


def _counted(kind: RateKind, counts: Counts) -> tuple[float, float]:
    """Who tried, and who was got."""
    if kind is RateKind.CALLERS:
        return float(counts.callers), float(counts.callers_through)
    return float(counts.offered), float(counts.within if kind is RateKind.WITHIN_THRESHOLD else counts.answered)


def _tries_per_call(kind: RateKind, counts: Counts) -> float:
    if kind is not RateKind.CALLERS or counts.offered <= 0:
        return 1.0
    return min(1.0, max(1, counts.callers) / counts.offered)


def _in_long_run(agents: int, callers: Callers, threshold_seconds: float) -> Answering:
    return answering(
        agents,
        coarse(callers.arrivals_per_second),
        coarse(callers.handle_seconds),
        threshold_seconds,
        coarse(callers.patience_seconds),
    )


_LARGEST = 709.0
"""A double holds no more than e to the power of 709.78."""


def coarse(value: float, step: float = 0.005) -> float:
    """In steps of half a percent, or of another share: so that what was found for a figure is found again for one much
    like it. Never swaps the order of two."""
    fine = log(1.0 + step)
    return exp(min(round(log(value) / fine) * fine, _LARGEST)) if 0.0 < value < inf else value


def _poisson_bound(count: float, deviations: float) -> float:
    """Bound of a Poisson mean of which so many were counted (Byar's approximation: Breslow & Day, Statistical Methods
    in Cancer Research II, 1987, section 2.3)."""
    cases = count + 1.0 if deviations > 0.0 else count
    if cases <= 0.0:
        return 0.0
    root = 1.0 - 1.0 / (9.0 * cases) + deviations / (3.0 * sqrt(cases))
    return float(cases * max(0.0, root) ** 3)


def _is_time(seconds: float) -> bool:
    return 0.0 <= seconds <= _LONGEST_SECONDS
