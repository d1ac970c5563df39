"""How long the unified view of a person takes on a big contact database: to be read, and to be answered by the API.

    python -m benchmarks.screen_pop [--contacts 1000000] [--url postgresql://...]

Writes JSON lines: name, value, unit, and what it was measured with. Without --url on an embedded server of its own.
With one, on an empty database that is migrated first and filled. Each contact has 6 attributes of up to two sources,
2 products and 2 touches; each tenth preferences, a place in an account with another above it, a churn sign and a step.
"view": the statement and the values made of it; "answer": the same, merged and written as JSON, as the API does;
"cold": each contact for the first time. Its target is a p99 under 20 ms at 17 million contacts.
"""

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from random import Random

from sqlalchemy import text

from benchmarks.claim_latency import NOW, open_folder, say, say_quantiles
from dialer.bootstrap import knowledge
from dialer.domain.ids import ContactId
from dialer.settings import ContactsSettings
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.embedded import embedded_postgres
from integrations.contact_db.migration import migrate
from integrations.http_api.knowledge import Knowledge
from integrations.http_api.knowledge_answers import view_answer

_PEOPLE = "generate_series(CAST(:low AS bigint), CAST(:high AS bigint)) AS i"
FILL = (
    f"INSERT INTO contacts (id, name, time_zone) SELECT i, 'contact ' || i, 'Europe/Berlin' FROM {_PEOPLE}",
    f"INSERT INTO phone_numbers (contact_id, e164) SELECT i, '+1202' || lpad(CAST(i AS text), 9, '0') FROM {_PEOPLE}",
    f"""INSERT INTO contact_attributes (contact_id, name, source, kind, value, trust, at)
    SELECT i, name, source, kind, value, trust, CAST(:now AS timestamptz) - (i % 700) * interval '1 day'
    FROM {_PEOPLE}, (VALUES
        ('town', 'crm', 'personal', CAST('"Leipzig"' AS jsonb), .85), ('town', 'agent', 'personal', '"Halle"', .75),
        ('household_size', 'survey', 'social', '3', .7), ('monthly_spend', 'billing', 'consumption', '24.5', .95),
        ('tariff', 'billing', 'consumption', '"Flex 10"', .95), ('roams', 'agent', 'consumption', 'true', .75)
    ) AS told(name, source, kind, value, trust)""",
    f"""INSERT INTO products_held (contact_id, product, since)
    SELECT i, product, '2024-01-01' FROM {_PEOPLE}, (VALUES ('mobile'), ('broadband')) AS held(product)""",
    f"""INSERT INTO touches (contact_id, at, channel, direction, topic, outcome, source)
    SELECT i, CAST(:now AS timestamptz) - (i % 300 + n) * interval '1 day', 'sms', 'outbound', 'offers', 'read', 'crm'
    FROM {_PEOPLE}, generate_series(1, 2) AS n""",
    f"""INSERT INTO preferences (contact_id, channels, refused_topics, source, at)
    SELECT i, '{{sms,call}}', '{{surveys}}', 'self_service', :now FROM {_PEOPLE} WHERE i % 10 = 0""",
    f"INSERT INTO account_members (contact_id, account_id) SELECT i, 1 + i / 10 % 1000 FROM {_PEOPLE} WHERE i % 10 = 0",
    f"""INSERT INTO churn_signs (contact_id, sign, grade, reason, source, at)
    SELECT i, 'price_elsewhere', 3, 'price', 'agent 1001', :now FROM {_PEOPLE} WHERE i % 10 = 0""",
    f"""INSERT INTO next_steps (contact_id, what, source, at)
    SELECT i, 'send the leaflet', 'agent 1001', :now FROM {_PEOPLE} WHERE i % 10 = 0""",
)
ACCOUNTS = (
    "INSERT INTO accounts (id, name, kind) SELECT i, 'group ' || i, 'business' FROM generate_series(10001, 10100) AS i",
    "INSERT INTO accounts (id, name, kind, parent_id) SELECT i, 'site ' || i, 'business', 10001 + i % 100 "
    "FROM generate_series(1, 1000) AS i",
)
CHUNK = 250_000


async def fill(database: ContactDatabase, contacts: int) -> None:
    for statement in ACCOUNTS:
        await database.fetch(text(statement))
    for low in range(1, contacts + 1, CHUNK):
        part = {"low": low, "high": min(contacts, low + CHUNK - 1)}
        async with database.transaction() as connection:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))  # no look-up of each key
            for statement in FILL:
                named = part | ({"now": NOW} if ":now" in statement else {})
                await connection.execute(text(statement), named)
    await database.fetch(text("VACUUM ANALYZE"))


async def answered(known: Knowledge, contact: ContactId) -> bytes:
    view = await known.views.view(contact)
    return view_answer(view, known.catalogue, NOW, numbers_in_full=False).model_dump_json().encode()


async def measure(database: ContactDatabase, contacts: int, rounds: int) -> None:
    known, random = knowledge(ContactsSettings(), database), Random(1)
    people = [ContactId(random.randint(1, contacts)) for _ in range(rounds)]
    await answered(known, ContactId(1))  # opens a connection
    for name in ("cold", "view", "answer"):
        took = []
        for contact in people:
            begun = time.perf_counter()
            await (answered(known, contact) if name != "view" else known.views.view(contact))
            took.append((time.perf_counter() - begun) * 1000)
        say_quantiles(f"screen_pop_{name}", took, contacts=contacts, rounds=rounds, wanted_ms=20)


async def main(url: str, contacts: int, rounds: int) -> None:
    async with AsyncExitStack() as stack:
        if not url:
            url = await stack.enter_async_context(embedded_postgres(stack.enter_context(open_folder())))
        await migrate(url)
        database = await ContactDatabase.open(url, 4, statement_seconds=3600)
        stack.push_async_callback(database.close)
        begun = time.perf_counter()
        await fill(database, contacts)
        say("fill", time.perf_counter() - begun, "s", contacts=contacts)
        await measure(database, contacts, rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="", help="PostgreSQL address; empty: an embedded server")
    parser.add_argument("--contacts", type=int, default=1_000_000, help="people in the contact database")
    parser.add_argument("--rounds", type=int, default=2000, help="views of each kind")
    given = parser.parse_args()
    asyncio.run(main(given.url, given.contacts, given.rounds))
