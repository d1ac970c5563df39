"""Agents of campaigns who serve inbound queues too: keeps their membership in Asterisk like what they do here.

While marketing is on they have the group's open penalty, so that the queue's own members are asked first; while it is
off they have none. Who can't take a caller is paused there, with the reason. Level, not edge: what is sent is what
holds when it is sent, so a burst of changes costs one order.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from dialer.domain.agent import AgentState
from dialer.domain.errors import ActionRefused, DialerError
from dialer.domain.ids import AgentId, CampaignId, ServerName
from dialer.domain.service_group import ServiceGroup
from dialer.engine.agent_roster import Agent, AgentChange
from dialer.engine.floor import Floor
from dialer.ports import InboundDuty, Telephony

_log = logging.getLogger(__name__)
_WORKERS = 8
"""Orders under way at once: a whole team must change over within half a second."""
_NOT_ON_LINE = frozenset({AgentState.LOGGING_IN, AgentState.LOGGED_OUT})


@dataclass(frozen=True, slots=True)
class _Told:
    server: ServerName
    queues: tuple[str, ...]
    duty: InboundDuty


@dataclass(slots=True)
class SharedAgents:
    floor: Floor
    telephony: Telephony
    group_of: Callable[[CampaignId], ServiceGroup | None]
    """The group whose queues a campaign's agents serve; None: they serve none."""
    marketing_on: Callable[[str], bool]
    _told: dict[AgentId, _Told] = field(default_factory=dict)
    _reasons: dict[AgentId, str] = field(default_factory=dict)
    """Why an agent who is paused is."""
    _due: dict[AgentId, None] = field(default_factory=dict)
    """In the order of asking."""
    _at_work: set[AgentId] = field(default_factory=set)
    _nudge: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def names(self) -> list[str]:
        """Members of inbound queues that are ours, as Asterisk names them."""
        return [f"Agent:{agent}" for agent in self._told]

    def team(self, group: str) -> list[Agent]:
        """Agents on the line who serve a group's queues."""
        found = []
        for agent in self.floor.roster:
            serves = self.group_of(agent.campaign)
            if serves is not None and serves.name == group and agent.state not in _NOT_ON_LINE:
                found.append(agent)
        return found

    def agent_changed(self, change: AgentChange) -> None:
        if change.after is AgentState.PAUSED:
            self._reasons[change.agent] = change.reason
        if change.agent in self._told or self.group_of(change.campaign) is not None:
            self._ask(change.agent)

    def switch_changed(self, group: str) -> None:
        for agent in self.team(group):
            self._ask(agent.id)

    def server_trusted(self, server: ServerName) -> None:
        """What it was told before may be forgotten there."""
        for agent in [agent for agent, told in self._told.items() if told.server == server]:
            del self._told[agent]
        for entry in self.floor.roster:
            if entry.server == server and self.group_of(entry.campaign) is not None:
                self._ask(entry.id)

    async def run(self) -> None:
        """Tell Asterisk, for ever."""
        async with asyncio.TaskGroup() as workers:
            for number in range(_WORKERS):
                workers.create_task(self._work(), name=f"shared agents {number}")

    def _ask(self, agent: AgentId) -> None:
        if agent not in self._due:
            self._due[agent] = None
            self._nudge.release()

    async def _work(self) -> None:
        while True:
            await self._nudge.acquire()
            agent = next((one for one in self._due if one not in self._at_work), None)
            if agent is None:
                continue  # whoever works on it looks again
            del self._due[agent]
            self._at_work.add(agent)
            try:
                await self._tell(agent)
            except DialerError as error:
                _log.warning("agent %s and the inbound queues: %s", agent, error)
            finally:
                self._at_work.discard(agent)
                if agent in self._due:
                    self._nudge.release()

    async def _tell(self, agent: AgentId) -> None:
        wanted, told = self._wanted(agent), self._told.get(agent)
        if wanted == told:
            return
        if told is not None and (wanted is None or (wanted.server, wanted.queues) != (told.server, told.queues)):
            del self._told[agent]
            await self.telephony.share(told.server, agent, told.queues, None)
        if wanted is not None:
            self._told[agent] = wanted
            try:
                await self.telephony.share(wanted.server, agent, wanted.queues, wanted.duty)
            except ActionRefused as refused:
                _log.warning("agent %s serves fewer inbound queues: %s", agent, refused)
            except DialerError:
                self._told.pop(agent, None)
                raise

    def _wanted(self, agent_id: AgentId) -> _Told | None:
        agent = self.floor.roster.get(agent_id)
        if agent is None or agent.state in _NOT_ON_LINE:
            return None
        group = self.group_of(agent.campaign)
        if group is None or not group.queues:
            return None
        penalty = group.open_penalty if self.marketing_on(group.name) else 0
        paused = agent.state in (AgentState.PAUSED, AgentState.WRAP_UP)
        return _Told(agent.server, group.queues, InboundDuty(penalty, paused, self._reason(agent) if paused else ""))

    def _reason(self, agent: Agent) -> str:
        return "wrap_up" if agent.state is AgentState.WRAP_UP else self._reasons.get(agent.id, "") or "pause"
