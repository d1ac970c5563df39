"""Rule files read anew while calls go on: all of it between two verdicts, or nothing."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from compliance.hours import DAY
from compliance.proof import Head, faults_in
from compliance.rule_files import shipped_texts
from dialer.domain.campaign import DialMode
from dialer.domain.errors import BadInputs, Conflict, DatabaseUnavailable
from dialer.domain.ids import AgentId, CampaignId, EngineName
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Outcome
from dialer.ports import Blocked
from tests.flow.rig import MONDAY_TEN_IN_NEW_YORK, Rig, new_rig

pytestmark = pytest.mark.looptime
ENGINE, ANNA = EngineName("engine-1"), AgentId("1001")
LAX = shipped_texts()["default.toml"].replace('figure = "opt-in"', 'figure = "opt-out"')
STRICT = LAX.replace('figure = "opt-out"', 'figure = "opt-in"')
LATE = LAX.replace('from = "10:00", to = "13:00"', 'from = "11:00", to = "13:00"')


def ruled_rig(folder: Path, text: str, start: datetime = MONDAY_TEN_IN_NEW_YORK) -> Rig:
    """A floor that dials by a file of its own."""
    rig = new_rig(folder, start=start)
    rig.rule_file = folder / "rules.toml"
    rig.rule_file.write_text(text)
    return rig


def write(rig: Rig, text: str) -> None:
    assert rig.rule_file is not None
    rig.rule_file.write_text(text)


async def test_leads_that_the_old_rules_stopped_are_judged_by_the_new(tmp_path: Path) -> None:
    rig = ruled_rig(tmp_path, STRICT)
    await rig.make_campaign()
    lead = rig.lead("01")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.book.leads[lead].reason == "consent", 60)
        write(rig, LAX)
        reload = await rig.desk.rules.reload("susan")
        assert (reload.changed, reload.after) == (True, rig.desk.rules.in_force.digest)
        assert [(row["change"], row["rule"], row["before"]) for row in reload.rows] == [
            ("changed", "DEF-CONS@1", "opt-in")
        ]
        await rig.until(lambda: len(rig.telephony.orders) == 1, 30)
    chain = rig.proof_book.chains[ENGINE]
    assert [json.loads(one.record)["rule_files"] for one in chain[:2]] == [reload.before, reload.after]
    assert list(faults_in(chain, Head())) == []


async def test_leads_that_wait_for_the_old_rules_hours_are_judged_by_the_new(tmp_path: Path) -> None:
    rig = ruled_rig(tmp_path, LATE)
    await rig.make_campaign()
    lead = rig.lead("01")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.book.leads[lead].status is LeadStatus.WAITING, 60)
        write(rig, LAX)
        await rig.desk.rules.reload("susan")
        await rig.until(lambda: len(rig.telephony.orders) == 1, 30)


async def test_with_any_fault_nothing_changes_and_calls_go_on(tmp_path: Path) -> None:
    rig = ruled_rig(tmp_path, LAX)
    await rig.make_campaign(wrap_up_seconds=0)
    for _ in range(20):
        rig.lead("01")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.orders) >= 2, 600)
        before = rig.desk.rules.in_force
        write(rig, STRICT.replace('mark = "D"', 'mark = "X"', 1).replace('figure = "shown"', 'figure = "hidden"'))
        with pytest.raises(BadInputs) as refused:
            await rig.desk.rules.reload("susan")
        assert [fault.place for fault in refused.value.faults] == [
            "rules.toml: rule DEF-CONS: mark",
            "rules.toml: rule DEF-CLI: figure",
        ]
        assert rig.desk.rules.in_force is before
        placed = len(rig.telephony.orders)
        await rig.until(lambda: len(rig.telephony.orders) > placed, 600)
    assert {json.loads(one.record)["rule_files"] for one in rig.proof_book.chains[ENGINE]} == {before.digest}


async def test_the_same_files_again_change_nothing(tmp_path: Path) -> None:
    rig = ruled_rig(tmp_path, STRICT)
    await rig.make_campaign()
    lead = rig.lead("01")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.book.leads[lead].reason == "consent", 60)
        before = rig.desk.rules.in_force
        write(rig, STRICT)
        for _ in range(2):
            reload = await rig.desk.rules.reload("susan")
            assert (reload.changed, reload.before, reload.rows) == (False, reload.after, [])
        assert rig.desk.rules.in_force is before
        await rig.clock.sleep(10)
        assert rig.book.leads[lead].status is LeadStatus.BLOCKED


async def test_what_the_old_rules_let_through_is_not_dialed_after_the_swap(tmp_path: Path) -> None:
    rig = ruled_rig(tmp_path, LAX)
    await rig.make_campaign()
    lead = rig.lead("01")
    rig.book.opening_seconds = 3.0
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.engine.floor.tracker) == 1, 60)
        write(rig, STRICT)
        await rig.desk.rules.reload("susan")
        await rig.until(lambda: rig.book.leads[lead].reason == "consent", 3600)
        assert rig.telephony.orders == []
    assert rig.outcomes() == {Outcome.NOT_PLACED: 1}


async def test_a_yes_is_given_once_more_when_the_database_was_slow(tmp_path: Path) -> None:
    rig = ruled_rig(tmp_path, LAX, start=MONDAY_TEN_IN_NEW_YORK + timedelta(hours=2, minutes=58))
    await rig.make_campaign()
    lead = rig.lead("01")
    rig.book.opening_seconds = 100.0
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.outcomes()[Outcome.NOT_PLACED] == 1, 300)
        rig.book.opening_seconds = 0.0
        await rig.until(lambda: rig.book.leads[lead].reason == "calling hours", 600)
        assert rig.telephony.orders == []
        await rig.until(lambda: len(rig.telephony.orders) == 1, 7200)
    assert rig.telephony.orders[0].attempt in rig.book.attempts


async def test_a_preview_that_the_old_rules_let_through_is_judged_by_the_new_when_accepted(tmp_path: Path) -> None:
    rig = ruled_rig(tmp_path, LAX)
    await rig.make_campaign(dial_mode=DialMode.PREVIEW)
    rig.lead("01")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") == "previewing", 60)
        write(rig, STRICT)
        await rig.desk.rules.reload("susan")
        with pytest.raises(Conflict, match="consent"):
            rig.desk.accept_preview(ANNA)
        assert rig.telephony.orders == []


async def test_what_the_old_rules_stopped_a_moment_ago_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = ruled_rig(tmp_path, STRICT)
    await rig.make_campaign()
    lead, block, blocking = rig.lead("01"), rig.book.block, False

    async def slowly(blocked: Sequence[Blocked], owner: EngineName) -> None:
        nonlocal blocking
        blocking = True
        await rig.clock.sleep(3)
        await block(blocked, owner)

    monkeypatch.setattr(rig.book, "block", slowly)
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: blocking, 60)
        assert rig.book.leads[lead].status is LeadStatus.LEASED
        write(rig, LAX)
        await rig.desk.rules.reload("susan")
        await rig.until(lambda: len(rig.telephony.orders) == 1, 30)


async def test_a_database_that_is_away_is_asked_again_for_what_to_judge_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = ruled_rig(tmp_path, STRICT)
    await rig.make_campaign()
    lead, reconsider, tries = rig.lead("01"), rig.book.reconsider, 0

    async def away(campaign: CampaignId, reasons: frozenset[str], *, waiting: bool = False) -> int:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise DatabaseUnavailable("down")
        return await reconsider(campaign, reasons, waiting=waiting)

    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.book.leads[lead].reason == "consent", 60)
        monkeypatch.setattr(rig.book, "reconsider", away)
        write(rig, LAX)
        assert (await rig.desk.rules.reload("susan")).changed
        await rig.until(lambda: len(rig.telephony.orders) == 1, 60)


@pytest.mark.parametrize("edit", [("DEF-ABN-30D", "DEF-ABN-THIRTY"), ('"successive 30 days"', '"24 h"')])
async def test_the_ledger_draws_its_windows_by_the_new_rules(tmp_path: Path, edit: tuple[str, str]) -> None:
    rig = ruled_rig(tmp_path, LAX)
    await rig.make_campaign()
    rig.lead("06")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.outcomes().total() == 1, 900)
        await rig.desk.abandonment("autumn")
        write(rig, LAX.replace(*edit))
        await rig.desk.rules.reload("susan")
        await rig.clock.sleep(1)
        windows = rig.engine.abandonment.windows(rig.campaign, rig.clock.now()) or ()
        rules = rig.desk.rules.in_force.abandonment_on(int(rig.clock.now().timestamp() // DAY))
        assert [window.rule for window in windows] == list(rules)
        begun = {window.rule.window: window.opens_at for window in windows}
        assert all(window.opens_at == begun[window.rule.window] for window in windows)
        assert {window.live_answers for window in windows} == {1}
