"""Leads, and the do-not-call list. Numbers travel in bodies only: an address would put them into logs."""

from dialer.domain.ids import LeadId
from dialer.domain.phone import PhoneNumber
from integrations.http_api.answers import DncAdded, DncChecked, LeadAdded, LeadAnswer, LeadCounts, Leads, counts_answer
from integrations.http_api.office import Office
from integrations.http_api.readings import LeadEntry
from integrations.http_api.requests import CountQuery, DncAddition, LeadQuery, NewLead, OneNumber
from integrations.http_api.rights import Caller


async def add_lead(office: Office, body: NewLead) -> LeadAdded:
    """Add one lead to a campaign."""
    campaign = await office.books.campaigns.campaign(body.campaign)
    entry = LeadEntry(
        numbers=[PhoneNumber(number) for number in body.numbers],
        name=body.name,
        external_key=body.external_key,
        attributes=body.attributes,
        time_zone=body.time_zone,
        score=body.score,
    )
    return LeadAdded(id=await office.books.readings.add_lead(campaign.id, entry, office.clock.now()))


async def list_leads(office: Office, query: LeadQuery) -> Leads:
    """A campaign's leads by id, a page at a time."""
    campaign = await office.books.campaigns.campaign(query.campaign)
    after = None if query.after is None else LeadId(query.after)
    lines = await office.books.readings.leads(campaign.id, query.status, after, query.limit + 1)
    items = [LeadAnswer.model_validate(line) for line in lines[: query.limit]]
    return Leads(items=items, next=items[-1].id if len(lines) > query.limit else None)


async def count_leads(office: Office, query: CountQuery) -> LeadCounts:
    """A campaign's leads by status, and why those that can't be dialed can't."""
    campaign = await office.books.campaigns.campaign(query.campaign)
    return counts_answer(await office.books.leads.report(campaign.id))


async def add_dnc(office: Office, caller: Caller, body: DncAddition) -> DncAdded:
    """Put numbers on the do-not-call list, effective at once."""
    numbers = [PhoneNumber(number) for number in body.numbers]
    return DncAdded(added=await office.desk.add_dnc(numbers, f"{body.source} (by {caller.name})"))


async def remove_dnc(office: Office, body: OneNumber) -> None:
    """Take a number off the do-not-call list."""
    await office.books.dnc.remove(PhoneNumber(body.number))


async def check_dnc(office: Office, body: OneNumber) -> DncChecked:
    """Whether a number is on the do-not-call list."""
    return DncChecked(listed=await office.books.dnc.listed(PhoneNumber(body.number)))
