"""What is known of a person beyond the lead lists: attributes, products, contacts over all channels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _of_contact(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"{table}_contact_id_fkey")
    return sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=name, ondelete="CASCADE")


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "contact_attributes",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="lower case with _, like monthly_spend"),
        sa.Column("source", sa.Text(), nullable=False, comment="who says so, like agent, crm, self_service"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", JSONB(), nullable=False, comment="a text, number, true, false or list of texts"),
        sa.Column("trust", sa.Double(), nullable=False, comment="how far the source was trusted for it, 0 to 1"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('personal', 'social', 'consumption')", name=op.f("contact_attributes_kind_check")),
        sa.CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,62}$'", name=op.f("contact_attributes_name_check")),
        sa.CheckConstraint("trust BETWEEN 0 AND 1", name=op.f("contact_attributes_trust_check")),
        _of_contact("contact_attributes"),
        sa.PrimaryKeyConstraint("contact_id", "name", "source", name=op.f("contact_attributes_pkey")),
    )
    op.create_table(
        "products_held",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="the first day without it; null: still held"),
        _words("source"),
        sa.CheckConstraint("product <> ''", name=op.f("products_held_product_check")),
        sa.CheckConstraint("until >= since", name=op.f("products_held_until_check")),
        _of_contact("products_held"),
        sa.PrimaryKeyConstraint("contact_id", "product", "since", name=op.f("products_held_pkey")),
    )
    op.create_index("products_held_product", "products_held", ["product"])
    op.create_table(
        "touches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=True, comment="null: of none"),
        _words("topic"),
        _words("outcome"),
        sa.Column("details", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        _words("source"),
        sa.CheckConstraint(
            "channel IN ('call', 'sms', 'email', 'ivr', 'shop', 'web', 'letter')", name=op.f("touches_channel_check")
        ),
        sa.CheckConstraint("direction IN ('outbound', 'inbound')", name=op.f("touches_direction_check")),
        sa.CheckConstraint("jsonb_typeof(details) = 'object'", name=op.f("touches_details_check")),
        _of_contact("touches"),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("touches_pkey")),
    )
    op.create_index("touches_of_contact", "touches", ["contact_id", "at"])


def downgrade() -> None:
    for table in ("touches", "products_held", "contact_attributes"):
        op.drop_table(table)
