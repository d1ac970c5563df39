"""The key by which who hears the information message asks not to be called again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.Column(
        "opt_out_key",
        sa.Text(),
        server_default=sa.text("'9'"),
        nullable=False,
        comment="taken in that message; empty: none",
    )
    op.add_column("campaigns", key)
    op.create_check_constraint(op.f("campaigns_opt_out_key_check"), "campaigns", "opt_out_key ~ '^[0-9*#]?$'")


def downgrade() -> None:
    op.drop_constraint(op.f("campaigns_opt_out_key_check"), "campaigns", type_="check")
    op.drop_column("campaigns", "opt_out_key")
