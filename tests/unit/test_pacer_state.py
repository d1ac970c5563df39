import json
from collections.abc import Callable
from typing import Any

import pytest

from pacing.pacer import Pacer
from pacing.pacer_state import BadPacingState
from tests.unit.pacer_floor import LEAD, experienced, floor


def stored() -> dict[str, Any]:
    pacer = experienced()
    pacer.line_ended("not due", answered=True, seconds=4.0, lead=LEAD, due_seconds=1e9)
    state: dict[str, Any] = json.loads(json.dumps(pacer.state(), allow_nan=False))
    return state


def test_a_restart_keeps_what_was_learned() -> None:
    pacer = experienced()
    pacer.decide(floor())
    pacer.fate("lost", abandoned=True)
    back = Pacer.restored(json.loads(json.dumps(pacer.state())))
    assert back.state() == pacer.state()
    before, after = pacer.decide(floor()), back.decide(floor())
    assert (after.add_lines, after.figures) == (before.add_lines, before.figures)


def test_lines_that_waited_to_be_learned_are_learned_after_the_restart() -> None:
    back = Pacer.restored(stored())
    level = back.learned.rate.level.copy()
    back.tick(-1e6, dialing=True)
    assert back.learned.rate.pending_count[0] == 0
    assert (back.learned.rate.level > level).all()


def test_a_day_begins_anew_after_a_long_rest() -> None:
    pacer = experienced()
    pacer.forecast.today_seconds = 5000.0
    assert Pacer.restored(pacer.state(), 3600.0).forecast.today_seconds == 5000.0
    assert Pacer.restored(pacer.state(), 5 * 3600.0).forecast.today_seconds == 0.0


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda s: s.update(version=99), "version 99"),
        (lambda s: s.update(cells=3), "with 3 cells"),
        (lambda s: s.pop("learned"), "learned is no table"),
        (lambda s: s["learned"].pop("times.failed"), "times.failed is missing"),
        (lambda s: s["learned"]["rate.level"].append(0.0), "rate.level has the shape"),
        (lambda s: s["learned"].update({"knob.offset": ["much"]}), "knob.offset is not an array"),
        (lambda s: s["learned"].update({"knob.offset": [float("nan")]}), "knob.offset holds a figure"),
        (lambda s: s["learned"].update({"knob.seen": [-1.0]}), "knob.seen holds a figure"),
        (
            lambda s: s["learned"].update({"rate.weight": [0.0] * len(s["learned"]["rate.weight"])}),
            "no weights that sum to 1",
        ),
        (lambda s: s["learned"].update({"rate.pending": [[0.0, 1.0, 999.0, 0.0, 0.0]]}), "a cell that there is not"),
        (lambda s: s["learned"].update({"rate.pending": [[0.0]]}), "rate.pending"),
        (lambda s: s.update(agents={"1001": [1.0]}), "agents.1001 is no pair"),
        (lambda s: s.update(agents=[]), "agents is no table"),
        (lambda s: s.update(forecast=[1.0, True, 0.0]), "forecast is no number"),
        (lambda s: s.update(forecast=7), "forecast is no triple"),
        (lambda s: s.update(answers_learned="many"), "answers_learned is no number"),
        (lambda s: s.update(ring_seconds=1e9), "ring_seconds is 1e"),
    ],
)
def test_a_spoiled_state_is_refused_with_its_place(spoil: Callable[[dict[str, Any]], object], what: str) -> None:
    state = stored()
    spoil(state)
    with pytest.raises(BadPacingState) as refused:
        Pacer.restored(state)
    assert what in str(refused.value)


@pytest.mark.parametrize("state", [None, [], 7, "state", {}])
def test_what_is_no_state_is_refused(state: object) -> None:
    with pytest.raises(ValueError, match=r"is no table|is not ours"):
        Pacer.restored(state)
