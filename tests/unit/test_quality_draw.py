"""Which calls are drawn, and who hears them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId, AttemptId, ContactId
from dialer.domain.outcome import Disposition
from dialer.domain.quality.assigning import Place, ToHear, assigned, chosen_for_two
from dialer.domain.quality.rules import COMPLAINTS, OTHERS, QualityRules, Reviewer, StratumRule
from dialer.domain.quality.sampling import Draw, Drawing, FrameCall, allocated

ANNA, BEN = AgentId("1001"), AgentId("1002")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUENTIN, QUINN = Reviewer("quentin"), Reviewer("quinn", ANNA)
SALES = StratumRule("sales", dispositions=[Disposition.SALE], weight=3)
LONG = StratumRule("long", at_least_seconds=300)
RULES = QualityRules([QUENTIN, QUINN], [SALES, LONG])


def call(
    number: int,
    agent: AgentId = ANNA,
    disposition: Disposition | None = Disposition.REFUSED,
    seconds: float = 60,
    *,
    complained: bool = False,
    campaign: str = "spring",
) -> FrameCall:
    attempt = AttemptId(f"01890a5d-ac96-774b-bcce-{number:012}")
    ended_at = MONDAY + timedelta(minutes=number)
    return FrameCall(attempt, ContactId(number), agent, campaign, ended_at, seconds, disposition, complained)


def drawn(calls: list[FrameCall], rules: QualityRules = RULES, seed: str = "s", new: tuple[AgentId, ...] = ()) -> Draw:
    drawing = Drawing(rules, seed)
    drawing.add(calls)
    return drawing.draw(new)


def taken(draw: Draw) -> dict[str, tuple[int, int]]:
    return {one.stratum: (one.taken, one.calls) for one in draw.strata}


def test_the_same_seed_draws_the_same_calls_in_whatever_order_they_are_read() -> None:
    calls = [call(number) for number in range(200)]
    shuffled = Random(1).sample(calls, len(calls))
    first, again, other = drawn(calls), drawn(shuffled), drawn(calls, seed="t")
    assert first == again
    assert {one.call.attempt for one in first.calls} != {one.call.attempt for one in other.calls}


def test_each_agent_has_so_many_heard_and_a_new_one_more() -> None:
    calls = [call(number, ANNA) for number in range(50)] + [call(100 + number, BEN) for number in range(50)]
    assert Counter(one.call.agent for one in drawn(calls, new=(BEN,)).calls) == {ANNA: 3, BEN: 6}


def test_a_complaint_is_always_heard_however_many_there_are() -> None:
    calls = [call(number, complained=number < 9) for number in range(40)]
    draw = drawn(calls)
    assert taken(draw) == {COMPLAINTS: (9, 9), OTHERS: (1, 31)}
    assert Counter(one.stratum for one in draw.calls) == {COMPLAINTS: 9, OTHERS: 1}
    assert {one.probability for one in draw.calls if one.stratum == COMPLAINTS} == {1.0}
    assert "9 complaints" in draw.agents[0].words


def test_a_probability_is_what_is_taken_of_the_stratum() -> None:
    calls = [call(number, disposition=Disposition.SALE) for number in range(4)]
    calls += [call(10 + number) for number in range(36)]
    draw = drawn(calls, replace(RULES, per_agent=5))
    assert taken(draw) == {"sales": (1, 4), OTHERS: (4, 36)}
    assert {(one.stratum, one.probability) for one in draw.calls} == {("sales", 1 / 4), (OTHERS, 4 / 36)}


def test_each_call_of_a_stratum_is_drawn_equally_often() -> None:
    calls = [call(number) for number in range(10)]
    times = Counter(one.call.attempt for seed in range(4000) for one in drawn(calls, seed=str(seed)).calls)
    assert all(abs(times[one.attempt] - 1200) < 5 * (4000 * 0.3 * 0.7) ** 0.5 for one in calls)


def test_a_sample_larger_than_what_there_is_takes_all_and_says_so() -> None:
    draw = drawn([call(1), call(2)])
    assert [one.probability for one in draw.calls] == [1.0, 1.0]
    assert draw.agents[0].words == "3 were wanted, there are 2: all are taken"
    assert drawn([]).agents == []


def test_every_stratum_is_heard_though_that_is_more_than_the_agents_share() -> None:
    calls = [call(1, disposition=Disposition.SALE), call(2), call(3, seconds=400), *(call(n) for n in range(4, 9))]
    draw = drawn(calls, replace(RULES, per_agent=1))
    assert taken(draw) == {"sales": (1, 1), "long": (1, 1), OTHERS: (1, 6)}
    assert "more than 1" in draw.agents[0].words


def test_strata_of_more_weight_are_drawn_more_densely() -> None:
    rules = replace(RULES, per_agent=12)
    assert allocated(12, {"sales": 50, OTHERS: 50}, rules) == {"sales": 9, OTHERS: 3}
    assert allocated(40, {"sales": 2, OTHERS: 50}, rules) == {"sales": 2, OTHERS: 38}


def test_a_stratum_takes_at_least_what_its_rule_says() -> None:
    rules = replace(RULES, strata=[replace(LONG, least=4)])
    assert allocated(5, {"long": 5, OTHERS: 500}, rules) == {"long": 4, OTHERS: 1}
    assert allocated(5, {"long": 3, OTHERS: 500}, rules)["long"] == 3


@pytest.mark.parametrize(
    ("one", "stratum"),
    [
        (call(1, disposition=Disposition.SALE, seconds=400), "sales"),
        (call(1, seconds=300), "long"),
        (call(1, seconds=299), OTHERS),
        (call(1, disposition=None), OTHERS),
    ],
)
def test_a_call_is_of_the_first_stratum_that_fits(one: FrameCall, stratum: str) -> None:
    assert RULES.stratum_of(one.disposition, one.campaign, one.talk_seconds) == stratum


def test_a_week_begins_on_monday_at_midnight_of_the_rules_zone() -> None:
    begin, end = replace(RULES, time_zone=ZoneInfo("Europe/Berlin")).span_of(date(2026, 3, 23))
    assert (begin.astimezone(UTC).hour, end.astimezone(UTC).hour) == (23, 22)
    with pytest.raises(BadInput, match="a week is named by its Monday: 2026-03-02"):
        RULES.span_of(date(2026, 3, 4))


def hear(*calls: tuple[int, AgentId], wants: tuple[Place, ...] = (Place.FIRST,)) -> list[ToHear]:
    return [ToHear(call(number).attempt, agent, wants) for number, agent in calls]


def test_nobody_reviews_a_call_of_their_own() -> None:
    found, left = assigned(hear(*((number, ANNA) for number in range(10))), [QUENTIN, QUINN], "s", {})
    assert {one.reviewer for one in found} == {"quentin"}
    assert left == []
    by_name = assigned(hear((1, ANNA)), [Reviewer("1001")], "s", {})
    assert "may not review a call of their own" in by_name[1][0].why


def test_loads_are_even_and_what_somebody_has_already_counts() -> None:
    calls = hear(*((number, ANNA if number < 5 else BEN) for number in range(20)))
    found, _ = assigned(calls, [QUENTIN, QUINN], "s", {})
    assert Counter(one.reviewer for one in found) == {"quentin": 10, "quinn": 10}
    found, _ = assigned(calls, [QUENTIN, QUINN], "s", {"quentin": 4})
    assert Counter(one.reviewer for one in found) == {"quentin": 8, "quinn": 12}


def test_the_second_reviewer_is_another_one_or_is_missed_by_name() -> None:
    both = (Place.FIRST, Place.SECOND)
    found, left = assigned(hear((1, BEN), wants=both), [QUENTIN, QUINN], "s", {})
    assert {one.reviewer for one in found} == {"quentin", "quinn"}
    assert left == []
    found, left = assigned(hear((1, ANNA), wants=both), [QUENTIN, QUINN], "s", {})
    assert [(one.place, one.reviewer) for one in found] == [(Place.FIRST, "quentin")]
    assert left[0].why == "the rules name no other reviewer than quentin for a second score of agent 1001's call"


def test_a_share_of_the_calls_is_scored_twice() -> None:
    attempts = [call(number).attempt for number in range(50)]
    assert len(chosen_for_two("s", attempts, 0.2)) == 10
    assert len(chosen_for_two("s", attempts[:3], 0.2)) == 1
    assert chosen_for_two("s", attempts, 0) == frozenset()
    assert chosen_for_two("s", attempts, 0.2) == chosen_for_two("s", reversed(attempts), 0.2)
