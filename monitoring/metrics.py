"""Prometheus metrics, read from the desk when they are scraped: nothing is counted twice, nor slows the hot path."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence

from aiohttp import web
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from dialer.domain.agent import AgentState
from dialer.domain.call import AttemptState
from dialer.domain.caller_id import Fare, Health
from dialer.domain.ids import ServerName
from dialer.domain.outcome import Outcome
from dialer.domain.spans import Spans
from dialer.engine.campaign_view import CampaignView
from dialer.engine.desk import Desk
from dialer.engine.marketing_switch import SwitchStatus
from dialer.engine.measured import Measured
from dialer.engine.quality.desk import Backlog
from monitoring import names
from monitoring.exposition import Family, text_of
from monitoring.terminal_view import answered
from pacing.marketing.figures import ServiceFigures
from pacing.marketing.verdict import Cause

_LOOK_SECONDS = 0.25
_MOST_REASONS = 30
"""Reasons that are told of a campaign: those with the most leads."""
_AGENTS = tuple(state for state in AgentState if state is not AgentState.LOGGED_OUT)
_LINES = tuple(state for state in AttemptState if state is not AttemptState.ENDED)
Answered = Callable[[], Mapping[ServerName, Spans]]


class LoopLag:
    """By how much the event loop is late: what keeps it busy keeps events of calls waiting."""

    def __init__(self) -> None:
        self.late = Spans()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            self.late.note(loop.time() - due)


class FloorMetrics:
    """The floor at the moment of a scrape, and the process that serves it."""

    def __init__(
        self, desk: Desk, ami: Answered, database: Spans, loop: Spans, quality: Callable[[], Backlog] = Backlog
    ) -> None:
        """`ami`, `database`: how long each server's answers and the contact database's took; `loop`: its lateness;
        `quality`: what stood open of the calls sampled when it was last looked at."""
        self._desk, self._ami, self._database, self._loop, self._quality = desk, ami, database, loop, quality
        self._process = CollectorRegistry(auto_describe=False)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._process)

    async def handle(self, _request: web.Request) -> web.Response:
        """The answer to a scrape. Never compressed: that takes the loop longer than sending it."""
        return web.Response(body=self.scraped(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    def scraped(self) -> bytes:
        """Of the floor and of the process."""
        return self.text().encode() + generate_latest(self._process)

    def text(self) -> str:
        """Of the floor alone."""
        return text_of(self.families())

    def families(self) -> Iterator[Family]:
        campaigns, measured = self._desk.campaigns(), self._desk.measured()
        yield from _campaign_metrics(campaigns, measured)
        yield from _window_metrics(measured)
        yield from _pacing_metrics(campaigns, measured)
        yield from self._server_metrics(measured)
        yield names.DATABASE.of({(): self._database})
        yield names.LOOP_LAG.of({(): self._loop})
        yield from _caller_id_metrics(measured.caller_ids)
        backlog = self._quality()
        yield names.QUALITY_WAITING.of([((), backlog.waiting)])
        yield names.QUALITY_DISPUTED.of([((), backlog.disputed)])
        yield names.QUALITY_NOTICES.of([((), backlog.notices)])
        yield names.SPOOL.of([((), self._desk.unstored)])
        yield names.DRAINING.of([((), float(self._desk.draining))])
        statuses = self._desk.marketing.statuses()
        yield from _switch_metrics(statuses)
        yield from _inbound_metrics([(one.group.name, one.figures) for one in statuses if one.figures is not None])

    def _server_metrics(self, measured: Measured) -> Iterator[Family]:
        servers = self._desk.servers()
        yield names.TRUSTED.of(((one.name,), float(one.trusted)) for one in servers)
        yield names.HELD.of(((one.name,), one.lines_held) for one in servers)
        yield names.LINE_LIMIT.of(((one.name,), one.lines) for one in servers)
        yield names.SERVER_OUTCOMES.of(
            ((one.name, outcome), measured.server_outcomes.get((ServerName(one.name), outcome), 0))
            for one in servers
            for outcome in Outcome
        )
        yield names.AMI_ANSWERS.of({(name,): spans for name, spans in self._ami().items()})


def _campaign_metrics(campaigns: Sequence[CampaignView], measured: Measured) -> Iterator[Family]:
    yield names.CAMPAIGN.of(
        ((view.name, measured.groups[view.name], view.dial_mode, view.status), 1.0) for view in campaigns
    )
    yield names.AGENTS.of(((view.name, state), view.agents.get(state, 0)) for view in campaigns for state in _AGENTS)
    yield names.LINES.of(((view.name, state), view.lines.get(state, 0)) for view in campaigns for state in _LINES)
    yield names.DIAL_LEVEL.of(
        ((view.name,), _ringing(view) / ready) for view in campaigns if (ready := view.agents.get(AgentState.READY, 0))
    )
    yield names.HOPPER.of(((view.name,), view.hopper) for view in campaigns)
    yield names.BLOCKED.of(
        ((view.name, reason), leads)
        for view in campaigns
        for reason, leads in sorted(view.blocked.items(), key=lambda one: -one[1])[:_MOST_REASONS]
    )
    yield names.OCCUPANCY.of(((view.name,), view.occupancy) for view in campaigns if view.occupancy is not None)
    yield names.ATTEMPTS.of(((view.name,), view.opened) for view in campaigns)
    yield names.OUTCOMES.of(
        ((view.name, outcome), view.outcomes.get(outcome, 0)) for view in campaigns for outcome in Outcome
    )
    yield names.ANSWERS.of(((view.name,), answered(view)) for view in campaigns)
    yield names.ANSWER_TO_AGENT.of({(name,): spans for name, spans in measured.answer_to_agent.items()})
    yield names.VERDICTS.of(measured.verdicts.items())


def _ringing(view: CampaignView) -> int:
    return sum(view.lines.get(state, 0) for state in (AttemptState.OPEN, AttemptState.RINGING))


def _window_metrics(measured: Measured) -> Iterator[Family]:
    told = [((name, one.rule.window, one.rule.id), one) for name, of in measured.windows.items() for one in of]
    yield names.ABANDONED.of((labels, one.ratio) for labels, one in told)
    yield names.ABANDONED_CAP.of((labels, one.cap_ratio) for labels, one in told)
    yield names.ABANDONED_LEFT.of((labels, one.cap_ratio * one.live_answers - one.abandoned) for labels, one in told)


def _pacing_metrics(campaigns: Sequence[CampaignView], measured: Measured) -> Iterator[Family]:
    told = [((view.name,), view.pacing) for view in campaigns if view.pacing is not None]
    yield names.ANSWER_PROBABILITY.of((name, figures.answer_probability) for name, figures in told)
    yield names.EXPECTED_ANSWERS.of((name, figures.expected_answers) for name, figures in told)
    yield names.KNOB.of((name, figures.knob) for name, figures in told)
    yield names.PACING_FAULTS.of(((view.name,), view.pacing_faults) for view in campaigns)
    learned = [((name,), one) for name, one in measured.calibration.items()]
    yield names.LEARNED_LINES.of((name, one.lines) for name, one in learned)
    yield names.LEARNED_EXPECTED.of((name, one.expected) for name, one in learned)
    yield names.LEARNED_ANSWERS.of((name, one.answered) for name, one in learned)


def _caller_id_metrics(fares: Mapping[tuple[str, Health], Fare]) -> Iterator[Family]:
    told = [((place or "all", health), fare) for (place, health), fare in fares.items()]
    yield names.CALLER_IDS.of((labels, fare.numbers) for labels, fare in told)
    yield names.CALLER_ID_CALLS.of((labels, fare.ended) for labels, fare in told)
    yield names.CALLER_ID_ANSWERS.of((labels, fare.answered) for labels, fare in told)


def _switch_metrics(statuses: Sequence[SwitchStatus]) -> Iterator[Family]:
    told = [((one.group.name,), one.verdict) for one in statuses]
    yield names.SWITCH_OPEN.of((name, float(verdict.open)) for name, verdict in told)
    yield names.SWITCH_SINCE.of((name, verdict.memory.since) for name, verdict in told)
    yield names.SWITCH_HOLDING.of(
        ((*name, cause), float(cause in {one.cause for one in verdict.holding}))
        for name, verdict in told
        for cause in Cause
    )
    yield names.INBOUND_RATE.of((name, verdict.rate) for name, verdict in told if verdict.rate is not None)
    yield names.INBOUND_TARGET.of(((one.group.name,), one.group.rule.target) for one in statuses)
    yield names.INBOUND_FORECAST.of((name, verdict.forecast) for name, verdict in told if verdict.forecast is not None)
    yield names.INBOUND_KEPT.of(((one.group.name,), one.kept.agents) for one in statuses)


def _inbound_metrics(measured: Sequence[tuple[str, ServiceFigures]]) -> Iterator[Family]:
    counts = ("offered", "answered", "within", "abandoned", "short_abandons", "left")
    yield names.INBOUND_CALLS.of(((name, count), getattr(one.day, count)) for name, one in measured for count in counts)
    callers = [((name, "tried"), one.day.callers) for name, one in measured]
    yield names.INBOUND_CALLERS.of(callers + [((name, "through"), one.day.callers_through) for name, one in measured])
    yield names.INBOUND_WAITING.of(((name,), one.waiting) for name, one in measured)
    yield names.INBOUND_WAIT.of(((name,), one.longest_wait_seconds) for name, one in measured)
    states = ("free", "busy", "paused", "away")
    yield names.INBOUND_AGENTS.of(
        ((name, state), getattr(one.agents, state)) for name, one in measured for state in states
    )
