"""Prometheus metrics, read from the desk when they are scraped: nothing is counted twice, nothing slows the hot path.

Every name stands in this file. Labels are few and never personal: campaign, state, outcome, server.
"""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler as metrics_handler
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dialer.engine.desk import CampaignView, Desk

__all__ = ["FloorCollector", "floor_registry", "metrics_handler"]


class FloorCollector(Collector):
    """The floor at the moment of a scrape."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[Metric]:
        campaigns = self._desk.campaigns()
        yield from _campaign_metrics(campaigns)
        trusted = GaugeMetricFamily(
            "dialer_server_trusted", "1: its state is known and it is dialed on", labels=["server"]
        )
        held = GaugeMetricFamily("dialer_server_lines", "Channels held by us", labels=["server"])
        for server in self._desk.servers():
            trusted.add_metric([server.name], float(server.trusted))
            held.add_metric([server.name], server.lines_held)
        yield trusted
        yield held
        yield GaugeMetricFamily(
            "dialer_spool_outcomes", "Outcomes that are not in the database yet", value=self._desk.unstored
        )


def _campaign_metrics(campaigns: list[CampaignView]) -> Iterator[Metric]:
    agents = GaugeMetricFamily("dialer_agents", "Agents by state", labels=["campaign", "state"])
    lines = GaugeMetricFamily("dialer_lines", "Open attempts by state", labels=["campaign", "state"])
    hopper = GaugeMetricFamily("dialer_hopper_leads", "Leads leased and about to be dialed", labels=["campaign"])
    occupancy = GaugeMetricFamily("dialer_occupancy_ratio", "Share of working time spent occupied", labels=["campaign"])
    opened = CounterMetricFamily("dialer_attempts", "Attempts committed", labels=["campaign"])
    outcomes = CounterMetricFamily("dialer_outcomes", "Attempts ended, by outcome", labels=["campaign", "outcome"])
    for view in campaigns:
        for state, count in view.agents.items():
            agents.add_metric([view.name, state], count)
        for line_state, count in view.lines.items():
            lines.add_metric([view.name, line_state], count)
        hopper.add_metric([view.name], view.hopper)
        if view.occupancy is not None:
            occupancy.add_metric([view.name], view.occupancy)
        opened.add_metric([view.name], view.opened)
        for outcome, count in view.outcomes.items():
            outcomes.add_metric([view.name, outcome], count)
    yield from (agents, lines, hopper, occupancy, opened, outcomes)


def floor_registry(desk: Desk) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FloorCollector(desk))
    return registry
