"""How many contacts an SMS wave or a call wave may approach on a calm day without hurting inbound service."""

from dataclasses import dataclass
from math import isfinite

from pacing.marketing.demand import Callers, InboundDemand, forecast_of, horizon_seconds
from pacing.marketing.erlang import least
from pacing.marketing.figures import ServiceFigures
from pacing.marketing.rule import SwitchRule

MOST_CONTACTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Outreach:
    contacts: int
    words: str


def room_for_contacts(
    rule: SwitchRule,
    figures: ServiceFigures,
    demand: InboundDemand,
    *,
    open_now: bool,
    agents: int,
    minutes: float,
    answer_share: float,
    handle_seconds: float,
) -> Outreach:
    """The most contacts that may be approached in the next `minutes`, spread evenly, with both the day's cumulative
    rate at the end and the rate of inbound callers until then on target (see `demand.cumulative_forecast`).

    `answer_share`: share of the contacts who then take an agent for `handle_seconds`, above 0: of an SMS wave, who call
    within the time; of a call wave, who answer. `agents` serve inbound and the wave. Inbound is reckoned at its 95%
    upper bound; calls of the wave shorter than inbound's are taken to be as long, and are not counted for the rate,
    however well they would be served. 0, with the reason, while the switch is closed, for what can't be, and when too
    little is known.
    """
    seconds = horizon_seconds(figures, minutes)
    refused = _refusal(
        (open_now, "marketing is off"),
        (isfinite(minutes) and minutes > 0.0, f"minutes: {minutes} is not above 0"),
        (0.0 < answer_share <= 1.0, f"answer_share: {answer_share} is not above 0 and at most 1"),
        (isfinite(handle_seconds) and handle_seconds > 0.0, f"handle_seconds: {handle_seconds} is not above 0"),
        (seconds > 0.0, "the service day is over"),
        (demand.known(figures.now), f"watched for {demand.watched_seconds(figures.now):.0f} s: too little is known"),
        (not figures.day_blind, "some of the day was not seen"),
    )
    if refused:
        return Outreach(0, refused)
    arrivals = demand.arrivals_upper(figures.now)
    callers = Callers(arrivals, demand.handle_seconds, demand.patience_seconds)
    wave = _Wave(rule, figures, callers, agents, seconds, answer_share / seconds, handle_seconds)
    return _most(rule, wave)


def _refusal(*checks: tuple[bool, str]) -> str:
    return next((reason for holds, reason in checks if not holds), "")


@dataclass(frozen=True, slots=True)
class _Wave:
    rule: SwitchRule
    figures: ServiceFigures
    inbound: Callers
    agents: int
    seconds: float
    calls_per_contact_second: float
    """Calls a second that each contact adds."""
    handle_seconds: float

    def hurts(self, contacts: int) -> bool:
        """Whether with so many contacts a rate would be below target."""
        added = contacts * self.calls_per_contact_second
        arrivals = self.inbound.arrivals_per_second
        total = arrivals + added
        handle = self.inbound.handle_seconds
        if total > 0.0:
            handle = (arrivals * handle + added * self.handle_seconds) / total
        both = Callers(total, max(handle, self.inbound.handle_seconds), self.inbound.patience_seconds)
        found = forecast_of(self.rule, self.figures, both, arrivals, self.agents, self.seconds)
        return found is None or min(found.day, found.own) < self.rule.target


def _most(rule: SwitchRule, wave: _Wave) -> Outreach:
    calm = f"{60.0 * wave.inbound.arrivals_per_second:.1f} calls a minute at most, {wave.agents} agents"
    span = f"in {wave.seconds / 60.0:.0f} min"
    if wave.hurts(0):
        return Outreach(0, f"inbound alone may fall below {rule.target:.0%} {span}: {calm}")
    most = 1
    while most < MOST_CONTACTS and not wave.hurts(most):
        most = min(MOST_CONTACTS, 2 * most)
    contacts = most if not wave.hurts(most) else least(wave.hurts, most // 2, most) - 1
    return Outreach(contacts, f"{contacts} contacts {span} leave inbound at {rule.target:.0%}: {calm}")
