"""Waves: a campaign's plan, each person's place in it, what was done by which channel; and what is told to other
systems about it all.

**Distribution key.** Places and acts are a person's, so they lie with the contact (schema.py). `wave_plans`,
`webhooks` and `house_pressure` are small: reference tables. A row of `webhook_deliveries` is about one person.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from dialer.domain.contact import Channel
from dialer.domain.wave import PlaceState, WavesState
from integrations.contact_db.columns import metadata, moment, one_of, recorded, words

wave_plans = Table(
    "wave_plans",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    Column("plan", JSONB, nullable=False, comment="as integrations/wave_plans.py writes it"),
    words("state", WavesState.HELD),
    Column("note", Text, nullable=False, server_default=text("''"), comment="why the last turn did no more"),
    moment("changed_at", required=True),
    PrimaryKeyConstraint("campaign_id"),
    one_of("state", WavesState),
    CheckConstraint("jsonb_typeof(plan) = 'object'", name="plan"),
)

wave_places = Table(
    "wave_places",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("lead_id", BigInteger, nullable=False),
    Column("step", SmallInteger, nullable=False, server_default=text("-1"), comment="taken last, from 0; -1: none"),
    words("state", PlaceState.DUE),
    moment("due_at"),
    Column("results", JSONB, nullable=False, server_default=text("'{}'"), comment="what came of each step, by name"),
    Column(
        "go_on_at", ARRAY(Text), nullable=False, server_default=text("'{}'"), comment="results that end the wait early"
    ),
    words("reason", ""),
    Column("owner", Text, comment="the engine that looks at it now"),
    moment("owned_until"),
    PrimaryKeyConstraint("campaign_id", "contact_id"),
    one_of("state", PlaceState),
    CheckConstraint("(state = 'ended') = (due_at IS NULL)", name="due_at"),
    CheckConstraint("jsonb_typeof(results) = 'object'", name="results"),
    Index("wave_places_due", "campaign_id", "due_at", postgresql_where=text("state <> 'ended'")),
    Index("wave_places_of_contact", "contact_id"),
)

wave_acts = Table(
    "wave_acts",
    metadata,
    Column("id", UUID(as_uuid=False), nullable=False),
    Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    words("step"),
    words("channel"),
    words("address", ""),
    words("sender", ""),
    words("state", "written"),
    moment("at", required=True),
    moment("settled_at"),
    words("reference", ""),
    words("reason", ""),
    words("verdict", ""),
    words("engine", ""),
    Column("details", JSONB, nullable=False, server_default=text("'{}'"), comment="of a shop's task: shop, text, who"),
    PrimaryKeyConstraint("id", "contact_id"),
    one_of("channel", Channel),
    Index("wave_acts_of_contact", "contact_id", "at"),
    Index("wave_acts_of_step", "campaign_id", "step", "at"),
    Index("wave_acts_reference", "channel", "reference", postgresql_where=text("reference <> ''")),
    Index("wave_acts_of_address", "address", "at", postgresql_where=text("address <> ''")),
    Index("wave_acts_written", "engine", postgresql_where=text("state = 'written'")),
    Index("wave_acts_tasks", text("(details ->> 'shop')"), "at", postgresql_where=text("channel = 'shop'")),
)
"""One row a step taken: a message, a prompt, a call that was let loose, a shop's task."""

house_pressure = Table(
    "house_pressure",
    metadata,
    Column("one", Boolean, nullable=False, server_default=text("true")),
    Column("contacts", Integer, nullable=False, comment="most contacts a person in `days`; 0: no limit"),
    Column("days", Double, nullable=False),
    PrimaryKeyConstraint("one"),
    CheckConstraint("one", name="one"),
    CheckConstraint("contacts >= 0 AND days > 0", name="limit"),
)
"""One row: the house's own limit on contacts, over all campaigns and channels, as the settings last said it."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", UUID(as_uuid=False), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False, comment="signs each delivery; never shown again"),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    recorded("created_at"),
    PrimaryKeyConstraint("id"),
    CheckConstraint("cardinality(kinds) > 0", name="kinds"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", UUID(as_uuid=False), nullable=False, server_default=text("gen_random_uuid()")),
    Column("contact_id", BigInteger, nullable=False),
    Column("webhook_id", UUID(as_uuid=False), ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    words("kind"),
    Column("body", JSONB, nullable=False),
    recorded("made_at"),
    words("state", "pending"),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("next_at", BigInteger, nullable=False, server_default=text("0"), comment="s since 1970; 0: at once"),
    words("last_error", ""),
    PrimaryKeyConstraint("id", "contact_id"),
    CheckConstraint("state IN ('pending', 'dead')", name="state"),
    Index("webhook_deliveries_due", "next_at", postgresql_where=text("state = 'pending'")),
    Index("webhook_deliveries_of_hook", "webhook_id", "state"),
    Index("webhook_deliveries_of_contact", "contact_id"),
)
"""The outbox: written by triggers in the very transaction that stores what is told, taken out when it was delivered."""
