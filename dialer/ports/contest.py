"""Who is left out of the floor's contest, and why."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from dialer.domain.ids import AgentId


class Contest(Protocol):
    async def left_out(self, day: date) -> Mapping[AgentId, str]:
        """Agents without a place in the ranking of the day, each with the reason as it is published."""
        ...
