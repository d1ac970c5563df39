from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.marketing.demand import InboundDemand
from pacing.marketing.figures import Counts, ServiceFigures, Step
from pacing.marketing.outreach import MOST_CONTACTS, Outreach, room_for_contacts
from pacing.marketing.rule import RateKind, SwitchRule

NOON = 43_200.0
RULE = SwitchRule(target=0.8)


def calm(per_second: float = 0.02) -> InboundDemand:
    """Calls have come evenly for an hour."""
    demand = InboundDemand(NOON - 3600.0)
    for call in range(round(3600 * per_second)):
        demand.offered(NOON - 3600.0 + call / per_second)
    return demand


def figures(**changed: Any) -> ServiceFigures:
    told: dict[str, Any] = {
        "now": NOON,
        "day_begins": 0.0,
        "day_ends": 86_400.0,
        "day": Counts(offered=200, answered=190, within=170, abandoned=10, callers=180, callers_through=176),
        "day_blind": False,
        "steps": (),
        "current": Step(NOON - 10.0),
    }
    return ServiceFigures(**(told | changed))


def room(
    rule: SwitchRule = RULE, now: ServiceFigures | None = None, demand: InboundDemand | None = None, **changed: Any
) -> Outreach:
    told: dict[str, Any] = {
        "open_now": True,
        "agents": 20,
        "minutes": 60.0,
        "answer_share": 0.05,
        "handle_seconds": 180.0,
    }
    return room_for_contacts(rule, now or figures(), demand or calm(), **(told | changed))


def test_a_calm_day_leaves_room_that_agents_can_serve() -> None:
    found = room()
    # 20 agents serve 400 calls of 180 s an hour, or 8000 contacts of whom one in 20 calls; inbound needs a quarter
    assert 3000 < found.contacts < 8000
    assert found.words.startswith(f"{found.contacts} contacts in 60 min leave inbound at 80%: ")


def test_a_busy_hour_leaves_none() -> None:
    found = room(demand=calm(0.2))
    assert found.contacts == 0
    assert found.words.startswith("inbound alone may fall below 80% in 60 min: ")


def test_a_day_below_target_leaves_none() -> None:
    bad = Counts(offered=2000, answered=1500, within=1200, abandoned=500)
    assert room(now=figures(day=bad)).contacts == 0


def test_a_good_day_does_not_pay_for_a_bad_hour() -> None:
    golden = Counts(offered=100_000, answered=100_000, within=100_000)
    assert 0 < room(now=figures(day=golden)).contacts <= 1.2 * room().contacts


@pytest.mark.parametrize("kind", RateKind)
def test_every_kind_of_rate_leaves_room_on_a_calm_day(kind: RateKind) -> None:
    assert room(replace(RULE, rate=kind)).contacts > 1000


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"open_now": False}, "marketing is off"),
        ({"minutes": 0.0}, "minutes: 0.0 is not above 0"),
        ({"minutes": nan}, "minutes: nan is not above 0"),
        ({"answer_share": 0.0}, "answer_share: 0.0 is not above 0 and at most 1"),
        ({"answer_share": nan}, "answer_share: nan is not above 0 and at most 1"),
        ({"answer_share": 1.1}, "answer_share: 1.1 is not above 0 and at most 1"),
        ({"handle_seconds": inf}, "handle_seconds: inf is not above 0"),
        ({"now": figures(day_ends=NOON)}, "the service day is over"),
        ({"now": figures(day_blind=True)}, "some of the day was not seen"),
        ({"demand": InboundDemand(NOON - 60.0)}, "watched for 60 s: too little is known"),
    ],
)
def test_there_is_no_room_and_the_reason_is_told(changed: dict[str, Any], words: str) -> None:
    assert room(**changed) == Outreach(0, words)


def test_without_agents_there_is_no_room() -> None:
    assert room(agents=0).contacts == 0


def test_contacts_who_hardly_ever_call_have_a_bound() -> None:
    assert room(answer_share=1e-9).contacts == MOST_CONTACTS


@given(st.integers(0, 60), st.integers(1, 20), st.floats(0.001, 0.3), st.floats(5, 240))
def test_more_agents_never_leave_less_room(agents: int, more: int, per_second: float, minutes: float) -> None:
    demand = calm(per_second)
    few, many = (room(demand=demand, agents=n, minutes=minutes).contacts for n in (agents, agents + more))
    assert few <= many


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.floats(20, 900))
def test_the_likelier_contacts_call_the_fewer_may_be_approached(one: float, other: float, handle: float) -> None:
    rare, often = (room(answer_share=share, handle_seconds=handle).contacts for share in sorted((one, other)))
    assert often <= rare
