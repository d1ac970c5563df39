"""Who stands where in a day's contest: people, teams, rooms and centres, from what each person did in each place."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dialer.domain.day_report import Figures, LeftOut, PersonLine, StayLine, UnitLine, summed
from dialer.domain.ids import AgentId
from dialer.domain.staff import Seat


@dataclass(frozen=True, slots=True)
class Deed:
    """What one person did in one place, within the day."""

    agent: AgentId
    seat: Seat
    begins: datetime
    ends: datetime
    figures: Figures


@dataclass(frozen=True, slots=True)
class Standing:
    figures: Figures
    centres: Sequence[UnitLine]
    rooms: Sequence[UnitLine]
    teams: Sequence[UnitLine]
    people: Sequence[PersonLine]
    left_out: Sequence[LeftOut]


def standing(
    deeds: Sequence[Deed], names: Mapping[AgentId, str], left_out: Mapping[AgentId, str], least_seconds: float
) -> Standing:
    """Ranks go by sales an hour logged in, as published; who has the same rate has the same rank, and the next one is
    as many places further (1, 1, 3). A unit's rate is that of its sums, without people who are left out."""
    contest = _Contest(left_out, least_seconds)
    people = _people(deeds, names, contest)
    return Standing(
        figures=summed(one.figures for one in deeds),
        centres=_units(deeds, contest, lambda seat: (seat.centre, ""), lambda _: ""),
        rooms=_units(deeds, contest, lambda seat: (seat.room, seat.centre), lambda seat: seat.centre),
        teams=_units(
            deeds,
            contest,
            lambda seat: (seat.team, seat.centre),
            lambda seat: ", ".join(filter(None, (seat.room, seat.centre))),
        ),
        people=people,
        left_out=[LeftOut(one.agent, one.name, left_out[one.agent]) for one in people if one.agent in left_out],
    )


@dataclass(frozen=True, slots=True)
class _Contest:
    left_out: Mapping[AgentId, str]
    least_seconds: float

    def rate(self, deeds: Sequence[Deed]) -> tuple[float | None, str]:
        """Of those in the contest; and, without one, why."""
        counted = [one for one in deeds if one.agent not in self.left_out]
        if not counted:
            reasons = {self.left_out[one.agent] for one in deeds}
            return None, f"left out: {reasons.pop()}" if len(reasons) == 1 else "all are left out"
        rate = summed(one.figures for one in counted).rate(self.least_seconds)
        return rate, "" if rate is not None else f"under {self.least_seconds / 3600:g} h logged in"


def ranks(rates: Iterable[float | None]) -> list[int | None]:
    """Of each: 1 and how many have a higher rate; None: it has none."""
    given = list(rates)
    known = [rate for rate in given if rate is not None]
    return [None if rate is None else 1 + sum(other > rate for other in known) for rate in given]


def _people(deeds: Sequence[Deed], names: Mapping[AgentId, str], contest: _Contest) -> list[PersonLine]:
    by_agent: dict[AgentId, list[Deed]] = defaultdict(list)
    for deed in deeds:
        by_agent[deed.agent].append(deed)
    rated = {agent: contest.rate(own) for agent, own in by_agent.items()}
    places = dict(zip(rated, ranks(rate for rate, _ in rated.values()), strict=True))
    lines = [
        PersonLine(
            agent,
            names.get(agent, ""),
            places[agent],
            rated[agent][0],
            rated[agent][1],
            summed(one.figures for one in own),
            [
                StayLine(one.seat.team, one.seat.room, one.seat.centre, one.begins, one.ends, one.figures)
                for one in sorted(own, key=lambda one: one.begins)
            ],
        )
        for agent, own in by_agent.items()
    ]
    return sorted(lines, key=lambda one: (one.rank is None, one.rank or 0, one.agent))


def _units(
    deeds: Sequence[Deed],
    contest: _Contest,
    named: Callable[[Seat], tuple[str, str]],
    within: Callable[[Seat], str],
) -> list[UnitLine]:
    by_unit: dict[tuple[str, str], list[Deed]] = defaultdict(list)
    for deed in deeds:
        if named(deed.seat)[0]:
            by_unit[named(deed.seat)].append(deed)
    rated = {unit: contest.rate(own) for unit, own in by_unit.items()}
    places = dict(zip(rated, ranks(rate for rate, _ in rated.values()), strict=True))
    lines = [
        UnitLine(
            unit[0],
            " / ".join(sorted({within(one.seat) for one in own} - {""})),
            places[unit],
            rated[unit][0],
            rated[unit][1],
            len({one.agent for one in own}),
            summed(one.figures for one in own),
        )
        for unit, own in by_unit.items()
    ]
    return sorted(lines, key=lambda one: (one.rank is None, one.rank or 0, one.name, one.within))
