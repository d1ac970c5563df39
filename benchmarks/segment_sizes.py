"""How long it takes to count the sizes of the 22 segments of the example over many people, and to estimate them.

    python -m benchmarks.segment_sizes [--people 200000] [--keep FOLDER | --url postgresql://...]

Fictional people, of whom six to nine attributes are told, of a fifth two of them by a second source; with products,
messages and visits. Writes JSON lines: name, value, unit, and what it was measured with. Without --url on an embedded
server of its own; with one, on an empty database.
"""

import argparse
import asyncio
import json
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
from sqlalchemy import text

import dialer.commands
from benchmarks.claim_latency import open_folder, say
from benchmarks.contact_data import dsn_of
from dialer.clock import SystemClock
from dialer.commands.fictional_people import fictional_people
from dialer.domain.condition import Condition
from dialer.domain.segment import Sizes
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.scoring.contact_history import load_rule
from dialer.engine.segments.language import Language
from dialer.engine.segments.sampling import MOST_COUNTED, Sampling
from dialer.ports.segments import Page
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.migration import migrate
from integrations.contact_db.people_reading import DatabasePeopleReading

NOW = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
_AT_ONCE = 2_000
"""People made and written at once: as many as there are numbers for, which are not written here."""
_SAMPLES = 20
"""Drawn beside each exact count."""
_COLUMNS = {
    "contacts": ("id", "external_key", "region"),
    "contact_attributes": ("contact_id", "name", "source", "kind", "value", "trust", "at"),
    "products_held": ("contact_id", "product", "since"),
    "touches": ("contact_id", "at", "channel", "direction"),
}
_KINDS = {name: one.kind.value for name, one in load_catalogue(None).attributes.items()}
_WAYS = (("sms", "outbound"), ("email", "outbound"), ("web", "inbound"), ("shop", "inbound"))


def touches_of(contact: int, random: Random) -> Iterator[tuple[Any, ...]]:
    """A tenth of the people is met often."""
    for _ in range(random.choice((0, 0, 1, 2)) if contact % 10 else random.randrange(3, 12)):
        yield contact, NOW - timedelta(days=random.random() * 540), *random.choice(_WAYS)


def attributes_of(
    contact: int, told: Mapping[str, Any], agents_share: float, random: Random
) -> Iterator[tuple[Any, ...]]:
    """By the operator's own systems, and of a share of the people, two by an agent as well."""
    twice = random.sample(sorted(told), 2) if random.random() < agents_share else ()
    for name, value in told.items():
        for source in ("crm", "agent") if name in twice else ("crm",):
            at = NOW - timedelta(days=random.random() * 400)
            yield contact, name, source, _KINDS[name], json.dumps(value), 0.85, at


async def fill(dsn: str, people: int, agents_share: float) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    await connection.execute("SET session_replication_role = replica")
    random = Random(1)
    for first in range(1, people + 1, _AT_ONCE):
        made = list(enumerate(fictional_people(min(_AT_ONCE, people + 1 - first), first, NOW.date()), first))
        rows: dict[str, Iterable[tuple[Any, ...]]] = {
            "contacts": ((n, f"K{n}", random.choice(("FR", "GB"))) for n, _ in made),
            "contact_attributes": (
                row for n, one in made for row in attributes_of(n, one["attributes"], agents_share, random)
            ),
            "products_held": (
                (n, held["product"], date.fromisoformat(held["since"])) for n, one in made for held in one["products"]
            ),
            "touches": (row for n, _ in made for row in touches_of(n, random)),
        }
        for table, records in rows.items():
            await connection.copy_records_to_table(table, records=records, columns=_COLUMNS[table])
    for table in _COLUMNS:
        await connection.execute(f"VACUUM ANALYZE {table}")
    await connection.close()


def example() -> list[Condition]:
    """The conditions of the example's segments."""
    file = Path(dialer.commands.__file__).with_name("segments_example.toml")
    language = Language(load_catalogue(None))
    return [language.read(one["expression"]) for one in tomllib.loads(file.read_text())["segments"].values()]


async def measure(database: ContactDatabase, people: int, page: int, conditions: list[Condition]) -> None:
    reading, begun = DatabasePeopleReading(database, load_rule(None)), time.perf_counter()
    after: int | None = 0
    counted: dict[tuple[bool, ...], int] = {}
    while after is not None:
        counts, reached = await reading.patterns(conditions, Page(after, page), NOW)
        for pattern, number in counts.items():
            counted[pattern] = counted.get(pattern, 0) + number
        after = reached.next
    took = time.perf_counter() - begun
    case = {"people": people, "segments": len(conditions), "page": page, "patterns": len(counted)}
    say("segment_sizes", took, "s", **case)
    await estimate(reading, conditions, counted, case)
    say("segment_sizes_a_million", took / people * 1e6, "s", **case)


async def estimate(
    reading: DatabasePeopleReading,
    conditions: list[Condition],
    counted: Mapping[tuple[bool, ...], int],
    case: Mapping[str, int],
) -> None:
    """The same people told of at once, several times over, and how many of the sizes lie within their intervals."""
    names = [str(place) for place in range(len(conditions))]
    exact, took, draws, inside = Sizes(), 0.0, 0, 0
    exact.add(names, counted)
    for seed in range(_SAMPLES):
        begun, sampling = time.perf_counter(), Sampling(reading, SystemClock(), Random(f"sample {seed}"))
        looked = await sampling.look(conditions, await reading.span(MOST_COUNTED), NOW)
        took, draws, met = took + time.perf_counter() - begun, draws + looked.draws, Sizes()
        met.add(names, looked.patterns)
        told = [(looked.estimate(met.own[name]), exact.own[name]) for name in names]
        inside += sum(one.low <= size <= one.high for one, size in told)
    shares = {"draws": draws // _SAMPLES, "inside": round(inside / _SAMPLES / len(names), 3)}
    say("segment_sizes_estimated", took / _SAMPLES, "s", **shares, samples=_SAMPLES, **case)


async def main(given: argparse.Namespace) -> None:
    url: str = given.url
    async with AsyncExitStack() as stack:
        if not url:
            folder = given.keep or stack.enter_context(open_folder())
            folder.mkdir(parents=True, exist_ok=True)
            url = await stack.enter_async_context(embedded_postgres(folder))
        await migrate(url)
        database = await ContactDatabase.open(url, 2, statement_seconds=3600)
        stack.push_async_callback(database.close)
        [[known]] = await database.fetch(text("SELECT max(id) FROM contacts"))
        if known is None:
            await fill(dsn_of(url), given.people, given.agents_share)
        for _ in range(given.rounds):
            await measure(database, known or given.people, given.page, example())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="", help="PostgreSQL address of an empty database; empty: an embedded server")
    parser.add_argument("--people", type=int, default=200_000, help="how many (200000)")
    parser.add_argument("--page", type=int, default=100_000, help="people a statement (100000)")
    parser.add_argument("--keep", type=Path, help="folder whose database stays, and is used again if it is filled")
    parser.add_argument("--agents-share", type=float, default=0.2, help="of people told of by a second source (0.2)")
    parser.add_argument("--rounds", type=int, default=3, help="(3)")
    given = parser.parse_args()
    asyncio.run(main(given))
