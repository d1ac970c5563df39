"""The picture of a campaign's coming week: leads that may be called, a row a day and a column an hour."""

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from dialer.commands.study_plot import checked_plot
from dialer.domain.errors import BadInput

if TYPE_CHECKING:
    from dialer.engine.outlook import Outlook

_NOBODY = "#eeeeee"
"""Of hours in which nobody may be called; white: hours that were not looked at."""


def checked_picture(file: Path) -> Path:
    """The file if a picture can be written there; BadInput before anything is read."""
    return checked_plot(file, "--picture")


def draw(file: Path, title: str, seen: "Outlook", zone: ZoneInfo) -> None:
    """BadInput when the file can't be written."""
    days = seen.by_day(zone)
    counts = np.array([[np.nan if one is None else one for one in hours] for hours in days.values()], dtype=float)
    figure = Figure(figsize=(11, 1.6 + 0.42 * len(days) + 0.28 * min(6, len(seen.blocked))), layout="constrained")
    axis = figure.add_subplot()
    colours = colormaps["YlGnBu"].with_extremes(under=_NOBODY)
    image = axis.imshow(counts, cmap=colours, vmin=0.5, vmax=max(1.0, float(np.nanmax(counts))), aspect="auto")
    axis.set_yticks(range(len(days)), list(days))
    axis.set_xticks(range(24), [f"{hour:02}" for hour in range(24)])
    axis.set_xlabel(f"hour in {zone.key}")
    axis.tick_params(length=0)
    for row, hours in enumerate(counts):
        for hour, count in enumerate(hours):
            if count > 0:
                shade = "white" if count > 0.6 * np.nanmax(counts) else "black"
                axis.text(hour, row, _short(count), ha="center", va="center", fontsize=7.5, color=shade)
    figure.colorbar(image, ax=axis, label="leads")
    reasons = ", ".join(f"{name} {count:,}" for name, count in seen.blocked.most_common(6))
    told = f"{seen.callable:,} of {seen.leads:,} leads may be called in the week"
    axis.set_title(f"{title}\n{told}" + (f"; blocked: {reasons}" if reasons else ""), loc="left", fontsize=10)
    try:
        figure.savefig(file, dpi=130)
    except OSError as error:
        raise BadInput(f"can't be written: {error.strerror}", f"--picture {file}") from error


def _short(count: float) -> str:
    return f"{count:,.0f}" if count < 10_000 else f"{count / 1000:,.0f}k"
