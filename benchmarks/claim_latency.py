"""How long claiming takes on a big list, for one engine and for several at once; and what a batch of attempts costs.

    python -m benchmarks.claim_latency [--leads 2000000] [--url postgresql://...]

Writes JSON lines: name, value, unit, and what it was measured with. Without --url on an embedded server of its own.
With one, on an empty database that is migrated first and filled. "process_seconds" are the Python process's.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import quantiles

from sqlalchemy import text

from dialer.domain.call import Attempt, ended
from dialer.domain.campaign import CampaignPlan
from dialer.domain.ids import CampaignId, EngineName, ServerName, new_attempt_id
from dialer.domain.lead import Lead
from dialer.domain.outcome import CallEnd
from dialer.ports import Blocked, ClosedAttempt
from integrations.contact_db.attempt_book import DatabaseAttemptBook
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.migration import migrate

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(seconds=120)
FILL = (
    "INSERT INTO contacts (name) SELECT 'contact ' || i FROM generate_series(1, :leads) AS i",
    "INSERT INTO phone_numbers (contact_id, e164) SELECT id, '+1202' || lpad(CAST(id AS text), 8, '0') FROM contacts",
    "INSERT INTO leads (campaign_id, contact_id, score) SELECT :campaign, id, random() * 100 FROM contacts",
)


def say(name: str, value: float, unit: str, **parameters: object) -> None:
    print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, **parameters}), flush=True)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder on a real disk, gone afterwards; the server's own user may enter it."""
    with tempfile.TemporaryDirectory(prefix="paceline-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


async def timed(work: Callable[[], Awaitable[object]], rounds: int) -> list[float]:
    """Milliseconds of each round."""
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await work()
        took.append((time.perf_counter() - begun) * 1000)
    return took


def say_quantiles(name: str, milliseconds: Sequence[float], **parameters: object) -> None:
    percentiles = quantiles(milliseconds, n=100, method="inclusive")
    say(f"{name}_p50", percentiles[49], "ms", **parameters)
    say(f"{name}_p99", percentiles[98], "ms", **parameters)


async def fill(database: ContactDatabase, leads: int) -> CampaignId:
    campaign = (await DatabaseCampaignBook(database).create(CampaignPlan("benchmark"))).id
    for statement in FILL:
        await database.fetch(text(statement), {"leads": leads, "campaign": campaign})
    await database.fetch(text("VACUUM ANALYZE"))
    return campaign


async def measure_claims(database: ContactDatabase, campaign: CampaignId, leads: int, count: int, rounds: int) -> None:
    stock = DatabaseLeadStock(database)

    async def claims(owner: EngineName) -> list[float]:
        took = []
        for _ in range(rounds):
            begun = time.perf_counter()
            claimed = await stock.claim(campaign, count, owner, NOW, UNTIL)
            await stock.facts(campaign, claimed, NOW)
            took.append((time.perf_counter() - begun) * 1000)
            assert len(claimed) == count
            # as after their calls: not ready any more
            await stock.block([Blocked(one.id, "called", UNTIL) for one in claimed], owner)
        return took

    for claimers in (1, 4):
        took = await asyncio.gather(*(claims(EngineName(f"engine-{number}")) for number in range(claimers)))
        together = [one for each in took for one in each]
        say_quantiles("claim", together, claimed=count, claimers=claimers, leads=leads, rounds=rounds)


async def known(stock: DatabaseLeadStock, campaign: CampaignId, count: int, owner: EngineName) -> list[Lead]:
    """Claimed, with what the gate must know of them."""
    return await stock.facts(campaign, await stock.claim(campaign, count, owner, NOW, UNTIL), NOW)


def attempt_on(lead: Lead, random: Random) -> Attempt:
    number = lead.numbers[0]
    attempt = new_attempt_id(NOW, random)
    server = ServerName("main")
    return Attempt(attempt, lead.campaign, lead.id, lead.contact, number.id, number.number, server, NOW, "allowed")


async def measure_attempts(database: ContactDatabase, campaign: CampaignId, batch: int, rounds: int) -> None:
    """Claim, open and close, as an engine does for each attempt."""
    stock, book, random = DatabaseLeadStock(database), DatabaseAttemptBook(database), Random(1)
    owner = EngineName("engine-1")
    spent: dict[str, float] = {"claim": 0.0, "open": 0.0, "close": 0.0}
    took: dict[str, list[float]] = {name: [] for name in spent}

    async def once(name: str, work: Awaitable[object]) -> object:
        begun, used = time.perf_counter(), time.process_time()
        result = await work
        spent[name] += time.process_time() - used
        took[name].append((time.perf_counter() - begun) * 1000)
        return result

    for _ in range(rounds):
        leads = await once("claim", known(stock, campaign, batch, owner))
        assert isinstance(leads, list)
        attempts = [attempt_on(lead, random) for lead in leads]
        await once("open", book.open(attempts, owner))
        closed = [ClosedAttempt(ended(attempt, CallEnd(17, NOW)), UNTIL, False, 1.0) for attempt in attempts]
        await once("close", book.close(closed))
    for name, seconds in spent.items():
        say_quantiles(f"batch_{name}", took[name], batch=batch, rounds=rounds)
        say(
            f"batch_{name}_process_seconds",
            1e6 * seconds / (batch * rounds),
            "us per attempt",
            batch=batch,
            rounds=rounds,
        )


async def main(url: str, leads: int, rounds: int) -> None:
    async with AsyncExitStack() as stack:
        if not url:
            url = await stack.enter_async_context(embedded_postgres(stack.enter_context(open_folder())))
        await migrate(url)
        database = await ContactDatabase.open(url, 4, statement_seconds=3600)
        stack.push_async_callback(database.close)
        begun = time.perf_counter()
        campaign = await fill(database, leads)
        say("fill", time.perf_counter() - begun, "s", leads=leads)
        await measure_claims(database, campaign, leads, 200, rounds)
        for batch in (20, 100):
            await measure_attempts(database, campaign, batch, rounds)
        stock = DatabaseLeadStock(database)
        say_quantiles("report", await timed(lambda: stock.report(campaign), 5), leads=leads)
        say_quantiles("wake", await timed(lambda: stock.wake(NOW), 20), leads=leads)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="", help="PostgreSQL address; empty: an embedded server")
    parser.add_argument("--leads", type=int, default=2_000_000, help="leads in the campaign")
    parser.add_argument("--rounds", type=int, default=100, help="claims by each claimer")
    given = parser.parse_args()
    asyncio.run(main(given.url, given.leads, given.rounds))
