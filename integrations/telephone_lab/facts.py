"""What has happened to a dialed call so far: one account, from which its record and its ledger entry are written."""

from dataclasses import dataclass
from datetime import datetime

from dialer.domain.ids import AgentId
from dialer.domain.outcome import AmdResult, CallEnd
from integrations.telephone_lab.ledger import EndedBy, LedgerEntry
from integrations.telephone_lab.plan import Behaviour


@dataclass(slots=True)
class Facts:
    attempt: str
    number: str
    behaviour: Behaviour
    dialed_at: datetime
    answered_at: datetime | None = None
    detection: AmdResult | None = None
    waiting_since: datetime | None = None
    connected_at: datetime | None = None
    agent: str = ""
    abandoned: bool = False
    opted_out_at: datetime | None = None
    heard_at: datetime | None = None

    def end(self, cause: int, ended_at: datetime) -> CallEnd:
        """As the hangup handler tells it."""
        return CallEnd(
            cause=cause,
            ended_at=ended_at,
            answered_at=self.answered_at,
            amd=self.detection,
            waiting_since=self.waiting_since,
            connected_at=self.connected_at,
            agent=AgentId(self.agent) if self.agent else None,
            abandoned=self.abandoned,
            opted_out_at=self.opted_out_at,
            heard_at=self.heard_at,
        )

    def entry(self, cause: int, ended_at: datetime, ended_by: EndedBy) -> LedgerEntry:
        return LedgerEntry(
            attempt=self.attempt,
            number=self.number,
            behaviour=self.behaviour,
            dialed_at=self.dialed_at,
            ended_at=ended_at,
            ended_by=ended_by,
            cause=cause,
            answered_at=self.answered_at,
            detection=self.detection,
            waiting_since=self.waiting_since,
            connected_at=self.connected_at,
            agent=self.agent or None,
            abandoned=self.abandoned,
            opted_out_at=self.opted_out_at,
            heard_at=self.heard_at,
        )
