"""A dialed call: the callee's fate on one side (timer `_line`), our dialplan on the other (`_plan`), and its record."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dialer.domain.ids import EngineName
from dialer.domain.outcome import AmdResult
from integrations.asterisk import protocol
from integrations.telephone_lab import events
from integrations.telephone_lab.agents import AgentPool
from integrations.telephone_lab.carrier import Fate
from integrations.telephone_lab.channels import Channel, ChannelState
from integrations.telephone_lab.core import Core
from integrations.telephone_lab.facts import Facts
from integrations.telephone_lab.key_press import CONFIRMATION_SECONDS, press
from integrations.telephone_lab.ledger import EndedBy, Ledger
from integrations.telephone_lab.plan import Behaviour
from integrations.telephone_lab.queues import Queues
from integrations.telephone_lab.timeline import Action, Appointment

_HANDLER_VARIABLE = "CHANNEL(hangup_handler_push)"
_QUEUE_SECONDS = 30.0
"""The fallback queue gives up after this long."""
_REQUEST_SECONDS = 0.001
"""What AgentRequest takes (measured: 1 to 2 ms)."""
_NO_ANSWER, _NORMAL = 19, 16


@dataclass(frozen=True, slots=True)
class Dialed:
    """What an Originate asked for."""

    channel: str
    number: str
    ring_seconds: float
    action_id: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """The parts of the simulated Asterisk that a call touches."""

    core: Core
    agents: AgentPool
    queues: Queues
    ledger: Ledger


class DialedCall:
    def __init__(self, exchange: Exchange, channel: Channel, dialed: Dialed, fate: Fate) -> None:
        self._at = exchange
        self._core = exchange.core
        self.channel = channel
        self._dialed = dialed
        self._fate = fate
        self._line: Appointment | None = None
        self._plan: Appointment | None = None
        self._facts = Facts(channel.uniqueid, dialed.number, fate.behaviour, self._core.now())
        self._detecting = False
        self._over = False
        channel.owner = self

    # --- until the answer

    def dial(self) -> None:
        self._core.emit("Newchannel", events.about("Newchannel", self.channel))
        self._core.emit("DialBegin", events.dial_begin(self.channel, self._dialed.channel.partition("/")[2]))
        self._dialplan_does(self._dialed.ring_seconds, lambda: self.end(_NO_ANSWER, EndedBy.RING_LIMIT))
        if self._fate.rings_after_seconds is not None:
            self._callee_does(self._fate.rings_after_seconds, self._ring)
        elif self._fate.settles_after_seconds is not None:
            self._callee_does(self._fate.settles_after_seconds, self._settle)

    def _ring(self) -> None:
        self.channel.enter(ChannelState.RINGING)
        self._core.emit("Newstate", events.about("Newstate", self.channel))
        if self._fate.settles_after_seconds is not None:
            self._callee_does(self._fate.settles_after_seconds - (self._fate.rings_after_seconds or 0), self._settle)

    def _settle(self) -> None:
        if self._fate.cause:
            from_callee = self._fate.behaviour in {Behaviour.BUSY, Behaviour.REJECT}
            self.end(self._fate.cause, EndedBy.CALLEE if from_callee else EndedBy.NETWORK)
        else:
            self._answer()

    def _answer(self) -> None:
        self._facts.answered_at = self._core.now()
        self.channel.enter(ChannelState.UP)
        self._core.emit("Newstate", events.about("Newstate", self.channel))
        self._core.emit("DialEnd", events.dial_end(self.channel, "ANSWER"))
        self._respond(4)
        self._callee_does(self._fate.patience_seconds, self._lose_patience)
        if self.channel.context != protocol.CONTEXT_ANSWERED:
            self.end(_NORMAL, EndedBy.DIALPLAN)
        elif self._variable("DIALER_AMD") in {"", "off"}:
            self._wait()
        else:
            self._detecting = True
            self._dialplan_does(self._fate.detection_seconds, self._detected)

    # --- the dialplan after the answer

    def _detected(self) -> None:
        self._detecting = False
        self._facts.detection = self._fate.detection
        self._say(protocol.EVENT_MACHINE, f"Result: {self._facts.detection.value}\r\n")
        handling = self._variable("DIALER_AMD")
        if self._facts.detection is not AmdResult.MACHINE or handling == "agent":
            self._wait()
        elif handling == "message" and self._variable("DIALER_MESSAGE"):
            self._dialplan_does(self._core.plan.message_seconds, self._leave)
        else:
            self._leave()

    def _wait(self) -> None:
        """Ask for an agent; a second time, after a miss, within what is left of the limit. A prompt needs none."""
        if self._variable("DIALER_PROMPT"):
            self._prompt()
            return
        now = self._core.now()
        self._facts.waiting_since = self._facts.waiting_since or now
        self._set("DIALER_WAITING", _milliseconds(self._facts.waiting_since))
        self._say(protocol.EVENT_WAITING)
        if not self._engine_lives():
            self._queue()
            return
        limit = self._facts.waiting_since + timedelta(milliseconds=_whole(self._variable("DIALER_WAIT_MS")))
        self._dialplan_does(max(0.0, (limit - now).total_seconds()), self._limit)

    def _limit(self) -> None:
        """The engine, if it lives, redirects to the information message; else the queue finds an agent."""
        if self._core.plan.limit_seconds > 0:
            self._say(protocol.EVENT_LIMIT, f"Engine: {self._variable('DIALER_ENGINE')}\r\n")
            self._dialplan_does(self._core.plan.limit_seconds, self._queue)
        elif self._engine_lives():
            self._abandon()
        else:
            self._queue()

    def _queue(self) -> None:
        self.channel.go_to(protocol.CONTEXT_QUEUE, "s")
        if self._at.queues.join(self._variable("DIALER_QUEUE"), self, when_empty=False):
            if not self._facts.agent:
                self._dialplan_does(_QUEUE_SECONDS, self._queue_over)
        else:
            self._abandon()

    def _queue_over(self) -> None:
        self._at.queues.leave(self)
        self._abandon()

    def _abandon(self) -> None:
        self._facts.abandoned = True
        self.channel.go_to(protocol.CONTEXT_ABANDONED, "s")
        self._set("DIALER_ABANDONED", "1")
        self._say(protocol.EVENT_ABANDONED)
        if self._variable("DIALER_INFORMATION"):
            self._dialplan_does(self._core.plan.information_seconds + self._key_seconds(), self._leave)
            self._listen()
        else:
            self._leave()

    def _prompt(self) -> None:
        self.channel.go_to(protocol.CONTEXT_PROMPT, "s")
        if not self._core.has_sound(self._variable("DIALER_PROMPT")):
            self._dialplan_does(self._key_seconds(), self._leave)
            return
        self._dialplan_does(self._core.plan.prompt_seconds, self._heard)
        self._listen()

    def _heard(self) -> None:
        self._facts.heard_at = self._core.now()
        self._dialplan_does(self._key_seconds(), self._leave)

    def _listen(self) -> None:
        if self._fate.presses:
            self._callee_does(self._core.plan.key_seconds, self._press)

    def _key_seconds(self) -> float:
        """How long after a message its key is taken."""
        return protocol.KEY_SECONDS if self._variable("DIALER_KEY") else 0.0

    def _press(self) -> None:
        """A second time right after: those who opt out make sure."""
        self._callee_does(CONFIRMATION_SECONDS / 2, self._press)
        if self._fate.presses == self._variable("DIALER_KEY") and self._facts.opted_out_at is None:
            self._facts.opted_out_at = press(self._core, self.channel, self._variable("DIALER_NUMBER"))
            self._dialplan_does(CONFIRMATION_SECONDS, self._leave)

    def _leave(self) -> None:
        self.end(_NORMAL, EndedBy.DIALPLAN)

    def _request(self, agent: str) -> None:
        status = self._at.agents.take(agent, self)
        if status:
            self._forget_agent()
            self._say(protocol.EVENT_MISSED, f"Agent: {agent}\r\nReason: {status}\r\n")
            self.channel.go_to(protocol.CONTEXT_ANSWERED, "s")
            self._wait()
        else:
            self._at.agents.bridge(agent)

    def _forget_agent(self) -> None:
        self._facts.agent, self._facts.connected_at = "", None
        self._set("DIALER_AGENT", "")
        self._set("DIALER_CONNECTED", "")

    # --- what others do to it

    def connected(self, agent: str) -> None:
        self._facts.agent = agent
        self._facts.connected_at = self._core.now()
        self._set("DIALER_AGENT", agent)
        self._set("DIALER_CONNECTED", _milliseconds(self._facts.connected_at))
        self._call_off(self._plan)
        if self._fate.talk_seconds is not None:
            ended_by = EndedBy.AGENT if self._fate.agent_ends else EndedBy.CALLEE
            self._callee_does(self._fate.talk_seconds, lambda: self.end(_NORMAL, ended_by))

    def put_down(self) -> None:
        self.end(_NORMAL, EndedBy.AGENT)

    def hang_up(self, cause: int) -> None:
        self.end(cause or (_NORMAL if self._facts.answered_at else 0), EndedBy.ENGINE)

    def redirect(self, context: str, exten: str) -> None:
        if self._facts.answered_at is None:
            return
        self._call_off(self._plan)
        self._detecting = False
        self._at.queues.leave(self)
        self._at.agents.release(self._facts.agent, self)
        self.channel.go_to(context, exten)
        match context:
            case protocol.CONTEXT_CONNECT:
                self._dialplan_does(_REQUEST_SECONDS, lambda: self._request(exten))
            case protocol.CONTEXT_ANSWERED:
                self._wait()
            case protocol.CONTEXT_ABANDONED:
                self._abandon()
            case protocol.CONTEXT_QUEUE:
                self._queue()
            case _:
                self.end(_NORMAL, EndedBy.ENGINE)

    def vanish(self) -> None:
        """Asterisk goes down: no record, no event; the ledger alone knows."""
        self._over = True
        self._note(0, EndedBy.RESTART)

    def _lose_patience(self) -> None:
        if self._detecting:
            self._facts.detection = AmdResult.HANG_UP
        self.end(_NORMAL, EndedBy.CALLEE)

    # --- its end

    def end(self, cause: int, by: EndedBy) -> None:
        if self._over:
            return
        self._over = True
        self._call_off(self._line)
        self._call_off(self._plan)
        self._at.queues.leave(self)
        self._at.queues.finish(self, by_member=by is EndedBy.AGENT)
        self._at.agents.release(self._facts.agent, self)
        self._leave_record(cause)
        self._core.channels.remove(self.channel)
        self._core.emit("Hangup", events.hangup(self.channel, cause))
        if self._facts.answered_at is None:
            self._respond(events.reason_of(cause))
        self._note(cause, by)

    def _leave_record(self, cause: int) -> None:
        """The hangup handler, if the Originate brought it."""
        if self.channel.variables.get(_HANDLER_VARIABLE) != protocol.HANGUP_HANDLER:
            return
        text = events.about("HangupHandlerRun", self.channel, f"Handler: {protocol.HANGUP_HANDLER}\r\n")
        self._core.emit("HangupHandlerRun", text)
        record = protocol.write_record(self._facts.end(cause, self._core.now()))
        self._core.database.setdefault(protocol.ended_family(self._engine()), {})[self.channel.uniqueid] = record
        self._say(protocol.EVENT_ENDED, f"Record: {record}\r\n")

    def _note(self, cause: int, by: EndedBy) -> None:
        self._at.ledger.write(self._facts.entry(cause, self._core.now(), by))

    # --- small change

    def _say(self, event: str, more: str = "") -> None:
        headers = f"Attempt: {self.channel.uniqueid}\r\n{more}"
        self._core.emit("UserEvent", events.user_event(self.channel, event, headers))

    def _respond(self, reason: int) -> None:
        text = events.originate_response(self._dialed.channel, self._dialed.action_id, self.channel, reason)
        self._core.emit("OriginateResponse", text)

    def _variable(self, name: str) -> str:
        return self.channel.variables.get(name, "")

    def _set(self, name: str, value: str) -> None:
        self.channel.variables[name] = value

    def _engine(self) -> EngineName:
        return EngineName(self._variable("DIALER_ENGINE"))

    def _engine_lives(self) -> bool:
        seen_ms = _whole(self._core.globals.get(protocol.alive_variable(self._engine()), ""))
        age_ms = self._core.now().timestamp() * 1000 - seen_ms
        return age_ms <= _whole(self._variable("DIALER_SILENCE_MS"))

    def _callee_does(self, seconds: float, action: Action) -> None:
        self._call_off(self._line)
        self._line = self._core.timeline.after(seconds, action)

    def _dialplan_does(self, seconds: float, action: Action) -> None:
        self._call_off(self._plan)
        self._plan = self._core.timeline.after(seconds, action)

    @staticmethod
    def _call_off(appointment: Appointment | None) -> None:
        if appointment is not None:
            appointment.call_off()


def _milliseconds(at: datetime) -> str:
    return f"{at.timestamp() * 1000:.0f}"


def _whole(text: str) -> int:
    return int(text) if text.isdigit() else 0
