"""The daily report of a million attempts, and what it costs those who claim leads meanwhile.

    python -m benchmarks.day_report [--attempts 1000000] [--keep FOLDER | --url postgresql://...]

One day of 500 agents in 25 teams, all of whom move at noon; as many people called as attempts, three in ten of whom
an agent spoke with; five segments. Writes JSON lines: name, value, unit, and what it was measured with. Without --url
on an embedded server of its own; with one, on an empty database.
"""

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from benchmarks.claim_latency import open_folder, say, say_quantiles
from benchmarks.contact_data import dsn_of
from dialer.bootstrap import segment_desk
from dialer.clock import SystemClock
from dialer.domain.campaign import CampaignPlan
from dialer.domain.ids import CampaignId, EngineName
from dialer.engine.people.catalogue import load_catalogue
from dialer.engine.reports.desk import DayReports
from dialer.ports import Blocked
from dialer.ports.segments import WrittenSegment
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.day_report_reading import DatabaseDayReading
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.lead_stock import DatabaseLeadStock
from integrations.contact_db.migration import migrate
from integrations.contact_db.segment_book import DatabaseSegmentBook
from integrations.contact_db.staff_book import DatabaseStaffBook
from monitoring.day_report.files import report_files
from tests.fakes.contest import FakeContest

DAY = date(2026, 11, 26)
AGENTS = 500
CLAIMED = 200
FILL = (
    "INSERT INTO agents (id, name, server) SELECT CAST(1000 + i AS text), 'Agent ' || i, 'main'"
    " FROM generate_series(0, {agents} - 1) AS i",
    "INSERT INTO staff_places (agent_id, begins_at, ends_at, team, room, centre)"
    " SELECT id, timestamptz '2026-11-01' + half * interval '25 days 12 hours',"
    " CASE half WHEN 0 THEN timestamptz '2026-11-26 12:00' END,"
    " 'team ' || CAST(id AS integer) / 20, 'room ' || (CAST(id AS integer) / 100 + half) % 5, 'north'"
    " FROM agents, generate_series(0, 1) AS half",
    "INSERT INTO contacts (name, region) SELECT 'contact ' || i, 'FR' FROM generate_series(1, {attempts}) AS i",
    "INSERT INTO phone_numbers (contact_id, e164) SELECT id, '+331' || lpad(CAST(id AS text), 8, '0') FROM contacts",
    "INSERT INTO leads (campaign_id, contact_id, score) SELECT {campaign}, id, random() * 100 FROM contacts",
    "INSERT INTO contact_attributes (contact_id, name, source, kind, value, trust, at)"
    " SELECT id, 'monthly_spend', 'billing', 'consumption', to_jsonb(id % 200), 0.9, timestamptz '2026-11-01'"
    " FROM contacts",
    # twelve hours of calls, as many in each moment; ids by time, as the engine makes them
    "INSERT INTO attempts (id, contact_id, campaign_id, lead_id, number_id, e164, engine, server, opened_at, verdict,"
    " state) SELECT CAST(lpad(to_hex(i), 12, '0') || '70008' || lpad(to_hex(i), 15, '0') AS uuid), i, {campaign}, i, i,"
    " '+331' || lpad(CAST(i AS text), 8, '0'), 'engine-1', 'main',"
    " timestamptz '2026-11-26 08:00' + i * interval '12 hours' / {attempts}, 'allowed', 'ended'"
    " FROM generate_series(1, {attempts}) AS i",
    "INSERT INTO outcomes (attempt_id, contact_id, campaign_id, outcome, cause, answered_at, connected_at, agent_id,"
    " abandoned, ended_at, points) SELECT id, contact_id, campaign_id,"
    " CASE WHEN contact_id % 10 < 3 THEN 'answered' WHEN contact_id % 10 < 8 THEN 'no_answer' ELSE 'busy' END, 16,"
    " CASE WHEN contact_id % 10 < 3 THEN opened_at + interval '9 s' END,"
    " CASE WHEN contact_id % 10 < 3 THEN opened_at + interval '10 s' END,"
    " CASE WHEN contact_id % 10 < 3 THEN CAST(1000 + contact_id / 10 % {agents} AS text) END,"
    " false, opened_at + interval '50 s', 0 FROM attempts",
    "INSERT INTO dispositions (attempt_id, contact_id, agent_id, disposition, at) SELECT attempt_id, contact_id,"
    " agent_id, (ARRAY['sale', 'refused', 'not_interested', 'call_back', 'other'])[1 + contact_id / 10 % 7 % 5],"
    " ended_at + interval '20 s' FROM outcomes WHERE agent_id IS NOT NULL",
    "INSERT INTO agent_states (agent_id, campaign_id, state, at, reason) SELECT agent_id, campaign_id, state,"
    " connected_at + offs * interval '1 s', '' FROM outcomes,"
    " (VALUES (0, 'talking'), (40, 'wrap_up'), (60, 'ready')) AS step(offs, state)"
    " WHERE agent_id IS NOT NULL ORDER BY connected_at + offs * interval '1 s'",
)
SEGMENTS = [
    WrittenSegment(f"spends_{least}", 10 * place, f"monthly_spend >= {least}")
    for place, least in enumerate((160, 120, 80, 40, 0), 1)
]


async def fill(url: str, database: ContactDatabase, attempts: int) -> CampaignId:
    campaign = (await DatabaseCampaignBook(database).create(CampaignPlan("benchmark"))).id
    connection = await asyncpg.connect(dsn_of(url), timeout=10)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute("SET TimeZone = 'UTC'")
    for statement in FILL:
        await connection.execute(statement.format(attempts=attempts, agents=AGENTS, campaign=campaign))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    await DatabaseSegmentBook(database).put(SEGMENTS, [], only=True)
    return campaign


async def claims(database: ContactDatabase, campaign: CampaignId, until: asyncio.Event, least: int) -> list[float]:
    """Milliseconds of each claim, one after the other as an engine makes them, until then."""
    stock, took, owner = DatabaseLeadStock(database), list[float](), EngineName("engine-1")
    while not until.is_set() or len(took) < least:
        now, begun = datetime.now(UTC), time.perf_counter()
        claimed = await stock.claim(campaign, CLAIMED, owner, now, now + timedelta(seconds=120))
        await stock.facts(campaign, claimed, now)
        took.append((time.perf_counter() - begun) * 1000)
        assert len(claimed) == CLAIMED
        # as after their calls: not ready any more
        await stock.block([Blocked(one.id, "called", now + timedelta(days=1)) for one in claimed], owner)
        await asyncio.sleep(0.1)
    return took


async def measure(database: ContactDatabase, campaign: CampaignId, attempts: int, rounds: int) -> None:
    reports = DayReports(
        DatabaseDayReading(database),
        DatabaseStaffBook(database),
        segment_desk(database, SystemClock(), load_catalogue(None)),
        FakeContest(),
        SystemClock(),
        zone=ZoneInfo("UTC"),
        least_hours=1.0,
    )
    case = {"attempts": attempts, "agents": AGENTS, "segments": len(SEGMENTS)}
    alone, beside = asyncio.Event(), asyncio.Event()
    alone.set()
    say_quantiles("claim_alone", await claims(database, campaign, alone, 100), claimed=CLAIMED, **case)
    claiming = asyncio.ensure_future(claims(database, campaign, beside, 0))
    for turn in range(rounds):
        begun = time.perf_counter()
        report = await reports.of(DAY)
        read = time.perf_counter()
        files = await asyncio.to_thread(report_files, report, ("html", "csv", "xlsx"))
        say("day_report", read - begun, "s", turn=turn, wanted_s=20, **case)
        say("day_report_drawn", time.perf_counter() - read, "s", turn=turn, bytes=sum(len(one.data) for one in files))
        assert report.counts.attempts == attempts
    beside.set()
    say_quantiles("claim_beside", await claiming, claimed=CLAIMED, **case)


async def main(given: argparse.Namespace) -> None:
    url: str = given.url
    async with AsyncExitStack() as stack:
        if not url:
            folder = given.keep or stack.enter_context(open_folder())
            folder.mkdir(parents=True, exist_ok=True)
            url = await stack.enter_async_context(embedded_postgres(folder, given.programs))
        await migrate(url)
        database = await ContactDatabase.open(url, 4, statement_seconds=3600)
        stack.push_async_callback(database.close)
        known = await DatabaseCampaignBook(database).campaigns()
        begun = time.perf_counter()
        campaign = known[0].id if known else await fill(url, database, given.attempts)
        say("fill", time.perf_counter() - begun, "s", attempts=given.attempts)
        await measure(database, campaign, given.attempts, given.rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="", help="PostgreSQL address of an empty database; empty: an embedded server")
    parser.add_argument("--programs", type=Path, help="folder of the server's programs; left out: the packaged ones")
    parser.add_argument("--attempts", type=int, default=1_000_000, help="of the day (1000000)")
    parser.add_argument("--keep", type=Path, help="folder whose database stays, and is used again if it is filled")
    parser.add_argument("--rounds", type=int, default=2, help="reports made (2)")
    asyncio.run(main(parser.parse_args()))
