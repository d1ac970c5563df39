"""How long a hopper's refill of 1,000 leads takes on a big contact database: a part of contact_data.py.

Each case is told twice: of all its refills, and of those alone that met no slow spell of the machine (slow_spells.py);
and beside plain arithmetic of some 10 ms, done between them: what the machine makes of any work.
"""

import asyncio
import gc
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from typing import Any, NamedTuple

import asyncpg

from benchmarks.claim_latency import attempt_on, say, say_quantiles
from benchmarks.contact_ranking import rank_until
from benchmarks.slow_spells import SlowSpells
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
WARM_ROUNDS = 5
"""Refills that are not counted: they open connections."""
CASES = 3
PLAIN_MS = 10
"""Of arithmetic, on the machine at rest; it is done halfway between two refills."""
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
    done, plain, turns = list[_Refill](), list[float](), _plain_turns()
    with SlowSpells() as slow:
        for _ in range(rounds + WARM_ROUNDS):
            begun = time.perf_counter()
            came = await hopper.refill(1_000, NOW)
            assert came == 1_000, "the list is used up: load another, or ask for fewer --rounds"
            done.append(_Refill(begun, stock.leased_at, time.perf_counter()))
            await hopper.look_ahead(1_000, NOW)
            # as after their calls: not ready any more
            hopper.drop(set(stock.leads))
            await stock.block([Blocked(lead, "called", NOW + timedelta(hours=20)) for lead in stock.leads], owner)
            await asyncio.sleep(PAUSE / 2)
            plain.append(_plain(turns))
            await asyncio.sleep(PAUSE / 2)
    counted, case = done[WARM_ROUNDS:], {"scale": scale, **case}
    _say_refills("", counted, **case)
    _say_refills("_undisturbed", [one for one in counted if not slow.met(one.begun, one.dialable)], **case)
    say_quantiles("plain_work", plain[WARM_ROUNDS:], of="arithmetic between the refills", rounds=rounds, **case)
    longest = max((1000 * (spell.end - spell.begin) for spell in slow.spells), default=0.0)
    say("machine_slow", 100 * slow.share, "% of the time", spells=len(slow.spells), longest_ms=round(longest), **case)


def _say_refills(which: str, done: Sequence["_Refill"], **case: object) -> None:
    if len(done) < 2:
        return
    case = {"leads": 1_000, "wanted_p99_ms": WANTED_MS, "rounds": len(done), **case}
    leased = [(one.leased - one.begun) * 1000 for one in done]
    dialable = [(one.dialable - one.begun) * 1000 for one in done]
    say_quantiles(f"refill{which}", leased, of="leads that are leased and in order", **case)
    say_quantiles(f"refill_dialable{which}", dialable, of="and what the gate must know of the first 200", **case)


def _plain_turns() -> int:
    """How many turns take so long."""
    piece = 10_000
    return round(PLAIN_MS * piece / median(_plain(piece) for _ in range(100)))


def _plain(turns: int) -> float:
    """Milliseconds that so much arithmetic takes."""
    begun = time.perf_counter()
    sum(range(turns))
    return 1000 * (time.perf_counter() - begun)


class _Refill(NamedTuple):
    """Moments of time.perf_counter()."""

    begun: float
    leased: float
    dialable: float


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
