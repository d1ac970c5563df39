"""The phones of dedicated queue members: they ring, answer, talk and are free again."""

from collections.abc import Callable

from integrations.telephone_lab import events
from integrations.telephone_lab.agents import Caller
from integrations.telephone_lab.channels import Channel, ChannelState
from integrations.telephone_lab.core import Core


class Desk:
    """One phone. It has a channel while it rings or talks."""

    def __init__(self, interface: str, answer_seconds: float) -> None:
        self.interface = interface
        self.answer_seconds = answer_seconds
        self.caller: Caller | None = None
        self.channel: Channel | None = None

    @property
    def device_state(self) -> str:
        if self.channel is None:
            return "NOT_INUSE"
        return "INUSE" if self.channel.state is ChannelState.UP else "RINGING"

    def hang_up(self, cause: int) -> None:
        """The AMI ends the phone's leg: who was on it is put down."""
        del cause
        if self.caller is not None:
            self.caller.put_down()

    def redirect(self, context: str, exten: str) -> None:
        """Out of a queue's call there is nothing for a desk."""
        del context, exten
        self.hang_up(16)

    def vanish(self) -> None:
        """Asterisk went down."""


class Desks:
    def __init__(self, core: Core) -> None:
        self._core = core
        self._desks = {
            interface: Desk(interface, group.answer_seconds)
            for group in core.plan.inbound_desks
            for interface in group.interfaces()
        }
        self.watchers: list[Callable[[str], None]] = []
        """Told the device whose state has changed."""

    def find(self, interface: str) -> Desk | None:
        return self._desks.get(interface)

    def devices(self) -> list[tuple[str, str]]:
        """Every phone and its device state."""
        return [(desk.interface, desk.device_state) for desk in self._desks.values()]

    def ring(self, desk: Desk, caller: Caller) -> None:
        desk.caller = caller
        desk.channel = self._core.open_channel(desk.interface, "queues", "s")
        desk.channel.owner = desk
        desk.channel.number = desk.interface.partition("/")[2]
        desk.channel.caller_id = caller.channel.number
        self._core.emit("Newchannel", events.about("Newchannel", desk.channel))
        desk.channel.enter(ChannelState.RINGING)
        self._core.emit("Newstate", events.about("Newstate", desk.channel))
        self._changed(desk)

    def answer(self, desk: Desk) -> None:
        """Pick up; not bridged yet."""
        if desk.channel is not None:
            desk.channel.enter(ChannelState.UP)
            self._core.emit("Newstate", events.about("Newstate", desk.channel))
            self._changed(desk)

    def bridge(self, desk: Desk) -> None:
        if desk.caller is not None and desk.channel is not None:
            events.join(self._core, (desk.caller.channel, desk.channel), "basic")

    def release(self, desk: Desk, caller: Caller) -> None:
        """The call, rung or talked, is over; nothing, when the phone has another by now."""
        if desk.caller is not caller or desk.channel is None:
            return
        channel, desk.caller, desk.channel = desk.channel, None, None
        events.part(self._core, (caller.channel, channel), "basic")
        self._core.channels.remove(channel)
        self._core.emit("Hangup", events.hangup(channel, 16))
        self._changed(desk)

    def forget_calls(self) -> None:
        """What a restart forgets."""
        for desk in self._desks.values():
            desk.caller = desk.channel = None

    def _changed(self, desk: Desk) -> None:
        self._core.emit("DeviceStateChange", events.device_state(desk.interface, desk.device_state))
        for watcher in self.watchers:
            watcher(desk.interface)
