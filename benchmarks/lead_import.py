"""How long a list of a million rows takes into the embedded PostgreSQL, and how long the same file takes again.

The list is generated (numbers of valid form, dialed by nobody): phone, name, key, city, state, segment, score; one row
in a thousand is bad, one in five hundred names a contact of before. The stages are measured by themselves first, on one
core: reading, checking. CPU seconds are given beside wall-clock seconds, since other work on the machine disturbs them
less; the database's own are those of its server process for the import's connection (Linux).

    python -m benchmarks.lead_import [--rows 1000000]

One JSON object a line.
"""

import argparse
import asyncio
import json
import os
import time
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import text

from dialer.clock import SystemClock
from dialer.domain.campaign import CampaignPlan
from integrations.contact_db.campaign_book import DatabaseCampaignBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.migration import migrate
from integrations.lead_files.importer import CHUNK_ROWS, ImportOptions, import_leads
from integrations.lead_files.mapping import map_columns
from integrations.lead_files.normalising import normalise
from integrations.lead_files.table import open_table

CODES = ("202", "212", "214", "305", "312", "404", "412", "617", "704", "713")
CITIES = ("Boston,MA", "Chicago,IL", "Dallas,TX", "Miami,FL", "New York,NY")


def write_list(path: Path, rows: int, seed: int) -> None:
    random = Random(seed)
    with path.open("w", encoding="utf-8") as file:
        file.write("phone,name,customer id,city,state,segment,score\n")
        for row in range(rows):
            person = row - random.randrange(1, 1000) if row > 1000 and row % 500 == 0 else row
            code = CODES[person % len(CODES)]
            exchange, line = divmod(person // len(CODES), 10_000)
            phone = "none" if row % 1000 == 7 else f"({code}) {220 + exchange}-{line:04d}"
            score = random.randrange(1000) / 10
            file.write(
                f"{phone},Person {person},C{person},{CITIES[person % 5]},{'new' if row % 3 else 'old'},{score}\n"
            )


def tell(name: str, value: float, unit: str, **case: object) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, **case}), flush=True)


def stages(path: Path) -> None:
    """Reading and checking, each alone on one core."""
    began = time.process_time()
    with closing(open_table(path)) as table:
        chunks = list(table.chunks(CHUNK_ROWS))
        columns = map_columns(table.columns)
    read = time.process_time() - began
    rows = sum(map(len, chunks))
    began = time.process_time()
    for chunk in chunks:
        normalise(columns, "US", SystemClock().now(), chunk)
    checked = time.process_time() - began
    tell("lead_import_read", round(rows / read), "rows per CPU second", rows=rows)
    tell("lead_import_check", round(rows / checked), "rows per CPU second", rows=rows)


async def server_cpu_seconds(database: ContactDatabase) -> float:
    """Of the processes that serve this database's one connection; 0 where that can't be known."""
    [row] = await database.fetch(text("SELECT pg_backend_pid() AS pid"))
    with suppress(OSError):
        fields = (await asyncio.to_thread(Path(f"/proc/{row.pid}/stat").read_text)).rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


async def imports(path: Path, folder: Path) -> None:
    async with embedded_postgres(folder) as url:
        await migrate(url)
        database = await ContactDatabase.open(url, 1)
        try:
            campaign = await DatabaseCampaignBook(database).create(CampaignPlan(name="benchmark"))
            for name in ("lead_import", "lead_import_again"):
                cpu = await server_cpu_seconds(database)
                done = await import_leads(path, campaign, database, ImportOptions())
                case = {
                    "rows": done.rows,
                    "refused": done.refused,
                    "new": done.loaded.new,
                    "unchanged": done.loaded.unchanged,
                }
                tell(name, round(done.rows / done.seconds), "rows/s", **case)
                tell(f"{name}_wall", round(done.seconds, 1), "s", **case)
                tell(f"{name}_server", round(await server_cpu_seconds(database) - cpu, 1), "CPU s", **case)
        finally:
            await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="paceline-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        path = folder / "list.csv"
        write_list(path, given.rows, given.seed)
        stages(path)
        asyncio.run(imports(path, folder))


if __name__ == "__main__":
    main()
