"""What /metrics tells of a floor, and that nobody's number is in it."""

import asyncio
import re
from math import inf
from pathlib import Path

from aiohttp.test_utils import make_mocked_request
from prometheus_client.parser import text_string_to_metric_families

from dialer.domain.caller_id import CallerId, CallerIdUse
from dialer.domain.ids import ServerName
from dialer.domain.phone import PhoneNumber
from dialer.domain.spans import Spans
from dialer.engine.proof import ALLOWED
from dialer.engine.quality.desk import Backlog
from monitoring import names
from monitoring.metrics import FloorMetrics, LoopLag
from tests.api.rig import ApiRig

DOCUMENT = Path(__file__).parents[2] / "docs" / "operations.md"
ANSWERED = Spans()
ANSWERED.note(0.003)


def told(rig: ApiRig) -> str:
    return FloorMetrics(rig.floor.desk, lambda: {ServerName("main"): ANSWERED}, ANSWERED, Spans()).text()


def samples(text: str) -> dict[str, float]:
    return {
        f"{one.name}{sorted(one.labels.items())}": one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


async def test_a_call_is_seen_from_its_verdict_to_its_agent(rig: ApiRig) -> None:
    assert (await rig.ask("PATCH", "/v1/campaigns/autumn", json={"dial_mode": "predictive"})).status == 200
    await rig.in_a_call()
    found = samples(told(rig))
    autumn = ("campaign", "autumn")
    assert found[f"dialer_verdicts_total{[autumn, ('rule', ALLOWED)]}"] == 1
    assert found[f"dialer_answer_to_agent_seconds_count{[autumn]}"] == 1
    assert found[f"dialer_attempts_total{[autumn]}"] == 1
    assert found[f"dialer_learned_lines_total{[autumn]}"] == 1
    assert found[f"dialer_learned_answers_total{[autumn]}"] == 1
    assert 0.0 < found[f"dialer_learned_expected_answers_total{[autumn]}"] < 1.0
    assert found[f"dialer_ami_answer_seconds_bucket{[('le', '0.005'), ('server', 'main')]}"] == 1
    assert found[f"dialer_ami_answer_seconds_bucket{[('le', '0.0025'), ('server', 'main')]}"] == 0
    assert found["dialer_draining[]"] == 0


async def test_a_lead_that_the_law_stops_is_counted_by_its_rule(rig: ApiRig) -> None:
    contact = rig.floor.book.add_contact("+442079460000")
    rig.floor.book.add_lead((await rig.floor.book.campaign("autumn")).id, contact, 1.0)
    await rig.agent_ready()
    assert (await rig.post("/v1/campaigns/autumn/start")).status == 200
    await rig.until(lambda: "dialer_verdicts_total" in "".join(samples(told(rig))))
    rules = {
        one.labels["rule"]
        for family in text_string_to_metric_families(told(rig))
        if family.name == "dialer_verdicts"
        for one in family.samples
    }
    assert rules
    assert ALLOWED not in rules


async def test_every_metric_is_named_once_and_told_in_the_document(rig: ApiRig) -> None:
    told_names = {family.name for family in text_string_to_metric_families(told(rig))}
    assert told_names == {one.name for one in names.EVERY}
    assert len({one.name for one in names.EVERY}) == len(names.EVERY)
    documented = DOCUMENT.read_text("utf-8")
    for one in names.EVERY:
        ending = "_total" if isinstance(one, names.Counter) else ""
        assert f"`{one.name}{ending}`" in documented, f"docs/operations.md does not tell {one.name}{ending}"


async def test_labels_are_of_the_settings_and_the_domain_and_nobody_is_in_them(rig: ApiRig) -> None:
    attempt = await rig.in_a_call()
    text = told(rig)
    number = rig.floor.book.attempts[attempt].attempt.number.e164
    assert number[1:] not in text
    assert not re.search(r'"\+?\d{7,}"', text)
    assert "Ann" not in text
    assert attempt not in text


async def test_caller_ids_are_told_by_place_and_not_by_number(rig: ApiRig) -> None:
    numbers = [PhoneNumber(f"+1212555010{last}") for last in range(3)]
    pool = rig.floor.engine.gate.caller_ids
    florida_uses = [CallerIdUse(CallerId(one, "US-FL"), 200, None, 200, 70) for one in numbers[:2]]
    pool.fill([*florida_uses, CallerIdUse(CallerId(numbers[2]), 200, None, 5, 1)])
    text, found = told(rig), samples(told(rig))
    florida, everywhere = [("place", "US-FL"), ("state", "ok")], [("place", "all"), ("state", "ok")]
    assert found[f"dialer_caller_ids{florida}"] == 2
    assert found[f"dialer_caller_id_day_attempts{florida}"] == 400
    assert found[f"dialer_caller_id_day_answers{florida}"] == 140
    assert found[f"dialer_caller_id_day_answers{everywhere}"] == 1
    assert not any(one.e164[1:] in text for one in numbers)


async def test_a_scrape_is_prometheus_text_with_the_process_behind_the_floor(rig: ApiRig) -> None:
    floor = FloorMetrics(rig.floor.desk, dict, Spans(), Spans())
    answer = await floor.handle(make_mocked_request("GET", "/metrics"))
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    scraped = samples(floor.scraped().decode())
    assert scraped["dialer_spool_outcomes[]"] == 0
    assert scraped["process_resident_memory_bytes[]"] > 1_000_000


async def test_what_stands_open_in_quality_is_told(rig: ApiRig) -> None:
    text = FloorMetrics(rig.floor.desk, dict, Spans(), Spans(), lambda: Backlog(7, 2, 1)).text()
    found = samples(text)
    told = ("waiting_scores", "disputed_calls", "notices")
    assert [found[f"dialer_quality_{name}[]"] for name in told] == [7, 2, 1]


async def test_what_can_go_wrong_is_told_as_0_before_it_does(rig: ApiRig) -> None:
    assert (await rig.ask("PATCH", "/v1/campaigns/autumn", json={"dial_mode": "predictive"})).status == 200
    found = samples(told(rig))
    assert found[f"dialer_agents{[('campaign', 'autumn'), ('state', 'ready')]}"] == 0
    assert found[f"dialer_outcomes_total{[('campaign', 'autumn'), ('outcome', 'abandoned')]}"] == 0
    assert found[f"dialer_server_outcomes_total{[('outcome', 'congestion'), ('server', 'main')]}"] == 0


async def test_the_loop_is_seen_to_be_late() -> None:
    lag = LoopLag()
    running = asyncio.ensure_future(lag.run())
    await asyncio.sleep(0.6)
    running.cancel()
    assert lag.late.count >= 1
    assert list(lag.late.up_to())[-1] == (inf, lag.late.count)
