from math import isnan, nan

from hypothesis import given
from hypothesis import strategies as st

from pacing.lines import Lines


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.floats(-100, 100)), max_size=300))
def test_figures_are_those_of_the_lines_that_are_there(steps: list[tuple[bool, int, float]]) -> None:
    lines, there = Lines(), dict[str, tuple[float, float]]()
    for come, number, figure in steps:
        if come:
            lines.add(str(number), figure, -figure)
            there.setdefault(str(number), (100.0 - figure, -figure))
        else:
            lines.remove(str(number))
            there.pop(str(number), None)
    told = sorted(zip(lines.ages(100.0).tolist(), lines.offsets.tolist(), strict=True))
    assert told == sorted(there.values())
    assert len(lines) == len(there)


def test_an_age_that_is_not_known_is_told_as_no_number() -> None:
    lines = Lines()
    lines.add("adopted", nan, 0.0)
    assert isnan(lines.ages(5.0)[0])
