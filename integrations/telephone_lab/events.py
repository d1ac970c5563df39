"""The texts of AMI events, field for field as Asterisk 22 writes them."""

from integrations.telephone_lab.channels import Channel

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


def dial_begin(channel: Channel, dial_string: str) -> str:
    block = "".join(f"Dest{line}\r\n" for line in channel.headers.split("\r\n") if line)
    return plain("DialBegin", f"{block}DialString: {dial_string}\r\n", "call,all")


def dial_end(channel: Channel, status: str) -> str:
    block = "".join(f"Dest{line}\r\n" for line in channel.headers.split("\r\n") if line)
    return plain("DialEnd", f"{block}DialStatus: {status}\r\n", "call,all")


def hangup(channel: Channel, cause: int) -> str:
    text = _CAUSE_TEXTS.get(cause, "Unknown")
    return about("Hangup", channel, f"Cause: {cause}\r\nCause-txt: {text}\r\n")


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


def bridge(event: str, channel: Channel, bridge_id: str, members: int) -> str:
    """BridgeEnter or BridgeLeave; `members` after it."""
    block = (
        f"BridgeUniqueid: {bridge_id}\r\nBridgeType: agent\r\nBridgeTechnology: simple_bridge\r\n"
        f"BridgeCreator: AgentPool\r\nBridgeName: <unknown>\r\nBridgeNumChannels: {members}\r\n"
        "BridgeVideoSourceMode: none\r\n"
    )
    return f"Event: {event}\r\nPrivilege: call,all\r\n{block}{channel.headers}\r\n"


def device_state(device: str, state: str) -> str:
    return plain("DeviceStateChange", f"Device: {device}\r\nState: {state}\r\n", "call,all")
