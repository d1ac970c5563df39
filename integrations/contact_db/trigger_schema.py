"""Events of contacts and the leads that they raised; and what keeps campaigns from getting in each other's way.

**Distribution key.** `contact_events` and `raised_leads` are about a person, so they lie with the contact (schema.py).
The rest is small, or about nobody we know: reference tables.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dialer.domain.contact import Channel
from integrations.contact_db.columns import identity, metadata, moment, one_of, recorded, words

contact_events = Table(
    "contact_events",
    metadata,
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", Text, nullable=False, comment="the sender's own, by which a second telling is known"),
    words("kind"),
    moment("at", required=True),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
    moment("received_at", required=True),
    PrimaryKeyConstraint("contact_id", "event_id"),
    CheckConstraint("event_id <> ''", name="event_id"),
    CheckConstraint("jsonb_typeof(facts) = 'object'", name="facts"),
    Index("contact_events_at", "received_at"),
)

unknown_events = Table(
    "unknown_events",
    metadata,
    Column("event_id", Text, nullable=False),
    words("kind"),
    moment("at", required=True),
    Column("facts", JSONB, nullable=False, server_default=text("'{}'")),
    moment("received_at", required=True),
    Column("named_id", BigInteger, comment="the person, as the sender named them"),
    words("external_key", ""),
    words("e164", ""),
    words("reason"),
    PrimaryKeyConstraint("event_id"),
    CheckConstraint("jsonb_typeof(facts) = 'object'", name="facts"),
)
"""Events of nobody we know, kept until somebody has looked or the person is there."""

raised_leads = Table(
    "raised_leads",
    metadata,
    identity(),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("lead_id", BigInteger, nullable=False),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    words("rule"),
    words("event_id", ""),
    words("offer", ""),
    moment("at", required=True),
    moment("deadline", required=True),
    PrimaryKeyConstraint("id", "contact_id"),
    Index("raised_leads_of_contact", "contact_id", "rule", "at"),
)

exclusive_products = Table(
    "exclusive_products",
    metadata,
    words("product"),
    words("other"),
    Column("offered_days", Double, nullable=False, comment="so long after an offer of one, none of the other is made"),
    recorded("added_at"),
    PrimaryKeyConstraint("product", "other"),
    CheckConstraint("product <> '' AND product < other", name="pair"),
    CheckConstraint("offered_days BETWEEN 0 AND 3650", name="offered_days"),
)

calendar_entries = Table(
    "calendar_entries",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    Column("begins_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False, comment="the last day"),
    Column("hours_begin", Time, nullable=False, comment="local to the floor"),
    Column("hours_end", Time, nullable=False, comment="00:00 is midnight"),
    Column("agents", Integer, nullable=False),
    Column("channels", JSONB, nullable=False, comment="channel to contacts planned a day"),
    PrimaryKeyConstraint("campaign_id"),
    CheckConstraint("ends_on >= begins_on", name="days"),
    CheckConstraint("agents BETWEEN 0 AND 100000", name="agents"),
    CheckConstraint("jsonb_typeof(channels) = 'object'", name="channels"),
)

channel_capacity = Table(
    "channel_capacity",
    metadata,
    words("channel"),
    Column("a_day", Integer, nullable=False, comment="contacts that the channel can take in a day"),
    PrimaryKeyConstraint("channel"),
    one_of("channel", Channel),
    CheckConstraint("a_day >= 0", name="a_day"),
)
