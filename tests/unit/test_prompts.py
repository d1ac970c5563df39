from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer.domain.errors import BadInputs
from dialer.domain.ids import AgentId, ServerName
from dialer.domain.outcome import LIVE_ANSWERS, AmdResult, CallEnd, Outcome, outcome_of
from dialer.engine.line_room import prompt_room
from dialer.ports import ServerStatus
from integrations.wave_plans import read_wave_plan

AT = datetime(2026, 11, 23, 15, tzinfo=UTC)
ANSWERED = CallEnd(cause=16, ended_at=AT + timedelta(seconds=9), answered_at=AT)
SERVER = ServerStatus(ServerName("main"), True, lines=100, calls_per_second=20.0, prompt_lines=10)
IVR = {"name": "prompt", "channels": ["ivr"], "text": "custom/offer"}


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (replace(ANSWERED, heard_at=AT), Outcome.PROMPT_HEARD),
        (replace(ANSWERED, opted_out_at=AT), Outcome.PROMPT_HEARD),
        (ANSWERED, Outcome.PROMPT_CUT),
        (replace(ANSWERED, amd=AmdResult.HANG_UP), Outcome.PROMPT_CUT),
        (replace(ANSWERED, amd=AmdResult.MACHINE), Outcome.MACHINE),
        (replace(ANSWERED, amd=AmdResult.MACHINE, heard_at=AT), Outcome.MACHINE),
        (CallEnd(cause=17, ended_at=AT), Outcome.BUSY),
    ],
)
def test_a_prompts_end_has_an_outcome_that_is_no_live_answer(end: CallEnd, outcome: Outcome) -> None:
    assert outcome_of(end, prompt=True) is outcome
    assert outcome not in LIVE_ANSWERS


def test_what_a_dialplan_that_knows_no_prompts_did_is_called_by_its_name() -> None:
    assert outcome_of(replace(ANSWERED, abandoned=True), prompt=True) is Outcome.ABANDONED
    assert outcome_of(replace(ANSWERED, agent=AgentId("1001"), connected_at=AT), prompt=True) is Outcome.ANSWERED


@pytest.mark.parametrize(
    ("told", "room"),
    [
        ({}, 10),
        ({"prompts": 4, "held": 4}, 6),
        ({"held": 95}, 5),
        ({"held": 100}, 0),
        ({"held": 98, "prompts": 8}, 2),
        ({"working_agents": 32}, 4),
        ({"working_agents": 40}, 0),
        ({"working_agents": 32, "held": 97}, 3),
        ({"rate_room": 0}, 0),
        ({"rate_room": 1}, 1),
        ({"rate_room": 7}, 4),
    ],
)
def test_prompts_get_the_lines_that_agents_calls_leave(told: dict[str, Any], room: int) -> None:
    asked = {"held": 0, "prompts": 0, "working_agents": 0, "rate_room": 100} | told
    assert prompt_room(SERVER, **asked) == room


def test_lines_for_prompts_are_none_where_the_settings_say_so() -> None:
    server = replace(SERVER, prompt_lines=0)
    assert prompt_room(server, held=0, prompts=0, working_agents=0, rate_room=50) == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": ""}, "text: of an ivr step it must be a sound file's name"),
        ({"text": "Dear {name}"}, "text: of an ivr step it must be a sound file's name"),
        ({"text": "offer,1"}, "text: of an ivr step it must be a sound file's name"),
        ({"channels": ["ivr", "sms"]}, "channels: ivr plays a sound file, so it can't share its text with sms"),
    ],
)
def test_a_prompt_without_a_sound_file_of_its_own_is_named(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInputs) as refused:
        read_wave_plan({"steps": [IVR | changes]})
    [fault] = refused.value.faults
    assert fault.place == "plan.steps.0"
    assert fault.reason.startswith(words)


def test_a_prompt_may_be_an_alternative_to_a_call_and_conditions_may_ask_for_it() -> None:
    steps = [
        IVR | {"channels": ["ivr", "call"]},
        {"name": "call", "channels": ["call"], "when": [{"any_of": ["prompt_heard"]}]},
    ]
    assert read_wave_plan({"steps": steps}).plan().steps[0].text == "custom/offer"
