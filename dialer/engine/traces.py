"""Notes on the way of each open attempt what its outcome will not tell, and hands the whole on once that is stored.

Without a tracer nothing is noted.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dialer.domain.attempt_trace import AttemptTrace
from dialer.domain.call import Attempt
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AttemptId, CampaignId
from dialer.ports import ClosedAttempt
from dialer.ports.tracing import AttemptTracer

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Way:
    claimed_at: datetime | None
    written_at: datetime | None = None
    placed_at: datetime | None = None


@dataclass(slots=True)
class Traces:
    tracer: AttemptTracer | None = None
    _ways: dict[AttemptId, _Way] = field(default_factory=dict)

    def opened(self, attempt: Attempt, claimed_at: datetime | None) -> None:
        if self.tracer is not None:
            self._ways[attempt.id] = _Way(claimed_at)

    def written(self, attempts: Iterable[AttemptId], at: datetime) -> None:
        for attempt in attempts if self._ways else ():
            if way := self._ways.get(attempt):
                way.written_at = at

    def placed(self, attempt: AttemptId, at: datetime) -> None:
        if way := self._ways.get(attempt):
            way.placed_at = at

    def forget(self, attempt: AttemptId) -> None:
        """It was never written: there is no outcome to come."""
        self._ways.pop(attempt, None)

    def stored(self, batch: Sequence[ClosedAttempt], campaigns: Mapping[CampaignId, Campaign], at: datetime) -> None:
        if self.tracer is None:
            return
        for closed in batch:
            ended = closed.ended
            way = self._ways.pop(ended.attempt, _Way(None))
            campaign = campaigns.get(ended.campaign)
            name = campaign.plan.name if campaign else str(ended.campaign)
            try:
                self.tracer.tell(AttemptTrace(ended, name, at, way.claimed_at, way.written_at, way.placed_at))
            except Exception:  # whatever a tracer's library does wrong, outcomes must be stored
                _log.exception("attempt %s is not traced", ended.attempt)
