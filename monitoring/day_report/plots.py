"""The report's plots, as SVG to stand in the page: the same figures are the same text."""

from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dialer.domain.day_report import DayReport, EffectLine, HourLine, UnitLine

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.typing import RcKeyType

_STYLE: "dict[RcKeyType, Any]" = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#8c959f",
    "svg.hashsalt": "paceline",
    "svg.fonttype": "none",
}
_WIDTH = 5.2
_LIGHT, _BLUE, _GREEN, _INK = "#c9d6e4", "#3b73af", "#1a7f4b", "#1b1f24"
_MOST = 20
"""Bars of a ranking: a plot of more can't be read; the table has all."""


def plots_of(report: DayReport) -> list[tuple[str, str]]:
    """Each with its heading; none of what there is nothing of."""
    with mpl.rc_context(_STYLE):
        made = [
            ("Calls by hour", _hours(report.hours)),
            *((f"{title}: sales an hour", _ranking(lines)) for title, lines in _units(report)),
            ("Effects: sales of 100 calls taken", _effects(report.effects)),
        ]
    return [(title, svg) for title, svg in made if svg]


def _units(report: DayReport) -> list[tuple[str, Sequence[UnitLine]]]:
    return [("Teams", report.teams), ("Rooms", report.rooms)]


def _hours(hours: Sequence[HourLine]) -> str:
    busy = [place for place, one in enumerate(hours) if one.attempts]
    if not busy:
        return ""
    shown = hours[max(0, busy[0] - 1) : busy[-1] + 2]
    figure, axis = _drawing(2.5)
    places = range(len(shown))
    axis.bar(places, [one.attempts for one in shown], 0.8, color=_LIGHT, label="attempts")
    axis.bar(places, [one.answered for one in shown], 0.8, color=_BLUE, label="taken by agents")
    axis.bar(places, [one.sales for one in shown], 0.8, color=_GREEN, label="sales")
    step = 1 if len(shown) <= 10 else 2
    axis.set_xticks(places[::step], [one.hour for one in shown][::step])
    axis.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axis.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0)
    return _svg(figure)


def _ranking(lines: Sequence[UnitLine]) -> str:
    ranked = [one for one in lines if one.rate is not None][:_MOST]
    if len(ranked) < 2:
        return ""
    figure, axis = _drawing(0.5 + 0.24 * len(ranked))
    rates = [one.rate or 0.0 for one in ranked]
    axis.barh(range(len(ranked)), rates, 0.7, color=_BLUE)
    axis.set_yticks(range(len(ranked)), [f"{one.rank}. {_short(one.name)}" for one in ranked])
    axis.invert_yaxis()
    for place, rate in enumerate(rates):
        axis.annotate(f"{rate:.2f}", (rate, place), xytext=(4, 0), textcoords="offset points", va="center", color=_INK)
    axis.set_xlim(0, max(*rates, 0.01) * 1.15)
    return _svg(figure)


def _effects(effects: Sequence[EffectLine]) -> str:
    known = [one for one in effects if one.low is not None][:_MOST]
    if not known:
        return ""
    figure, axis = _drawing(0.6 + 0.26 * len(known))
    for place, one in enumerate(known):
        axis.plot([100 * (one.low or 0), 100 * (one.high or 0)], [place, place], color=_BLUE, linewidth=2)
        axis.plot([100 * one.sales / one.answered], [place], "o", color=_BLUE, markersize=5)
    words = [f"{_short(one.segment)}, {_short(one.offer or one.campaign)}" for one in known]
    axis.set_yticks(range(len(known)), words)
    axis.set_ylim(len(known) - 0.5, -0.5)
    axis.set_xlim(left=0)
    axis.grid(axis="x", color="#e6e6e6", linewidth=0.6)
    axis.set_xlabel("with the 95% interval")
    return _svg(figure)


def _drawing(height: float) -> "tuple[Figure, Axes]":
    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axis = figure.add_subplot()
    axis.tick_params(length=0)
    return figure, axis


def _short(name: str) -> str:
    # a dollar sign would begin a formula
    plain = name.replace("$", r"\$")
    return plain if len(plain) <= 24 else f"{plain[:23]}…"


def _svg(figure: Figure) -> str:
    """Without the head of a file of its own, which names the day on which it was made."""
    out = StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return out.getvalue()[out.getvalue().index("<svg") :]
