from dataclasses import replace
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.policy import PacingInput, Policy, Power, Preview, Progressive

COUNTS = st.integers(0, 500)
INPUTS = st.builds(
    PacingInput,
    ready_agents=COUNTS,
    working_agents=COUNTS,
    ringing_lines=COUNTS,
    waiting_calls=COUNTS,
    connected_calls=COUNTS,
    line_room=st.integers(-5, 500),
    kept_for_inbound=st.integers(-5, 500),
)
POLICIES = st.one_of(
    st.just(Progressive()),
    st.just(Preview()),
    st.floats(1, 10).map(Power),
    st.integers(10, 100).map(lambda n: Power(n / 10)),
)
QUIET = PacingInput(
    ready_agents=4, working_agents=6, ringing_lines=0, waiting_calls=0, connected_calls=2, line_room=100
)

KEPT = replace(QUIET, kept_for_inbound=1)


@given(POLICIES, INPUTS)
def test_lines_are_never_taken_back_nor_more_than_there_is_room(policy: Policy, seen: PacingInput) -> None:
    assert 0 <= policy.decide(seen).add_lines <= max(0, seen.line_room)


@given(POLICIES, INPUTS)
def test_a_decision_has_its_reason(policy: Policy, seen: PacingInput) -> None:
    assert policy.decide(seen).reason.isprintable()
    assert policy.decide(seen).reason


@given(POLICIES, INPUTS)
def test_nobody_is_dialed_when_no_agent_works(policy: Policy, seen: PacingInput) -> None:
    decision = policy.decide(replace(seen, working_agents=0))
    assert decision.add_lines == 0


@given(POLICIES, INPUTS)
def test_nobody_is_dialed_when_no_agent_is_ready(policy: Policy, seen: PacingInput) -> None:
    assert policy.decide(replace(seen, ready_agents=0)).add_lines == 0


@given(INPUTS)
def test_progressive_never_has_more_callees_under_way_than_agents_ready(seen: PacingInput) -> None:
    added = Progressive().decide(seen).add_lines
    assert added == 0 or seen.ringing_lines + seen.waiting_calls + added <= seen.ready_agents


@given(POLICIES, INPUTS, st.integers(1, 100))
def test_more_agents_kept_for_inbound_never_bring_more_lines(policy: Policy, seen: PacingInput, more: int) -> None:
    kept = replace(seen, kept_for_inbound=seen.kept_for_inbound + more)
    assert policy.decide(kept).add_lines <= policy.decide(seen).add_lines


@given(POLICIES, INPUTS)
def test_nobody_is_dialed_when_every_ready_agent_is_kept_for_inbound(policy: Policy, seen: PacingInput) -> None:
    assert policy.decide(replace(seen, kept_for_inbound=seen.ready_agents)).add_lines == 0


@given(INPUTS)
def test_progressive_leaves_the_agents_kept_for_inbound_alone(seen: PacingInput) -> None:
    added = Progressive().decide(seen).add_lines
    under_way = seen.ringing_lines + seen.waiting_calls + added
    assert added == 0 or under_way <= seen.ready_agents - seen.kept_for_inbound or seen.kept_for_inbound < 0


@given(INPUTS, st.floats(1, 10))
def test_power_never_exceeds_its_dial_level(seen: PacingInput, level: float) -> None:
    added = Power(level).decide(seen).add_lines
    under_way = seen.ringing_lines + seen.waiting_calls + added
    assert added == 0 or under_way <= level * seen.ready_agents + 1e-6


@given(INPUTS)
def test_power_at_level_one_is_progressive(seen: PacingInput) -> None:
    assert Power(1.0).decide(seen).add_lines == Progressive().decide(seen).add_lines


@given(INPUTS, st.integers(10, 100))
def test_a_dial_level_in_tenths_is_met_exactly(seen: PacingInput, tenths: int) -> None:
    roomy = replace(seen, working_agents=1, ringing_lines=0, waiting_calls=0, line_room=10_000, kept_for_inbound=0)
    assert Power(tenths / 10).decide(roomy).add_lines == floor(tenths * seen.ready_agents / 10)


@given(POLICIES, INPUTS)
def test_what_was_added_is_not_added_again(policy: Policy, seen: PacingInput) -> None:
    added = policy.decide(seen).add_lines
    after = replace(seen, ringing_lines=seen.ringing_lines + added, line_room=seen.line_room - added)
    assert policy.decide(after).add_lines == 0


@given(POLICIES, INPUTS)
def test_one_more_callee_under_way_never_brings_more_lines(policy: Policy, seen: PacingInput) -> None:
    added = policy.decide(seen).add_lines
    assert policy.decide(replace(seen, ringing_lines=seen.ringing_lines + 1)).add_lines <= added
    assert policy.decide(replace(seen, waiting_calls=seen.waiting_calls + 1)).add_lines <= added


@pytest.mark.parametrize(
    ("policy", "seen", "add", "reason"),
    [
        (Progressive(), QUIET, 4, "4 ready - 0 ringing - 0 waiting = 4"),
        (Progressive(), replace(QUIET, ringing_lines=3), 1, "4 ready - 3 ringing - 0 waiting = 1"),
        (
            Progressive(),
            replace(QUIET, ringing_lines=2, waiting_calls=2),
            0,
            "4 ready - 2 ringing - 2 waiting: no room",
        ),
        (Progressive(), replace(QUIET, line_room=3), 3, "4 ready - 0 ringing - 0 waiting = 4, lines left: 3"),
        (Progressive(), replace(QUIET, line_room=0), 0, "4 ready - 0 ringing - 0 waiting = 4, lines left: 0"),
        (Progressive(), replace(QUIET, working_agents=0), 0, "no agent is working"),
        (Power(2.5), QUIET, 10, "2.5 x 4 ready - 0 ringing - 0 waiting = 10"),
        (Power(1.1), replace(QUIET, ready_agents=10), 11, "1.1 x 10 ready - 0 ringing - 0 waiting = 11"),
        (Preview(), QUIET, 0, "preview: 4 ready agents choose their leads"),
        (Progressive(), KEPT, 3, "4 ready - 1 kept for inbound - 0 ringing - 0 waiting = 3"),
        (
            Progressive(),
            replace(KEPT, kept_for_inbound=6),
            0,
            "4 ready - 6 kept for inbound - 0 ringing - 0 waiting: no room",
        ),
        (Power(2.5), KEPT, 7, "2.5 x (4 ready - 1 kept for inbound) - 0 ringing - 0 waiting = 7"),
        (Preview(), KEPT, 0, "preview: 4 ready - 1 kept for inbound = 3 agents choose their leads"),
        (
            Preview(),
            replace(KEPT, kept_for_inbound=4),
            0,
            "preview: 4 ready - 4 kept for inbound: no lead is offered",
        ),
    ],
)
def test_the_reason_shows_the_sum(policy: Policy, seen: PacingInput, add: int, reason: str) -> None:
    decision = policy.decide(seen)
    assert (decision.add_lines, decision.reason) == (add, reason)
