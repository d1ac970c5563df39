"""How long a national do-not-call list takes into the embedded PostgreSQL, and how long a look-up on it.

The list is generated in the American registry's form (202,5550123), numbers in order, each a different one. Reading and
checking is measured by itself first, on one core; then the whole import of a first copy, and of a second one that takes
its place while the first is looked up all the time: the longest of those look-ups is what the swap costs a reader.
Look-ups afterwards are of single numbers, half of them listed. Beside it the same rows by INSERT of a thousand at a
time into a table with the same index, on a smaller sample.

    python -m benchmarks.national_lists [--numbers 2000000] [--lookups 2000] [--inserts 100000]

One JSON object a line.
"""

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import text

from dialer.domain.phone import PhoneNumber
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.migration import migrate
from integrations.contact_db.national_lists import DatabaseNationalLists
from integrations.lead_files.national_list import NationalListFile
from integrations.lead_files.national_list_importer import ListOptions, import_list

FIRST = 201_200_0000
NAME = "US-DNC"
INSERT_ROWS = 1_000


def write_list(path: Path, numbers: int, step: int) -> None:
    """Every `step`-th number from area code 201 on, so that neighbours may be looked up in vain."""
    with path.open("wb") as file:
        for begin in range(0, numbers, 100_000):
            block = range(FIRST + begin * step, FIRST + min(begin + 100_000, numbers) * step, step)
            file.write(b"".join(b"%d,%07d\r\n" % divmod(number, 10_000_000) for number in block))


def tell(name: str, value: float, unit: str, **case: object) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, **case}), flush=True)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def reading(path: Path, numbers: int) -> None:
    began = time.process_time()
    with closing(NationalListFile(path, date(2026, 12, 31), region="US")) as file:
        good = sum(batch.good for batch in file.batches())
    tell("national_list_read", round(good / (time.process_time() - began)), "lines per CPU second", numbers=numbers)


async def looked_up(lists: DatabaseNationalLists, pick: Callable[[], int]) -> float:
    """Milliseconds of one look-up."""
    number = PhoneNumber(f"+1{pick()}")
    began = time.perf_counter()
    await lists.listed([number])
    return 1000 * (time.perf_counter() - began)


async def imports(path: Path, lists: DatabaseNationalLists, pick: Callable[[], int]) -> None:
    for name in ("national_list_first", "national_list_again"):
        took: list[float] = []
        done = asyncio.Event()

        async def watch(took: list[float] = took, done: asyncio.Event = done) -> None:
            while not done.is_set():
                took.append(await looked_up(lists, pick))
                await asyncio.sleep(0.01)

        async with asyncio.TaskGroup() as group:
            group.create_task(watch())
            try:
                found = await import_list(
                    path, ListOptions(name=NAME, copied_at=datetime(2026, 1, 1, tzinfo=UTC)), lists
                )
            finally:
                done.set()
        assert found.placed is not None
        case = {"numbers": found.placed.numbers}
        tell(name, round(found.lines / found.seconds), "rows/s", seconds=round(found.seconds, 2), **case)
        for share in (0.5, 0.99, 1.0):
            tell(f"{name}_lookup_p{100 * share:g}", round(percentile(took, share), 2), "ms", lookups=len(took), **case)


async def lookups(lists: DatabaseNationalLists, pick: Callable[[], int], count: int, **case: object) -> None:
    for _ in range(100):
        await looked_up(lists, pick)
    took = [await looked_up(lists, pick) for _ in range(count)]
    for share in (0.5, 0.99):
        tell(f"national_list_lookup_p{100 * share:g}", round(percentile(took, share), 3), "ms", lookups=count, **case)
    batch = [PhoneNumber(f"+1{pick()}") for _ in range(1_000)]
    began = time.perf_counter()
    await lists.listed(batch)
    tell("national_list_lookup_of_1000", round(time.perf_counter() - began, 4), "ms a number", **case)


async def inserts(database: ContactDatabase, rows: int) -> None:
    await database.fetch(text("CREATE TABLE beside (LIKE national_list_numbers INCLUDING INDEXES)"))
    began = time.perf_counter()
    async with database.transaction() as connection:
        for begin in range(0, rows, INSERT_ROWS):
            values = ",".join(f"(1,1{FIRST + number},NULL)" for number in range(begin, min(begin + INSERT_ROWS, rows)))
            await connection.exec_driver_sql(f"INSERT INTO beside VALUES {values}")
    case = {"rows": rows, "rows_a_statement": INSERT_ROWS}
    tell("national_list_by_insert", round(rows / (time.perf_counter() - began)), "rows/s", **case)


async def measured(folder: Path, numbers: int, count: int, rows: int, seed: int) -> None:
    path = folder / "dnc.txt"
    step = max(1, min(2, 7_900_000_000 // numbers))
    await asyncio.to_thread(write_list, path, numbers, step)
    await asyncio.to_thread(reading, path, numbers)
    random = Random(seed)
    async with embedded_postgres(folder) as url:
        await migrate(url)
        database = await ContactDatabase.open(url, 4)
        try:
            lists = DatabaseNationalLists(database)

            def pick() -> int:
                return random.randrange(FIRST, FIRST + step * numbers)

            await imports(path, lists, pick)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            tell("national_list_memory", round(peak), "MB at most of our process", numbers=numbers)
            await lookups(lists, pick, count, numbers=numbers)
            await inserts(database, rows)
        finally:
            await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--numbers", type=int, default=2_000_000)
    parser.add_argument("--lookups", type=int, default=2_000)
    parser.add_argument("--inserts", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="paceline-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        asyncio.run(measured(folder, given.numbers, given.lookups, given.inserts, given.seed))


if __name__ == "__main__":
    main()
