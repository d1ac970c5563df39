"""What the reassigned numbers database said of a number."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NAMES = ("reassignment_checked_at", "reassignment_since", "reassigned")


def upgrade() -> None:
    kinds = (sa.DateTime(timezone=True), sa.Date(), sa.Boolean())
    comments = (
        "when the reassigned numbers database was asked",
        "whether it was permanently disconnected since this day",
        "true: it was; null, as all three: not asked, or it knew nothing",
    )
    for name, kind, comment in zip(NAMES, kinds, comments, strict=True):
        op.add_column("phone_numbers", sa.Column(name, kind, nullable=True, comment=comment))
    op.create_check_constraint(
        op.f("phone_numbers_reassigned_check"), "phone_numbers", f"num_nonnulls({', '.join(NAMES)}) IN (0, 3)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("phone_numbers_reassigned_check"), "phone_numbers", type_="check")
    for name in NAMES:
        op.drop_column("phone_numbers", name)
