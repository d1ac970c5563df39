"""The evidence of a period as a page for readers and for paper. Pure: what is told in, HTML out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dialer.commands.evidence.markup import (
    BOTTOM,
    Html,
    code,
    good_or_bad,
    line,
    locals_,
    narrow,
    paragraphs,
    percent,
    rules_table,
    short,
    table,
    table_top,
    top,
    utc,
)

Told = Mapping[str, Any]
MOST_CALLS = 10_000
"""On one page; JSON has no such limit."""
_MOST_WINDOWS = 1_000
_MOST_FINDINGS = 200
_CALLS = (
    "dialed",
    "local time of the callee",
    "number",
    "contact",
    "campaign",
    "caller id",
    "outcome",
    "counted as",
    "ring s",
    "wait s",
    "agent",
    "disposition",
    "verdict",
    "in the log",
)
_WINDOWS = ("campaign", "rule", "window", "from", "to", "live answers", "abandoned", "ratio", "cap", "held")


def period_top(told: Told) -> str:
    """The evidence of a period, up to its first call."""
    shown = min(told["attempt_count"], MOST_CALLS)
    more = f"the first {MOST_CALLS:,} of {told['attempt_count']:,}; JSON has all" if told["cut"] else f"{shown:,}"
    parts = [
        top("Evidence of calls", told["about"], wide=True),
        short(_period_in_short(told), bad=not told["whole"]),
        "<h2>1. Calls and verdicts by campaign</h2>\n",
        *_campaigns(told["campaigns"]),
        "<h2>2. Abandoned calls by the law’s windows</h2>\n",
        paragraphs(told["counting"]),
        _windows_table(told["campaigns"]),
        "<h2>3. Whether the log of verdicts is whole</h2>\n",
        *_chains(told),
        "<h2>4. Rules that were applied</h2>\n",
        *_rule_sets(told),
        "<h2>How to read this</h2>\n",
        paragraphs(told["notes"]),
        f"<h2>5. The calls: {more}</h2>\n",
        table_top(_CALLS, kind="calls", numbers=("ring s", "wait s")),
    ]
    return "".join(parts)


def call_line(row: Told, rule_set: int) -> str:
    """One call among those of a period."""
    verdict: list[Any] = [f"allowed by set {rule_set}" if rule_set else _without(row)]
    if row["fault"]:
        verdict.append(good_or_bad(False, "", row["fault"]))
    cells = (
        utc(row["opened_at"]),
        locals_(row["local_times"], zones=2),
        "erased" if row["number_erased"] else narrow(row["number"]),
        str(row["contact"]),
        row["campaign"],
        narrow(row["caller_id"]) if row["caller_id"] else None,
        row["outcome"] or "open",
        row["counted_as"],
        row["ring_seconds"],
        row["wait_seconds"],
        row["agent"],
        row["disposition"],
        verdict,
        narrow(row["proof"]) if row["proof"] else None,
    )
    return line(cells, fault=bool(row["fault"]))


def _without(row: Told) -> str:
    if row["deleted"]:
        return "verdict deleted"
    return "before the log" if row["older"] else "not known"


def period_bottom() -> str:
    return f"</tbody></table>\n{BOTTOM}"


def _period_in_short(told: Told) -> Iterator[str | Html]:
    blocked = sum(one["verdicts"]["blocked"] for one in told["campaigns"])
    allowed = sum(one["verdicts"]["allowed"] for one in told["campaigns"])
    yield (
        f"{told['attempt_count']:,} calls were dialed. {allowed + blocked:,} verdicts were given: {allowed:,} allowed "
        f"a call, {blocked:,} blocked one."
    )
    if not told["attempt_count"]:
        yield "No call was dialed in this period."
    if told["not_over"]:
        yield told["not_over"]
    if told["attempts_before_the_log"]:
        yield (
            f"{told['attempts_before_the_log']:,} of the calls are from before the log of verdicts began: nothing "
            "proves them."
        )
    if told["attempts_without_their_deleted_verdicts"]:
        yield (
            f"{told['attempts_without_their_deleted_verdicts']:,} of the calls are from before the beginning of their "
            "engine's log: their verdicts were deleted by retention."
        )
    yield good_or_bad(
        told["whole"],
        "The log of verdicts is whole over this period, and every call in it is the one that its verdict allowed.",
        f"{len(told['findings']):,} faults were found: see section 3.",
    )


def _campaigns(campaigns: Sequence[Told]) -> Iterator[str]:
    if not campaigns:
        yield "<p>No campaign dialed or was judged in this period.</p>\n"
        return
    columns = (
        "campaign",
        "calls",
        "by outcome",
        "live answers",
        "abandoned",
        "ratio",
        "allowed",
        "blocked",
        "by reason",
    )
    yield table(
        columns,
        [
            (
                one["campaign"], one["attempts"], one["outcomes"], one["live_answers"], one["abandoned"],
                percent(one["ratio"]), one["verdicts"]["allowed"], one["verdicts"]["blocked"],
                one["verdicts"]["blocked_by_reason"],
            )
            for one in campaigns
        ],
    )  # fmt: skip


def _windows_table(campaigns: Sequence[Told]) -> str:
    """Without the windows that have no live answer, which are most of a long period's."""
    rows = [row for one in campaigns for row in _windows(one)]
    left_out = sum(len(one["windows"]) for one in campaigns) - len(rows)
    words = [f"Without a live answer, and left out here: {left_out:,}"] if left_out else []
    words += [f"shown: the first {_MOST_WINDOWS:,} of {len(rows):,}"] if len(rows) > _MOST_WINDOWS else []
    caption = f"{'; '.join(words)} (JSON has all)" if words else ""
    return table(_WINDOWS, rows[:_MOST_WINDOWS], caption)


def _windows(one: Told) -> Iterator[Sequence[Any]]:
    for window in (each for each in one["windows"] if each["live_answers"]):
        held: Any = "not judged: too few live answers"
        if window["judged"]:
            held = good_or_bad(not window["exceeded"], "held", "exceeded")
        yield (
            one["campaign"], narrow(window["rule"]), window["window"], utc(window["from"]),
            utc(window["to"]) if window["over"] else [utc(window["to"]), "not over yet"],
            window["live_answers"], window["abandoned"], percent(window["ratio"]), percent(window["cap_ratio"]), held,
        )  # fmt: skip


def _chains(told: Told) -> Iterator[str]:
    columns = ("engine", "verdicts of the period", "places looked at", "hash at the last of them", "whole")
    yield table(
        columns,
        [
            (
                one["engine"], one["verdicts_of_period"],
                f"{one['first_place_checked']} to {one['last_place_checked']}", code(one["hash_there"]),
                good_or_bad(one["whole"], "whole", "not whole"),
            )
            for one in told["chains"]
        ],
    )  # fmt: skip
    if told["findings"]:
        shown = told["findings"][:_MOST_FINDINGS]
        more = f"; the first {_MOST_FINDINGS}, JSON has all" if len(told["findings"]) > _MOST_FINDINGS else ""
        caption = f"{len(told['findings']):,} faults{more}"
        yield table(("where", "what is wrong"), [(one["where"], one["reason"]) for one in shown], caption)


def _rule_sets(told: Told) -> Iterator[str]:
    if not told["rules"]:
        yield "<p>None: no verdict allowed a call.</p>\n"
        return
    yield rules_table(told["rules"])
    sets = [(narrow(f"set {one['set']}"), one["attempts"], ", ".join(one["rules"])) for one in told["rule_sets"]]
    yield table(("set", "calls", "rules applied together"), sets)
