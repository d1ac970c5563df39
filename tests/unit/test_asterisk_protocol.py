from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId, EngineName
from dialer.domain.outcome import AmdResult, CallEnd
from integrations.asterisk.protocol import (
    alive_variable,
    ended_family,
    engine_key,
    read_opt_out,
    read_record,
    write_opt_out,
    write_record,
)

START = datetime(2026, 7, 15, 16, tzinfo=UTC)
MOMENTS = st.integers(0, 10**12).map(lambda ms: START + timedelta(milliseconds=ms))
ENDS = st.builds(
    CallEnd,
    cause=st.integers(0, 127),
    ended_at=MOMENTS,
    answered_at=st.none() | MOMENTS,
    amd=st.none() | st.sampled_from(AmdResult),
    waiting_since=st.none() | MOMENTS,
    connected_at=st.none() | MOMENTS,
    agent=st.none() | st.from_regex("[0-9A-Za-z_-]{1,40}", fullmatch=True).map(AgentId),
    abandoned=st.booleans(),
    opted_out_at=st.none() | MOMENTS,
    heard_at=st.none() | MOMENTS,
)
PLAIN = CallEnd(cause=16, ended_at=START)


@given(ENDS)
def test_a_record_is_read_as_it_was_written(end: CallEnd) -> None:
    assert read_record(write_record(end)) == end


@given(ENDS)
def test_a_record_stands_in_one_header_line(end: CallEnd) -> None:
    assert write_record(end).isprintable()
    assert "," not in write_record(end)


def test_the_record_is_what_the_dialplan_writes() -> None:
    end = replace(
        PLAIN,
        answered_at=START,
        amd=AmdResult.NOT_SURE,
        waiting_since=START,
        connected_at=START,
        agent=AgentId("1001"),
        abandoned=True,
        opted_out_at=START,
        heard_at=START,
    )
    ms = "1784131200000"
    assert write_record(end) == f"3|16|{ms}|{ms}|NOTSURE|{ms}|{ms}|1001|1|{ms}|{ms}"
    assert read_record(f"3||{ms}||||||||") == replace(PLAIN, cause=0)


def test_a_record_of_a_release_before_is_read() -> None:
    ms = "1784131200000"
    assert read_record(f"2|16|{ms}|||||||{ms}") == replace(PLAIN, opted_out_at=START)
    assert read_record(f"1|16|{ms}||||||1") == replace(PLAIN, abandoned=True)


def test_a_key_press_is_read_as_it_was_written() -> None:
    assert write_opt_out(START, "+12025550101") == "1|1784131200000|+12025550101"
    assert read_opt_out(write_opt_out(START, "+12025550101")) == (START, "+12025550101")


@pytest.mark.parametrize(
    "record", ["", "1", "1|1784131200000", "1|1784131200000|", "2|1784131200000|1", "1|now|1", "1||1"]
)
def test_a_key_press_that_is_not_ours_is_refused(record: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_opt_out(record)
    assert caught.value.place == "record of an opt-out key"


@pytest.mark.parametrize(
    "record",
    [
        "",
        "|" * 8,
        "2|16|1784131200000||||||",
        "2|16|1784131200000|||||||yes",
        "3|16|1784131200000|||||||",
        "1|16|1784131200000|||||",
        "1|16|1784131200000|||||||",
        "1|16|||||||",
        "1|sixteen|1784131200000||||||",
        "1|" + "9" * 5000 + "|1784131200000||||||",
        "1|16|yesterday||||||",
        "1|16|-1||||||",
        "1|16|1.5||||||",
        "1|16|\u00b2||||||",
        "1|16|999999999999999999999||||||",
        "1|16|" + "9" * 5000 + "||||||",
        "1|16|1784131200000||ROBOT||||",
        "1|16|1784131200000||||||yes",
    ],
)
def test_a_record_that_is_not_ours_is_refused(record: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_record(record)
    assert caught.value.place == "record of a call's end"


@given(st.text() | st.lists(st.text(max_size=8), min_size=9, max_size=9).map(lambda parts: "2|" + "|".join(parts)))
@example("1|16|99999999999999||||||")
def test_any_text_is_read_or_refused(record: str) -> None:
    try:
        end = read_record(record)
    except BadInput:
        return
    assert end.ended_at.utcoffset() == timedelta(0)


def test_an_engines_name_may_stand_in_the_name_of_a_variable() -> None:
    engine = EngineName("engine-1")
    assert engine_key(engine) == "engine_1"
    assert ended_family(engine) == "dialer-ended-engine_1"
    assert alive_variable(engine) == "DIALER_ALIVE_engine_1"
