"""The picture of a pilot: what a call of each cell brings, with intervals, and where the effort goes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from dialer.commands.study_plot import checked_plot
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.engine.scoring.pilot import Estimate

_BLUE, _ORANGE = "#0072B2", "#E69F00"


def checked_picture(file: Path) -> Path:
    """The file if a picture can be written there; BadInput before anything is read."""
    return checked_plot(file, "--picture")


def draw(file: Path, title: str, learned: "Sequence[Estimate]", shares: Mapping[int, int]) -> None:
    """Best cell on top. BadInput when the file can't be written."""
    best_last = list(reversed(learned))
    places = np.arange(len(best_last))
    figure = Figure(figsize=(9, 1.8 + 0.28 * len(best_last)), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    middle = np.array([one.value_a_call for one in best_last])
    below = np.maximum(0, middle - [one.low for one in best_last])
    above = np.maximum(0, np.array([one.high for one in best_last]) - middle)
    left.errorbar(middle, places, xerr=(below, above), fmt="o", color=_BLUE, capsize=2)
    left.set_yticks(places, [f"{one.cell:03} ({one.calls:,} calls)" for one in best_last])
    left.set_xlabel("value a call, with its 95% interval")
    left.set_xlim(left=0)
    right.barh(places, [shares.get(one.cell, 0) for one in best_last], color=_ORANGE)
    right.set_xlabel("leads put first")
    try:
        figure.savefig(file, dpi=130)
    except OSError as error:
        raise BadInput(f"can't be written: {error.strerror}", f"--picture {file}") from error
