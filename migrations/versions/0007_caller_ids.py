"""The pool of caller ids, and which one each attempt showed."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "caller_ids",
        sa.Column("e164", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True, comment="whose alone it is; null: any campaign's"),
        sa.Column(
            "daily_limit",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="attempts in 24 h; 0: any number",
        ),
        sa.Column(
            "resting", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment="set aside by hand"
        ),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("e164 ~ '^\\+[1-9][0-9]{6,14}$'", name=op.f("caller_ids_e164_check")),
        sa.CheckConstraint("daily_limit >= 0", name=op.f("caller_ids_daily_limit_check")),
        sa.CheckConstraint("place ~ '^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$'", name=op.f("caller_ids_place_check")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("caller_ids_campaign_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("e164", name=op.f("caller_ids_pkey")),
    )
    shown = sa.Column(
        "caller_id", sa.Text(), server_default=sa.text("''"), nullable=False, comment="shown; empty: the trunk's own"
    )
    op.add_column("attempts", shown)
    op.create_index(
        "attempts_of_caller_id",
        "attempts",
        ["caller_id", "opened_at"],
        postgresql_where=sa.text("caller_id <> ''"),
    )


def downgrade() -> None:
    op.drop_index("attempts_of_caller_id", table_name="attempts")
    op.drop_column("attempts", "caller_id")
    op.drop_table("caller_ids")
