"""Asterisk as the engine's telephony: any number of servers, one AMI link each."""

import asyncio
from collections.abc import Mapping, Sequence

from dialer.clock import Clock
from dialer.domain.errors import LoginRefused, NotFound
from dialer.domain.events import TelephonyEvent
from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.domain.spans import Spans
from dialer.ports import CallOrder, InboundDuty, InboundSnapshot, ServerStatus, Snapshot
from dialer.settings import AsteriskSettings, EngineSettings
from integrations.asterisk.inbox import EVENTS, Inbox
from integrations.asterisk.server import Server
from integrations.lead_files.phone import NumberReader


class AsteriskTelephony:
    """Implements dialer.ports.Telephony while `run` runs."""

    def __init__(
        self,
        servers: Sequence[AsteriskSettings],
        engine: EngineSettings,
        clock: Clock,
        *,
        inbox_events: int = EVENTS,
        default_region: str = "US",
    ) -> None:
        """At most `inbox_events` wait to be taken; when more come, the link counts as lost and comes up anew.

        `default_region`: of callers' numbers that come without a country code.
        """
        numbers = NumberReader(default_region)
        self._inbox = Inbox(inbox_events)
        self._servers = {ServerName(one.name): Server(one, engine, clock, self._inbox, numbers) for one in servers}

    async def run(self) -> None:
        """Keep every link until cancelled. LoginRefused: trying again would not help."""
        try:
            async with asyncio.TaskGroup() as group:
                for server in self._servers.values():
                    group.create_task(server.run(), name=f"link to {server.name}")
        except BaseExceptionGroup as group:
            raise _refused_login(group) or group from None

    def servers(self) -> Sequence[ServerStatus]:
        return [server.status() for server in self._servers.values()]

    def answered(self) -> Mapping[ServerName, Spans]:
        """How long each server's answers took, since the start."""
        return {name: server.answered for name, server in self._servers.items()}

    async def next_events(self) -> Sequence[TelephonyEvent]:
        return await self._inbox.take()

    async def originate(self, order: CallOrder) -> None:
        await self._server(order.server).originate(order)

    async def connect(self, server: ServerName, attempt: AttemptId, agent: AgentId) -> None:
        await self._server(server).connect(attempt, agent)

    async def hang_up(self, server: ServerName, attempt: AttemptId) -> None:
        await self._server(server).hang_up(attempt)

    async def pause_recording(self, server: ServerName, attempt: AttemptId, *, paused: bool) -> None:
        await self._server(server).pause_recording(attempt, paused=paused)

    async def has_sound(self, server: ServerName, sound: str) -> bool:
        return await self._server(server).has_sound(sound)

    async def log_in(self, server: ServerName, agent: AgentId, queue: str) -> None:
        await self._server(server).log_in(agent, queue)

    async def log_out(self, server: ServerName, agent: AgentId, queue: str) -> None:
        await self._server(server).log_out(agent, queue)

    async def pause(self, server: ServerName, agent: AgentId, queue: str, *, paused: bool, reason: str) -> None:
        await self._server(server).pause(agent, queue, paused=paused, reason=reason)

    async def share(self, server: ServerName, agent: AgentId, queues: Sequence[str], duty: InboundDuty | None) -> None:
        await self._server(server).share(agent, queues, duty)

    async def inbound(self, server: ServerName) -> InboundSnapshot:
        return await self._server(server).inbound()

    async def snapshot(self, server: ServerName) -> Snapshot:
        return await self._server(server).snapshot()

    async def forget(self, server: ServerName, attempts: Sequence[AttemptId]) -> None:
        await self._server(server).forget(attempts)

    async def forget_opt_outs(self, server: ServerName, calls: Sequence[str]) -> None:
        await self._server(server).forget_opt_outs(calls)

    async def heartbeat(self, server: ServerName) -> None:
        await self._server(server).heartbeat()

    def _server(self, name: ServerName) -> Server:
        try:
            return self._servers[name]
        except KeyError:
            raise NotFound(f"no server {name!r} in the settings") from None


def _refused_login(group: BaseExceptionGroup[BaseException]) -> LoginRefused | None:
    """The first refused login among the errors that ended the links."""
    for error in group.exceptions:
        found = _refused_login(error) if isinstance(error, BaseExceptionGroup) else error
        if isinstance(found, LoginRefused):
            return found
    return None
