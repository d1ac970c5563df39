"""Prometheus metrics, read from the desk when they are scraped: nothing is counted twice, nothing slows the hot path.

Every name stands in this file. Labels are few and never personal: campaign, state, outcome,
server, group, cause, count.
"""

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler as metrics_handler
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dialer.engine.desk import CampaignView, Desk
from dialer.engine.marketing_switch import SwitchStatus
from pacing.marketing.figures import ServiceFigures
from pacing.marketing.verdict import Cause

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
        statuses = self._desk.marketing.statuses()
        yield from _switch_metrics(statuses)
        yield from _inbound_metrics([(one.group.name, one.figures) for one in statuses if one.figures is not None])


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


def _switch_metrics(statuses: Sequence[SwitchStatus]) -> Iterator[Metric]:
    is_open = GaugeMetricFamily("dialer_switch_open", "1: marketing is on", labels=["group"])
    holding = GaugeMetricFamily("dialer_switch_holding", "1: this keeps marketing off now", labels=["group", "cause"])
    rate = GaugeMetricFamily("dialer_inbound_rate", "Perceived connect rate of the service day", labels=["group"])
    target = GaugeMetricFamily("dialer_inbound_target_ratio", "Perceived connect rate to keep", labels=["group"])
    forecast = GaugeMetricFamily("dialer_inbound_forecast_ratio", "The day's rate as forecast", labels=["group"])
    kept = GaugeMetricFamily("dialer_inbound_kept_agents", "Agents that marketing leaves to inbound", labels=["group"])
    for status in statuses:
        name, verdict = status.group.name, status.verdict
        is_open.add_metric([name], float(verdict.open))
        causes = {one.cause for one in verdict.holding}
        for cause in Cause:
            holding.add_metric([name, cause], float(cause in causes))
        if verdict.rate is not None:
            rate.add_metric([name], verdict.rate)
        target.add_metric([name], status.group.rule.target)
        if verdict.forecast is not None:
            forecast.add_metric([name], verdict.forecast)
        kept.add_metric([name], status.kept.agents)
    yield from (is_open, holding, rate, target, forecast, kept)


def _inbound_metrics(measured: Sequence[tuple[str, ServiceFigures]]) -> Iterator[Metric]:
    calls = GaugeMetricFamily("dialer_inbound_day_calls", "Of the service day so far", labels=["group", "count"])
    callers = GaugeMetricFamily("dialer_inbound_day_callers", "Of the service day so far", labels=["group", "count"])
    waiting = GaugeMetricFamily("dialer_inbound_waiting_callers", "In the queues now", labels=["group"])
    wait = GaugeMetricFamily("dialer_inbound_longest_wait_seconds", "Of those who wait now", labels=["group"])
    agents = GaugeMetricFamily("dialer_inbound_agents", "Members of the queues", labels=["group", "state"])
    for name, figures in measured:
        day, members = figures.day, figures.agents
        for count in ("offered", "answered", "within", "abandoned", "short_abandons", "left"):
            calls.add_metric([name, count], getattr(day, count))
        callers.add_metric([name, "tried"], day.callers)
        callers.add_metric([name, "through"], day.callers_through)
        waiting.add_metric([name], figures.waiting)
        wait.add_metric([name], figures.longest_wait_seconds)
        for state in ("free", "busy", "paused", "away"):
            agents.add_metric([name, state], getattr(members, state))
    yield from (calls, callers, waiting, wait, agents)


def floor_registry(desk: Desk) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(FloorCollector(desk))
    return registry
