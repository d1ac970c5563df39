"""The same families as prometheus-client has them: what our writer is held to, and measured against."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from monitoring.exposition import Family


class _Collected(Collector):
    def __init__(self, families: Callable[[], Iterable[Family]]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return (_metric(family) for family in self._families())


def written_by_the_library(families: Callable[[], Iterable[Family]]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(families))
    return generate_latest(registry)


def _metric(family: Family) -> Metric:
    if family.spans is not None:
        histogram = HistogramMetricFamily(family.name, family.help, labels=family.labels)
        for labels, one in family.spans.items():
            buckets = [("+Inf" if bound == float("inf") else f"{bound:g}", count) for bound, count in one.up_to()]
            histogram.add_metric(labels, buckets, one.total_seconds)
        return histogram
    kind = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}[family.kind]
    metric: CounterMetricFamily | GaugeMetricFamily = kind(family.name, family.help, labels=family.labels)
    for labels, value in family.rows:
        metric.add_metric(labels, value)
    return metric
