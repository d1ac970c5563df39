from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.campaign import DEFAULT_RECYCLE
from dialer.domain.ids import AgentId
from dialer.domain.outcome import LIVE_ANSWERS, NOT_AN_ATTEMPT, AmdResult, CallEnd, Outcome, outcome_of

T0 = datetime(2026, 7, 15, 16, tzinfo=UTC)
AGENT = AgentId("1001")
RANG = CallEnd(cause=16, ended_at=T0 + timedelta(minutes=3))
PICKED_UP = replace(RANG, answered_at=T0)
WAITED = replace(PICKED_UP, waiting_since=T0)
TALKED = replace(WAITED, connected_at=T0 + timedelta(seconds=1), agent=AGENT)


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (0, Outcome.FAILED),
        (1, Outcome.INVALID_NUMBER),
        (3, Outcome.FAILED),
        (16, Outcome.FAILED),
        (17, Outcome.BUSY),
        (18, Outcome.NO_ANSWER),
        (19, Outcome.NO_ANSWER),
        (20, Outcome.NO_ANSWER),
        (21, Outcome.REJECTED),
        (22, Outcome.INVALID_NUMBER),
        (27, Outcome.FAILED),
        (28, Outcome.INVALID_NUMBER),
        (34, Outcome.CONGESTION),
        (38, Outcome.CONGESTION),
        (41, Outcome.CONGESTION),
        (42, Outcome.CONGESTION),
        (44, Outcome.CONGESTION),
        (47, Outcome.CONGESTION),
        (127, Outcome.FAILED),
    ],
)
def test_a_call_that_nobody_answered_is_told_by_its_cause(cause: int, outcome: Outcome) -> None:
    assert outcome_of(replace(RANG, cause=cause)) is outcome


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (TALKED, Outcome.ANSWERED),
        (replace(TALKED, amd=AmdResult.HUMAN), Outcome.ANSWERED),
        (replace(TALKED, amd=AmdResult.MACHINE), Outcome.ANSWERED),  # machine handling "agent"
        (replace(PICKED_UP, amd=AmdResult.MACHINE), Outcome.MACHINE),
        (replace(WAITED, abandoned=True), Outcome.ABANDONED),
        (replace(WAITED, abandoned=True, amd=AmdResult.NOT_SURE), Outcome.ABANDONED),
        (WAITED, Outcome.HUNG_UP),
        (PICKED_UP, Outcome.HUNG_UP),
        (replace(PICKED_UP, amd=AmdResult.HANG_UP), Outcome.HUNG_UP),
        (replace(WAITED, agent=AGENT), Outcome.HUNG_UP),  # asked for, but never connected
    ],
)
def test_an_answered_call_is_told_by_what_it_reached(end: CallEnd, outcome: Outcome) -> None:
    assert outcome_of(end) is outcome


ENDS = st.builds(
    CallEnd,
    cause=st.integers(0, 127),
    ended_at=st.just(T0),
    answered_at=st.none() | st.just(T0),
    amd=st.none() | st.sampled_from(AmdResult),
    waiting_since=st.none() | st.just(T0),
    connected_at=st.none() | st.just(T0),
    agent=st.none() | st.just(AGENT),
    abandoned=st.booleans(),
)


@given(ENDS, st.integers(0, 127))
def test_the_hangup_cause_says_nothing_of_an_answered_call(end: CallEnd, cause: int) -> None:
    answered = replace(end, answered_at=T0)
    assert outcome_of(replace(answered, cause=cause)) is outcome_of(answered)


@given(ENDS)
def test_a_live_answer_is_never_out_of_a_call_that_nobody_answered(end: CallEnd) -> None:
    outcome = outcome_of(end)
    assert (outcome in LIVE_ANSWERS | {Outcome.MACHINE}) == (end.answered_at is not None)


@given(ENDS)
def test_who_talked_to_an_agent_was_not_abandoned(end: CallEnd) -> None:
    connected = replace(end, answered_at=T0, connected_at=T0, agent=AGENT, abandoned=True)
    assert outcome_of(connected) is Outcome.ANSWERED


def test_what_certainly_did_not_ring_is_no_live_answer() -> None:
    assert not LIVE_ANSWERS & NOT_AN_ATTEMPT


def test_each_outcome_says_when_the_lead_may_be_called_again() -> None:
    assert set(DEFAULT_RECYCLE) == set(Outcome)
