"""A picture for each day: what came in, what service it got, and what marketing did; ours beside the clairvoyant."""

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from benchmarks.switch.clairvoyant import CLAIRVOYANT
from benchmarks.switch.days import HOURS, OPENS_HOUR, SECONDS, day_named
from benchmarks.switch.floor import OFF, Floor
from benchmarks.switch.gates import RULE, Outcome, calls_judged, in_time
from benchmarks.switch.ours import OURS
from benchmarks.switch.results import Results

_CALLS, _RATE, _STEP, _OUTBOUND, _INBOUND = "#8a8a8a", "#0b6e4f", "#7fb69e", "#c1440e", "#5b8fc9"
_SHADE = "#efe3c2"
_TARGET = "black"
_STYLE = Path(__file__).parents[1] / "pacing" / "plots.mplstyle"
_MORE_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
_SLICE = 300
"""Seconds over which calls and agents are averaged."""
_RATE_SLICE = 900


def write(results: Results, folder: Path, *, png: bool) -> list[Path]:
    """A picture for each day as SVG, and as PNG too if asked; the paths of the SVGs."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with mpl.rc_context(fname=_STYLE):
        for day in results.days:
            shown = [
                each for policy in (OURS, CLAIRVOYANT) for each in results.of(day, policy) if each.floor is not None
            ]
            if not shown:
                continue
            figure = picture(shown)
            path = folder / f"{day}.svg"
            figure.savefig(path, metadata={"Date": None})
            path.write_text(_MORE_DECIMALS.sub(r"\1", path.read_text()))
            if png:
                figure.savefig(path.with_suffix(".png"), dpi=110)
            written.append(path)
    return written


def picture(shown: list[Outcome]) -> Figure:
    """A column for each outcome; all rows share their scales."""
    figure = Figure(figsize=(4.6 * len(shown) + 0.6, 6.0), layout="constrained")
    grid = figure.subplots(
        3, len(shown), squeeze=False, sharex=True, sharey="row", gridspec_kw={"height_ratios": [1, 1.5, 1.5]}
    )
    for column, found in enumerate(shown):
        floor = found.floor
        assert floor is not None
        calls, rate, agents = grid[:, column]
        _calls(calls, floor)
        _rate(rate, floor)
        _agents(agents, floor)
        for axis in (calls, rate, agents):
            _shade(axis, floor)
        calls.set_title(_title(found), loc="left", fontsize=9)
        agents.set_xticks(range(OPENS_HOUR, OPENS_HOUR + HOURS + 1, 2))
        agents.set_xlim(OPENS_HOUR, OPENS_HOUR + HOURS)
        agents.set_xlabel("time of day, h")
    grid[0, 0].set_ylabel("calls a minute")
    grid[1, 0].set_ylabel("answered in time, %")
    grid[2, 0].set_ylabel("agents talking")
    _legend(figure, [grid[0, 0], grid[1, 0], grid[2, 0]])
    figure.suptitle(f"{shown[0].day}: {day_named(shown[0].day).words}", fontsize=10, x=0.01, ha="left")
    return figure


def _title(found: Outcome) -> str:
    return f"{found.policy}: {100 * found.service_level:.1f}% in time, {found.outbound_hours:.1f} h of outbound talk"


def _calls(axis: Axes, floor: Floor) -> None:
    joined = floor.joined[floor.fate > 0]
    counts = np.bincount(joined[joined < SECONDS] // _SLICE, minlength=SECONDS // _SLICE)
    axis.fill_between(
        _hours(_SLICE), counts * 60.0 / _SLICE, color=_CALLS, alpha=0.5, linewidth=0, label="inbound calls"
    )
    axis.set_ylim(bottom=0)


def _rate(axis: Axes, floor: Floor) -> None:
    judged, good = calls_judged(floor), in_time(floor)
    slices = SECONDS // _RATE_SLICE
    tried, got = (_by_slice(floor, which, _RATE_SLICE, slices) for which in (judged, judged & good))
    with np.errstate(invalid="ignore"):
        axis.step(_hours(_RATE_SLICE), 100 * got / tried, where="mid", color=_STEP, linewidth=1.0,
                  label="service level, of each quarter of an hour")  # fmt: skip
    fine = [_by_slice(floor, which, 60, SECONDS // 60).cumsum() for which in (judged, judged & good)]
    with np.errstate(invalid="ignore"):
        axis.plot(_hours(60), 100 * fine[1] / fine[0], color=_RATE, linewidth=2.0, label="of the day so far")
    axis.axhline(100 * RULE.target, color=_TARGET, linewidth=1.0, linestyle="--", label="target")
    axis.set_ylim(0, 103)


def _agents(axis: Axes, floor: Floor) -> None:
    for column, colour, label in ((1, _INBOUND, "agents on inbound calls"), (2, _OUTBOUND, "agents on outbound calls")):
        mean = floor.series[:SECONDS, column].reshape(-1, _SLICE).mean(axis=1)
        axis.plot(_hours(_SLICE), mean, color=colour, linewidth=1.4, label=label)
    axis.set_ylim(bottom=0)


def _shade(axis: Axes, floor: Floor) -> None:
    """Where marketing was off."""
    off = np.concatenate(([0], floor.series[:SECONDS, 5] >= OFF, [0])).astype(np.int8)
    begins, ends = (np.flatnonzero(np.diff(off) == way) / 3600.0 + OPENS_HOUR for way in (1, -1))
    for begin, end in zip(begins, ends, strict=True):
        axis.axvspan(begin, end, color=_SHADE, linewidth=0, zorder=0)


def _legend(figure: Figure, axes: list[Axes]) -> None:
    both = [axis.get_legend_handles_labels() for axis in axes]
    handles = [each for found, _ in both for each in found] + [Patch(color=_SHADE)]
    labels = [each for _, found in both for each in found] + ["marketing off"]
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)


def _by_slice(floor: Floor, which: NDArray[np.bool_], seconds: int, slices: int) -> NDArray[np.float64]:
    counts = np.bincount(np.minimum(floor.joined[which] // seconds, slices - 1), minlength=slices)
    return counts.astype(np.float64)


def _hours(seconds: int) -> NDArray[np.float64]:
    """The middle of each slice, as hours of the day."""
    return np.asarray(OPENS_HOUR + (np.arange(SECONDS // seconds) + 0.5) * seconds / 3600.0, dtype=np.float64)
