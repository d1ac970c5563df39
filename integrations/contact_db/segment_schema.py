"""Segments and rules of experience. They are about nobody in particular: reference tables on a distributed server."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from dialer.domain.contact import Channel
from integrations.contact_db.columns import metadata, one_of, recorded, words

NAME = "^[a-z][a-z0-9_-]{0,62}$"

segments = Table(
    "segments",
    metadata,
    Column("name", Text, nullable=False),
    Column("priority", Integer, nullable=False, comment="1 comes first"),
    Column("expression", Text, nullable=False, comment="who belongs to it; docs/segments.md has the language"),
    Column("outreach", Text, comment="the channel by which it is met; null: not said"),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id", ondelete="SET NULL"), comment="whom it feeds"),
    words("offer", ""),
    words("note", ""),
    recorded("changed_at"),
    PrimaryKeyConstraint("name"),
    UniqueConstraint("priority", deferrable=True, initially="DEFERRED"),
    CheckConstraint(f"name ~ '{NAME}'", name="name"),
    CheckConstraint("priority BETWEEN 1 AND 1000000", name="priority"),
    CheckConstraint("expression <> ''", name="expression"),
    one_of("outreach", Channel),
)

experience_rules = Table(
    "experience_rules",
    metadata,
    Column("name", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("expression", Text, nullable=False, comment="whom the product suits"),
    Column("because", Text, nullable=False, comment="why, in words for the agent"),
    recorded("changed_at"),
    PrimaryKeyConstraint("name"),
    CheckConstraint(f"name ~ '{NAME}'", name="name"),
    CheckConstraint("product <> ''", name="product"),
)
