"""Two hours of inbound calls, counted by the engine through the AMI and by the lab that made them: the same figures."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from dialer.clock import ScaledClock
from dialer.domain.service_group import ServiceGroup
from dialer.engine.inbound_watch import InboundWatch
from dialer.settings import AsteriskSettings, EngineSettings
from integrations.asterisk.telephony import AsteriskTelephony
from integrations.telephone_lab import (
    InboundDesks,
    InboundStreamPlan,
    LabPlan,
    TelephoneLab,
    inbound_figures,
    read_inbound_ledger,
)
from pacing.marketing.figures import Counts
from pacing.marketing.rule import SwitchRule
from tests.fakes.inbound_books import FakeInboundBook

pytestmark = pytest.mark.looptime(start=time.monotonic)
RULE = SwitchRule()
GROUPS = (ServiceGroup("egypt", ("cairo", "giza"), RULE), ServiceGroup("cairo-alone", ("cairo",), RULE))
OVER = ((0.0, 1.0), (1800.0, 6.0), (2700.0, 1.0), (6000.0, 0.0))
"""A flood, and nobody any more in the end, so that every call's fate is known."""


@pytest.fixture
def plan() -> LabPlan:
    def stream(queue: str, per_hour: float, limit_seconds: float | None) -> InboundStreamPlan:
        return InboundStreamPlan(
            queue,
            per_hour,
            profile=OVER,
            limit_seconds=limit_seconds,
            repeat_share=0.5,
            # So few that some call again without having given up.
            numbers=300,
            withheld_share=0.1,
        )

    desks = InboundDesks(("cairo", "giza"), 6)
    return LabPlan(inbound=(stream("cairo", 90, None), stream("giza", 90, 60.0)), inbound_desks=(desks,))


@pytest.fixture
async def watch(lab: TelephoneLab, clock: ScaledClock) -> AsyncIterator[InboundWatch]:
    settings = AsteriskSettings(port=lab.port, secret=lab.plan.secret)
    telephony = AsteriskTelephony([settings], EngineSettings(name="truth-1"), clock)
    tasks = [asyncio.create_task(telephony.run())]
    watch = InboundWatch(
        GROUPS, FakeInboundBook(), telephony, clock, lambda work, name: tasks.append(asyncio.create_task(work))
    )
    await watch.load()

    async def take() -> None:
        while True:
            for event in await telephony.next_events():
                watch.apply(event)
            for group in GROUPS:
                watch.figures(group.name)

    tasks.append(asyncio.create_task(take()))
    yield watch
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def truth(lab: TelephoneLab, group: ServiceGroup) -> Counts:
    assert lab.ledger is not None
    entries = [entry for entry in read_inbound_ledger(lab.ledger) if entry.queue in group.queues]
    return inbound_figures(entries, RULE.threshold_seconds, RULE.short_abandon_seconds, RULE.repeat_minutes * 60)


async def test_the_engine_counts_what_truly_happened(
    lab: TelephoneLab, watch: InboundWatch, clock: ScaledClock
) -> None:
    await clock.sleep(7200)
    for group in GROUPS:
        figures, true = watch.figures(group.name), truth(lab, group)
        counts = figures.day
        assert true.offered > 200
        assert min(true.answered, true.within, true.abandoned, true.short_abandons) > 0
        assert true.callers < true.offered
        for name in Counts.__dataclass_fields__:
            assert (name, getattr(counts, name)) == (name, getattr(true, name))
        assert figures.waiting == 0
        assert figures.agents.free == 6
    assert truth(lab, GROUPS[0]).left > 0
