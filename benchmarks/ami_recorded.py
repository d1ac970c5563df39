"""The AMI events of dialed calls, shaped as Asterisk 22 sends them: names, headers, order and sizes of a recorded call,
with channels and numbers of our own making."""

from collections.abc import Iterator

Headers = list[tuple[str, str]]

_VARIABLES = (
    ("DIALER_ATTEMPT", "{attempt}"),
    ("DIALER_ENGINE", "engine_1"),
    ("DIALER_SILENCE_MS", "4000"),
    ("DIALER_WAIT_MS", "2000"),
    ("DIALER_AMD", "hang_up"),
    ("DIALER_QUEUE", "renewals"),
    ("DIALER_MESSAGE", "renewals-message"),
    ("DIALER_INFORMATION", "renewals-information"),
    ("DIALER_RECORD", "1"),
    ("RINGTIME", "7"),
    ("AMDSTATUS", "HUMAN"),
    ("AMDCAUSE", "HUMAN-640-640"),
    ("MIXMONITOR_FILENAME", "/var/spool/asterisk/monitor/{attempt}.wav"),
    ("BRIDGEPEER", "PJSIP/1001-00000001"),
)
_STEPS = ("Set", "NoOp", "AMD", "GotoIf", "MixMonitor", "UserEvent", "Set", "Wait", "AgentRequest")


def calls() -> Iterator[bytes]:
    """Event after event, call after call, without end."""
    number = 0
    while True:
        number += 1
        yield from _call(number)


def _call(number: int) -> Iterator[bytes]:
    attempt = f"0198c5f2-7e1a-7c3b-9d40-{number:012x}"
    channel = _snapshot("", f"PJSIP/carrier-{number:08x}", attempt, attempt)
    agent = _snapshot("", "PJSIP/1001-00000001", "1760000000.1", "1760000000.1")
    yield _event("Newchannel", "call,all", channel)
    for name, value in _VARIABLES[:9]:
        yield _variable(channel, name, value.format(attempt=attempt))
    destination = [(f"Dest{name}", value) for name, value in channel]
    yield _event("DialBegin", "call,all", [*destination, ("DialString", "+12025550143@carrier")])
    yield _event("Newstate", "call,all", channel)
    yield _event("DialState", "call,all", [*destination, ("DialStatus", "RINGING")])
    yield from (_rtcp(name, channel) for name in ("RTCPSent", "RTCPReceived"))
    yield _event("Newstate", "call,all", channel)
    yield _event("DialEnd", "call,all", [*destination, ("DialStatus", "ANSWER")])
    yield _event("OriginateResponse", "call,all", _originated(attempt, channel))
    for step in _STEPS:
        yield _event("Newexten", "dialplan,all", [*channel, ("Extension", "s"), ("Application", step), ("AppData", "")])
    for name, value in _VARIABLES[9:]:
        yield _variable(channel, name, value.format(attempt=attempt))
    yield _user_event("DialerMachine", channel, attempt, ("Result", "HUMAN"))
    yield _user_event("DialerWaiting", channel, attempt)
    yield from _bridge(channel, agent, attempt)
    yield _event("HangupRequest", "call,all", [*channel, ("Cause", "16")])
    yield _event("SoftHangupRequest", "call,all", [*channel, ("Cause", "16")])
    yield _user_event("DialerEnded", channel, attempt, ("Record", "1|16|1760000190000|1760000010000|HUMAN||||"))
    yield _event("Hangup", "call,all", [*channel, ("Cause", "16"), ("Cause-txt", "Normal Clearing")])
    yield _event("DeviceStateChange", "call,all", [("Device", "PJSIP/carrier"), ("State", "NOT_INUSE")])


def _bridge(channel: Headers, agent: Headers, attempt: str) -> Iterator[bytes]:
    bridge = [
        ("BridgeUniqueid", attempt),
        ("BridgeType", "basic"),
        ("BridgeTechnology", "simple_bridge"),
        ("BridgeCreator", "<unknown>"),
        ("BridgeName", "<unknown>"),
        ("BridgeNumChannels", "2"),
        ("BridgeVideoSourceMode", "none"),
    ]
    yield _event("BridgeCreate", "call,all", bridge)
    for party in (channel, agent):
        yield _event("BridgeEnter", "call,all", [*bridge, *party])
        yield _event("NewConnectedLine", "call,all", party)
        yield _event("DeviceStateChange", "call,all", [("Device", dict(party)["Channel"]), ("State", "INUSE")])
        yield from (_rtcp(name, party) for name in ("RTCPSent", "RTCPReceived"))
    for party in (agent, channel):
        yield _event("BridgeLeave", "call,all", [*bridge, *party])
    yield _event("BridgeDestroy", "call,all", bridge)


def _snapshot(prefix: str, channel: str, unique: str, linked: str) -> Headers:
    return [
        (f"{prefix}Channel", channel),
        (f"{prefix}ChannelState", "6"),
        (f"{prefix}ChannelStateDesc", "Up"),
        (f"{prefix}CallerIDNum", "+12025550100"),
        (f"{prefix}CallerIDName", "Renewals Départ"),
        (f"{prefix}ConnectedLineNum", "+12025550143"),
        (f"{prefix}ConnectedLineName", "<unknown>"),
        (f"{prefix}Language", "en"),
        (f"{prefix}AccountCode", ""),
        (f"{prefix}Context", "dialer-answered"),
        (f"{prefix}Exten", "s"),
        (f"{prefix}Priority", "7"),
        (f"{prefix}Uniqueid", unique),
        (f"{prefix}Linkedid", linked),
    ]


def _originated(attempt: str, channel: Headers) -> Headers:
    return [
        ("ActionID", attempt),
        ("Response", "Success"),
        ("Channel", dict(channel)["Channel"]),
        ("Context", "dialer-answered"),
        ("Exten", "s"),
        ("Application", ""),
        ("Data", ""),
        ("Reason", "4"),
        ("Uniqueid", attempt),
        ("CallerIDNum", "+12025550100"),
        ("CallerIDName", "Renewals"),
    ]


def _variable(channel: Headers, name: str, value: str) -> bytes:
    return _event("VarSet", "dialplan,all", [*channel, ("Variable", name), ("Value", value)])


def _user_event(name: str, channel: Headers, attempt: str, *further: tuple[str, str]) -> bytes:
    return _event("UserEvent", "user,all", [*channel, ("UserEvent", name), ("Attempt", attempt), *further])


def _rtcp(name: str, channel: Headers) -> bytes:
    report = [
        ("To", "203.0.113.7:16385"),
        ("From", "203.0.113.9:10023"),
        ("RTT", "0.0210"),
        ("SSRC", "0x7d0c1a52"),
        ("PT", "200(SR)"),
        ("ReportCount", "1"),
        ("SentNTP", "1760000011.204931"),
        ("SentRTP", "80320"),
        ("SentPackets", "502"),
        ("SentOctets", "80320"),
        ("Report0SourceSSRC", "0x1e5bc0d4"),
        ("Report0FractionLost", "0"),
        ("Report0CumulativeLost", "0"),
        ("Report0HighestSequence", "29112"),
        ("Report0SequenceNumberCycles", "0"),
        ("Report0IAJitter", "12"),
    ]
    return _event(name, "reporting,all", [*channel, *report])


def _event(name: str, privilege: str, headers: Headers) -> bytes:
    lines = [("Event", name), ("Privilege", privilege), *headers]
    return "".join(f"{key}: {value}\r\n" for key, value in lines).encode() + b"\r\n"
