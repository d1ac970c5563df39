"""Our writer of Prometheus' text says what prometheus-client's says of the same families, and takes far less time."""

from collections.abc import Iterable
from dataclasses import replace
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.metrics_scrape import filled
from dialer.domain.ids import ServerName
from dialer.domain.spans import TO_AN_AGENT, Spans
from monitoring.exposition import Family, text_of
from monitoring.metrics import FloorMetrics
from tests.monitoring.library import written_by_the_library


def read(text: str) -> list[Any]:
    """Each family with its samples; a figure that is none is told by its text, since it equals nothing."""
    return [
        (one.name, one.type, one.documentation, [(s.name, s.labels, repr(s.value)) for s in one.samples])
        for one in text_string_to_metric_families(text)
    ]


def same(families: Iterable[Family]) -> str:
    kept = [replace(one, rows=[*one.rows]) for one in families]
    written = text_of(kept)
    assert read(written) == read(written_by_the_library(lambda: kept).decode())
    return written


def test_gauges_counters_and_histograms_read_as_the_librarys_do() -> None:
    spans = Spans(TO_AN_AGENT)
    for seconds in (0.1, 0.2, 1.99, 60.0):
        spans.note(seconds)
    written = same(
        [
            Family("lines", "gauge", "Open attempts", ("campaign", "state"), [(("autumn", "ringing"), 3)]),
            Family("attempts_total", "counter", "Committed", ("campaign",), [(("autumn",), 12345678)]),
            Family("spool", "gauge", "Not stored", (), [((), 0)]),
            Family("wait_seconds", "histogram", "To an agent", ("campaign",), spans={("autumn",): spans}),
            Family("asked_seconds", "histogram", "Of the database", (), spans={(): Spans()}),
            Family("none", "gauge", "Nothing is told of it", ("campaign",), []),
        ]
    )
    assert 'attempts_total{campaign="autumn"} 1.2345678e+07' in written.splitlines()
    assert 'wait_seconds_bucket{campaign="autumn",le="0.2"} 2.0' in written.splitlines()


@pytest.mark.parametrize("value", [0, 1, -1, 0.1, 1e6, 1e7, 1.5e21, 1e-9, 123456.789, inf, -inf, nan, True])
def test_a_figure_is_written_as_the_library_writes_it(value: float) -> None:
    kept = [Family("one", "gauge", "One", (), [((), value)])]
    assert text_of(kept) == written_by_the_library(lambda: kept).decode()


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_characters="\r")), st.floats().map(lambda value: value + 0.0)
        ),
        max_size=5,
    )
)
def test_labels_come_back_as_they_were_whatever_is_in_them(rows: list[tuple[str, float]]) -> None:
    kept = [Family("one", "gauge", 'A "help" with \\ and\nlines', ("campaign",), [((name,), v) for name, v in rows])]
    assert text_of(kept) == written_by_the_library(lambda: kept).decode()


async def test_a_whole_floor_reads_the_same(tmp_path: Path) -> None:
    rig = await filled(3, tmp_path)
    spans = Spans()
    same(FloorMetrics(rig.desk, lambda: {ServerName("main"): spans}, spans, spans).families())
