"""AMI actions on calls, agents, variables and AstDB. Messages are Asterisk's own, letter for letter."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from integrations.telephone_lab import events, functions
from integrations.telephone_lab.channels import Channel, ChannelState
from integrations.telephone_lab.switch import Origination, Switch
from integrations.telephone_lab.wire import Request, answer, listing, refusal


class Session(Protocol):
    """The client who asks."""

    switch: Switch

    def send(self, text: str) -> None: ...


Act = Callable[[Session, Request], None]

_UNIQUEID_CHARACTERS = 149
ASTERISK_VERSION = "22.0.0-lab"


def ping(session: Session, request: Request) -> None:
    session.send(answer(request, Ping="Pong", Timestamp=f"{session.switch.core.now().timestamp():.6f}"))


def originate(session: Session, request: Request) -> None:
    channel, timeout = request.get("channel"), request.get("timeout") or "30000"
    if not channel:
        session.send(refusal(request, "Channel not specified"))
    elif "/" not in channel:
        session.send(refusal(request, "Invalid channel"))
    elif not timeout.isdigit():
        session.send(refusal(request, "Invalid timeout"))
    elif len(request.get("channelid")) > _UNIQUEID_CHARACTERS:
        session.send(refusal(request, f"Uniqueid length exceeds maximum of {_UNIQUEID_CHARACTERS}"))
    elif not request.get("exten") or not request.get("context"):
        session.send(refusal(request, "Extension or context not specified"))
    else:
        session.send(answer(request, "Originate successfully queued"))
        session.switch.originate(_origination(request, int(timeout)))


def _origination(request: Request, timeout_ms: int) -> Origination:
    return Origination(
        channel=request.get("channel"),
        context=request.get("context"),
        exten=request.get("exten"),
        ring_seconds=timeout_ms / 1000,
        caller_id=request.get("callerid"),
        action_id=request.get("actionid"),
        channel_id=request.get("channelid"),
        variables={name.lstrip("_"): value for name, value in request.variables.items()},
    )


def redirect(session: Session, request: Request) -> None:
    channel = session.switch.core.channels.find(request.get("channel"))
    if not request.get("channel"):
        session.send(refusal(request, "Channel not specified"))
    elif not request.get("context"):
        session.send(refusal(request, "Context not specified"))
    elif not request.get("exten"):
        session.send(refusal(request, "Exten not specified"))
    elif channel is None or channel.owner is None:
        session.send(refusal(request, f"Channel does not exist: {request.get('channel')}"))
    else:
        session.send(answer(request, "Redirect successful"))
        channel.owner.redirect(request.get("context"), request.get("exten"))


def hang_up(session: Session, request: Request) -> None:
    name, cause = request.get("channel"), request.get("cause")
    channel = session.switch.core.channels.find(name)
    if not name:
        session.send(refusal(request, "No channel specified"))
    elif channel is None or channel.owner is None:
        session.send(refusal(request, "No such channel"))
    else:
        session.send(answer(request, "Channel Hungup"))
        channel.owner.hang_up(int(cause) if cause.isdigit() else 0)


def mute_recording(session: Session, request: Request) -> None:
    name, direction, state = request.get("channel"), request.get("direction"), request.get("state")
    channel = session.switch.core.channels.find(name)
    if not name:
        session.send(refusal(request, "No channel specified"))
    elif not state:
        session.send(refusal(request, "No state specified"))
    elif direction not in {"read", "write", "both"}:
        session.send(refusal(request, "Invalid direction specified"))
    elif channel is None:
        session.send(refusal(request, "Could not find specified channel"))
    elif channel.variables.get("DIALER_RECORD") != "1" or channel.state is not ChannelState.UP:
        session.send(refusal(request, "Cannot set mute flag"))
    else:
        session.send(answer(request))


def set_variable(session: Session, request: Request) -> None:
    name, value, core = request.get("variable"), request.get("value"), session.switch.core
    scope = _scope(session, request)
    if not name:
        session.send(refusal(request, "No variable specified"))
    elif scope is None:
        session.send(refusal(request, "No such channel"))
    else:
        functions.write(core, scope, name, value)
        session.send(answer(request, "Variable Set"))


def get_variable(session: Session, request: Request) -> None:
    name, switch = request.get("variable"), session.switch
    scope = _scope(session, request)
    if not name:
        session.send(refusal(request, "No variable specified"))
    elif scope is None:
        session.send(refusal(request, "No such channel"))
    else:
        value = functions.read(switch.core, switch.agents, scope, name)
        session.send(answer(request, Variable=name, Value=value))


def _scope(session: Session, request: Request) -> dict[str, str] | None:
    """The variables meant: a channel's, or the globals when none is named."""
    if not request.get("channel"):
        return session.switch.core.globals
    channel = session.switch.core.channels.find(request.get("channel"))
    return None if channel is None else channel.variables


def core_status(session: Session, request: Request) -> None:
    switch = session.switch
    started = switch.core.started_at
    session.send(
        answer(
            request,
            CoreStartupDate=f"{started:%Y-%m-%d}",
            CoreStartupTime=f"{started:%H:%M:%S}",
            CoreReloadDate=f"{started:%Y-%m-%d}",
            CoreReloadTime=f"{started:%H:%M:%S}",
            CoreCurrentCalls=len(switch.core.channels),
            CoreProcessedCalls=switch.calls_placed,
        )
    )


def core_settings(session: Session, request: Request) -> None:
    session.send(
        answer(
            request,
            AMIversion="11.0.0",
            AsteriskVersion=ASTERISK_VERSION,
            SystemName="",
            CoreMaxCalls=session.switch.core.plan.lines,
            CoreMaxLoadAvg="0.000000",
            CoreRunUser="",
            CoreRunGroup="",
            CoreMaxFilehandles=0,
            CoreRealTimeEnabled="No",
            CoreCDRenabled="No",
            CoreHTTPenabled="No",
            SoundsSearchCustomDir="No",
        )
    )


def show_channels(session: Session, request: Request) -> None:
    core = session.switch.core
    now = core.clock.monotonic()
    rows = [
        f"Event: CoreShowChannel\r\n{channel.headers}BridgeId: {channel.bridge}\r\nApplication: \r\n"
        f"ApplicationData: \r\nDuration: {_duration(now - channel.created_at)}\r\n"
        for channel in core.channels
    ]
    session.send(listing(request, "Channels will follow", rows, "CoreShowChannelsComplete"))


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


def status(session: Session, request: Request) -> None:
    core, wanted = session.switch.core, request.get("channel")
    names = [name.strip() for name in request.get("variables").split(",") if name.strip()]
    if wanted and core.channels.find(wanted) is None:
        session.send(refusal(request, "No such channel"))
        return
    found = [core.channels.find(wanted)] if wanted else list(core.channels)
    everything = request.get("allvariables").lower() == "true"
    rows = [_status_row(channel, names, core.clock.monotonic(), everything) for channel in found if channel]
    session.send(listing(request, "Channel status will follow", rows, "StatusComplete", "Items"))


def _status_row(channel: Channel, names: list[str], now: float, everything: bool) -> str:
    shown = list(channel.variables) if everything else names
    variables = "".join(f"Variable: {name}={channel.variables.get(name, '')}\r\n" for name in shown)
    return (
        f"Event: Status\r\nPrivilege: Call\r\n{channel.headers}Type: PJSIP\r\nDNID: \r\nTimeToHangup: 0\r\n"
        f"BridgeID: {channel.bridge}\r\nApplication: \r\nData: \r\nSeconds: {now - channel.created_at:.0f}\r\n"
        f"{variables}"
    )


def agents(session: Session, request: Request) -> None:
    pool = session.switch.agents
    rows = []
    for number in pool.numbers():
        agent = pool.find(number)
        if agent is None:
            rows.append(f"Event: Agents\r\nAgent: {number}\r\nName: {number}\r\nStatus: AGENT_LOGGEDOFF\r\n")
            continue
        talks = "Status: AGENT_IDLE\r\n"
        if agent.caller is not None:
            talks = (
                f"Status: AGENT_ONCALL\r\nTalkingToChan: {agent.caller.channel.name}\r\n"
                f"CallStarted: {_epoch(agent.call_started)}\r\n"
            )
        rows.append(
            f"Event: Agents\r\nAgent: {number}\r\nName: {number}\r\n{talks}"
            f"LoggedInTime: {_epoch(agent.logged_in_at)}\r\n{agent.channel.headers}"
        )
    session.send(listing(request, "Agents will follow", rows, "AgentsComplete"))


def _epoch(at: datetime | None) -> int:
    return int(at.timestamp()) if at else 0


def agent_logoff(session: Session, request: Request) -> None:
    number = request.get("agent")
    if not number:
        session.send(refusal(request, "No agent specified"))
    elif not session.switch.agents.exists(number):
        session.send(refusal(request, "No such agent"))
    else:
        session.send(answer(request, "Agent logged out"))
        session.switch.agents.log_off(number, soft=request.get("soft").lower() in {"true", "yes", "1", "on", "y", "t"})


def device_states(session: Session, request: Request) -> None:
    pool = session.switch.agents
    agents = [(f"Agent:{number}", pool.device_state(number)) for number in pool.numbers()]
    rows = [
        f"Event: DeviceStateChange\r\nDevice: {device}\r\nState: {state}\r\n"
        for device, state in agents + session.switch.desks.devices()
    ]
    session.send(listing(request, "Device State Changes will follow", rows, "DeviceStateListComplete"))


def user_event(session: Session, request: Request) -> None:
    name = request.get("userevent")
    if not name:
        session.send(refusal(request, "Missing UserEvent"))
        return
    session.send(answer(request, "Event Sent"))
    headers = "".join(
        f"{key}: {value}\r\n" for key, value in request.lines if key.lower() not in {"action", "userevent"}
    )
    session.switch.core.emit("UserEvent", events.plain("UserEvent", f"UserEvent: {name}\r\n{headers}", "user,all"))


CALL_ACTIONS: Mapping[str, Act] = {
    "Ping": ping,
    "Originate": originate,
    "Redirect": redirect,
    "Hangup": hang_up,
    "MixMonitorMute": mute_recording,
    "Setvar": set_variable,
    "Getvar": get_variable,
    "CoreStatus": core_status,
    "CoreSettings": core_settings,
    "CoreShowChannels": show_channels,
    "Status": status,
    "Agents": agents,
    "AgentLogoff": agent_logoff,
    "DeviceStateList": device_states,
    "UserEvent": user_event,
}
