"""The marketing switches in the metrics and in the terminal."""

from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from dialer.domain.spans import Spans
from monitoring.metrics import FloorMetrics
from monitoring.terminal_view import Progress, drawn, plain
from pacing.marketing.verdict import Cause
from tests.api.rig import ApiRig, api_rig
from tests.api.switch_groups import HALLE, LEIPZIG, OPENED


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ApiRig]:
    async with api_rig(tmp_path, groups=[LEIPZIG, HALLE], remembered=[OPENED]) as rig:
        assert (await rig.post("/v1/campaigns", {"name": "autumn", "service_group": "leipzig"})).status == 201
        await rig.until(lambda: rig.floor.engine.inbound.unmeasured_since() is None)
        yield rig


def scraped(rig: ApiRig) -> dict[str, float]:
    lines = FloorMetrics(rig.floor.desk, dict, Spans(), Spans()).text().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def terminal(rig: ApiRig) -> list[str]:
    console = Console(file=StringIO(), width=100, record=True)
    progress = Progress(10, 5, rig.floor.clock.now(), 50.0)
    console.print(drawn(rig.floor.desk.campaigns()[0], progress, rig.floor.desk.marketing.statuses()))
    return console.export_text().splitlines()


async def missed_calls(rig: ApiRig) -> None:
    """Four callers give up, and two wait."""
    queues = rig.floor.telephony.queues
    for place in range(6):
        queues.call_in("service", f"+491521000{place:03}", patience_seconds=10.0 if place < 4 else 3600.0)
    await rig.until(lambda: rig.floor.desk.marketing.status("leipzig").verdict.rate == 0.0)
    await rig.until(lambda: scraped(rig)['dialer_inbound_day_calls{group="leipzig",count="abandoned"}'] == 4)


async def test_metrics_tell_each_switch_and_its_inbound_service(rig: ApiRig) -> None:
    before = scraped(rig)
    assert before['dialer_switch_open{group="leipzig"}'] == 1
    assert before['dialer_switch_open{group="halle"}'] == 0
    assert before['dialer_switch_holding{group="halle",cause="no_rule"}'] == 1
    assert 'dialer_inbound_rate{group="leipzig"}' not in before, "nobody called"
    await missed_calls(rig)
    after = scraped(rig)
    assert after['dialer_switch_open{group="leipzig"}'] == 0
    assert after['dialer_switch_holding{group="leipzig",cause="rate"}'] == 1
    assert after['dialer_switch_holding{group="leipzig",cause="by_hand"}'] == 0
    assert after['dialer_inbound_rate{group="leipzig"}'] == 0
    assert after['dialer_inbound_target_ratio{group="leipzig"}'] == 0.8
    assert after['dialer_inbound_waiting_callers{group="leipzig"}'] == 2
    assert after['dialer_inbound_longest_wait_seconds{group="leipzig"}'] > 5
    assert after['dialer_inbound_day_callers{group="leipzig",count="through"}'] == 0
    assert after['dialer_inbound_agents{group="leipzig",state="free"}'] == 0
    assert after['dialer_inbound_kept_agents{group="leipzig"}'] >= 0


async def test_labels_are_bounded_and_name_no_caller(rig: ApiRig) -> None:
    await missed_calls(rig)
    inbound = [name for name in scraped(rig) if name.startswith(("dialer_switch", "dialer_inbound"))]
    assert len([name for name in inbound if "dialer_switch_holding" in name]) == 2 * len(Cause)
    assert len(inbound) <= 2 * 30
    assert not any("4915" in name for name in inbound)


async def test_the_terminal_shows_each_group_with_its_reason(rig: ApiRig) -> None:
    shown = "\n".join(terminal(rig))
    assert "● marketing on   leipzig  since 15:00:00 CET" in shown
    assert "● marketing off  halle" in shown
    assert "has no queue to measure" in shown
    await missed_calls(rig)
    lines = terminal(rig)
    text = "\n".join(lines)
    assert "● marketing off  leipzig  since 16:0" in text
    assert "2 (" in text, "callers who wait, and how long"
    assert "80.0%" in text
    assert any(words in text for words in ("at the earliest", "can't be told yet"))
    assert max(map(len, lines)) <= 100


async def test_a_floor_without_groups_looks_as_before(tmp_path: Path) -> None:
    async with api_rig(tmp_path) as rig:
        assert (await rig.post("/v1/campaigns", {"name": "autumn"})).status == 201
        assert "inbound" not in "\n".join(terminal(rig))
        assert not any(name.startswith(("dialer_switch", "dialer_inbound")) for name in scraped(rig))


async def test_the_log_line_tells_the_switch_too(rig: ApiRig) -> None:
    progress = Progress(10, 5, rig.floor.clock.now(), 50.0)
    line = plain(rig.floor.desk.campaigns()[0], progress, rig.floor.desk.marketing.statuses())
    assert "leipzig: marketing on, rate -, 0 waiting" in line
    assert "halle: marketing off (" in line
