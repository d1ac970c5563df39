"""A person's rights over their data: the fake and the real contact database."""

from datetime import timedelta

import pytest

from dialer.domain.campaign import Campaign
from dialer.domain.errors import BadInput, Conflict, NotFound
from dialer.domain.ids import ContactId
from dialer.domain.lead import LeadStatus
from dialer.domain.outcome import Disposition, Outcome
from dialer.domain.phone import PhoneNumber
from dialer.ports import CallBack, ConsentNote
from integrations.http_api.people import Whom
from tests.contract.contact_worlds import World
from tests.contract.lead_work import ENGINE, FIRST, NOW, SECOND, attempt_on, claim, claimed, closing, disposing, opened

THIRD = "+12025550103"
ASKED = "erasure asked on 2026-03-02 (by susan)"


def of(number: str, contact: ContactId | None = None) -> Whom:
    return Whom(contact, PhoneNumber(number))


async def test_contacts_are_found_by_what_they_all_fit(world: World) -> None:
    one, two = await world.add_contact(FIRST, SECOND), await world.add_contact(SECOND)
    assert await world.people.find(of(SECOND)) == [one, two]
    assert await world.people.find(of(FIRST)) == [one]
    assert await world.people.find(of(SECOND, two)) == [two]
    assert await world.people.find(Whom(two)) == [two]
    for nobody in (of(THIRD), of(FIRST, two), Whom(ContactId(4711)), Whom(external_key="none")):
        with pytest.raises(NotFound):
            await world.people.find(nobody)
    with pytest.raises(BadInput):
        Whom()


async def test_an_erased_person_is_not_called_again_on_any_number(world: World, campaign: Campaign) -> None:
    contact = await world.add_contact(FIRST, SECOND, name="Ada", attributes={"town": "Ely"})
    lead_id = await world.add_lead(campaign.id, contact, 5.0)
    [lead] = await claim(world, campaign)
    done = await world.people.erase(of(FIRST), ASKED, NOW)
    assert (done.contacts, done.leads) == ([contact], [lead_id])
    seen = await world.lead(lead_id)
    assert (seen.status, seen.reason, seen.score) == (LeadStatus.DONE, "erased", 0.0)
    assert await world.dnc.listed(PhoneNumber(FIRST))
    assert await world.dnc.listed(PhoneNumber(SECOND))
    card = await world.contacts.card(contact)
    assert (card.name, card.attributes, card.numbers) == ("", {}, ())
    attempt = attempt_on(lead)
    assert attempt.id in (await world.attempts.open([attempt], ENGINE)).refused
    assert [(note.given, note.source) for note in await world.consents.of(contact)] == [(False, ASKED)]
    with pytest.raises(NotFound):
        await world.people.erase(of(FIRST), ASKED, NOW)


async def test_a_plan_changes_nothing(world: World, campaign: Campaign) -> None:
    contact = await world.add_contact(FIRST, name="Ada")
    lead = await world.add_lead(campaign.id, contact)
    assert (await world.people.plan(of(FIRST), ASKED, NOW)).leads == [lead]
    assert (await world.lead(lead)).status is LeadStatus.READY
    assert (await world.contacts.card(contact)).name == "Ada"
    assert not await world.dnc.listed(PhoneNumber(FIRST))
    assert await world.consents.of(contact) == []


async def test_nobody_is_erased_during_a_call(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    attempt = await opened(world, lead)
    for act in (world.people.plan, world.people.erase):
        with pytest.raises(Conflict):
            await act(of(FIRST), ASKED, NOW)
    assert not await world.dnc.listed(PhoneNumber(FIRST))
    await world.attempts.close([closing(attempt, Outcome.BUSY, NOW)])
    assert (await world.people.erase(of(FIRST), ASKED, NOW)).leads == [lead.id]
    assert await world.stock.wake(NOW + timedelta(days=1)) == 0


async def test_a_promise_made_after_the_erasure_does_not_wake_the_lead(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    attempt = await opened(world, lead)
    await world.attempts.close([closing(attempt, Outcome.ANSWERED)])
    await world.people.erase(of(FIRST), ASKED, NOW)
    await world.dispositions.dispose(disposing(attempt, Disposition.CALL_BACK, CallBack(NOW + timedelta(hours=1))))
    assert (await world.lead(lead.id)).status is LeadStatus.DONE
    assert await world.stock.wake(NOW + timedelta(days=1)) == 0


async def test_what_was_said_before_stays_and_is_withdrawn_once(world: World, campaign: Campaign) -> None:
    lead = await claimed(world, campaign, FIRST)
    await world.attempts.close([closing(await opened(world, lead), Outcome.ANSWERED)])
    ahead = NOW + timedelta(seconds=30)
    await world.consents.note(lead.contact, ConsentNote(ahead, True, "form", "marketing", "", "form 17"))
    for _ in range(2):
        await world.people.erase(of(FIRST), ASKED, NOW)
    assert [note.given for note in await world.consents.of(lead.contact)] == [False, True]
