"""Calls a second that one engine process sustains against the telephone lab, with every write on.

The engine runs in a process of its own, as `dialer run` would have it: leads claimed from PostgreSQL, attempts
committed before each Originate, outcomes stored, records deleted. Lab and PostgreSQL are other processes. Prints JSON
lines: calls a second, the engine's processor share (1 is one core), and the time from an event's arrival to the pacing
decision that knew of it.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sqlalchemy import text

from dialer.bootstrap import contact_database, running_service
from dialer.clock import scaled_from_now
from dialer.domain.campaign import CampaignPlan, DialMode
from dialer.domain.ids import AgentId, ServerName
from dialer.ports import AgentRecord
from dialer.settings import Settings, load_settings
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.national_lists import DatabaseNationalLists

_LAB = """\
secret = "bench"
talk_mean_seconds = 6
agent_ready_seconds = 0.5
[carrier]
human_share = 0.12
machine_share = 0.0
busy_share = 0.45
answer_delay_seconds = 1
answer_mean_seconds = 4
"""
_LEADS = """
WITH c AS (
    INSERT INTO contacts (name) SELECT 'Bench ' || n FROM generate_series(1, :count) AS n RETURNING id
), p AS (
    INSERT INTO phone_numbers (contact_id, e164, rank)
    SELECT id, '+1212' || (2000000 + id), 0 FROM c RETURNING contact_id
)
INSERT INTO leads (campaign_id, contact_id, score) SELECT :campaign, contact_id, contact_id % 1000 FROM p
"""


MONDAY_TEN_IN_NEW_YORK = datetime(2026, 11, 23, 15, tzinfo=UTC)


def settings_of(url: str, port: int, folder: str, rate: float, clock: str = "") -> Settings:
    return load_settings(
        clock=clock,
        database={"url": url},
        asterisk=[{"name": "lab", "port": port, "secret": "bench", "lines": 15000, "calls_per_second": rate}],
        engine={"name": "bench", "data_directory": folder, "hopper_leads": 2000},
    )


async def engine(arguments: argparse.Namespace) -> None:
    """The measured process: prints one JSON object."""
    settings = settings_of(arguments.url, arguments.port, arguments.folder, arguments.rate, arguments.clock)
    async with running_service(settings) as service:
        await service.engine.trusted.wait()
        for number in range(1001, 1001 + arguments.agents):
            agent = AgentId(str(number))
            await service.desk.enroll_agent(AgentRecord(agent, "bench", ServerName("lab")))
            await service.desk.log_in(agent, "bench")
        await asyncio.sleep(2)
        await service.desk.start_campaign("bench")
        await asyncio.sleep(arguments.warm_up)
        service.engine.floor.decision_seconds.clear()
        before, cpu, began = service.desk.campaigns()[0], _cpu_seconds(), time.monotonic()
        await asyncio.sleep(arguments.seconds)
        view, seconds = service.desk.campaigns()[0], time.monotonic() - began
        result = {
            "calls_per_second": (view.opened - before.opened) / seconds,
            "outcomes_per_second": (sum(view.outcomes.values()) - sum(before.outcomes.values())) / seconds,
            "cores": (_cpu_seconds() - cpu) / seconds,
            "decisions": list(service.engine.floor.decision_seconds),
            "lines": sum(view.lines.values()),
            "unstored": service.desk.unstored,
        }
        await service.desk.stop_campaign("bench")
        print(json.dumps(result), flush=True)
        os._exit(0)  # draining would only add minutes


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@asynccontextmanager
async def lab(folder: Path, clock: str) -> AsyncIterator[int]:
    (folder / "lab.toml").write_text(_LAB, "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "integrations.telephone_lab", "--plan", str(folder / "lab.toml"), "--clock", clock,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield int((await process.stdout.readline()).decode().rsplit(":", 1)[1])
    finally:
        process.terminate()
        await process.wait()


async def bench(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="paceline-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # a weekday morning at its own pace, so that calling hours hold whenever the benchmark runs
        clock = scaled_from_now(MONDAY_TEN_IN_NEW_YORK, 1.0).written()
        async with embedded_postgres(folder) as url, lab(folder, clock) as port:
            async with contact_database(settings_of(url, port, name, 1)) as database:
                plan = CampaignPlan(
                    "bench",
                    dial_mode=DialMode.POWER,
                    dial_level=10,
                    wrap_up_seconds=0,
                    max_lines=10000,
                    caller_id="+12025550100",
                )
                campaign = await DatabaseCampaignBook(database).create(plan)
                monday = MONDAY_TEN_IN_NEW_YORK
                async with DatabaseNationalLists(database).loading("US-DNC", monday, monday, "benchmark"):
                    pass
                count = int(arguments.rate * (arguments.seconds + arguments.warm_up) * 1.5)
                async with database.transaction() as connection:
                    await connection.execute(text(_LEADS), {"count": count, "campaign": campaign.id})
                    await connection.execute(text("ANALYZE"))
            command = [sys.executable, "-m", "benchmarks.engine_throughput", "--engine"]
            for key in ("rate", "seconds", "warm_up", "agents"):
                command += [f"--{key.replace('_', '-')}", str(getattr(arguments, key))]
            process = await asyncio.create_subprocess_exec(
                *command,
                "--url",
                url,
                "--port",
                str(port),
                "--folder",
                name,
                "--clock",
                clock,
                stdout=asyncio.subprocess.PIPE,
            )
            printed, _ = await process.communicate()
    tell(json.loads(printed.decode().splitlines()[-1]), arguments)


def tell(result: dict[str, object], arguments: argparse.Namespace) -> None:
    decisions = np.array(result["decisions"]) * 1000
    case = {"cap_calls_per_second": arguments.rate, "agents": arguments.agents, "seconds": arguments.seconds}
    for name, value, unit in (
        ("engine_calls", result["calls_per_second"], "calls/s"),
        ("engine_outcomes_stored", result["outcomes_per_second"], "outcomes/s"),
        ("engine_processor", result["cores"], "cores"),
        ("event_to_decision_p50", float(np.percentile(decisions, 50)), "ms"),
        ("event_to_decision_p99", float(np.percentile(decisions, 99)), "ms"),
        ("engine_lines", result["lines"], "lines"),
    ):
        assert isinstance(value, int | float)
        print(json.dumps({"name": name, "value": round(value, 3), "unit": unit, **case}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=250.0, help="cap on calls a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long is measured (%(default)s)")
    parser.add_argument("--warm-up", type=float, default=40.0, help="before that (%(default)s)")
    parser.add_argument("--agents", type=int, default=600, help="simulated agents (%(default)s)")
    for hidden in ("--url", "--folder", "--clock"):
        parser.add_argument(hidden, default="", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--engine", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    asyncio.run(engine(arguments) if arguments.engine else bench(arguments))


if __name__ == "__main__":
    main()
