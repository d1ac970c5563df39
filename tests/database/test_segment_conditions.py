"""Conditions in the database and in memory say the same of everybody."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from dialer.domain.attributes import ValueType
from dialer.domain.condition import (
    All,
    AnyOf,
    Compared,
    Condition,
    Day,
    Fact,
    Field,
    Happened,
    Has,
    Holding,
    IsKnown,
    Meeting,
    Not,
    Op,
    Person,
    Within,
    matches,
)
from dialer.domain.contact import Channel, Direction
from dialer.domain.ids import ContactId
from dialer.engine.scoring.contact_history import load_rule
from dialer.ports.segments import Members, Page
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.people_reading import DatabasePeopleReading
from integrations.contact_db.schema import contact_attributes, contacts, products_held, touches

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
TODAY = NOW.date()
TOWN = Field("town", ValueType.TEXT, 100)
SPEND = Field("monthly_spend", ValueType.NUMBER)
ROAMS = Field("roams", ValueType.YES_NO)
ENDS = Field("contract_ends", ValueType.DATE)
INTERESTS = Field("interests", ValueType.TEXTS)
REGION = Field("region", ValueType.TEXT, built_in=True)
LAST = Field("last_contact", ValueType.DATE, built_in=True)
TOWNS, PRODUCTS = ("Ely", "York", 'O\'Hara \\ "x"'), ("fibre", "tv")
CHANNELS = ("", "sms", "web", "call")
days = st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))
spans = st.one_of(st.none(), st.integers(0, 40))
day_literals = st.one_of(days.map(Day), st.integers(-40, 40).map(lambda n: Day(days=n)))
ops = st.sampled_from(list(Op))
same = st.sampled_from([Op.EQUAL, Op.UNEQUAL])
leaves = st.one_of(
    st.builds(Compared, st.sampled_from([TOWN, REGION]), same, st.sampled_from((*TOWNS, "FR"))),
    st.builds(Compared, st.just(SPEND), ops, st.sampled_from([0.0, 10.5, 20.0])),
    st.builds(Compared, st.just(ROAMS), same, st.booleans()),
    st.builds(Compared, st.sampled_from([ENDS, LAST]), ops, day_literals),
    st.builds(Within, st.just(TOWN), st.lists(st.sampled_from(TOWNS), min_size=1, max_size=2).map(tuple)),
    st.builds(Within, st.just(SPEND), st.just((10.5, 20.0))),
    st.builds(Has, st.just(INTERESTS), st.sampled_from(["tea", "chess"])),
    st.builds(IsKnown, st.sampled_from([TOWN, SPEND, LAST, INTERESTS])),
    st.builds(Happened, st.just(Fact.HOLDS), st.sampled_from(PRODUCTS)),
    st.builds(Happened, st.just(Fact.BOUGHT), st.sampled_from(PRODUCTS), spans),
    st.builds(Happened, st.sampled_from([Fact.CONTACTED, Fact.CAME]), st.sampled_from(CHANNELS), spans),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=3).map(tuple).map(All),
        st.lists(inner, min_size=2, max_size=3).map(tuple).map(AnyOf),
    ),
    max_leaves=6,
)
values = st.fixed_dictionaries(
    {},
    optional={
        "town": st.sampled_from(TOWNS),
        "monthly_spend": st.sampled_from([0.0, 10.5, 20.0]),
        "roams": st.booleans(),
        "contract_ends": days.map(date.isoformat),
        "interests": st.lists(st.sampled_from(["tea", "chess"]), unique=True).map(tuple),
        "region": st.sampled_from(["FR", "GB"]),
    },
)
people = st.builds(
    Person,
    values,
    st.lists(
        st.builds(lambda p, s, n: Holding(p, s, s + n if n else None), st.sampled_from(PRODUCTS), days,
                  st.one_of(st.none(), st.integers(0, 60).map(lambda n: timedelta(days=n)))),
        max_size=2, unique_by=lambda one: (one.product, one.since),
    ),
    st.lists(st.builds(Meeting, st.sampled_from(list(Channel)), st.sampled_from(list(Direction)), days), max_size=2),
)  # fmt: skip


def with_last(person: Person) -> Person:
    met = [one.on for one in person.meetings]
    last: Mapping[str, Any] = {"last_contact": max(met).isoformat()} if met else {}
    return Person({**person.values, **last}, person.holdings, person.meetings)


async def store(database: ContactDatabase, crowd: list[Person]) -> None:
    """As contacts 1, 2, 3 ..."""
    await database.fetch(text("DELETE FROM contacts"))
    rows = [{"id": place, "region": one.values.get("region")} for place, one in enumerate(crowd, 1)]
    await database.fetch(insert(contacts).values(rows))
    attributes = [
        {"contact_id": place, "name": name, "source": "crm", "kind": "personal", "trust": 0.5, "at": NOW,
         "value": list(value) if isinstance(value, tuple) else value}
        for place, one in enumerate(crowd, 1) for name, value in one.values.items() if name != "region"
    ]  # fmt: skip
    holdings = [
        {"contact_id": place, "product": held.product, "since": held.since, "until": held.until}
        for place, one in enumerate(crowd, 1)
        for held in one.holdings
    ]
    meetings = [
        {"contact_id": place, "at": datetime.combine(met.on, time(23, 59), UTC), "channel": met.channel,
         "direction": met.direction}
        for place, one in enumerate(crowd, 1) for met in one.meetings
    ]  # fmt: skip
    for table, given_rows in ((contact_attributes, attributes), (products_held, holdings), (touches, meetings)):
        if given_rows:
            await database.fetch(insert(table).values(given_rows))


def reading(database: ContactDatabase) -> DatabasePeopleReading:
    return DatabasePeopleReading(database, load_rule(None))


@settings(
    max_examples=50, phases=[Phase.explicit, Phase.generate], deadline=None, suppress_health_check=list(HealthCheck)
)
@given(crowd=st.lists(people, min_size=1, max_size=12), asked=st.lists(conditions, min_size=1, max_size=5))
async def test_the_database_and_the_domain_agree_on_everybody(
    database: ContactDatabase, crowd: list[Person], asked: list[Condition]
) -> None:
    await store(database, crowd)
    wanted = [tuple(matches(one, with_last(person), TODAY) is True for one in asked) for person in crowd]
    for place, fits in enumerate(wanted, 1):
        assert tuple(await reading(database).matching(ContactId(place), asked, NOW)) == fits
    counts, reached = await reading(database).patterns(asked, Page(0, 1000), NOW)
    assert (counts, reached.next) == (Counter(wanted), None)


async def test_pages_together_are_everybody_once(database: ContactDatabase) -> None:
    await store(database, [Person({"monthly_spend": float(place)}) for place in range(7)])
    after: int | None = 0
    seen: list[int] = []
    pages = 0
    while after is not None:
        wanted = Members(Compared(SPEND, Op.AT_LEAST, 2.0), [Compared(SPEND, Op.EQUAL, 4.0)])
        found, reached = await reading(database).members(wanted, Page(after, 3), NOW)
        seen += found
        after = reached.next
        pages += 1
    assert (seen, pages) == ([3, 4, 6, 7], 3)


async def test_of_several_sources_the_best_supported_value_counts(database: ContactDatabase) -> None:
    await store(database, [Person()])
    said = [("crm", "Ely", 0.6, 0), ("agent", "York", 0.5, 0), ("survey", "york", 0.5, 0), ("import", "Bath", 0.9, 900)]
    rows = [
        {"contact_id": 1, "name": "town", "source": source, "kind": "personal", "trust": trust, "value": value,
         "at": NOW - timedelta(days=age)}
        for source, value, trust, age in said
    ]  # fmt: skip
    await database.fetch(insert(contact_attributes).values(rows))
    asked = [Compared(TOWN, Op.EQUAL, town) for town in ("Ely", "York", "york", "Bath")]
    assert list(await reading(database).matching(ContactId(1), asked, NOW)) == [False, True, False, False]


async def test_a_value_of_another_type_counts_as_unknown(database: ContactDatabase) -> None:
    await store(database, [Person()])
    wrong: dict[str, object] = {"monthly_spend": "much", "contract_ends": "soon", "roams": 3, "town": ["Ely"]}
    for name, value in wrong.items():
        row = {"contact_id": 1, "name": name, "source": "crm", "kind": "personal", "trust": 0.5, "value": value,
               "at": NOW}  # fmt: skip
        await database.fetch(insert(contact_attributes).values(row))
    asked = [IsKnown(SPEND), IsKnown(ENDS), IsKnown(ROAMS), IsKnown(TOWN)]
    assert not any(await reading(database).matching(ContactId(1), asked, NOW))
