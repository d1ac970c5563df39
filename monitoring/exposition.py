"""Prometheus' text format, version 0.0.4, written in one pass: prometheus-client's writer costs several times as much,
and a scrape holds up the event loop that calls are waiting for.

Source: https://prometheus.io/docs/instrumenting/exposition_formats. Values are written as prometheus-client does.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from prometheus_client.utils import floatToGoString

from dialer.domain.spans import Spans

_AS_GO_WRITES_IT: Callable[[float], str] = floatToGoString
Labels = tuple[str, ...]
Rows = Iterable[tuple[Labels, float]]
"""Values with their labels' values, in the order of the labels."""


@dataclass(frozen=True, slots=True)
class Family:
    """Everything that is told of one metric."""

    name: str
    """As it is told: of a counter with its ending `_total`."""
    kind: str
    """gauge, counter or histogram."""
    help: str
    labels: Labels
    rows: Rows = ()
    spans: Mapping[Labels, Spans] | None = None
    """Of a histogram, instead of rows."""


def text_of(families: Iterable[Family]) -> str:
    """All families, each with its head."""
    lines: list[str] = []
    for family in families:
        lines += _head(family.name, family.kind, family.help)
        lines += _rows(family) if family.spans is None else _histograms(family, family.spans)
    lines.append("")
    return "\n".join(lines)


@lru_cache(maxsize=1_000)
def _head(name: str, kind: str, meaning: str) -> tuple[str, str]:
    plain = meaning.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {plain}", f"# TYPE {name} {kind}"


def _rows(family: Family) -> list[str]:
    line = f"{family.name}{_braces(family.labels)} %s"
    return [line % (*map(_plain, values), _figure(value)) for values, value in family.rows]


def _histograms(family: Family, spans: Mapping[Labels, Spans]) -> Iterator[str]:
    name, told, bucket = family.name, _braces(family.labels), _braces((*family.labels, "le"))
    for values, one in spans.items():
        plain = tuple(map(_plain, values))
        for bound, count in one.up_to():
            yield f"{name}_bucket{bucket} %s" % (*plain, _bound(bound), _figure(count))
        yield f"{name}_count{told} %s" % (*plain, _figure(one.count))
        yield f"{name}_sum{told} %s" % (*plain, _figure(one.total_seconds))


def _braces(labels: Sequence[str]) -> str:
    """With a place for each label's value."""
    return "{" + ",".join(f'{label}="%s"' for label in labels) + "}" if labels else ""


@lru_cache(maxsize=20_000)
def _plain(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


@lru_cache(maxsize=100)
def _bound(bound: float) -> str:
    return "+Inf" if bound == inf else f"{bound:g}"


@lru_cache(maxsize=20_000)
def _figure(value: float) -> str:
    """As Go writes it, but for -0.0, which is 0.0; many rows have the same."""
    return _AS_GO_WRITES_IT(value)
