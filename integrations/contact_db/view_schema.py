"""What is known of a person beyond the lead lists: attributes with their sources, products, and contacts over all
channels.

**Distribution key.** All of it is about a person, so it lies with the contact (schema.py).
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dialer.domain.contact import AttributeKind, Channel, Direction
from integrations.contact_db.columns import identity, metadata, moment, one_of, recorded, words

contact_attributes = Table(
    "contact_attributes",
    metadata,
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False, comment="lower case with _, like monthly_spend"),
    Column("source", Text, nullable=False, comment="who says so, like agent, crm, self_service"),
    words("kind"),
    Column("value", JSONB, nullable=False, comment="a text, number, true, false or list of texts"),
    Column("trust", Double, nullable=False, comment="how far the source was trusted for it, 0 to 1"),
    moment("at", required=True),
    recorded("recorded_at"),
    PrimaryKeyConstraint("contact_id", "name", "source"),
    one_of("kind", AttributeKind),
    CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,62}$'", name="name"),
    CheckConstraint("trust BETWEEN 0 AND 1", name="trust"),
)
"""One row a source: what it said last. Who reads weighs the sources against each other."""

products_held = Table(
    "products_held",
    metadata,
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("product", Text, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, comment="the first day without it; null: still held"),
    words("source", ""),
    PrimaryKeyConstraint("contact_id", "product", "since"),
    CheckConstraint("until >= since", name="until"),
    CheckConstraint("product <> ''", name="product"),
    Index("products_held_product", "product"),
)

touches = Table(
    "touches",
    metadata,
    identity(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    moment("at", required=True),
    words("channel"),
    words("direction"),
    Column("campaign_id", BigInteger, comment="null: of none"),
    words("topic", ""),
    words("outcome", ""),
    Column("details", JSONB, nullable=False, server_default=text("'{}'")),
    words("source", ""),
    PrimaryKeyConstraint("id", "contact_id"),
    one_of("channel", Channel),
    one_of("direction", Direction),
    CheckConstraint("jsonb_typeof(details) = 'object'", name="details"),
    Index("touches_of_contact", "contact_id", "at"),
)
"""Contacts by every channel that are no attempts of ours: a message sent, a shop visited, an inbound call. Attempts
have their own table; a person's history is both."""
