import re
from typing import Any

import pytest

from dialer.domain.campaign import Campaign, CampaignPlan
from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.ports import AgentRecord
from dialer.settings import AsteriskSettings, Settings
from integrations.asterisk import protocol
from integrations.asterisk.config_files import EVENT_FILTERS, config_files
from integrations.asterisk.dialplan import Step, dialplan, steps

SETTINGS = Settings(
    asterisk=(
        AsteriskSettings(name="main", secret="half;a comment"),
        AsteriskSettings(name="second", host="192.0.2.7", secret="0123456789"),
    )
)
CAMPAIGNS = [Campaign(CampaignId(7), CampaignPlan("Spring; offer"))]
AGENTS = [
    AgentRecord(AgentId("1001"), "Ann", ServerName("main")),
    AgentRecord(AgentId("1002"), "Bob;by", ServerName("second")),
]


def test_every_server_gets_its_own_four_files() -> None:
    files = config_files(SETTINGS, CAMPAIGNS, AGENTS)
    names = ["dialer_manager.conf", "dialer_queues.conf", "dialer_extensions.conf", "dialer_agents.conf"]
    assert list(files) == [f"{server}/{name}" for server in ("main", "second") for name in names]
    for path, text in files.items():
        name = path.partition("/")[2]
        assert text.splitlines()[0] == f"; Made by Paceline. In {name.removeprefix('dialer_')}: #include {name}"


def test_agents_stand_in_their_own_servers_file_and_take_calls_without_a_beep() -> None:
    files = config_files(SETTINGS, CAMPAIGNS, AGENTS)
    assert "[1001]" in files["main/dialer_agents.conf"]
    assert "[1002]" not in files["main/dialer_agents.conf"]
    assert r"fullname = Bob\;by" in files["second/dialer_agents.conf"]
    assert "custom_beep =\n" in files["second/dialer_agents.conf"]


def test_a_comment_sign_in_a_value_is_escaped() -> None:
    assert r"secret = half\;a comment" in config_files(SETTINGS, [], [])["main/dialer_manager.conf"]


def test_a_server_on_this_machine_lets_only_this_machine_in() -> None:
    files = config_files(SETTINGS, [], [])
    assert "permit = 127.0.0.1" in files["main/dialer_manager.conf"]
    assert "permit" not in files["second/dialer_manager.conf"]


def test_a_campaigns_queue_bears_its_name_and_tells_who_took_the_call() -> None:
    queues = config_files(SETTINGS, CAMPAIGNS, [])["main/dialer_queues.conf"]
    assert "[campaign-7]" in queues
    assert f"membergosub = {protocol.CONTEXT_QUEUE_CONNECTED}" in queues


@pytest.mark.parametrize(
    ("agent", "place"),
    [
        (AgentRecord(AgentId("10 01"), "Ann", ServerName("main")), "agent '10 01'"),
        (AgentRecord(AgentId("1001"), "Ann", ServerName("elsewhere")), "agent '1001'"),
        (AgentRecord(AgentId("1001"), "Ann\n[general]", ServerName("main")), "configuration value"),
    ],
)
def test_an_agent_that_would_break_the_files_is_named(agent: AgentRecord, place: str) -> None:
    with pytest.raises(BadInput) as refused:
        config_files(SETTINGS, [], [agent])
    assert refused.value.place == place


def test_the_dialplan_uses_the_protocols_names() -> None:
    text = dialplan()
    contexts = {step.context for step in steps(text) if not step.context.startswith(protocol.KEY_CONTEXTS)}
    assert contexts == {value for name, value in vars(protocol).items() if name.startswith("CONTEXT_")}
    events = set(re.findall(r"UserEvent\((\w+),", text))
    assert events == {value for name, value in vars(protocol).items() if name.startswith("EVENT_")}
    internal = {"DIALER_ALIVE_", "DIALER_END", "DIALER_LEFT_MS", "DIALER_PRESSED", "DIALER_ASKED", "DIALER_TOLD"}
    used = set(re.findall(r"DIALER_[A-Z_]+", text)) - internal
    assert used <= {
        *protocol.VARIABLES,
        *protocol.STATE_VARIABLES,
        *protocol.SOUND_VARIABLES,
        "DIALER_ANSWERED",
        "DIALER_OPTED_OUT",
        "DIALER_HEARD",
    }
    assert {*protocol.VARIABLES, *protocol.STATE_VARIABLES} - used == {"DIALER_ATTEMPT"}


def test_the_handler_writes_the_record_that_the_protocol_reads() -> None:
    [record] = re.findall(r"Set\(DIALER_END=(.*)\)", dialplan())
    filled = record.replace("${HANGUPCAUSE}", "16").replace("${STRFTIME(,,%s%3q)}", "1700000002000")
    for variable, value in {
        "DIALER_ANSWERED": "1700000000000",
        "AMDSTATUS": "HUMAN",
        "DIALER_WAITING": "1700000001000",
        "DIALER_CONNECTED": "1700000001500",
        "DIALER_AGENT": "1001",
        "DIALER_ABANDONED": "",
        "DIALER_OPTED_OUT": "1700000003000",
        "DIALER_HEARD": "1700000002500",
    }.items():
        filled = filled.replace(f"${{{variable}}}", value)
    assert protocol.write_record(protocol.read_record(filled)) == filled


def test_every_key_has_its_context_and_leads_to_the_opt_out() -> None:
    keys = [step for step in steps(dialplan()) if step.context.startswith(protocol.KEY_CONTEXTS)]
    assert keys == [Step(f"dialer-key-{key}", key, 1, "Goto", "dialer-opt-out,s,1") for key in "0123456789*#"]


def test_the_key_press_is_kept_where_and_as_the_protocol_reads_it() -> None:
    [record] = re.findall(r"Set\(DIALER_PRESSED=(.*)\)", dialplan())
    filled = record.replace("${DIALER_OPTED_OUT}", "1700000003000").replace("${DIALER_NUMBER}", "+12025550101")
    assert protocol.write_opt_out(*protocol.read_opt_out(filled)) == filled
    assert f"Set(DB({protocol.OPT_OUTS_FAMILY}/${{CHANNEL(uniqueid)}})=${{DIALER_PRESSED}})" in dialplan()


def test_the_key_is_taken_for_as_long_as_the_protocol_says() -> None:
    assert f"WaitDigit({protocol.KEY_SECONDS:g},${{DIALER_KEY}})" in dialplan()


def test_who_calls_back_hears_and_presses_what_the_servers_settings_say() -> None:
    server = AsteriskSettings(secret="0123456789", return_message="custom/sorry", return_key="*")
    text = config_files(Settings(asterisk=(server,)), [], [])["main/dialer_extensions.conf"]
    assert "Set(DIALER_INFORMATION=custom/sorry)" in text
    assert "Set(DIALER_KEY=*)" in text
    assert "@return" not in text


@pytest.mark.parametrize(
    "field", [{"return_message": ""}, {"return_message": "a,b"}, {"return_key": "99"}, {"return_key": "A"}]
)
def test_a_message_or_key_for_callers_back_that_can_not_be_is_refused(field: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(field))):
        AsteriskSettings(**{"secret": "0123456789", **field})


def test_a_dialplan_is_read_as_asterisk_shows_it() -> None:
    text = "[a]\n; nothing\nexten => s,1,Set(X=$[1 + 2])\n same => n(here),Hangup()\nexten => _X!,1,Return()\n"
    assert list(steps(text)) == [
        Step("a", "s", 1, "Set", "X=$[1 + 2]"),
        Step("a", "s", 2, "Hangup", ""),
        Step("a", "_X!", 1, "Return", ""),
    ]


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ("Event: Hangup\r\nPrivilege: call,all\r\nUniqueid: 019caf10-318e-782e-90d6-807b5961372e\r\n", True),
        ("Event: HangupRequest\r\nUniqueid: 019caf10-318e-782e-90d6-807b5961372e\r\n", False),
        ("Event: Hangup\r\nUniqueid: 1795297086.0\r\n", True),
        ("Event: UserEvent\r\nUserEvent: DialerWaiting\r\n", True),
        ("Event: UserEvent\r\nUserEvent: Other\r\n", False),
        ("Event: DeviceStateChange\r\nDevice: Agent:1001\r\n", True),
        ("Event: DeviceStateChange\r\nDevice: PJSIP/1001\r\n", False),
        ("Event: OriginateResponse\r\nActionID: x\r\n", True),
        ("Event: VarSet\r\nUniqueid: 019caf10-318e-782e-90d6-807b5961372e\r\n", False),
        ("Event: QueueCallerJoin\r\nQueue: service\r\n", True),
        ("Event: QueueMemberStatus\r\nQueue: service\r\n", True),
        ("Event: QueueMemberPenalty\r\nQueue: service\r\n", False),
        ("Event: AgentConnect\r\nUniqueid: 1795297086.0\r\n", True),
        ("Event: AgentCalled\r\nUniqueid: 1795297086.0\r\n", False),
        ("Event: DialEnd\r\nPrivilege: call,all\r\nChannel: PJSIP/a-1\r\nDialStatus: ANSWER\r\n", True),
        ("Event: DialEnd\r\nPrivilege: call,all\r\nChannel: PJSIP/a-1\r\nDialStatus: BUSY\r\n", False),
        ("Event: DialEnd\r\nPrivilege: call,all\r\nDestChannel: PJSIP/a-1\r\nDialStatus: ANSWER\r\n", False),
        ("Event: HangupRequest\r\nUniqueid: 1795297086.0\r\nCause: 16\r\n", True),
        ("Event: HangupRequest\r\nUniqueid: pbx-1-1795297086.0\r\nCause: 16\r\n", True),
    ],
)
def test_the_filters_let_through_what_the_adapter_reads_and_nothing_else(event: str, wanted: bool) -> None:
    patterns = [pattern.replace("[[:space:]]", r"\s") for pattern in EVENT_FILTERS]
    assert any(re.search(pattern, event, re.DOTALL) for pattern in patterns) is wanted
