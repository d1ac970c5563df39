"""The simulated Asterisk behind the AMI: it places calls and agents' phones, and it can fall over."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from dialer.clock import Clock
from integrations.asterisk.protocol import CONTEXT_AGENT_LOGIN, CONTEXT_SOUND, EVENT_SOUND, SOUND_IS_THERE
from integrations.telephone_lab import events
from integrations.telephone_lab.agents import AgentPhone, AgentPool
from integrations.telephone_lab.carrier import Fate, draw
from integrations.telephone_lab.channels import Channel
from integrations.telephone_lab.core import Core, Listener
from integrations.telephone_lab.desks import Desks
from integrations.telephone_lab.dialed_call import Dialed, DialedCall, Exchange
from integrations.telephone_lab.inbound import Hall, Inbound
from integrations.telephone_lab.ledger import Ledger
from integrations.telephone_lab.plan import Behaviour, LabPlan
from integrations.telephone_lab.queues import Queues

_NUMBER = re.compile(r"\+?\d+")


@dataclass(frozen=True, slots=True)
class Origination:
    """An Originate action, checked."""

    channel: str
    context: str
    exten: str
    ring_seconds: float
    caller_id: str
    action_id: str
    channel_id: str
    variables: dict[str, str]


class Switch:
    def __init__(self, plan: LabPlan, clock: Clock, ledger: Path | None, tell: Listener) -> None:
        self.core = Core(plan, clock, tell)
        self.agents = AgentPool(self.core)
        self.desks = Desks(self.core)
        self.queues = Queues(self.core, self.agents, self.desks)
        self.ledger = Ledger(ledger)
        self.inbound = Inbound(Hall(self.core, self.agents, self.queues, self.ledger))
        self.calls_placed = 0
        self._exchange = Exchange(self.core, self.agents, self.queues, self.ledger)
        self._times_dialed: Counter[str] = Counter()

    def originate(self, wanted: Origination) -> None:
        """Dial: an agent's phone when it leads into AgentLogin, else a callee. A channel id in use fails."""
        if wanted.channel_id and self.core.channels.find(wanted.channel_id):
            self._refuse(wanted)
            return
        if wanted.context == CONTEXT_SOUND:
            self._tell_of_sound(wanted)
            return
        channel = self.core.open_channel(_trunk(wanted.channel), wanted.context, wanted.exten, wanted.channel_id)
        channel.caller_id = wanted.caller_id
        channel.variables = wanted.variables
        if wanted.context == CONTEXT_AGENT_LOGIN:
            AgentPhone(self.core, self.agents, channel, wanted.channel, wanted.action_id).ring()
            return
        self._dial(channel, wanted)

    def restart(self) -> None:
        """Asterisk dies and comes back: live channels leave no record, AstDB and queue members are still there."""
        for channel in list(self.core.channels):
            if channel.owner is not None:
                channel.owner.vanish()
        self.core.forget_all()
        self.agents.forget_all()
        self.queues.forget_calls()
        self.calls_placed = 0
        self.inbound.start()

    def close(self) -> None:
        self.core.timeline.clear()
        self.inbound.close()
        self.ledger.close()

    def _dial(self, channel: Channel, wanted: Origination) -> None:
        match = _NUMBER.search(wanted.channel.partition("/")[2])
        number = match[0] if match else ""
        channel.number = number
        fate = draw(self.core.plan, number, self._times_dialed[number])
        self._times_dialed[number] += 1
        if len(self.core.channels) - len(self.agents) > self.core.plan.lines:
            fate = self._no_line(fate)
        dialed = Dialed(wanted.channel, number, wanted.ring_seconds, wanted.action_id)
        self.calls_placed += 1
        DialedCall(self._exchange, channel, dialed, fate).dial()

    def _no_line(self, fate: Fate) -> Fate:
        seconds = self.core.plan.carrier.refusal_seconds
        return replace(
            fate, behaviour=Behaviour.CONGESTION, rings_after_seconds=None, settles_after_seconds=seconds, cause=34
        )

    def _tell_of_sound(self, wanted: Origination) -> None:
        """Played from beyond its end, to nobody: over at once, and never answered."""
        variables = wanted.variables
        status = SOUND_IS_THERE if self.core.has_sound(variables.get("DIALER_SOUND", "")) else "ERROR"
        told = f"Question: {variables.get('DIALER_QUESTION', '')}\r\nStatus: {status}\r\n"
        local = Channel(
            f"{self.core.started_at.timestamp():.0f}.{self.core.next_number()}", wanted.channel, 0.0, "", ""
        )
        self.core.emit("UserEvent", events.user_event(local, EVENT_SOUND, told))
        self._refuse(wanted)

    def _refuse(self, wanted: Origination) -> None:
        nothing = Channel("<null>", wanted.channel, 0.0, wanted.context, wanted.exten)
        text = events.originate_response(wanted.channel, wanted.action_id, nothing, 0)
        self.core.emit("OriginateResponse", text)


def _trunk(dial_string: str) -> str:
    """The channel's name up to the dash: `PJSIP/+15550100@carrier` is PJSIP/carrier."""
    technology, _, resource = dial_string.partition("/")
    return f"{technology}/{resource.rpartition('@')[2]}"
