"""What a simulation is told by: a row a setting, and the same as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pacing.simulator.interval import Interval
from pacing.simulator.recorded import RecordedFigures
from pacing.simulator.study import Compared

COLUMNS = ("setting", "list", "occupancy", "abandoned", "95%_interval", "cap", "talk_hours", "dialed")
_INBOUND = "inbound_in_time"


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, the means of its runs; shares 0 to 1."""

    setting: str
    rule: str
    level: float
    runs: int
    hours_to_finish: float | None
    reached_share: float | None
    """Of the list; None when there is no list."""
    hours_to_most: float | None
    """Until nine tenths of those reached at all were."""
    occupancy: Interval | None
    abandoned_ratio: Interval
    cap: float
    verdict: str
    live_answers: float
    dialed: float
    talk_hours: float
    worked_hours: float
    days_judged: int
    days_over: int
    worst_day: float | None
    inbound_in_time: float | None


def row_of(name: str, compared: Compared) -> Row:
    results, cap = compared.results, compared.setting.plan.cap
    return Row(
        setting=name,
        rule=str(compared.setting.rule),
        level=compared.setting.level,
        runs=len(results),
        hours_to_finish=compared.hours_to_finish,
        reached_share=compared.mean(lambda result: result.reached_share),
        hours_to_most=compared.mean(lambda result: result.hours_to_most),
        occupancy=compared.occupancy,
        abandoned_ratio=compared.abandoned_ratio,
        cap=cap,
        verdict=verdict(compared.abandoned_ratio, cap),
        live_answers=compared.mean(lambda result: result.live_answers) or 0.0,
        dialed=compared.mean(lambda result: result.dialed) or 0.0,
        talk_hours=compared.mean(lambda result: result.talk_hours) or 0.0,
        worked_hours=compared.mean(lambda result: result.worked_hours) or 0.0,
        days_judged=sum(result.days_judged for result in results),
        days_over=sum(result.days_over for result in results),
        worst_day=max((one.worst_day for one in results if one.worst_day is not None), default=None),
        inbound_in_time=compared.mean(lambda result: result.inbound_in_time),
    )


def row_of_recording(figures: RecordedFigures, rule: str, level: float, cap: float) -> Row:
    occupancy = figures.occupancy
    return Row(
        setting="recorded",
        rule=rule,
        level=level,
        runs=1,
        hours_to_finish=None,
        reached_share=None,
        hours_to_most=None,
        occupancy=None if occupancy is None else Interval(occupancy, occupancy, occupancy),
        abandoned_ratio=figures.abandoned_ratio,
        cap=cap,
        verdict=verdict(figures.abandoned_ratio, cap),
        live_answers=figures.live_answers,
        dialed=figures.dialed,
        talk_hours=figures.talk_hours,
        worked_hours=figures.worked_hours,
        days_judged=0,
        days_over=0,
        worst_day=None,
        inbound_in_time=None,
    )


def verdict(ratio: Interval, cap: float) -> str:
    """What the whole interval says of the cap; "unsure" when it lies on both sides."""
    if ratio.high <= cap:
        return "kept"
    return "broken" if ratio.low > cap else "unsure"


def columns_and_lines(rows: Sequence[Row]) -> tuple[tuple[str, ...], list[list[str]]]:
    """The table's header and cells; inbound calls have a column when there were any."""
    lines = [_line(row) for row in rows]
    if all(row.inbound_in_time is None for row in rows):
        return COLUMNS, lines
    for row, line in zip(rows, lines, strict=True):
        line.append("-" if row.inbound_in_time is None else percent(row.inbound_in_time))
    return (*COLUMNS, _INBOUND), lines


def _line(row: Row) -> list[str]:
    ratio = row.abandoned_ratio
    days = f", {row.days_over} of {row.days_judged} days over" if row.days_over else ""
    return [
        row.setting,
        _list(row),
        "-" if row.occupancy is None else percent(row.occupancy.value),
        f"{100 * ratio.value:.2f}%",
        f"{100 * ratio.low:.2f}-{100 * ratio.high:.2f}%",
        f"{100 * row.cap:g}% {row.verdict}{days}",
        f"{row.talk_hours:.1f}",
        f"{row.dialed:,.0f}",
    ]


def _list(row: Row) -> str:
    if row.reached_share is None:
        return "-"
    most = "" if row.hours_to_most is None else f", most by {row.hours_to_most:.1f} h"
    reached = f"{100 * row.reached_share:.0f}% reached{most}"
    return f"unfinished: {reached}" if row.hours_to_finish is None else f"{row.hours_to_finish:.1f} h: {reached}"


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Every field of every row, by its own name; intervals as value, low and high."""
    return [asdict(row) for row in rows]
