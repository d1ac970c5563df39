"""A contact database of the size of a telecom operator's: loaded, ranked, claimed from while calls go on, looked at.

    python -m benchmarks.contact_data [--scale 0.1] [--keep FOLDER | --url postgresql://...]

17 million contacts and 23.4 million contact records at scale 1 (sizes that practitioners of such floors have told),
with skewed spend and skewed contact: few people are met often. Writes JSON lines: name, value, unit, and what it was
measured with. Without --url on an embedded server of its own; with one, on an empty database.
"""

import argparse
import asyncio
import resource
import shutil
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import make_url

from benchmarks.claim_latency import open_folder, say
from benchmarks.contact_ranking import PLANS, measure_ranking
from benchmarks.contact_refills import measure_refills, rounds_of
from benchmarks.copy_rows import END, HEAD, Column, Text, digits, joined, moments, rows_of
from benchmarks.screen_pop import measure as measure_screen_pop
from dialer.domain.campaign import CampaignPlan
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.migration import migrate

CONTACTS, RECORDS = 17_000_000, 23_400_000
SHARES = (0.6, 0.25, 0.1, 0.05)
"""Of the contacts, by campaign."""
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MONTHS_18 = timedelta(days=548)
CHUNK = 250_000
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes JOIN pg_class ON relname = indexname
    JOIN pg_index ON indexrelid = pg_class.oid
WHERE schemaname = 'public' AND NOT indisunique AND tablename = ANY($1)
"""
Rows = Iterator[Mapping[str, Column]]


def chunks(count: int) -> Iterator[tuple[int, int]]:
    """First id and how many, from 1."""
    for start in range(0, count, CHUNK):
        yield start + 1, min(CHUNK, count - start)


def contacts(count: int) -> Rows:
    for first, size in chunks(count):
        ids = np.arange(first, first + size)
        yield {
            "id": ids,
            "external_key": joined(texts(b"K", size), digits(ids, 9)),
            "attributes": attributes(ids),
        }


def attributes(ids: NDArray[np.int64]) -> Text:
    """What the list says of them, in the form of jsonb."""
    size, plans = len(ids), np.array([plan.encode() for plan in PLANS])
    return joined(
        texts(b'\x01{"plan": "', size),
        plans[ids * 31 % len(plans)],
        texts(b'", "tenure_months": "', size),
        digits(ids * 17 % 240, 3),
        texts(b'"}', size),
    )


def texts(text: bytes, size: int) -> Text:
    return np.full(size, text)


def numbers(count: int) -> Rows:
    """All over the United States: area codes by some prime, so that neighbours in the list are none on the map."""
    codes = np.array([202, 212, 213, 303, 305, 312, 404, 415, 503, 504, 512, 602, 612, 617, 702, 713, 804, 901, 919])
    for first, size in chunks(count):
        ids = np.arange(first, first + size)
        area = digits(codes[ids * 7919 % len(codes)], 3)
        yield {"contact_id": ids, "e164": joined(texts(b"+1", size), area, digits(2_000_000 + ids % 8_000_000, 7))}


def leads(count: int, random: np.random.Generator) -> Rows:
    edges = np.cumsum(SHARES)
    for first, size in chunks(count):
        yield {
            "campaign_id": 1 + np.searchsorted(edges, random.random(size)).clip(0, len(SHARES) - 1),
            "contact_id": np.arange(first, first + size),
            "score": random.normal(50.0, 20.0, size),
        }


def spends(count: int, random: np.random.Generator) -> Rows:
    """What four in five people spend a month: log-normal, so that a tenth of them brings half of it."""
    for first, size in chunks(count):
        ids = np.arange(first, first + size)[random.random(size) < 0.8]
        spend = np.exp(random.normal(3.2, 1.0, len(ids))).clip(10, 899) + 100
        yield {
            "contact_id": ids,
            "name": texts(b"monthly_spend", len(ids)),
            "source": texts(b"billing", len(ids)),
            "kind": texts(b"consumption", len(ids)),
            "value": joined(texts(b"\x01", len(ids)), digits(spend.astype(np.int64), 3)),
            "trust": np.full(len(ids), 0.95),
            "at": moments(random.random(len(ids)) * 86_400 * 30, NOW - timedelta(days=30)),
        }


def records(count: int, people: int, random: np.random.Generator) -> Rows:
    """A tenth of the people has half of the contacts."""
    channels = ((b"call", 0.55), (b"sms", 0.25), (b"web", 0.15), (b"shop", 0.05))
    outcomes = np.array([b"answered", b"no_reply", b"accepted", b"declined"])
    for _, size in chunks(count):
        for channel, share in channels:
            part = round(size * share)
            yield {
                "contact_id": 1 + (people * random.random(part) ** 3.3).astype(np.int64).clip(0, people - 1),
                "at": moments(random.random(part) * MONTHS_18.total_seconds(), NOW - MONTHS_18),
                "channel": texts(channel, part),
                "direction": texts(b"outbound", part) if channel in (b"call", b"sms") else texts(b"inbound", part),
                "outcome": outcomes[random.choice(4, part, p=(0.35, 0.45, 0.05, 0.15))],
            }


@dataclass
class Load:
    dsn: str
    scale: float
    tables: tuple[str, ...] = ("contacts", "phone_numbers", "leads", "contact_attributes", "touches")
    rows: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        begun = time.perf_counter()
        people, random = round(CONTACTS * self.scale), np.random.default_rng(1)
        async with AsyncExitStack() as stack:
            one, other = [await self._connection(stack) for _ in range(2)]
            dropped = await one.fetch(INDEXES, self.tables)
            for row in dropped:
                await one.execute(f"DROP INDEX {row['indexname']}")
            await asyncio.gather(
                self._all(
                    one,
                    {
                        "contacts": contacts(people),
                        "phone_numbers": numbers(people),
                        "contact_attributes": spends(people, random.spawn(1)[0]),
                    },
                ),
                self._all(
                    other,
                    {
                        "leads": leads(people, random.spawn(1)[0]),
                        "touches": records(round(RECORDS * self.scale), people, random.spawn(1)[0]),
                    },
                ),
            )
            copied = time.perf_counter()
            statements = [row["indexdef"] for row in dropped]
            await asyncio.gather(*(self._do(c, statements[n::2]) for n, c in enumerate((one, other))))
            await one.execute("SELECT setval('contacts_id_seq', (SELECT max(id) FROM contacts))")
            await asyncio.gather(
                *(self._do(c, [f"VACUUM ANALYZE {t}" for t in self.tables[n::2]]) for n, c in enumerate((one, other)))
            )
            # loaded is what lies on the disk
            await one.execute("CHECKPOINT", timeout=3600)
        done = time.perf_counter()
        say("load", done - begun, "s", copying_s=round(copied - begun), scale=self.scale, rows=self.rows, wanted_s=900)
        say("load_rate", sum(self.rows.values()) / (done - begun), "rows/s", scale=self.scale)

    async def _connection(self, stack: AsyncExitStack) -> Any:
        connection = await asyncpg.connect(self.dsn, timeout=10)
        stack.push_async_callback(connection.close)
        for setting in (
            "session_replication_role = replica",
            "maintenance_work_mem = '1GB'",
            "max_parallel_maintenance_workers = 1",
            "synchronous_commit = off",
        ):
            await connection.execute(f"SET {setting}")
        return connection

    async def _all(self, connection: Any, made: Mapping[str, Rows]) -> None:
        for table, rows in made.items():
            self.rows[table] = 0
            for part in rows:
                await connection.copy_to_table(table, source=_stream(part), columns=list(part), format="binary")
                self.rows[table] += len(next(iter(part.values())))

    async def _do(self, connection: Any, statements: list[str]) -> None:
        for statement in statements:
            await connection.execute(statement, timeout=3600)


async def _stream(part: Mapping[str, Column]) -> AsyncIterator[bytes]:
    yield HEAD + await asyncio.to_thread(rows_of, part) + END


async def say_sizes(dsn: str, scale: float, folder: Path | None) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    taken = await connection.fetchval("SELECT pg_database_size(current_database())")
    await connection.close()
    say("disk", taken / 2**30, "GiB", scale=scale)
    say("loader_memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB", scale=scale)
    if folder is not None:
        say(
            "server_memory",
            server_memory(folder) / 2**20,
            "GiB",
            scale=scale,
            of="all its processes, shared pages once",
        )


def server_memory(folder: Path) -> int:
    """KiB that the embedded server's processes hold now: their own pages, and the shared ones once."""
    postmaster = next(folder.rglob("postmaster.pid")).read_text().split()[0]
    own, shared = 0, 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:
            continue  # it has ended
        if postmaster in (told["PPid"].strip(), told["Pid"].strip()):
            own += int(told["RssAnon"].split()[0])
            shared = max(shared, int(told["RssShmem"].split()[0]))
    return own + shared


def dsn_of(url: str) -> str:
    """For the driver itself, which takes the server's socket from the query."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


async def main(url: str, scale: float, rounds: int, keep: Path | None) -> None:
    async with AsyncExitStack() as stack:
        folder = None
        if not url:
            folder = keep or stack.enter_context(open_folder())
            folder.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(folder).free / 2**30
            if free < 40 * scale and not any(folder.iterdir()):
                raise SystemExit(
                    f"{folder} has {free:.0f} GiB free, about {40 * scale:.0f} are needed: give a smaller --scale"
                )
            url = await stack.enter_async_context(embedded_postgres(folder))
        await migrate(url)
        database = await ContactDatabase.open(url, 6, statement_seconds=3600)
        stack.push_async_callback(database.close)
        campaigns = DatabaseCampaignBook(database)
        if await campaigns.campaigns():
            print("the database is filled already: it is not loaded again", flush=True)
        else:
            for number in range(len(SHARES)):
                await campaigns.create(CampaignPlan(f"campaign {number + 1}"))
            await Load(dsn_of(url), scale).run()
        await say_sizes(dsn_of(url), scale, folder)
        await measure_ranking(database, dsn_of(url), scale, NOW)
        await measure_refills(database, dsn_of(url), scale, round(RECORDS * scale), rounds)
        await measure_screen_pop(database, round(CONTACTS * scale), 2_000)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="", help="PostgreSQL address of an empty database; empty: an embedded server")
    parser.add_argument("--scale", type=float, default=1.0, help="share of 17 million contacts, 0.01 to 1 (1)")
    parser.add_argument("--rounds", type=int, help="refills in each case (200, fewer where the list is shorter)")
    parser.add_argument("--keep", type=Path, help="folder whose database stays, and is used again if it is filled")
    given = parser.parse_args()
    if not 0.01 <= given.scale <= 1:
        parser.error("--scale must be 0.01 to 1")
    most = rounds_of(int(0.95 * CONTACTS * SHARES[0] * given.scale))
    rounds = min(200, most) if given.rounds is None else given.rounds
    if not 2 <= rounds <= most:
        parser.error(f"--rounds must be 2 to {most} at --scale {given.scale:g}: each refill takes 1,000 leads")
    asyncio.run(main(given.url, given.scale, rounds, given.keep))
