"""A person's profile: accounts, preferences, churn signs, next steps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_CHANNELS = "'call', 'sms', 'email', 'ivr', 'shop', 'web', 'letter'"


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _of_contact() -> sa.Column[int]:
    return sa.Column("contact_id", sa.BigInteger(), nullable=False)


def _contact_key(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"{table}_contact_id_fkey")
    return sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=name, ondelete="CASCADE")


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    columns = [column, "contact_id"]
    name = op.f(f"{table}_{column}_contact_id_fkey")
    return sa.ForeignKeyConstraint(columns, [f"{other}.id", f"{other}.contact_id"], name=name)


def _words(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(
        name, sa.Text(), server_default=None if default is None else sa.text(f"'{default}'"), nullable=False
    )


def _texts(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)


def _hours(name: str) -> sa.Column[object]:
    return sa.Column(
        name, JSONB(), server_default=sa.text("'[]'"), nullable=False, comment="[days, begins, ends], local time"
    )


def _recorded(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"{table}_{name}_check"))


def upgrade() -> None:
    op.create_table(
        "accounts",
        _id(),
        sa.Column("external_key", sa.Text(), nullable=True, comment="the account's key in the operator's own systems"),
        _words("name"),
        _words("kind"),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        _recorded("created_at"),
        _check("accounts", "kind", "kind IN ('business', 'private')"),
        _check("accounts", "name", "name <> ''"),
        _check("accounts", "parent", "parent_id <> id"),
        sa.ForeignKeyConstraint(["parent_id"], ["accounts.id"], name=op.f("accounts_parent_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("accounts_pkey")),
        sa.UniqueConstraint("external_key", name=op.f("accounts_external_key_key")),
    )
    op.create_index("accounts_under", "accounts", ["parent_id"])
    op.create_table(
        "account_members",
        _of_contact(),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        _words("role", ""),
        _hours("hours"),
        _recorded("joined_at"),
        _check("account_members", "hours", "jsonb_typeof(hours) = 'array'"),
        _contact_key("account_members"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("account_members_account_id_fkey")),
        sa.PrimaryKeyConstraint("contact_id", "account_id", name=op.f("account_members_pkey")),
    )
    op.create_index("account_members_of_account", "account_members", ["account_id"])
    op.create_table(
        "preferences",
        _of_contact(),
        _texts("channels"),
        _texts("refused_channels"),
        _texts("topics"),
        _texts("refused_topics"),
        _hours("call_times"),
        _words("source"),
        _moment("at", nullable=False),
        _check("preferences", "channels", f"channels <@ ARRAY[{_CHANNELS}]"),
        _check("preferences", "refused_channels", f"refused_channels <@ ARRAY[{_CHANNELS}]"),
        _check("preferences", "call_times", "jsonb_typeof(call_times) = 'array'"),
        _contact_key("preferences"),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("preferences_pkey")),
    )
    _collected_in_calls()


def _collected_in_calls() -> None:
    op.create_table(
        "churn_signs",
        _id(),
        _of_contact(),
        sa.Column("attempt_id", UUID(as_uuid=False), comment="the call in which it was seen; null: none of ours"),
        _words("sign"),
        sa.Column("grade", sa.SmallInteger(), nullable=False, comment="urgency when it was noted, 1 upwards"),
        _words("reason"),
        _words("note", ""),
        _words("source"),
        sa.Column("lead_id", sa.BigInteger(), nullable=True, comment="the retention lead that it raised; null: none"),
        _moment("at", nullable=False),
        _check("churn_signs", "grade", "grade BETWEEN 1 AND 9"),
        _contact_key("churn_signs"),
        _key("churn_signs", "attempt_id", "attempts"),
        _key("churn_signs", "lead_id", "leads"),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("churn_signs_pkey")),
    )
    op.create_index("churn_signs_of_contact", "churn_signs", ["contact_id", "at"])
    op.create_index(
        "churn_signs_of_attempt",
        "churn_signs",
        ["attempt_id", "sign", "contact_id"],
        unique=True,
        postgresql_where=sa.text("attempt_id IS NOT NULL"),
    )
    op.create_table(
        "next_steps",
        _id(),
        _of_contact(),
        sa.Column("attempt_id", UUID(as_uuid=False), comment="the call in which it was agreed; null: none of ours"),
        _words("what"),
        _moment("due_at"),
        sa.Column("channel", sa.Text(), nullable=True),
        _words("source"),
        _moment("at", nullable=False),
        _moment("done_at"),
        _check("next_steps", "channel", f"channel IN ({_CHANNELS})"),
        _check("next_steps", "what", "what <> ''"),
        _contact_key("next_steps"),
        _key("next_steps", "attempt_id", "attempts"),
        sa.PrimaryKeyConstraint("id", "contact_id", name=op.f("next_steps_pkey")),
    )
    op.create_index(
        "next_steps_open", "next_steps", ["contact_id", "due_at"], postgresql_where=sa.text("done_at IS NULL")
    )


def downgrade() -> None:
    for table in ("next_steps", "churn_signs", "preferences", "account_members", "accounts"):
        op.drop_table(table)
