"""Leads are vacuumed at three hundredths of them: dead entries are stepped over by a look ahead, not by the claim."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE leads SET (autovacuum_vacuum_scale_factor = 0.03)")


def downgrade() -> None:
    op.execute("ALTER TABLE leads SET (autovacuum_vacuum_scale_factor = 0.01)")
