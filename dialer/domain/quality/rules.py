"""The rules of quality sampling, known to all: how many calls of whom are heard, by whom, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId
from dialer.domain.outcome import Disposition

COMPLAINTS = "complaints"
"""The stratum of calls that somebody complained of: all of them are heard."""
OTHERS = "others"
"""The stratum of calls that fit no rule."""


@dataclass(frozen=True, slots=True)
class StratumRule:
    """Which calls of an agent are drawn apart from the others; conditions that are left out hold for any call."""

    name: str
    dispositions: Sequence[Disposition] = ()
    campaigns: Sequence[str] = ()
    at_least_seconds: float = 0.0
    """Talk time from this on ..."""
    below_seconds: float = float("inf")
    """... and below this."""
    weight: float = 1.0
    """How much more densely it is drawn than a stratum of weight 1; above 0."""
    least: int = 1
    """Calls of each agent at least, where there are so many."""

    def fits(self, disposition: Disposition | None, campaign: str, talk_seconds: float) -> bool:
        return (
            (not self.dispositions or disposition in self.dispositions)
            and (not self.campaigns or campaign in self.campaigns)
            and self.at_least_seconds <= talk_seconds < self.below_seconds
        )


@dataclass(frozen=True, slots=True)
class Reviewer:
    name: str
    """As the API's token calls them."""
    agent: AgentId | None = None
    """The number under which the reviewer makes calls, too; None: under none but the name."""

    def may_review(self, agent: AgentId) -> bool:
        return agent not in {self.agent, AgentId(self.name)}


@dataclass(frozen=True, slots=True)
class QualityRules:
    reviewers: Sequence[Reviewer]
    strata: Sequence[StratumRule] = ()
    per_agent: int = 3
    """Calls of each agent that are heard a week, at least."""
    new_agents: int = 6
    """The same of those whose first call is less than `new_days` back when the week begins."""
    new_days: float = 30.0
    double_share: float = 0.2
    """Of the calls drawn, 0 to 1, how many a second reviewer scores too."""
    tolerance: float = 15.0
    """Points of 100 by which two scores may differ; beyond it a third person looks."""
    dispute_days: float = 7.0
    """Days after a score in which the agent may dispute it."""
    place_days: int = 30
    """Days without a place in the ranking, from the day on which the notice is published."""
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    """Weeks begin there, on Monday at midnight."""

    def stratum_of(self, disposition: Disposition | None, campaign: str, talk_seconds: float) -> str:
        """The first stratum that fits."""
        fitting = (one.name for one in self.strata if one.fits(disposition, campaign, talk_seconds))
        return next(fitting, OTHERS)

    def stratum(self, name: str) -> StratumRule:
        return next((one for one in self.strata if one.name == name), StratumRule(name))

    def span_of(self, week: date) -> tuple[datetime, datetime]:
        """From when until before when a week is. BadInput: the day is no Monday."""
        if week.weekday() != 0:
            monday = week - timedelta(days=week.weekday())
            raise BadInput(f"a week is named by its Monday: {monday}", "week")
        begin, end = (datetime.combine(day, time(), self.time_zone) for day in (week, week + timedelta(days=7)))
        return begin, end

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.time_zone).date()
