"""Channels that carry messages, all behind one port; and what comes back by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialer.domain.contact import Channel
from dialer.domain.errors import DialerError
from dialer.domain.ids import ActId


class MessageRefused(DialerError):
    """Certainly not sent. `again`: it may be tried later; else the channel will never take it."""

    exit_code = 4
    http_status = 502
    kind = "message_refused"

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.again = again


class FateUnknown(DialerError):
    """The message may have been sent: it is not sent again."""

    exit_code = 4
    http_status = 503
    kind = "fate_unknown"


@dataclass(frozen=True, slots=True)
class Message:
    id: ActId
    """Also the channel's own key against doubles, where it has one."""
    to: str
    """A number in E.164 form, or an e-mail address: personal data, in no log."""
    sender: str
    text: str
    subject: str = ""

    def __repr__(self) -> str:
        return f"Message({self.id})"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel says of a message that it took."""

    channel: Channel
    reference: str
    """The channel's own id of the message, as `send` returned it."""
    delivered: bool
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote to us."""

    channel: Channel
    sender: str
    text: str
    at: datetime

    def __repr__(self) -> str:
        return f"Reply({self.channel}, {self.at})"


class MessageChannel(Protocol):
    """One way to send messages. Several may be at work at once; each is asked for one message at a time."""

    @property
    def channel(self) -> Channel: ...

    @property
    def sender(self) -> str:
        """What people see as the sender: a number, a name, an address."""

    async def send(self, message: Message) -> str:
        """Send it once, and return the channel's own id of it (empty: it has none). MessageRefused, FateUnknown."""

    async def run(self) -> None:
        """Keep the link up, if there is one, for ever."""

    async def next_news(self) -> Sequence[Receipt | Reply]:
        """Wait for what has come in since the last call; never empty. A channel without a way back waits for ever."""
