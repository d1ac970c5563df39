"""Agents: who they are, and what they do. The table's rights let an agent act for itself alone."""

from dialer.domain.agent import AgentState
from dialer.domain.errors import Conflict
from dialer.domain.ids import AgentId, AttemptId, ServerName
from dialer.engine.desk import AgentView
from dialer.ports import AgentRecord
from integrations.http_api.answers import AgentAct, AgentAnswer, Agents, PreviewAccepted, PreviewSkipped
from integrations.http_api.fields import AgentNumber
from integrations.http_api.office import Office
from integrations.http_api.requests import Closing, Enrollment, LogIn, PauseReason
from integrations.http_api.rights import Caller


async def list_agents(office: Office, caller: Caller) -> Agents:
    """Every enrolled agent with its present state; an agent sees itself."""
    views = {view.id: view for view in office.desk.agents()}
    records = await office.books.agents.agents()
    return Agents(items=[_agent(one, views.get(one.id)) for one in records if caller.only in {None, one.id}])


async def enroll_agent(office: Office, agent: AgentNumber, body: Enrollment) -> AgentAnswer:
    """Add an agent, or change name and server of one."""
    record = AgentRecord(AgentId(agent), body.name, ServerName(body.server))
    await office.desk.enroll_agent(record)
    return _agent(record, _view(office, record.id))


async def log_in(office: Office, agent: AgentNumber, body: LogIn) -> AgentAct:
    """Call the agent's phone onto the line, for a campaign."""
    return _act(await office.desk.log_in(AgentId(agent), body.campaign, shift_ends_at=body.shift_ends_at))


async def log_out(office: Office, agent: AgentNumber) -> AgentAct:
    """Leave the line: at once, after the call that the agent is in, or when no ringing line needs the agent."""
    office.desk.log_out(AgentId(agent))
    view = _view(office, AgentId(agent))
    if view is not None:
        return _act(view)
    return AgentAct(agent=agent, state=AgentState.LOGGED_OUT, campaign=None, since=None, attempt=None)


async def ready(office: Office, agent: AgentNumber) -> AgentAct:
    """End a pause or a wrap-up."""
    return _act(office.desk.ready(AgentId(agent)))


async def pause(office: Office, agent: AgentNumber, body: PauseReason) -> AgentAct:
    """Pause: at once, after the call that the agent is in, or when no ringing line needs the agent."""
    return _act(office.desk.pause(AgentId(agent), body.reason))


async def dispose(office: Office, agent: AgentNumber, body: Closing) -> None:
    """Say how a call was closed; ends its wrap-up."""
    if body.call_back is not None and body.call_back.at <= office.clock.now():
        raise Conflict("this time is over already; a call-back is for later")
    await office.desk.dispose(
        AgentId(agent),
        AttemptId(body.attempt),
        body.disposition,
        note=body.note,
        call_back_at=body.call_back.at if body.call_back else None,
        call_back_mine=body.call_back is not None and body.call_back.mine,
    )


async def accept_preview(office: Office, agent: AgentNumber) -> PreviewAccepted:
    """Dial the lead that the agent looks at."""
    return PreviewAccepted(attempt=office.desk.accept_preview(AgentId(agent)))


async def skip_preview(office: Office, agent: AgentNumber) -> PreviewSkipped:
    """Put the lead that the agent looks at off, and show the next."""
    return PreviewSkipped(lead=office.desk.skip_preview(AgentId(agent)))


async def hang_up(office: Office, agent: AgentNumber) -> None:
    """End the call that the agent is in; the agent stays on the line."""
    await office.desk.hang_up(AgentId(agent))


def _view(office: Office, agent: AgentId) -> AgentView | None:
    return next((view for view in office.desk.agents() if view.id == agent), None)


def _agent(record: AgentRecord, view: AgentView | None) -> AgentAnswer:
    return AgentAnswer(
        id=record.id,
        name=record.name,
        server=record.server,
        state=view.state if view else AgentState.LOGGED_OUT,
        campaign=view.campaign if view else None,
        since=view.since if view else None,
        attempt=view.attempt if view else None,
    )


def _act(view: AgentView) -> AgentAct:
    return AgentAct(agent=view.id, state=view.state, campaign=view.campaign, since=view.since, attempt=view.attempt)
