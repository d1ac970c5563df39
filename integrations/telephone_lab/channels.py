"""Simulated channels, as Asterisk shows them on the AMI."""

from collections.abc import Iterator
from enum import IntEnum
from typing import Protocol


class ChannelState(IntEnum):
    """Asterisk's channel states (include/asterisk/channelstate.h)."""

    DOWN = 0
    RING = 4
    RINGING = 5
    UP = 6


_STATE_NAMES = {
    ChannelState.DOWN: "Down",
    ChannelState.RING: "Ring",
    ChannelState.RINGING: "Ringing",
    ChannelState.UP: "Up",
}


class Owner(Protocol):
    """Who lives on a channel."""

    def hang_up(self, cause: int) -> None:
        """The AMI wants it ended."""

    def redirect(self, context: str, exten: str) -> None:
        """The AMI sends it elsewhere in the dialplan."""

    def vanish(self) -> None:
        """Asterisk goes down with it."""


class Channel:
    """One channel. `headers` is the block of lines that every event about it carries."""

    __slots__ = (
        "_headers",
        "bridge",
        "caller_id",
        "context",
        "created_at",
        "exten",
        "name",
        "number",
        "owner",
        "state",
        "uniqueid",
        "variables",
    )

    def __init__(self, uniqueid: str, name: str, created_at: float, context: str, exten: str) -> None:
        self.uniqueid = uniqueid
        self.name = name
        self.created_at = created_at
        self.context = context
        self.exten = exten
        self.state = ChannelState.DOWN
        self.number = ""
        self.caller_id = ""
        self.variables: dict[str, str] = {}
        self.bridge = ""
        self.owner: Owner | None = None
        self._headers = ""

    @property
    def headers(self) -> str:
        if not self._headers:
            self._headers = (
                f"Channel: {self.name}\r\nChannelState: {self.state.value}\r\n"
                f"ChannelStateDesc: {_STATE_NAMES[self.state]}\r\n"
                f"CallerIDNum: {self.number or '<unknown>'}\r\nCallerIDName: <unknown>\r\n"
                f"ConnectedLineNum: {self.caller_id or '<unknown>'}\r\nConnectedLineName: <unknown>\r\n"
                f"Language: en\r\nAccountCode: \r\nContext: {self.context}\r\nExten: {self.exten}\r\nPriority: 1\r\n"
                f"Uniqueid: {self.uniqueid}\r\nLinkedid: {self.uniqueid}\r\n"
            )
        return self._headers

    def enter(self, state: ChannelState) -> None:
        self.state = state
        self._headers = ""

    def go_to(self, context: str, exten: str) -> None:
        self.context, self.exten = context, exten
        self._headers = ""


class Channels:
    """The channels that live now, by unique id and by name."""

    def __init__(self) -> None:
        self._by_id: dict[str, Channel] = {}
        self._by_name: dict[str, Channel] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._by_id.values())

    def find(self, name_or_id: str) -> Channel | None:
        return self._by_id.get(name_or_id) or self._by_name.get(name_or_id)

    def add(self, channel: Channel) -> None:
        self._by_id[channel.uniqueid] = channel
        self._by_name[channel.name] = channel

    def remove(self, channel: Channel) -> None:
        self._by_id.pop(channel.uniqueid, None)
        self._by_name.pop(channel.name, None)

    def clear(self) -> None:
        self._by_id.clear()
        self._by_name.clear()
