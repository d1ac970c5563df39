"""Attempts, call-backs, servers, the floor, and whether the service lives."""

import asyncio

from dialer.domain.errors import DatabaseUnavailable, NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId
from integrations.http_api.answers import (
    Alive,
    AttemptAnswer,
    Attempts,
    CallBackAnswer,
    CallBacks,
    Floor,
    FloorAgent,
    FloorCampaign,
    Ready,
    ServerAnswer,
    Servers,
    attempt_answer,
)
from integrations.http_api.faults import Forbidden, NotReady
from integrations.http_api.fields import AttemptNumber
from integrations.http_api.office import Office
from integrations.http_api.readings import AttemptFilter, AttemptLine
from integrations.http_api.requests import AttemptQuery, CallBackQuery
from integrations.http_api.rights import Caller

_DATABASE_SECONDS = 5.0


async def list_attempts(office: Office, caller: Caller, query: AttemptQuery) -> Attempts:
    """Attempts, the latest first, a page at a time; an agent sees its own."""
    wanted = AttemptFilter(
        campaign=await _campaign(office, query.campaign),
        agent=_narrowed(caller, query.agent),
        outcome=query.outcome,
        disposition=query.disposition,
        since=query.since,
        until=query.until,
    )
    after = None if query.after is None else AttemptId(query.after)
    lines = await office.books.readings.attempts(wanted, after, query.limit + 1)
    items = [_attempt(office, caller, line) for line in lines[: query.limit]]
    return Attempts(items=items, next=items[-1].id if len(lines) > query.limit else None)


async def get_attempt(office: Office, caller: Caller, attempt: AttemptNumber) -> AttemptAnswer:
    """One attempt with its outcome and disposition."""
    line = await office.books.readings.attempt(AttemptId(attempt))
    if caller.only not in {None, line.agent, _agent_in(office, line.id)}:
        raise NotFound(f"no attempt {attempt} of yours")
    return _attempt(office, caller, line)


async def list_call_backs(office: Office, caller: Caller, query: CallBackQuery) -> CallBacks:
    """Call-backs not kept yet, the earliest first; an agent sees those promised by itself."""
    after = None if query.after is None else AttemptId(query.after)
    lines = await office.books.readings.call_backs(
        await _campaign(office, query.campaign), _narrowed(caller, query.agent), after, query.limit + 1
    )
    items = [CallBackAnswer.model_validate(line) for line in lines[: query.limit]]
    return CallBacks(items=items, next=items[-1].attempt if len(lines) > query.limit else None)


async def cancel_call_back(office: Office, attempt: AttemptNumber) -> None:
    """Cancel a call-back; its lead is dialed like any other."""
    await office.books.readings.cancel_call_back(AttemptId(attempt), office.clock.now())


async def list_servers(office: Office) -> Servers:
    """The Asterisk servers, as this engine sees them."""
    return Servers(items=_servers(office))


async def see_floor(office: Office) -> Floor:
    """The floor at this moment, as this engine sees it."""
    return Floor(
        at=office.clock.now(),
        draining=office.desk.draining,
        campaigns=[FloorCampaign.model_validate(view) for view in office.desk.campaigns()],
        agents=[FloorAgent.model_validate(view) for view in office.desk.agents()],
        servers=_servers(office),
    )


async def is_alive() -> Alive:
    """The process lives and answers."""
    return Alive(alive=True)


async def is_ready(office: Office) -> Ready:
    """The database answers, at least one server is trusted, and the engine is not draining; else 503."""
    if office.desk.draining:
        raise NotReady("the engine is draining")
    if not any(server.connected and server.trusted for server in office.desk.servers()):
        raise NotReady("no Asterisk server is connected with its state known")
    try:
        async with asyncio.timeout(_DATABASE_SECONDS):
            await office.books.readings.answers()
    except (TimeoutError, DatabaseUnavailable) as error:
        raise NotReady("the database does not answer") from error
    return Ready(ready=True)


def _servers(office: Office) -> list[ServerAnswer]:
    return [ServerAnswer.model_validate(view) for view in office.desk.servers()]


async def _campaign(office: Office, name: str | None) -> CampaignId | None:
    return None if name is None else (await office.books.campaigns.campaign(name)).id


def _narrowed(caller: Caller, agent: str | None) -> AgentId | None:
    """The agent asked for, but for an agent its own."""
    if caller.only is not None and agent not in {None, caller.only}:
        raise Forbidden("an agent sees its own alone")
    return caller.only or (AgentId(agent) if agent else None)


def _agent_in(office: Office, attempt: AttemptId) -> AgentId | None:
    """Who is in this call now."""
    return next((view.id for view in office.desk.agents() if view.attempt == attempt), None)


def _attempt(office: Office, caller: Caller, line: AttemptLine) -> AttemptAnswer:
    in_call = caller.only is not None and _agent_in(office, line.id) == caller.only
    return attempt_answer(line, in_full=caller.sees_numbers or in_call)
