"""The counts of a day, grown slice by slice. A slice ends where anybody moves, so all of it is in one place."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import InitVar, dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dialer.domain.agent import OCCUPIED, WORKING, AgentState
from dialer.domain.day_report import CampaignLine, Counts, Figures, HourLine, Span
from dialer.domain.ids import AgentId
from dialer.domain.outcome import LIVE_ANSWERS, NOT_AN_ATTEMPT, Disposition, Outcome
from dialer.domain.staff import NOWHERE, Stay
from dialer.domain.standing import Deed
from dialer.ports.day_report import ClosedCalls, EndedCalls, StateTime

_AWAY = frozenset({AgentState.LOGGED_OUT, AgentState.LOGGING_IN})
_CLOSED_AS = {
    Disposition.SALE: "sales",
    Disposition.CALL_BACK: "call_backs",
    Disposition.REFUSED: "refused",
    Disposition.NOT_INTERESTED: "refused",
    Disposition.DO_NOT_CALL: "refused",
}
Slice = tuple[datetime, datetime]


@dataclass(slots=True)
class DayTally:
    span: Span
    until: datetime
    """The day's end, or now."""
    stays: InitVar[Sequence[Stay]]
    standing: dict[AgentId, AgentState]
    """In which state each agent is at the beginning of the next slice; those logged out need not be there."""
    seen: set[AgentId] = field(default_factory=set)
    """Who did anything: one who was logged in and forgotten before the day is not on the report."""
    _stays: dict[AgentId, list[Stay]] = field(default_factory=dict)
    _did: dict[AgentId, dict[Stay | None, Figures]] = field(default_factory=dict)
    _nowhere: dict[AgentId, Slice] = field(default_factory=dict)
    _campaigns: dict[str, Counts] = field(default_factory=dict)
    _hours: dict[int, HourLine] = field(default_factory=dict)

    def __post_init__(self, stays: Sequence[Stay]) -> None:
        for stay in stays:
            self._stays.setdefault(stay.agent, []).append(stay)

    def add_ended(self, within: Slice, rows: Iterable[EndedCalls]) -> None:
        for row in rows:
            taken = row.agent is not None and row.outcome is Outcome.ANSWERED
            figures = Figures(answered=row.count, talk_seconds=row.talk_seconds) if taken else Figures()
            if taken and row.agent is not None:
                self._did_then(row.agent, within, figures)
            self._count(row.campaign, _counts(row, figures))
            self._count_hour(within, attempts=row.count, answered=figures.answered)

    def add_closed(self, within: Slice, rows: Iterable[ClosedCalls]) -> None:
        for row in rows:
            name = _CLOSED_AS.get(row.disposition)
            if name is not None:
                figures = replace(Figures(), **{name: row.count})
                self._did_then(row.agent, within, figures)
                self._count(row.campaign, Counts(figures=figures))
                self._count_hour(within, sales=figures.sales)

    def add_worked(self, within: Slice, rows: Iterable[StateTime]) -> None:
        since, end = within
        logs: dict[AgentId, list[StateTime]] = defaultdict(list)
        for row in rows:
            logs[row.agent].append(row)
        for agent in {**self.standing, **logs}:
            log = logs.get(agent, [])
            begun = min((row.first_at for row in log), default=end)
            parts = [(row.state, row.seconds) for row in log]
            parts += [(self.standing.get(agent, AgentState.LOGGED_OUT), (begun - since).total_seconds())]
            for row in log:
                if row.last_at is not None:
                    parts += [(row.state, (end - row.last_at).total_seconds())]
                    self.standing[agent] = row.state
            if log:
                self.seen.add(agent)
            times = sum((_times(state, seconds) for state, seconds in parts), Figures())
            if times != Figures():
                self._keep(agent, within, times)

    def deeds(self) -> list[Deed]:
        return [
            self._deed(agent, stay, figures)
            for agent, did in sorted(self._did.items())
            for stay, figures in did.items()
            if agent in self.seen
        ]

    def counts(self) -> Counts:
        total = Counts()
        for counts in self._campaigns.values():
            total = _plus(total, counts)
        return total

    def campaign_lines(self) -> list[CampaignLine]:
        return [CampaignLine(name, counts) for name, counts in sorted(self._campaigns.items())]

    def hour_lines(self) -> list[HourLine]:
        """Of all hours that have begun."""
        over = -(-(self.until - self.span.begins) // timedelta(hours=1))
        return [self._hour(number) for number in range(over)]

    def _did_then(self, agent: AgentId, within: Slice, figures: Figures) -> None:
        self.seen.add(agent)
        self._keep(agent, within, figures)

    def _keep(self, agent: AgentId, within: Slice, figures: Figures) -> None:
        stay = next((one for one in self._stays.get(agent, ()) if one.holds(within[0])), None)
        if stay is None:
            self._nowhere[agent] = (self._nowhere.get(agent, within)[0], within[1])
        did = self._did.setdefault(agent, {})
        did[stay] = did.get(stay, Figures()) + figures

    def _deed(self, agent: AgentId, stay: Stay | None, figures: Figures) -> Deed:
        if stay is None:
            return Deed(agent, NOWHERE, *self._nowhere[agent], figures)
        ends = self.until if stay.ends_at is None else min(self.until, stay.ends_at)
        return Deed(agent, stay.seat, max(self.span.begins, stay.begins_at), ends, figures)

    def _count(self, campaign: str, counts: Counts) -> None:
        self._campaigns[campaign] = _plus(self._campaigns.get(campaign, Counts()), counts)

    def _hour(self, number: int) -> HourLine:
        if number not in self._hours:
            begins = (self.span.begins + timedelta(hours=number)).astimezone(ZoneInfo(self.span.zone))
            self._hours[number] = HourLine(f"{begins:%H:%M}", 0, 0, 0)
        return self._hours[number]

    def _count_hour(self, within: Slice, attempts: int = 0, answered: int = 0, sales: int = 0) -> None:
        number = (within[0] - self.span.begins) // timedelta(hours=1)
        hour = self._hour(number)
        self._hours[number] = HourLine(
            hour.hour, hour.attempts + attempts, hour.answered + answered, hour.sales + sales
        )


def _times(state: AgentState, seconds: float) -> Figures:
    return Figures(
        logged_in_seconds=0.0 if state in _AWAY else seconds,
        working_seconds=seconds if state in WORKING else 0.0,
        occupied_seconds=seconds if state in OCCUPIED else 0.0,
    )


def _counts(row: EndedCalls, figures: Figures) -> Counts:
    def of(holds: bool) -> int:
        return row.count if holds else 0

    return Counts(
        attempts=row.count,
        rang=of(row.outcome not in NOT_AN_ATTEMPT),
        live_answers=of(row.outcome in LIVE_ANSWERS),
        abandoned=of(row.outcome is Outcome.ABANDONED),
        machines=of(row.outcome is Outcome.MACHINE),
        figures=figures,
    )


def _plus(one: Counts, other: Counts) -> Counts:
    return Counts(
        one.attempts + other.attempts,
        one.rang + other.rang,
        one.live_answers + other.live_answers,
        one.abandoned + other.abandoned,
        one.machines + other.machines,
        one.figures + other.figures,
    )
