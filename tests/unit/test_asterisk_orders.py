from dataclasses import replace
from typing import Any

import pytest

from dialer.domain.campaign import MachineHandling
from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId, AttemptId, CampaignId, ServerName
from dialer.domain.phone import PhoneNumber
from dialer.ports import CallOrder
from dialer.settings import AsteriskSettings, EngineSettings
from integrations.asterisk import orders, protocol

CALL = AttemptId("019caf10-318e-782e-90d6-807b5961372e")
ENGINE = EngineSettings(name="engine-1", silence_seconds=4)
ORDER = CallOrder(
    attempt=CALL,
    server=ServerName("main"),
    campaign=CampaignId(1),
    number=PhoneNumber("+12025550101"),
    ring_seconds=25,
    agent_wait_seconds=1.9,
    machine_handling=MachineHandling.HANG_UP,
    caller_id="+12025550100",
    queue="campaign-1",
    message="custom/offer",
    information_message="beep",
    opt_out_key="9",
    recording=True,
)


def _server(dial_string: str = "PJSIP/{number}@carrier") -> AsteriskSettings:
    return AsteriskSettings(secret="secret", dial_string=dial_string)


def test_an_order_carries_all_that_the_dialplan_reads() -> None:
    headers = orders.originate(ORDER, _server(), ENGINE)
    variables = dict(value.split("=", 1) for name, value in headers if name == "Variable")
    plain = {name: value for name, value in headers if name != "Variable"}
    assert set(protocol.VARIABLES) < set(variables)
    assert variables["DIALER_ENGINE"] == "engine_1"
    assert (variables["DIALER_SILENCE_MS"], variables["DIALER_WAIT_MS"]) == ("4000", "1900")
    assert variables["CHANNEL(hangup_handler_push)"] == r"dialer-ended\,s\,1"
    assert plain["ActionID"] == plain["ChannelId"] == CALL
    assert (plain["Channel"], plain["Timeout"], plain["Async"]) == ("PJSIP/+12025550101@carrier", "28000", "true")
    assert plain["CallerID"] == "+12025550100"


@pytest.mark.parametrize("key", ["", *"0123456789*#"])
def test_an_order_carries_the_opt_out_key_and_the_number_that_it_is_for(key: str) -> None:
    headers = orders.originate(replace(ORDER, opt_out_key=key), _server(), ENGINE)
    assert ("Variable", f"DIALER_KEY={key}") in headers
    assert ("Variable", "DIALER_NUMBER=+12025550101") in headers


@pytest.mark.parametrize("key", ["99", "A", "9,x", "\n", "\u00b2"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(BadInput) as caught:
        orders.originate(replace(ORDER, opt_out_key=key), _server(), ENGINE)
    assert caught.value.place == "opt-out key"


def test_a_dial_string_may_want_digits_and_a_caller_id_may_be_the_trunks_own() -> None:
    headers = orders.originate(replace(ORDER, caller_id=""), _server("Local/{digits}@out"), ENGINE)
    assert ("Channel", "Local/12025550101@out") in headers
    assert "CallerID" not in dict(headers)


@pytest.mark.parametrize("value", ["a,b", "${SHELL(id)}", 'a"b', "a\nb", "a\\b", "a b"])
def test_a_value_that_dialplan_or_ami_could_take_for_something_else_is_refused(value: str) -> None:
    for place in ("message", "information_message", "queue", "caller_id"):
        with pytest.raises(BadInput):
            orders.originate(replace(ORDER, **_change(place, value)), _server(), ENGINE)


@pytest.mark.parametrize("agent", ["", "1001\r\n", "ann", "1" * 21, "1001@x"])
def test_an_agent_who_can_be_no_extension_is_refused(agent: str) -> None:
    with pytest.raises(BadInput):
        orders.call_agent(AgentId(agent), _server())
    with pytest.raises(BadInput):
        orders.membership(AgentId(agent), "campaign-1")


def _change(place: str, value: str) -> dict[str, Any]:
    return {place: value}
