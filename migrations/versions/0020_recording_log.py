"""The log of what was done with recordings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_APPEND_ONLY = """
CREATE FUNCTION recording_log_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log of recordings is only ever added to';
END $$
"""


def upgrade() -> None:
    op.create_table(
        "recording_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "act IN ('heard', 'paused', 'resumed', 'held', 'released', 'deleted')",
            name=op.f("recording_log_act_check"),
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id", "contact_id"],
            ["attempts.id", "attempts.contact_id"],
            name=op.f("recording_log_attempt_id_contact_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("recording_log_pkey")),
    )
    op.create_index("recording_log_of_attempt", "recording_log", ["attempt_id"])
    op.execute(_APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER recording_log_stands BEFORE UPDATE OR DELETE ON recording_log"
        " FOR EACH ROW EXECUTE FUNCTION recording_log_stands()"
    )


def downgrade() -> None:
    op.drop_table("recording_log")
    op.execute("DROP FUNCTION recording_log_stands()")
