"""Where agents sit, with its history; outcomes by the time at which calls ended."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "staff_places",
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        _words("team"),
        _words("room"),
        _words("centre"),
        sa.CheckConstraint("ends_at > begins_at", name=op.f("staff_places_ends_at_check")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("staff_places_agent_id_fkey")),
        sa.PrimaryKeyConstraint("agent_id", "begins_at", name=op.f("staff_places_pkey")),
    )
    op.create_index(
        "staff_places_now", "staff_places", ["agent_id"], unique=True, postgresql_where=sa.text("ends_at IS NULL")
    )
    op.create_index("outcomes_ended", "outcomes", ["ended_at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("outcomes_ended", table_name="outcomes")
    op.drop_table("staff_places")
