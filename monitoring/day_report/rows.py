"""A report as tables of plain values: what its CSV and its workbook hold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dialer.domain.day_report import Counts, DayReport, Figures, UnitLine

Cell = str | int | float | None
Row = Mapping[str, Cell]
FIGURES = (
    "answered",
    "talk_seconds",
    "sales",
    "call_backs",
    "refused",
    "conversion",
    "logged_in_seconds",
    "working_seconds",
    "occupancy",
)
COUNTS = ("attempts", "rang", "live_answers", "abandoned", "machines")
_CONTEST = ("rank", "unranked", "sales_an_hour")


@dataclass(frozen=True, slots=True)
class Table:
    level: str
    """What a row is about."""
    title: str
    columns: Sequence[str]
    rows: Sequence[Row]


def tables_of(report: DayReport) -> list[Table]:
    return [
        Table("day", "Day", ("day", "zone", "so_far", *COUNTS, *FIGURES), [_day(report)]),
        *(
            Table(level, title, ("name", "within", *_CONTEST, "people", *FIGURES), [_unit(one) for one in lines])
            for level, title, lines in (
                ("centre", "Centres", report.centres),
                ("room", "Rooms", report.rooms),
                ("team", "Teams", report.teams),
            )
        ),
        Table("person", "People", ("agent", "name", *_CONTEST, *FIGURES), list(_people(report))),
        Table(
            "stay", "Places", ("agent", "name", "team", "room", "centre", "begins", "ends", *FIGURES), _stays(report)
        ),
        Table(
            "left_out",
            "Left out",
            ("agent", "name", "reason"),
            [{"agent": one.agent, "name": one.name, "reason": one.reason} for one in report.left_out],
        ),
        Table(
            "campaign",
            "Campaigns",
            ("campaign", *COUNTS, *FIGURES[:6]),
            [{"campaign": one.campaign, **_counts(one.counts)} for one in report.campaigns],
        ),
        Table(
            "hour",
            "Hours",
            ("hour", "attempts", "answered", "sales"),
            [
                {"hour": one.hour, "attempts": one.attempts, "answered": one.answered, "sales": one.sales}
                for one in report.hours
            ],
        ),
        Table(
            "effect", "Effects", ("segment", "campaign", "offer", "answered", "sales", "low", "high"), _effects(report)
        ),
    ]


def _day(report: DayReport) -> Row:
    so_far = "" if report.so_far is None else _written(report.so_far, report)
    head = {"day": report.day.isoformat(), "zone": report.zone, "so_far": so_far}
    return {**head, **_counts(report.counts), **_figures(report.figures)}


def _counts(counts: Counts) -> Row:
    return {**{name: getattr(counts, name) for name in COUNTS}, **_figures(counts.figures)}


def _figures(figures: Figures) -> Row:
    return {name: _digits(getattr(figures, name)) for name in FIGURES}


def _digits(value: float | None) -> float | None:
    return round(value, 4) if isinstance(value, float) else value


def _unit(one: UnitLine) -> Row:
    contest = {"rank": one.rank, "unranked": one.unranked, "sales_an_hour": one.rate}
    return {"name": one.name, "within": one.within, **contest, "people": one.people, **_figures(one.figures)}


def _people(report: DayReport) -> Iterator[Row]:
    for one in report.people:
        contest = {"rank": one.rank, "unranked": one.unranked, "sales_an_hour": one.rate}
        yield {"agent": one.agent, "name": one.name, **contest, **_figures(one.figures)}


def _stays(report: DayReport) -> list[Row]:
    return [
        {
            "agent": one.agent,
            "name": one.name,
            "team": stay.team,
            "room": stay.room,
            "centre": stay.centre,
            "begins": _written(stay.begins, report),
            "ends": _written(stay.ends, report),
            **_figures(stay.figures),
        }
        for one in report.people
        for stay in one.stays
    ]


def _effects(report: DayReport) -> list[Row]:
    return [
        {
            "segment": one.segment,
            "campaign": one.campaign,
            "offer": one.offer,
            "answered": one.answered,
            "sales": one.sales,
            "low": _digits(one.low),
            "high": _digits(one.high),
        }
        for one in report.effects
    ]


def _written(at: datetime, report: DayReport) -> str:
    return at.astimezone(ZoneInfo(report.zone)).isoformat(timespec="seconds")
