"""What other systems know of many people at once: a batch, whole or not at all."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import bindparam

from dialer.domain.errors import Conflict
from dialer.ports.segments import PersonFacts
from integrations.contact_db.database import ContactDatabase
from integrations.http_api.people import ERASED_LEAD

_CONTACTS = """
WITH told AS (SELECT * FROM jsonb_to_recordset(:people) AS one(key text, name text)),
known AS (
    INSERT INTO contacts (external_key, name) SELECT key, name FROM told ORDER BY key
    ON CONFLICT (external_key) DO UPDATE SET name = coalesce(nullif(EXCLUDED.name, ''), contacts.name),
        updated_at = now()
    RETURNING xmax = 0 AS new
)
SELECT count(*) FILTER (WHERE new) FROM known
"""
_ERASED = f"""
SELECT told.place FROM ROWS FROM (jsonb_to_recordset(:people) AS (key text)) WITH ORDINALITY AS told(key, place)
    JOIN contacts ON contacts.external_key = told.key
WHERE EXISTS (SELECT FROM leads WHERE leads.contact_id = contacts.id AND reason = '{ERASED_LEAD}')
ORDER BY told.place
"""
"""After the contacts' rows are locked, so that an erasure that goes on now comes before or after all of this."""
_NUMBERS = """
INSERT INTO phone_numbers (contact_id, e164, rank)
SELECT contacts.id, number, place
FROM jsonb_to_recordset(:people) AS one(key text, numbers jsonb)
    JOIN contacts ON contacts.external_key = one.key
    CROSS JOIN LATERAL jsonb_array_elements_text(numbers) WITH ORDINALITY AS given(number, place)
ON CONFLICT (contact_id, e164) DO NOTHING
"""
_ATTRIBUTES = """
INSERT INTO contact_attributes (contact_id, name, source, kind, value, trust, at)
SELECT contacts.id, told.name, told.source, told.kind, told.value, told.trust, told.at
FROM jsonb_to_recordset(:people) AS one(key text, said jsonb)
    JOIN contacts ON contacts.external_key = one.key
    CROSS JOIN LATERAL jsonb_to_recordset(said)
        AS told(name text, source text, kind text, value jsonb, trust float8, at timestamptz)
ON CONFLICT (contact_id, name, source) DO UPDATE
SET kind = EXCLUDED.kind, value = EXCLUDED.value, trust = EXCLUDED.trust, at = EXCLUDED.at, recorded_at = now()
WHERE contact_attributes.at <= EXCLUDED.at
"""
_PRODUCTS = """
INSERT INTO products_held (contact_id, product, since, until, source)
SELECT contacts.id, held.product, held.since, held.until, :source
FROM jsonb_to_recordset(:people) AS one(key text, held jsonb)
    JOIN contacts ON contacts.external_key = one.key
    CROSS JOIN LATERAL jsonb_to_recordset(held) AS held(product text, since date, until date)
ON CONFLICT (contact_id, product, since) DO UPDATE SET until = EXCLUDED.until, source = EXCLUDED.source
"""


class DatabaseFactBook:
    """dialer.ports.segments.FactBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def note(self, people: Sequence[PersonFacts], source: str) -> int:
        async def work(connection: AsyncConnection) -> int:
            values = {"people": [_told(one) for one in people], "source": source}
            new: int = await connection.scalar(_statement(_CONTACTS), {"people": values["people"]}) or 0
            await _refuse_erased(connection, values["people"])
            for statement in (_NUMBERS, _ATTRIBUTES):
                await connection.execute(_statement(statement), {"people": values["people"]})
            await connection.execute(_statement(_PRODUCTS), values)
            return new

        return await self._database.run(work)


async def _refuse_erased(connection: AsyncConnection, people: object) -> None:
    erased = (await connection.scalars(_statement(_ERASED), {"people": people})).all()
    if erased:
        places = ", ".join(f"people.{place - 1}" for place in erased)
        raise Conflict(f"{places}: erased; nothing is written about these people any more, so leave them out", "people")


def _statement(written: str) -> Any:
    return text(written).bindparams(bindparam("people", type_=JSONB))


def _told(one: PersonFacts) -> dict[str, Any]:
    said = [
        {
            "name": told.spec.name,
            "source": told.source,
            "kind": told.spec.kind.value,
            "value": list(told.value) if isinstance(told.value, tuple) else told.value,
            "trust": told.trust,
            "at": told.at.isoformat(),
        }
        for told in one.said
    ]
    held = [
        {"product": held.product, "since": held.since.isoformat(), "until": held.until and held.until.isoformat()}
        for held in one.holdings
    ]
    numbers = [number.e164 for number in one.numbers]
    return {"key": one.external_key, "name": one.name, "numbers": numbers, "said": said, "held": held}
