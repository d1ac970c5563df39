"""The tables of inbound service and of the marketing switch.

**Distribution key.** All is asked for by service group, and nothing here joins what is about persons: on distributed
PostgreSQL these tables are distributed by `service_group`, which is in each primary key and unique key. Only
`inbound_seen`, a row a server, is a reference table. Asking for all groups' changes at once then asks each shard.

A service group lives in the settings, not in a table: its history outlasts it.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from integrations.contact_db.columns import identity, metadata, moment, one_of, some_of, words
from pacing.marketing.verdict import Cause, SwitchState


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


inbound_steps = Table(
    "inbound_steps",
    metadata,
    words("service_group"),
    moment("begins_at", required=True),
    Column("blind", Boolean, nullable=False, comment="true: not all of it was seen"),
    _count("offered"),
    _count("answered"),
    _count("within_threshold"),
    _count("abandoned"),
    _count("short_abandons"),
    _count("left_queue"),
    _count("callers"),
    _count("callers_through"),
    PrimaryKeyConstraint("service_group", "begins_at"),
    CheckConstraint("within_threshold BETWEEN 0 AND answered", name="within_threshold"),
    CheckConstraint("abandoned >= 0 AND left_queue >= 0", name="missed"),
    CheckConstraint("answered + abandoned + left_queue <= offered", name="offered"),
    CheckConstraint("short_abandons >= 0", name="short_abandons"),
    CheckConstraint("callers_through BETWEEN 0 AND callers", name="callers"),
)

caller_tries = Table(
    "caller_tries",
    metadata,
    words("service_group"),
    moment("began_at", required=True),
    Column("caller", Text, nullable=False, comment="a pseudonym of the number; empty: no number was shown"),
    Column("through", Boolean, nullable=False),
    PrimaryKeyConstraint("service_group", "began_at", "caller"),
    Index("caller_tries_at", "began_at"),
)

inbound_seen = Table(
    "inbound_seen",
    metadata,
    words("server"),
    moment("seen_until", required=True),
    PrimaryKeyConstraint("server"),
)

switch_changes = Table(
    "switch_changes",
    metadata,
    identity(),
    words("service_group"),
    moment("changed_at", required=True),
    words("state"),
    Column("causes", ARRAY(Text), nullable=False, comment="what closed it"),
    words("explanation"),
    Column("figures", JSONB, nullable=False, comment="that caused it, as they were"),
    Column("changed_by", Text, nullable=False, comment="who, when it was by hand; else empty"),
    PrimaryKeyConstraint("service_group", "id"),
    UniqueConstraint("service_group", "changed_at", "state"),
    one_of("state", SwitchState),
    some_of("causes", Cause),
    CheckConstraint("state = 'open' OR cardinality(causes) > 0", name="closed"),
    CheckConstraint("jsonb_typeof(figures) = 'object'", name="figures"),
    Index("switch_changes_at", "changed_at", "id"),
)

hand_orders = Table(
    "hand_orders",
    metadata,
    identity(),
    words("service_group"),
    words("ordered_by"),
    words("why"),
    moment("ordered_at", required=True),
    Column("until", DateTime(timezone=True), comment="when it ends by itself; null: when it is lifted"),
    moment("lifted_at"),
    Column("lifted_by", Text),
    Column("lifted_why", Text),
    PrimaryKeyConstraint("service_group", "id"),
    CheckConstraint("ordered_by <> '' AND why <> ''", name="order"),
    CheckConstraint("until > ordered_at", name="until"),
    CheckConstraint("num_nulls(lifted_at, lifted_by, lifted_why) IN (0, 3) AND lifted_by <> ''", name="lifted"),
    Index("hand_orders_standing", "service_group", unique=True, postgresql_where=text("lifted_at IS NULL")),
)
