"""Inbound service by steps, callers' tries, and the marketing switch: its changes and supervisors' orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CAUSES = "by_hand unmeasured busy_day busy_hours rate forecast not_sustained least_closed no_rule"
COUNTS = "offered answered within_threshold abandoned short_abandons left_queue callers callers_through"


def _moment(name: str, *, nullable: bool = False, comment: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def upgrade() -> None:
    _inbound()
    _switch_changes()
    _hand_orders()


def _inbound() -> None:
    op.create_table(
        "inbound_steps",
        sa.Column("service_group", sa.Text(), nullable=False),
        _moment("begins_at"),
        sa.Column("blind", sa.Boolean(), nullable=False, comment="true: not all of it was seen"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS.split()),
        sa.CheckConstraint(
            "within_threshold BETWEEN 0 AND answered", name=op.f("inbound_steps_within_threshold_check")
        ),
        sa.CheckConstraint("abandoned >= 0 AND left_queue >= 0", name=op.f("inbound_steps_missed_check")),
        sa.CheckConstraint("answered + abandoned + left_queue <= offered", name=op.f("inbound_steps_offered_check")),
        sa.CheckConstraint("short_abandons >= 0", name=op.f("inbound_steps_short_abandons_check")),
        sa.CheckConstraint("callers_through BETWEEN 0 AND callers", name=op.f("inbound_steps_callers_check")),
        sa.PrimaryKeyConstraint("service_group", "begins_at", name=op.f("inbound_steps_pkey")),
    )
    op.create_table(
        "caller_tries",
        sa.Column("service_group", sa.Text(), nullable=False),
        _moment("began_at"),
        sa.Column("caller", sa.Text(), nullable=False, comment="a pseudonym of the number; empty: no number was shown"),
        sa.Column("through", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("service_group", "began_at", "caller", name=op.f("caller_tries_pkey")),
    )
    op.create_index("caller_tries_at", "caller_tries", ["began_at"], unique=False)
    op.create_table(
        "inbound_seen",
        sa.Column("server", sa.Text(), nullable=False),
        _moment("seen_until"),
        sa.PrimaryKeyConstraint("server", name=op.f("inbound_seen_pkey")),
    )


def _switch_changes() -> None:
    causes = ", ".join(repr(cause) for cause in CAUSES.split())
    op.create_table(
        "switch_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("service_group", sa.Text(), nullable=False),
        _moment("changed_at"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("causes", postgresql.ARRAY(sa.Text()), nullable=False, comment="what closed it"),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column(
            "figures",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="that caused it, as they were",
        ),
        sa.Column("changed_by", sa.Text(), nullable=False, comment="who, when it was by hand; else empty"),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("switch_changes_state_check")),
        sa.CheckConstraint(f"causes <@ ARRAY[{causes}]", name=op.f("switch_changes_causes_check")),
        sa.CheckConstraint("state = 'open' OR cardinality(causes) > 0", name=op.f("switch_changes_closed_check")),
        sa.CheckConstraint("jsonb_typeof(figures) = 'object'", name=op.f("switch_changes_figures_check")),
        sa.PrimaryKeyConstraint("service_group", "id", name=op.f("switch_changes_pkey")),
        sa.UniqueConstraint(
            "service_group", "changed_at", "state", name=op.f("switch_changes_service_group_changed_at_state_key")
        ),
    )
    op.create_index("switch_changes_at", "switch_changes", ["changed_at", "id"], unique=False)


def _hand_orders() -> None:
    op.create_table(
        "hand_orders",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("service_group", sa.Text(), nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        _moment("ordered_at"),
        _moment("until", nullable=True, comment="when it ends by itself; null: when it is lifted"),
        _moment("lifted_at", nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=True),
        sa.CheckConstraint("ordered_by <> '' AND why <> ''", name=op.f("hand_orders_order_check")),
        sa.CheckConstraint("until > ordered_at", name=op.f("hand_orders_until_check")),
        sa.CheckConstraint(
            "num_nulls(lifted_at, lifted_by, lifted_why) IN (0, 3) AND lifted_by <> ''",
            name=op.f("hand_orders_lifted_check"),
        ),
        sa.PrimaryKeyConstraint("service_group", "id", name=op.f("hand_orders_pkey")),
    )
    op.create_index(
        "hand_orders_standing",
        "hand_orders",
        ["service_group"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("hand_orders", "switch_changes", "inbound_seen", "caller_tries", "inbound_steps"):
        op.drop_table(table)
