"""Leads' chances of an answer by local hour."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_hours",
        sa.Column("lead_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "chances",
            postgresql.ARRAY(sa.SmallInteger()),
            nullable=False,
            comment="of an answer, in thousandths, at 8, 9 ... 21 local",
        ),
        sa.CheckConstraint("cardinality(chances) = 14", name=op.f("lead_hours_chances_check")),
        sa.ForeignKeyConstraint(
            ["lead_id", "contact_id"],
            ["leads.id", "leads.contact_id"],
            name=op.f("lead_hours_lead_id_contact_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("contact_id", "lead_id", name=op.f("lead_hours_pkey")),
    )


def downgrade() -> None:
    op.drop_table("lead_hours")
