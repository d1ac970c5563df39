"""Inputs for tests of the pacer: floors, windows and pacers that have learned."""

from dataclasses import replace
from math import log
from typing import Any

from hypothesis import strategies as st

from pacing.pacer import RANG_OUT, Pacer
from pacing.policy import PacingInput
from pacing.predictive_input import PredictiveInput, WindowNow
from pacing.prospect import Prospect

LEAD = Prospect()
BLOCK = WindowNow("successive 30 days", 0.03, 20_000.0, 400.0, 0.0, 20 * 86400.0)
COUNTS = st.integers(0, 300)
TIMES = st.floats(allow_nan=True, allow_infinity=True)
SECONDS = st.one_of(TIMES, st.floats(0, 200))
PROSPECTS = st.builds(
    Prospect, own=st.floats(-6, 6), cells=st.tuples(st.integers(0, 36), st.integers(0, 60), st.integers(0, 64))
)


def counts(**figures: int) -> PacingInput:
    quiet = PacingInput(
        ready_agents=5, working_agents=20, ringing_lines=0, waiting_calls=0, connected_calls=15, line_room=500
    )
    return replace(quiet, **figures)


def floor(ready: int = 5, working: int = 20, ringing: int = 0, **changed: Any) -> PredictiveInput:
    """Twenty agents, five of them idle, the others some time into their calls; 60 leads at hand."""
    busy = working - ready
    figures: dict[str, Any] = {
        "counts": counts(ready_agents=ready, working_agents=working, ringing_lines=ringing, connected_calls=busy),
        "now_seconds": 1000.0,
        "windows": [BLOCK],
        "prospects": [LEAD] * 60,
        "talk_ages": [10.0 * i for i in range(busy)],
        "line_ages": [3.0] * ringing,
        "line_offsets": [0.0] * ringing,
    }
    return PredictiveInput(**(figures | changed))


def experienced(probability: float = 0.3, answers: int = 400, pacer: Pacer | None = None) -> Pacer:
    """A pacer past its cold start; a line is answered after 12 s or rings out after 28."""
    pacer = pacer or Pacer()
    lines = round(answers / probability) if probability > 0 else 1000
    owed = 0.0
    for number in range(lines):
        owed += probability
        answered = owed >= 1.0
        owed -= answered
        pacer.line_ended(
            f"past {number}", answered=answered, seconds=12.0 if answered else 28.0, cause=RANG_OUT, lead=LEAD,
            due_seconds=float(-number),
        )  # fmt: skip
    for number in range(answers):
        pacer.fate(f"past {number}", abandoned=False)
        pacer.talk_ended("1001", 100.0, f"past {number}")
    pacer.tick(0.0, dialing=True)
    pacer.refresh(0.0, [], [], wraps_up=True)
    return pacer


def log_odds(probability: float) -> float:
    return log(probability / (1.0 - probability))
