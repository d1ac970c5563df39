"""Consent: what a contact said to being called, with its wording and proof. Words are added, never changed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text

from compliance.rulebook import Kind
from dialer.domain.errors import NotFound
from dialer.domain.ids import ContactId
from dialer.ports import ConsentNote
from integrations.contact_db.database import ContactDatabase

_NOTE = text(f"""
WITH noted AS (
    INSERT INTO consents (contact_id, at, given, purpose, wording, proof, source, expires_at)
    SELECT id, CAST(:at AS timestamptz), CAST(:given AS boolean), CAST(:purpose AS text), :wording, :proof, :source,
        CAST(:expires_at AS timestamptz)
    FROM contacts WHERE id = :contact
    RETURNING contact_id
), looked_at_again AS (
    UPDATE leads SET status = 'ready', reason = NULL FROM noted
    WHERE leads.contact_id = noted.contact_id AND status = 'blocked' AND CAST(:given AS boolean)
        AND reason IN ('{Kind.CONSENT}', '{Kind.REASSIGNED}')
)
SELECT contact_id FROM noted
""")
_OF = text("""
SELECT at, given, purpose, wording, proof, source, expires_at FROM consents
WHERE contact_id = :contact ORDER BY at DESC, id DESC
""")


class DatabaseConsentBook:
    """dialer.ports.ConsentBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def note(self, contact: ContactId, note: ConsentNote) -> None:
        values = {
            "contact": contact,
            "at": note.at,
            "given": note.given,
            "purpose": note.purpose or None,
            "wording": note.wording,
            "proof": note.proof,
            "source": note.source,
            "expires_at": note.expires_at,
        }
        if not await self._database.fetch(_NOTE, values, repeatable=False):
            raise NotFound(f"no contact with number {contact}")

    async def of(self, contact: ContactId) -> Sequence[ConsentNote]:
        return [_note(row) for row in await self._database.fetch(_OF, {"contact": contact})]


def _note(row: Row[Any]) -> ConsentNote:
    return ConsentNote(row.at, row.given, row.source, row.purpose or "", row.wording, row.proof, row.expires_at)
