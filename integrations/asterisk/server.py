"""One Asterisk server: its link, its translator, and what we ask of it."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta

from dialer.clock import Clock
from dialer.domain.errors import ActionRefused, BadInput, TelephonyUnavailable
from dialer.domain.events import AgentOnLine, AgentTaken, CallEnded, LinkDown, LinkUp, TelephonyEvent
from dialer.domain.ids import AgentId, AttemptId, EngineName, ServerName
from dialer.domain.spans import Spans
from dialer.ports import CallOrder, InboundDuty, InboundSnapshot, ServerStatus, Snapshot
from dialer.settings import AsteriskSettings, EngineSettings
from integrations.asterisk import inbound, orders, translate
from integrations.asterisk.ami import AmiAddress, AmiClient
from integrations.asterisk.ami_wire import RawEvent
from integrations.asterisk.inbound import InboundWatch
from integrations.asterisk.inbox import Inbox
from integrations.asterisk.protocol import (
    CONTEXT_ABANDONED,
    CONTEXT_CONNECT,
    OPT_OUTS_FAMILY,
    SERVERS_TIME,
    STATE_VARIABLES,
    alive_variable,
    ended_family,
    engine_key,
    read_record,
)
from integrations.asterisk.snapshot import agents_on_line, ended_records, live_calls, moment, opt_outs
from integrations.asterisk.sounds import SoundInquiry
from integrations.asterisk.translate import AGENT_DEVICE, EndInDoubt, LimitReached, Translator
from integrations.lead_files.phone import NumberReader

_LISTING_SECONDS = 30.0
_NOT_FOUND = "not found"
_NO_QUEUE = "No such queue"
_DONE_ALREADY = ("Already there", "Not there")

_CALLS, _INBOUND = frozenset(translate.EVENTS), frozenset(inbound.EVENTS)

_log = logging.getLogger(__name__)


class Server:
    def __init__(
        self, settings: AsteriskSettings, engine: EngineSettings, clock: Clock, inbox: Inbox, numbers: NumberReader
    ) -> None:
        self.name = ServerName(settings.name)
        self._settings = settings
        self._engine = engine
        self._key = engine_key(EngineName(engine.name))
        self._family = ended_family(EngineName(engine.name))
        self._alive = alive_variable(EngineName(engine.name))
        self._clock = clock
        self._inbox = inbox
        self._numbers = numbers
        self._translator = Translator(self.name, numbers)
        self._watch = InboundWatch(self.name, numbers)
        self._ahead: timedelta | None = None
        """How far the server's clock is ahead of ours; None: not asked on this link."""
        self._client = AmiClient(
            AmiAddress(settings.host, settings.port, settings.username, settings.secret),
            events=_CALLS | _INBOUND,
            on_event=self._take,
            on_link=self._link,
            clock=clock,
            action_seconds=engine.action_seconds,
        )
        self._sounds = SoundInquiry(self._client, clock)
        self._group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Keep the link until cancelled. LoginRefused: trying again would not help."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            await self._client.run()

    @property
    def answered(self) -> Spans:
        """How long its answers took."""
        return self._client.answered

    def status(self) -> ServerStatus:
        settings = self._settings
        return ServerStatus(
            self.name, self._client.connected, settings.lines, settings.calls_per_second, settings.prompt_lines
        )

    # --- calls ----------------------------------------------------------------------------------------------------

    async def originate(self, order: CallOrder) -> None:
        try:
            headers = orders.originate(order, self._settings, self._engine)
            self._translator.placed(order.attempt)
            await self._client.action("Originate", headers)
        except (BadInput, ActionRefused) as refused:
            self._translator.not_placed(order.attempt)
            raise ActionRefused(str(refused)) from refused

    async def connect(self, attempt: AttemptId, agent: AgentId) -> None:
        headers = orders.redirect(attempt, CONTEXT_CONNECT, orders.checked(agent))
        if not self._translator.asked(attempt):
            raise ActionRefused("the limit has passed; the callee hears the information message")
        try:
            await self._client.action("Redirect", headers)
        except ActionRefused:
            self._translator.ask_failed(attempt)
            raise

    async def hang_up(self, attempt: AttemptId) -> None:
        await self._try("Hangup", [("Channel", attempt), ("Cause", "16")])

    async def pause_recording(self, attempt: AttemptId, *, paused: bool) -> None:
        await self._client.action("MixMonitorMute", orders.mute(attempt, muted=paused))

    async def has_sound(self, sound: str) -> bool:
        return await self._sounds.there(sound)

    # --- agents ---------------------------------------------------------------------------------------------------

    async def log_in(self, agent: AgentId, queue: str) -> None:
        await self._join(agent, queue, paused=False)
        free = self._translator.free(agent)
        if free is None:
            await self._client.action("Originate", orders.call_agent(agent, self._settings))
        else:
            self._tell((AgentOnLine if free else AgentTaken)(self.name, self._clock.now(), agent))

    async def log_out(self, agent: AgentId, queue: str) -> None:
        """An agent who talks leaves when the call is over: Soft, which on an idle agent does nothing."""
        await self._try("QueueRemove", orders.membership(agent, queue))
        free = self._translator.free(agent)
        talks = not free if free is not None else await self._ask(f"DEVICE_STATE({AGENT_DEVICE}{agent})") == "INUSE"
        await self._try("AgentLogoff", [("Agent", agent), ("Soft", orders.truth(talks))])

    async def pause(self, agent: AgentId, queue: str, *, paused: bool, reason: str) -> None:
        if not await self._try("QueuePause", orders.pause(agent, queue, paused=paused, reason=reason)):
            await self._join(agent, queue, paused=paused)

    async def _join(self, agent: AgentId, queue: str, *, paused: bool) -> None:
        headers = [*orders.membership(agent, queue), *orders.member_details(agent, paused=paused)]
        try:
            await self._client.action("QueueAdd", headers)
        except ActionRefused as refused:
            if "Already there" not in str(refused):
                raise

    async def share(self, agent: AgentId, queues: Sequence[str], duty: InboundDuty | None) -> None:
        known = await asyncio.gather(*(self._share(agent, queue, duty) for queue in queues))
        missing = [queue for queue, there in zip(queues, known, strict=True) if not there]
        if missing:
            raise ActionRefused(f"no such queue on {self.name}: {', '.join(missing)}")

    async def _share(self, agent: AgentId, queue: str, duty: InboundDuty | None) -> bool:
        """False: no such queue. A member's duty is changed; for one who is none yet, it comes with the membership."""
        member = orders.membership(agent, queue)
        if duty is None:
            return await self._known_queue("QueueRemove", member)
        pause = orders.pause(agent, queue, paused=duty.paused, reason=duty.reason)
        penalty = ("Penalty", str(duty.penalty))
        if await self._try("QueuePause", pause) and await self._try("QueuePenalty", [*member, penalty]):
            return True
        details = orders.member_details(agent, paused=duty.paused)
        return await self._known_queue("QueueAdd", [*member, *details, penalty, ("Reason", duty.reason)])

    async def _known_queue(self, action: str, headers: orders.Headers) -> bool:
        """Do it if it is not done already. False: there is no such queue."""
        try:
            await self._client.action(action, headers)
        except ActionRefused as refused:
            if _NO_QUEUE in str(refused):
                return False
            if not any(words in str(refused) for words in _DONE_ALREADY):
                raise
        return True

    # --- state ----------------------------------------------------------------------------------------------------

    async def snapshot(self) -> Snapshot:
        """Live calls are asked for before ended ones: one that ends between the two is in both, never in neither."""
        taken_at = self._clock.now()
        translator = self._translator
        started_at = await self._started_at()
        variables = [("Variables", ",".join(STATE_VARIABLES))]
        channels = await self._client.listing("Status", variables, seconds=_LISTING_SECONDS)
        ended = ended_records(await self._kept(self._family))
        pressed = opt_outs(self.name, await self._kept(OPT_OUTS_FAMILY), self._numbers)
        devices = await self._client.listing("DeviceStateList", [], seconds=_LISTING_SECONDS)
        translator.noted(agents_on_line(devices))
        return Snapshot(
            server=self.name,
            taken_at=taken_at,
            started_at=started_at,
            live={attempt: call for attempt, call in live_calls(channels, self._key).items() if attempt not in ended},
            ended=ended,
            agents=dict(translator.agents),
            opt_outs=pressed,
        )

    async def inbound(self) -> InboundSnapshot:
        """Events that are taken while the list is on its way are in it."""
        taken_at, watch = self._clock.now(), self._watch
        meanwhile = watch.listing_begins()
        try:
            rows = await self._client.listing("QueueStatus", [], seconds=_LISTING_SECONDS)
            if watch is not self._watch:
                raise TelephonyUnavailable(f"the link to {self.name} went while its queues were listed")
            return watch.snapshot(rows, taken_at, meanwhile)
        finally:
            watch.listing_ends(meanwhile)

    async def forget(self, attempts: Sequence[AttemptId]) -> None:
        await self._delete(self._family, attempts)

    async def forget_opt_outs(self, calls: Sequence[str]) -> None:
        await self._delete(OPT_OUTS_FAMILY, calls)

    async def _delete(self, family: str, keys: Sequence[str]) -> None:
        for key in keys:
            await self._try("DBDel", [("Family", family), ("Key", key)])

    async def heartbeat(self) -> None:
        """In the server's own time, so that its clock need not agree with ours."""
        now = self._clock.now() + await self._servers_lead()
        headers = [
            ("Variable", alive_variable(EngineName(self._engine.name))),
            ("Value", f"{now.timestamp() * 1000:.0f}"),
        ]
        await self._client.action("Setvar", headers)

    async def _kept(self, family: str) -> list[RawEvent]:
        """What the dialplan left in AstDB."""
        try:
            return await self._client.listing("DBGetTree", [("Family", family)], seconds=_LISTING_SECONDS)
        except ActionRefused as refused:
            if _NOT_FOUND not in str(refused):
                raise
            return []

    async def _started_at(self) -> datetime:
        """CoreStatus speaks local time, of a zone that only the server knows: it is asked to read its own words."""
        status = await self._client.action("CoreStatus", [])
        written = f"{status['CoreStartupDate']} {status['CoreStartupTime']}"
        seconds = await self._ask(f"STRPTIME({written},,%Y-%m-%d %H:%M:%S)")
        if not seconds.isdigit():
            return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        return datetime.fromtimestamp(int(seconds), UTC) - await self._servers_lead()

    async def _servers_lead(self) -> timedelta:
        if self._ahead is None:
            theirs = moment(await self._ask(SERVERS_TIME))
            self._ahead = theirs - self._clock.now() if theirs else timedelta()
        return self._ahead

    async def _ask(self, function: str) -> str:
        try:
            return (await self._client.action("Getvar", [("Variable", function)])).get("Value", "")
        except ActionRefused:
            return ""

    async def _try(self, action: str, headers: orders.Headers) -> bool:
        """For actions whose refusal means that there is nothing to do."""
        try:
            await self._client.action(action, headers)
        except ActionRefused:
            return False
        return True

    # --- the link and what it brings --------------------------------------------------------------------------------

    def _link(self, up: bool, reason: str) -> None:
        self._translator = Translator(self.name, self._numbers)
        self._watch = InboundWatch(self.name, self._numbers)
        self._ahead = None
        self._sounds.link_lost()
        now = self._clock.now()
        self._tell(LinkUp(self.name, now) if up else LinkDown(self.name, now, reason))

    def _take(self, event: RawEvent) -> None:
        now = self._clock.now()
        if event.name in _INBOUND and (seen := self._watch.take(event, now)):
            self._tell(seen)
        if event.name not in _CALLS:
            return
        self._sounds.take(event)
        for told in self._translator.take(event, now):
            match told:
                case EndInDoubt():
                    self._begin(self._settle(told))
                case LimitReached():
                    if told.engine == self._key:
                        self._begin(self._give_up(told.attempt))
                case _:
                    self._tell(told)

    def _tell(self, event: TelephonyEvent) -> None:
        if self._inbox.put(event):
            return
        _log.error("events of %s came faster than they were taken; its state is asked for anew", self.name)
        self._inbox.drop(self.name)
        self._link(False, "events came faster than they were taken")
        self._link(True, "")

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        assert self._group is not None
        self._group.create_task(work)

    async def _settle(self, doubt: EndInDoubt) -> None:
        """Look for the record whose event was missed; without one, the events have to do."""
        end = doubt.end
        try:
            found = await self._client.listing("DBGet", [("Family", self._family), ("Key", doubt.attempt)])
            end = read_record(found[0].get("Val")) if found else end
        except (ActionRefused, TelephonyUnavailable, BadInput) as error:
            _log.info("attempt %s left no record: %s", doubt.attempt, error)
        self._tell(CallEnded(self.name, self._clock.now(), doubt.attempt, end))

    async def _give_up(self, attempt: AttemptId) -> None:
        """Answer the dialplan at the limit: we live, and no agent is to be had."""
        try:
            await self._client.action("Redirect", orders.redirect(attempt, CONTEXT_ABANDONED, "s"))
        except (ActionRefused, TelephonyUnavailable) as error:
            _log.info("attempt %s could not be let go at the limit: %s", attempt, error)
