"""People's profiles: the fake and the real contact database."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from dialer.domain.accounts import MOST_LAYERS, AccountId, AccountKind
from dialer.domain.attributes import Said
from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.churn import head_score
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.domain.preferences import PREFERENCE, Preferences
from dialer.domain.week_time import WeekTime
from dialer.ports import Blocked, CallBack
from dialer.ports.knowledge import CallForm, ChurnNote, NextStep
from integrations.http_api.people import Whom
from tests.contract.contact_worlds import World
from tests.contract.lead_work import (
    ANNA,
    ENGINE,
    FIRST,
    NOW,
    SECOND,
    attempt_on,
    claim,
    claimed,
    closing,
    disposing,
    opened,
)

NOBODY = ContactId(4711)
MORNINGS = (WeekTime(("mon", "tue"), time(9), time(12)),)


def said(world: World, source: str = "crm", at: datetime = NOW, **values: object) -> list[Said]:
    return world.known.catalogue.read(values, source, at)


def seen(world: World, sign: str, note: str = "", campaign: str = "retention") -> ChurnNote:
    return ChurnNote(world.known.guide.signs[sign], note, campaign)


def form(about: AttemptId | ContactId, agent: AgentId = ANNA, **more: Any) -> CallForm:
    return CallForm(about, agent, NOW, **more)


@pytest.fixture
async def retention(world: World) -> Campaign:
    return await world.campaigns.create(CampaignPlan("retention"))


# --- attributes and the view


async def test_of_each_source_the_latest_word_is_kept(world: World) -> None:
    contact = await world.add_contact(FIRST, name="Ada", time_zone="Europe/London")
    book = world.known.attributes
    await book.note(contact, said(world, town="Ely", interests=["chess", "tea"], children=True, monthly_spend=12.5))
    await book.note(contact, said(world, "agent", town="York"))
    await book.note(contact, said(world, at=NOW + timedelta(days=1), town="Cambridge"))
    await book.note(contact, said(world, at=NOW - timedelta(days=1), town="Oxford"))
    told = (await world.known.views.view(contact)).attributes
    assert {(one.name, one.source): one.value for one in told} == {
        ("town", "crm"): "Cambridge",
        ("town", "agent"): "York",
        ("interests", "crm"): ["chess", "tea"],
        ("children", "crm"): True,
        ("monthly_spend", "crm"): 12.5,
    }
    assert next(one for one in told if one.source == "agent").trust == world.known.catalogue.sources["agent"]
    assert len(world.known.catalogue.recall(told)) == len(told)


async def test_a_view_has_numbers_and_calls_over_all_campaigns(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    attempt = await opened(world, lead)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED)])
    await world.dispositions.dispose(disposing(attempt, Disposition.NOT_INTERESTED))
    view = await world.known.views.view(lead.contact)
    [past] = view.history
    assert (past.channel, past.campaign, past.outcome, past.disposition, past.agent) == (
        Channel.CALL,
        "spring",
        "answered",
        "not_interested",
        ANNA,
    )
    assert [number for _, number in view.numbers] == [PhoneNumber(FIRST)]
    assert (view.attributes, view.memberships, view.signs, view.steps) == ((), (), (), ())
    assert view.preferences == Preferences()


async def test_nobody_is_seen_nor_written_about_who_is_not_there(world: World) -> None:
    known = world.known
    for work in (
        known.views.view(NOBODY),
        known.attributes.note(NOBODY, said(world, town="Ely")),
        known.preferences.of(NOBODY),
        known.preferences.keep(NOBODY, Preferences(), "agent", NOW),
        known.forms.file(form(NOBODY)),
        known.forms.file(form(AttemptId("01890a5d-ac96-774b-bcce-b302099a8057"))),
        known.forms.step_done(NOBODY, 1, NOW),
    ):
        with pytest.raises(NotFound):
            await work


async def test_nothing_is_written_about_an_erased_person(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    await world.people.erase(Whom(lead.contact), "asked", NOW)
    account = await world.known.accounts.add("Acme", AccountKind.BUSINESS)
    for work in (
        world.known.attributes.note(lead.contact, said(world, town="Ely")),
        world.known.preferences.keep(lead.contact, Preferences(), "agent", NOW),
        world.known.forms.file(form(lead.contact, said=said(world, town="Ely"))),
        world.known.accounts.join(lead.contact, account.id, "", ()),
    ):
        with pytest.raises(Conflict):
            await work
    assert (await world.known.views.view(lead.contact)).attributes == ()


# --- the form, and churn


async def test_a_form_stores_all_that_a_call_brought(world: World, campaign: Campaign, retention: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign, FIRST))
    due = NOW + timedelta(days=3)
    filled = form(
        attempt.id,
        said=said(world, "agent", occupation="baker"),
        signs=[seen(world, "price_elsewhere", "12 a month")],
        steps=[NextStep("send the leaflet", due, Channel.EMAIL)],
    )
    for _ in range(2):
        filed = await world.known.forms.file(filled)
    assert filed.contact == attempt.contact
    view = await world.known.views.view(attempt.contact)
    assert [one.value for one in view.attributes] == ["baker"]
    [sign], [step] = view.signs, view.steps
    assert (sign.sign, sign.grade, sign.note, sign.source) == ("price_elsewhere", 3, "12 a month", f"agent {ANNA}")
    assert sign.lead == filed.raised[0].lead is not None
    assert (step.what, step.due_at, step.channel) == ("send the leaflet", due, Channel.EMAIL)
    await world.known.forms.step_done(attempt.contact, step.id, NOW)
    with pytest.raises(NotFound):
        await world.known.forms.step_done(attempt.contact, step.id, NOW)
    assert (await world.known.views.view(attempt.contact)).steps == ()


async def test_a_form_of_another_agents_call_is_refused_whole(world: World, campaign: Campaign) -> None:
    attempt = await opened(world, await claimed(world, campaign, FIRST))
    await world.attempts.close([closing(attempt, Outcome.ANSWERED, agent=ANNA)])
    with pytest.raises(Conflict):
        await world.known.forms.file(form(attempt.id, AgentId("1009"), said=said(world, "agent", town="Ely")))
    assert (await world.known.views.view(attempt.contact)).attributes == ()


async def test_the_most_urgent_sign_is_claimed_first(world: World, retention: Campaign) -> None:
    waiting = await world.add_lead(retention.id, await world.add_contact("+12025550150"), 1e9)
    mild, urgent = await world.add_contact(FIRST), await world.add_contact(SECOND)
    [raised] = (await world.known.forms.file(form(mild, signs=[seen(world, "bill_shock")]))).raised
    both = [seen(world, "bill_shock"), seen(world, "gives_notice")]
    [first] = (await world.known.forms.file(form(urgent, signs=both))).raised
    assert (raised.campaign, raised.campaign_id, raised.reason) == ("retention", retention.id, "")
    assert [lead.id for lead in await claim(world, retention, 3)] == [first.lead, raised.lead, waiting]
    assert first.lead is not None
    assert (await world.lead(first.lead)).score == head_score(4)


async def test_a_closed_lead_is_raised_anew_and_one_in_a_hopper_comes_out_of_it(
    world: World, retention: Campaign
) -> None:
    lead = await claimed(world, retention, FIRST)
    filled = form(lead.contact, signs=[seen(world, "asks_to_port")])
    assert [one.lead for one in (await world.known.forms.file(filled)).raised] == [lead.id]
    assert (await world.lead(lead.id)).status is LeadStatus.READY
    [again] = await claim(world, retention)
    attempt = await opened(world, again)
    [calling] = (await world.known.forms.file(filled)).raised
    assert (calling.lead, calling.reason) == (None, "is being called now")
    await world.attempts.close([closing(attempt, Outcome.ANSWERED)])
    await world.dispositions.dispose(disposing(attempt, Disposition.REFUSED))
    assert (await world.lead(lead.id)).status is LeadStatus.DONE
    assert [one.lead for one in (await world.known.forms.file(filled)).raised] == [lead.id]
    anew = await world.lead(lead.id)
    assert (anew.status, anew.attempts, anew.due_at) == (LeadStatus.READY, 0, None)


@pytest.mark.parametrize(
    ("disposition", "reason"), [(Disposition.DO_NOT_CALL, "asked not"), (Disposition.CALL_BACK, "promised a call-back")]
)
async def test_what_the_person_asked_for_stands(
    world: World, retention: Campaign, disposition: Disposition, reason: str
) -> None:
    lead = await claimed(world, retention, FIRST)
    attempt = await opened(world, lead)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED)])
    promise = CallBack(NOW + timedelta(days=1)) if disposition is Disposition.CALL_BACK else None
    await world.dispositions.dispose(disposing(attempt, disposition, promise))
    before = await world.lead(lead.id)
    filed = await world.known.forms.file(form(lead.contact, signs=[seen(world, "gives_notice")]))
    assert filed.raised[0].lead is None
    assert reason in filed.raised[0].reason
    assert await world.lead(lead.id) == before
    assert [one.sign for one in (await world.known.views.view(lead.contact)).signs] == ["gives_notice"]


async def test_without_the_campaign_the_sign_is_kept_all_the_same(world: World) -> None:
    contact = await world.add_contact(FIRST)
    filed = await world.known.forms.file(form(contact, signs=[seen(world, "gives_notice")]))
    assert "there is no campaign retention" in filed.raised[0].reason
    await world.known.forms.file(form(contact, signs=[seen(world, "uses_less", campaign="")]))
    assert {one.sign for one in (await world.known.views.view(contact)).signs} == {"gives_notice", "uses_less"}


# --- preferences


async def test_preferences_are_kept_as_said_last(world: World) -> None:
    contact = await world.add_contact(FIRST)
    assert await world.known.preferences.of(contact) == Preferences()
    wanted = Preferences((Channel.SMS, Channel.EMAIL), (Channel.CALL,), ("offers",), ("surveys",), MORNINGS)
    await world.known.preferences.keep(contact, wanted, "agent 1001", NOW)
    assert await world.known.preferences.of(contact) == wanted
    later = Preferences(call_times=(WeekTime(("sun",), time(18), time(0)),))
    await world.known.preferences.keep(contact, later, "self_service", NOW)
    view = await world.known.views.view(contact)
    assert view.preferences == later
    assert [(one.channel, one.topic) for one in view.history] == [(Channel.WEB, "preferences")]


async def test_a_change_of_mind_has_blocked_leads_looked_at_again(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    other = await claimed(world, campaign, SECOND)
    await world.stock.block([Blocked(lead.id, PREFERENCE, None), Blocked(other.id, PREFERENCE, None)], ENGINE)
    await world.known.preferences.keep(lead.contact, Preferences(), "self_service", NOW)
    assert (await world.lead(lead.id)).status is LeadStatus.READY
    assert (await world.lead(other.id)).status is LeadStatus.BLOCKED


async def test_a_lead_is_claimed_with_what_its_contact_prefers(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    assert lead.preferences == Preferences()
    wanted = Preferences(refused_channels=(Channel.SMS,), call_times=MORNINGS)
    await world.known.preferences.keep(lead.contact, wanted, "self_service", NOW)
    assert (await world.attempts.open([attempt_on(lead)], ENGINE)).opened == set()
    [again] = await claim(world, campaign)
    assert again.preferences == wanted
    attempt = await opened(world, again)
    await world.known.preferences.keep(lead.contact, Preferences(), "self_service", NOW)
    assert (await world.lead(lead.id)).status is LeadStatus.LEASED
    await world.attempts.close([closing(attempt, Outcome.BUSY, NOW + timedelta(hours=1))])
    assert (await world.lead(lead.id)).status is LeadStatus.WAITING


# --- accounts


async def test_accounts_lie_in_layers_and_people_in_accounts(world: World) -> None:
    book = world.known.accounts
    group = await book.add("Acme Group", AccountKind.BUSINESS, external_key="A-1")
    site = await book.add("Acme Leipzig", AccountKind.BUSINESS, group.id)
    home = await book.add("Home", AccountKind.PRIVATE)
    contact = await world.add_contact(FIRST)
    await book.join(contact, site.id, "buyer", MORNINGS)
    await book.join(contact, home.id, "", ())
    await book.join(contact, site.id, "head buyer", MORNINGS)
    business, private = (await world.known.views.view(contact)).memberships
    assert (business.account, business.role, business.hours) == (site, "head buyer", MORNINGS)
    assert (list(business.above), private.account, list(private.above)) == ([group], home, [])
    assert await book.under(group.id) == [group, site]
    assert await book.members(site.id) == [contact]
    await book.leave(contact, home.id)
    with pytest.raises(NotFound):
        await book.leave(contact, home.id)
    moved = await book.place(site.id, None)
    assert moved.parent is None
    assert await book.under(group.id) == [group]


async def test_an_account_never_lies_under_itself(world: World) -> None:
    book = world.known.accounts
    top = await book.add("top", AccountKind.BUSINESS)
    middle = await book.add("middle", AccountKind.BUSINESS, top.id)
    low = await book.add("low", AccountKind.BUSINESS, middle.id)
    for parent in (low, middle, top):
        with pytest.raises(BadInput) as refused:
            await book.place(top.id, parent.id)
        assert (refused.value.place, str(top.id) in refused.value.reason) == ("parent", True)
    assert await book.under(top.id) == [top, middle, low]


async def test_layers_have_an_end(world: World) -> None:
    book = world.known.accounts
    last = await book.add("0", AccountKind.BUSINESS)
    for number in range(MOST_LAYERS):
        last = await book.add(str(number + 1), AccountKind.BUSINESS, last.id)
    for work in (book.add("too deep", AccountKind.BUSINESS, last.id),):
        with pytest.raises(BadInput, match=f"at most {MOST_LAYERS}"):
            await work
    tree = await book.add("tree", AccountKind.BUSINESS)
    await book.add("leaf", AccountKind.BUSINESS, tree.id)
    assert last.parent is not None
    with pytest.raises(BadInput):
        await book.place(tree.id, last.parent)


async def test_unknown_accounts_and_keys_given_twice_are_refused(world: World) -> None:
    book, nowhere = world.known.accounts, AccountId(4711)
    contact = await world.add_contact(FIRST)
    account = await book.add("Acme", AccountKind.BUSINESS, external_key="A-1")
    for work in (
        book.add("x", AccountKind.PRIVATE, nowhere),
        book.place(nowhere, None),
        book.place(account.id, nowhere),
        book.under(nowhere),
        book.join(contact, nowhere, "", ()),
        book.join(NOBODY, account.id, "", ()),
    ):
        with pytest.raises(NotFound):
            await work
    with pytest.raises(Conflict):
        await book.add("y", AccountKind.PRIVATE, external_key="A-1")
    assert (NOW.tzinfo, await book.members(account.id)) == (UTC, [])
