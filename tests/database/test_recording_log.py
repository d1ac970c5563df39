"""The log of recordings on a real database: all of a note or nothing, and nobody changes it."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from dialer.domain.campaign import CampaignPlan
from dialer.domain.errors import DialerError
from dialer.domain.ids import ContactId
from dialer.domain.recording import RecordedCall, RecordingAct
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.recording_book import DatabaseRecordingBook
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import claimed, opened
from tests.contract.test_recording_book import note_of


async def a_call(database: ContactDatabase) -> tuple[DatabaseRecordingBook, RecordedCall]:
    world, book = DatabaseWorld(database), DatabaseRecordingBook(database)
    campaign = await world.campaigns.create(CampaignPlan("spring"))
    attempt = await opened(world, await claimed(world, campaign))
    return book, await book.call(attempt.id)


async def test_notes_are_taken_together_or_not_at_all(database: ContactDatabase) -> None:
    book, call = await a_call(database)
    heard = note_of(call, RecordingAct.HEARD)
    with pytest.raises(DialerError):
        await book.note([heard, replace(heard, contact=ContactId(99))])
    assert (await book.notes([call.attempt]))[call.attempt] == []


@pytest.mark.parametrize("change", ["UPDATE recording_log SET by = 'nobody'", "DELETE FROM recording_log"])
async def test_nobody_changes_the_log(database: ContactDatabase, change: str) -> None:
    book, call = await a_call(database)
    await book.note([note_of(call, RecordingAct.HEARD)])
    with pytest.raises(DialerError, match="only ever added to"):
        await database.fetch(text(change))
    assert len((await book.notes([call.attempt]))[call.attempt]) == 1
