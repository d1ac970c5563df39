"""Predictive campaigns, each with its own cap on abandoned calls; live answers found by campaign and time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("campaigns_dial_mode_check"), "campaigns")
    op.create_check_constraint(
        op.f("campaigns_dial_mode_check"), "campaigns", "dial_mode IN ('preview', 'progressive', 'power', 'predictive')"
    )
    op.add_column(
        "campaigns",
        sa.Column(
            "abandon_cap",
            sa.Double(),
            server_default=sa.text("0.03"),  # the legal cap, for the campaigns that there are
            nullable=False,
            comment="most of the live answers that may be abandoned, 0 to 0.03",
        ),
    )
    op.alter_column("campaigns", "abandon_cap", server_default=None)
    op.create_check_constraint(op.f("campaigns_abandon_cap_check"), "campaigns", "abandon_cap BETWEEN 0 AND 0.03")
    op.create_index(
        "outcomes_answered",
        "outcomes",
        ["campaign_id", "answered_at"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("outcomes_answered", "outcomes")
    op.drop_column("campaigns", "abandon_cap")
    op.execute("UPDATE campaigns SET dial_mode = 'progressive' WHERE dial_mode = 'predictive'")
    op.drop_constraint(op.f("campaigns_dial_mode_check"), "campaigns")
    op.create_check_constraint(
        op.f("campaigns_dial_mode_check"), "campaigns", "dial_mode IN ('preview', 'progressive', 'power')"
    )
