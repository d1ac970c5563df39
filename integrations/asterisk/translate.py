"""Asterisk's events in our words. Decides only; what it needs to remember of a link's calls and agents is kept here.

A translator serves one link: after an outage a new one begins, since nothing is known of the time between.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from dialer.domain.errors import BadInput
from dialer.domain.events import (
    AgentMissed,
    AgentOffLine,
    AgentOnLine,
    AgentTaken,
    CallAnswered,
    CallConnected,
    CallEnded,
    CallRinging,
    CallWaiting,
    MachineDetected,
    OptedOut,
    OriginateFailed,
    TelephonyEvent,
)
from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd
from dialer.domain.phone import PhoneNumber
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.protocol import (
    CONTEXT_AGENT_REQUEST,
    CONTEXT_CONNECT,
    EVENT_ABANDONED,
    EVENT_ENDED,
    EVENT_LIMIT,
    EVENT_MACHINE,
    EVENT_MISSED,
    EVENT_OPT_OUT,
    EVENT_WAITING,
    read_opt_out,
    read_record,
)
from integrations.lead_files.phone import BadNumber, NumberReader

EVENTS = (
    "OriginateResponse",
    "Newchannel",
    "Newstate",
    "BridgeEnter",
    "AgentConnect",
    "Hangup",
    "UserEvent",
    "DeviceStateChange",
)
"""What a translator reads; all else may be filtered at the source."""

ATTEMPT_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
AGENT_DEVICE = "Agent:"
_ATTEMPT = re.compile(ATTEMPT_PATTERN)
_MEMBER = re.compile(rf"Local/(\d+)@{CONTEXT_AGENT_REQUEST}(?:/n)?")
_RINGING, _UP = "5", "6"  # include/asterisk/channelstate.h

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EndInDoubt:
    """A channel is gone and its record was not seen; `end` is what the other events told."""

    attempt: AttemptId
    end: CallEnd


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The dialplan asks whether the engine of this name lives; nobody is on the way to the callee."""

    attempt: AttemptId
    engine: str


Told = TelephonyEvent | EndInDoubt | LimitReached


@dataclass(slots=True)
class _Call:
    """What was seen of an attempt on this link."""

    has_channel: bool = False
    answered_at: datetime | None = None
    amd: AmdResult | None = None
    waiting_since: datetime | None = None
    connected_at: datetime | None = None
    agent: AgentId | None = None
    asked: bool = False
    """A connect is on its way."""
    given_up: bool = False
    """The limit has passed for it."""
    opted_out_at: datetime | None = None
    record: CallEnd | None = None


class Translator:
    def __init__(self, server: ServerName, numbers: NumberReader) -> None:
        """`numbers` reads those of people who call back."""
        self._server = server
        self._numbers = numbers
        self._calls: dict[AttemptId, _Call] = {}
        self.agents: dict[AgentId, bool] = {}
        """Agents on the line; True: free."""

    @property
    def calls_known(self) -> int:
        """Calls under way; an ended one is forgotten."""
        return len(self._calls)

    def free(self, agent: AgentId) -> bool | None:
        """None: not known on this link. A call is told as connected before the device state says so."""
        if any(call.agent == agent and call.connected_at is not None for call in self._calls.values()):
            return False
        return self.agents.get(agent)

    # --- what we do ourselves -------------------------------------------------------------------------------------

    def placed(self, attempt: AttemptId) -> None:
        """An Originate is about to be sent: from here on, its failure is told."""
        self._call(attempt)

    def not_placed(self, attempt: AttemptId) -> None:
        """Asterisk refused the Originate."""
        call = self._calls.get(attempt)
        if call is not None and not call.has_channel:
            del self._calls[attempt]

    def asked(self, attempt: AttemptId) -> bool:
        """A connect is about to be sent; False: the limit has passed for this call."""
        call = self._call(attempt)
        call.asked = not call.given_up
        return call.asked

    def ask_failed(self, attempt: AttemptId) -> None:
        call = self._calls.get(attempt)
        if call is not None:
            call.asked = False

    def noted(self, agents: Mapping[AgentId, bool]) -> None:
        """A listing told who is on the line; what events told meanwhile is newer."""
        self.agents = {**agents, **self.agents}

    # --- what Asterisk tells --------------------------------------------------------------------------------------

    def take(self, event: RawEvent, at: datetime) -> list[Told]:
        """What an event means; often nothing."""
        match event.name:
            case "UserEvent" if event.get("UserEvent") == EVENT_OPT_OUT:
                return self._opted_out(event, at)
            case "UserEvent":
                return self._user_event(event, at)
            case "DeviceStateChange":
                return self._device_state(event, at)
            case "OriginateResponse":
                return self._originate_response(event, at)
        attempt = attempt_id(event.get("Uniqueid"))
        return self._channel_event(attempt, event, at) if attempt else []

    def _channel_event(self, attempt: AttemptId, event: RawEvent, at: datetime) -> list[Told]:
        match event.name:
            case "Newchannel":
                self._call(attempt).has_channel = True
            case "Newstate":
                return self._new_state(attempt, event.get("ChannelState"), at)
            case "BridgeEnter" if event.get("Context") == CONTEXT_CONNECT:
                return self._connected(attempt, AgentId(event.get("Exten")), at)
            case "AgentConnect" if agent := member_agent(event.get("Interface")):
                return self._connected(attempt, agent, at)
            case "Hangup":
                return self._hung_up(attempt, event, at)
        return []

    def _new_state(self, attempt: AttemptId, state: str, at: datetime) -> list[Told]:
        call = self._call(attempt)
        call.has_channel = True
        if state == _RINGING:
            return [CallRinging(self._server, at, attempt)]
        if state == _UP and call.answered_at is None:
            call.answered_at = at
            return [CallAnswered(self._server, at, attempt)]
        return []

    def _connected(self, attempt: AttemptId, agent: AgentId, at: datetime) -> list[Told]:
        call = self._call(attempt)
        if call.connected_at is not None and call.agent == agent:
            return []
        call.agent, call.connected_at, call.asked = agent, at, False
        return [CallConnected(self._server, at, attempt, agent)]

    def _hung_up(self, attempt: AttemptId, event: RawEvent, at: datetime) -> list[Told]:
        call = self._calls.pop(attempt, _Call())
        if call.record is not None:
            return [CallEnded(self._server, at, attempt, call.record)]
        cause = event.get("Cause")
        answered_at = call.answered_at or (at if event.get("ChannelState") == _UP else None)
        end = CallEnd(
            cause=int(cause) if cause.isdigit() else 0,
            ended_at=at,
            answered_at=answered_at,
            amd=call.amd,
            waiting_since=call.waiting_since,
            connected_at=call.connected_at,
            agent=call.agent,
            abandoned=call.given_up and call.connected_at is None,
            opted_out_at=call.opted_out_at,
        )
        return [EndInDoubt(attempt, end)]

    def _originate_response(self, event: RawEvent, at: datetime) -> list[Told]:
        """A failure counts only when no channel was ever seen: else the channel's own end tells more."""
        attempt = attempt_id(event.get("ActionID"))
        if attempt is None or event.get("Response") != "Failure":
            return []
        call = self._calls.get(attempt)
        if call is None or call.has_channel:
            return []
        del self._calls[attempt]
        return [OriginateFailed(self._server, at, attempt, f"no channel, reason {event.get('Reason') or 'not given'}")]

    def _user_event(self, event: RawEvent, at: datetime) -> list[Told]:
        attempt = attempt_id(event.get("Attempt"))
        if attempt is None:
            return []
        call = self._call(attempt)
        call.has_channel = True
        match event.get("UserEvent"):
            case name if name == EVENT_MACHINE:
                return self._machine(attempt, call, event.get("Result"), at)
            case name if name == EVENT_WAITING:
                call.waiting_since = call.waiting_since or at
                return [CallWaiting(self._server, at, attempt)]
            case name if name == EVENT_MISSED:
                call.asked, call.agent, call.connected_at = False, None, None
                return [AgentMissed(self._server, at, attempt, AgentId(event.get("Agent")), event.get("Reason"))]
            case name if name == EVENT_LIMIT and not call.asked:
                call.given_up = True
                return [LimitReached(attempt, event.get("Engine"))]
            case name if name == EVENT_ABANDONED:
                call.given_up = True
            case name if name == EVENT_ENDED:
                call.record = _record(attempt, event.get("Record"), call)
        return []

    def _opted_out(self, event: RawEvent, at: datetime) -> list[Told]:
        pressed = opted_out(self._server, event.get("Call"), event.get("Record"), self._numbers)
        if pressed is None:
            return []
        if pressed.attempt is not None:
            self._call(pressed.attempt).opted_out_at = at
        return [pressed]

    def _machine(self, attempt: AttemptId, call: _Call, result: str, at: datetime) -> list[Told]:
        if result not in set(AmdResult):
            return []
        call.amd = AmdResult(result)
        return [MachineDetected(self._server, at, attempt, call.amd)]

    def _device_state(self, event: RawEvent, at: datetime) -> list[Told]:
        device = event.get("Device")
        if not device.startswith(AGENT_DEVICE):
            return []
        agent = AgentId(device.removeprefix(AGENT_DEVICE))
        free = agent_free(event.get("State"))
        before = self.agents.get(agent)
        if free is before:
            return []
        if free is None:
            del self.agents[agent]
            return [AgentOffLine(self._server, at, agent)]
        self.agents[agent] = free
        return [AgentOnLine(self._server, at, agent) if free else AgentTaken(self._server, at, agent)]

    def _call(self, attempt: AttemptId) -> _Call:
        return self._calls.setdefault(attempt, _Call())


def attempt_id(written: str) -> AttemptId | None:
    """The attempt whose channel has this unique id; None: the channel is not one of ours."""
    return AttemptId(written) if _ATTEMPT.fullmatch(written) else None


def opted_out(server: ServerName, call: str, record: str, numbers: NumberReader) -> OptedOut | None:
    """A key press, from its record. None, with a word in the log, when it or its number can't be read."""
    try:
        at, number = read_opt_out(record)
        # one that was dialed is listed even if no country's plan has it
        e164 = number if number.startswith("+") else numbers.e164(number)
        return OptedOut(server, at, call, PhoneNumber(e164), attempt_id(call))
    except (BadInput, BadNumber) as error:
        _log.warning("the opt-out key was pressed on call %s at %s, but nothing follows: %s", call, server, error)
        return None


def member_agent(interface: str) -> AgentId | None:
    """The agent who is a queue's member by this interface; None: it is no agent of ours."""
    member = _MEMBER.fullmatch(interface)
    return AgentId(member[1]) if member else None


def agent_free(device_state: str) -> bool | None:
    """From the device state of `Agent:NUMBER`; None: not on the line."""
    if device_state in ("UNAVAILABLE", "INVALID", "UNKNOWN"):
        return None
    return device_state == "NOT_INUSE"


def _record(attempt: AttemptId, written: str, call: _Call) -> CallEnd | None:
    try:
        end = read_record(written)
    except BadInput as error:
        _log.warning("attempt %s left a record that can't be read: %s", attempt, error)
        return None
    if end.answered_at is None and call.answered_at is not None:
        # Hung up so fast that the dialplan never began.
        return replace(end, answered_at=min(call.answered_at, end.ended_at))
    return end
