"""The chain of verdicts: whoever changes, takes out or puts in one is found."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.facts import Reassignment
from compliance.proof import Dialed, Finding, Head, Judged, Link, chained, fault_of, faults_in, link, number_hash
from compliance.zones import address_of
from tests.unit.dial_facts import agreed, free, judged

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
ATTEMPT = "01890a5d-ac96-774b-bcce-b302099a8057"
NUMBER = "+12125550123"


def chain(count: int = 6) -> list[Link]:
    head, links = Head(), []
    for number in range(count):
        at = NOW + timedelta(seconds=number)
        facts = free(NUMBER, consents=agreed(NOW), address=address_of("US-FL"), on_dnc=number % 2 == 0)
        facts = replace(facts, reassignment=Reassignment(NOW, date(2024, 2, 29), False))
        attempt = None if facts.on_dnc else ATTEMPT
        given_ = Judged(at, 7, 8, 9, facts, judged(facts, at), "digest")
        links.append(link(head, given_, attempt, NUMBER if attempt else ""))
        head = Head(links[-1].place, links[-1].hash)
    return links


LINKS = chain()


def found(links: list[Link], before: Head | None = None) -> list[Finding]:
    return list(faults_in(links, before or Head()))


def test_a_chain_that_nobody_touched_is_whole_also_from_its_middle() -> None:
    assert found(LINKS) == []
    assert found(LINKS[3:], Head(3, LINKS[2].hash)) == []
    assert [one.place for one in LINKS] == [1, 2, 3, 4, 5, 6]


def test_a_record_has_the_verdict_and_all_that_it_rests_on_but_no_number() -> None:
    told = json.loads(LINKS[0].record)
    assert (told["allowed"], told["attempt"], told["contact"], told["lead"]) == (False, None, 7, 8)
    assert told["failures"][0] == {
        "rule": "DEF-DNC@1",
        "kind": "do-not-call",
        "reason": "on the do-not-call list",
    }
    assert told["rule_files"] == "digest"
    assert "US-HRS@1" in told["rules"]
    facts = told["facts"]
    assert facts["address"]["areas"] == ["US-FL"]
    assert facts["consents"][0]["proof"] == "form 17"
    assert facts["reassignment"] == {"checked_at": NOW.isoformat(), "since": "2024-02-29", "changed": False}
    assert facts["last_calls"] == {"refused_at": None, "abandoned_at": None, "machine_at": None}
    assert not any("2125550123" in one.record for one in LINKS)
    assert json.loads(LINKS[1].record)["number"] == number_hash(ATTEMPT, NUMBER)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_written_as_unknown_of_a_verdict_that_is_a_no(seconds: float) -> None:
    facts = replace(free(NUMBER, consents=agreed(NOW)), ring_seconds=seconds)
    one = link(Head(), Judged(NOW, 7, 8, 9, facts, judged(facts, NOW), "digest"))
    told = json.loads(one.record)
    assert (told["allowed"], told["facts"]["ring_seconds"]) == (False, None)
    assert found([one]) == []


@given(st.integers(0, 5), st.sampled_from(["record", "hash", "attempt", "contact", "campaign", "at"]))
def test_a_changed_row_is_found_at_its_place(place: int, field: str) -> None:
    one = LINKS[place]
    changes: dict[str, Any] = {
        "record": one.record.replace('"contact":7', '"contact":6'),
        "hash": bytes(32),
        "attempt": "01890a5d-ac96-774b-bcce-b302099a8058",
        "contact": 6,
        "campaign": 10,
        "at": one.at + timedelta(microseconds=1),
    }
    links = [*LINKS[:place], replace(one, **{field: changes[field]}), *LINKS[place + 1 :]]
    assert place + 1 in [finding.place for finding in found(links)]


@given(st.integers(0, 4), st.integers(1, 3))
def test_rows_taken_out_are_missed(place: int, count: int) -> None:
    kept = [*LINKS[:place], *LINKS[place + count :]]
    if len(kept) > place:
        assert found(kept)[0] == Finding(
            place + 1, f"missing: {count} verdicts before place {place + count + 1} are gone"
        )


def test_a_record_made_anew_with_its_hash_breaks_the_next() -> None:
    record = LINKS[2].record.replace('"allowed":false', '"allowed":true')
    forged = replace(LINKS[2], record=record, hash=chained(LINKS[1].hash, record))
    assert [finding.place for finding in found([*LINKS[:2], forged, *LINKS[3:]])] == [4]


def test_a_chain_made_anew_to_its_end_has_another_head() -> None:
    links, before = list(LINKS), LINKS[1].hash
    for place in range(2, 6):
        record = links[place].record.replace('"lead":8', '"lead":80')
        before = chained(before, record)
        links[place] = replace(links[place], record=record, hash=before)
    assert found(links) == []
    assert links[-1].hash != LINKS[-1].hash


@pytest.mark.parametrize("record", ["", "[]", "{}", "null"])
def test_a_record_that_is_none_is_named(record: str) -> None:
    forged = replace(LINKS[0], record=record, hash=chained(bytes(32), record))
    assert found([forged]) == [Finding(1, "the row says another form than its record")]


ALLOWED = json.loads(LINKS[1].record)
DIALED = Dialed(ATTEMPT, 7, 8, 9, NUMBER, NOW + timedelta(seconds=1), ALLOWED["verdict"])


def test_an_attempt_is_the_one_that_its_verdict_allowed() -> None:
    assert ALLOWED["allowed"]
    assert fault_of(DIALED, LINKS[1].record) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"contact": 70}, "its verdict is of another contact"),
        ({"lead": 80, "campaign": 90}, "its verdict is of another lead and campaign"),
        ({"number": "+12125550124"}, "its verdict is of another number"),
        ({"attempt": ATTEMPT[:-1] + "8"}, "its verdict is of another number"),
        ({"verdict": "allowed by nobody"}, "its verdict is of another verdict"),
        ({"opened_at": NOW}, "its verdict is of another time"),
        ({"opened_at": NOW + timedelta(seconds=62)}, "its verdict is of another time"),
    ],
)
def test_an_attempt_that_was_changed_is_told_from_its_verdict(changes: dict[str, Any], reason: str) -> None:
    assert fault_of(replace(DIALED, **changes), LINKS[1].record) == reason


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (None, "no verdict allowed it"),
        (LINKS[0].record, "its verdict is a no"),
        ("{", "its verdict can't be read"),
        ('{"allowed": true}', "its verdict can't be read"),
    ],
)
def test_an_attempt_without_a_yes_is_named(record: str | None, reason: str) -> None:
    assert fault_of(DIALED, record) == reason
