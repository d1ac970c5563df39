"""A copy of a national list takes the old one's place whole, at once, and under the eyes of readers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from compliance.facts import Listing
from compliance.figures import figure_of
from dialer.domain.campaign import CampaignPlan
from dialer.domain.errors import BadInput, Conflict, DatabaseUnavailable, NotFound
from dialer.domain.phone import PhoneNumber
from dialer.engine.scoring.contact_history import load_rule
from integrations.contact_db import national_lists as module
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_loader import loading as leads_loading
from integrations.contact_db.national_lists import DatabaseNationalLists, HeldList, Placed, refuse_name
from integrations.lead_files.importer import import_leads
from integrations.lead_files.national_list_importer import ListOptions, ListSummary, import_list
from integrations.lead_files.whole_list import DamagedList, ListProgress
from tests.database_servers import emptied

COPIED = datetime(2026, 11, 20, tzinfo=UTC)
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ANN, BOB, CY = (PhoneNumber(f"+1202555010{digit}") for digit in (1, 2, 3))
PARTITIONS = text("""
SELECT CAST(inhrelid AS regclass) FROM pg_inherits WHERE inhparent = CAST('national_list_numbers' AS regclass)
""")
TABLES = text("SELECT count(*) FROM pg_class WHERE relname LIKE 'national\\_list\\_copy\\_%' AND relkind = 'r'")

LOCKED_FOR_LEADS = text("SELECT mode FROM pg_locks WHERE relation = CAST('leads' AS regclass)")


@pytest.fixture
async def lists(database: ContactDatabase) -> AsyncIterator[DatabaseNationalLists]:
    yield DatabaseNationalLists(database)
    for row in await database.fetch(PARTITIONS):
        await database.fetch(text(f"DROP TABLE {row[0]}"))


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SWAP_PAUSE_SECONDS", 0.02)


async def placed(
    lists: DatabaseNationalLists,
    numbers: Mapping[PhoneNumber, date | None] | bytes,
    name: str = "US-DNC",
    copied_at: datetime = COPIED,
    **options: Any,
) -> Placed:
    async with lists.loading(name, copied_at, NOW, "file dnc.txt", **options) as load:
        if isinstance(numbers, bytes):
            await load.add(numbers)
        else:
            await load.add((int(number.e164[1:]), since) for number, since in numbers.items())
    assert load.placed is not None
    return load.placed


async def on_it(lists: DatabaseNationalLists, *numbers: PhoneNumber, name: str = "US-DNC") -> list[PhoneNumber]:
    found = await lists.listed(numbers)
    return [number for number in numbers if name in found[number] and found[number][name].listed]


async def tables(database: ContactDatabase) -> int:
    return int((await database.fetch(TABLES))[0][0])


async def test_a_number_is_told_for_every_list_that_is_held(lists: DatabaseNationalLists) -> None:
    assert await lists.listed([ANN]) == {ANN: {}}
    await placed(lists, {ANN: date(2024, 2, 29), BOB: None})
    await placed(lists, {BOB: None}, name="US-FL", copied_at=COPIED - timedelta(days=9))
    assert await lists.listed([ANN, BOB, CY, ANN]) == {
        ANN: {
            "US-DNC": Listing(COPIED, True, datetime(2024, 2, 29, tzinfo=UTC)),
            "US-FL": Listing(COPIED - timedelta(days=9), False),
        },
        BOB: {"US-DNC": Listing(COPIED, True), "US-FL": Listing(COPIED - timedelta(days=9), True)},
        CY: {"US-DNC": Listing(COPIED, False), "US-FL": Listing(COPIED - timedelta(days=9), False)},
    }
    assert await lists.listed([]) == {}


async def test_lists_that_are_held_are_told_by_name(lists: DatabaseNationalLists) -> None:
    await placed(lists, {ANN: None}, name="US-FL")
    first = await placed(lists, {ANN: None, BOB: None})
    assert first == Placed(numbers=2, duplicates=0, leads=0, replaced=None)
    of_us = HeldList("US-DNC", COPIED, NOW, 2, "file dnc.txt")
    assert [one.name for one in await lists.held()] == ["US-DNC", "US-FL"]
    assert (await lists.held())[0] == of_us
    assert (await placed(lists, {ANN: None})).replaced == of_us


async def test_a_new_copy_takes_the_place_of_the_old_and_leaves_no_other_behind(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    await placed(lists, {ANN: None, BOB: None})
    await placed(lists, {BOB: None, CY: None}, copied_at=COPIED + timedelta(hours=1))
    assert await on_it(lists, ANN, BOB, CY) == [BOB, CY]
    assert await tables(database) == 1


async def test_the_old_copy_is_looked_up_until_the_new_one_is_whole(lists: DatabaseNationalLists) -> None:
    await placed(lists, {ANN: None})
    async with lists.loading("US-DNC", COPIED, NOW, "file") as load:
        await load.add([(int(BOB.e164[1:]), None)])
        assert await on_it(lists, ANN, BOB) == [ANN]
    assert await on_it(lists, ANN, BOB) == [BOB]


async def test_a_reader_sees_the_old_copy_or_the_new_one_and_never_none(
    lists: DatabaseNationalLists, embedded_url: str
) -> None:
    """Both copies list the number, the first and the second by turns list another."""
    others = await ContactDatabase.open(embedded_url, 4)
    readers = DatabaseNationalLists(others)
    await placed(lists, {ANN: None, BOB: None})
    done = asyncio.Event()

    async def read() -> int:
        count = 0
        while not done.is_set():
            found = await readers.listed([ANN, BOB, CY])
            assert found[ANN]["US-DNC"].listed
            assert found[BOB]["US-DNC"].listed is not found[CY]["US-DNC"].listed
            count += 1
        return count

    async with asyncio.TaskGroup() as group:
        reading = [group.create_task(read()) for _ in range(4)]
        for turn in range(20):
            await placed(lists, {ANN: None, (CY if turn % 2 == 0 else BOB): None})
        done.set()
    await others.close()
    assert sum(task.result() for task in reading) > 20


async def test_a_reader_that_takes_its_time_delays_the_swap_and_is_not_fooled(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    await placed(lists, {ANN: None})
    async with database.transaction() as reader:
        await reader.execute(text("SELECT count(*) FROM national_list_numbers"))
        async with asyncio.TaskGroup() as group:
            swap = group.create_task(placed(lists, {BOB: None}))
            await asyncio.sleep(0.5)
            assert not swap.done()
            assert await on_it(lists, ANN, BOB) == [ANN], "who comes later is not kept waiting behind the swap"
            await reader.rollback()
    assert await on_it(lists, ANN, BOB) == [BOB]


async def test_leads_are_left_alone_while_a_reader_is_waited_for(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    async with database.transaction() as reader:
        await reader.execute(text("SELECT count(*) FROM national_list_numbers"))
        async with asyncio.TaskGroup() as group:
            group.create_task(placed(lists, {BOB: None}))
            await asyncio.sleep(0.5)
            held = await database.fetch(LOCKED_FOR_LEADS)
            assert [tuple(row) for row in held] == []
            await reader.rollback()
    assert await on_it(lists, BOB) == [BOB]


async def test_a_reader_without_end_makes_the_import_give_up(
    lists: DatabaseNationalLists, database: ContactDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SWAP_TRIES", 2)
    await placed(lists, {ANN: None})
    async with database.transaction() as reader:
        await reader.execute(text("SELECT count(*) FROM national_list_numbers"))
        with pytest.raises(Conflict, match="perhaps a backup"):
            await placed(lists, {BOB: None})
    assert await on_it(lists, ANN, BOB) == [ANN]


async def test_a_failure_half_way_leaves_the_old_copy_as_it_was(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    await placed(lists, {ANN: None})
    before = await lists.held()

    async def fails() -> None:
        async with lists.loading("US-DNC", COPIED, NOW, "file") as load:
            await load.add(b"12025550102,\n")
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        await fails()
    for rows in (b"12025550102,\nno number,\n", b"12025550102\n", b"12025550102,2026-02-30\n"):
        with pytest.raises(BadInput):
            await placed(lists, rows)
    assert await lists.held() == before
    assert await on_it(lists, ANN, BOB) == [ANN]
    assert await tables(database) == 1


async def test_an_import_that_is_cancelled_leaves_the_old_copy_and_frees_its_turn(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    await placed(lists, {ANN: None})
    begun = asyncio.Event()

    async def never_ending() -> None:
        async with lists.loading("US-DNC", COPIED, NOW, "file") as load:
            while True:
                await load.add(b"12025550102,\n" * 1000)
                begun.set()

    async with asyncio.TaskGroup() as group:
        task = group.create_task(never_ending())
        await begun.wait()
        task.cancel()
    assert await on_it(lists, ANN, BOB) == [ANN]
    assert await tables(database) == 1
    await placed(lists, {BOB: None})


async def test_a_connection_that_is_lost_is_told_and_changes_nothing(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    await placed(lists, {ANN: None})
    importing = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'")

    async def cut() -> None:
        async with lists.loading("US-DNC", COPIED, NOW, "file") as load:
            await load.add(b"12025550102,\n")
            await database.fetch(importing)
            await load.add(b"12025550103,\n")

    with pytest.raises(DatabaseUnavailable):
        await cut()
    assert await on_it(lists, ANN, BOB) == [ANN]
    assert await tables(database) == 1


async def test_a_number_named_twice_counts_once_and_since_the_earlier_day(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    days = [b"12025550101,%d-03-01\n" % year for year in (2026, 2024, 2025)]
    rows = b"".join([*days, b"12025550102,2026-03-01\n", b"12025550102,\n"])
    assert await placed(lists, rows) == Placed(numbers=2, duplicates=3, leads=0, replaced=None)
    found = await lists.listed([ANN, BOB])
    assert found[ANN]["US-DNC"].since == datetime(2024, 3, 1, tzinfo=UTC)
    assert found[BOB]["US-DNC"] == Listing(COPIED, True), "a day that is not known is long ago"
    assert (await lists.held())[0].numbers == 2
    [row] = await database.fetch(text("SELECT count(*) FROM national_list_numbers"))
    assert row[0] == 2


async def test_one_import_of_a_list_runs_at_a_time(lists: DatabaseNationalLists) -> None:
    async with lists.loading("US-DNC", COPIED, NOW, "file"):
        with pytest.raises(Conflict, match="another import of US-DNC is running"):
            await placed(lists, {ANN: None})
        with pytest.raises(Conflict, match="another import"):
            await lists.admit("US-DNC", COPIED, NOW)
        with pytest.raises(Conflict, match="another import"):
            await lists.drop("US-DNC")
        await placed(lists, {BOB: None}, name="US-FL")
    assert await on_it(lists, BOB, name="US-FL") == [BOB]


async def test_an_older_copy_is_only_taken_by_force(lists: DatabaseNationalLists) -> None:
    older = COPIED - timedelta(seconds=60)
    await placed(lists, {ANN: None})
    with pytest.raises(Conflict, match=r"is of 2026-11-19 23:59 UTC, the one held is of 2026-11-20 00:00 UTC"):
        await placed(lists, {BOB: None}, copied_at=older)
    with pytest.raises(Conflict, match="only taken by force"):
        await lists.admit("US-DNC", older, NOW)
    assert await on_it(lists, ANN, BOB) == [ANN]
    await lists.admit("US-DNC", older, NOW, force=True)
    await placed(lists, {BOB: None}, copied_at=older, force=True)
    assert (await lists.held())[0].copied_at == older


async def test_a_much_smaller_copy_is_only_taken_by_force(lists: DatabaseNationalLists) -> None:
    whole = b"".join(b"1202555%04d,\n" % number for number in range(2_000))
    await placed(lists, whole)
    with pytest.raises(Conflict, match="has 1,799 numbers, the one held has 2,000: was it cut short"):
        await placed(lists, whole[: 13 * 1_799])
    assert (await lists.held())[0].numbers == 2_000
    await placed(lists, whole[: 13 * 1_800])
    await placed(lists, whole[:13], force=True)
    assert (await lists.held())[0].numbers == 1
    await placed(lists, b"")


@pytest.mark.parametrize(
    ("name", "copied_at", "words"),
    [
        ("us-dnc", COPIED, "like US-DNC"),
        ("US-DNC; DROP TABLE leads", COPIED, "like US-DNC"),
        ("US-DNC", NOW + timedelta(seconds=1), "still to come"),
        ("US-DNC", COPIED.replace(tzinfo=None), "UTC offset"),
    ],
)
async def test_a_wrong_name_or_time_is_refused(
    lists: DatabaseNationalLists, name: str, copied_at: datetime, words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        await placed(lists, {ANN: None}, name=name, copied_at=copied_at)
    with pytest.raises(BadInput, match=words):
        await lists.admit(name, copied_at, NOW, force=True)


@pytest.mark.parametrize("name", ["US-DNC", "GB-TPS", "FR-BLOCTEL2", "US-", "USA-DNC", "US-dnc", "US-" + "X" * 21])
def test_a_list_may_be_called_what_rules_may_call_it(name: str) -> None:
    def allowed(say: Any, refusal: type[Exception]) -> bool:
        try:
            say()
        except refusal:
            return False
        return True

    by_rules = allowed(lambda: figure_of("national list", {"list": name, "max_age_days": 31}), ValueError)
    assert allowed(lambda: refuse_name(name), BadInput) is by_rules


async def test_a_dropped_list_is_no_longer_told(lists: DatabaseNationalLists, database: ContactDatabase) -> None:
    with pytest.raises(NotFound, match="no copy of a list US-DNC"):
        await lists.drop("US-DNC")
    await placed(lists, {ANN: None})
    assert (await lists.drop("US-DNC")).numbers == 1
    assert await lists.listed([ANN]) == {ANN: {}}
    assert await lists.held() == []
    assert await tables(database) == 0


async def test_a_list_whose_copy_was_taken_away_by_hand_is_not_told_as_listing_nobody(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    await placed(lists, {ANN: None})
    [row] = await database.fetch(PARTITIONS)
    await database.fetch(text(f"DROP TABLE {row[0]}"))
    assert await lists.listed([ANN]) == {ANN: {}}, "no copy: the gate blocks"
    await placed(lists, {ANN: None})
    assert await on_it(lists, ANN) == [ANN]


async def test_a_look_up_reads_one_index_of_one_copy(lists: DatabaseNationalLists, database: ContactDatabase) -> None:
    rows = b"".join(b"1%010d,\n" % number for number in range(20_000))
    for name in ("US-DNC", "US-FL"):
        await placed(lists, rows, name=name)
    [row] = await database.fetch(text("SELECT name, copy_id FROM national_lists WHERE name = 'US-DNC'"))
    asked = f"SELECT FROM national_list_numbers WHERE copy_id = {row.copy_id} AND number = 10000012345"
    plan = [line[0] for line in await database.fetch(text(f"EXPLAIN {asked}"))]
    assert f"national_list_copy_{row.copy_id}_number" in plan[0]
    both = text("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) " + module._LISTED.text)
    told = "\n".join(line[0] for line in await database.fetch(both, {"numbers": [10000012345, 10000012346]}))
    assert "Seq Scan on national_list_copy" not in told
    assert told.count("loops=4") == 2, "two numbers on two lists: four times,"
    assert told.count("loops=2)") - told.count("Function Scan") == 3, "of which each copy's index is read by two"


async def test_a_copy_is_attached_without_being_read_again(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    await placed(lists, {ANN: None})
    [row] = await database.fetch(PARTITIONS)
    table = str(row[0])
    copy = table.rpartition("_")[2]
    said: list[str] = []
    async with database.transaction() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await connection.execute(text(f"ALTER TABLE national_list_numbers DETACH PARTITION {table}"))
        driver.add_log_listener(lambda _, message: said.append(str(message)))
        await connection.execute(text("SET LOCAL client_min_messages = debug1"))
        await connection.execute(text(f"{module._ATTACH} {table} FOR VALUES IN ({copy})"))
        await connection.rollback()
        await asyncio.sleep(0)
    assert any("is implied by existing constraints" in message for message in said)


async def test_leads_that_a_national_list_blocked_are_looked_at_again(
    lists: DatabaseNationalLists, database: ContactDatabase, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("phone\n" + "".join(f"202555010{digit}\n" for digit in range(4)))
    book = DatabaseCampaignBook(database)
    for name in ("spring", "autumn"):
        await import_leads(file, await book.create(CampaignPlan(name=name)), database)
    second = "id % 2 <> (SELECT min(id) % 2 FROM leads)"
    await database.fetch(text(f"UPDATE leads SET status = 'blocked', reason = 'national list' WHERE {second}"))
    await database.fetch(
        text("UPDATE leads SET status = 'blocked', reason = 'consent' WHERE id = (SELECT min(id) FROM leads)")
    )
    blocked = await lists.blocked_leads()
    assert blocked == 4
    with pytest.raises(BadInput):
        await placed(lists, b"no number,\n")
    assert await lists.blocked_leads() == 4
    assert (await placed(lists, {ANN: None})).leads == 4
    rows = await database.fetch(text("SELECT status, reason, count(*) FROM leads GROUP BY 1, 2 ORDER BY 1"))
    assert [tuple(row) for row in rows] == [("blocked", "consent", 1), ("ready", None, 7)]


async def imported(database: ContactDatabase, file: Path, content: bytes, **options: Any) -> ListSummary:
    await asyncio.to_thread(file.write_bytes, content)
    given = {"name": "US-DNC", "copied_at": COPIED, **options}
    return await import_list(file, ListOptions(**given), DatabaseNationalLists(database))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "dnc.txt"


async def test_a_file_becomes_the_list_and_a_damaged_one_does_not(
    lists: DatabaseNationalLists, database: ContactDatabase, file: Path
) -> None:
    summary = await imported(database, file, b"areacode,number\r\n202,5550101\r\n202,5550102\r\n202,5550101\r\n")
    assert summary.placed == Placed(numbers=2, duplicates=1, leads=0, replaced=None)
    assert (summary.lines, summary.damaged, summary.report) == (3, 0, None)
    assert (await lists.held())[0].source == "file dnc.txt"
    with pytest.raises(DamagedList, match="1 of 2 lines are damaged, nothing was taken") as error:
        await imported(database, file, b"202,5550103\n202,555010\n")
    assert [(one.line, one.column) for one in error.value.faults] == [(2, "number")]
    assert error.value.report == file.with_name("dnc.txt.rejected.csv")
    assert error.value.report.read_text("utf-8-sig").splitlines()[1].startswith("2,number,")
    assert await on_it(lists, ANN, BOB, CY) == [ANN, BOB]


async def test_damaged_lines_may_be_left_out_up_to_a_number(
    lists: DatabaseNationalLists, database: ContactDatabase, file: Path
) -> None:
    content = b"202,5550101\nx\n\n202,555010\n202,5550103\n"
    with pytest.raises(DamagedList):
        await imported(database, file, content, skip_damaged=1)
    assert await lists.held() == []
    summary = await imported(database, file, content, skip_damaged=2)
    assert (summary.lines, summary.damaged, [one.line for one in summary.faults]) == (4, 2, [2, 4])
    assert summary.report is not None
    assert await on_it(lists, ANN, BOB, CY) == [ANN, CY]
    await imported(database, file, b"202,5550101\n")
    assert not summary.report.exists(), "a report of before is taken away when nothing is damaged"


async def test_twenty_damaged_lines_are_shown_and_all_are_written(database: ContactDatabase, file: Path) -> None:
    content = b"202,5550101\n" + b"202,5\n" * 50
    with pytest.raises(DamagedList, match="50 of 51") as error:
        await imported(database, file, content)
    assert [one.line for one in error.value.faults] == list(range(2, 22))
    assert error.value.damaged == 50
    assert error.value.report is not None
    assert len(error.value.report.read_text("utf-8-sig").splitlines()) == 51


async def test_a_file_that_is_no_list_at_all_is_given_up(
    database: ContactDatabase, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.lead_files.whole_list.MOST_FAULTS", 30)
    with pytest.raises(DamagedList, match="no list of such numbers: given up at"):
        await imported(database, file, b"202,5550101\n" + b"202,5\n" * 50, skip_damaged=1)


async def test_an_empty_file_is_refused_unless_it_is_allowed(
    lists: DatabaseNationalLists, database: ContactDatabase, file: Path
) -> None:
    for content in (b"", b"\n\n", b"phone\n"):
        with pytest.raises(BadInput, match="names no number"):
            await imported(database, file, content)
        with pytest.raises(BadInput, match="names no number"):
            await imported(database, file, content, dry_run=True)
    with pytest.raises(BadInput, match="names no number"):
        await imported(database, file, b"x,1\n202,5\n", form="area-codes", skip_damaged=5)
    await imported(database, file, b"", allow_empty=True)
    assert (await lists.held())[0].numbers == 0
    assert await lists.listed([ANN]) == {ANN: {"US-DNC": Listing(COPIED, False)}}


async def test_a_dry_run_checks_everything_and_changes_nothing(
    lists: DatabaseNationalLists, database: ContactDatabase, file: Path
) -> None:
    summary = await imported(database, file, b"202,5550101\n", dry_run=True)
    assert (summary.lines, summary.placed, summary.blocked_leads) == (1, None, 0)
    assert await lists.held() == []
    assert await tables(database) == 0
    with pytest.raises(DamagedList):
        await imported(database, file, b"202,5550101\nx\n", dry_run=True)
    await placed(lists, {ANN: None})
    with pytest.raises(Conflict, match="older"):
        await imported(database, file, b"202,5550101\n", dry_run=True, copied_at=COPIED - timedelta(days=1))


async def test_the_list_s_country_is_that_of_its_numbers_unless_another_is_given(
    lists: DatabaseNationalLists, database: ContactDatabase, file: Path
) -> None:
    await imported(database, file, b"02079460018\n", name="GB-TPS")
    assert await on_it(lists, PhoneNumber("+442079460018"), name="GB-TPS")
    with pytest.raises(DamagedList) as error:
        await imported(database, file, b"02079460018\n", name="UK-TPS")
    assert error.value.faults[0].reason == "has no country code, and no region was given"
    await imported(database, file, b"02079460018\n", name="UK-TPS", region="GB")


async def test_progress_goes_up_to_the_end(database: ContactDatabase, lists: DatabaseNationalLists, file: Path) -> None:
    told: list[ListProgress] = []
    await asyncio.to_thread(file.write_bytes, b"".join(b"202,%07d\n" % number for number in range(200_000)))
    await import_list(file, ListOptions(name="US-DNC", copied_at=COPIED), lists, told.append)
    assert len(told) > 2
    assert [one.lines for one in told] == sorted(one.lines for one in told)
    assert (told[-1].done, told[-1].lines) == (told[-1].total, 200_000)


async def test_a_list_and_leads_are_imported_at_the_same_time(
    lists: DatabaseNationalLists, database: ContactDatabase
) -> None:
    campaign = await DatabaseCampaignBook(database).create(CampaignPlan(name="spring"))
    async with leads_loading(database, campaign.id, load_rule(), "list", NOW, keep=True):
        await placed(lists, {ANN: None})
    assert await on_it(lists, ANN) == [ANN]


@pytest.mark.postgres15
async def test_the_oldest_server_takes_a_list_too(postgres15_url: str) -> None:
    database = await emptied(postgres15_url)
    lists = DatabaseNationalLists(database)
    try:
        await placed(lists, {ANN: None})
        await placed(lists, {BOB: None})
        assert await on_it(lists, ANN, BOB) == [BOB]
        await lists.drop("US-DNC")
    finally:
        await database.close()
