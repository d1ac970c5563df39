"""How long a hopper's refill of 1,000 leads takes on a big contact database: a part of contact_data.py.

Beside each refill, in the same second, plain arithmetic of about the same length: on a machine that others share it is
held up now and then, and so is a refill. What the worst of both have in common is the machine's.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import asyncpg

from benchmarks.claim_latency import attempt_on, say, say_quantiles
from benchmarks.contact_ranking import rank_until
from dialer.domain.call import ended
from dialer.domain.ids import CampaignId, EngineName, LeadId
from dialer.domain.lead import Claimed
from dialer.domain.outcome import CallEnd
from dialer.engine.hopper import Hopper
from dialer.engine.proof import Proof
from dialer.ports import Blocked, ClosedAttempt
from integrations.contact_db.attempt_book import DatabaseAttemptBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.proof_book import DatabaseProofBook

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
WANTED_MS = 50
PAUSE = 2.0
"""Between refills: 500 leads a second are leased, several times what is called meanwhile."""
CALLS_AT_ONCE, CALLS_SECONDS = 20, 0.4
"""50 calls a second; 500 agents, who have 700 calls a day each, make 12."""
PIECES = 100
"""Of arithmetic, 10 to 20 ms together: about as long as a refill."""
WARM_ROUNDS = 5
"""Refills that are not counted: they open connections."""
CASES = 3
REPORT = """
SELECT channel, outcome, date_trunc('month', at) AS month, count(*), count(DISTINCT contact_id)
FROM touches WHERE id BETWEEN $1 AND $2 GROUP BY 1, 2, 3
"""


def rounds_of(leads: int) -> int:
    """How many rounds of each case a list is long enough for."""
    return leads // (CASES * 1_000) - WARM_ROUNDS


async def measure_refills(database: ContactDatabase, dsn: str, scale: float, records: int, rounds: int) -> None:
    """A hopper that takes 1,000 leads at a time: alone, while calls go on and a report runs, and beside a ranking."""
    # as `dialer run` does
    gc.collect()
    gc.freeze()
    await _refills(database, scale, rounds, beside="nothing")
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        calls = tasks.create_task(_calls(database, stop))
        reports = tasks.create_task(_reports(dsn, records, stop))
        await asyncio.sleep(1)
        await _refills(database, scale, rounds, beside="calls and a report")
        stop.set()
    say("calls_meanwhile", calls.result(), "calls/s", scale=scale)
    say("report_meanwhile", reports.result(), "rows/s", scale=scale)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(rank_until(stop, database, NOW + timedelta(days=2)))
        await asyncio.sleep(1)
        await _refills(database, scale, rounds, beside="a ranking")
        stop.set()


async def _refills(database: ContactDatabase, scale: float, rounds: int, **case: object) -> None:
    stock, owner = _Timed(database), EngineName("refills")
    hopper = Hopper(CampaignId(1), stock, Proof(DatabaseProofBook(database), owner), owner, 120.0)
    leased, dialable, plain = list[float](), list[float](), list[float]()
    for number in range(rounds + WARM_ROUNDS):
        begun = time.perf_counter()
        assert await hopper.refill(1_000, NOW) == 1_000, "the list is used up: load another, or ask for fewer --rounds"
        if number >= WARM_ROUNDS:
            dialable.append((time.perf_counter() - begun) * 1000)
            leased.append((stock.leased_at - begun) * 1000)
        await hopper.look_ahead(1_000, NOW)
        # as after their calls: not ready any more
        hopper.drop(set(stock.leads))
        await stock.block([Blocked(lead, "called", NOW + timedelta(hours=20)) for lead in stock.leads], owner)
        await asyncio.sleep(PAUSE / 2)
        plain.append(_plain())
        await asyncio.sleep(PAUSE / 2)
    case = {"rounds": rounds, "scale": scale, **case}
    refill = {"leads": 1_000, "wanted_p99_ms": WANTED_MS, **case}
    say_quantiles("refill", leased, of="leads that are leased and in order", **refill)
    say_quantiles("refill_dialable", dialable, of="and what the gate must know of the first 200", **refill)
    say_quantiles("plain_arithmetic", plain[WARM_ROUNDS:], of="what the machine makes of work of that length", **case)


def _plain() -> float:
    """Milliseconds of arithmetic that waits for nothing."""
    begun = time.perf_counter()
    for _ in range(PIECES):
        sum(range(10_000))
    return (time.perf_counter() - begun) * 1000


class _Timed(DatabaseLeadStock):
    leads: Sequence[LeadId] = ()
    leased_at = 0.0

    async def claim(self, *asked: Any, **more: Any) -> list[Claimed]:
        claimed = await super().claim(*asked, **more)
        self.leased_at, self.leads = time.perf_counter(), [one.id for one in claimed]
        return claimed


async def _calls(database: ContactDatabase, stop: asyncio.Event) -> float:
    """So many at a time: claimed, opened, closed."""
    stock, book, random, owner = (
        DatabaseLeadStock(database),
        DatabaseAttemptBook(database),
        Random(1),
        EngineName("calls"),
    )
    begun, count = time.perf_counter(), 0
    while not stop.is_set():
        due = begun + CALLS_SECONDS * (1 + count // CALLS_AT_ONCE)
        claimed = await stock.claim(CampaignId(2), CALLS_AT_ONCE, owner, NOW, NOW + timedelta(seconds=120))
        leads = await stock.facts(CampaignId(2), claimed, NOW)
        attempts = [attempt_on(lead, random) for lead in leads]
        await book.open(attempts, owner)
        await book.close(
            [ClosedAttempt(ended(one, CallEnd(17, NOW)), NOW + timedelta(hours=2), False, 1.0) for one in attempts]
        )
        count += len(attempts)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
    return count / (time.perf_counter() - begun)


async def _reports(dsn: str, rows: int, stop: asyncio.Event) -> float:
    """A report over all contact records, read by ranges, so that it holds no snapshot for long."""
    connection = await asyncpg.connect(dsn, timeout=10)
    begun, count, step = time.perf_counter(), 0, 200_000
    while not stop.is_set():
        for first in range(1, rows, step):
            await connection.fetch(REPORT, first, first + step - 1)
            count += step
            if stop.is_set():
                break
    await connection.close()
    return count / (time.perf_counter() - begun)
