"""Recorded prompts, which are attempts of a kind of their own; and the house's own limit on contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BEFORE = [
    "answered",
    "abandoned",
    "hung_up",
    "machine",
    "busy",
    "no_answer",
    "rejected",
    "invalid_number",
    "congestion",
    "failed",
    "not_placed",
    "lost",
]
_NOW = [*_BEFORE[:4], "prompt_heard", "prompt_cut", *_BEFORE[4:]]
_CHECKED = (("outcomes", "outcome"), ("leads", "last_outcome"))


def _allow(outcomes: list[str]) -> None:
    quoted = ", ".join(f"'{outcome}'" for outcome in outcomes)
    for table, column in _CHECKED:
        name = op.f(f"{table}_{column}_check")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"{column} IN ({quoted})", postgresql_not_valid=True)
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def upgrade() -> None:
    _allow(_NOW)
    comment = "sound that it plays; empty: an agent's call"
    op.add_column(
        "attempts", sa.Column("prompt", sa.Text(), server_default=sa.text("''"), nullable=False, comment=comment)
    )
    op.create_table(
        "house_pressure",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False, comment="most contacts a person in `days`; 0: no limit"),
        sa.Column("days", sa.Double(), nullable=False),
        sa.CheckConstraint("one", name=op.f("house_pressure_one_check")),
        sa.CheckConstraint("contacts >= 0 AND days > 0", name=op.f("house_pressure_limit_check")),
        sa.PrimaryKeyConstraint("one", name=op.f("house_pressure_pkey")),
    )


def downgrade() -> None:
    op.drop_table("house_pressure")
    op.drop_column("attempts", "prompt")
    _allow(_BEFORE)
