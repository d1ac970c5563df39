"""The telephone lab as a whole: `async with TelephoneLab(plan, clock) as lab`, then log in on `lab.port`."""

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from dialer.clock import Clock
from integrations.telephone_lab.ami_server import AmiServer
from integrations.telephone_lab.inbound import InboundCaller
from integrations.telephone_lab.key_press import ReturnCall
from integrations.telephone_lab.plan import LabPlan
from integrations.telephone_lab.switch import Switch


class TelephoneLab:
    """A simulated Asterisk. All calls into it belong to the loop that it was started on."""

    def __init__(self, plan: LabPlan, clock: Clock, ledger: Path | None = None) -> None:
        self.plan = plan
        self.clock = clock
        self.port = 0
        """Of the AMI, once started."""
        self.ledger = ledger
        self._server = AmiServer()
        self._switch: Switch | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0: any free one."""
        self._switch = Switch(self.plan, self.clock, self.ledger, self._server.tell)
        self.port = await self._server.listen(host, port, self._switch)
        self._switch.inbound.start()

    async def close(self) -> None:
        await self._server.close()
        if self._switch is not None:
            self._switch.close()
            self._switch = None

    async def serve(self, host: str, port: int) -> None:
        """Run until cancelled."""
        await self.start(host, port)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await self.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def switch(self) -> Switch:
        """The state behind the AMI, for a test to look at. RuntimeError before the start."""
        if self._switch is None:
            raise RuntimeError("the telephone lab has not been started")
        return self._switch

    def call_in(
        self,
        queue: str,
        number: str = "+12025550143",
        *,
        patience_seconds: float = 3600.0,
        talk_seconds: float = 60.0,
        limit_seconds: float | None = None,
    ) -> str:
        """One inbound caller stands in a queue, now; the unique id of the channel. An empty number: none is shown."""
        return self.switch.inbound.call(InboundCaller(queue, number, patience_seconds, talk_seconds, limit_seconds))

    def call_back(self, number: str, presses: str = "") -> str:
        """Someone calls back a number that campaigns show, now, and presses a key in the information message or none;
        the unique id of the channel."""
        call = ReturnCall(self.switch.core, number, presses)
        call.arrive()
        return call.channel.uniqueid

    def give_up(self, call: str) -> None:
        """An inbound caller hangs up, served or not; nothing, when there is none by this unique id."""
        self.switch.inbound.give_up(call)

    def restart(self, down_seconds: float = 0.0) -> None:
        """Asterisk restarts: links drop, live channels and globals are gone, AstDB and queue members stay.

        It can be reached again after `down_seconds` of the lab's clock.
        """
        self.refuse_links(down_seconds)
        self.switch.restart()

    def cut_links(self) -> None:
        """Every AMI link breaks; calls live on."""
        self._server.cut()

    def refuse_links(self, seconds: float) -> None:
        """Every AMI link breaks, and no new one is accepted for `seconds` of the lab's clock."""
        self._server.refuse(self.clock.loop_seconds(seconds))
