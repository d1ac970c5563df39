"""The Markdown tables of docs/pacing.md, between their markers."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from benchmarks.pacing.cells import LEADS_SCORED, MOVING, Cell
from benchmarks.pacing.goals import Goal, goals
from benchmarks.pacing.measure import CAP, Estimate
from benchmarks.pacing.results import Result, Results
from benchmarks.pacing.rules import CONTENDERS, OPTIMUM, OURS
from benchmarks.pacing.scenarios import score_noise

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_MISSES_SHOWN = 12


def write(page: Path, results: Results, date: str) -> None:
    """Replace what stands between the markers of a page. Raises ValueError for a page without them."""
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page}: has no {BEGIN} followed by {END}")
    page.write_text(f"{before}{BEGIN}\n{tables(results, date)}\n{END}{after}")


def tables(results: Results, date: str) -> str:
    parts = [
        f"Made by `make bench-pacing` on {date}: {len(results.runs):,} runs. Cap {CAP:.0%}, limit 2 s. A day is 8 h;"
        " one with 1,000 live answers is judged as a window of 24 h, and each run whole as its window of 30 days"
        f" ({_lengths(results.cells)}).",
        *_scores(results.cells),
        "### What was to be reached",
        table(("goal", "cells", "held", "missed in"), [_goal(goal) for goal in goals(results)]),
        "### Side by side",
        "Occupancy, and below it abandoned calls, % of live answers. **In bold** a rule with a window over the cap: `+`"
        " and by how many points its worst one is over.",
    ]
    for scenario, p in dict.fromkeys((cell.scenario, cell.answer_probability) for cell in results.cells):
        cells = [cell for cell in results.cells if (cell.scenario, cell.answer_probability) == (scenario, p)]
        parts += [f"**{scenario}, p = {p:g}**", _side_by_side(results, cells)]
    parts += ["### Ours in full", "Intervals are 95% over the runs."]
    for scenario in dict.fromkeys(cell.scenario for cell in results.cells):
        ours = [results.of(OURS, cell) for cell in results.cells if cell.scenario == scenario]
        parts += [f"**{scenario}**", _in_full([result for result in ours if result is not None], scenario)]
    return "\n\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))


def _lengths(cells: Iterable[Cell]) -> str:
    days = {cell.agents: cell.days for cell in cells}
    return "; ".join(f"N = {n}: {days[n]:g} day{'s' * (days[n] != 1)}" for n in sorted(days))


def _scores(cells: Iterable[Cell]) -> Iterator[str]:
    shown = []
    for p in sorted({cell.answer_probability for cell in cells if cell.scenario == LEADS_SCORED}):
        noise, area = score_noise(p)
        why = f"noise {noise:.2f}" if noise > 0.0 else "no noise: even the lead's own p tells no more"
        shown.append(f"p = {p:g}: {area:.3f} ({why})")
    if shown:
        yield f"Area under the curve of `{LEADS_SCORED}`'s scores: {'; '.join(shown)}. Noise is in log-odds."


def _goal(goal: Goal) -> tuple[str, ...]:
    more = len(goal.missed) - _MISSES_SHOWN
    shown = [*goal.missed[:_MISSES_SHOWN], *([f"and {more} more"] if more > 0 else [])]
    held = goal.judged - len({text.partition(":")[0] for text in goal.missed})
    return goal.name, str(goal.judged), str(held), "<br>".join(shown) or "none"


def _side_by_side(results: Results, cells: Sequence[Cell]) -> str:
    rows = []
    if cells[0].scenario not in MOVING:
        optima = [results.optima.get((cell.agents, cell.answer_probability)) for cell in cells]
        rows.append((OPTIMUM, *(_share(value) for value in optima)))
    for rule in CONTENDERS:
        found = [results.of(rule, cell) for cell in cells]
        if any(found):
            rows.append((rule, *(_short(result) for result in found)))
    return table(("rule", *(f"N = {cell.agents}" for cell in cells)), rows)


def _short(result: Result | None) -> str:
    if result is None:
        return ""
    figures = result.figures
    text = f"{_share(figures.occupancy.value)}<br>{100 * figures.abandoned_ratio.value:.2f}"
    return f"**{text} (+{100 * figures.over_by:.2f})**" if figures.windows_over else text


def _in_full(ours: Sequence[Result], scenario: str) -> str:
    yardstick = "told-truth" if scenario in MOVING else OPTIMUM
    head = (
        "p", "N", "occupancy", yardstick, "gap, points", "abandoned, %", "worst 30 days, %", "worst 24 h, %",
        "windows over", "over by, points", "live answers", "runs",
    )  # fmt: skip
    return table(head, [_full(result) for result in ours])


def _full(result: Result) -> tuple[str, ...]:
    figures = result.figures
    return (
        f"{result.cell.answer_probability:g}",
        str(result.cell.agents),
        _with_interval(figures.occupancy, 1.0, 3),
        _share(result.yardstick),
        "" if result.gap is None else f"{100 * result.gap:+.2f}",
        _with_interval(figures.abandoned_ratio, 100.0, 2),
        f"{100 * figures.worst_30_days:.2f}",
        "none judged" if figures.worst_24_h is None else f"{100 * figures.worst_24_h:.2f}",
        f"{figures.windows_over} of {figures.windows}",
        f"{100 * figures.over_by:.2f}" if figures.windows_over else "",
        f"{figures.live_answers:,}",
        str(figures.runs),
    )


def _with_interval(estimate: Estimate, scale: float, digits: int) -> str:
    text = f"{scale * estimate.value:.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} ({scale * estimate.low:.{digits}f} to {scale * estimate.high:.{digits}f})"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
