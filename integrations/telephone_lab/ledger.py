"""What the lab says truly happened to each call, dialed or inbound, whatever the AMI or the hangup records told."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from pydantic import TypeAdapter, ValidationError

from dialer.domain.errors import BadInput
from dialer.domain.outcome import AmdResult, Outcome
from integrations.telephone_lab.inbound_ledger import InboundEntry
from integrations.telephone_lab.plan import Behaviour


class EndedBy(StrEnum):
    CALLEE = "callee"
    AGENT = "agent"
    NETWORK = "network"  # refused, or no line free
    RING_LIMIT = "ring_limit"
    DIALPLAN = "dialplan"  # machine let go, or the information message was over
    ENGINE = "engine"  # an AMI Hangup or Redirect out of our dialplan
    RESTART = "restart"  # Asterisk went down: it left no record


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One dialed call. Times aware UTC, None where it did not happen."""

    attempt: str
    number: str
    behaviour: Behaviour
    """What was at the other end, set or drawn."""
    dialed_at: datetime
    ended_at: datetime
    ended_by: EndedBy
    cause: int
    """Q.850."""
    answered_at: datetime | None = None
    detection: AmdResult | None = None
    """What detection took it for, right or wrong."""
    waiting_since: datetime | None = None
    connected_at: datetime | None = None
    agent: str | None = None
    abandoned: bool = False
    opted_out_at: datetime | None = None
    heard_at: datetime | None = None
    """When a recorded prompt had been played to its end."""

    @property
    def machine(self) -> bool:
        """A machine answered."""
        return self.answered_at is not None and self.behaviour is Behaviour.MACHINE


class Ledger:
    """Writes entries, one JSON line each, flushed; without a file it keeps nothing."""

    def __init__(self, file: Path | None) -> None:
        self._out: TextIO | None = file.open("a", encoding="utf-8") if file else None

    def write(self, entry: LedgerEntry | InboundEntry) -> None:
        if self._out is not None:
            self._out.write(json.dumps(asdict(entry), default=datetime.isoformat) + "\n")
            self._out.flush()

    def close(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None


def read_ledger(file: Path) -> Iterator[LedgerEntry]:
    """The dialed calls of a ledger, in the order of their ends. BadInput names a line that is no entry."""
    return (entry for entry in _entries(file) if isinstance(entry, LedgerEntry))


def read_inbound_ledger(file: Path) -> Iterator[InboundEntry]:
    """The inbound calls of a ledger, in the order of their ends. BadInput names a line that is no entry."""
    return (entry for entry in _entries(file) if isinstance(entry, InboundEntry))


def _entries(file: Path) -> Iterator[LedgerEntry | InboundEntry]:
    adapter = TypeAdapter[LedgerEntry | InboundEntry](LedgerEntry | InboundEntry)
    with file.open(encoding="utf-8") as lines:
        for row, line in enumerate(lines, 1):
            try:
                yield adapter.validate_json(line)
            except ValidationError as error:
                raise BadInput("is no ledger entry", f"{file}:{row}") from error


_REFUSED = {
    Behaviour.BUSY: Outcome.BUSY,
    Behaviour.REJECT: Outcome.REJECTED,
    Behaviour.UNALLOCATED: Outcome.INVALID_NUMBER,
    Behaviour.CONGESTION: Outcome.CONGESTION,
}


def outcome_by_ledger(entry: LedgerEntry) -> Outcome:
    """The outcome that a perfect observer of telephony would have stored.

    A call that Asterisk took down with itself counts as lost, even if it was talking: nothing is left of it. Detection
    counts as it spoke, since nobody behind it knows better.
    """
    if entry.ended_by is EndedBy.RESTART:
        return Outcome.LOST
    if entry.answered_at is None:
        return _unanswered(entry)
    if entry.agent is not None:
        return Outcome.ANSWERED
    if entry.detection is AmdResult.MACHINE:
        return Outcome.MACHINE
    return Outcome.ABANDONED if entry.abandoned else Outcome.HUNG_UP


def _unanswered(entry: LedgerEntry) -> Outcome:
    if entry.ended_by is EndedBy.RING_LIMIT:
        return Outcome.NO_ANSWER
    if entry.ended_by is EndedBy.ENGINE:
        return Outcome.FAILED
    # A line that was full never reached the callee, whose behaviour then says nothing.
    return Outcome.CONGESTION if entry.cause == 34 else _REFUSED[entry.behaviour]
