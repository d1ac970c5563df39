"""The facts that compliance judges by, as claimed leads carry them: of the fake and of the real contact database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from compliance.facts import Consent, LastCalls, Listing, Reassignment
from compliance.rule_files import shipped_rules
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import NotFound
from dialer.domain.ids import ContactId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.engine.gate import IDLE, Admitted, Gate
from dialer.ports import Blocked, ConsentNote, Disposed
from tests.contract.contact_worlds import World
from tests.contract.lead_work import (
    ANNA,
    ENGINE,
    FIRST,
    NOW,
    SECOND,
    THIRD,
    again,
    attempt_on,
    claim,
    claimed,
    closing,
    opened,
)

MIDDAY = NOW + timedelta(hours=2)
GATE = Gate(shipped_rules())
FRESH = {"US-DNC": Listing(MIDDAY, False)}
LATER = NOW + timedelta(hours=1)
SHARING = CampaignPlan("spring", shares_people=True)


async def test_a_lead_carries_what_the_contact_said_bought_and_asked(world: World, campaign: Campaign) -> None:
    contact, early = await world.add_contact(FIRST), NOW - timedelta(days=700, microseconds=1)
    await world.tell_of(contact, "US-FL", NOW - timedelta(days=9), NOW - timedelta(days=8, seconds=1))
    await world.consents.note(contact, ConsentNote(early, True, "form", "marketing", "Call me.", "form 17", NOW))
    await world.consents.note(contact, ConsentNote(NOW - timedelta(hours=1), False, "letter"))
    await world.add_lead(campaign.id, contact)
    [lead] = await claim(world, campaign)
    assert lead.born_on == ()
    assert lead.consents == (
        Consent(early, True, "marketing", "form 17", NOW),
        Consent(NOW - timedelta(hours=1), False),
    )
    told = (lead.region, lead.purchased_at, lead.inquired_at)
    assert told == ("US-FL", NOW - timedelta(days=9), NOW - timedelta(days=8, seconds=1))
    assert [note.source for note in await world.consents.of(contact)] == ["letter", "form"]


async def test_a_lead_carries_when_the_contact_was_born_and_who_was_born_yesterday_is_not_called(
    world: World, campaign: Campaign
) -> None:
    yesterday = (NOW - timedelta(days=1)).date()
    contact = await world.add_contact(FIRST)
    await world.tell_of(contact, "US-NY", NOW, NOW, yesterday)
    await world.add_lead(campaign.id, contact)
    [lead] = await claim(world, campaign)
    assert lead.born_on == (yesterday,)
    found = GATE.admit(replace(lead, numbers=(replace(lead.numbers[0], listings=FRESH),)), campaign.plan, MIDDAY, IDLE)
    assert isinstance(found, Blocked)
    assert found.reason == "age"
    assert found.until is None


async def test_attempts_for_another_seller_or_about_another_subject_are_known_when_both_say_so(
    world: World, campaign: Campaign
) -> None:
    plans = {
        "same": CampaignPlan("same", seller="NORD", subject="gas", shares_people=True),
        "other seller": CampaignPlan("other seller", seller="Sued", subject="Gas", shares_people=True),
        "unnamed": CampaignPlan("unnamed", shares_people=True),
    }
    own = await world.campaigns.create(CampaignPlan("own", seller="Nord", subject="power", shares_people=True))
    contact = await world.add_contact(FIRST, SECOND)
    at: dict[str, datetime] = {}
    for name, plan in plans.items():
        theirs = await world.campaigns.create(plan)
        await world.add_lead(theirs.id, contact)
        [lead] = await claim(world, theirs)
        attempt = replace(attempt_on(lead), opened_at=NOW + timedelta(minutes=len(at)))
        assert (await world.attempts.open([attempt], ENGINE)).opened == {attempt.id}
        at[name] = attempt.opened_at
        await world.attempts.close([closing(attempt, Outcome.NO_ANSWER, attempt.opened_at)])
    await world.add_lead(own.id, contact)
    [lead] = await claim(world, own)
    assert lead.contact_attempts == tuple(at.values())
    assert lead.other_sellers == {at["other seller"]}
    assert lead.other_subjects == {at["same"], at["other seller"]}
    await world.campaigns.tune(campaign.id, SHARING)
    await world.add_lead(campaign.id, contact)
    [lead] = await claim(world, campaign)
    assert lead.other_sellers == lead.other_subjects == frozenset()


async def test_consent_of_a_contact_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(NotFound):
        await world.consents.note(ContactId(4711), ConsentNote(NOW, False, "letter"))


async def test_each_number_carries_what_every_national_list_says(world: World, campaign: Campaign) -> None:
    copied = NOW - timedelta(days=3, microseconds=7)
    await world.hold_list("US-DNC", copied, {FIRST: date(2024, 2, 29)})
    await world.hold_list("XX-LIST", NOW, {FIRST: None, "+12025550999": None})
    await world.add_lead(campaign.id, await world.add_contact(FIRST, SECOND))
    [lead] = await claim(world, campaign)
    listed, free = (number.listings for number in lead.numbers)
    since = datetime(2024, 2, 29, tzinfo=UTC)
    assert listed == {"US-DNC": Listing(copied, True, since), "XX-LIST": Listing(NOW, True)}
    assert free == {"US-DNC": Listing(copied, False), "XX-LIST": Listing(NOW, False)}


async def test_each_number_carries_what_the_database_of_reassigned_numbers_said(
    world: World, campaign: Campaign
) -> None:
    given_up = Reassignment(NOW - timedelta(days=3, microseconds=7), date(2024, 2, 29), True)
    kept = Reassignment(NOW, date(2026, 1, 1), False)
    await world.add_lead(campaign.id, await world.add_contact(FIRST, SECOND, THIRD))
    await world.answer_of(FIRST, given_up)
    await world.answer_of(SECOND, kept)
    [lead] = await claim(world, campaign)
    assert [number.reassignment for number in lead.numbers] == [given_up, kept, None]
    await world.dnc.add([PhoneNumber(FIRST)], "letter", NOW)
    await world.stock.release([lead.id], ENGINE)
    [lead] = await claim(world, campaign)
    assert [number.reassignment for number in lead.numbers] == [kept, None]


async def test_how_the_last_calls_ended_is_known_across_campaigns(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    ends = [NOW - timedelta(days=days) for days in (400, 3, 2)]
    for at, outcome in zip(ends, (Outcome.ANSWERED, Outcome.ABANDONED, Outcome.MACHINE), strict=True):
        attempt = await opened(world, lead, at=at)
        await world.attempts.close([closing(attempt, outcome, NOW, abandoned=outcome is Outcome.ABANDONED, at=at)])
        if outcome is Outcome.ANSWERED:
            await world.dispositions.dispose(Disposed(attempt.id, ANNA, Disposition.MACHINE, at))
        lead = await again(world, campaign, NOW)
    await world.campaigns.tune(campaign.id, SHARING)
    other = await world.campaigns.create(replace(SHARING, name="autumn"))
    await world.add_lead(other.id, lead.contact)
    [seen] = await claim(world, other)
    assert seen.last_calls == LastCalls(None, ends[1], ends[2])


async def test_a_refusal_is_known_to_every_campaign(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    attempt = await opened(world, lead, at=NOW - timedelta(days=400))
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, None)])
    at = NOW - timedelta(days=400)
    await world.dispositions.dispose(Disposed(attempt.id, ANNA, Disposition.NOT_INTERESTED, at))
    other = await world.campaigns.create(CampaignPlan("autumn"))
    await world.add_lead(other.id, lead.contact)
    [seen] = await claim(world, other)
    assert seen.last_calls == LastCalls(refused_at=at)


async def test_consent_withdrawn_after_the_claim_stops_the_attempt(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    await world.consents.note(lead.contact, ConsentNote(NOW, True, "form", "marketing", "", "form 17"))
    await world.consents.note(lead.contact, ConsentNote(NOW, False, "letter"))
    attempt = attempt_on(lead)
    assert (await world.attempts.open([attempt], ENGINE)).refused == {attempt.id: "consent"}
    await world.consents.note(lead.contact, ConsentNote(LATER, True, "form", "survey", "", "form 18"))
    assert (await world.attempts.open([attempt], ENGINE)).opened == {attempt.id}


async def test_consent_given_has_the_leads_that_wanted_it_looked_at_again(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    await world.stock.block([Blocked(lead.id, "consent", None)], ENGINE)
    await world.consents.note(lead.contact, ConsentNote(NOW, False, "letter"))
    assert (await world.lead(lead.id)).status is LeadStatus.BLOCKED
    await world.consents.note(lead.contact, ConsentNote(LATER, True, "form", "marketing", "", "form 17"))
    assert (await world.lead(lead.id)).status is LeadStatus.READY


async def test_consent_given_anew_has_the_leads_of_reassigned_numbers_looked_at_again(
    world: World, campaign: Campaign
) -> None:
    lead = await claimed(world, campaign, FIRST)
    await world.stock.block([Blocked(lead.id, "reassigned number", None)], ENGINE)
    await world.consents.note(lead.contact, ConsentNote(NOW, True, "form", "marketing", "", "form 17"))
    assert (await world.lead(lead.id)).status is LeadStatus.READY


async def test_leads_blocked_for_what_has_changed_are_looked_at_again(world: World, campaign: Campaign) -> None:
    leads = {}
    for reason in ("caller id", "consent", "calling hours"):
        lead = await claimed(world, campaign, FIRST)
        await world.stock.block([Blocked(lead.id, reason, LATER if reason == "calling hours" else None)], ENGINE)
        leads[reason] = lead.id
    assert await world.stock.reconsider(campaign.id, {"caller id", "calling hours"}) == 1
    assert (await world.lead(leads["caller id"])).status is LeadStatus.READY
    assert (await world.lead(leads["consent"])).status is LeadStatus.BLOCKED
    assert (await world.lead(leads["calling hours"])).due_at == LATER
    assert await world.stock.reconsider(campaign.id, {"calling hours"}, waiting=True) == 1
    woken = await world.lead(leads["calling hours"])
    assert (woken.status, woken.due_at, woken.reason) == (LeadStatus.READY, None, None)
    other = await world.campaigns.create(CampaignPlan("autumn"))
    assert await world.stock.reconsider(other.id, {"consent"}) == 0


async def test_leads_that_wait_for_their_time_are_looked_at_again_when_asked_for(
    world: World, campaign: Campaign
) -> None:
    leads = {}
    for reason, until in (("calling hours", LATER), ("consent", None), ("skipped in preview", LATER)):
        lead = await claimed(world, campaign, FIRST)
        await world.stock.block([Blocked(lead.id, reason, until)], ENGINE)
        leads[reason] = lead.id
    assert await world.stock.reconsider(campaign.id, {"caller id", "consent", "calling hours"}, waiting=True) == 2
    for reason in ("calling hours", "consent"):
        seen = await world.lead(leads[reason])
        assert (seen.status, seen.due_at, seen.reason) == (LeadStatus.READY, None, None)
    assert (await world.lead(leads["skipped in preview"])).due_at == LATER


async def test_a_number_taken_off_the_list_has_its_leads_looked_at_again(world: World, campaign: Campaign) -> None:
    lead, other = await claimed(world, campaign, FIRST), await claimed(world, campaign, SECOND)
    await world.dnc.add([PhoneNumber(FIRST), PhoneNumber(SECOND)], "register", NOW)
    await world.stock.block([Blocked(one.id, "do-not-call", None) for one in (lead, other)], ENGINE)
    await world.dnc.remove(PhoneNumber(FIRST))
    assert (await world.lead(lead.id)).status is LeadStatus.READY
    assert (await world.lead(other.id)).status is LeadStatus.BLOCKED


async def test_a_contact_dialed_by_another_campaign_meanwhile_is_not_dialed(world: World, campaign: Campaign) -> None:
    await world.campaigns.tune(campaign.id, SHARING)
    other = await world.campaigns.create(replace(SHARING, name="autumn"))
    contact = await world.add_contact(FIRST, SECOND)
    for one in (campaign, other):
        await world.add_lead(one.id, contact)
    [lead], [same] = await claim(world, campaign), await claim(world, other)
    plan = CampaignPlan("spring", caller_id=FIRST)
    admitted = GATE.admit(replace(lead, numbers=(replace(lead.numbers[0], listings=FRESH),)), plan, MIDDAY, IDLE)
    assert isinstance(admitted, Admitted)
    attempt = replace(attempt_on(lead), judged=admitted.judged)
    first = await opened(world, same)
    assert (await world.attempts.open([attempt], ENGINE)).refused == {attempt.id: "dialed by another meanwhile"}
    # one that certainly never rang does not count
    await world.attempts.close([closing(first, Outcome.NOT_PLACED, NOW)])
    assert (await world.attempts.open([attempt], ENGINE)).opened == {attempt.id}
    assert (await world.attempts.open([attempt], ENGINE)).opened == {attempt.id}
