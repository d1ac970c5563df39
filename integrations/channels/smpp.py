"""SMS by SMPP 3.4, straight to a message centre (SMSC), over one link that is kept up.

Nothing is queued here: what can't be handed over now is refused, and judged anew when it is tried again. A submit whose
answer is lost, or does not come in time, is of unknown fate. The library acknowledges what comes in by itself.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from functools import partial

import smpp34

from dialer.clock import Clock
from dialer.domain.contact import Channel
from dialer.ports import FateUnknown, Message, MessageRefused, Receipt, Reply
from integrations.channels.news import News
from integrations.channels.short_text import read, written

_log = logging.getLogger(__name__)
_BACK_OFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0)
_LATER = frozenset({0x08, 0x14, 0x58})
"""ESME_RSYSERR, ESME_RMSGQFUL, ESME_RTHROTTLED: it took nothing, and may later."""
_RECEIPT, _KIND, _HAS_HEADER = 0x04, 0x3C, 0x40
"""Bits of esm_class (SMPP 3.4, 5.2.12)."""
_FIELD = re.compile(r"(id|stat|err):(\S+)", re.IGNORECASE)
_DELIVERED = "DELIVRD"
_NEVER = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD"})
_STATES = {2: _DELIVERED, 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 8: "REJECTD"}
"""Of the message_state parameter (5.3.2.35)."""
_INTERNATIONAL, _NAME, _ISDN = 1, 5, 1
_PAYLOAD, _STATE, _REFERENCE = 0x0424, 0x0427, 0x001E
"""Tags of message_payload, message_state and receipted_message_id (5.3.2)."""


class Smpp:
    """dialer.ports.MessageChannel by SMPP."""

    channel = Channel.SMS

    def __init__(
        self,
        *,
        host: str,
        port: int,
        system_id: str,
        password: str,
        sender: str,
        clock: Clock,
        tls: bool = False,
        per_second: float = 20.0,
        seconds: float = 15.0,
    ) -> None:
        self.sender = sender
        self._clock, self._seconds, self._gap = clock, seconds, 1.0 / per_second
        self._client: Callable[[], smpp34.Client] = partial(smpp34.Client, host, port, system_id, password, tls=tls)
        self._place = f"{host}:{port}"
        self._link: smpp34.Smsc | None = None
        self._next_at = 0.0
        self._news = News()
        self.up = asyncio.Event()
        """Set while the link is bound."""

    async def run(self) -> None:
        failed = 0
        while True:
            client = self._client()
            try:
                self._link = await client.connect()
                failed = 0
                self.up.set()
                _log.info("bound to the message centre %s", self._place)
                await self._listen(self._link)
                _log.warning("the message centre %s has gone", self._place)
            except smpp34.SmppError as error:
                _log.warning("the message centre %s can't be used: %s", self._place, error)
            finally:
                self._link = None
                self.up.clear()
                await client.stop()
            await asyncio.sleep(_BACK_OFF_SECONDS[min(failed, len(_BACK_OFF_SECONDS) - 1)])
            failed += 1

    async def _listen(self, link: smpp34.Smsc) -> None:
        while True:
            event = await link.next()
            if isinstance(event, smpp34.Disconnected):
                return
            one = self._read(event)
            if one is not None:
                self._news.put(one)

    async def next_news(self) -> Sequence[Receipt | Reply]:
        return await self._news.next()

    async def send(self, message: Message) -> str:
        link = self._link
        if link is None:
            raise MessageRefused("there is no link to the message centre", again=True)
        await self._in_turn()
        text = written(message.text)
        sender, sender_kind = _addressed(message.sender)
        payload = [smpp34.Tlv(_PAYLOAD, text.octets)] if text.is_long else []
        try:
            async with asyncio.timeout(self._seconds):
                answer = await link.submit_sm(
                    message.to.removeprefix("+"),
                    b"" if text.is_long else text.octets,
                    source_addr=sender,
                    source_addr_ton=sender_kind,
                    source_addr_npi=_ISDN if sender_kind == _INTERNATIONAL else 0,
                    dest_addr_ton=_INTERNATIONAL,
                    dest_addr_npi=_ISDN,
                    registered_delivery=1,
                    data_coding=text.coding,
                    tlvs=payload,
                )
        except (smpp34.SmppError, TimeoutError) as error:
            raise FateUnknown(f"no answer from the message centre ({type(error).__name__})") from None
        if not answer.is_success:
            status = answer.command_status
            raise MessageRefused(f"the message centre said 0x{status:08x}", again=status in _LATER)
        return answer.message_id or ""

    async def _in_turn(self) -> None:
        """At most so many a second."""
        now = asyncio.get_running_loop().time()
        self._next_at = max(self._next_at, now) + self._gap
        await asyncio.sleep(self._next_at - self._gap - now)

    def _read(self, event: smpp34.DeliverSmEvent) -> Receipt | Reply | None:
        octets = event.short_message or next((one.value for one in event.tlvs if one.tag == _PAYLOAD), b"")
        if event.esm_class & _KIND == _RECEIPT:
            return self._receipt(event, octets.decode("latin-1"))
        if event.esm_class & _HAS_HEADER and octets:
            octets = octets[1 + octets[0] :]
        number = _number(event.source_addr)
        return Reply(Channel.SMS, number, read(octets, event.data_coding), self._clock.now())

    def _receipt(self, event: smpp34.DeliverSmEvent, text: str) -> Receipt | None:
        """None: the message is still on its way, or the receipt does not say which it is."""
        told = {name.lower(): value for name, value in _FIELD.findall(text)}
        parameters = {one.tag: one for one in event.tlvs}
        state = told.get("stat", "").upper()
        if _STATE in parameters:
            state = _STATES.get(parameters[_STATE].as_int() or 0, state)
        reference = told.get("id", "")
        if _REFERENCE in parameters:
            reference = parameters[_REFERENCE].as_string() or reference
        if not reference or state not in {_DELIVERED, *_NEVER}:
            return None
        reason = "" if state == _DELIVERED else f"{state} err:{told.get('err', '')}"
        return Receipt(Channel.SMS, reference, state == _DELIVERED, self._clock.now(), reason)


def _addressed(sender: str) -> tuple[str, int]:
    """A sender as SMPP writes it, with its type of number: a name, an international number, or a short code."""
    if sender.startswith("+"):
        return sender[1:], _INTERNATIONAL
    return sender, 0 if sender.isdecimal() else _NAME


def _number(address: str) -> str:
    """Whom a reply is from, in E.164 form where it is a number."""
    digits = address.removeprefix("+").removeprefix("00")
    return f"+{digits}" if digits.isdecimal() and 7 <= len(digits) <= 15 else address
