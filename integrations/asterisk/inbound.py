"""Inbound queues in our words: what an Asterisk says of them, event by event and in one listing. Decides only.

What app_queue of Asterisk 22 tells of a caller, always in this order, QueueCallerLeave after all but AgentConnect:

| what happens | events of the caller's channel |
|---|---|
| a member answers | DialEnd (ANSWER), QueueCallerLeave, AgentConnect; at the end AgentComplete, Hangup |
| the caller hangs up in the instant of the answer | DialEnd (ANSWER), QueueCallerLeave, AgentConnect, Hangup |
| the member goes again before they talk | DialEnd (ANSWER), AgentDump; the caller waits on |
| the caller hangs up | HangupRequest, QueueCallerAbandon, QueueCallerLeave |
| time limit, queue without members, withdrawal, redirect | QueueCallerAbandon, QueueCallerLeave |
| a key; the time limit of one who is not the first in line | QueueCallerLeave |

So QueueCallerAbandon alone does not say that a caller gave up, and nothing needs a timer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from dialer.domain.errors import BadInput
from dialer.domain.events import (
    InboundAbandoned,
    InboundConnected,
    InboundEnded,
    InboundEvent,
    InboundJoined,
    InboundLeft,
    InboundMember,
    MemberState,
)
from dialer.domain.ids import ServerName
from dialer.domain.phone import PhoneNumber
from dialer.ports import InboundSnapshot, WaitingCaller
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.protocol import CAMPAIGN_QUEUES
from integrations.asterisk.translate import member_agent
from integrations.lead_files.phone import BadNumber, NumberReader

EVENTS = (
    "QueueCallerJoin",
    "QueueCallerLeave",
    "QueueCallerAbandon",
    "HangupRequest",
    "Hangup",
    "DialEnd",
    "AgentDump",
    "AgentConnect",
    "AgentComplete",
    "QueueMemberAdded",
    "QueueMemberRemoved",
    "QueueMemberPause",
    "QueueMemberStatus",
)
"""What an InboundWatch reads."""

_NO_NUMBER = frozenset({"", "<unknown>", "unknown", "anonymous", "restricted", "private", "unavailable", "withheld"})
# include/asterisk/devicestate.h: app_queue rings a member whose device state is unknown
_FREE = frozenset({"0", "1"})
_AWAY = frozenset({"4", "5"})


@dataclass(slots=True)
class _Caller:
    queue: str
    caller: str
    since: datetime
    hung_up: bool = False
    answered: bool = False
    """A member has, and is about to talk to the caller."""
    left: bool = False
    """No longer in line; an answered one until AgentConnect."""


@dataclass(slots=True)
class Meanwhile:
    """What was told while a listing was under way: it is newer than the listing."""

    gone: set[str] = field(default_factory=set)
    members: dict[tuple[str, str], MemberState | None] = field(default_factory=dict)


class InboundWatch:
    """Serves one link, as a Translator does: of callers who stood in line before, only a listing tells."""

    def __init__(self, server: ServerName, numbers: NumberReader | None = None) -> None:
        """`numbers` reads callers' numbers; without, they go by their pseudonyms alone."""
        self._server, self._numbers = server, numbers
        self._callers: dict[str, _Caller] = {}
        self._talks: dict[str, tuple[str, datetime]] = {}
        """Queue and begin, by call."""
        self._listings: list[Meanwhile] = []

    @property
    def callers_known(self) -> int:
        """In line or talking; one who is gone is forgotten."""
        return len(self._callers) + len(self._talks)

    def take(self, event: RawEvent, at: datetime) -> InboundEvent | None:
        """What an event means; most often nothing. Campaigns' fallback queues are left out."""
        match event.name:
            case "HangupRequest" | "DialEnd":
                self._note(event)
                return None
            case "Hangup":
                return self._hung_up(event.get("Uniqueid"), at)
        queue = event.get("Queue")
        if queue.startswith(CAMPAIGN_QUEUES):
            return None
        if event.name.startswith("QueueMember"):
            return self._member(queue, event, at)
        return self._caller(queue, event.get("Uniqueid"), event, at)

    def _note(self, event: RawEvent) -> None:
        caller = self._callers.get(event.get("Uniqueid"))
        if caller is not None:
            if event.name == "HangupRequest":
                caller.hung_up = True
            elif event.get("DialStatus") == "ANSWER":
                caller.answered = True

    def _caller(self, queue: str, call: str, event: RawEvent, at: datetime) -> InboundEvent | None:
        match event.name:
            case "QueueCallerJoin":
                shown = event.get("CallerIDNum")
                number = pseudonym(shown)
                self._callers[call] = _Caller(queue, number, at)
                return InboundJoined(self._server, at, queue, call, number, self._read(shown) if number else None)
            case "QueueCallerAbandon":
                return self._given_up(queue, call, at)
            case "QueueCallerLeave":
                return self._left(queue, call, at)
            case "AgentConnect":
                self._forget(call)
                self._talks[call] = queue, at
                return InboundConnected(self._server, at, queue, call, member_agent(event.get("Interface")))
            case "AgentComplete":
                return self._hung_up(call, at)
            case "AgentDump" if caller := self._callers.get(call):
                caller.answered = False
        return None

    def _read(self, shown: str) -> PhoneNumber | None:
        try:
            return None if self._numbers is None else PhoneNumber(self._numbers.e164(shown))
        except (BadNumber, BadInput):
            return None

    def _hung_up(self, call: str, at: datetime) -> InboundEvent | None:
        """The talk is over by AgentComplete, else by the caller's end. By our own clock: Asterisk's TalkTime is in
        whole seconds. Of talks that began before the link nothing is told."""
        queue, began = self._talks.pop(call, ("", at))
        return InboundEnded(self._server, at, queue, call, (at - began).total_seconds()) if queue else None

    def _given_up(self, queue: str, call: str, at: datetime) -> InboundEvent | None:
        """Of a caller who was in line before the link, whether they hung up is not known: that is what most do."""
        caller = self._forget(call)
        if caller is None or caller.hung_up:
            return InboundAbandoned(self._server, at, queue, call)
        return InboundLeft(self._server, at, queue, call)

    def _left(self, queue: str, call: str, at: datetime) -> InboundEvent | None:
        caller = self._callers.get(call)
        if caller is None:
            self._forget(call)
            return None
        if caller.answered:
            caller.left = True
            return None
        self._forget(call)
        return InboundLeft(self._server, at, queue, call)

    def _forget(self, call: str) -> _Caller | None:
        for listing in self._listings:
            listing.gone.add(call)
        return self._callers.pop(call, None)

    def _member(self, queue: str, event: RawEvent, at: datetime) -> InboundEvent:
        member = event.get("StateInterface") or event.get("Interface")
        state = None if event.name == "QueueMemberRemoved" else member_state(event)
        for listing in self._listings:
            listing.members[queue, member] = state
        return InboundMember(self._server, at, queue, member, state)

    # --- all at once ----------------------------------------------------------------------------------------------

    def listing_begins(self) -> Meanwhile:
        """A QueueStatus is about to be sent; `listing_ends` must follow."""
        meanwhile = Meanwhile()
        self._listings.append(meanwhile)
        return meanwhile

    def listing_ends(self, meanwhile: Meanwhile) -> None:
        self._listings.remove(meanwhile)

    def snapshot(self, rows: Iterable[RawEvent], taken_at: datetime, meanwhile: Meanwhile) -> InboundSnapshot:
        """From the rows of QueueStatus, asked for at `taken_at`, with all that events told up to now."""
        members: dict[str, dict[str, MemberState]] = {}
        for row in rows:
            queue = row.get("Queue")
            if queue.startswith(CAMPAIGN_QUEUES):
                continue
            match row.name:
                case "QueueParams":
                    members.setdefault(queue, {})
                case "QueueMember":
                    member = row.get("StateInterface") or row.get("Location")
                    members.setdefault(queue, {})[member] = member_state(row)
                case "QueueEntry":
                    self._listed(queue, row, taken_at, meanwhile)
        for (queue, member), state in meanwhile.members.items():
            if state is not None:
                members.setdefault(queue, {})[member] = state
            elif queue in members:
                members[queue].pop(member, None)
        return InboundSnapshot(self._server, taken_at, self._waiting(members), members)

    def _listed(self, queue: str, row: RawEvent, taken_at: datetime, meanwhile: Meanwhile) -> None:
        call, waited = row.get("Uniqueid"), row.get("Wait")
        if call not in meanwhile.gone and call not in self._callers:
            since = taken_at - timedelta(seconds=int(waited) if waited.isdigit() else 0)
            self._callers[call] = _Caller(queue, pseudonym(row.get("CallerIDNum")), since)

    def _waiting(self, queues: Iterable[str]) -> Mapping[str, list[WaitingCaller]]:
        waiting: dict[str, list[WaitingCaller]] = {queue: [] for queue in queues}
        for call, caller in self._callers.items():
            if not caller.left:
                waiting.setdefault(caller.queue, []).append(WaitingCaller(call, caller.caller, caller.since))
        return waiting


def pseudonym(number: str) -> str:
    """16 hexadecimal digits, always the same for the same number; empty when no number was shown."""
    if number.lower() in _NO_NUMBER:
        return ""
    return blake2b(number.encode(), digest_size=8).hexdigest()


def member_state(row: RawEvent) -> MemberState:
    """From an event or a row on a member. One who is paused while in a call will get no other: paused."""
    status = row.get("Status")
    if status in _AWAY:
        return MemberState.AWAY
    if row.get("Paused") == "1":
        return MemberState.PAUSED
    return MemberState.FREE if status in _FREE else MemberState.BUSY
