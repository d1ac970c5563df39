"""What may be relied on of recorded calls and their log, held against the fake and real databases."""

from dataclasses import replace

import pytest

from dialer.domain.campaign import Campaign
from dialer.domain.errors import NotFound
from dialer.domain.ids import new_attempt_id
from dialer.domain.outcome import Outcome
from dialer.domain.recording import RecordedCall, RecordingAct, RecordingNote
from dialer.ports.recordings import RecordingBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.recording_book import DatabaseRecordingBook
from tests.contract.contact_worlds import FakeWorld, World
from tests.contract.lead_work import (
    ANNA,
    ENGINE,
    FIRST,
    NOW,
    RANDOM,
    SECOND,
    attempt_on,
    claimed,
    closing,
    opened,
    seconds,
)
from tests.fakes.recording_book import FakeRecordingBook


@pytest.fixture
def book(world: World, real_database: ContactDatabase | None) -> RecordingBook:
    if real_database is not None:
        return DatabaseRecordingBook(real_database)
    assert isinstance(world, FakeWorld)
    return FakeRecordingBook(world.book)


def note_of(call: RecordedCall, act: RecordingAct, at: float = 0.0, why: str = "") -> RecordingNote:
    return RecordingNote(call.attempt, call.contact, NOW + seconds(at), "susan", "supervisor", act, why)


async def test_a_call_that_goes_on_has_no_end_and_the_agent_that_it_is_for(
    world: World, book: RecordingBook, campaign: Campaign
) -> None:
    attempt = await opened(world, await claimed(world, campaign), ANNA)
    call = await book.call(attempt.id)
    assert call == RecordedCall(
        attempt=attempt.id,
        contact=attempt.contact,
        server=attempt.server,
        campaign="spring",
        number=attempt.number,
        agent=ANNA,
        opened_at=NOW,
        answered_at=None,
        ended_at=None,
        wanted=True,
    )


async def test_a_call_that_is_over_has_its_end_and_its_agent(
    world: World, book: RecordingBook, campaign: Campaign
) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    closed = closing(attempt, Outcome.ANSWERED, agent=ANNA)
    end = replace(closed.ended.end, answered_at=NOW + seconds(5))
    await world.attempts.close([replace(closed, ended=replace(closed.ended, end=end))])
    call = await book.call(attempt.id)
    assert (call.agent, call.answered_at, call.ended_at) == (ANNA, NOW + seconds(5), end.ended_at)


async def test_a_campaign_that_does_not_record_wants_none(
    world: World, book: RecordingBook, campaign: Campaign
) -> None:
    attempt = await opened(world, await claimed(world, campaign))
    await world.campaigns.tune(campaign.id, replace(campaign.plan, recording=False))
    assert not (await book.call(attempt.id)).wanted


async def test_a_prompt_is_not_recorded(world: World, book: RecordingBook, campaign: Campaign) -> None:
    attempt = replace(attempt_on(await claimed(world, campaign)), prompt="offer")
    await world.attempts.open([attempt], ENGINE)
    assert not (await book.call(attempt.id)).wanted


async def test_an_attempt_that_there_is_not_is_named_or_left_out(
    world: World, book: RecordingBook, campaign: Campaign
) -> None:
    attempt, stranger = await opened(world, await claimed(world, campaign)), new_attempt_id(NOW, RANDOM)
    with pytest.raises(NotFound, match=stranger):
        await book.call(stranger)
    assert set(await book.calls([attempt.id, stranger])) == {attempt.id}


async def test_the_log_tells_each_attempts_notes_in_order(
    world: World, book: RecordingBook, campaign: Campaign
) -> None:
    first, second = [
        await book.call((await opened(world, await claimed(world, campaign, number))).id) for number in (FIRST, SECOND)
    ]
    heard, held = note_of(first, RecordingAct.HEARD, 9, "bytes=0-99"), note_of(first, RecordingAct.HELD, 1, "why")
    await book.note([heard, note_of(second, RecordingAct.DELETED)])
    await book.note([held])
    await book.note([])
    assert await book.notes([first.attempt]) == {first.attempt: [heard, held]}
    assert [one.act for one in (await book.notes([first.attempt, second.attempt]))[second.attempt]] == ["deleted"]
