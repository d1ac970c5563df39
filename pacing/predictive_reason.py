"""A predictive decision in words."""

from pacing.knob import COLD_ANSWERS
from pacing.policy import PacingFigures, PacingInput
from pacing.predictive import BUDGET_SHORT, BUDGET_SPENT, CAP_PASSED, COLD, NOBODY, Decision
from pacing.predictive_input import PredictiveInput

_SMALL_TEAM = 3


def reason_of(found: Decision, figures: PacingFigures, counts: PacingInput, add: int, most: int) -> str:
    """Why so many lines."""
    ringing, waiting = counts.ringing_lines, counts.waiting_calls
    each = f"{counts.ready_words} - {ringing} ringing - {waiting} waiting: {add}"
    if found.course == NOBODY:
        return "no agent is working"
    if found.course == CAP_PASSED:
        return f"over the cap in {_tightest(figures)}: one agent is kept spare, {each}"
    cold = figures.answers_seen < COLD_ANSWERS
    if found.course == BUDGET_SPENT and not cold:
        return f"nothing may be abandoned now in {_tightest(figures)}: one line an idle agent, {each}"
    if found.course in (COLD, BUDGET_SPENT):
        return f"cold start, {figures.answers_seen} of {COLD_ANSWERS:g} answers seen: one line an idle agent, {each}"
    small = f"small team of {counts.working_agents}, " if counts.working_agents <= _SMALL_TEAM else ""
    limited = f", lines and leads left: {most}" if add >= most else ""
    kept = f" beside {counts.kept_for_inbound} kept for inbound" if counts.kept_for_inbound > 0 else ""
    short = f"little may be abandoned in {_tightest(figures)}, " if found.course == BUDGET_SHORT else ""
    return (
        f"{small}{short}{figures.expected_answers:.1f} answers expected of {ringing} lines,"
        f" {figures.free_agents:.1f} agents free{kept},"
        f" {figures.knob:.2f} x {figures.spread:.1f} kept between: {add}{limited}"
    )


def aside(seen: PredictiveInput) -> str:
    """Which agents are not counted on, and why."""
    parts = []
    if seen.leaving > 0:
        parts.append(f"{seen.leaving} leaving")
    if seen.call_backs > 0:
        parts.append(f"{seen.call_backs} for promised call-backs")
    if seen.inbound > 0 or seen.taken_per_hour >= 1.0:
        parts.append(f"{seen.inbound} on inbound calls, {seen.taken_per_hour:.0f} taken an hour")
    if seen.overdue > 0:
        parts.append(f"{seen.overdue} leads passed over too long go first")
    return f" ({'; '.join(parts)})" if parts else ""


def _tightest(figures: PacingFigures) -> str:
    """The window with the least left, in words."""
    if not figures.windows:
        return "any window"
    window = min(figures.windows, key=lambda one: one.cap_ratio * one.live_answers - one.abandoned)
    return f"{window.name} ({window.abandoned:g} of {window.live_answers:g} abandoned)"
