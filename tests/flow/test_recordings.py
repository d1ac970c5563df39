"""What is done with recordings while calls go on and after: paused, heard, held, deleted."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from compliance.recordings import Term
from dialer.domain.errors import Conflict, DatabaseUnavailable, NotFound, RecordingsUnavailable
from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.recording import RecordingAct, RecordingState
from dialer.engine.recordings import RecordingDesk, Who
from integrations.recordings.folders import RecordingFolders
from tests.any_hour import ANY_HOUR
from tests.fakes.recording_book import FakeRecordingBook
from tests.flow.rig import Rig, SteppedClock, new_rig

pytestmark = pytest.mark.looptime
ANN, SUSAN, ADA = AgentId("1001"), Who("susan", "supervisor"), Who("ada", "admin")
MAIN = ServerName("main")


def rig_with_recordings(folder: Path) -> tuple[Rig, Path]:
    rules = folder / "rules.toml"
    rules.write_text(ANY_HOUR, "utf-8")  # 30 days
    rig = new_rig(folder)
    rig.clock, rig.rule_file = SteppedClock(rig.clock), rules
    sounds = folder / "monitor"
    sounds.mkdir()
    return rig, sounds


def desk_of(rig: Rig, sounds: Path, keep_days: int = 0) -> tuple[RecordingDesk, FakeRecordingBook]:
    book = FakeRecordingBook(rig.book)
    return RecordingDesk(rig.engine, book, RecordingFolders({MAIN: sounds}), keep_days), book


async def talking(rig: Rig) -> AttemptId:
    await rig.make_campaign()
    rig.lead("06")
    await rig.agents_on(ANN)
    await rig.desk.start_campaign("autumn")
    await rig.until(lambda: rig.state_of(ANN) == "talking", 60)
    [attempt] = rig.book.attempts
    return attempt


async def called(rig: Rig, sounds: Path) -> AttemptId:
    """A call that is over and was recorded."""
    async with rig.working():
        attempt = await talking(rig)
        await rig.desk.hang_up(ANN)
        await rig.until(lambda: rig.book.attempts[attempt].closed is not None, 10)
    (sounds / f"{attempt}.wav").write_bytes(b"RIFF")
    return attempt


def later(rig: Rig, days: float) -> None:
    assert isinstance(rig.clock, SteppedClock)
    rig.clock.step += timedelta(days=days)


async def test_a_recording_is_paused_and_goes_on_and_the_log_says_when(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    async with rig.working():
        attempt = await talking(rig)
        desk, book = desk_of(rig, sounds)
        assert await desk.pause(ANN, Who("1001", "agent"), paused=True) == attempt
        assert rig.telephony.calls[attempt].muted
        await rig.clock.sleep(20)
        await desk.pause(ANN, Who("1001", "agent"), paused=False)
        assert not rig.telephony.calls[attempt].muted
        [(since, until)] = (await desk.about(attempt)).pauses
        assert until is not None
        assert (until - since).total_seconds() == pytest.approx(20)
        assert [(one.by, one.role) for one in book.log] == [("1001", "agent")] * 2


async def test_there_is_nothing_to_pause_without_a_call_that_is_recorded(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    async with rig.working():
        await rig.make_campaign(recording=False)
        await rig.agents_on(ANN)
        desk, book = desk_of(rig, sounds)
        with pytest.raises(Conflict, match="1001 is ready"):
            await desk.pause(ANN, SUSAN, paused=True)
        rig.lead("06")
        await rig.desk.start_campaign("autumn")
        await rig.until(lambda: rig.state_of(ANN) == "talking", 60)
        with pytest.raises(Conflict, match="not recorded"):
            await desk.pause(ANN, SUSAN, paused=True)
        assert not book.log


async def test_a_card_number_is_hidden_though_the_log_can_not_be_written(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    async with rig.working():
        attempt = await talking(rig)
        desk, book = desk_of(rig, sounds)
        book.away = True
        with pytest.raises(DatabaseUnavailable):
            await desk.pause(ANN, SUSAN, paused=True)
        assert rig.telephony.calls[attempt].muted


async def test_who_hears_a_recording_is_noted_first(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    attempt = await called(rig, sounds)
    desk, book = desk_of(rig, sounds)
    assert await desk.hear(attempt, SUSAN, "bytes=0-9") == sounds / f"{attempt}.wav"
    [note] = book.log
    assert (note.by, note.act, note.why) == ("susan", RecordingAct.HEARD, "bytes=0-9")
    book.away = True
    with pytest.raises(DatabaseUnavailable):
        await desk.hear(attempt, SUSAN, "")


async def test_what_is_not_there_or_goes_on_is_not_heard(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    async with rig.working():
        attempt = await talking(rig)
        desk, book = desk_of(rig, sounds)
        (sounds / f"{attempt}.wav").write_bytes(b"RIFF")
        with pytest.raises(Conflict, match="not over"):
            await desk.hear(attempt, SUSAN, "")
        assert (await desk.about(attempt)).state is RecordingState.GOING_ON
        await rig.desk.hang_up(ANN)
        await rig.until(lambda: rig.book.attempts[attempt].closed is not None, 10)
    (sounds / f"{attempt}.wav").unlink()
    with pytest.raises(NotFound):
        await desk.hear(attempt, SUSAN, "")
    assert (await desk.about(attempt)).state is RecordingState.MISSING
    assert not book.log


async def test_one_over_its_time_is_counted_then_deleted_and_stays_in_the_log(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    attempt = await called(rig, sounds)
    desk, book = desk_of(rig, sounds)
    later(rig, 29)
    assert (await desk.expire(ADA, delete=True)).going == Counter()
    later(rig, 1)
    over = await desk.expire(ADA, delete=False)
    [(term, count)] = over.going.items()
    assert (term.jurisdiction, term.days, count, over.held, over.strangers) == ("default", 30, 1, 0, 0)
    assert (await desk.about(attempt)).state is RecordingState.THERE
    assert (await desk.expire(ADA, delete=True)).going == over.going
    gone = await desk.about(attempt)
    assert (gone.state, [(one.by, one.act, one.why) for one in book.log]) == (
        RecordingState.DELETED,
        [("ada", RecordingAct.DELETED, term.rule)],
    )
    assert (await desk.expire(ADA, delete=True)).going == Counter()


async def test_one_that_is_held_stays_until_it_is_released(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    attempt = await called(rig, sounds)
    desk, _ = desk_of(rig, sounds)
    with pytest.raises(Conflict, match="nobody holds it"):
        await desk.release(attempt, SUSAN, "why")
    await desk.hold(attempt, SUSAN, "complaint 7")
    with pytest.raises(Conflict, match="held already, by susan"):
        await desk.hold(attempt, ADA, "again")
    later(rig, 400)
    told = await desk.expire(ADA, delete=True)
    assert (told.going.total(), told.held) == (0, 1)
    erased = await desk.erase([attempt], ADA, delete=True)
    assert (erased.deleted, erased.stay) == (0, {attempt: "held by susan: complaint 7"})
    await desk.release(attempt, SUSAN, "settled")
    assert (await desk.expire(ADA, delete=True)).going.total() == 1


async def test_the_operator_keeps_them_for_less(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    await called(rig, sounds)
    desk, _ = desk_of(rig, sounds, keep_days=7)
    later(rig, 7)
    assert (await desk.expire(ADA, delete=True)).going == Counter({Term("operator", "recordings.keep_days", 7): 1})


async def test_a_file_of_an_attempt_that_nobody_knows_is_left_alone(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    await called(rig, sounds)
    desk, _ = desk_of(rig, sounds)
    rig.book.attempts.clear()
    later(rig, 31)
    told = await desk.expire(ADA, delete=True)
    assert (told.going.total(), told.strangers) == (0, 1)
    assert len(list(sounds.iterdir())) == 1


async def test_a_persons_recordings_are_deleted_or_told_of(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    attempt = await called(rig, sounds)
    desk, book = desk_of(rig, sounds)
    elsewhere = RecordingDesk(rig.engine, book, RecordingFolders({}))
    [why] = (await elsewhere.erase([attempt], ADA, delete=True)).stay.values()
    assert "no folder is set" in why
    assert (await desk.erase([attempt], ADA, delete=False)).deleted == 1
    assert (await desk.erase([attempt], ADA, delete=True)).deleted == 1
    assert not list(sounds.iterdir())
    assert (await desk.erase([attempt], ADA, delete=True)).deleted == 0


async def test_one_that_can_not_be_deleted_keeps_no_other(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    first = await called(rig, sounds)
    desk, book = desk_of(rig, sounds)
    held = rig.book.attempts[first]
    stuck = AttemptId(f"{first[:-12]}000000000000")
    rig.book.attempts = {stuck: replace(held, attempt=replace(held.attempt, id=stuck)), first: held}
    (sounds / f"{stuck}.wav").mkdir()  # what can't be unlinked
    later(rig, 31)
    with pytest.raises(RecordingsUnavailable, match=stuck):
        await desk.expire(ADA, delete=True)
    assert [one.name for one in sounds.iterdir()] == [f"{stuck}.wav"]
    assert len(book.log) == 2


async def test_a_folder_that_is_gone_is_named_and_deletes_nothing(tmp_path: Path) -> None:
    rig, sounds = rig_with_recordings(tmp_path)
    await called(rig, sounds)
    desk, book = desk_of(rig, sounds)
    later(rig, 31)
    sounds.rename(tmp_path / "elsewhere")
    with pytest.raises(RecordingsUnavailable, match="monitor"):
        await desk.expire(ADA, delete=True)
    await desk.expire_daily()  # says so in the log, and comes again tomorrow
    assert not book.log
