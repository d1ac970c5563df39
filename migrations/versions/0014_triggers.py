"""Events of contacts, the leads that they raise, and what keeps campaigns from getting in each other's way."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLES = (
    "raised_leads",
    "contact_events",
    "calendar_entries",
    "unknown_events",
    "exclusive_products",
    "channel_capacity",
)


def upgrade() -> None:
    op.create_table(
        "channel_capacity",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("a_day", sa.Integer(), nullable=False, comment="contacts that the channel can take in a day"),
        sa.CheckConstraint(
            "channel IN ('call', 'sms', 'email', 'ivr', 'shop', 'web', 'letter')",
            name=op.f("channel_capacity_channel_check"),
        ),
        sa.CheckConstraint("a_day >= 0", name=op.f("channel_capacity_a_day_check")),
        sa.PrimaryKeyConstraint("channel", name=op.f("channel_capacity_pkey")),
    )
    op.create_table(
        "exclusive_products",
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column(
            "offered_days",
            sa.Double(),
            nullable=False,
            comment="so long after an offer of one, none of the other is made",
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("product <> '' AND product < other", name=op.f("exclusive_products_pair_check")),
        sa.CheckConstraint("offered_days BETWEEN 0 AND 3650", name=op.f("exclusive_products_offered_days_check")),
        sa.PrimaryKeyConstraint("product", "other", name=op.f("exclusive_products_pkey")),
    )
    op.create_table(
        "unknown_events",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_id", sa.BigInteger(), nullable=True, comment="the person, as the sender named them"),
        sa.Column("external_key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("e164", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("jsonb_typeof(facts) = 'object'", name=op.f("unknown_events_facts_check")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("unknown_events_pkey")),
    )
    op.create_table(
        "calendar_entries",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="the last day"),
        sa.Column("hours_begin", sa.Time(), nullable=False, comment="local to the floor"),
        sa.Column("hours_end", sa.Time(), nullable=False, comment="00:00 is midnight"),
        sa.Column("agents", sa.Integer(), nullable=False),
        sa.Column("channels", JSONB(), nullable=False, comment="channel to contacts planned a day"),
        sa.CheckConstraint("jsonb_typeof(channels) = 'object'", name=op.f("calendar_entries_channels_check")),
        sa.CheckConstraint("agents BETWEEN 0 AND 100000", name=op.f("calendar_entries_agents_check")),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("calendar_entries_days_check")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("calendar_entries_campaign_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("calendar_entries_pkey")),
    )
    op.create_table(
        "contact_events",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "event_id", sa.Text(), nullable=False, comment="the sender's own, by which a second telling is known"
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("event_id <> ''", name=op.f("contact_events_event_id_check")),
        sa.CheckConstraint("jsonb_typeof(facts) = 'object'", name=op.f("contact_events_facts_check")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("contact_events_contact_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("contact_id", "event_id", name=op.f("contact_events_pkey")),
    )
    op.create_index("contact_events_at", "contact_events", ["received_at"])
    op.create_table(
        "raised_leads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("offer", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("raised_leads_campaign_id_fkey")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("raised_leads_contact_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("raised_leads_pkey")),
    )
    op.create_index("raised_leads_of_contact", "raised_leads", ["contact_id", "rule", "at"])
    op.add_column("campaigns", sa.Column("product", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column(
        "campaigns",
        sa.Column(
            "offer", sa.Text(), server_default=sa.text("''"), nullable=False, comment="in words, for an agent's screen"
        ),
    )
    op.add_column(
        "campaigns", sa.Column("shares_people", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "campaigns",
        sa.Column(
            "pressure_contacts", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="0: any number"
        ),
    )
    op.add_column("campaigns", sa.Column("pressure_days", sa.Double(), server_default=sa.text("7"), nullable=False))
    op.add_column(
        "leads",
        sa.Column(
            "deadline",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of a lead that an event raised: no call then or later",
        ),
    )
    op.add_column(
        "leads",
        sa.Column(
            "raised_from",
            sa.Double(),
            nullable=True,
            comment="its score before that; null: the event made it, and it ends with it",
        ),
    )
    op.create_index(
        "leads_deadline",
        "leads",
        ["deadline"],
        postgresql_where=sa.text("deadline IS NOT NULL AND status IN ('ready', 'waiting', 'blocked')"),
    )
    op.create_index(
        "leads_raised",
        "leads",
        ["campaign_id", sa.text("score DESC"), "deadline", "id"],
        postgresql_where=sa.text("status = 'ready' AND deadline IS NOT NULL"),
    )
    op.create_check_constraint(
        op.f("campaigns_pressure_contacts_check"), "campaigns", "pressure_contacts BETWEEN 0 AND 1000"
    )
    op.create_check_constraint(
        op.f("campaigns_pressure_days_check"), "campaigns", "pressure_days > 0 AND pressure_days <= 366"
    )


def downgrade() -> None:
    for index in ("leads_raised", "leads_deadline"):
        op.drop_index(index, table_name="leads")
    for name in ("raised_from", "deadline"):
        op.drop_column("leads", name)
    for name in ("pressure_days", "pressure_contacts", "shares_people", "offer", "product"):
        op.drop_column("campaigns", name)
    for table in _TABLES:
        op.drop_table(table)
