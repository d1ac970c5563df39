"""The texts of AMI events, field for field as Asterisk 22 writes them."""

from collections.abc import Sequence

from integrations.telephone_lab.channels import Channel
from integrations.telephone_lab.core import Core

_CAUSE_TEXTS = {
    0: "Unknown",
    1: "Unallocated (unassigned) number",
    16: "Normal Clearing",
    17: "User busy",
    18: "No user responding",
    19: "User alerting, no answer",
    21: "Call Rejected",
    34: "Circuit/channel congestion",
}
# Originate's Reason is the control frame that the dialing ended with (include/asterisk/frame.h)
_REASONS = {17: 5, 18: 3, 19: 3, 34: 8, 38: 8, 41: 8, 42: 8}


def reason_of(cause: int) -> int:
    """OriginateResponse's Reason for an unanswered call that ended with a Q.850 cause."""
    return _REASONS.get(cause, 1)


def about(event: str, channel: Channel, more: str = "", privilege: str = "call,all") -> str:
    """An event whose body is the channel's state; `more` are complete header lines."""
    return f"Event: {event}\r\nPrivilege: {privilege}\r\n{channel.headers}{more}\r\n"


def plain(event: str, more: str, privilege: str) -> str:
    return f"Event: {event}\r\nPrivilege: {privilege}\r\n{more}\r\n"


def dial_begin(dialed: Channel, dial_string: str, caller: Channel | None = None) -> str:
    return _dial("DialBegin", dialed, caller, f"DialString: {dial_string}\r\n")


def dial_end(dialed: Channel, status: str, caller: Channel | None = None) -> str:
    return _dial("DialEnd", dialed, caller, f"DialStatus: {status}\r\n")


def dest(channel: Channel) -> str:
    """A channel's header lines where it is the one that is called."""
    return "".join(f"Dest{line}\r\n" for line in channel.headers.split("\r\n") if line)


def _dial(event: str, dialed: Channel, caller: Channel | None, more: str) -> str:
    return plain(event, f"{caller.headers if caller else ''}{dest(dialed)}{more}", "call,all")


def hangup(channel: Channel, cause: int) -> str:
    text = _CAUSE_TEXTS.get(cause, "Unknown")
    return about("Hangup", channel, f"Cause: {cause}\r\nCause-txt: {text}\r\n")


def hangup_request(channel: Channel, cause: int, *, soft: bool) -> str:
    """The far end hung up, or (`soft`) Asterisk's own doing."""
    return about("SoftHangupRequest" if soft else "HangupRequest", channel, f"Cause: {cause}\r\n")


def user_event(channel: Channel, name: str, headers: str) -> str:
    return about("UserEvent", channel, f"UserEvent: {name}\r\n{headers}", "user,all")


def originate_response(dialed: str, action_id: str, channel: Channel, reason: int) -> str:
    """Reason 4: it was answered; anything else is a failure."""
    answered = reason == 4
    return plain(
        "OriginateResponse",
        (f"ActionID: {action_id}\r\n" if action_id else "")
        + f"Response: {'Success' if answered else 'Failure'}\r\nChannel: {channel.name if answered else dialed}\r\n"
        f"Context: {channel.context}\r\nExten: {channel.exten}\r\nReason: {reason}\r\nUniqueid: {channel.uniqueid}\r\n"
        f"CallerIDNum: {channel.caller_id or '<unknown>'}\r\nCallerIDName: <unknown>\r\n",
        "call,all",
    )


def bridge(event: str, channel: Channel, bridge_id: str, members: int, kind: str = "agent") -> str:
    """BridgeEnter or BridgeLeave; `members` after it."""
    creator = "AgentPool" if kind == "agent" else "<unknown>"
    block = (
        f"BridgeUniqueid: {bridge_id}\r\nBridgeType: {kind}\r\nBridgeTechnology: simple_bridge\r\n"
        f"BridgeCreator: {creator}\r\nBridgeName: <unknown>\r\nBridgeNumChannels: {members}\r\n"
        "BridgeVideoSourceMode: none\r\n"
    )
    return f"Event: {event}\r\nPrivilege: call,all\r\n{block}{channel.headers}\r\n"


def join(core: Core, channels: Sequence[Channel], kind: str = "agent") -> None:
    """Put channels into a bridge, and say so."""
    bridge_id = f"6c616221-0000-4000-8000-{core.next_number():012x}"
    for members, channel in enumerate(channels, 1):
        channel.bridge = bridge_id
        core.emit("BridgeEnter", bridge("BridgeEnter", channel, bridge_id, members, kind))


def part(core: Core, channels: Sequence[Channel], kind: str = "agent") -> None:
    """Take them out of it, if they are in one."""
    for left, channel in enumerate(channels, 1):
        if channel.bridge:
            core.emit("BridgeLeave", bridge("BridgeLeave", channel, channel.bridge, len(channels) - left, kind))
            channel.bridge = ""


def device_state(device: str, state: str) -> str:
    return plain("DeviceStateChange", f"Device: {device}\r\nState: {state}\r\n", "call,all")
