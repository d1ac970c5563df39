"""A small campaign of one recorded day, put into a contact database through the engine's own ports."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from dialer.domain.agent import AgentState
from dialer.domain.call import Attempt, close_as
from dialer.domain.campaign import Campaign, CampaignPlan, DialMode
from dialer.domain.ids import AgentId, EngineName, ServerName, new_attempt_id
from dialer.domain.outcome import CallEnd, Disposition, Outcome
from dialer.ports import AgentNote, AgentRecord, ClosedAttempt, Disposed
from integrations.contact_db.database import ContactDatabase
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import claim_known

ENGINE = EngineName("engine-1")
PLAN = CampaignPlan("autumn", dial_mode=DialMode.POWER, dial_level=1.5, abandon_cap=0.02, max_lines=40)
RANDOM = Random(3)


@dataclass
class RecordedCampaign:
    world: DatabaseWorld
    campaign: Campaign
    _number: int = 0
    _taken: list[Attempt] = field(default_factory=list)

    @classmethod
    async def made(cls, database: ContactDatabase, plan: CampaignPlan = PLAN) -> "RecordedCampaign":
        world = DatabaseWorld(database)
        return cls(world, await world.campaigns.create(plan))

    async def ended(
        self, at: datetime, outcome: Outcome, cause: int = 16, line: float = 9.0, **facts: object
    ) -> Attempt:
        """An attempt on a new lead, dialed at `at`; `talk`: seconds with agent 1001; `disposition`: by that agent."""
        self._number += 1
        contact = await self.world.add_contact(f"+1202555{self._number:04}")
        await self.world.add_lead(self.campaign.id, contact)
        [lead] = await claim_known(self.world.stock, self.campaign.id, 1, ENGINE, at, until=at + timedelta(minutes=9))
        attempt = Attempt(
            new_attempt_id(at, RANDOM), self.campaign.id, lead.id, lead.contact, lead.numbers[0].id,
            lead.numbers[0].number, ServerName("main"), at, "allowed",
        )  # fmt: skip
        await self.world.attempts.open([attempt], ENGINE)
        end = _end(at + timedelta(seconds=line), outcome, cause, facts)
        closed = ClosedAttempt(close_as(attempt, outcome, end, line), at + timedelta(days=1), False, 0)
        await self.world.attempts.close([closed])
        disposition = facts.get("disposition")
        if isinstance(disposition, Disposition):
            await self.world.dispositions.dispose(Disposed(attempt.id, AgentId("1001"), disposition, end.ended_at, ""))
        return attempt

    async def worked(self, agent: str, states: Sequence[tuple[datetime, AgentState]]) -> None:
        await self.world.agents.enroll(AgentRecord(AgentId(agent), "", ServerName("main")))
        notes = [AgentNote(AgentId(agent), self.campaign.id, state, at, "") for at, state in states]
        await self.world.agents.note_states(notes)


def _end(at: datetime, outcome: Outcome, cause: int, facts: dict[str, object]) -> CallEnd:
    talk = facts.get("talk")
    if outcome is Outcome.ANSWERED and isinstance(talk, float):
        gone = at + timedelta(seconds=talk)
        return CallEnd(cause, gone, at, None, at, at, AgentId("1001"))
    if outcome in {Outcome.ABANDONED, Outcome.HUNG_UP, Outcome.MACHINE}:
        gone = at + timedelta(seconds=1 if outcome is Outcome.HUNG_UP else 4)
        return CallEnd(cause, gone, at, None, at, abandoned=outcome is Outcome.ABANDONED)
    return CallEnd(cause, at)


async def busy_day(database: ContactDatabase, begin: datetime) -> Campaign:
    """Three agents for three hours from `begin`; a line every minute and a half, every third answered."""
    made = await RecordedCampaign.made(database)
    endings = (
        Outcome.ANSWERED,
        Outcome.NO_ANSWER,
        Outcome.BUSY,
        Outcome.ANSWERED,
        Outcome.NO_ANSWER,
        Outcome.NO_ANSWER,
    )
    for turn in range(120):
        at, outcome = begin + timedelta(seconds=90 * turn), endings[turn % 6]
        line = {Outcome.BUSY: 2.0, Outcome.NO_ANSWER: 28.0}.get(outcome, 6.0 + turn % 10)
        if turn % 60 == 3:
            outcome = Outcome.ABANDONED
        await made.ended(at, outcome, line=line, talk=60.0 + turn % 50)
    for agent in ("1001", "1002", "1003"):
        states = [(begin, AgentState.LOGGING_IN), (begin + timedelta(seconds=5), AgentState.READY)]
        for turn in range(36):
            at = begin + timedelta(seconds=60 + 290 * turn)
            states += [(at, AgentState.RESERVED), (at + timedelta(seconds=1), AgentState.TALKING)]
            states += [
                (at + timedelta(seconds=90), AgentState.WRAP_UP),
                (at + timedelta(seconds=120), AgentState.READY),
            ]
        await made.worked(agent, [*states, (begin + timedelta(hours=3), AgentState.LOGGED_OUT)])
    return made.campaign
