"""Nothing is written anew about a person who was erased."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import ContactId
from integrations.http_api.people import ERASED_LEAD

_LOOK = text(f"""
SELECT EXISTS (SELECT FROM leads WHERE leads.contact_id = contacts.id AND reason = '{ERASED_LEAD}') AS erased
FROM contacts WHERE id = :contact FOR KEY SHARE
""")
"""Locked, so that an erasure that goes on now comes before or after what is to be written."""


async def refuse_erased(connection: AsyncConnection, contact: ContactId) -> None:
    """NotFound: no such contact. Conflict: it was erased."""
    found = (await connection.execute(_LOOK, {"contact": contact})).one_or_none()
    if found is None:
        raise NotFound(f"no contact with number {contact}")
    if found.erased:
        raise Conflict(f"contact {contact} was erased: nothing is written about this person any more")
