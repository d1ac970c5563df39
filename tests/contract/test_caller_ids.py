"""What the engine may rely on of the pool of caller ids, held against the fake and real databases."""

from dataclasses import replace

import pytest

from dialer.domain.caller_id import CallerId, CallerIdUse
from dialer.domain.campaign import Campaign
from dialer.domain.errors import NotFound
from dialer.domain.ids import CampaignId
from dialer.domain.outcome import Outcome
from dialer.domain.phone import PhoneNumber
from dialer.ports import CallerIdBook, ClosedAttempt
from integrations.contact_db.caller_id_book import DatabaseCallerIdBook
from integrations.contact_db.database import ContactDatabase
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import ENGINE, FIRST, NOW, attempt_on, claimed, closing, seconds
from tests.fakes.caller_id_book import FakeCallerIdBook

OURS, OTHER = PhoneNumber("+13055550100"), PhoneNumber("+12125550100")


@pytest.fixture
def book(world: World, real_database: ContactDatabase | None) -> CallerIdBook:
    if real_database is not None:
        return DatabaseCallerIdBook(real_database)
    assert isinstance(world, FakeWorld)
    return FakeCallerIdBook(world.book)


async def test_a_pool_is_kept_in_order_changed_and_left(book: CallerIdBook, campaign: Campaign) -> None:
    first, second = CallerId(OURS, "US-FL", campaign.id, 300, resting=True), CallerId(OTHER)
    for one in (first, second):
        await book.put(one)
    assert list(await book.uses(NOW)) == [CallerIdUse(second), CallerIdUse(first)]
    changed = replace(first, place="", campaign=None, daily_limit=0, resting=False)
    await book.put(changed)
    await book.remove(OTHER)
    assert list(await book.uses(NOW)) == [CallerIdUse(changed)]
    with pytest.raises(NotFound):
        await book.remove(OTHER)
    with pytest.raises(NotFound):
        await book.put(CallerId(OTHER, campaign=CampaignId(987_654)))


async def test_how_a_number_fares_is_counted_from_the_attempts_that_showed_it(
    book: CallerIdBook, world: World, campaign: Campaign
) -> None:
    for number in (OURS, OTHER):
        await book.put(CallerId(number))
    ends = (Outcome.NO_ANSWER, Outcome.MACHINE, Outcome.NOT_PLACED, None)
    for place, outcome in enumerate(ends):
        lead = await claimed(world, campaign, f"{FIRST[:-1]}{place}")
        attempt = replace(attempt_on(lead, at=NOW + seconds(place)), caller_id=OURS.e164)
        assert (await world.attempts.open([attempt], ENGINE)).opened == {attempt.id}
        assert [one.caller_id for one in await world.attempts.still_open(ENGINE)] == [OURS.e164]
        if outcome is not None:
            await world.attempts.close([answered(closing(attempt, outcome), outcome)])
    other, ours = await book.uses(NOW - seconds(1))
    assert other == CallerIdUse(CallerId(OTHER))
    assert ours == CallerIdUse(CallerId(OURS), shown=4, first_at=NOW, ended=2, answered=1)
    _, ours = await book.uses(NOW)
    assert ours == CallerIdUse(CallerId(OURS), shown=3, first_at=NOW + seconds(1), ended=1, answered=1)


def answered(closed: ClosedAttempt, outcome: Outcome) -> ClosedAttempt:
    if outcome is not Outcome.MACHINE:
        return closed
    end = replace(closed.ended.end, answered_at=NOW + seconds(9))
    return replace(closed, ended=replace(closed.ended, end=end))
