"""The spool: outcomes on disk that the database could not take. One JSON line each, flushed to the disk itself."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dialer.domain.call import EndedAttempt
from dialer.domain.ids import AgentId, AttemptId, CampaignId, LeadId, NumberId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd, Outcome
from dialer.ports import ClosedAttempt


@dataclass(slots=True)
class Spool:
    path: Path
    written: bool = False

    def write(self, batch: Sequence[ClosedAttempt]) -> None:
        """Append, and return when the disk has it. OSError when it can't."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(to_json(closed)) + "\n" for closed in batch)
            file.flush()
            os.fsync(file.fileno())
        self.written = True

    def read(self) -> list[ClosedAttempt]:
        """What is on disk; a last line that was cut by a crash is left out."""
        if not self.path.exists():
            return []
        self.written = True
        found = []
        for line in self.path.read_text("utf-8").splitlines():
            try:
                found.append(from_json(json.loads(line)))
            except ValueError:
                continue
        return found

    def clear_if_written(self) -> None:
        if self.written:
            self.path.unlink(missing_ok=True)
            self.written = False


def to_json(closed: ClosedAttempt) -> dict[str, Any]:
    ended, end = closed.ended, closed.ended.end
    return {
        "server": ended.server,
        "lead_attempts": ended.lead_attempts,
        "opened_at": ended.opened_at.isoformat(),
        "attempt": ended.attempt,
        "campaign": ended.campaign,
        "lead": ended.lead,
        "contact": ended.contact,
        "number_id": ended.number_id,
        "outcome": ended.outcome,
        "ring_seconds": ended.ring_seconds,
        "cause": end.cause,
        "ended_at": end.ended_at.isoformat(),
        "answered_at": _written(end.answered_at),
        "amd": end.amd,
        "waiting_since": _written(end.waiting_since),
        "connected_at": _written(end.connected_at),
        "agent": end.agent,
        "abandoned": end.abandoned,
        "opted_out_at": _written(end.opted_out_at),
        "heard_at": _written(end.heard_at),
        "prompt": ended.prompt,
        "due_at": _written(closed.due_at),
        "exhausted": closed.exhausted,
        "points": closed.points,
    }


def from_json(line: dict[str, Any]) -> ClosedAttempt:
    """ValueError (KeyError is none) when a field is missing or wrong."""
    try:
        end = CallEnd(
            cause=line["cause"],
            ended_at=datetime.fromisoformat(line["ended_at"]),
            answered_at=_read(line["answered_at"]),
            amd=AmdResult(line["amd"]) if line["amd"] else None,
            waiting_since=_read(line["waiting_since"]),
            connected_at=_read(line["connected_at"]),
            agent=AgentId(line["agent"]) if line["agent"] else None,
            abandoned=line["abandoned"],
            opted_out_at=_read(line.get("opted_out_at")),  # the release before did not write it
            heard_at=_read(line.get("heard_at")),  # likewise
        )
        ended = EndedAttempt(
            attempt=AttemptId(line["attempt"]),
            campaign=CampaignId(line["campaign"]),
            lead=LeadId(line["lead"]),
            number_id=NumberId(line["number_id"]),
            server=ServerName(line["server"]),
            lead_attempts=line["lead_attempts"],
            opened_at=_read(line.get("opened_at")) or end.ended_at,  # the release before did not write it
            outcome=Outcome(line["outcome"]),
            end=end,
            ring_seconds=line["ring_seconds"],
            contact=line.get("contact"),  # the release before did not write it
            prompt=line.get("prompt", False),
        )
        return ClosedAttempt(ended, _read(line["due_at"]), line["exhausted"], line["points"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a spooled outcome: {error!r}") from error


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
