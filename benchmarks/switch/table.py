"""The Markdown tables of docs/marketing-switch.md, between their markers."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.pacing.table import BEGIN, END, table
from benchmarks.switch.clairvoyant import BY_RULE
from benchmarks.switch.days import DAYS
from benchmarks.switch.gates import FREE_AGENTS, RULE, Outcome
from benchmarks.switch.results import POLICIES, Goal, Results, goals


def write(page: Path, results: Results, date: str) -> None:
    """Replace what stands between the markers of a page. Raises ValueError for a page without them."""
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page}: has no {BEGIN} followed by {END}")
    page.write_text(f"{before}{BEGIN}\n{tables(results, date)}\n{END}{after}")


def tables(results: Results, date: str) -> str:
    seeds = sorted({each.seed for each in results.outcomes})
    parts = [
        f"Made by `make bench-switch` on {date}, {len(seeds)} seeds of each day. Target {RULE.target:.0%} answered"
        f" within {RULE.threshold_seconds:g} s. Service level: mean over the seeds, and the worst; kept: in how"
        " many the day ended on target, out of those in which the clairvoyant's did.",
        "### What was to be reached",
        table(("goal", "policy", "judged", "missed"), [_goal(goal) for goal in goals(results)]),
        "### Side by side",
    ]
    for day in DAYS:
        if day.name in results.days:
            parts += [f"**{day.name}**: {day.words}.", _side_by_side(results, day.name)]
    return "\n\n".join(parts)


def _goal(goal: Goal) -> tuple[str, ...]:
    return goal.name, goal.policy, str(goal.judged), "<br>".join(goal.missed) or "none"


def _side_by_side(results: Results, day: str) -> str:
    head = ("policy", "service level, %", "kept", "outbound talk, h", "of the clairvoyant's", "of by-rule's",
            "off, min", "changes", "callees abandoned, %")  # fmt: skip
    rows = [_row(results, policy, found) for policy in POLICIES if (found := results.of(day, policy))]
    return table(head, rows)


def _row(results: Results, policy: str, found: Sequence[Outcome]) -> tuple[str, ...]:
    possible = [each for each in found if (known := results.clairvoyant_of(each)) and known.keeps_target]
    share, by_rule = results.share(found), results.share(found, BY_RULE)
    levels = [100 * each.service_level for each in found]
    details = ", ".join(dict.fromkeys(each.detail for each in found)) if policy == FREE_AGENTS else ""
    return (
        f"{policy} ({details})" if details else policy,
        f"{_mean(levels):.1f} (worst {min(levels):.1f})",
        f"{sum(each.keeps_target for each in possible)} of {len(possible)}",
        f"{_mean([each.outbound_hours for each in found]):.1f}",
        "" if share is None else f"{share:.1%}",
        "" if by_rule is None else f"{by_rule:.1%}",
        f"{_mean([each.closed_seconds / 60 for each in found]):.0f}",
        f"{_mean([float(each.changes) for each in found]):.1f}",
        f"{100 * sum(each.dropped for each in found) / max(1, sum(each.callees for each in found)):.1f}",
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
