"""Inbound callers of a flow test: they come to a queue, wait, and are answered by somebody who is no agent of ours."""

from dataclasses import dataclass, field

from tests.flow.rig import Rig


@dataclass
class Callers:
    rig: Rig
    queue: str = "service"
    waiting: list[str] = field(default_factory=list)

    async def come(self, count: int) -> None:
        """So many callers, each from a number of its own."""
        for _ in range(count):
            self.waiting.append(self.rig.telephony.caller_joins(self.queue))
        await self.rig.clock.sleep(0.01)

    async def answer_all(self) -> None:
        for call in self.waiting:
            self.rig.telephony.caller_answered(call)
        self.waiting.clear()
        await self.rig.clock.sleep(0.01)
