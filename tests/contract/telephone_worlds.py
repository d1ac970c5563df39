"""The worlds that the telephony contract is held in: a real Asterisk with SIPp around it, the telephone lab, and the
telephony in memory that flow tests use."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any, Protocol, TypeVar

from dialer.clock import Clock, SystemClock, scaled_from_now
from dialer.domain.campaign import MachineHandling
from dialer.domain.errors import TelephonyUnavailable
from dialer.domain.events import (
    AgentOffLine,
    AgentOnLine,
    AgentTaken,
    CallEnded,
    InboundAbandoned,
    InboundConnected,
    InboundEnded,
    InboundJoined,
    InboundLeft,
    InboundMember,
    LinkDown,
    LinkUp,
    MemberState,
    OptedOut,
    TelephonyEvent,
)
from dialer.domain.ids import AgentId, AttemptId, ServerName, new_attempt_id
from dialer.ports import CallOrder, Telephony
from dialer.settings import AsteriskSettings, EngineSettings
from integrations.asterisk.ami import AmiAddress, AmiClient
from integrations.asterisk.telephony import AsteriskTelephony
from integrations.telephone_lab import Behaviour, InboundDesks, LabPlan, TelephoneLab
from integrations.telephone_lab.plan import Carrier
from tests.asterisk.callers import Callers
from tests.asterisk.carrier import LAST_DIGITS, number_for
from tests.asterisk.fixtures import AGENTS, CAMPAIGN, DESK_QUEUE, SERVICE_QUEUE
from tests.asterisk.instance import AsteriskInstance
from tests.fakes.telephony import Behaviour as FakeBehaviour
from tests.fakes.telephony import FakeTelephony

DEADLINE_SECONDS = 60.0
"""Of the machine's own time: it may be busy."""
NO_SUCH_SOUND = "no-such-sound"
_LAB_SPEED = 10.0
Told = TypeVar("Told", bound=TelephonyEvent)


class CallIn(Protocol):
    """How a person calls in to an inbound queue: see FakeQueues.call_in."""

    def __call__(
        self, queue: str, number: str, *, patience_seconds: float, talk_seconds: float, limit_seconds: float | None
    ) -> object: ...


class CallBack(Protocol):
    """How a person calls back a number that campaigns show: see FakeTelephony.call_back."""

    def __call__(self, number: str, presses: str = "") -> object: ...


class RunningTelephony(Telephony, Protocol):
    async def run(self) -> None: ...


@dataclass(slots=True)
class World:
    telephony: RunningTelephony
    settings: AsteriskSettings
    engine: EngineSettings
    clock: Clock
    calls_in: CallIn
    calls_back: CallBack
    callers_said: Callable[[], str] = str
    """What those who call in had to say, for a test that waits for one in vain."""
    speed: float = 1.0
    """Of its clock."""
    agents: Sequence[AgentId] = tuple(agent.id for agent in AGENTS)
    events: list[TelephonyEvent] = field(default_factory=list)
    server: ServerName = AGENTS[0].server
    queue: str = CAMPAIGN.queue
    random: Random = field(default_factory=Random)
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is set, events are taken as they come."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def order(self, behaviour: str) -> CallOrder:
        """An attempt on a callee that behaves so; rings for 3 s, waits for 2."""
        return CallOrder(
            attempt=new_attempt_id(self.clock.now(), self.random),
            server=self.server,
            campaign=CAMPAIGN.id,
            number=number_for(behaviour),
            ring_seconds=3,
            agent_wait_seconds=2.0,
            machine_handling=MachineHandling.OFF,
            caller_id="+12025550100",
            queue=self.queue,
            message="beep",
            information_message="beep",
            opt_out_key="9",
            recording=False,
        )

    async def dial(self, behaviour: str, **changes: Any) -> AttemptId:
        order = replace(self.order(behaviour), **changes)
        await self.telephony.originate(order)
        return order.attempt

    def told(self, of: AttemptId | AgentId | str) -> list[TelephonyEvent]:
        """What was told of an attempt or an inbound call, or of an agent and nothing else."""
        return [event for event in self.events if of in (_attempt(event), _agent(event))]

    def kinds(self, attempt: AttemptId | str) -> list[str]:
        return [type(event).__name__ for event in self.told(attempt)]

    async def until(self, kind: type[Told], of: AttemptId | AgentId | str | None = None, nth: int = 1) -> Told:
        """The n-th event of a kind about an attempt or an agent; fails when it does not come in time."""
        late = self.deadline()
        while True:
            found = [e for e in self.events if isinstance(e, kind) and of in (None, _attempt(e), _agent(e))]
            if len(found) >= nth:
                return found[nth - 1]
            self._news.clear()
            left = late - self.clock.monotonic()
            assert await self.clock.wait(self._news, left), f"no {kind.__name__} of {of}{self._but()}"

    def deadline(self) -> float:
        """When its clock tells this time, what was waited for does not come."""
        return self.clock.monotonic() + DEADLINE_SECONDS * self.speed

    def _but(self) -> str:
        return f", but {self.events}\n{self.callers_said()}"

    async def call_in(
        self,
        number: str = "+12025550143",
        queue: str = SERVICE_QUEUE,
        *,
        patience_seconds: float = 60.0,
        talk_seconds: float = 3.0,
        limit_seconds: float | None = None,
    ) -> InboundJoined:
        """A caller who stands in line by now; only one may be on the way at a time."""
        before = sum(isinstance(event, InboundJoined) for event in self.events)
        self.calls_in(
            queue,
            number,
            patience_seconds=patience_seconds,
            talk_seconds=talk_seconds,
            limit_seconds=limit_seconds,
        )
        return await self.until(InboundJoined, None, before + 1)

    async def until_member(self, member: str, state: MemberState | None, queue: str = SERVICE_QUEUE) -> None:
        """Until the last that was told of the member is this."""
        late = self.deadline()
        while True:
            told = [e for e in self.events if isinstance(e, InboundMember) and (e.queue, e.member) == (queue, member)]
            if told and told[-1].state is state:
                return
            self._news.clear()
            left = late - self.clock.monotonic()
            assert await self.clock.wait(self._news, left), f"{member} did not become {state}{self._but()}"

    async def clear_queues(self) -> None:
        """End every inbound call that was seen, and have no shared agents: other tests use this server too."""
        for event in self.events:
            if isinstance(event, InboundJoined):
                await self.telephony.hang_up(self.server, AttemptId(event.call))
        for agent in self.agents:
            await self.telephony.share(self.server, agent, [SERVICE_QUEUE, DESK_QUEUE], None)

    async def forget_key_presses(self) -> None:
        """Those of other tests on this server, too: they are every engine's."""
        kept = (await self.telephony.snapshot(self.server)).opt_outs
        await self.telephony.forget_opt_outs(self.server, [pressed.call for pressed in kept])

    async def ended(self, attempt: AttemptId) -> CallEnded:
        return await self.until(CallEnded, attempt)

    async def seat(self, *agents: AgentId) -> None:
        """Have these agents on the line and free, whoever was before."""
        on_line = (await self.telephony.snapshot(self.server)).agents
        for agent in agents:
            if not on_line.get(agent):
                await self.telephony.log_in(self.server, agent, self.queue)
                await self.until(AgentOnLine, agent)

    @asynccontextmanager
    async def beside(
        self, settings: AsteriskSettings | None = None, *, inbox_events: int = 1000
    ) -> AsyncIterator["World"]:
        """Another engine on the same server, which gives no sign of life."""
        engine = EngineSettings(name=f"{self.engine.name}-silent")
        telephony = AsteriskTelephony([settings or self.settings], engine, self.clock, inbox_events=inbox_events)
        other_world = World(
            telephony, self.settings, engine, self.clock, self.calls_in, self.calls_back, speed=self.speed
        )
        async with connected(other_world, alive=False) as other:
            yield other

    async def live(self) -> None:
        """Give signs of life."""
        while True:
            with suppress(TelephonyUnavailable):
                await self.telephony.heartbeat(self.server)
            await self.clock.sleep(self.engine.heartbeat_seconds)

    async def watch(self) -> None:
        while True:
            await self.listening.wait()
            self.events.extend(await self.telephony.next_events())
            self._news.set()


def _attempt(event: TelephonyEvent) -> str | None:
    """The attempt, or the inbound call."""
    match event:
        case AgentOnLine() | AgentOffLine() | AgentTaken() | LinkUp() | LinkDown() | InboundMember():
            return None
        case InboundJoined() | InboundConnected() | InboundAbandoned() | InboundLeft() | InboundEnded() | OptedOut():
            return event.call
    return event.attempt


def _agent(event: TelephonyEvent) -> str | None:
    return event.agent if isinstance(event, AgentOnLine | AgentOffLine | AgentTaken) else None


@asynccontextmanager
async def connected(world: World, *, alive: bool = True) -> AsyncIterator[World]:
    """The world with its link up, and everything that is told collected."""
    tasks = [asyncio.create_task(world.telephony.run()), asyncio.create_task(world.watch())]
    try:
        world.listening.set()
        await world.until(LinkUp)
        if alive:
            await world.telephony.heartbeat(world.server)
            tasks.append(asyncio.create_task(world.live()))
        yield world
    finally:
        for task in reversed(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def connected_client(world: World) -> AsyncIterator[AmiClient]:
    """A bare AMI client on the world's server, to look behind the port."""
    up, settings = asyncio.Event(), world.settings
    address = AmiAddress(settings.host, settings.port, settings.username, settings.secret)
    client = AmiClient(
        address,
        events=(),
        on_event=lambda event: None,
        on_link=lambda linked, reason: up.set() if linked else up.clear(),
        clock=world.clock,
    )
    task = asyncio.create_task(client.run())
    try:
        assert await world.clock.wait(up, DEADLINE_SECONDS * world.speed)
        yield client
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def lab_world() -> AsyncIterator[World]:
    clock = scaled_from_now(datetime(2026, 3, 2, 15, 0, tzinfo=UTC), _LAB_SPEED)
    behaviours = {digits: Behaviour(name) for name, digits in LAST_DIGITS.items()}
    numbers = tuple(agent.id for agent in AGENTS)
    prompt = Carrier(answer_delay_seconds=0.2, answer_mean_seconds=0.2, busy_from_seconds=0.5, busy_to_seconds=1.0)
    queues = (CAMPAIGN.queue, SERVICE_QUEUE, DESK_QUEUE)
    desks = (InboundDesks(queues=(DESK_QUEUE,), number=1, answer_seconds=0.1),)
    plan = LabPlan(carrier=prompt, behaviours=behaviours, agents=numbers, queues=queues, inbound_desks=desks)
    plan = replace(plan, missing_sounds=(NO_SUCH_SOUND,))
    async with TelephoneLab(plan, clock) as lab:
        settings = AsteriskSettings(port=lab.port, secret=plan.secret)
        engine = EngineSettings(name="contract-1")
        telephony = AsteriskTelephony([settings], engine, clock)
        world = World(telephony, settings, engine, clock, lab.call_in, lab.call_back, speed=_LAB_SPEED)
        async with connected(world):
            yield world


FAKE_BEHAVIOURS = {
    "answer_short": FakeBehaviour(ring_seconds=0.5, talk_seconds=1.5, patience_seconds=1.5),
    "answer_talk": FakeBehaviour(ring_seconds=0.5, talk_seconds=4.0, patience_seconds=4.0),
    "answer_long": FakeBehaviour(ring_seconds=0.5, talk_seconds=3600.0),
    "busy": FakeBehaviour(ring_seconds=0.5, answers=False, cause=17),
    "no_answer": FakeBehaviour(ring_seconds=3600.0, answers=False, cause=19),
    "reject": FakeBehaviour(ring_seconds=0.5, answers=False, cause=21),
    "unallocated": FakeBehaviour(ring_seconds=0.5, answers=False, cause=1),
    "congestion": FakeBehaviour(ring_seconds=0.5, answers=False, cause=34),
    "hang_up_early": FakeBehaviour(ring_seconds=0.5, patience_seconds=0.3),
    "opt_out": FakeBehaviour(ring_seconds=0.5, presses="9"),
    "other_key": FakeBehaviour(ring_seconds=0.5, presses="5"),
}


@asynccontextmanager
async def fake_world() -> AsyncIterator[World]:
    clock = scaled_from_now(datetime(2026, 3, 2, 15, 0, tzinfo=UTC), _LAB_SPEED)
    behaviours = {LAST_DIGITS[name]: behaviour for name, behaviour in FAKE_BEHAVIOURS.items()}
    settings = AsteriskSettings(secret="none", lines=100, calls_per_second=50.0)
    telephony = FakeTelephony(clock, behaviours, inbound_queues=(SERVICE_QUEUE, DESK_QUEUE))
    queues = telephony.queues
    telephony.missing_sounds.add(NO_SUCH_SOUND)
    queues.seat(DESK_QUEUE, "PJSIP/desk1")
    engine = EngineSettings(name="contract-1")
    world = World(telephony, settings, engine, clock, queues.call_in, telephony.call_back, speed=_LAB_SPEED)
    async with connected(world):
        yield world


@asynccontextmanager
async def asterisk_world(asterisk: AsteriskInstance, engine: str, *, fresh: bool = True) -> AsyncIterator[World]:
    """Fresh: without the key presses of before."""
    clock, settings = SystemClock(), EngineSettings(name=engine)
    telephony = AsteriskTelephony([asterisk.settings], settings, clock)
    with Callers(asterisk.folder, asterisk.ports) as callers:
        world = World(telephony, asterisk.settings, settings, clock, callers.call, callers.call_back, callers.said)
        async with connected(world):
            if fresh:
                await world.forget_key_presses()
            yield world
