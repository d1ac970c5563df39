"""What was done with recordings of calls.

**Distribution key.** It is about a person's call, so it lies with the contact (schema.py).
"""

from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import UUID

from dialer.domain.recording import RecordingAct
from integrations.contact_db.columns import identity, metadata, moment, one_of, words

recording_log = Table(
    "recording_log",
    metadata,
    identity(),
    Column("contact_id", BigInteger, nullable=False),
    Column("attempt_id", UUID(as_uuid=False), nullable=False),
    moment("at", required=True),
    words("by"),
    words("role"),
    words("act"),
    words("why", ""),
    PrimaryKeyConstraint("id", "contact_id"),
    ForeignKeyConstraint(["attempt_id", "contact_id"], ["attempts.id", "attempts.contact_id"]),
    one_of("act", RecordingAct),
    Index("recording_log_of_attempt", "attempt_id"),
)
"""Append-only: a trigger refuses to change a row or to delete one."""
