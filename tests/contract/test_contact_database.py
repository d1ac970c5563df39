"""What the engine may rely on of the contact database, held against the fake, the embedded server and PostgreSQL 15."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

import pytest

from compliance.abandonment import Tally
from compliance.facts import LastCalls
from compliance.rule_files import shipped_rules
from dialer.clock import ScaledClock
from dialer.domain.agent import AgentState
from dialer.domain.call import close_as
from dialer.domain.campaign import Campaign, CampaignPlan, CampaignStatus, DialMode, MachineHandling
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.ids import CampaignId, ContactId, LeadId, ServerName, new_attempt_id
from dialer.domain.lead import Lead, LeadStatus
from dialer.domain.outcome import FINAL_DISPOSITIONS, AmdResult, CallEnd, Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.engine.abandonment import AbandonmentLedger
from dialer.engine.call_tracker import CallTracker
from dialer.engine.gate import Gate
from dialer.engine.outcome_recorder import OutcomeRecorder
from dialer.engine.spool import Spool
from dialer.ports import AgentNote, AgentRecord, Blocked, CallBack, ClosedAttempt
from tests.contract.contact_worlds import World
from tests.contract.lead_work import (
    ANNA,
    BEN,
    ENGINE,
    FIRST,
    NOW,
    OTHER_ENGINE,
    RANDOM,
    SECOND,
    again,
    attempt_on,
    claim,
    claimed,
    closing,
    disposing,
    opened,
    seconds,
)
from tests.fakes.telephony import FakeTelephony

# --- leads by lease ---------------------------------------------------------------------------------------------------


async def test_the_best_leads_are_claimed_first_and_only_once(world: World, campaign: Campaign) -> None:
    low, best, middle = [
        await world.add_lead(campaign.id, await world.add_contact(FIRST), score) for score in (1.0, 9.0, 5.0)
    ]
    assert [lead.id for lead in await claim(world, campaign, 2)] == [best, middle]
    assert [lead.id for lead in await claim(world, campaign, 2, OTHER_ENGINE)] == [low]
    assert await claim(world, campaign) == []


async def test_a_claim_goes_on_where_a_look_ahead_has_found_the_next_lead(world: World, campaign: Campaign) -> None:
    until = NOW + seconds(120)
    assert await world.stock.look_ahead(campaign.id, 10) == inf
    low, best, middle = [
        await world.add_lead(campaign.id, await world.add_contact(FIRST), score) for score in (1.0, 9.0, 5.0)
    ]
    [leased] = await world.stock.claim(campaign.id, 1, ENGINE, NOW, until)
    assert (leased.id, leased.at) == (best, NOW)
    assert await world.stock.look_ahead(campaign.id, 10) == 5.0
    better = await world.add_lead(campaign.id, await world.add_contact(SECOND), 7.0)
    rest = await world.stock.claim(campaign.id, 10, ENGINE, NOW, until, score_from=5.0)
    assert [one.id for one in rest] == [middle, low]
    assert [one.id for one in await world.stock.claim(campaign.id, 10, ENGINE, NOW, until)] == [better]


async def test_a_lead_carries_what_the_gate_needs(world: World, campaign: Campaign) -> None:
    contact = await world.add_contact(FIRST, SECOND, time_zone="America/Chicago")
    await world.add_lead(campaign.id, contact, 2.5)
    [lead] = await claim(world, campaign)
    assert (lead.campaign, lead.contact, lead.score, lead.time_zone) == (campaign.id, contact, 2.5, "America/Chicago")
    assert [number.number.e164 for number in lead.numbers] == [FIRST, SECOND]
    assert (lead.attempts, lead.contact_attempts, lead.on_dnc, lead.call_back_at) == (0, (), False, None)
    assert [(number.attempts, number.listings) for number in lead.numbers] == [((), {}), ((), {})]
    assert (lead.consents, lead.last_calls, lead.region, lead.purchased_at) == ((), LastCalls(), None, None)


async def test_a_claim_of_another_campaign_finds_nothing(world: World, campaign: Campaign) -> None:
    other = await world.campaigns.create(CampaignPlan("autumn"))
    await world.add_lead(campaign.id, await world.add_contact(FIRST))
    assert await claim(world, other) == []


async def test_a_contact_without_a_number_is_claimed_without_one(world: World, campaign: Campaign) -> None:
    await world.add_lead(campaign.id, await world.add_contact())
    [lead] = await claim(world, campaign)
    assert lead.numbers == ()
    assert not lead.on_dnc


async def test_numbers_on_dnc_are_left_out(world: World, campaign: Campaign) -> None:
    await world.add_lead(campaign.id, await world.add_contact(FIRST, SECOND))
    await world.dnc.add([PhoneNumber(FIRST)], "register", NOW)
    [lead] = await claim(world, campaign)
    assert [number.number.e164 for number in lead.numbers] == [SECOND]
    assert not lead.on_dnc


async def test_a_contact_whose_every_number_is_on_dnc_is_marked(world: World, campaign: Campaign) -> None:
    await world.add_lead(campaign.id, await world.add_contact(FIRST))
    await world.dnc.add([PhoneNumber(FIRST)], "register", NOW)
    [lead] = await claim(world, campaign)
    assert lead.numbers == ()
    assert lead.on_dnc


async def test_attempts_of_the_last_month_are_known_by_number_and_by_contact(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST, SECOND)
    for hours in (24 * 31, 20, 10):
        attempt = await opened(world, lead, at=NOW - timedelta(hours=hours))
        await world.attempts.close([closing(attempt, Outcome.BUSY, NOW)])
        lead = await again(world, campaign, NOW)
    late, later = NOW - timedelta(hours=20), NOW - timedelta(hours=10)
    assert lead.contact_attempts == (late, later)
    assert [number.attempts for number in lead.numbers] == [(later,), (late,)]


async def test_a_number_shared_by_two_contacts_is_counted_once_for_both(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    await world.attempts.close([closing(await opened(world, lead), Outcome.BUSY)])
    other = await claimed(world, campaign, FIRST)
    assert other.contact_attempts == ()
    assert [len(number.attempts or ()) for number in other.numbers] == [1]


async def test_released_leads_can_be_claimed_again_but_only_their_owner_releases(
    world: World, campaign: Campaign
) -> None:
    lead = await claimed(world, campaign)
    await world.stock.release([lead.id], OTHER_ENGINE)
    assert await claim(world, campaign) == []
    await world.stock.release([lead.id], ENGINE)
    assert await claim(world, campaign) == [lead]


async def test_an_engine_that_starts_anew_puts_back_what_its_last_run_did_not_dial(
    world: World, campaign: Campaign
) -> None:
    dialed = await claimed(world, campaign)
    await opened(world, dialed)
    left = await claimed(world, campaign)
    assert await world.stock.release_all(OTHER_ENGINE) == 0
    assert await world.stock.release_all(ENGINE) == 1
    assert (await world.lead(dialed.id)).status is LeadStatus.LEASED
    assert [lead.id for lead in await claim(world, campaign)] == [left.id]


async def test_a_lead_in_an_open_attempt_is_neither_released_nor_blocked(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    await opened(world, lead)
    await world.stock.release([lead.id], ENGINE)
    await world.stock.block([Blocked(lead.id, "calling hours", NOW)], ENGINE)
    assert (await world.lead(lead.id)).status is LeadStatus.LEASED


async def test_a_lead_blocked_until_a_time_waits_for_it(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    await world.stock.block([Blocked(lead.id, "calling hours", NOW + seconds(60))], ENGINE)
    report = await world.stock.report(campaign.id)
    assert report.by_status == {LeadStatus.WAITING: 1}
    assert report.reasons == {"calling hours": 1}
    assert report.next_due == NOW + seconds(60)
    assert not report.exhausted
    assert await world.stock.wake(NOW + seconds(59)) == 0
    assert await world.stock.wake(NOW + seconds(60)) == 1
    assert [woken.id for woken in await claim(world, campaign)] == [lead.id]


async def test_a_lead_blocked_for_good_exhausts_its_campaign(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    await world.stock.block([Blocked(lead.id, "do-not-call", None)], ENGINE)
    assert await world.stock.wake(NOW + timedelta(days=999)) == 0
    report = await world.stock.report(campaign.id)
    assert report.by_status == {LeadStatus.BLOCKED: 1}
    assert report.reasons == {"do-not-call": 1}
    assert report.exhausted


async def test_only_the_owner_of_its_lease_blocks_a_lead(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    await world.stock.block([Blocked(lead.id, "do-not-call", None)], OTHER_ENGINE)
    assert (await world.lead(lead.id)).status is LeadStatus.LEASED


async def test_a_lease_that_ran_out_comes_back(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    assert await world.stock.wake(NOW + seconds(119)) == 0
    assert await world.stock.wake(NOW + seconds(120)) == 1
    assert [woken.id for woken in await claim(world, campaign, owner=OTHER_ENGINE)] == [lead.id]


async def test_a_lease_with_an_open_attempt_never_runs_out(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    await opened(world, lead)
    assert await world.stock.wake(NOW + timedelta(days=9)) == 0
    assert (await world.lead(lead.id)).status is LeadStatus.LEASED


async def test_a_campaign_without_leads_is_exhausted(world: World, campaign: Campaign) -> None:
    report = await world.stock.report(campaign.id)
    assert (report.by_status, report.reasons, report.next_due, report.exhausted) == ({}, {}, None, True)


async def test_nothing_given_changes_nothing(world: World, campaign: Campaign) -> None:
    await world.stock.release([], ENGINE)
    await world.stock.block([], ENGINE)
    await world.attempts.close([])
    await world.agents.note_states([])
    assert (await world.attempts.open([], ENGINE)).opened == frozenset()
    assert await world.dnc.add([], "register", NOW) == 0


# --- attempts ---------------------------------------------------------------------------------------------------------


async def test_an_opened_attempt_is_still_open_until_it_is_closed(world: World, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign), ANNA)
    assert await world.attempts.still_open(ENGINE) == [attempt]
    assert await world.attempts.still_open(OTHER_ENGINE) == []
    await world.attempts.close([closing(attempt, Outcome.BUSY)])
    assert await world.attempts.still_open(ENGINE) == []


async def test_an_open_attempt_tells_how_many_there_were_before(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    await world.attempts.close([closing(await opened(world, lead), Outcome.BUSY, NOW)])
    second = await opened(world, await again(world, campaign, NOW))
    assert second.lead_attempts == 1
    assert await world.attempts.still_open(ENGINE) == [second]


async def test_opening_an_attempt_twice_opens_it_once(world: World, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    result = await world.attempts.open([attempt], ENGINE)
    assert result.opened == {attempt.id}
    assert result.refused == {}
    assert await world.attempts.still_open(ENGINE) == [attempt]


async def test_attempts_are_refused_one_by_one_with_their_reason(world: World, campaign: Campaign) -> None:
    numbers = [f"+1202555010{i}" for i in range(5)]
    for number in numbers:
        await world.add_lead(campaign.id, await world.add_contact(number))
    fine, listed, lost, busy, wrong = await claim(world, campaign)
    await world.dnc.add([listed.numbers[0].number], "register", NOW)
    await world.stock.release([lost.id], ENGINE)
    await opened(world, busy)
    attempts = [attempt_on(lead) for lead in (fine, listed, lost, busy)]
    strange = replace(attempt_on(wrong), number=PhoneNumber("+12025550199"))
    result = await world.attempts.open([*attempts, strange], ENGINE)
    assert result.opened == {attempts[0].id}
    assert result.refused == {
        attempts[1].id: "do-not-call",
        attempts[2].id: "lease lost",
        attempts[3].id: "another attempt is open",
        strange.id: "no number",
    }


async def test_another_engines_lead_is_refused(world: World, campaign: Campaign) -> None:
    attempt = attempt_on(await claimed(world, campaign))
    result = await world.attempts.open([attempt], OTHER_ENGINE)
    assert result.refused == {attempt.id: "lease lost"}


async def test_one_lead_twice_in_a_batch_is_opened_once(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    result = await world.attempts.open([attempt_on(lead), attempt_on(lead)], ENGINE)
    assert len(result.opened) == 1
    assert list(result.refused.values()) == ["another attempt is open"]


async def test_a_closed_attempt_moves_its_lead_on(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    attempt = await opened(world, lead)
    due = NOW + timedelta(minutes=15)
    await world.attempts.close([closing(attempt, Outcome.BUSY, due, points=-1.5)])
    seen = await world.lead(lead.id)
    assert (seen.status, seen.due_at, seen.reason) == (LeadStatus.WAITING, due, "after busy")
    assert (seen.attempts, seen.score) == (1, -1.5)


@pytest.mark.parametrize(
    ("exhausted", "status", "reasons"),
    [(True, LeadStatus.EXHAUSTED, {"attempt limit": 1}), (False, LeadStatus.DONE, {})],
)
async def test_without_a_due_time_a_lead_is_exhausted_or_done(
    world: World, campaign: Campaign, exhausted: bool, status: LeadStatus, reasons: dict[str, int]
) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    await world.attempts.close([closing(attempt, Outcome.NO_ANSWER, exhausted=exhausted)])
    report = await world.stock.report(campaign.id)
    assert report.by_status == {status: 1}
    assert report.reasons == reasons


async def test_closing_a_closed_attempt_changes_nothing(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    closed = closing(await opened(world, lead), Outcome.BUSY, NOW, points=2)
    await world.attempts.close([closed, closed])
    await again(world, campaign, NOW)
    await world.attempts.close([closed])
    seen = await world.lead(lead.id)
    assert (seen.status, seen.attempts, seen.score) == (LeadStatus.LEASED, 1, 2)


async def test_closing_an_attempt_that_nobody_knows_leaves_the_others_be(world: World, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    stranger = replace(attempt, id=new_attempt_id(NOW, RANDOM))
    await world.attempts.close([closing(stranger, Outcome.BUSY), closing(attempt, Outcome.BUSY)])
    assert await world.attempts.still_open(ENGINE) == []


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_only_calls_that_may_have_rung_count_as_attempts(
    world: World, campaign: Campaign, outcome: Outcome
) -> None:
    lead = await claimed(world, campaign, FIRST, SECOND)
    await world.attempts.close([closing(await opened(world, lead), outcome, NOW, agent=ANNA)])
    again_claimed = await again(world, campaign, NOW + seconds(60))
    counted = int(outcome not in {Outcome.NOT_PLACED, Outcome.CONGESTION})
    assert again_claimed.attempts == counted
    assert again_claimed.contact_attempts == (NOW,) * counted


async def test_after_an_invalid_number_the_lead_goes_on_with_the_next(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST, SECOND)
    await world.attempts.close([closing(await opened(world, lead), Outcome.INVALID_NUMBER)])
    lead = await again(world, campaign, NOW + seconds(30))
    assert [number.number.e164 for number in lead.numbers] == [SECOND]


async def test_an_invalid_last_number_blocks_the_lead(world: World, campaign: Campaign) -> None:
    await world.dnc.add([PhoneNumber(SECOND)], "register", NOW)
    lead = await claimed(world, campaign, FIRST, SECOND)
    await world.attempts.close([closing(await opened(world, lead), Outcome.INVALID_NUMBER)])
    seen = await world.lead(lead.id)
    assert (seen.status, seen.reason) == (LeadStatus.BLOCKED, "no number")


async def test_an_invalid_number_at_the_attempt_limit_exhausts_the_lead(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST, SECOND)
    await world.attempts.close([closing(await opened(world, lead), Outcome.INVALID_NUMBER, exhausted=True)])
    assert (await world.lead(lead.id)).status is LeadStatus.EXHAUSTED


async def test_an_invalid_number_is_refused_from_then_on(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST, SECOND)
    first = await opened(world, lead)
    await world.attempts.close([closing(first, Outcome.INVALID_NUMBER)])
    await again(world, campaign, NOW + seconds(30))
    repeated = replace(first, id=new_attempt_id(NOW, RANDOM))
    assert (await world.attempts.open([repeated], ENGINE)).refused == {repeated.id: "no number"}


# --- dispositions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("disposed_first", [True, False])
@pytest.mark.parametrize("disposition", sorted(FINAL_DISPOSITIONS))
async def test_a_final_disposition_ends_the_lead_in_either_order(
    world: World, campaign: Campaign, disposition: Disposition, disposed_first: bool
) -> None:
    lead = await claimed(world, campaign)
    attempt = await opened(world, lead)
    close = closing(attempt, Outcome.ANSWERED, NOW + seconds(60), agent=ANNA)
    if disposed_first:
        await world.dispositions.dispose(disposing(attempt, disposition))
        assert (await world.lead(lead.id)).status is LeadStatus.LEASED
        await world.attempts.close([close])
    else:
        await world.attempts.close([close])
        await world.dispositions.dispose(disposing(attempt, disposition))
    seen = await world.lead(lead.id)
    assert (seen.status, seen.due_at, seen.reason, seen.attempts) == (LeadStatus.DONE, None, None, 1)


@pytest.mark.parametrize("disposed_first", [True, False])
async def test_a_call_back_is_kept_in_either_order(world: World, campaign: Campaign, disposed_first: bool) -> None:
    lead = await claimed(world, campaign)
    attempt = await opened(world, lead)
    due = NOW + timedelta(hours=3)
    close = closing(attempt, Outcome.ANSWERED, agent=ANNA)
    promise = disposing(attempt, Disposition.CALL_BACK, CallBack(due, ANNA))
    if disposed_first:
        await world.dispositions.dispose(promise)
        await world.attempts.close([close])
    else:
        await world.attempts.close([close])
        await world.dispositions.dispose(promise)
    seen = await world.lead(lead.id)
    assert (seen.status, seen.due_at, seen.reason) == (LeadStatus.WAITING, due, "call-back")
    back = await again(world, campaign, due)
    assert (back.call_back_at, back.call_back_agent) == (due, ANNA)


async def promised(world: World, campaign: Campaign, number: str, due: datetime) -> LeadId:
    lead = await claimed(world, campaign, number)
    attempt = await opened(world, lead)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, agent=ANNA)])
    await world.dispositions.dispose(disposing(attempt, Disposition.CALL_BACK, CallBack(due)))
    return lead.id


async def test_call_backs_due_come_before_the_best_leads_the_earliest_first(world: World, campaign: Campaign) -> None:
    later = await promised(world, campaign, FIRST, NOW + seconds(20))
    sooner = await promised(world, campaign, SECOND, NOW + seconds(10))
    best = await world.add_lead(campaign.id, await world.add_contact("+12025550103"), 99)
    await world.stock.wake(NOW + seconds(20))
    assert [lead.id for lead in await claim(world, campaign)] == [sooner, later, best]


async def test_a_look_ahead_says_nothing_of_call_backs_which_are_claimed_all_the_same(
    world: World, campaign: Campaign
) -> None:
    lead = await promised(world, campaign, FIRST, NOW + seconds(10))
    await world.stock.wake(NOW + seconds(20))
    assert await world.stock.look_ahead(campaign.id, 10) == inf
    claims = await world.stock.claim(campaign.id, 1, ENGINE, NOW + seconds(20), NOW + seconds(60), score_from=-1e9)
    assert [one.id for one in claims] == [lead]


async def test_a_call_back_not_answered_stays_promised_at_its_next_time(world: World, campaign: Campaign) -> None:
    due, next_time = NOW + timedelta(hours=3), NOW + timedelta(hours=5)
    lead = await promised(world, campaign, FIRST, due)
    attempt = await opened(world, await again(world, campaign, due), ANNA)
    await world.attempts.close([closing(attempt, Outcome.NO_ANSWER, next_time)])
    assert (await world.lead(lead)).due_at == next_time
    assert (await again(world, campaign, next_time)).call_back_at == due


async def test_a_call_back_that_was_answered_is_kept_and_gone(world: World, campaign: Campaign) -> None:
    due, next_time = NOW + timedelta(hours=3), NOW + timedelta(hours=5)
    await promised(world, campaign, FIRST, due)
    attempt = await opened(world, await again(world, campaign, due), ANNA)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, next_time, agent=ANNA)])
    assert (await again(world, campaign, next_time)).call_back_at is None


async def test_a_call_back_can_be_promised_again(world: World, campaign: Campaign) -> None:
    due, next_time = NOW + timedelta(hours=3), NOW + timedelta(hours=5)
    await promised(world, campaign, FIRST, due)
    attempt = await opened(world, await again(world, campaign, due))
    await world.dispositions.dispose(disposing(attempt, Disposition.CALL_BACK, CallBack(next_time, BEN), BEN))
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, agent=BEN)])
    back = await again(world, campaign, next_time)
    assert (back.call_back_at, back.call_back_agent) == (next_time, BEN)


async def test_do_not_call_puts_the_number_on_the_list(world: World, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    await world.dispositions.dispose(disposing(attempt, Disposition.DO_NOT_CALL))
    assert await world.dnc.listed(attempt.number)


async def test_a_disposition_that_is_not_final_leaves_the_lead_its_course(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    attempt = await opened(world, lead)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, NOW + seconds(60), agent=ANNA)])
    await world.dispositions.dispose(disposing(attempt, Disposition.OTHER))
    assert (await world.lead(lead.id)).due_at == NOW + seconds(60)


async def test_a_late_final_disposition_takes_the_lead_out_of_a_hopper(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    attempt = await opened(world, lead)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, NOW, agent=ANNA)])
    hoppered = await again(world, campaign, NOW)
    await world.dispositions.dispose(disposing(attempt, Disposition.SALE))
    second = attempt_on(hoppered)
    assert (await world.attempts.open([second], ENGINE)).refused == {second.id: "lease lost"}


async def test_a_late_final_disposition_waits_for_the_attempt_that_is_open(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    first = await opened(world, lead)
    await world.attempts.close([closing(first, Outcome.ANSWERED, NOW, agent=ANNA)])
    second = await opened(world, await again(world, campaign, NOW))
    await world.dispositions.dispose(disposing(first, Disposition.SALE))
    assert (await world.lead(lead.id)).status is LeadStatus.LEASED
    await world.attempts.close([closing(second, Outcome.BUSY, NOW + seconds(60))])
    assert (await world.lead(lead.id)).status is LeadStatus.DONE


async def test_a_final_disposition_is_not_undone_by_an_older_attempts(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign)
    first = await opened(world, lead)
    await world.attempts.close([closing(first, Outcome.ANSWERED, NOW, agent=ANNA)])
    second = await opened(world, await again(world, campaign, NOW))
    await world.attempts.close([closing(second, Outcome.ANSWERED, agent=ANNA)])
    await world.dispositions.dispose(disposing(second, Disposition.REFUSED))
    await world.dispositions.dispose(disposing(first, Disposition.CALL_BACK, CallBack(NOW + seconds(9))))
    assert (await world.lead(lead.id)).status is LeadStatus.DONE


async def test_an_attempt_is_disposed_of_once(world: World, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    await world.dispositions.dispose(disposing(attempt, Disposition.SALE))
    with pytest.raises(Conflict):
        await world.dispositions.dispose(disposing(attempt, Disposition.REFUSED))


async def test_another_agents_attempt_cant_be_disposed_of(world: World, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, agent=BEN)])
    with pytest.raises(Conflict):
        await world.dispositions.dispose(disposing(attempt, Disposition.SALE))


async def test_an_attempt_reserved_for_another_agent_cant_be_disposed_of(world: World, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign), BEN)
    with pytest.raises(Conflict):
        await world.dispositions.dispose(disposing(attempt, Disposition.SALE))


async def test_an_unknown_attempt_cant_be_disposed_of(world: World, campaign: Campaign) -> None:
    attempt = attempt_on(await claimed(world, campaign))
    with pytest.raises(NotFound):
        await world.dispositions.dispose(disposing(attempt, Disposition.SALE))


@pytest.mark.parametrize(
    ("disposition", "call_back"), [(Disposition.CALL_BACK, None), (Disposition.SALE, CallBack(NOW))]
)
async def test_a_call_back_and_its_time_come_together(
    world: World, campaign: Campaign, disposition: Disposition, call_back: CallBack | None
) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    with pytest.raises(BadInput):
        await world.dispositions.dispose(disposing(attempt, disposition, call_back))


# --- campaigns, agents, do-not-call, cards ----------------------------------------------------------------------------

RICH_PLAN = CampaignPlan(
    "Señor's “café” 100%",
    purpose="survey",
    service_group="north",
    dial_mode=DialMode.PREDICTIVE,
    dial_level=2.5,
    ring_seconds=30,
    agent_wait_seconds=1.5,
    abandon_cap=0.015,
    wrap_up_seconds=12.5,
    machine_handling=MachineHandling.MESSAGE,
    caller_id="+12025550100",
    max_attempts=3,
    max_lines=40,
    recording=False,
    message="hello",
    information_message="sorry",
    opt_out_key="#",
    script="Good day,\nthis is …",
    recycle={Outcome.BUSY: timedelta(minutes=7), Outcome.ANSWERED: None, Outcome.NOT_PLACED: timedelta(0)},
)


async def test_a_campaign_is_found_as_it_was_planned(world: World) -> None:
    created = await world.campaigns.create(RICH_PLAN)
    assert (created.plan, created.status) == (RICH_PLAN, CampaignStatus.STOPPED)
    assert await world.campaigns.campaign(RICH_PLAN.name) == created
    assert await world.campaigns.campaigns() == [created]


async def test_two_campaigns_dont_share_a_name(world: World, campaign: Campaign) -> None:
    with pytest.raises(Conflict, match="spring"):
        await world.campaigns.create(CampaignPlan("spring"))
    other = await world.campaigns.create(CampaignPlan("autumn"))
    with pytest.raises(Conflict, match="spring"):
        await world.campaigns.tune(other.id, CampaignPlan("spring"))


async def test_tuning_changes_the_plan_and_not_the_status(world: World, campaign: Campaign) -> None:
    await world.campaigns.set_status(campaign.id, CampaignStatus.RUNNING)
    tuned = await world.campaigns.tune(campaign.id, RICH_PLAN)
    assert tuned == Campaign(campaign.id, RICH_PLAN, CampaignStatus.RUNNING)
    assert await world.campaigns.campaign(RICH_PLAN.name) == tuned


async def test_a_campaign_that_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.campaigns.campaign("nowhere")
    with pytest.raises(NotFound):
        await world.campaigns.tune(CampaignId(10**9), RICH_PLAN)
    with pytest.raises(NotFound):
        await world.campaigns.set_status(CampaignId(10**9), CampaignStatus.RUNNING)


async def test_enrolling_an_agent_again_changes_name_and_server(world: World) -> None:
    await world.agents.enroll(AgentRecord(BEN, "Ben", ServerName("main")))
    await world.agents.enroll(AgentRecord(ANNA, "Anna", ServerName("main")))
    moved = AgentRecord(BEN, "Benjamin", ServerName("second"))
    await world.agents.enroll(moved)
    assert await world.agents.agents() == [AgentRecord(ANNA, "Anna", ServerName("main")), moved]


async def test_agents_are_logged_in_until_their_last_state_says_not(world: World, campaign: Campaign) -> None:
    for agent in (ANNA, BEN):
        await world.agents.enroll(AgentRecord(agent, "", ServerName("main")))
    ready = AgentNote(ANNA, campaign.id, AgentState.READY, NOW, "")
    out = AgentNote(BEN, campaign.id, AgentState.LOGGED_OUT, NOW, "home")
    await world.agents.note_states([ready, replace(ready, agent=BEN)])
    await world.agents.note_states([replace(ready, state=AgentState.TALKING), out])
    assert await world.agents.logged_in() == {ANNA: (campaign.id, AgentState.TALKING)}


async def test_the_last_of_two_notes_of_one_moment_holds(world: World, campaign: Campaign) -> None:
    await world.agents.enroll(AgentRecord(ANNA, "", ServerName("main")))
    note = AgentNote(ANNA, campaign.id, AgentState.READY, NOW, "")
    await world.agents.note_states([note, replace(note, state=AgentState.PAUSED)])
    assert await world.agents.logged_in() == {ANNA: (campaign.id, AgentState.PAUSED)}


async def test_notes_of_an_agent_that_nobody_enrolled_are_left_out(world: World, campaign: Campaign) -> None:
    await world.agents.note_states([AgentNote(ANNA, campaign.id, AgentState.READY, NOW, "")])
    assert await world.agents.logged_in() == {}


async def test_dnc_counts_what_is_new(world: World) -> None:
    first, second = PhoneNumber(FIRST), PhoneNumber(SECOND)
    assert await world.dnc.add([first, first], "register", NOW) == 1
    assert await world.dnc.add([first, second], "register", NOW) == 1
    await world.dnc.remove(first)
    assert [await world.dnc.listed(number) for number in (first, second)] == [False, True]
    with pytest.raises(NotFound):
        await world.dnc.remove(first)


async def test_a_card_shows_the_contact_and_its_history_latest_first(world: World, campaign: Campaign) -> None:
    contact = await world.add_contact(FIRST, SECOND, name="Zoë", attributes={"plan": "gold"})
    lead = await world.add_lead(campaign.id, contact)
    for at in (NOW, NOW + timedelta(hours=1)):
        attempt = await opened(world, await again(world, campaign, at), at=at)
        await world.attempts.close([closing(attempt, Outcome.ANSWERED, at, agent=ANNA)])
    await world.dispositions.dispose(disposing(attempt, Disposition.SALE))
    card = await world.contacts.card(contact)
    assert (card.contact, card.name, card.attributes) == (contact, "Zoë", {"plan": "gold"})
    assert [number.e164 for _, number in card.numbers] == [FIRST, SECOND]
    latest = {"campaign": "spring", "outcome": "answered", "disposition": "sale", "agent": ANNA, "note": "spoke"}
    assert [dict(past) for past in card.history] == [
        latest | {"at": (NOW + timedelta(hours=1)).isoformat()},
        latest | {"at": NOW.isoformat(), "disposition": "", "note": ""},
    ]
    assert (await world.lead(lead)).status is LeadStatus.DONE


async def test_a_card_of_nobody_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.contacts.card(ContactId(10**9))


# --- answered calls, counted ------------------------------------------------------------------------------------------


async def counted(
    world: World,
    campaign: Campaign,
    outcome: Outcome,
    reached: float | None = None,
    *,
    waiting: float | None = 0.0,
    amd: AmdResult | None = None,
    disposition: Disposition | None = None,
    ended: float = 60.0,
    answered: datetime | None = NOW,
) -> ClosedAttempt:
    """A closed attempt; `waiting`, `reached` (by an agent) and `ended` in seconds after the answer."""
    [lead] = await claimed_more(world, campaign)
    attempt = await opened(world, lead)
    start = answered or NOW
    end = CallEnd(
        cause=16,
        ended_at=start + seconds(ended),
        answered_at=answered,
        amd=amd,
        waiting_since=None if waiting is None else start + seconds(waiting),
        connected_at=None if reached is None else start + seconds(reached),
        agent=None if reached is None else ANNA,
    )
    closed = ClosedAttempt(close_as(attempt, outcome, end), None, False, 0.0)
    await world.attempts.close([closed])
    if disposition is not None:
        await world.dispositions.dispose(disposing(attempt, disposition))
    return closed


async def test_facts_come_in_the_order_asked_for_and_are_of_now(world: World, campaign: Campaign) -> None:
    first, second = [await world.add_contact(number) for number in (FIRST, SECOND)]
    for contact, score in ((first, 2.0), (second, 1.0)):
        await world.add_lead(campaign.id, contact, score)
    leased = await world.stock.claim(campaign.id, 10, ENGINE, NOW, NOW + seconds(120))
    assert [one.contact for one in leased] == [first, second]
    await world.dnc.add([PhoneNumber(SECOND)], "letter", NOW)
    known = await world.stock.facts(campaign.id, leased[::-1], NOW)
    assert [(lead.id, lead.contact, lead.score) for lead in known] == [
        (one.id, one.contact, one.score) for one in leased[::-1]
    ]
    assert [lead.on_dnc for lead in known] == [True, False]
    assert await world.stock.facts(campaign.id, [], NOW) == []


async def claimed_more(world: World, campaign: Campaign) -> list[Lead]:
    await world.add_lead(campaign.id, await world.add_contact(FIRST))
    return await claim(world, campaign, 1)


AFTER = NOW + timedelta(days=1)
COUNTED: list[tuple[Tally, Outcome, dict[str, Any]]] = [
    (Tally(connected=1), Outcome.ANSWERED, {"reached": 2.0}),
    (Tally(dropped=1), Outcome.ANSWERED, {"reached": 2.001}),
    (Tally(dropped=1), Outcome.ANSWERED, {"reached": 30.0, "disposition": Disposition.SALE}),
    (Tally(), Outcome.ANSWERED, {"reached": 2.001, "disposition": Disposition.MACHINE}),
    (Tally(connected=1), Outcome.ANSWERED, {"reached": 3.4, "waiting": 1.5}),
    (Tally(dropped=1), Outcome.ANSWERED, {"reached": 4.001, "waiting": 2.5}),
    (Tally(dropped=1), Outcome.ANSWERED, {"reached": 2.1, "waiting": None}),
    (Tally(connected=1, connected_machines=1), Outcome.ANSWERED, {"reached": 1, "disposition": Disposition.MACHINE}),
    (Tally(connected=1, connected_machines=1), Outcome.ANSWERED, {"reached": 1, "amd": AmdResult.MACHINE}),
    (
        Tally(connected=1),
        Outcome.ANSWERED,
        {"reached": 1, "amd": AmdResult.MACHINE, "disposition": Disposition.REFUSED},
    ),
    (Tally(connected=1), Outcome.ANSWERED, {"reached": 1, "amd": AmdResult.HUMAN}),
    (Tally(dropped=1), Outcome.ABANDONED, {"ended": 1.0}),
    (Tally(), Outcome.HUNG_UP, {"ended": 2.0}),
    (Tally(dropped=1), Outcome.HUNG_UP, {"ended": 2.001}),
    (Tally(), Outcome.HUNG_UP, {"ended": 2.0, "waiting": None, "amd": AmdResult.HANG_UP}),
    (Tally(dropped=1), Outcome.HUNG_UP, {"ended": 2.5, "waiting": None, "amd": AmdResult.HANG_UP}),
    (Tally(amd_machines=1), Outcome.MACHINE, {"amd": AmdResult.MACHINE, "waiting": None}),
    (Tally(), Outcome.LOST, {}),
    (Tally(), Outcome.BUSY, {"answered": None, "waiting": None}),
    (Tally(), Outcome.ANSWERED, {"answered": None, "reached": 1.0}),
]


@pytest.mark.parametrize(("tally", "outcome", "facts"), COUNTED)
async def test_an_answered_call_is_counted_by_how_long_it_had_no_agent(
    world: World, campaign: Campaign, tally: Tally, outcome: Outcome, facts: dict[str, Any]
) -> None:
    await counted(world, campaign, outcome, **facts)
    assert await world.abandonment.tallies(campaign.id, [NOW], AFTER, ()) == [tally]


async def test_calls_are_counted_from_each_time_on_but_for_those_named(world: World, campaign: Campaign) -> None:
    early = (await counted(world, campaign, Outcome.ABANDONED, answered=NOW - seconds(1))).ended.attempt
    late = (await counted(world, campaign, Outcome.ABANDONED)).ended.attempt
    await counted(world, campaign, Outcome.ANSWERED, 1.0, answered=NOW + seconds(1))
    since = [NOW, NOW - seconds(1), NOW + seconds(1), NOW + seconds(2)]
    whole = [Tally(1, 0, 1), Tally(1, 0, 2), Tally(1), Tally()]
    assert await world.abandonment.tallies(campaign.id, since, AFTER, []) == whole
    assert await world.abandonment.tallies(campaign.id, since, AFTER, [late]) == [
        Tally(1),
        Tally(1, 0, 1),
        Tally(1),
        Tally(),
    ]
    assert await world.abandonment.tallies(campaign.id, since[:2], AFTER, {early, late}) == [Tally(1), Tally(1)]
    assert await world.abandonment.tallies(campaign.id, [], AFTER, ()) == []
    assert await world.abandonment.tallies(campaign.id, since[1:2], NOW + seconds(1), ()) == [Tally(0, 0, 2)]


async def test_another_campaigns_calls_are_not_counted(world: World, campaign: Campaign) -> None:
    await counted(world, campaign, Outcome.ABANDONED)
    other = await world.campaigns.create(CampaignPlan("autumn"))
    assert await world.abandonment.tallies(other.id, [NOW], AFTER, ()) == [Tally()]
    assert await world.abandonment.first_dial(other.id) is None


async def test_the_first_dial_is_that_of_the_first_attempt_whatever_became_of_it(
    world: World, campaign: Campaign
) -> None:
    assert await world.abandonment.first_dial(campaign.id) is None
    for at in (NOW + seconds(5), NOW + seconds(3.000004)):
        [lead] = await claimed_more(world, campaign)
        attempt = await opened(world, lead, at=at)
        await world.attempts.close([closing(attempt, Outcome.NOT_PLACED)])
    assert await world.abandonment.first_dial(campaign.id) == NOW + seconds(3.000004)


async def test_a_ledger_that_starts_anew_counts_what_the_one_before_had_counted(
    world: World, campaign: Campaign, tmp_path: Path
) -> None:
    def ledger(start: datetime) -> AbandonmentLedger:
        clock = ScaledClock(start, asyncio.get_running_loop().time())
        recorder = OutcomeRecorder(world.attempts, FakeTelephony(clock), Spool(tmp_path / "spool.jsonl"), clock)
        return AbandonmentLedger(world.abandonment, Gate(shipped_rules()), CallTracker(), recorder, clock, 0.5)

    later = NOW + timedelta(hours=2)
    seeing, starting = ledger(NOW - timedelta(hours=1)), ledger(later)
    await seeing.read(campaign.id)
    for _, outcome, facts in COUNTED:
        if "disposition" not in facts:
            seeing.note((await counted(world, campaign, outcome, **facts)).ended)
    before = seeing.windows(campaign, later)
    assert before
    assert {(window.live_answers, window.abandoned) for window in before} == {(9.5, 6.5)}
    assert starting.windows(campaign, later) is None
    await starting.read(campaign.id)
    assert starting.windows(campaign, later) == before


# --- what pacing has learned ------------------------------------------------------------------------------------------


async def test_pacing_that_was_never_saved_is_not_there(world: World, campaign: Campaign) -> None:
    assert await world.pacing.load(campaign.id) is None


async def test_the_last_saved_pacing_comes_back_as_it_was(world: World, campaign: Campaign) -> None:
    other = await world.campaigns.create(CampaignPlan("autumn"))
    state = {"version": 1, "levels": [0.1 + 0.2, -1e-300, 3], "none": None, "words": {"né": [[1.5], []]}}
    await world.pacing.save(campaign.id, {"version": 0}, NOW)
    await world.pacing.save(campaign.id, state, NOW + seconds(30))
    await world.pacing.save(other.id, {}, NOW)
    stored = await world.pacing.load(campaign.id)
    assert stored is not None
    assert (stored.state, stored.saved_at) == (state, NOW + seconds(30))


async def test_pacing_of_a_campaign_that_is_gone_is_not_kept(world: World) -> None:
    await world.pacing.save(CampaignId(4711), {"version": 1}, NOW)
    assert await world.pacing.load(CampaignId(4711)) is None


async def test_a_state_that_json_can_not_carry_is_refused(world: World, campaign: Campaign) -> None:
    for value in (float("nan"), object()):
        with pytest.raises((TypeError, ValueError)):
            await world.pacing.save(campaign.id, {"level": value}, NOW)
    assert await world.pacing.load(campaign.id) is None


async def test_how_ring_times_are_chosen_is_kept(world: World) -> None:
    made = await world.campaigns.create(CampaignPlan("autumn", ring_from_data=True))
    assert (await world.campaigns.campaign("autumn")).plan.ring_from_data
    tuned = await world.campaigns.tune(made.id, replace(made.plan, ring_from_data=False))
    assert not tuned.plan.ring_from_data
