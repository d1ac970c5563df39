"""The pictures of docs/pacing.md. Each is left out when its cells were not run."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from benchmarks.pacing.cells import DRIFT, LEADS_KNOWN, LEADS_MEAN, LEADS_SCORED, SHOCK, STEADY, Cell
from benchmarks.pacing.measure import CAP
from benchmarks.pacing.results import Result, Results
from benchmarks.pacing.rules import CONTENDERS, OURS, TOLD
from benchmarks.pacing.trace import trace

_COLOURS = {
    OURS: "#0b6e4f",
    TOLD: "#7fb69e",
    "progressive": "#8a8a8a",
    "vicidial-hard-limit": "#c1440e",
    "vicidial-average": "#e08e45",
    "vicidial-tapered": "#f2c14e",
    "issabel": "#7b4f9d",
    "power-1.5": "#a8c5e8",
    "power-2": "#5b8fc9",
    "power-3": "#1f4e8c",
    "replay": "#d1799f",
}
_BROKEN = "#c1440e"
_MORE_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
"""Beyond a hundredth of a point nobody sees the difference, and the files are half as long."""
_STYLE = Path(__file__).with_name("plots.mplstyle")


def write(results: Results, folder: Path, *, png: bool) -> list[Path]:
    """The pictures as SVG, and as PNG too if asked; the paths of the SVGs."""
    pictures: dict[str, Callable[[Results], Figure | None]] = {
        "steady": steady,
        "moving": moving,
        "abandoned": abandoned,
        "shock-day": shock_day,
        "leads": leads,
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with mpl.rc_context(fname=_STYLE):
        for name, draw in pictures.items():
            figure = draw(results)
            if figure is None:
                continue
            path = folder / f"{name}.svg"
            figure.savefig(path, metadata={"Date": None})
            path.write_text(_MORE_DECIMALS.sub(r"\1", path.read_text()))
            if png:
                figure.savefig(path.with_suffix(".png"), dpi=110)
            written.append(path)
    return written


def steady(results: Results) -> Figure | None:
    """Occupancy against team size, an axes for each p; hollow where a window was over the cap."""
    found = _by_probability(results, STEADY)
    if not found:
        return None
    figure, axes = _row(len(found), 4.0)
    for axis, (p, cells) in zip(axes, found, strict=True):
        optimum = [
            (cell.agents, results.optima[cell.agents, p]) for cell in cells if (cell.agents, p) in results.optima
        ]
        axis.plot(*_pairs(optimum), color="black", linewidth=1.2, label="optimum", zorder=5)
        for rule in CONTENDERS:
            if rule != TOLD:
                _line(
                    axis,
                    rule,
                    [r for cell in cells if (r := results.of(rule, cell))],
                    lambda r: r.figures.occupancy.value,
                )
        _by_agents(axis, cells, f"p = {p:g}")
        axis.set_ylim(top=1.0)
    axes[0].set_ylabel("occupancy, steady p")
    _legend(figure, axes[0])
    return figure


def moving(results: Results) -> Figure | None:
    """Points of occupancy above the rule that is told the true p, where p moves."""
    found = [(scenario, p, cells) for scenario in (DRIFT, SHOCK) for p, cells in _by_probability(results, scenario)]
    found = [entry for entry in found if any(results.of(TOLD, cell) for cell in entry[2])]
    if not found:
        return None
    figure, axes = _row(len(found), 3.8, columns=min(3, len(found)))
    for axis, (scenario, p, cells) in zip(axes, found, strict=False):
        axis.axhline(0.0, color="black", linewidth=1.2, label="told the true p", zorder=5)
        for rule in CONTENDERS:
            if rule != TOLD:
                _line(
                    axis, rule, [r for cell in cells if (r := results.of(rule, cell))], lambda r: 100 * (r.gap or 0.0)
                )
        _by_agents(axis, cells, f"{scenario}, p = {p:g}")
    for axis in axes[:: min(3, len(found))]:
        axis.set_ylabel("occupancy above told-truth, points")
    _legend(figure, axes[0])
    return figure


def abandoned(results: Results) -> Figure | None:
    """Abandoned ratio of each rule, a dot a cell, beside the cap."""
    scenarios = [s for s in (STEADY, DRIFT, SHOCK) if any(cell.scenario == s for cell in results.cells)]
    if not scenarios:
        return None
    figure, axes = _row(len(scenarios), 3.8)
    names = [rule for rule in CONTENDERS if any(results.of(rule, cell) for cell in results.cells)]
    for axis, scenario in zip(axes, scenarios, strict=True):
        axis.axvline(100 * CAP, color=_BROKEN, linewidth=1.2)
        for at, rule in enumerate(reversed(names)):
            found = [r for cell in results.cells if cell.scenario == scenario and (r := results.of(rule, cell))]
            for agents in sorted({r.cell.agents for r in found}):
                ratios = [100 * r.figures.abandoned_ratio.value for r in found if r.cell.agents == agents]
                size, rows = 2.0 + 0.5 * agents**0.5, [at] * len(ratios)
                axis.plot(ratios, rows, "o", markersize=size, color=_COLOURS[rule], alpha=0.6, markeredgewidth=0.0)
        axis.set_xscale("symlog", linthresh=3.0, linscale=1.2)
        axis.set_xlim(-0.15, 100.0)
        axis.set_xticks([0, 1, 2, 3, 10, 30, 100], ["0", "1", "2", "3", "10", "30", "100"])
        axis.set_title(scenario, loc="left", fontsize=9)
        axis.set_yticks(range(len(names)), list(reversed(names)) if axis is axes[0] else [""] * len(names))
        axis.set_xlabel("abandoned, % of live answers")
    figure.supxlabel("a dot a cell: the more agents, the bigger", fontsize=8, color="#555555")
    axes[0].annotate("cap", (100 * CAP, len(names) - 0.45), color=_BROKEN, ha="center", annotation_clip=False)
    return figure


def shock_day(results: Results) -> Figure | None:
    """A day of ours at N = 50 or the team nearest to it: what p is and is believed to be, the knob, the ratio."""
    cells = [cell for cell in results.cells if cell.scenario == SHOCK and results.of(OURS, cell)]
    if not cells:
        return None
    cell = min(cells, key=lambda cell: (abs(cell.agents - 50), abs(cell.answer_probability - 0.3)))
    day = trace(cell, seed=1)
    figure, axes = _row(4, 1.45, columns=1, width=8.0)
    axes[0].step(day.hours, day.true, where="post", color="black", linewidth=1.2, label="true")
    axes[0].plot(day.hours, day.believed, color=_COLOURS[OURS], linewidth=1.0, label="believed")
    axes[0].set_ylabel("p")
    axes[0].legend(loc="upper right", ncols=2, bbox_to_anchor=(1.0, 1.3))
    axes[1].plot(day.hours, day.knob, color=_COLOURS[OURS], linewidth=1.0)
    axes[1].set_ylabel("knob k")
    axes[2].plot(day.hours, day.occupancy, color=_COLOURS[OURS], linewidth=1.0)
    axes[2].set_ylabel("occupancy,\n10 min")
    axes[2].set_ylim(0.5, 1.02)
    axes[3].axhline(100 * CAP, color=_BROKEN, linewidth=1.0, label="cap")
    axes[3].plot(day.hours, day.abandoned, color=_COLOURS[OURS], linewidth=1.2, label="day so far")
    axes[3].plot(day.hours, day.aimed, color="#8a8a8a", linewidth=0.8, label="aimed at from here on")
    axes[3].set_ylabel("abandoned, %")
    axes[3].set_ylim(0.0, 100 * CAP * 1.9)
    axes[3].set_xlabel("hours since the start of the campaign")
    axes[3].legend(loc="upper right", ncols=3)
    for axis in axes:
        axis.set_xlim(0.0, float(day.hours[-1]))
        for begin, end in day.shocks:
            axis.axvspan(begin, end, color="#f3ece0", linewidth=0, zorder=0)
    axes[0].set_title(
        f"A day of shocks: N = {cell.agents}, base p = {cell.answer_probability:g}", loc="left", fontsize=9
    )
    return figure


def leads(results: Results) -> Figure | None:
    """Points of ours above the optimum that knows only the mean, by what is known of each lead."""
    known = ((LEADS_KNOWN, "known", "-"), (LEADS_SCORED, "scored", "--"), (LEADS_MEAN, "only the mean", ":"))
    probabilities = sorted({c.answer_probability for c in results.cells if c.scenario.startswith("leads")})
    if not probabilities:
        return None
    figure, axes = _row(len(probabilities), 3.4)
    for axis, p in zip(axes, probabilities, strict=True):
        cells = [c for c in results.cells if c.answer_probability == p and c.scenario.startswith("leads")]
        axis.axhline(0.0, color="black", linewidth=1.2, label="optimum that knows the mean")
        for scenario, label, dashes in known:
            found = [r for c in cells if c.scenario == scenario and (r := results.of(OURS, c)) and r.gap is not None]
            points = [(r.cell.agents, 100 * (r.gap or 0.0)) for r in found]
            axis.plot(
                *_pairs(points), dashes, color=_COLOURS[OURS], marker="o", markersize=3.5, label=f"ours, p {label}"
            )
        _by_agents(axis, cells, f"p = {p:g}")
    axes[0].set_ylabel("occupancy above the optimum, points")
    _legend(figure, axes[0])
    return figure


def _line(axis: Axes, rule: str, found: Sequence[Result], value: Callable[[Result], float]) -> None:
    colour, ours = _COLOURS[rule], rule == OURS
    points = [(result.cell.agents, value(result)) for result in found]
    width, dashes = (2.0 if ours else 0.9), ("--" if rule == "vicidial-average" else "-")
    axis.plot(*_pairs(points), dashes, color=colour, linewidth=width, label=rule, zorder=6 if ours else 3)
    for broken in (False, True):
        dots = [
            point for result, point in zip(found, points, strict=True) if (result.figures.windows_over > 0) == broken
        ]
        face, size, above = "white" if broken else colour, 4.5 if ours else 3.5, 7 if ours else 4
        axis.plot(*_pairs(dots), "o", color=colour, markerfacecolor=face, markersize=size, zorder=above)


def _by_agents(axis: Axes, cells: Sequence[Cell], title: str) -> None:
    sizes = sorted({cell.agents for cell in cells})
    axis.set_xscale("log")
    axis.set_xticks(sizes, [str(n) for n in sizes])
    axis.minorticks_off()
    axis.set_xlabel("agents")
    axis.set_title(title, loc="left", fontsize=9)


def _by_probability(results: Results, scenario: str) -> list[tuple[float, list[Cell]]]:
    cells = [cell for cell in results.cells if cell.scenario == scenario]
    return [(p, [c for c in cells if c.answer_probability == p]) for p in sorted({c.answer_probability for c in cells})]


def _row(count: int, height: float, *, columns: int = 0, width: float = 0.0) -> tuple[Figure, list[Axes]]:
    columns = columns or count
    rows = -(-count // columns)
    figure = Figure(figsize=(width or max(5.5, 3.4 * columns), height * rows), layout="constrained")
    axes: list[Axes] = list(figure.subplots(rows, columns, squeeze=False, sharex=columns == 1 and rows > 1).flat)
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, axes


def _legend(figure: Figure, axis: Axes) -> None:
    handles, labels = axis.get_legend_handles_labels()
    if any(line.get_markerfacecolor() == "white" for each in figure.axes for line in each.get_lines()):
        handles.append(
            Line2D([], [], marker="o", color="#555555", markerfacecolor="white", markersize=4.5, linewidth=0)
        )
        labels.append("a window over the cap")
    columns = max(2, int(figure.get_size_inches()[0] / 1.6))
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=8)


def _pairs(points: Sequence[tuple[int, float]]) -> tuple[list[int], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
