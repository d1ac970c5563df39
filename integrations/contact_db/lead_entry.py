"""One lead added by hand or by another system; files go through the lead loader."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import bindparam

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import CampaignId, LeadId
from integrations.contact_db.clashes import HOLD_BACK_ONE
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.schema import leads
from integrations.http_api.readings import LeadEntry

_CONTACT = text("""
INSERT INTO contacts (external_key, name, attributes, time_zone)
VALUES (nullif(:key, ''), :name, :attributes, :time_zone)
ON CONFLICT (external_key) DO UPDATE SET name = coalesce(nullif(EXCLUDED.name, ''), contacts.name),
    attributes = contacts.attributes || EXCLUDED.attributes,
    time_zone = coalesce(EXCLUDED.time_zone, contacts.time_zone), updated_at = now()
RETURNING id
""").bindparams(bindparam("attributes", type_=JSONB))

_NUMBERS = text("""
INSERT INTO phone_numbers (contact_id, e164, rank)
SELECT :contact, e164, place FROM unnest(CAST(:numbers AS text[])) WITH ORDINALITY AS given(e164, place)
ON CONFLICT (contact_id, e164) DO UPDATE SET rank = EXCLUDED.rank
""")


async def add_lead(database: ContactDatabase, campaign: CampaignId, entry: LeadEntry, now: datetime) -> LeadId:
    """Add a lead; a contact known by its key is brought up to date. Conflict: it is a lead of this campaign already.
    One whose contact holds, or was offered, a product that excludes the campaign's is held back with that reason.

    NotFound when there is no such campaign.
    """

    async def work(connection: AsyncConnection) -> LeadId:
        contact = (await connection.execute(_CONTACT, _contact(entry))).scalar_one()
        numbers = list(dict.fromkeys(number.e164 for number in entry.numbers))
        await connection.execute(_NUMBERS, {"contact": contact, "numbers": numbers})
        row = {"campaign_id": campaign, "contact_id": contact, "score": entry.score, "base_score": entry.score}
        made = (await connection.execute(insert(leads).values(row).returning(leads.c.id))).scalar_one()
        await connection.execute(HOLD_BACK_ONE, {"campaign": campaign, "lead": made, "now": now})
        return LeadId(made)

    try:
        return await database.run(work)
    except Conflict:
        raise Conflict("this contact is a lead of the campaign already") from None
    except NotFound:
        raise NotFound(f"no campaign with number {campaign}") from None


def _contact(entry: LeadEntry) -> dict[str, Any]:
    return {
        "key": entry.external_key,
        "name": entry.name,
        "attributes": dict(entry.attributes),
        "time_zone": entry.time_zone,
    }
