"""Segments and rules of experience."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAME = "name ~ '^[a-z][a-z0-9_-]{0,62}$'"


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def _changed_at() -> sa.Column[object]:
    return sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "segments",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False, comment="1 comes first"),
        sa.Column(
            "expression", sa.Text(), nullable=False, comment="who belongs to it; docs/segments.md has the language"
        ),
        sa.Column("outreach", sa.Text(), nullable=True, comment="the channel by which it is met; null: not said"),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True, comment="whom it feeds"),
        _words("offer"),
        _words("note"),
        _changed_at(),
        sa.CheckConstraint(_NAME, name=op.f("segments_name_check")),
        sa.CheckConstraint("priority BETWEEN 1 AND 1000000", name=op.f("segments_priority_check")),
        sa.CheckConstraint("expression <> ''", name=op.f("segments_expression_check")),
        sa.CheckConstraint(
            "outreach IN ('call', 'sms', 'email', 'ivr', 'shop', 'web', 'letter')",
            name=op.f("segments_outreach_check"),
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("segments_campaign_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("segments_pkey")),
        sa.UniqueConstraint("priority", name=op.f("segments_priority_key"), deferrable=True, initially="DEFERRED"),
    )
    op.create_table(
        "experience_rules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False, comment="whom the product suits"),
        sa.Column("because", sa.Text(), nullable=False, comment="why, in words for the agent"),
        _changed_at(),
        sa.CheckConstraint(_NAME, name=op.f("experience_rules_name_check")),
        sa.CheckConstraint("product <> ''", name=op.f("experience_rules_product_check")),
        sa.PrimaryKeyConstraint("name", name=op.f("experience_rules_pkey")),
    )


def downgrade() -> None:
    op.drop_table("experience_rules")
    op.drop_table("segments")
