"""Ask a server for all that our calls need there, before the first call is placed."""

import asyncio
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random

from dialer.clock import Clock
from dialer.domain.campaign import Campaign
from dialer.domain.errors import ActionRefused, LoginRefused, TelephonyUnavailable
from dialer.domain.ids import new_attempt_id
from dialer.ports import AgentRecord
from dialer.settings import AsteriskSettings
from integrations.asterisk.ami import AmiAddress, AmiClient, RawEvent
from integrations.asterisk.dialplan import Step, dialplan, steps
from integrations.asterisk.findings import MODULES, PROBE_EVENTS, Answers, Finding, judge, missing_service_queues
from integrations.asterisk.orders import Headers
from integrations.asterisk.protocol import CONTEXT_AGENT_REQUEST, SERVERS_TIME
from integrations.asterisk.snapshot import moment

__all__ = ["Finding", "check", "nowhere"]

LINK_SECONDS = 10.0
EVENT_SECONDS = 2.0
_OWN, _FOREIGN = "DialerCheck", "SomebodyElse"
_NO_CHANNEL: Headers = [("Channel", "")]
_PERMISSIONS: Sequence[tuple[str, str, Headers]] = (
    ("Originate", "originate", _NO_CHANNEL),
    ("Redirect", "call", _NO_CHANNEL),
    ("Hangup", "call", _NO_CHANNEL),
    ("Setvar", "call", []),
    ("QueueAdd", "agent", []),
    ("AgentLogoff", "agent", []),
    ("DBGet", "system", []),
    ("DBDel", "system", []),
    ("CoreStatus", "system", []),
    ("UserEvent", "user", []),
    ("ShowDialPlan", "config", []),
)
"""Actions without what they would need to do anything, and the permission that each wants."""
_FILTER = "eventfilter="
_DENIED = "Permission denied"
_PJSIP = re.compile(r"PJSIP/(?:[^@]*@)?([\w.-]+)")


async def check(
    server: AsteriskSettings, campaigns: Sequence[Campaign], agents: Sequence[AgentRecord], clock: Clock
) -> list[Finding]:
    """Each thing that is missing or wrong; agents of other servers are left out. Nothing is changed on the server."""
    inquiry = _Inquiry(server, clock)
    own = [agent for agent in agents if agent.server == server.name]
    async with asyncio.TaskGroup() as group:
        link = group.create_task(inquiry.keep_link())
        try:
            return judge(await inquiry.answers(campaigns), inquiry.wanted, campaigns, own)
        except TelephonyUnavailable as lost:
            return [Finding(str(lost), "without the link nothing can be dialed", "mend what it names, and try again")]
        finally:
            link.cancel()


async def nowhere(servers: Sequence[AsteriskSettings], queues: Collection[str], clock: Clock) -> list[Finding]:
    """The service groups' queues that no server has which answers: one server is enough for a queue."""
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_queues_of(server, clock)) for server in servers] if queues else []
    return missing_service_queues(queues, {queue for answer in asked for queue in answer.result()})


async def _queues_of(server: AsteriskSettings, clock: Clock) -> set[str]:
    inquiry = _Inquiry(server, clock)
    async with asyncio.TaskGroup() as group:
        link = group.create_task(inquiry.keep_link())
        try:
            return await inquiry.queues()
        except TelephonyUnavailable:
            return set()
        finally:
            link.cancel()


class _Inquiry:
    def __init__(self, server: AsteriskSettings, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self.wanted = list(steps(dialplan(server.return_message, server.return_key)))
        """Our dialplan, as it should be there."""
        self._random = Random()
        self._linked = asyncio.Event()
        self._fault = f"{server.host}:{server.port} did not let us in within {LINK_SECONDS:g} s"
        self._came: set[tuple[str, str]] = set()
        """Events seen: name, and the attempt they are about."""
        self._news = asyncio.Event()
        self._client = AmiClient(
            AmiAddress(server.host, server.port, server.username, server.secret),
            events=(*PROBE_EVENTS, "UserEvent"),
            on_event=self._take,
            on_link=self._link,
            clock=clock,
        )

    async def keep_link(self) -> None:
        with suppress(LoginRefused):
            await self._client.run()

    async def answers(self, campaigns: Sequence[Campaign]) -> Answers:
        """TelephonyUnavailable: the server can't be asked."""
        await self._link_up()
        answers = Answers(
            refused_actions=[
                (action, permission)
                for action, permission, headers in _PERMISSIONS
                if _DENIED in await self._refusal(action, headers)
            ],
            modules={module for module in MODULES if not await self._refusal("ModuleCheck", [("Module", module)])},
            steps=await self._steps(),
            filters=await self._filters(),
            queues={campaign.queue for campaign in campaigns if await self._has_queue(campaign.queue)},
            agents={row.get("Agent") for row in await self._rows("Agents", [])},
            skew=await self._skew(),
            endpoints={name: await self._has_endpoint(name) for name in _endpoints(self._server)},
        )
        await self._probe_events(answers)
        return answers

    async def queues(self) -> set[str]:
        """Every queue the server has. TelephonyUnavailable: it can't be asked."""
        await self._link_up()
        return {row.get("Queue") for row in await self._rows("QueueSummary", [])}

    async def _link_up(self) -> None:
        if not await self._clock.wait(self._linked, LINK_SECONDS) or self._fault:
            raise TelephonyUnavailable(self._fault)

    # --- asking ---------------------------------------------------------------------------------------------------

    async def _refusal(self, action: str, headers: Headers) -> str:
        """Why the server would not; empty when it did."""
        try:
            await self._client.action(action, headers)
        except ActionRefused as refused:
            return str(refused) or "refused"
        return ""

    async def _rows(self, action: str, headers: Headers) -> list[RawEvent]:
        try:
            return await self._client.listing(action, headers)
        except ActionRefused:
            return []

    async def _steps(self) -> set[Step]:
        contexts = dict.fromkeys(step.context for step in self.wanted)
        rows = [row for context in contexts for row in await self._rows("ShowDialPlan", [("Context", context)])]
        return {
            Step(
                row.get("Context"),
                row.get("Extension"),
                int(row.get("Priority")),
                row.get("Application"),
                row.get("AppData"),
            )
            for row in rows
            if row.get("Priority").isdigit()
        }

    async def _has_queue(self, queue: str) -> bool:
        rows = await self._rows("QueueStatus", [("Queue", queue)])
        return any(row.name == "QueueParams" and row.get("Queue") == queue for row in rows)

    async def _filters(self) -> set[str]:
        """Our user's event filters as manager.conf has them; of its other lines nothing is kept."""
        headers = [("Filename", "manager.conf"), ("Category", self._server.username)]
        try:
            lines = (await self._client.action("GetConfig", headers)).values()
        except ActionRefused:
            return set()
        return {line.removeprefix(_FILTER) for line in lines if line.startswith(_FILTER)}

    async def _has_endpoint(self, name: str) -> bool:
        return bool(await self._rows("PJSIPShowEndpoint", [("Endpoint", name)]))

    async def _skew(self) -> timedelta | None:
        try:
            value = (await self._client.action("Getvar", [("Variable", SERVERS_TIME)])).get("Value", "")
        except ActionRefused:
            return None
        theirs = moment(value)
        return theirs - self._clock.now() if theirs else None

    async def _probe_events(self, answers: Answers) -> None:
        """Say something ourselves, place a call to nowhere, and see what is told of them."""
        probe = new_attempt_id(self._clock.now(), self._random)
        nowhere = [("Channel", f"Local/0@{CONTEXT_AGENT_REQUEST}"), ("ChannelId", probe), ("ActionID", probe)]
        where = [("Context", CONTEXT_AGENT_REQUEST), ("Exten", "0"), ("Priority", "1"), ("Async", "true")]
        await self._refusal("Originate", [*nowhere, *where, ("Timeout", "1000")])
        for name in (_FOREIGN, _OWN):
            await self._refusal("UserEvent", [("UserEvent", name), ("Attempt", probe)])
        late = self._clock.monotonic() + EVENT_SECONDS
        while not {*PROBE_EVENTS, _OWN} <= self._told(probe):
            self._news.clear()
            if not await self._clock.wait(self._news, late - self._clock.monotonic()):
                break
        told = self._told(probe)
        answers.own_event_came, answers.foreign_event_came = _OWN in told, _FOREIGN in told
        answers.probe_events = told & PROBE_EVENTS

    # --- hearing --------------------------------------------------------------------------------------------------

    def _told(self, probe: str) -> set[str]:
        return {name for name, about in self._came if about == probe}

    def _take(self, event: RawEvent) -> None:
        about = event.get("Attempt") or event.get("ActionID") or event.get("Uniqueid")
        self._came.add((event.get("UserEvent") or event.name, about))
        self._news.set()

    def _link(self, up: bool, reason: str) -> None:
        self._fault = "" if up else reason
        self._linked.set()


def _endpoints(server: AsteriskSettings) -> list[str]:
    """The PJSIP endpoints that the trunk's dial string names."""
    found = _PJSIP.fullmatch(server.dial_string)
    return [found[1]] if found and "{" not in found[1] else []
