"""Quality sampling: forms, samples, scores, disputes, complaints, notices, and the library of cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_DISPOSITIONS = "'sale', 'call_back', 'refused', 'do_not_call', 'not_interested', 'wrong_number', 'machine', 'other'"
_TABLES = (
    "quality_scores",
    "quality_notices",
    "quality_disputes",
    "quality_assignments",
    "quality_complaints",
    "quality_cases",
    "quality_calls",
    "quality_strata",
    "quality_samples",
    "quality_forms",
)


def upgrade() -> None:
    op.create_table(
        "quality_forms",
        sa.Column("digest", sa.Text(), nullable=False, comment="SHA-256 of name and items: the form's version"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("items", postgresql.JSONB(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("jsonb_typeof(items) = 'array'", name=op.f("quality_forms_items_check")),
        sa.PrimaryKeyConstraint("digest", name=op.f("quality_forms_pkey")),
    )
    op.create_table(
        "quality_samples",
        sa.Column("week", sa.Date(), nullable=False, comment="its Monday"),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("rules_digest", sa.Text(), nullable=False, comment="SHA-256 of the rules that it was drawn by"),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drawn_by", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False, comment="that there were"),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("extract(isodow FROM week) = 1", name=op.f("quality_samples_week_check")),
        sa.PrimaryKeyConstraint("week", name=op.f("quality_samples_pkey")),
    )
    op.create_table(
        "quality_strata",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False, comment="that there were"),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken BETWEEN 1 AND calls", name=op.f("quality_strata_taken_check")),
        sa.ForeignKeyConstraint(
            ["week"], ["quality_samples.week"], name=op.f("quality_strata_week_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("week", "agent_id", "stratum", name=op.f("quality_strata_pkey")),
    )
    op.create_table(
        "quality_calls",
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stratum", sa.Text(), nullable=False),
        sa.Column(
            "probability",
            sa.Double(),
            nullable=True,
            comment="with which the draw took it; null: added since somebody complained later",
        ),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("recorded", sa.Text(), nullable=True, comment="the disposition when it was drawn"),
        sa.Column(
            "unscorable", sa.Text(), server_default=sa.text("''"), nullable=False, comment="why it can't be scored"
        ),
        sa.CheckConstraint(
            f"recorded IN ({_DISPOSITIONS})",
            name=op.f("quality_calls_recorded_check"),
        ),
        sa.CheckConstraint("probability > 0 AND probability <= 1", name=op.f("quality_calls_probability_check")),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["attempts.id", "attempts.contact_id"],
            name=op.f("quality_calls_attempt_id_contact_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("quality_calls_campaign_id_fkey")),
        sa.ForeignKeyConstraint(["form"], ["quality_forms.digest"], name=op.f("quality_calls_form_fkey")),
        sa.ForeignKeyConstraint(["week"], ["quality_samples.week"], name=op.f("quality_calls_week_fkey")),
        sa.PrimaryKeyConstraint("attempt_id", "contact_id", name=op.f("quality_calls_pkey")),
    )
    op.create_index("quality_calls_of_agent", "quality_calls", ["agent_id", "week"], unique=False)
    op.create_index("quality_calls_of_week", "quality_calls", ["week"], unique=False)
    op.create_table(
        "quality_cases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "search", postgresql.TSVECTOR(), nullable=False, comment="title, why and tags, as words are searched"
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["attempts.id", "attempts.contact_id"],
            name=op.f("quality_cases_attempt_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("quality_cases_pkey")),
        sa.UniqueConstraint("attempt_id", "contact_id", name=op.f("quality_cases_attempt_id_contact_id_key")),
    )
    op.create_index("quality_cases_search", "quality_cases", ["search"], unique=False, postgresql_using="gin")
    op.create_index("quality_cases_tags", "quality_cases", ["tags"], unique=False, postgresql_using="gin")
    op.create_table(
        "quality_complaints",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["attempts.id", "attempts.contact_id"],
            name=op.f("quality_complaints_attempt_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("quality_complaints_pkey")),
    )
    op.create_index("quality_complaints_at", "quality_complaints", ["at"], unique=False)
    op.create_index("quality_complaints_of_call", "quality_complaints", ["attempt_id", "contact_id"], unique=False)
    op.create_table(
        "quality_assignments",
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True, comment="null: nobody could be found yet"),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place IN ('first', 'second')", name=op.f("quality_assignments_place_check")),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["quality_calls.attempt_id", "quality_calls.contact_id"],
            name=op.f("quality_assignments_attempt_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", "contact_id", "place", name=op.f("quality_assignments_pkey")),
        sa.UniqueConstraint(
            "attempt_id", "contact_id", "reviewer", name=op.f("quality_assignments_attempt_id_contact_id_reviewer_key")
        ),
    )
    op.create_index("quality_assignments_of_reviewer", "quality_assignments", ["reviewer"], unique=False)
    op.create_table(
        "quality_disputes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True, comment="null: it is open"),
        sa.Column("settled_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), server_default=sa.text("''"), nullable=False, comment="why it was settled so"),
        sa.CheckConstraint("origin IN ('agent', 'difference')", name=op.f("quality_disputes_origin_check")),
        sa.CheckConstraint("result IN ('kept', 'changed')", name=op.f("quality_disputes_result_check")),
        sa.CheckConstraint("(result IS NULL) = (settled_at IS NULL)", name=op.f("quality_disputes_settled_check")),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["quality_calls.attempt_id", "quality_calls.contact_id"],
            name=op.f("quality_disputes_attempt_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("quality_disputes_pkey")),
    )
    op.create_index("quality_disputes_of_call", "quality_disputes", ["attempt_id", "contact_id"], unique=False)
    op.create_index(
        "quality_disputes_open",
        "quality_disputes",
        ["attempt_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "quality_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="the last day without a place in the ranking"),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("withdrawn_why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("quality_notices_days_check")),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["quality_calls.attempt_id", "quality_calls.contact_id"],
            name=op.f("quality_notices_attempt_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("quality_notices_pkey")),
        sa.UniqueConstraint("attempt_id", "contact_id", name=op.f("quality_notices_attempt_id_contact_id_key")),
    )
    op.create_table(
        "quality_scores",
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", postgresql.JSONB(), nullable=False, comment="item to points; null: it did not apply"),
        sa.Column("total", sa.Double(), nullable=False),
        sa.Column("fatal", postgresql.ARRAY(sa.Text()), nullable=False, comment="ids of fatal items with 0 points"),
        sa.Column("heard", sa.Text(), nullable=True, comment="the disposition as it was heard; null: it can't be told"),
        sa.Column("remark", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            f"heard IN ({_DISPOSITIONS})",
            name=op.f("quality_scores_heard_check"),
        ),
        sa.CheckConstraint("place IN ('first', 'second', 'settled')", name=op.f("quality_scores_place_check")),
        sa.CheckConstraint("total BETWEEN 0 AND 100", name=op.f("quality_scores_total_check")),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["quality_calls.attempt_id", "quality_calls.contact_id"],
            name=op.f("quality_scores_attempt_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", "contact_id", "place", name=op.f("quality_scores_pkey")),
        sa.UniqueConstraint(
            "attempt_id", "contact_id", "given_by", name=op.f("quality_scores_attempt_id_contact_id_given_by_key")
        ),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
