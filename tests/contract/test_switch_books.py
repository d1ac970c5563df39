"""What the engine may rely on of the books of inbound service and of the marketing switch, held against the fakes, the
embedded server and PostgreSQL 15."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from dialer.domain.errors import BadInput, Conflict, DatabaseUnavailable
from dialer.domain.ids import ServerName
from dialer.ports import GivenOrder, InboundBook, InboundRecord, SwitchBook, SwitchChange
from integrations.contact_db import inbound_book
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.inbound_book import DatabaseInboundBook
from integrations.contact_db.switch_book import DatabaseSwitchBook
from pacing.marketing.figures import CallerTry, Counts, Step
from pacing.marketing.verdict import Cause, HandOrder, SwitchState
from tests.database_servers import open_folder
from tests.fakes.inbound_books import FakeInboundBook, FakeSwitchBook

NOW = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
SECONDS = NOW.timestamp()
AWKWARD = SECONDS + 0.123457
"""No binary fraction is this time; a float holds the one nearest to it."""
MAIN, OTHER = ServerName("main"), ServerName("other")
EVERY_COUNT = Counts(
    offered=9, answered=5, within=4, abandoned=2, short_abandons=3, left=1, callers=7, callers_through=6
)
KEPT_ORDERS = text("SELECT * FROM hand_orders WHERE lifted_at IS NOT NULL ORDER BY id")
TRIES_KEPT = text("SELECT count(*) AS tries FROM caller_tries")


@dataclass(frozen=True)
class Books:
    inbound: InboundBook
    switch: SwitchBook


@pytest.fixture
def books(real_database: ContactDatabase | None) -> Books:
    if real_database is None:
        return Books(FakeInboundBook(), FakeSwitchBook())
    return Books(DatabaseInboundBook(real_database), DatabaseSwitchBook(real_database))


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def step(minute: float, counts: Counts = EVERY_COUNT, *, blind: bool = False) -> Step:
    return Step(later(minute).timestamp(), counts, blind)


def a_try(caller: str, minute: float = 0.0, *, through: bool = False) -> CallerTry:
    return CallerTry(caller, later(minute).timestamp(), through)


def record(steps: Sequence[Step] = (), callers: Sequence[CallerTry] = ()) -> InboundRecord:
    return InboundRecord(list(steps), list(callers))


def change(
    group: str = "berlin", minute: float = 0.0, state: SwitchState = SwitchState.CLOSED, words: str = "below target"
) -> SwitchChange:
    causes = (Cause.RATE, Cause.NOT_SUSTAINED) if state is SwitchState.CLOSED else ()
    return SwitchChange(group, later(minute), state, causes, words, {"rate": 0.1 + 0.2, "day": {"offered": 40}})


def order(by: str = "vera", why: str = "storm", minute: float = 0.0, until: float | None = None) -> HandOrder:
    return HandOrder(by, why, later(minute).timestamp(), until)


# --- inbound service, counted -----------------------------------------------------------------------------------------


async def test_what_was_counted_comes_back_as_it_was(books: Books) -> None:
    saved = record(
        [step(0), step(1, Counts(), blind=True), Step(AWKWARD, Counts(offered=1))],
        [CallerTry("", AWKWARD, False), a_try("né", 0.5, through=True)],
    )
    await books.inbound.save({"berlin": saved}, {MAIN: NOW, OTHER: later(1)})
    loaded = await books.inbound.load("berlin", NOW)
    assert loaded == record([saved.steps[0], saved.steps[2], saved.steps[1]], saved.callers)
    assert await books.inbound.seen() == {MAIN: NOW, OTHER: later(1)}


async def test_a_day_that_was_never_counted_is_empty(books: Books) -> None:
    assert await books.inbound.load("berlin", NOW) == record()
    assert await books.inbound.seen() == {}


async def test_steps_and_tries_that_are_saved_again_are_replaced_and_others_stay(books: Books) -> None:
    await books.inbound.save({"berlin": record([step(0), step(1)], [a_try("a"), a_try("b")])}, {})
    again = record([step(1, Counts(offered=12), blind=True), step(2)], [a_try("b", through=True), a_try("c")])
    await books.inbound.save({"berlin": again}, {})
    loaded = await books.inbound.load("berlin", NOW)
    assert loaded.steps == [step(0), *again.steps]
    assert loaded.callers == [a_try("a"), *again.callers]


async def test_each_count_is_replaced_by_itself(books: Books) -> None:
    counted = EVERY_COUNT
    for name in ("short_abandons", "callers", "callers_through", "offered", "left", "abandoned", "answered", "within"):
        counted = replace(counted, **{name: getattr(counted, name) - 1})
        await books.inbound.save({"berlin": record([step(0, counted)])}, {})
        assert (await books.inbound.load("berlin", NOW)).steps == [step(0, counted)], name


async def test_a_gap_found_later_marks_a_step_whose_counts_did_not_change(books: Books) -> None:
    await books.inbound.save({"berlin": record([step(0)])}, {})
    await books.inbound.save({"berlin": record([step(0, blind=True)])}, {})
    assert (await books.inbound.load("berlin", NOW)).steps == [step(0, blind=True)]


async def test_of_a_step_given_twice_the_last_counts(books: Books) -> None:
    twice = record([step(0), step(0, Counts())], [a_try("a"), a_try("a", through=True)])
    await books.inbound.save({"berlin": twice}, {})
    assert await books.inbound.load("berlin", NOW) == record([step(0, Counts())], [a_try("a", through=True)])


async def test_groups_are_kept_apart(books: Books) -> None:
    berlin, hamburg = record([step(0)], [a_try("a")]), record([step(0, Counts())], [a_try("a", through=True)])
    await books.inbound.save({"berlin": berlin, "hamburg": hamburg}, {})
    assert await books.inbound.load("berlin", NOW) == berlin
    assert await books.inbound.load("hamburg", NOW) == hamburg
    assert await books.inbound.load("ber", NOW) == record()


async def test_only_what_began_since_the_time_asked_for_is_loaded(books: Books) -> None:
    steps, tries = [step(minute) for minute in (-1, 0, 1)], [a_try("a", minute) for minute in (-1, 0, 1)]
    await books.inbound.save({"berlin": record(steps, tries)}, {})
    assert await books.inbound.load("berlin", NOW) == record(steps[1:], tries[1:])
    assert await books.inbound.load("berlin", NOW + timedelta(microseconds=1)) == record(steps[2:], tries[2:])


async def test_the_last_of_what_was_seen_stands_even_after_the_clock_was_set_back(books: Books) -> None:
    await books.inbound.save({}, {MAIN: later(5), OTHER: later(5)})
    await books.inbound.save({}, {MAIN: NOW})
    assert await books.inbound.seen() == {MAIN: NOW, OTHER: later(5)}


async def test_old_tries_are_forgotten_and_steps_stay(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound_book, "FORGET_TRIES", 2)
    tries = [a_try(str(minute), minute) for minute in range(7)]
    await books.inbound.save({"berlin": record([step(0)], tries), "hamburg": record([], tries)}, {})
    assert await books.inbound.forget(later(5)) == 10
    assert await books.inbound.forget(later(5)) == 0
    assert await books.inbound.load("berlin", NOW) == record([step(0)], tries[5:])
    assert (await books.inbound.load("hamburg", NOW)).callers == tries[5:]


@pytest.mark.parametrize(
    "wrong",
    [
        Counts(offered=2, answered=1, within=2),
        Counts(offered=1, answered=1, abandoned=1),
        Counts(offered=1, answered=1, left=1),
        Counts(callers=1, callers_through=2),
        Counts(offered=1, within=-1),
        Counts(offered=1, abandoned=-1),
        Counts(offered=1, left=-1),
        Counts(short_abandons=-1),
        Counts(callers_through=-1),
    ],
)
async def test_counts_that_can_not_be_are_refused_with_all_that_came_with_them(books: Books, wrong: Counts) -> None:
    with pytest.raises(BadInput):
        await books.inbound.save({"a": record([step(0)]), "berlin": record([step(0, wrong)])}, {MAIN: NOW})
    assert await books.inbound.load("a", NOW) == record()
    assert await books.inbound.seen() == {}


@pytest.mark.parametrize("no_time", [float("nan"), float("inf"), 1e20])
async def test_a_time_that_is_none_is_refused(books: Books, no_time: float) -> None:
    with pytest.raises(BadInput, match="is no time"):
        await books.inbound.save({"berlin": record([Step(no_time)])}, {})
    with pytest.raises(BadInput, match="is no time"):
        await books.inbound.save({"berlin": record([step(0)], [CallerTry("a", no_time, False)])}, {})
    assert await books.inbound.load("berlin", NOW) == record()


async def test_two_savers_of_the_same_rows_do_not_stop_each_other(books: Books) -> None:
    groups = [f"group {number}" for number in range(20)]
    forth = {group: record([step(0), step(1)], [a_try("a"), a_try("b")]) for group in groups}
    back = {group: record([step(1), step(0)], [a_try("b"), a_try("a")]) for group in reversed(groups)}
    for minute in range(5):
        seen = {MAIN: later(minute), OTHER: later(minute)}
        await asyncio.gather(books.inbound.save(forth, seen), books.inbound.save(back, dict(reversed(seen.items()))))
    assert (await books.inbound.load("group 0", NOW)).steps == [step(0), step(1)]


# --- the switches' history --------------------------------------------------------------------------------------------


async def test_a_change_comes_back_as_it_was(books: Books) -> None:
    by_hand = SwitchChange(
        "münchen ost",
        NOW + timedelta(microseconds=123457),
        SwitchState.CLOSED,
        tuple(Cause),
        "off: “storm”",
        {"rate": None, "steps": [[0.1 + 0.2, 3]], "blind": True},
        "vera",
    )
    await books.switch.note(by_hand)
    assert await books.switch.changes("münchen ost", 10) == [by_hand]
    assert await books.switch.last() == {"münchen ost": by_hand}


async def test_changes_come_latest_first_of_one_group_or_of_all(books: Books) -> None:
    closed, opened = change(minute=0), change(minute=10, state=SwitchState.OPEN)
    elsewhere = change("hamburg", 5)
    for one in (opened, elsewhere, closed):
        await books.switch.note(one)
    assert await books.switch.changes("berlin", 10) == [opened, closed]
    assert await books.switch.changes(None, 10) == [opened, elsewhere, closed]
    assert await books.switch.changes(None, 2) == [opened, elsewhere]
    assert await books.switch.changes("berlin", 1) == [opened]
    assert await books.switch.changes("bremen", 10) == []


async def test_of_changes_at_the_same_time_the_one_noted_last_comes_first(books: Books) -> None:
    groups = ["c", "a", "d", "b"]
    for group in groups:
        await books.switch.note(change(group, state=SwitchState.OPEN))
        await books.switch.note(change(group, state=SwitchState.CLOSED))
    found = await books.switch.changes(None, 100)
    expected = [(group, state) for group in reversed(groups) for state in (SwitchState.CLOSED, SwitchState.OPEN)]
    assert [(one.group, one.state) for one in found] == expected
    assert [one.state for one in await books.switch.changes("a", 2)] == [SwitchState.CLOSED, SwitchState.OPEN]
    assert {one.state for one in (await books.switch.last()).values()} == {SwitchState.CLOSED}


async def test_the_last_change_of_each_group_is_found(books: Books) -> None:
    assert await books.switch.last() == {}
    for minute in range(3):
        for group in ("hamburg", "berlin", "Berlin", "zürich"):
            state = SwitchState.OPEN if minute % 2 else SwitchState.CLOSED
            await books.switch.note(change(group, minute, state))
    await books.switch.note(change("berlin", 7, SwitchState.OPEN))
    last = await books.switch.last()
    assert {group: one.at for group, one in last.items()} == {
        "hamburg": later(2),
        "berlin": later(7),
        "Berlin": later(2),
        "zürich": later(2),
    }
    assert all(group == one.group for group, one in last.items())


async def test_a_change_noted_again_changes_nothing(books: Books) -> None:
    first = change()
    for one in (first, first, replace(first, words="again")):
        await books.switch.note(one)
    assert await books.switch.changes(None, 10) == [first]


async def test_a_change_without_a_cause_is_refused_unless_it_opens(books: Books) -> None:
    with pytest.raises(BadInput):
        await books.switch.note(replace(change(), causes=()))
    await books.switch.note(replace(change(), causes=(), state=SwitchState.OPEN))
    assert len(await books.switch.changes(None, 10)) == 1


async def test_figures_that_json_can_not_carry_are_refused(books: Books) -> None:
    for value in (float("nan"), object()):
        with pytest.raises((TypeError, ValueError)):
            await books.switch.note(replace(change(), figures={"rate": value}))
    assert await books.switch.changes(None, 10) == []


# --- orders by hand ---------------------------------------------------------------------------------------------------


async def test_an_order_stands_until_it_is_lifted(books: Books) -> None:
    berlin, hamburg = HandOrder("vera", "storm", AWKWARD, AWKWARD + 3600), order("otto", "fair")
    await books.switch.close("berlin", berlin)
    await books.switch.close("hamburg", hamburg)
    assert await books.switch.orders() == {"berlin": berlin, "hamburg": hamburg}
    await books.switch.lift("berlin", "otto", "it is over", later(5))
    assert await books.switch.orders() == {"hamburg": hamburg}


async def test_an_order_whose_time_is_over_is_still_told_until_it_is_lifted(books: Books) -> None:
    ended = order(minute=-600, until=later(-599).timestamp())
    await books.switch.close("berlin", ended)
    assert await books.switch.orders() == {"berlin": ended}
    await books.switch.lift("berlin", "vera", "", NOW)
    assert await books.switch.orders() == {}


async def test_an_order_that_does_not_stand_can_not_be_lifted(books: Books) -> None:
    with pytest.raises(Conflict, match="no order keeps marketing off in berlin"):
        await books.switch.lift("berlin", "vera", "over", NOW)
    await books.switch.close("berlin", order())
    await books.switch.lift("berlin", "vera", "over", NOW)
    with pytest.raises(Conflict):
        await books.switch.lift("berlin", "vera", "over", NOW)


async def test_a_new_order_takes_the_place_of_the_one_that_stands(books: Books) -> None:
    await books.switch.close("berlin", order())
    second = order("otto", "flood", 5)
    await books.switch.close("berlin", second)
    assert await books.switch.orders() == {"berlin": second}
    await books.switch.lift("berlin", "vera", "over", later(9))
    assert await books.switch.orders() == {}


async def test_every_order_is_told_with_what_became_of_it(books: Books) -> None:
    first, second, elsewhere = order(until=later(60).timestamp()), order("otto", "flood", 5), order("ida", "fair", 2)
    await books.switch.close("berlin", first)
    await books.switch.close("hamburg", elsewhere)
    await books.switch.close("berlin", second)
    replaced = GivenOrder("berlin", first, later(5), "otto", "replaced by another order")
    stands = GivenOrder("hamburg", elsewhere)
    assert await books.switch.given("berlin", 10) == [GivenOrder("berlin", second), replaced]
    await books.switch.lift("berlin", "vera", "", later(9))
    lifted = GivenOrder("berlin", second, later(9), "vera", "")
    assert await books.switch.given(None, 10) == [lifted, stands, replaced]
    assert await books.switch.given(None, 2) == [lifted, stands]
    assert await books.switch.given("berlin", 1) == [lifted]
    assert await books.switch.given("bremen", 10) == []


@pytest.mark.parametrize("wrong", [order(by=""), order(why=""), order(until=SECONDS), order(until=SECONDS - 1)])
async def test_an_order_without_who_or_why_or_that_ends_before_it_begins_is_refused(
    books: Books, wrong: HandOrder
) -> None:
    stands = order()
    await books.switch.close("berlin", stands)
    with pytest.raises(BadInput):
        await books.switch.close("berlin", wrong)
    assert await books.switch.orders() == {"berlin": stands}


async def test_an_order_is_lifted_by_somebody(books: Books) -> None:
    await books.switch.close("berlin", order())
    with pytest.raises(BadInput):
        await books.switch.lift("berlin", "", "over", NOW)
    assert await books.switch.orders() == {"berlin": order()}


# --- the database's own -----------------------------------------------------------------------------------------------


async def test_orders_that_were_lifted_or_replaced_are_kept_with_who_and_why(database: ContactDatabase) -> None:
    book = DatabaseSwitchBook(database)
    for one in (order(), order(), order("otto", "flood", 5)):
        await book.close("berlin", one)
    await book.lift("berlin", "ida", "it is over", later(9))
    kept = [(row.ordered_by, row.why, row.lifted_by, row.lifted_why) for row in await database.fetch(KEPT_ORDERS)]
    assert kept == [("vera", "storm", "otto", "replaced by another order"), ("otto", "flood", "ida", "it is over")]
    assert [row.lifted_at for row in await database.fetch(KEPT_ORDERS)] == [later(5), later(9)]


async def test_of_orders_at_the_same_moment_one_stands_and_none_is_lost(database: ContactDatabase) -> None:
    book = DatabaseSwitchBook(database)
    given = [order(name, minute=place) for place, name in enumerate(("vera", "otto", "ida", "max", "eva", "uwe"))]
    await asyncio.gather(*(book.close("berlin", one) for one in given))
    stands = (await book.orders())["berlin"]
    kept = [row.ordered_by for row in await database.fetch(KEPT_ORDERS)]
    assert sorted([*kept, stands.by]) == sorted(one.by for one in given)


async def test_forgotten_tries_are_gone_from_the_table(database: ContactDatabase) -> None:
    book = DatabaseInboundBook(database)
    await book.save({"berlin": record([], [a_try("a", -1), a_try("b")])}, {})
    await book.forget(NOW)
    [row] = await database.fetch(TRIES_KEPT)
    assert row.tries == 1


async def test_books_of_a_database_that_is_away_say_so() -> None:
    with open_folder() as folder:
        async with embedded_postgres(folder) as url:
            database = await ContactDatabase.open(url, 1)
        inbound, switch = DatabaseInboundBook(database), DatabaseSwitchBook(database)
        for asked in (
            inbound.load("berlin", NOW),
            inbound.save({"berlin": record([step(0)])}, {MAIN: NOW}),
            inbound.seen(),
            inbound.forget(NOW),
            switch.note(change()),
            switch.changes(None, 1),
            switch.last(),
            switch.close("berlin", order()),
            switch.lift("berlin", "vera", "over", NOW),
            switch.orders(),
            switch.given(None, 1),
        ):
            with pytest.raises(DatabaseUnavailable):
                await asked
        await database.close()
