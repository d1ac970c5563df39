"""What the contract tests of the contact database do over and over: claim, open, close."""

from datetime import UTC, datetime, timedelta
from random import Random

from dialer.domain.call import Attempt, close_as
from dialer.domain.campaign import Campaign
from dialer.domain.ids import AgentId, CampaignId, EngineName, ServerName, new_attempt_id
from dialer.domain.lead import Lead
from dialer.domain.outcome import AmdResult, CallEnd, Disposition, Outcome
from dialer.ports import CallBack, ClosedAttempt, Disposed, LeadStock
from tests.contract.contact_worlds import World

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ENGINE, OTHER_ENGINE = EngineName("engine-1"), EngineName("engine-2")
ANNA, BEN = AgentId("1001"), AgentId("1002")
FIRST, SECOND, THIRD = "+12025550101", "+12025550102", "+12025550103"
RANDOM = Random(1)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


async def claim_known(
    stock: LeadStock, campaign: CampaignId, count: int, owner: EngineName, now: datetime, *, until: datetime
) -> list[Lead]:
    """Claim leads, with what the gate must know of them."""
    return await stock.facts(campaign, await stock.claim(campaign, count, owner, now, until), now)


async def claim(world: World, campaign: Campaign, count: int = 10, owner: EngineName = ENGINE) -> list[Lead]:
    return await claim_known(world.stock, campaign.id, count, owner, NOW, until=NOW + seconds(120))


async def claimed(world: World, campaign: Campaign, *numbers: str) -> Lead:
    """A lead of its own contact, claimed by ENGINE."""
    await world.add_lead(campaign.id, await world.add_contact(*(numbers or (FIRST,))))
    [lead] = await claim(world, campaign)
    return lead


def attempt_on(lead: Lead, reserved_for: AgentId | None = None, at: datetime = NOW) -> Attempt:
    number = lead.number_to_dial()
    assert number
    return Attempt(
        id=new_attempt_id(at, RANDOM),
        campaign=lead.campaign,
        lead=lead.id,
        contact=lead.contact,
        number_id=number.id,
        number=number.number,
        server=ServerName("main"),
        opened_at=at,
        verdict="allowed",
        reserved_for=reserved_for,
        lead_attempts=lead.attempts,
    )


async def opened(world: World, lead: Lead, reserved_for: AgentId | None = None, at: datetime = NOW) -> Attempt:
    attempt = attempt_on(lead, reserved_for, at)
    result = await world.attempts.open([attempt], ENGINE)
    assert result.opened == {attempt.id}
    return attempt


def closing(
    attempt: Attempt,
    outcome: Outcome,
    due_at: datetime | None = None,
    *,
    exhausted: bool = False,
    points: float = 0.0,
    agent: AgentId | None = None,
    abandoned: bool = False,
    at: datetime | None = None,
) -> ClosedAttempt:
    amd = AmdResult.HUMAN if agent else None
    end = CallEnd(cause=16, ended_at=at or NOW + seconds(30), agent=agent, amd=amd, abandoned=abandoned)
    return ClosedAttempt(close_as(attempt, outcome, end, 12.5), due_at, exhausted, points)


def disposing(
    attempt: Attempt, disposition: Disposition, call_back: CallBack | None = None, agent: AgentId = ANNA
) -> Disposed:
    return Disposed(attempt.id, agent, disposition, NOW + seconds(60), "spoke", call_back)


async def again(world: World, campaign: Campaign, at: datetime) -> Lead:
    """The campaign's one lead, woken and claimed at a later time."""
    await world.stock.wake(at)
    [lead] = await claim_known(world.stock, campaign.id, 10, ENGINE, at, until=at + seconds(120))
    return lead
