"""panoramisk's CallManager groups calls by the second in which they began, and keeps every group for ever. Ours tells
calls apart by their own id, and forgets them when they end."""

from datetime import UTC, datetime
from random import Random

from panoramisk.call_manager import CallManager
from panoramisk.message import Message

from dialer.domain.ids import ServerName, new_attempt_id
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.translate import Translator
from integrations.lead_files.phone import NumberReader

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
_LIFE = (("Newchannel", "0"), ("Newstate", "5"), ("Hangup", "5"))
"""Events of a call that rings and ends, with the channel's state."""


async def test_panoramisk_as_it_comes_mixes_and_keeps_them() -> None:
    manager = CallManager(host="127.0.0.1", port=9)
    for unique_id in ("1795297086.0", "1795297086.1"):
        for name, state in _LIFE:
            manager.handle_calls(manager, Message({"Event": name, "Uniqueid": unique_id, "ChannelState": state}))
    assert list(manager.calls_queues) == ["1795297086"]
    assert manager.calls_queues["1795297086"].queue.qsize() == 6


def test_ours_tells_them_apart_and_forgets_them() -> None:
    translator, random = Translator(ServerName("main"), NumberReader("US")), Random(1)
    attempts = [new_attempt_id(AT, random) for _ in range(2)]
    told = [
        event
        for name, state in _LIFE
        for attempt in attempts
        for event in translator.take(
            RawEvent(name, f"Event: {name}\r\nUniqueid: {attempt}\r\nChannelState: {state}".encode()), AT
        )
    ]
    assert [getattr(event, "attempt", None) for event in told] == attempts * 2
    assert translator.calls_known == 0
