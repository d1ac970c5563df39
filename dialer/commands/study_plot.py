"""The picture of a simulation: settings side by side, and a day of the first one."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from dialer.commands.plan_file import clock
from dialer.commands.study_table import Row
from dialer.domain.errors import BadInput
from pacing.simulator.interval import Interval
from pacing.simulator.study import ABANDONED_SO_FAR, BUSY, LINES, LIVE_SO_FAR, SECONDS, WORKING, Compared

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pacing.answer_rate import Floats

ENDINGS = (".png", ".svg")
# Okabe and Ito's palette: told apart by colour-blind readers too
_BLUE, _ORANGE, _RED, _GREEN, _GREY = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#666666"
_STYLE: Any = {
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "svg.fonttype": "none",
}
_SMOOTH_MINUTES = 5
_LABEL_LETTERS = 26


def checked_plot(file: Path, option: str = "--plot") -> Path:
    """The file if a picture can be written there; BadInput before anything is simulated."""
    if file.suffix.lower() not in ENDINGS:
        raise BadInput(f"must end in {' or '.join(ENDINGS)}", f"{option} {file}")
    if file.is_dir() or not file.absolute().parent.is_dir():
        raise BadInput("is a folder" if file.is_dir() else "its folder is not there", f"{option} {file}")
    return file


def draw(file: Path, title: str, rows: Sequence[Row], first: Compared, opens_at: float) -> None:
    """BadInput when the file can't be written. `opens_at`: second 0 as a time of day, hours."""
    with rc_context(_STYLE):
        above = 0.9 + 0.3 * len(rows)
        picture = Figure(figsize=(10.5, above + 5.0), layout="constrained")
        grid = picture.add_gridspec(2, 1, height_ratios=(above + 0.4, 4.6))
        top, below = picture.add_subfigure(grid[0]), picture.add_subfigure(grid[1])
        picture.suptitle(title, x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        left, right = top.subplots(1, 2, sharey=True)
        draw_occupancy(left, rows)
        draw_abandonment(right, rows)
        floor, answers = below.subplots(2, 1, sharex=True, height_ratios=(1.7, 1.0))
        draw_day(floor, answers, rows_of_first(rows, first), first, opens_at)
        try:
            picture.savefig(file, dpi=130)
        except OSError as error:
            raise BadInput(f"can't be written: {error.strerror}", f"--plot {file}") from error


def rows_of_first(rows: Sequence[Row], first: Compared) -> str:
    """The name under which the setting that is drawn by time stands in the table."""
    rule = str(first.setting.rule)
    return next((row.setting for row in rows if row.rule == rule and row.setting != "recorded"), rule)


def draw_occupancy(axes: "Axes", rows: Sequence[Row]) -> None:
    for place, row in enumerate(rows):
        if row.occupancy is not None:
            _dot(axes, place, row.occupancy, _GREEN if row.setting == "recorded" else _BLUE)
    axes.set_title("Occupancy of agents")
    axes.set_yticks(range(len(rows)), [fill(row.setting, _LABEL_LETTERS) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    values = [row.occupancy for row in rows if row.occupancy is not None]
    low = min((one.low for one in values), default=0.0)
    high = max((one.high for one in values), default=1.0)
    axes.set_xlim(max(0.0, low - 0.02 - 0.1 * (high - low)), min(1.005, high + 0.03 + 0.25 * (high - low)))
    _as_percent(axes)


def draw_abandonment(axes: "Axes", rows: Sequence[Row]) -> None:
    colours = {"kept": _BLUE, "unsure": _ORANGE, "broken": _RED}
    for place, row in enumerate(rows):
        _dot(axes, place, row.abandoned_ratio, colours[row.verdict], decimals=2)
    caps = sorted({row.cap for row in rows})
    for cap in caps:
        axes.axvline(cap, color=_RED, linewidth=1.2, linestyle="--", zorder=1)
        axes.annotate(
            f"cap {100 * cap:g}%", (cap, 1.0), xycoords=("data", "axes fraction"), xytext=(3, -1),
            textcoords="offset points", color=_RED, va="top", fontsize=8.5,
        )  # fmt: skip
    axes.set_title("Abandoned of live answers, 95% interval")
    seen = [row.abandoned_ratio.high for row in rows if row.live_answers > 0]
    axes.set_xlim(0.0, 1.25 * max([*seen, caps[-1], 0.001]))
    axes.tick_params(axis="y", length=0)
    _as_percent(axes)


def draw_day(floor: "Axes", answers: "Axes", name: str, first: Compared, opens_at: float) -> None:
    """The first seed's day as it went, lines and agents smoothed over five minutes, and the ratio so far."""
    series = first.results[0].series
    day_hours = first.setting.plan.day_hours
    days_long = first.setting.plan.hours > 1.01 * day_hours
    if not len(series):
        return
    hours = (0.0 if days_long else opens_at) + series[:, SECONDS] / 3600.0
    floor.fill_between(hours, series[:, WORKING], color="#DDDDDD", step="post", label="agents on the floor")
    floor.plot(hours, _smooth(series[:, BUSY]), color=_BLUE, label="agents talking or wrapping up")
    floor.plot(hours, _smooth(series[:, LINES]), color=_ORANGE, linewidth=1.1, label="lines ringing")
    floor.set_title(f"One run of {name}: lines and agents, means of {_SMOOTH_MINUTES} minutes")
    floor.set_ylim(bottom=0)
    floor.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    floor.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8.5)
    _draw_ratio(answers, hours, series, first.setting.plan.cap)
    _mark_time(floor, answers, hours, 0.0 if days_long else opens_at, day_hours)


def _mark_time(floor: "Axes", answers: "Axes", hours: "Floats", opens_at: float, day_hours: float) -> None:
    """The axis below: times of day of one day (`opens_at` not 0), or hours of work over several."""
    first, last = float(hours[0]), max(float(hours[-1]), float(hours[0]) + 0.1)
    answers.set_xlim(first, last)
    if last - first > 0.5:
        steps = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0)
        step = next((step for step in steps if (last - first) / step <= 14), (last - first) / 10)
        answers.xaxis.set_major_locator(MultipleLocator(step))
    if opens_at > 0.0:
        answers.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: clock(60.0 * hour + 1e-6)))
        answers.set_xlabel("time of day")
        return
    for day in np.arange(day_hours, last, day_hours):
        for axes in (floor, answers):
            axes.axvline(float(day), color=_GREY, linewidth=0.8, linestyle=":")
    answers.set_xlabel("hours of work" + ("; a dotted line begins a day" if last > day_hours else ""))


def _draw_ratio(axes: "Axes", hours: "Floats", series: "Floats", cap: float) -> None:
    live, abandoned = series[:, LIVE_SO_FAR], series[:, ABANDONED_SO_FAR]
    ratio = np.where(live >= 50, abandoned / np.maximum(live, 1.0), np.nan)
    axes.plot(hours, ratio, color=_RED, label="abandoned so far")
    axes.axhline(cap, color=_RED, linewidth=1.2, linestyle="--", label=f"cap {100 * cap:g}%")
    axes.set_title("Abandoned of live answers so far, from the 50th answer on")
    axes.set_ylim(0.0, 1.3 * max(cap, float(np.nanmax(ratio)) if np.isfinite(ratio).any() else 0.0, 0.001))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8.5)


def _dot(axes: "Axes", place: int, interval: Interval, colour: str, decimals: int = 1) -> None:
    axes.plot([interval.low, interval.high], [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
    axes.plot([interval.value], [place], "o", color=colour, markersize=6)
    axes.annotate(
        f"{100 * interval.value:.{decimals}f}%", (interval.high, place), xytext=(7, 0),
        textcoords="offset points", va="center", fontsize=9, color=colour,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6},
    )  # fmt: skip


def _as_percent(axes: "Axes") -> None:
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    axes.grid(axis="x", color="#EEEEEE", zorder=0)
    axes.set_axisbelow(True)


def _smooth(values: "Floats") -> "Floats":
    kernel = np.ones(min(_SMOOTH_MINUTES, len(values)))
    return np.convolve(values, kernel, mode="same") / np.convolve(np.ones(len(values)), kernel, mode="same")
