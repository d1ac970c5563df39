"""Spans counted into classes."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.spans import OF_A_MACHINE, Spans


def test_a_span_at_a_bound_is_within_it_and_one_below_nothing_counts_as_nothing() -> None:
    spans = Spans((0.1, 1.0))
    for seconds in (0.1, 0.100001, 1.0, 5.0, -3.0):
        spans.note(seconds)
    assert list(spans.up_to()) == [(0.1, 2), (1.0, 4), (inf, 5)]
    assert (spans.count, spans.total_seconds) == (5, 0.1 + 0.100001 + 1.0 + 5.0)


@given(st.lists(st.floats(0, 100)))
def test_so_many_are_within_each_bound(seconds: list[float]) -> None:
    spans = Spans()
    for one in seconds:
        spans.note(one)
    assert dict(spans.up_to()) == {bound: sum(one <= bound for one in seconds) for bound in (*OF_A_MACHINE, inf)}
