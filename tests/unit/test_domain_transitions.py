from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from dialer.domain.agent import LEGAL_NEXT as AGENT_NEXT
from dialer.domain.agent import OCCUPIED, WORKING, AgentState
from dialer.domain.call import LEGAL_NEXT as ATTEMPT_NEXT
from dialer.domain.call import Attempt, AttemptState, ended
from dialer.domain.ids import AttemptId, CampaignId, ContactId, LeadId, NumberId, ServerName
from dialer.domain.outcome import CallEnd, Outcome
from dialer.domain.phone import PhoneNumber

State = TypeVar("State")


def reachable(start: State, table: Mapping[State, frozenset[State]]) -> set[State]:
    seen, new = {start}, {start}
    while new:
        new = {after for state in new for after in table[state]} - seen
        seen |= new
    return seen


def test_both_tables_are_closed() -> None:
    assert set(ATTEMPT_NEXT) == set(AttemptState)
    assert set(AGENT_NEXT) == set(AgentState)


def test_every_state_is_reachable() -> None:
    assert reachable(AttemptState.OPEN, ATTEMPT_NEXT) == set(AttemptState)
    assert reachable(AgentState.LOGGED_OUT, AGENT_NEXT) == set(AgentState)


def test_an_attempt_never_goes_back() -> None:
    order = list(AttemptState)
    for state, after in ATTEMPT_NEXT.items():
        assert all(order.index(state) < order.index(later) for later in after)


@pytest.mark.parametrize("state", [state for state in AttemptState if state is not AttemptState.ENDED])
def test_any_attempt_may_end_at_once(state: AttemptState) -> None:
    assert AttemptState.ENDED in ATTEMPT_NEXT[state]


def test_an_ended_attempt_stays_ended() -> None:
    assert ATTEMPT_NEXT[AttemptState.ENDED] == frozenset()


@pytest.mark.parametrize("state", AgentState)
def test_no_agent_is_stuck(state: AgentState) -> None:
    assert state not in AGENT_NEXT[state]
    assert AgentState.LOGGED_OUT in reachable(state, AGENT_NEXT)
    assert AgentState.READY in reachable(state, AGENT_NEXT)
    assert state is AgentState.LOGGED_OUT or AgentState.LOGGED_OUT in AGENT_NEXT[state]


def test_an_agent_who_is_occupied_is_working() -> None:
    assert OCCUPIED < WORKING


@pytest.mark.parametrize("state", [AgentState.LOGGED_OUT, AgentState.LOGGING_IN])
def test_nobody_talks_before_the_phone_is_on_the_line(state: AgentState) -> None:
    assert not AGENT_NEXT[state] & OCCUPIED


OPENED = datetime(2026, 7, 15, 16, tzinfo=UTC)
ATTEMPT = Attempt(
    id=AttemptId("a"),
    campaign=CampaignId(1),
    lead=LeadId(2),
    contact=ContactId(3),
    number_id=NumberId(4),
    number=PhoneNumber("+12025550123"),
    server=ServerName("main"),
    opened_at=OPENED,
    verdict="allowed",
    lead_attempts=2,
)


@pytest.mark.parametrize(
    ("end", "outcome", "ring_seconds"),
    [
        (CallEnd(19, OPENED + timedelta(seconds=25)), Outcome.NO_ANSWER, 25.0),
        (CallEnd(16, OPENED + timedelta(seconds=90), OPENED + timedelta(seconds=8)), Outcome.HUNG_UP, 8.0),
        (CallEnd(17, OPENED - timedelta(seconds=1)), Outcome.BUSY, 0.0),  # two machines' clocks
    ],
)
def test_an_attempt_ends_with_the_outcome_and_how_long_it_rang(
    end: CallEnd, outcome: Outcome, ring_seconds: float
) -> None:
    closed = ended(ATTEMPT, end)
    assert (closed.attempt, closed.lead, closed.campaign, closed.number_id) == ("a", 2, 1, 4)
    assert (closed.outcome, closed.end, closed.ring_seconds) == (outcome, end, ring_seconds)
    assert closed.lead_attempts == 2
