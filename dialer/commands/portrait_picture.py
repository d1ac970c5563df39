"""The picture of a portrait: by how much buyers differ, attribute by attribute."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from dialer.commands.study_plot import checked_plot
from dialer.domain.errors import BadInput

_MATTERS, _NOT = "#0072B2", "#bbbbbb"
MOST_ROWS = 20


def checked_picture(file: Path) -> Path:
    """The file if a picture can be written there; BadInput before anything is asked."""
    return checked_plot(file, "--picture")


def draw(file: Path, title: str, found: Sequence[Mapping[str, Any]]) -> None:
    """BadInput when the file can't be written."""
    shares = [one for one in found if one["answer"]][:MOST_ROWS]
    means = [one for one in found if not one["answer"]][:MOST_ROWS]
    figure = Figure(figsize=(9.5, 1.8 + 0.32 * (len(shares) + len(means))), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    heights = [max(1, len(shares)), max(1, len(means))]
    top, below = figure.subplots(2, 1, height_ratios=heights)
    _bars(top, shares, [(one["buyers"] - one["others"]) * 100 for one in shares], "difference of shares, points")
    for place, one in enumerate(shares):
        top.plot([one["low"] * 100, one["high"] * 100], [place, place], color="black", linewidth=1)
    _bars(below, means, [one["effect"] for one in means], "difference of means, in standard deviations (d)")
    try:
        figure.savefig(file, dpi=130)
    except OSError as error:
        raise BadInput(f"can't be written: {error.strerror}", f"--picture {file}") from error


def _bars(axis: Any, rows: Sequence[Mapping[str, Any]], lengths: Sequence[float], label: str) -> None:
    colours = [_MATTERS if one["matters"] else _NOT for one in rows]
    axis.barh(range(len(rows)), lengths, color=colours, height=0.7)
    axis.set_yticks(range(len(rows)), [f"{one['attribute']} {one['answer']}".strip() for one in rows])
    axis.invert_yaxis()
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_xlabel(f"{label}; blue: matters")
