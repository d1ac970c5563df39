"""A lab and a link to it. Fixtures run in real time, so the tests' virtual time begins at that of the machine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dialer.clock import ScaledClock
from integrations.telephone_lab import Behaviour, LabPlan, TelephoneLab
from tests.lab.probe import Probe, virtual_clock

BEHAVIOURS = {
    "01": Behaviour.ANSWER_SHORT,
    "02": Behaviour.ANSWER_LONG,
    "03": Behaviour.BUSY,
    "04": Behaviour.NO_ANSWER,
    "05": Behaviour.REJECT,
    "06": Behaviour.UNALLOCATED,
    "07": Behaviour.CONGESTION,
    "08": Behaviour.HANG_UP_EARLY,
    "09": Behaviour.MACHINE,
    "10": Behaviour.HUMAN,
    "11": Behaviour.ANSWER_TALK,
}


@pytest.fixture
def clock() -> ScaledClock:
    return virtual_clock()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def plan() -> LabPlan:
    """Overridden where a test wants another."""
    return LabPlan(behaviours=BEHAVIOURS)


@pytest.fixture
async def lab(plan: LabPlan, clock: ScaledClock, ledger: Path) -> AsyncIterator[TelephoneLab]:
    async with TelephoneLab(plan, clock, ledger) as lab:
        yield lab


@pytest.fixture
async def probe(lab: TelephoneLab, clock: ScaledClock) -> AsyncIterator[Probe]:
    """An engine's link, logged in, with a fresh sign of life."""
    async with Probe(lab.port) as probe:
        await probe.log_in()
        await probe.beat(clock)
        yield probe
