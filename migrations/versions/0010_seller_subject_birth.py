"""For whom and about what a campaign calls, by which some caps count; and when a contact was born."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, what in (("seller", "for whom"), ("subject", "about what")):
        comment = f"{what}; empty: counted with all"
        empty = sa.text("''")
        op.add_column("campaigns", sa.Column(name, sa.Text(), server_default=empty, nullable=False, comment=comment))
    op.add_column("contacts", sa.Column("born_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("contacts", "born_on")
    for name in ("subject", "seller"):
        op.drop_column("campaigns", name)
