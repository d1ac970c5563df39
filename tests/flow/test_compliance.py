"""Compliance in the flow: every verdict is in the log before anything is done by it, and what blocked a lead can go."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from compliance.facts import LastCalls, Listing
from compliance.proof import Head, faults_in
from dialer.domain.caller_id import CallerId
from dialer.domain.errors import Conflict, DatabaseUnavailable
from dialer.domain.ids import EngineName
from dialer.domain.lead import LeadStatus
from dialer.domain.phone import PhoneNumber
from dialer.ports import ConsentNote
from tests.flow.rig import new_rig

pytestmark = pytest.mark.looptime
ENGINE = EngineName("engine-1")


async def test_every_verdict_is_in_the_log_before_its_call_and_the_chain_is_whole(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=5, max_attempts=1)
    for _ in range(6):
        rig.lead("01")
    floridian = rig.book.add_lead(rig.campaign.id, rig.book.add_contact("+13055550123"))
    logged = []
    rig.telephony.before_placing = lambda order: logged.append(
        order.attempt in {one.attempt for one in rig.proof_book.chains[ENGINE]}
    )
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.outcomes().total() >= 6 and rig.book.leads[floridian].reason == "consent", 600)
    assert len(logged) >= 6
    assert all(logged)
    chain = rig.proof_book.chains[ENGINE]
    assert list(faults_in(chain, Head())) == []
    assert {one.attempt for one in chain} >= set(rig.book.attempts)
    [blocked] = [one for one in chain if one.attempt is None]
    assert json.loads(blocked.record)["failures"][0]["rule"] == "US-FL-CONS@1"


async def test_while_no_verdict_can_be_logged_nothing_is_dialed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    rig.lead("01")

    async def away(*_: object) -> None:
        raise DatabaseUnavailable("down")

    append = rig.proof_book.append
    async with rig.working():
        monkeypatch.setattr(rig.proof_book, "append", away)
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.clock.sleep(120)
        assert rig.telephony.orders == []
        assert rig.book.attempts == {}
        monkeypatch.setattr(rig.proof_book, "append", append)
        await rig.until(lambda: rig.outcomes().total() >= 1, 600)
    assert list(faults_in(rig.proof_book.chains[ENGINE], Head())) == []


async def test_a_campaign_without_a_caller_id_dials_nobody_until_it_has_one(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(caller_id="")
    shown, bare = replace(rig.campaign.plan, caller_id="+12025550100"), rig.campaign.plan
    lead = rig.lead("01")
    async with rig.working():
        with pytest.raises(Conflict, match="campaign autumn has no caller id"):
            await rig.desk.start_campaign("autumn")
        await rig.desk.tune_campaign("autumn", shown)
        await rig.desk.start_campaign("autumn")
        await rig.desk.tune_campaign("autumn", bare)
        await rig.agents_on("1001")
        await rig.until(lambda: rig.book.leads[lead].status is LeadStatus.BLOCKED, 60)
        assert (rig.book.leads[lead].reason, rig.telephony.orders) == ("caller id", [])
        await rig.desk.tune_campaign("autumn", shown)
        await rig.until(lambda: len(rig.telephony.orders) == 1, 60)


async def test_numbers_of_the_pool_take_turns_within_their_limit_and_the_log_has_them(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0)
    leads = [rig.lead(f"{number:02}") for number in range(4)]
    numbers = ("+12125550177", "+12125550188")
    for number in numbers:
        await rig.caller_ids.put(CallerId(PhoneNumber(number), "US", daily_limit=1))
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len([one for one in leads if rig.book.leads[one].reason == "caller id"]) == 2, 3_600)
        assert sorted(order.caller_id for order in rig.telephony.orders) == list(numbers)
        assert sorted(held.attempt.caller_id for held in rig.book.attempts.values()) == list(numbers)
        told = [json.loads(one.record) for one in rig.proof_book.chains[ENGINE]]
        assert sorted(one["facts"]["caller_id"] for one in told if one["allowed"]) == list(numbers)
        first = min(held.attempt.opened_at for held in rig.book.attempts.values())
        waiting = [one for one in rig.book.leads.values() if one.reason == "caller id"]
        assert {(one.status, one.due_at) for one in waiting} == {(LeadStatus.WAITING, first + timedelta(hours=24))}
        await rig.caller_ids.put(CallerId(PhoneNumber("+12125550199")))
        await rig.until(lambda: len(rig.telephony.orders) == 4, 600)
        assert [order.caller_id for order in rig.telephony.orders][2:] == ["+12125550199"] * 2


async def test_starting_a_campaign_has_blocked_leads_looked_at_again(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign()
    lead, fresh = rig.lead("01"), rig.book.lists.pop("US-DNC")
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.book.leads[lead].reason == "national list", 60)
        await rig.desk.stop_campaign("autumn")
        rig.book.lists["US-DNC"] = fresh
        await rig.clock.sleep(30)
        assert rig.telephony.orders == []
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: len(rig.telephony.orders) == 1, 60)


async def test_consent_withdrawn_while_a_lead_is_at_hand_stops_its_call(tmp_path: Path) -> None:
    rig = new_rig(tmp_path)
    await rig.make_campaign(wrap_up_seconds=0)
    rig.lead("00", 9.0)
    at_hand = rig.lead("01", 1.0)
    contact = rig.book.leads[at_hand].contact
    async with rig.working():
        await rig.agents_on("1001")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of("1001") == "talking", 60)
        await rig.book.note(contact, ConsentNote(rig.clock.now(), False, "letter"))
        await rig.until(lambda: rig.book.leads[at_hand].reason == "consent", 900)
    assert not any(held.attempt.contact == contact for held in rig.book.attempts.values())


async def test_who_may_be_called_by_a_kept_agent_alone_is_called_once_no_other_lead_is_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = new_rig(tmp_path)
    for name in ("GB-TPS", "GB-CTPS"):
        rig.book.lists[name] = lambda _: Listing(rig.clock.now(), False)
    await rig.make_campaign(wrap_up_seconds=5, max_attempts=9)
    contact = rig.book.add_contact("+442079460100")
    first = rig.book.add_lead(rig.campaign.id, contact, 9.0)
    known, hour_ago = rig.book._last_calls, rig.clock.now() - timedelta(hours=1)
    abandoned = LastCalls(abandoned_at=hour_ago)
    monkeypatch.setattr(rig.book, "_last_calls", lambda one: abandoned if one == contact else known(one))
    others = [rig.lead("00") for _ in range(6)]
    async with rig.working():
        await rig.agents_on("1001", "1002")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: any(held.attempt.lead == first for held in rig.book.attempts.values()))
    dialed = [held.attempt for held in rig.book.attempts.values()]
    assert {one.lead for one in dialed} == {first, *others}
    assert dialed[-1].lead == first
    assert dialed[-1].reserved_for is not None
    assert all(one.reserved_for is None for one in dialed[:-1])
    assert dialed[-1].judged is not None
    assert dialed[-1].judged.facts.agent_guaranteed
