"""Versions of models, pilots, and what a model says of a lead."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _moment(name: str, *, required: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not required)


def upgrade() -> None:
    op.create_table(
        "score_models",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        _moment("trained_at"),
        _moment("trained_until"),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("wins", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("figures", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False, comment="arrays and JSON; never a pickle"),
        sa.CheckConstraint("target IN ('answer', 'sale')", name=op.f("score_models_target_check")),
        sa.CheckConstraint("status IN ('champion', 'retired', 'refused')", name=op.f("score_models_status_check")),
        sa.CheckConstraint("wins BETWEEN 0 AND rows", name=op.f("score_models_wins_check")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("score_models_campaign_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("score_models_pkey")),
    )
    op.create_index(
        "score_models_champion",
        "score_models",
        ["campaign_id", "target"],
        unique=True,
        postgresql_where=sa.text("status = 'champion'"),
    )
    op.create_index("score_models_of_campaign", "score_models", ["campaign_id", "id"])
    op.create_table(
        "pilots",
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        _moment("started_at"),
        sa.Column("sample", sa.Double(), nullable=False, comment="share of each cell that is called first"),
        sa.Column(
            "floor", sa.Double(), nullable=False, comment="share of the effort that is spread by size, for learning"
        ),
        _moment("moved_at", required=False),
        sa.Column("shares", JSONB(), server_default=sa.text("'{}'"), nullable=False, comment="cell to leads put first"),
        sa.CheckConstraint("sample > 0 AND sample <= 1", name=op.f("pilots_sample_check")),
        sa.CheckConstraint("floor BETWEEN 0 AND 1", name=op.f("pilots_floor_check")),
        sa.CheckConstraint("jsonb_typeof(shares) = 'object'", name=op.f("pilots_shares_check")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("pilots_campaign_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pilots_pkey")),
    )
    op.add_column(
        "leads",
        sa.Column("answer_probability", sa.Double(), nullable=True, comment="by the model that ranked it; 0 to 1"),
    )
    op.add_column(
        "leads", sa.Column("cell", sa.SmallInteger(), nullable=True, comment="recency, frequency, money: a digit each")
    )
    op.add_column("leads", sa.Column("best_hour", sa.SmallInteger(), nullable=True, comment="local, 0 to 23"))
    op.create_check_constraint(op.f("leads_answer_probability_check"), "leads", "answer_probability BETWEEN 0 AND 1")
    op.create_check_constraint(op.f("leads_best_hour_check"), "leads", "best_hour BETWEEN 0 AND 23")


def downgrade() -> None:
    for column in ("best_hour", "cell", "answer_probability"):
        op.drop_column("leads", column)
    op.drop_table("pilots")
    op.drop_table("score_models")
