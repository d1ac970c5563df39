"""Inbound callers of a flow test, and desks of their own to answer them."""

from dataclasses import dataclass
from itertools import count

from dialer.ports import InboundDuty
from tests.flow.rig import Rig

_numbers = count(2_000_000)


@dataclass
class Callers:
    rig: Rig
    queue: str = "service"

    async def come(self, callers: int, talk_seconds: float = 1.0) -> list[str]:
        """So many callers at once, each from a number of its own."""
        calls = [
            self.rig.telephony.queues.call_in(self.queue, f"+1212{next(_numbers)}", talk_seconds=talk_seconds)
            for _ in range(callers)
        ]
        await self.rig.clock.sleep(0.01)
        return calls

    async def desks_at_work(self, desks: int) -> None:
        """So many members who are no agents of ours; they serve whoever waits at once."""
        for number in range(desks):
            self.rig.telephony.queues.seat(self.queue, f"PJSIP/desk{number}")
        await self.rig.clock.sleep(0.01)

    def duties(self) -> dict[str, InboundDuty]:
        """Of the shared agents, by their number."""
        members = self.rig.telephony.queues.duties[self.queue].items()
        return {name.removeprefix("Agent:"): duty for name, duty in members if name.startswith("Agent:")}
