"""A person's profile: accounts and who belongs to them, preferences, and what agents collect in calls.

**Distribution key.** All but `accounts` is about a person and lies with the contact (schema.py). An account may have
many people, and only one with layers or several people needs a row; so `accounts` is a reference table, read by all.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from dialer.domain.accounts import AccountKind
from dialer.domain.contact import Channel
from integrations.contact_db.columns import identity, metadata, moment, one_of, recorded, some_of, words


def _texts(name: str) -> Column[list[str]]:
    return Column(name, ARRAY(Text), nullable=False, server_default=text("'{}'"))


def _hours(name: str) -> Column[object]:
    meaning = "[days, begins, ends], local time"
    return Column(name, JSONB, nullable=False, server_default=text("'[]'"), comment=meaning)


def _of_contact() -> Column[int]:
    return Column("contact_id", BigInteger, ForeignKey("contacts.id", ondelete="CASCADE"), nullable=False)


accounts = Table(
    "accounts",
    metadata,
    identity(),
    Column("external_key", Text, unique=True, comment="the account's key in the operator's own systems"),
    words("name"),
    words("kind"),
    Column("parent_id", BigInteger, ForeignKey("accounts.id")),
    recorded("created_at"),
    PrimaryKeyConstraint("id"),
    one_of("kind", AccountKind),
    CheckConstraint("name <> ''", name="name"),
    CheckConstraint("parent_id <> id", name="parent"),
    Index("accounts_under", "parent_id"),
)
"""No account lies under itself: who changes `parent_id` sees to that, one at a time (account_book.py)."""

account_members = Table(
    "account_members",
    metadata,
    _of_contact(),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), nullable=False),
    words("role", ""),
    _hours("hours"),
    recorded("joined_at"),
    PrimaryKeyConstraint("contact_id", "account_id"),
    CheckConstraint("jsonb_typeof(hours) = 'array'", name="hours"),
    Index("account_members_of_account", "account_id"),
)

preferences = Table(
    "preferences",
    metadata,
    _of_contact(),
    _texts("channels"),
    _texts("refused_channels"),
    _texts("topics"),
    _texts("refused_topics"),
    _hours("call_times"),
    words("source"),
    moment("at", required=True),
    PrimaryKeyConstraint("contact_id"),
    some_of("channels", Channel),
    some_of("refused_channels", Channel),
    CheckConstraint("jsonb_typeof(call_times) = 'array'", name="call_times"),
)

churn_signs = Table(
    "churn_signs",
    metadata,
    identity(),
    _of_contact(),
    Column("attempt_id", UUID(as_uuid=False), comment="the call in which it was seen; null: none of ours"),
    words("sign"),
    Column("grade", SmallInteger, nullable=False, comment="urgency when it was noted, 1 upwards"),
    words("reason"),
    words("note", ""),
    words("source"),
    Column("lead_id", BigInteger, comment="the retention lead that it raised; null: none"),
    moment("at", required=True),
    PrimaryKeyConstraint("id", "contact_id"),
    ForeignKeyConstraint(["attempt_id", "contact_id"], ["attempts.id", "attempts.contact_id"]),
    ForeignKeyConstraint(["lead_id", "contact_id"], ["leads.id", "leads.contact_id"]),
    CheckConstraint("grade BETWEEN 1 AND 9", name="grade"),
    Index("churn_signs_of_contact", "contact_id", "at"),
    Index(
        "churn_signs_of_attempt",
        "attempt_id",
        "sign",
        "contact_id",
        unique=True,
        postgresql_where=text("attempt_id IS NOT NULL"),
    ),
)

next_steps = Table(
    "next_steps",
    metadata,
    identity(),
    _of_contact(),
    Column("attempt_id", UUID(as_uuid=False), comment="the call in which it was agreed; null: none of ours"),
    words("what"),
    moment("due_at"),
    Column("channel", Text),
    words("source"),
    moment("at", required=True),
    moment("done_at"),
    PrimaryKeyConstraint("id", "contact_id"),
    ForeignKeyConstraint(["attempt_id", "contact_id"], ["attempts.id", "attempts.contact_id"]),
    one_of("channel", Channel),
    CheckConstraint("what <> ''", name="what"),
    Index("next_steps_open", "contact_id", "due_at", postgresql_where=text("done_at IS NULL")),
)
