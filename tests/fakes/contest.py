"""The floor's contest in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dialer.domain.ids import AgentId


@dataclass
class FakeContest:
    reasons: dict[date, dict[AgentId, str]] = field(default_factory=dict)

    async def left_out(self, day: date) -> Mapping[AgentId, str]:
        return self.reasons.get(day, {})
