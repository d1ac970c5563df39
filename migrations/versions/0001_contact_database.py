"""Contacts, campaigns, leads, attempts and what became of them, agents, do-not-call."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OUTCOMES = "answered abandoned hung_up machine busy no_answer rejected invalid_number congestion failed not_placed lost"


def _one_of(column: str, values: str) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values.split())})"


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Text(), nullable=False, comment="login number in Asterisk"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("agents_pkey")),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'stopped'"), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("service_group", sa.Text(), nullable=False),
        sa.Column("dial_mode", sa.Text(), nullable=False),
        sa.Column("dial_level", sa.Double(), nullable=False),
        sa.Column("ring_seconds", sa.Integer(), nullable=False),
        sa.Column("agent_wait_seconds", sa.Double(), nullable=False),
        sa.Column("wrap_up_seconds", sa.Double(), nullable=False),
        sa.Column("machine_handling", sa.Text(), nullable=False),
        sa.Column("caller_id", sa.Text(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("max_lines", sa.Integer(), nullable=False),
        sa.Column("recording", sa.Boolean(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("information_message", sa.Text(), nullable=False),
        sa.Column("script", sa.Text(), nullable=False),
        sa.Column(
            "recycle",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="outcome to s until the lead may be called again, or null",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(_one_of("dial_mode", "preview progressive power"), name=op.f("campaigns_dial_mode_check")),
        sa.CheckConstraint("jsonb_typeof(recycle) = 'object'", name=op.f("campaigns_recycle_check")),
        sa.CheckConstraint(
            _one_of("machine_handling", "off hang_up message agent"), name=op.f("campaigns_machine_handling_check")
        ),
        sa.CheckConstraint(_one_of("status", "stopped running paused"), name=op.f("campaigns_status_check")),
        sa.CheckConstraint("agent_wait_seconds BETWEEN 0.2 AND 2", name=op.f("campaigns_agent_wait_seconds_check")),
        sa.CheckConstraint("dial_level BETWEEN 1 AND 10", name=op.f("campaigns_dial_level_check")),
        sa.CheckConstraint("max_attempts BETWEEN 1 AND 100", name=op.f("campaigns_max_attempts_check")),
        sa.CheckConstraint("max_lines BETWEEN 1 AND 10000", name=op.f("campaigns_max_lines_check")),
        sa.CheckConstraint("ring_seconds BETWEEN 15 AND 120", name=op.f("campaigns_ring_seconds_check")),
        sa.CheckConstraint("wrap_up_seconds BETWEEN 0 AND 3600", name=op.f("campaigns_wrap_up_seconds_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("campaigns_pkey")),
        sa.UniqueConstraint("name", name=op.f("campaigns_name_key")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("external_key", sa.Text(), nullable=True, comment="the contact's key in the operator's own systems"),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "attributes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("time_zone", sa.Text(), nullable=True, comment="IANA name"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("jsonb_typeof(attributes) = 'object'", name=op.f("contacts_attributes_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("contacts_pkey")),
        sa.UniqueConstraint("external_key", name=op.f("contacts_external_key_key")),
    )
    op.create_table(
        "dnc_entries",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("e164 ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("dnc_entries_e164_check")),
        sa.PrimaryKeyConstraint("e164", name=op.f("dnc_entries_pkey")),
    )
    op.create_table(
        "agent_states",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            _one_of("state", "logged_out logging_in ready previewing reserved talking wrap_up paused inbound"),
            name=op.f("agent_states_state_check"),
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("agent_states_agent_id_fkey")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("agent_states_campaign_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("agent_states_pkey")),
    )
    op.create_index("agent_states_at", "agent_states", ["at"], unique=False)
    op.create_index("agent_states_last", "agent_states", ["agent_id", sa.literal_column("id DESC")], unique=False)
    op.create_table(
        "leads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'ready'"), nullable=False),
        sa.Column(
            "score", sa.Double(), server_default=sa.text("0"), nullable=False, comment="what the lead is claimed by"
        ),
        sa.Column(
            "base_score", sa.Double(), server_default=sa.text("0"), nullable=False, comment="as the list gave it"
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "attempts", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="that reached the telephone"
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="why it can't be dialed now, in words"),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "call_back_agent", sa.Text(), nullable=True, comment="whom the call-back was promised; null: any agent"
        ),
        sa.Column("call_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "call_back_attempt", sa.UUID(as_uuid=False), nullable=True, comment="the attempt in which it was promised"
        ),
        sa.Column("disposition", sa.Text(), nullable=True, comment="the last one"),
        sa.Column("last_outcome", sa.Text(), nullable=True),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'leased') = (lease_owner IS NOT NULL AND lease_until IS NOT NULL)",
            name=op.f("leads_lease_check"),
        ),
        sa.CheckConstraint(
            _one_of("disposition", "sale call_back refused do_not_call not_interested wrong_number machine other"),
            name=op.f("leads_disposition_check"),
        ),
        sa.CheckConstraint(
            _one_of(
                "last_outcome",
                OUTCOMES,
            ),
            name=op.f("leads_last_outcome_check"),
        ),
        sa.CheckConstraint("status <> 'waiting' OR due_at IS NOT NULL", name=op.f("leads_due_check")),
        sa.CheckConstraint(
            _one_of("status", "ready waiting leased done exhausted blocked"), name=op.f("leads_status_check")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("leads_attempts_check")),
        sa.CheckConstraint("call_back_at IS NOT NULL OR call_back_agent IS NULL", name=op.f("leads_call_back_check")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("leads_campaign_id_fkey")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("leads_contact_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("leads_pkey")),
        sa.UniqueConstraint("campaign_id", "contact_id", name=op.f("leads_campaign_id_contact_id_key")),
    )
    op.create_index("leads_contact", "leads", ["contact_id"], unique=False)
    op.create_index(
        "leads_leased", "leads", ["lease_until"], unique=False, postgresql_where=sa.text("status = 'leased'")
    )
    op.create_index(
        "leads_ready",
        "leads",
        ["campaign_id", sa.literal_column("score DESC"), "id"],
        unique=False,
        postgresql_where=sa.text("status = 'ready' AND call_back_at IS NULL"),
    )
    op.create_index(
        "leads_ready_call_backs",
        "leads",
        ["campaign_id", "call_back_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'ready' AND call_back_at IS NOT NULL"),
    )
    op.create_index("leads_waiting", "leads", ["due_at"], unique=False, postgresql_where=sa.text("status = 'waiting'"))
    op.create_table(
        "phone_numbers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column(
            "rank",
            sa.SmallInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="order of preference, 1 first",
        ),
        sa.Column(
            "valid",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="false: the network knows it not",
        ),
        sa.CheckConstraint("e164 ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("phone_numbers_e164_check")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("phone_numbers_contact_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("phone_numbers_pkey")),
        sa.UniqueConstraint("contact_id", "e164", name=op.f("phone_numbers_contact_id_e164_key")),
    )
    op.create_index("phone_numbers_e164", "phone_numbers", ["e164"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("number_id", sa.BigInteger(), nullable=False),
        sa.Column("e164", sa.Text(), nullable=False, comment="as dialed, whatever becomes of the number's row"),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reserved_for", sa.Text(), nullable=True, comment="the one agent that it is for"),
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column(
            "counts",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="false: the telephone never rang",
        ),
        sa.CheckConstraint("e164 ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("attempts_e164_check")),
        sa.CheckConstraint(_one_of("state", "open ended"), name=op.f("attempts_state_check")),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("attempts_campaign_id_fkey")),
        sa.ForeignKeyConstraint(
            ["lead_id", "contact_id"], ["leads.id", "leads.contact_id"], name=op.f("attempts_lead_id_contact_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["number_id", "contact_id"],
            ["phone_numbers.id", "phone_numbers.contact_id"],
            name=op.f("attempts_number_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("attempts_pkey")),
    )
    op.create_index("attempts_at", "attempts", ["opened_at"], unique=False)
    op.create_index("attempts_of_campaign", "attempts", ["campaign_id", "opened_at"], unique=False)
    op.create_index("attempts_of_contact", "attempts", ["contact_id", "opened_at"], unique=False)
    op.create_index("attempts_of_number", "attempts", ["e164", "opened_at"], unique=False)
    op.create_index("attempts_open", "attempts", ["engine"], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index(
        "attempts_open_lead",
        "attempts",
        ["lead_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "call_backs",
        sa.Column("attempt_id", sa.UUID(as_uuid=False), nullable=False, comment="the attempt in which it was promised"),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True, comment="whom it was promised; null: any agent"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kept_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the contact was spoken to again, or the lead was closed",
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["attempts.id", "attempts.contact_id"],
            name=op.f("call_backs_attempt_id_contact_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("call_backs_campaign_id_fkey")),
        sa.ForeignKeyConstraint(
            ["lead_id", "contact_id"], ["leads.id", "leads.contact_id"], name=op.f("call_backs_lead_id_contact_id_fkey")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "contact_id", name=op.f("call_backs_pkey")),
    )
    op.create_index(
        "call_backs_open",
        "call_backs",
        ["campaign_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("kept_at IS NULL"),
    )
    op.create_index(
        "call_backs_open_lead", "call_backs", ["lead_id"], unique=False, postgresql_where=sa.text("kept_at IS NULL")
    )
    op.create_table(
        "dispositions",
        sa.Column("attempt_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            _one_of("disposition", "sale call_back refused do_not_call not_interested wrong_number machine other"),
            name=op.f("dispositions_disposition_check"),
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["attempts.id", "attempts.contact_id"],
            name=op.f("dispositions_attempt_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", "contact_id", name=op.f("dispositions_pkey")),
    )
    op.create_index("dispositions_of_agent", "dispositions", ["agent_id", "at"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("attempt_id", sa.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=False, comment="Q.850; 0 when none was given"),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amd", sa.Text(), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("abandoned", sa.Boolean(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ring_seconds", sa.Double(), nullable=True),
        sa.Column("points", sa.Double(), nullable=False, comment="added to the lead's score"),
        sa.CheckConstraint(_one_of("amd", "HUMAN MACHINE NOTSURE HANGUP"), name=op.f("outcomes_amd_check")),
        sa.CheckConstraint(
            _one_of(
                "outcome",
                OUTCOMES,
            ),
            name=op.f("outcomes_outcome_check"),
        ),
        sa.CheckConstraint("ring_seconds >= 0", name=op.f("outcomes_ring_seconds_check")),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["attempts.id", "attempts.contact_id"],
            name=op.f("outcomes_attempt_id_contact_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("outcomes_campaign_id_fkey")),
        sa.PrimaryKeyConstraint("attempt_id", "contact_id", name=op.f("outcomes_pkey")),
    )
    op.create_index(
        "outcomes_of_agent",
        "outcomes",
        ["agent_id", "ended_at"],
        unique=False,
        postgresql_where=sa.text("agent_id IS NOT NULL"),
    )
    op.create_index("outcomes_of_campaign", "outcomes", ["campaign_id", "ended_at"], unique=False)


def downgrade() -> None:
    op.drop_table("outcomes")
    op.drop_table("dispositions")
    op.drop_table("call_backs")
    op.drop_table("attempts")
    op.drop_table("phone_numbers")
    op.drop_table("leads")
    op.drop_table("agent_states")
    op.drop_table("dnc_entries")
    op.drop_table("contacts")
    op.drop_table("campaigns")
    op.drop_table("agents")
