from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from compliance.abandonment import Tally, ratio
from dialer.domain.call import Attempt, ended
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ContactId, LeadId, NumberId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd
from dialer.domain.phone import PhoneNumber
from dialer.engine.abandonment import tally_of

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
ATTEMPT = Attempt(
    id=AttemptId("01890a5d-ac96-774b-bcce-b302099a8057"), campaign=CampaignId(1), lead=LeadId(1),
    contact=ContactId(1), number_id=NumberId(1), number=PhoneNumber("+12025550101"), server=ServerName("main"),
    opened_at=NOW, verdict="allowed",
)  # fmt: skip
some_seconds = st.floats(0, 6).map(lambda count: timedelta(seconds=count))


@st.composite
def ends(draw: st.DrawFn) -> CallEnd:
    """An answered call: it waits, perhaps for an agent, and ends, each step a while after the one before."""
    answered = NOW + draw(some_seconds)
    waiting = answered + draw(some_seconds)
    reached = waiting + draw(some_seconds)
    connected = draw(st.booleans())
    return CallEnd(
        cause=16,
        ended_at=reached + draw(some_seconds),
        answered_at=answered,
        amd=draw(st.sampled_from([None, AmdResult.HUMAN, AmdResult.NOT_SURE])),
        waiting_since=draw(st.sampled_from([waiting, None])),
        connected_at=reached if connected else None,
        agent=AgentId("1001") if connected else None,
        abandoned=not connected and draw(st.booleans()),
    )


def ratio_of(calls: list[CallEnd]) -> float:
    return ratio(reduce(Tally.plus, (tally_of(ended(ATTEMPT, end)) for end in calls), Tally()))


@given(st.lists(ends(), min_size=1, max_size=20), st.data())
def test_taking_a_fact_of_a_call_away_never_lowers_the_ratio(calls: list[CallEnd], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(calls) - 1))
    end = calls[place]
    for less in (replace(end, waiting_since=None), replace(end, agent=None), replace(end, connected_at=None)):
        assert ratio_of([*calls[:place], less, *calls[place + 1 :]]) >= ratio_of(calls)


@given(ends())
def test_a_call_is_counted_at_most_once(end: CallEnd) -> None:
    tally = tally_of(ended(ATTEMPT, end))
    assert tally.connected + tally.dropped + tally.amd_machines <= 1
