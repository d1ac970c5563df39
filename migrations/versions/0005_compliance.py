"""Consent, national do-not-call lists, the log of verdicts; where a contact lives, and what it bought or asked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REGION = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"
REFUSE = """
CREATE FUNCTION verdicts_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'verdicts are only ever added'; END $$
"""
KEEP = """
CREATE TRIGGER verdicts_stay BEFORE UPDATE OR DELETE ON verdicts
FOR EACH ROW EXECUTE FUNCTION verdicts_stay()
"""


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _contacts()
    _consents()
    _national_lists()
    _verdicts()


def _contacts() -> None:
    comment = "where the contact lives: a country like FR, or a part of one like US-FL"
    op.add_column("contacts", sa.Column("region", sa.Text(), comment=comment))
    op.add_column("contacts", _moment("purchased_at", nullable=True))
    op.add_column("contacts", _moment("inquired_at", nullable=True))
    op.create_check_constraint(op.f("contacts_region_check"), "contacts", f"region ~ '{REGION}'")


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        _moment("at"),
        sa.Column("given", sa.Boolean(), nullable=False, comment="false: withdrawn, for every purpose"),
        sa.Column("purpose", sa.Text(), comment="what it was given for; null: it was withdrawn"),
        sa.Column("wording", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("proof", sa.Text(), nullable=False, server_default=sa.text("''")),
        sa.Column("source", sa.Text(), nullable=False),
        _moment("expires_at", nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("consents_pkey")),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("consents_contact_id_fkey"), ondelete="CASCADE"
        ),
        sa.CheckConstraint("purpose IN ('marketing', 'survey', 'service')", name=op.f("consents_purpose_check")),
        sa.CheckConstraint("given = (purpose IS NOT NULL)", name=op.f("consents_given_check")),
        sa.CheckConstraint("NOT given OR proof <> ''", name=op.f("consents_proof_check")),
        sa.CheckConstraint("expires_at > at", name=op.f("consents_expires_at_check")),
    )
    op.create_index("consents_of_contact", "consents", ["contact_id", "at"])


def _national_lists() -> None:
    op.create_table(
        "national_lists",
        sa.Column("name", sa.Text(), nullable=False, comment="as rules name it, like US-DNC"),
        sa.Column("copy_id", sa.BigInteger(), nullable=False, comment="the copy that is looked up"),
        _moment("copied_at"),
        _moment("imported_at"),
        sa.Column("numbers", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("numbers >= 0", name=op.f("national_lists_numbers_check")),
        sa.PrimaryKeyConstraint("name", name=op.f("national_lists_pkey")),
    )
    op.create_table(
        "national_list_numbers",
        sa.Column("copy_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="the digits of E.164"),
        sa.Column("since", sa.Date(), comment="when it was listed; null: not known, so long ago"),
        postgresql_partition_by="LIST (copy_id)",
    )
    op.create_index("national_list_numbers_number", "national_list_numbers", ["number"])


def _verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False, comment="in the engine's chain, from 1"),
        _moment("at"),
        sa.Column("attempt_id", postgresql.UUID(as_uuid=False), comment="null: it was blocked"),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False, comment="JSON, byte for byte as it was hashed"),
        sa.Column("hash", postgresql.BYTEA(), nullable=False, comment="SHA-256 of the hash before and the record"),
        sa.CheckConstraint("place >= 1", name=op.f("verdicts_place_check")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("verdicts_hash_check")),
        sa.PrimaryKeyConstraint("engine", "place", name=op.f("verdicts_pkey")),
    )
    op.create_index("verdicts_of_attempt", "verdicts", ["attempt_id"], unique=True)
    op.create_index("verdicts_of_contact", "verdicts", ["contact_id", "at"])
    op.create_index("verdicts_at", "verdicts", ["at"])
    op.execute(REFUSE)
    op.execute(KEEP)


def downgrade() -> None:
    op.drop_table("verdicts")
    op.execute("DROP FUNCTION verdicts_stay()")
    op.drop_table("national_list_numbers")
    op.drop_table("national_lists")
    op.drop_table("consents")
    op.drop_constraint(op.f("contacts_region_check"), "contacts", type_="check")
    for name in ("region", "purchased_at", "inquired_at"):
        op.drop_column("contacts", name)
