"""Waves, what was done in them, and what other systems are told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_WHO = "'contact', fresh.contact_id, 'external_key', contacts.external_key, 'campaign', campaigns.name"
_ABOUT = """
JOIN contacts ON contacts.id = fresh.contact_id LEFT JOIN campaigns ON campaigns.id = fresh.campaign_id
CROSS JOIN webhooks WHERE active
"""
_DELIVER = "INSERT INTO webhook_deliveries (contact_id, webhook_id, kind, body) SELECT fresh.contact_id, webhooks.id"

HOLD = """
CREATE FUNCTION wave_hold() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF EXISTS (SELECT FROM wave_plans) THEN
        WITH placed AS (
            INSERT INTO wave_places (campaign_id, contact_id, lead_id, due_at)
            SELECT fresh.campaign_id, fresh.contact_id, fresh.id, timestamptz 'epoch'
            FROM fresh JOIN wave_plans USING (campaign_id) WHERE fresh.status = 'ready'
            ON CONFLICT DO NOTHING RETURNING lead_id, contact_id
        )
        UPDATE leads SET status = 'waiting', due_at = '9999-01-01', reason = 'wave' FROM placed
        WHERE leads.id = placed.lead_id AND leads.contact_id = placed.contact_id AND leads.status = 'ready';
    END IF;
    RETURN NULL;
END $$
"""
"""In the transaction that brings a lead, so that no engine calls it before its waves begin; due
at once, by any clock."""
OUTCOMES = f"""
CREATE FUNCTION outcomes_told() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE wave_places SET due_at = fresh.ended_at FROM fresh
    WHERE wave_places.campaign_id = fresh.campaign_id AND wave_places.contact_id = fresh.contact_id
        AND state = 'calling' AND due_at > fresh.ended_at;
    {_DELIVER}, 'outcome', jsonb_build_object({_WHO}, 'attempt', attempt_id, 'at', ended_at, 'outcome', outcome,
        'agent', agent_id, 'answered_at', answered_at)
    FROM fresh {_ABOUT} AND 'outcome' = ANY(kinds);
    RETURN NULL;
END $$
"""
DISPOSITIONS = f"""
CREATE FUNCTION dispositions_told() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    UPDATE wave_places SET due_at = disposed.at FROM disposed
    JOIN attempts ON attempts.id = disposed.attempt_id AND attempts.contact_id = disposed.contact_id
    WHERE wave_places.campaign_id = attempts.campaign_id AND wave_places.contact_id = disposed.contact_id
        AND wave_places.state = 'calling' AND due_at > disposed.at;
    {_DELIVER}, 'disposition', jsonb_build_object({_WHO}, 'attempt', attempt_id, 'at', at,
        'disposition', disposition, 'agent', agent_id)
    FROM (SELECT disposed.*, attempts.campaign_id FROM disposed JOIN attempts
        ON attempts.id = disposed.attempt_id AND attempts.contact_id = disposed.contact_id) AS fresh
    {_ABOUT} AND 'disposition' = ANY(kinds);
    RETURN NULL;
END $$
"""
ACTS = f"""
CREATE FUNCTION wave_acts_told() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    {_DELIVER}, 'wave', jsonb_build_object({_WHO}, 'act', fresh.id, 'at', coalesce(fresh.settled_at, fresh.at),
        'step', fresh.step, 'channel', fresh.channel, 'state', fresh.state)
    FROM fresh {_ABOUT} AND 'wave' = ANY(kinds) AND fresh.state <> 'written';
    RETURN NULL;
END $$
"""
TOUCHES = f"""
CREATE FUNCTION touches_told() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    {_DELIVER}, 'reply', jsonb_build_object({_WHO}, 'at', fresh.at, 'channel', fresh.channel, 'outcome', fresh.outcome)
    FROM fresh {_ABOUT} AND 'reply' = ANY(kinds) AND fresh.direction = 'inbound';
    RETURN NULL;
END $$
"""
TRIGGERS = (
    ("wave_hold", "INSERT", "leads", "fresh"),
    ("outcomes_told", "INSERT", "outcomes", "fresh"),
    ("dispositions_told", "INSERT", "dispositions", "disposed"),
    ("wave_acts_told", "INSERT", "wave_acts", "fresh"),
    ("wave_acts_told", "UPDATE", "wave_acts", "fresh"),
    ("touches_told", "INSERT", "touches", "fresh"),
)
"""What is told is written down in the transaction that stores it."""


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="signs each delivery; never shown again"),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("cardinality(kinds) > 0", name=op.f("webhooks_kinds_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("webhooks_pkey")),
    )
    op.create_table(
        "wave_acts",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("sender", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'written'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("verdict", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("engine", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "details",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="of a shop's task: shop, text, who",
        ),
        sa.CheckConstraint(
            "channel IN ('call', 'sms', 'email', 'ivr', 'shop', 'web', 'letter')", name=op.f("wave_acts_channel_check")
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("wave_acts_campaign_id_fkey")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("wave_acts_contact_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("wave_acts_pkey")),
    )
    op.create_index(
        "wave_acts_of_address", "wave_acts", ["address", "at"], unique=False, postgresql_where=sa.text("address <> ''")
    )
    op.create_index("wave_acts_of_contact", "wave_acts", ["contact_id", "at"], unique=False)
    op.create_index("wave_acts_of_step", "wave_acts", ["campaign_id", "step", "at"], unique=False)
    op.create_index(
        "wave_acts_reference",
        "wave_acts",
        ["channel", "reference"],
        unique=False,
        postgresql_where=sa.text("reference <> ''"),
    )
    op.create_index(
        "wave_acts_tasks",
        "wave_acts",
        [sa.literal_column("(details ->> 'shop')"), "at"],
        unique=False,
        postgresql_where=sa.text("channel = 'shop'"),
    )
    op.create_index(
        "wave_acts_written", "wave_acts", ["engine"], unique=False, postgresql_where=sa.text("state = 'written'")
    )
    op.create_table(
        "wave_places",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "step",
            sa.SmallInteger(),
            server_default=sa.text("-1"),
            nullable=False,
            comment="taken last, from 0; -1: none",
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'due'"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "results",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="what came of each step, by name",
        ),
        sa.Column(
            "go_on_at",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="results that end the wait early",
        ),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True, comment="the engine that looks at it now"),
        sa.Column("owned_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'ended') = (due_at IS NULL)", name=op.f("wave_places_due_at_check")),
        sa.CheckConstraint("jsonb_typeof(results) = 'object'", name=op.f("wave_places_results_check")),
        sa.CheckConstraint("state IN ('due', 'waiting', 'calling', 'ended')", name=op.f("wave_places_state_check")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("wave_places_campaign_id_fkey")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("wave_places_contact_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "contact_id", name=op.f("wave_places_pkey")),
    )
    op.create_index(
        "wave_places_due",
        "wave_places",
        ["campaign_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_index("wave_places_of_contact", "wave_places", ["contact_id"], unique=False)
    op.create_table(
        "wave_plans",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "plan",
            postgresql.JSONB(),
            nullable=False,
            comment="as integrations/wave_plans.py writes it",
        ),
        sa.Column("state", sa.Text(), server_default=sa.text("'held'"), nullable=False),
        sa.Column(
            "note", sa.Text(), server_default=sa.text("''"), nullable=False, comment="why the last turn did no more"
        ),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("jsonb_typeof(plan) = 'object'", name=op.f("wave_plans_plan_check")),
        sa.CheckConstraint("state IN ('running', 'held')", name=op.f("wave_plans_state_check")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("wave_plans_campaign_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("wave_plans_pkey")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.UUID(as_uuid=False), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("webhook_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "next_at", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="s since 1970; 0: at once"
        ),
        sa.Column("last_error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("state IN ('pending', 'dead')", name=op.f("webhook_deliveries_state_check")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("webhook_deliveries_webhook_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("webhook_deliveries_pkey")),
    )
    op.create_index(
        "webhook_deliveries_due",
        "webhook_deliveries",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("webhook_deliveries_of_contact", "webhook_deliveries", ["contact_id"], unique=False)
    op.create_index("webhook_deliveries_of_hook", "webhook_deliveries", ["webhook_id", "state"], unique=False)
    for statement in (HOLD, OUTCOMES, DISPOSITIONS, ACTS, TOUCHES):
        op.execute(statement)
    for function, event, table, rows in TRIGGERS:
        op.execute(
            f"CREATE TRIGGER {function}_{event.lower()} AFTER {event} ON {table} "
            f"REFERENCING NEW TABLE AS {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    for function, event, table, _ in TRIGGERS:
        op.execute(f"DROP TRIGGER {function}_{event.lower()} ON {table}")
    for function in dict.fromkeys(one[0] for one in TRIGGERS):
        op.execute(f"DROP FUNCTION {function}()")
    for table in ("webhook_deliveries", "webhooks", "wave_acts", "wave_places", "wave_plans"):
        op.drop_table(table)
