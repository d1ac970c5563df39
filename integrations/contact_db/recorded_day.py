"""One recorded day of a campaign, read for a replay: every attempt with what came of it, and what agents did.

It only reads. Attempts are read an hour at a time: a long statement would hold a snapshot, and slow every claim down.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from sqlalchemy import Row, text

from dialer.domain.agent import AgentState
from dialer.domain.call import EndedAttempt
from dialer.domain.campaign import SETUP_SECONDS, Campaign, DialMode
from dialer.domain.errors import NotFound
from dialer.domain.ids import AgentId, AttemptId, CampaignId, LeadId, NumberId, ServerName
from dialer.domain.outcome import AmdResult, CallEnd, Disposition, Outcome
from dialer.engine.abandonment import tally_of
from integrations.contact_db.database import ContactDatabase
from pacing.simulator.recorded import Activity, Ending, RecordedCall, RecordedDay, RecordedState
from pacing.simulator.study import Rule

_HOUR = timedelta(hours=1)
_ATTEMPTS = text("""
SELECT attempts.id, attempts.lead_id, attempts.number_id, attempts.server, attempts.opened_at, outcomes.outcome,
    outcomes.cause, outcomes.answered_at, outcomes.amd, outcomes.waiting_since, outcomes.connected_at,
    outcomes.agent_id, outcomes.abandoned, outcomes.ended_at, dispositions.disposition
FROM attempts
JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
LEFT JOIN dispositions ON dispositions.attempt_id = attempts.id AND dispositions.contact_id = attempts.contact_id
WHERE attempts.campaign_id = :campaign AND attempts.opened_at >= :since AND attempts.opened_at < :until
    AND outcomes.outcome NOT IN ('not_placed', 'lost') AND attempts.prompt = ''
ORDER BY attempts.opened_at, attempts.id
""")
_STATES = text("""
SELECT last.id, last.agent_id, last.campaign_id, last.state, last.at FROM agents CROSS JOIN LATERAL (
    SELECT id, agent_id, campaign_id, state, at FROM agent_states
    WHERE agent_id = agents.id AND at < :since ORDER BY id DESC LIMIT 1
) AS last
UNION ALL
SELECT id, agent_id, campaign_id, state, at FROM agent_states WHERE at >= :since AND at < :until
ORDER BY agent_id, at, id
""")
_NEAREST = text("""
SELECT max(opened_at) FILTER (WHERE opened_at < :since) AS before,
    min(opened_at) FILTER (WHERE opened_at >= :until) AS after
FROM attempts WHERE campaign_id = :campaign
""")
_RULES = {
    DialMode.PREVIEW: Rule.PROGRESSIVE,
    DialMode.PROGRESSIVE: Rule.PROGRESSIVE,
    DialMode.POWER: Rule.POWER,
    DialMode.PREDICTIVE: Rule.PREDICTIVE,
}
_ACTIVITIES = {
    AgentState.READY: Activity.IDLE,
    AgentState.PREVIEWING: Activity.IDLE,
    AgentState.RESERVED: Activity.IDLE,
    AgentState.TALKING: Activity.TALKING,
    AgentState.WRAP_UP: Activity.WRAPPING_UP,
    AgentState.INBOUND: Activity.INBOUND,
    AgentState.PAUSED: Activity.AWAY,
    AgentState.LOGGING_IN: Activity.AWAY,
    AgentState.LOGGED_OUT: Activity.AWAY,
}
_ENDINGS = {
    Outcome.HUNG_UP: Ending.LEFT,
    Outcome.MACHINE: Ending.MACHINE,
    Outcome.NO_ANSWER: Ending.RANG_OUT,
    Outcome.CONGESTION: Ending.CONGESTION,
}
"""Of calls that the abandonment ledger does not count; the rest failed at once."""


class DatabaseRecordedDays:
    """Reads recorded days from PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def day(self, campaign: Campaign, since: datetime, until: datetime) -> RecordedDay:
        """The campaign's attempts opened from `since` to before `until`, and its agents' states then.

        The campaign's own settings (mode, cap, lines) are today's: the database keeps no earlier ones. NotFound when
        nothing was dialed, with the nearest day on which something was.
        """
        attempts = [row async for row in self._attempts(campaign.id, since, until)]
        if not attempts:
            raise NotFound(await self._nothing(campaign, since, until))
        values = {"since": since, "until": until}
        states = list(agent_states(await self._database.fetch(_STATES, values), campaign.id, since))
        ends = [row.ended_at for row in attempts] + [state[2] for state in states]
        return _recorded(campaign, attempts, states, since, min(until, max(ends)))

    async def _attempts(self, campaign: CampaignId, since: datetime, until: datetime) -> AsyncIterator[Row[Any]]:
        while since < until:
            hour = {"campaign": campaign, "since": since, "until": min(since + _HOUR, until)}
            for row in await self._database.fetch(_ATTEMPTS, hour):
                yield row
            since += _HOUR

    async def _nothing(self, campaign: Campaign, since: datetime, until: datetime) -> str:
        values = {"campaign": campaign.id, "since": since, "until": until}
        [row] = await self._database.fetch(_NEAREST, values)
        nearest = (("the last one before was on", row.before), ("the next one on", row.after))
        told = [f"{words} {at.astimezone(since.tzinfo):%Y-%m-%d}" for words, at in nearest if at is not None]
        name = campaign.plan.name
        hint = "; ".join(told) or "it never made any"
        return f"campaign {name!r} made no attempts on {since:%Y-%m-%d} (time zone {since.tzinfo}): {hint}"


State = tuple[str, Activity, datetime]
"""An agent, what they begin to do, and when."""


def agent_states(rows: Iterable[Row[Any]], campaign: CampaignId, since: datetime) -> Iterator[State]:
    """The states of the agents who worked for the campaign. One from before `since` begins then; of an agent whose
    state never changed on the day nothing is known: a log-out may have been missed."""
    for agent, group in groupby(rows, lambda row: row.agent_id):
        of_agent = list(group)
        own = [
            (
                str(agent),
                _ACTIVITIES[AgentState(row.state)] if row.campaign_id == campaign else Activity.AWAY,
                max(since, row.at),
            )
            for row in of_agent
        ]
        if of_agent[-1].at >= since and any(activity is not Activity.AWAY for _, activity, _ in own):
            yield from own


def _recorded(
    campaign: Campaign, attempts: Sequence[Row[Any]], states: Sequence[State], since: datetime, end: datetime
) -> RecordedDay:
    came = [at for _, activity, at in states if activity is not Activity.AWAY and at > since]
    start = min([attempts[0].opened_at, *came])
    local = start.astimezone(since.tzinfo)
    return RecordedDay(
        calls=[recorded_call(row, campaign.id, start) for row in attempts],
        states=list(_lasting(states, start, end)),
        rule=_RULES[campaign.plan.dial_mode],
        level=campaign.plan.dial_level,
        ring_seconds=float(campaign.plan.ring_seconds + SETUP_SECONDS),
        patience_seconds=campaign.plan.agent_wait_seconds,
        cap=campaign.plan.abandon_cap,
        max_lines=campaign.plan.max_lines,
        opens_at=local.hour + local.minute / 60.0 + local.second / 3600.0,
    )


def _lasting(states: Sequence[State], start: datetime, end: datetime) -> Iterator[RecordedState]:
    for agent, group in groupby(states, lambda state: state[0]):
        own = [*group, (agent, Activity.AWAY, end)]
        for (_, activity, since), (_, _, until) in pairwise(own):
            if until > since and until > start:
                yield RecordedState(agent, activity, _seconds(max(since, start), start), _seconds(until, start))


def recorded_call(row: Row[Any], campaign: CampaignId, start: datetime) -> RecordedCall:
    """What counts as a person and as abandoned is the abandonment ledger's decision."""
    end = CallEnd(
        row.cause, row.ended_at, row.answered_at, AmdResult(row.amd) if row.amd else None, row.waiting_since,
        row.connected_at, AgentId(row.agent_id) if row.agent_id else None, row.abandoned,
    )  # fmt: skip
    ended = EndedAttempt(
        AttemptId(str(row.id)), campaign, LeadId(row.lead_id), NumberId(row.number_id), ServerName(row.server), 0,
        row.opened_at, Outcome(row.outcome), end,
    )  # fmt: skip
    disposition = Disposition(row.disposition) if row.disposition else None
    talk = max(0.0, _seconds(end.ended_at, end.connected_at)) if end.connected_at else 0.0
    line = _seconds(end.answered_at or end.ended_at, row.opened_at)
    return RecordedCall(_seconds(row.opened_at, start), _ending(ended, disposition), max(0.0, line), talk)


def _ending(ended: EndedAttempt, disposition: Disposition | None) -> Ending:
    tally = tally_of(ended, disposition)
    if tally.dropped:
        return Ending.ABANDONED
    if ended.outcome is Outcome.ANSWERED:
        machine = tally.connected_machines or disposition is Disposition.MACHINE
        return Ending.MACHINE_TAKEN if machine else Ending.PERSON
    return _ENDINGS.get(ended.outcome, Ending.BUSY)


def _seconds(at: datetime, start: datetime) -> float:
    return (at - start).total_seconds()
