"""The opt-out key, and those who call back: what our dialplan does there, played."""

from datetime import datetime

from integrations.asterisk import protocol
from integrations.telephone_lab import events
from integrations.telephone_lab.channels import Channel, ChannelState
from integrations.telephone_lab.core import Core
from integrations.telephone_lab.timeline import Appointment

CONFIRMATION_SECONDS = 0.3
"""The beep after the key."""
_NORMAL = 16


def press(core: Core, channel: Channel, number: str) -> datetime:
    """Keep the key press in AstDB and tell it; returns the time that it is kept with."""
    at = core.now()
    record = protocol.write_opt_out(at, number)
    core.database.setdefault(protocol.OPT_OUTS_FAMILY, {})[channel.uniqueid] = record
    headers = f"Call: {channel.uniqueid}\r\nRecord: {record}\r\n"
    core.emit("UserEvent", events.user_event(channel, protocol.EVENT_OPT_OUT, headers))
    return at


class ReturnCall:
    """Someone calls back, hears the information message, and presses a key in it or none."""

    def __init__(self, core: Core, number: str, presses: str) -> None:
        self._core = core
        self._presses = presses
        self._timer: Appointment | None = None
        self.channel = core.open_channel("PJSIP/carrier", protocol.CONTEXT_RETURN, "s")
        self.channel.number = number
        self.channel.owner = self

    def arrive(self) -> None:
        core, plan = self._core, self._core.plan
        core.emit("Newchannel", events.about("Newchannel", self.channel))
        self.channel.enter(ChannelState.UP)
        core.emit("Newstate", events.about("Newstate", self.channel))
        if self._presses and self._presses == plan.return_key:
            self._timer = core.timeline.after(plan.key_seconds, self._opt_out)
        else:
            self._leave_after(plan.information_seconds + (protocol.KEY_SECONDS if plan.return_key else 0.0))

    def _opt_out(self) -> None:
        number = "".join(letter for letter in self.channel.number if letter in "+0123456789")
        if number:
            press(self._core, self.channel, number)
        self._leave_after(CONFIRMATION_SECONDS)

    def _leave_after(self, seconds: float) -> None:
        self._timer = self._core.timeline.after(seconds, lambda: self.hang_up(_NORMAL))

    def hang_up(self, cause: int) -> None:
        self.vanish()
        self._core.channels.remove(self.channel)
        self._core.emit("Hangup", events.hangup(self.channel, cause))

    def redirect(self, context: str, exten: str) -> None:
        """There is nowhere else for them."""
        del context, exten
        self.hang_up(_NORMAL)

    def vanish(self) -> None:
        if self._timer is not None:
            self._timer.call_off()
