"""The tables that compliance rests on: consent, national do-not-call lists, and the log of verdicts.

**Distribution key.** Consent is about a person, so it lies with the contact (schema.py). Lists are read by all:
reference tables. The log of verdicts is a chain an engine, so it lies with the engine.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import BYTEA, UUID

from compliance.facts import Purpose
from integrations.contact_db.columns import identity, metadata, moment, one_of, recorded, words

consents = Table(
    "consents",
    metadata,
    identity(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    moment("at", required=True),
    Column("given", Boolean, nullable=False, comment="false: withdrawn, for every purpose"),
    Column("purpose", Text, comment="what it was given for; null: it was withdrawn"),
    words("wording", ""),
    words("proof", ""),
    words("source"),
    moment("expires_at"),
    recorded("recorded_at"),
    PrimaryKeyConstraint("id", "contact_id"),
    one_of("purpose", Purpose),
    CheckConstraint("given = (purpose IS NOT NULL)", name="given"),
    CheckConstraint("NOT given OR proof <> ''", name="proof"),
    CheckConstraint("expires_at > at", name="expires_at"),
    Index("consents_of_contact", "contact_id", "at"),
)

national_lists = Table(
    "national_lists",
    metadata,
    Column("name", Text, nullable=False, comment="as rules name it, like US-DNC"),
    Column("copy_id", BigInteger, nullable=False, comment="the copy that is looked up"),
    moment("copied_at", required=True),
    moment("imported_at", required=True),
    Column("numbers", BigInteger, nullable=False),
    words("source"),
    PrimaryKeyConstraint("name"),
    CheckConstraint("numbers >= 0", name="numbers"),
)

national_list_numbers = Table(
    "national_list_numbers",
    metadata,
    Column("copy_id", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False, comment="the digits of E.164"),
    Column("since", Date, comment="when it was listed; null: not known, so long ago"),
    Index("national_list_numbers_number", "number"),
    postgresql_partition_by="LIST (copy_id)",
)
"""A partition a copy: a new copy is loaded beside the old one, and takes its place in one transaction."""

verdicts = Table(
    "verdicts",
    metadata,
    Column("engine", Text, nullable=False),
    Column("place", BigInteger, nullable=False, comment="in the engine's chain, from 1"),
    moment("at", required=True),
    Column("attempt_id", UUID(as_uuid=False), comment="null: it was blocked"),
    Column("contact_id", BigInteger, nullable=False),
    Column("campaign_id", BigInteger, nullable=False),
    Column("record", Text, nullable=False, comment="JSON, byte for byte as it was hashed"),
    Column("hash", BYTEA, nullable=False, comment="SHA-256 of the hash before and the record"),
    PrimaryKeyConstraint("engine", "place"),
    CheckConstraint("place >= 1", name="place"),
    CheckConstraint("octet_length(hash) = 32", name="hash"),
    Index("verdicts_of_attempt", "attempt_id", unique=True),
    Index("verdicts_of_contact", "contact_id", "at"),
    Index("verdicts_at", "at"),
)
"""Append-only: a trigger refuses to change a row, or to delete one but from a chain's beginning when its retention is
over (verdict_anchors); who gets round it breaks the chain."""

verdict_anchors = Table(
    "verdict_anchors",
    metadata,
    Column("engine", Text, nullable=False),
    Column("place", BigInteger, nullable=False, comment="the last verdict that retention deleted"),
    Column("hash", BYTEA, nullable=False, comment="that verdict's"),
    moment("at", required=True),
    moment("deleted_at", required=True),
    PrimaryKeyConstraint("engine"),
    CheckConstraint("place >= 1", name="place"),
    CheckConstraint("octet_length(hash) = 32", name="hash"),
    CheckConstraint("deleted_at >= at + interval '1 year'", name="deleted_at"),
)
"""Where an engine's chain begins. Triggers let it move on alone, to a verdict that is there, with none before it that
is less than a year old by the server's clock, and only in a transaction that deletes every verdict up to it."""
