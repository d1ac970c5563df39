"""What the database says of the measured time: by the rules of a recorded day, and how long each of an agent's states
lasted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from statistics import fmean

from sqlalchemy import text

from dialer.domain.agent import AgentState
from dialer.domain.campaign import Campaign
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.recorded_day import DatabaseRecordedDays
from pacing.simulator.recorded import RecordedDay, RecordedFigures, figures_of, mean_and_shape

_STATES = text("SELECT agent_id, state, at FROM agent_states WHERE at >= :since ORDER BY agent_id, at, id")


@dataclass(frozen=True, slots=True)
class Measured:
    day: RecordedDay
    figures: RecordedFigures
    talk: tuple[float, float]
    """Mean seconds and gamma shape, by the agents' log."""
    wrap_up: tuple[float, float]
    connect_seconds: float
    """That an agent is reserved for an answered call and does not talk yet, on the mean."""


async def measure(database: ContactDatabase, campaign: Campaign, since: datetime, until: datetime) -> Measured:
    """To be read when the calls of that time have ended."""
    day = await DatabaseRecordedDays(database).day(campaign, since, until)
    rows = [
        (str(row.agent_id), AgentState(row.state), row.at) for row in await database.fetch(_STATES, {"since": since})
    ]
    lasted = {state: lasting(rows, state, until) for state in AgentState}
    connects = lasted[AgentState.RESERVED]
    return Measured(
        day,
        figures_of(day),
        mean_and_shape(lasted[AgentState.TALKING], (0.0, 1.0)),
        mean_and_shape(lasted[AgentState.WRAP_UP], (0.0, 1.0)),
        fmean(connects) if connects else 0.0,
    )


def lasting(rows: Sequence[tuple[str, AgentState, datetime]], state: AgentState, until: datetime) -> list[float]:
    """How long this state lasted, each time that it began before `until`, seconds."""
    return [
        (end - at).total_seconds()
        for _, own in groupby(rows, lambda row: row[0])
        for (_, now, at), (_, _, end) in pairwise(own)
        if now is state and at < until
    ]
