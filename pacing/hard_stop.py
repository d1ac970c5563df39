"""The hard stop of dial modes that do not aim at the cap by themselves: no dial level may break it knowingly."""

from collections.abc import Sequence

from pacing.predictive_input import WindowNow

_FIRST_ANSWERS = 40.0
"""Until so many live answers were counted, a window bears one abandoned call."""


def hard_stop(windows: Sequence[WindowNow] | None, at_risk: int) -> str | None:
    """Why only one line an idle agent may be dialed now; None: there is room for more.

    `at_risk`: callees who wait for an agent and may yet be abandoned. Of the answers to come nothing is borrowed.
    """
    if not windows:
        return "abandoned calls can't be counted now"
    for window in windows:
        if not window.cap_ratio > 0.0:
            return "no call may be abandoned"
        left = window.cap_ratio * max(window.live_answers, _FIRST_ANSWERS) - window.abandoned
        if left < 1.0 + at_risk and window.live_answers + _FIRST_ANSWERS >= window.minimum_answers:
            told = f"{window.abandoned:g} of {window.live_answers:g} abandoned"
            return f"nothing may be abandoned now in {window.name} ({told})"
    return None
