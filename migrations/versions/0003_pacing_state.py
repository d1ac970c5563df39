"""What pacing learned of each campaign; ring times taken from data."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pacing_state",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what pacing learned; pacing/pacer.py knows its layout",
        ),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("jsonb_typeof(state) = 'object'", name=op.f("pacing_state_state_check")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("pacing_state_campaign_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pacing_state_pkey")),
    )
    op.add_column(
        "campaigns",
        sa.Column(
            "ring_from_data",
            sa.Boolean(),
            server_default=sa.text("false"),  # for the campaigns that there are
            nullable=False,
            comment="true: ring_seconds is the most, the data say how long",
        ),
    )
    op.alter_column("campaigns", "ring_from_data", server_default=None)


def downgrade() -> None:
    op.drop_column("campaigns", "ring_from_data")
    op.drop_table("pacing_state")
