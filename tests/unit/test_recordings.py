"""How long recordings are kept, what is told of them, and the folders that they lie in."""

import wave
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from compliance.recordings import OPERATOR, Term, term_of
from compliance.rule_files import BadRules, load_rules, shipped_rules, shipped_texts
from compliance.zones import NOWHERE, NumberPlace, place_of
from dialer.domain.errors import NotFound, RecordingsUnavailable
from dialer.domain.ids import AgentId, AttemptId, ContactId, ServerName, new_attempt_id
from dialer.domain.phone import PhoneNumber
from dialer.domain.recording import (
    RecordedCall,
    RecordingAct,
    RecordingFile,
    RecordingNote,
    RecordingState,
    held_by,
    may_go,
    pauses_in,
    state_of,
)
from integrations.recordings.folders import RecordingFolders
from tests.any_hour import ANY_HOUR

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ATTEMPT = new_attempt_id(NOON, Random(1))
MAIN = ServerName("main")
CALL = RecordedCall(
    attempt=ATTEMPT,
    contact=ContactId(1),
    server=MAIN,
    campaign="autumn",
    number=PhoneNumber("+33123456789"),
    agent=AgentId("1001"),
    opened_at=NOON,
    answered_at=NOON,
    ended_at=NOON,
    wanted=True,
)
FILE = RecordingFile(1000, 3.0)


def note(act: RecordingAct, minutes: float = 0.0, why: str = "") -> RecordingNote:
    return RecordingNote(ATTEMPT, ContactId(1), NOON + timedelta(minutes=minutes), "susan", "supervisor", act, why)


# --- the rules


@pytest.mark.parametrize(
    ("number", "jurisdiction", "days"),
    [("+33123456789", "FR", 180), ("+12125550100", "US", None), ("+4930123456", "default", 180)],
)
def test_a_countrys_own_rule_goes_before_the_defaults(number: str, jurisdiction: str, days: int | None) -> None:
    term = term_of(shipped_rules(), place_of(number), NOON)
    assert (term.jurisdiction, term.days) == (jurisdiction, days)


def test_of_a_part_and_its_country_the_shorter_holds() -> None:
    texts = {"default.toml": ANY_HOUR, "us.toml": _file("US", 90), "us-ca.toml": _file("US-CA", 14)}
    rules = load_rules(texts)
    assert term_of(rules, NumberPlace("US", (), ("US-CA",)), NOON).days == 14
    assert term_of(rules, NumberPlace("US", (), ("US-NY",)), NOON).days == 90
    assert term_of(rules, NumberPlace("US", (), ("US-NY", "US-CA")), NOON).days == 14


def test_of_a_number_of_no_known_country_the_shortest_of_all_holds() -> None:
    rules = load_rules({"default.toml": ANY_HOUR, "us.toml": _file("US", 7)})
    assert term_of(rules, NOWHERE, NOON) == Term("US", "R-US@1", 7)


def test_the_operator_may_keep_them_for_less_and_not_for_more() -> None:
    rules = shipped_rules()
    assert term_of(rules, place_of("+33123456789"), NOON, 30).jurisdiction == OPERATOR
    assert term_of(rules, place_of("+33123456789"), NOON, 300).days == 180
    assert term_of(rules, place_of("+12125550100"), NOON, 300).days == 300


def test_a_rule_that_is_not_in_force_today_does_not_count() -> None:
    rules = load_rules({"default.toml": ANY_HOUR, "us.toml": _file("US", 7, "2030-01-01")})
    assert term_of(rules, place_of("+12125550100"), NOON).jurisdiction == "default"


@pytest.mark.parametrize("figure", ["{ days = 0 }", "{ days = 1.5 }", "30", '"for ever"', "{ years = 1 }"])
def test_a_figure_that_is_none_is_named(figure: str) -> None:
    with pytest.raises(BadRules, match=r"default.toml: rule T-\d+: figure"):
        load_rules({"default.toml": ANY_HOUR.replace("{ days = 30 }", figure)})


def test_the_default_must_have_a_rule_on_recordings() -> None:
    text = shipped_texts()["default.toml"]
    start, end = text.index('[[rules]]\nid = "DEF-REC"'), text.index("# Of abandoned calls")
    with pytest.raises(BadRules, match="no lasting rule for recordings"):
        load_rules({"default.toml": text[:start] + text[end:]})


def _file(place: str, days: int, since: str = "2020-01-01") -> str:
    return f"""
jurisdiction = "{place}"
title = "test"
version = 1
[[rules]]
id = "R-{place}"
kind = "recordings"
figure = {{ days = {days} }}
source = "test"
mark = "D"
valid_from = {since}
"""


# --- what is told


@pytest.mark.parametrize(
    ("call", "notes", "file", "in_reach", "state"),
    [
        (CALL, [], FILE, True, RecordingState.THERE),
        (replace(CALL, ended_at=None), [], FILE, True, RecordingState.GOING_ON),
        (CALL, [note(RecordingAct.DELETED)], None, True, RecordingState.DELETED),
        (CALL, [note(RecordingAct.DELETED)], FILE, True, RecordingState.THERE),
        (replace(CALL, answered_at=None), [], None, True, RecordingState.NOT_RECORDED),
        (replace(CALL, wanted=False), [], None, True, RecordingState.NOT_RECORDED),
        (replace(CALL, wanted=False), [], FILE, True, RecordingState.THERE),
        (CALL, [], None, True, RecordingState.MISSING),
        (CALL, [], None, False, RecordingState.OUT_OF_REACH),
    ],
)
def test_the_state_of_a_recording(
    call: RecordedCall, notes: list[RecordingNote], file: RecordingFile | None, in_reach: bool, state: RecordingState
) -> None:
    assert state_of(call, notes, file, in_reach=in_reach) is state


def test_a_hold_counts_until_it_is_released() -> None:
    held, released = note(RecordingAct.HELD, 1), note(RecordingAct.RELEASED, 2)
    assert held_by([held]) == held
    assert held_by([held, note(RecordingAct.HEARD, 3)]) == held
    assert held_by([held, released]) is None
    assert held_by([held, released, note(RecordingAct.HELD, 3)]) == note(RecordingAct.HELD, 3)


def test_pauses_are_pairs_and_one_that_nobody_ended_has_no_end() -> None:
    acts = [(RecordingAct.PAUSED, 1), (RecordingAct.PAUSED, 2), (RecordingAct.RESUMED, 3), (RecordingAct.RESUMED, 4)]
    notes = [note(act, at) for act, at in acts] + [note(RecordingAct.PAUSED, 5)]
    minutes = [tuple(end and (end - NOON).total_seconds() / 60 for end in pause) for pause in pauses_in(notes)]
    assert minutes == [(1, 3), (5, None)]


def test_a_recording_goes_when_its_time_is_over_and_nobody_holds_it() -> None:
    term, last = Term("FR", "FR-REC@1", 180), NOON + timedelta(days=180)
    assert may_go(CALL, term, [], last)
    assert not may_go(CALL, term, [], last - timedelta(seconds=1))
    assert not may_go(CALL, term, [note(RecordingAct.HELD)], last)
    assert not may_go(CALL, Term("US", "US-REC@1", None), [], last)
    assert not may_go(replace(CALL, ended_at=None), term, [], last)


# --- the folders


@pytest.fixture
def folders(tmp_path: Path) -> RecordingFolders:
    return RecordingFolders({MAIN: tmp_path})


def write(folder: Path, attempt: str, seconds: float = 1.0) -> Path:
    path = folder / f"{attempt}.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(int(seconds * 16_000)))
    return path


def test_a_recording_is_found_by_its_attempt_with_its_length(folders: RecordingFolders, tmp_path: Path) -> None:
    path = write(tmp_path, ATTEMPT, 2.5)
    assert folders.file(MAIN, ATTEMPT) == RecordingFile(40_044, 2.5)
    assert folders.path(MAIN, ATTEMPT) == path


def test_one_whose_head_can_not_be_read_is_there_all_the_same(folders: RecordingFolders, tmp_path: Path) -> None:
    (tmp_path / f"{ATTEMPT}.wav").write_bytes(b"RIFF")
    assert folders.file(MAIN, ATTEMPT) == RecordingFile(4, None)


def test_what_is_not_there_is_told(folders: RecordingFolders) -> None:
    assert folders.file(MAIN, ATTEMPT) is None
    assert not folders.delete(MAIN, ATTEMPT)
    with pytest.raises(NotFound):
        folders.path(MAIN, ATTEMPT)


def test_a_server_without_a_folder_is_out_of_reach(folders: RecordingFolders) -> None:
    other = ServerName("other")
    assert not folders.reaches(other)
    assert folders.file(other, ATTEMPT) is None
    assert not folders.delete(other, ATTEMPT)
    with pytest.raises(NotFound, match="no folder is set for the recordings of other"):
        folders.path(other, ATTEMPT)


def test_no_other_file_can_be_meant(folders: RecordingFolders, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.wav").write_bytes(b"")
    for name in ("../secret", "/etc/passwd", ""):
        with pytest.raises(ValueError, match="hexadecimal UUID"):
            folders.file(MAIN, AttemptId(name))


def test_a_link_to_another_file_is_not_followed(folders: RecordingFolders, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password")
    (tmp_path / f"{ATTEMPT}.wav").symlink_to(tmp_path / "secret")
    with pytest.raises(NotFound):
        folders.path(MAIN, ATTEMPT)


def test_the_older_ones_are_told_by_the_time_in_their_ids_and_nothing_else_is(
    folders: RecordingFolders, tmp_path: Path
) -> None:
    random = Random(2)
    old, young = (new_attempt_id(NOON + timedelta(days=days), random) for days in (-1, 1))
    for attempt in (old, young, "1764316800.12", "notes", "01890a5d-ac96-4bbb-bcce-b302099a8057"):
        write(tmp_path, attempt)
    (tmp_path / f"{old}.txt").write_text("not one")
    assert list(folders.older(NOON)) == [(MAIN, old)]


def test_a_folder_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(RecordingsUnavailable, match="gone: No such file"):
        list(RecordingFolders({MAIN: gone}).older(NOON))


def test_one_that_is_deleted_is_gone(folders: RecordingFolders, tmp_path: Path) -> None:
    write(tmp_path, ATTEMPT)
    assert folders.delete(MAIN, ATTEMPT)
    assert folders.file(MAIN, ATTEMPT) is None
