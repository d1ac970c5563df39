"""Questions to many people at once: which segments they fit, what they hold, who bought.

Work goes over ranges of contacts' ids, a page a statement: none runs long, none holds an old snapshot, and whoever
asks sees how far it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Subquery,
    and_,
    any_,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import array

from dialer.domain.attributes import Value
from dialer.domain.condition import Condition, Fact, Field, Happened
from dialer.domain.effect import Brought
from dialer.domain.errors import NotFound
from dialer.domain.ids import CampaignId, ContactId
from dialer.domain.outcome import Disposition
from dialer.engine.scoring.contact_history import Rule
from dialer.ports.segments import Baskets, Fed, Members, NewLeads, Page, Reached, Sample, Span, Target
from integrations.contact_db.attribute_value import Whose
from integrations.contact_db.condition_sql import Asked
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.effect_reading import calls_brought
from integrations.contact_db.lead_loader import loading
from integrations.contact_db.past_sql import held
from integrations.contact_db.schema import (
    contacts,
    dispositions,
    dnc_entries,
    leads,
    outcomes,
    phone_numbers,
    products_held,
)

Patterns = Mapping[tuple[bool, ...], int]


class DatabasePeopleReading:
    """dialer.ports.segments.PeopleReading on PostgreSQL."""

    def __init__(self, database: ContactDatabase, points: Rule) -> None:
        """`points`: what their history is worth, for leads that are made."""
        self._database, self._points = database, points

    async def patterns(self, conditions: Sequence[Condition], page: Page, now: datetime) -> tuple[Patterns, Reached]:
        end, reached = await self._end(page)
        return await self._count(conditions, now, lambda contact: and_(contact > page.after, contact <= end)), reached

    async def patterns_of(
        self, conditions: Sequence[Condition], contacts: Sequence[ContactId], now: datetime
    ) -> Patterns:
        return await self._count(conditions, now, _one_of(sorted(contacts)))

    async def span(self, most: int) -> Span:
        ends = select(func.min(contacts.c.id).label("first"), func.max(contacts.c.id).label("last")).subquery("ends")
        some = select(contacts.c.id).limit(most).subquery("some")
        people = select(func.count()).select_from(some).scalar_subquery().label("people")
        [row] = await self._database.fetch(select(ends.c.first, ends.c.last, people))
        return Span(row.first or 0, row.last or 0, row.people)

    async def brought(
        self, conditions: Sequence[Condition], since: datetime, page: Page, now: datetime
    ) -> tuple[Sequence[Brought], Reached]:
        end, reached = await self._end(page)

        def which(contact: ColumnElement[int]) -> ColumnElement[bool]:
            return and_(contact > page.after, contact <= end)

        asked = Asked(conditions, now, which)
        rows = await self._database.fetch(calls_brought(asked, since, which(contacts.c.id)))
        return [_brought(row) for row in rows], reached

    async def members(self, wanted: Members, page: Page, now: datetime) -> tuple[Sequence[ContactId], Reached]:
        end, reached = await self._end(page)
        rows = await self._database.fetch(_members(wanted, page.after, end, now).order_by(contacts.c.id))
        return [ContactId(row.id) for row in rows], reached

    async def feed(
        self, wanted: Members, page: Page, now: datetime, lead: NewLeads, *, go: bool
    ) -> tuple[Fed, Reached]:
        end, reached = await self._end(page)
        standing = _members(wanted, page.after, end, now).add_columns(*_barriers(lead.campaign)).subquery("standing")
        [row] = await self._database.fetch(_counted(standing))
        fed = Fed(row.members, row.already, row.do_not_call, row.no_number, row.leads)
        if not go:
            return fed, reached
        fit = select(standing.c.id).where(not_(_barred(standing)))
        async with loading(self._database, lead.campaign, self._points, "segments", now, keep=True) as loader:
            return replace(fed, leads=await loader.load_known(fit, lead.score)), reached

    async def matching(self, contact: ContactId, conditions: Sequence[Condition], now: datetime) -> Sequence[bool]:
        asked = Asked(conditions, now, lambda one: one == contact)
        found = select(contacts.c.id, *(_named(asked.holds))).select_from(asked.source).where(contacts.c.id == contact)
        rows = await self._database.fetch(found)
        if not rows:
            raise NotFound(f"no contact {contact}")
        return list(rows[0])[1:]

    async def held_by(self, contact: ContactId, now: datetime) -> Sequence[str]:
        today = now.astimezone(UTC).date()
        named = select(products_held.c.product).distinct().where(contacts.c.id == contact, *held(today))
        rows = await self._database.fetch(named.order_by(products_held.c.product))
        return [row.product for row in rows]

    async def sample(self, target: Target, fields: Sequence[Field], most: int, now: datetime) -> Sample:
        bought, asked_of = _sides(target, now)
        [count] = await self._database.fetch(
            select(func.count().filter(bought).label("buyers"), func.count().filter(not_(bought)).label("others"))
            .select_from(contacts)
            .where(asked_of)
        )
        today = now.astimezone(UTC).date()
        owned = (
            select(func.array_agg(products_held.c.product)).where(*held(today)).correlate(contacts).scalar_subquery()
        )
        rows: list[Any] = []
        for side, total in ((bought, count.buyers), (not_(bought), count.others)):
            step = max(1, -(-total // most))
            numbered = select(contacts.c.id, func.row_number().over(order_by=contacts.c.id).label("place"))
            places = numbered.where(asked_of, side).subquery("places")
            chosen = await self._database.fetch(select(places.c.id).where(places.c.place % step == 0))
            which = _one_of([row.id for row in chosen])
            asked = Asked((), now, which, fields)
            columns = [asked.columns[one.name].label(f"value_{place}") for place, one in enumerate(fields)]
            told = select(literal(side is bought).label("bought"), owned.label("owned"), *columns)
            rows += await self._database.fetch(told.select_from(asked.source).where(which(contacts.c.id)))
        return Sample(
            count.buyers,
            count.others,
            [row.bought for row in rows],
            {one.name: [_value(row[place + 2]) for row in rows] for place, one in enumerate(fields)},
            [sorted(set(row.owned or ())) for row in rows],
        )

    async def baskets(self, most: int, now: datetime) -> Baskets:
        today = now.astimezone(UTC).date()
        taken = (await self._evenly(most))(contacts.c.id)
        basket = select(contacts.c.id, products_held.c.product).distinct().where(taken, *held(today))
        one, two = basket.cte("one"), basket.cte("two")
        people = await self._database.fetch(select(func.count().label("people")).select_from(contacts).where(taken))
        single = await self._database.fetch(select(one.c.product, func.count().label("people")).group_by(one.c.product))
        pairs = await self._database.fetch(
            select(one.c.product, two.c.product.label("other"), func.count().label("people"))
            .join(two, and_(one.c.id == two.c.id, one.c.product != two.c.product))
            .group_by(one.c.product, two.c.product)
        )
        holders = {row.product: row.people for row in single}
        return Baskets(people[0].people, holders, {(row.product, row.other): row.people for row in pairs})

    async def holding_patterns(
        self, conditions: Sequence[Condition], product: str, most: int, now: datetime
    ) -> Patterns:
        return await self._count([*conditions, Happened(Fact.HOLDS, product)], now, await self._evenly(most))

    async def _count(self, conditions: Sequence[Condition], now: datetime, which: Whose) -> Patterns:
        asked = Asked(conditions, now, which)
        pattern = array(asked.holds).label("pattern")
        seen = select(pattern).select_from(asked.source).where(which(contacts.c.id)).subquery("seen")
        people = func.count().label("people")
        rows = await self._database.fetch(select(seen.c.pattern, people).group_by(seen.c.pattern))
        return {tuple(row.pattern): row.people for row in rows}

    async def _end(self, page: Page) -> tuple[int, Reached]:
        """The highest id of the page."""
        within = select(contacts.c.id).where(contacts.c.id > page.after).order_by(contacts.c.id).limit(page.people)
        end = select(func.max(within.subquery("within").c.id)).scalar_subquery()
        [row] = await self._database.fetch(select(end.label("end"), func.max(contacts.c.id).label("last")))
        last = row.last or 0
        reached = row.end if row.end is not None else max(last, page.after)
        return reached, Reached(reached if reached < last else None, last)

    async def _evenly(self, most: int) -> Whose:
        """About so many people, evenly spread over the ids."""
        ends = select(func.min(contacts.c.id).label("first"), func.max(contacts.c.id).label("last"))
        [row] = await self._database.fetch(ends)
        step = max(1, -(-((row.last or 0) - (row.first or 0) + 1) // most))
        return lambda contact: contact % step == 0


def _brought(row: Row[Any]) -> Brought:
    return Brought(tuple(row.pattern), row.campaign, row.offer, int(row.calls), int(row.answers), int(row.sales))


def _members(wanted: Members, after: int, end: int, now: datetime) -> Select[int]:
    def which(contact: ColumnElement[int]) -> ColumnElement[bool]:
        return and_(contact > after, contact <= end)

    asked = Asked([wanted.condition, *wanted.before], now, which)
    first, *others = asked.holds
    chosen = select(contacts.c.id).select_from(asked.source)
    return chosen.where(which(contacts.c.id), first, *(not_(one) for one in others))


def _one_of(ids: Sequence[int]) -> Whose:
    given = literal(ids, ARRAY(BigInteger))
    return lambda contact: contact == any_(given)


def _barriers(campaign: CampaignId) -> list[ColumnElement[bool]]:
    """Why a member is made no lead, each to be read as a column."""
    valid = (phone_numbers.c.contact_id == contacts.c.id, phone_numbers.c.valid)
    listed = exists().where(dnc_entries.c.e164 == phone_numbers.c.e164).correlate(phone_numbers)
    mine = (leads.c.contact_id == contacts.c.id, leads.c.campaign_id == campaign)
    has_number = exists().where(*valid).correlate(contacts)
    may_call = exists().where(*valid, not_(listed)).correlate(contacts)
    return [
        exists().where(*mine).correlate(contacts).label("already"),
        and_(has_number, not_(may_call)).label("do_not_call"),
        not_(has_number).label("no_number"),
    ]


def _barred(standing: Subquery) -> ColumnElement[bool]:
    return or_(standing.c.already, standing.c.do_not_call, standing.c.no_number)


def _counted(standing: Subquery) -> Select[int, int, int, int, int]:
    one = standing.c
    return select(
        func.count().label("members"),
        func.count().filter(one.already).label("already"),
        func.count().filter(and_(one.do_not_call, not_(one.already))).label("do_not_call"),
        func.count().filter(and_(one.no_number, not_(one.already))).label("no_number"),
        func.count().filter(not_(_barred(standing))).label("leads"),
    ).select_from(standing)


def _sides(target: Target, now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a contact is a buyer, and whether it is asked about at all."""
    mine = products_held.c
    if target.campaign is None:
        today = now.astimezone(UTC).date()
        held_it = (mine.contact_id == contacts.c.id, mine.product == target.product, mine.since <= today)
        return exists().where(*held_it).correlate(contacts), literal(True)
    closed = (
        dispositions.c.contact_id == contacts.c.id,
        dispositions.c.attempt_id == outcomes.c.attempt_id,
        dispositions.c.contact_id == outcomes.c.contact_id,
        outcomes.c.campaign_id == target.campaign,
    )
    sold = exists().where(*closed, dispositions.c.disposition == Disposition.SALE.value).correlate(contacts)
    spoken = (outcomes.c.contact_id == contacts.c.id, outcomes.c.campaign_id == target.campaign)
    return sold, exists().where(*spoken, outcomes.c.connected_at.is_not(None)).correlate(contacts)


def _named(holds: Sequence[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    return [one.label(f"holds_{place}") for place, one in enumerate(holds)]


def _value(found: Any) -> Value | None:
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else found
