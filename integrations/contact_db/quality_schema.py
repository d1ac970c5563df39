"""Quality sampling: forms, samples, scores, disputes, complaints, notices, and the library of cases.

**Distribution key.** What is about a call lies with the contact who was called (schema.py); remarks are about agents,
but may name the person. Forms, samples and the sizes of strata are small: reference tables.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR, UUID

from dialer.domain.outcome import Disposition
from dialer.domain.quality.assigning import Place
from dialer.domain.quality.review import Origin, Result
from integrations.contact_db.columns import identity, metadata, moment, one_of, words


def _of_call() -> tuple[Column[str], Column[int]]:
    return Column("attempt_id", UUID(as_uuid=False), nullable=False), Column("contact_id", BigInteger, nullable=False)


def _call_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["attempt_id", "contact_id"], ["attempts.id", "attempts.contact_id"])


def _sampled_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["attempt_id", "contact_id"], ["quality_calls.attempt_id", "quality_calls.contact_id"])


quality_forms = Table(
    "quality_forms",
    metadata,
    Column("digest", Text, nullable=False, comment="SHA-256 of name and items: the form's version"),
    words("name"),
    Column("items", JSONB, nullable=False),
    moment("kept_at", required=True),
    PrimaryKeyConstraint("digest"),
    CheckConstraint("jsonb_typeof(items) = 'array'", name="items"),
)

quality_samples = Table(
    "quality_samples",
    metadata,
    Column("week", Date, nullable=False, comment="its Monday"),
    moment("begins_at", required=True),
    moment("ends_at", required=True),
    words("seed"),
    Column("rules_digest", Text, nullable=False, comment="SHA-256 of the rules that it was drawn by"),
    moment("drawn_at", required=True),
    words("drawn_by"),
    Column("calls", Integer, nullable=False, comment="that there were"),
    Column("taken", Integer, nullable=False),
    PrimaryKeyConstraint("week"),
    CheckConstraint("extract(isodow FROM week) = 1", name="week"),
)

quality_strata = Table(
    "quality_strata",
    metadata,
    Column("week", Date, ForeignKey("quality_samples.week", ondelete="CASCADE"), nullable=False),
    words("agent_id"),
    words("stratum"),
    Column("calls", Integer, nullable=False, comment="that there were"),
    Column("taken", Integer, nullable=False),
    PrimaryKeyConstraint("week", "agent_id", "stratum"),
    CheckConstraint("taken BETWEEN 1 AND calls", name="taken"),
)

quality_calls = Table(
    "quality_calls",
    metadata,
    *_of_call(),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id"), nullable=False),
    Column("week", Date, ForeignKey("quality_samples.week"), nullable=False),
    words("agent_id"),
    moment("ended_at", required=True),
    words("stratum"),
    Column("probability", Double, comment="with which the draw took it; null: added since somebody complained later"),
    Column("form", Text, ForeignKey("quality_forms.digest"), nullable=False),
    Column("recorded", Text, comment="the disposition when it was drawn"),
    Column("unscorable", Text, nullable=False, server_default=text("''"), comment="why it can't be scored"),
    PrimaryKeyConstraint("attempt_id", "contact_id"),
    _call_key(),
    one_of("recorded", Disposition),
    CheckConstraint("probability > 0 AND probability <= 1", name="probability"),
    Index("quality_calls_of_week", "week"),
    Index("quality_calls_of_agent", "agent_id", "week"),
)

quality_assignments = Table(
    "quality_assignments",
    metadata,
    *_of_call(),
    words("place"),
    Column("reviewer", Text, comment="null: nobody could be found yet"),
    moment("assigned_at", required=True),
    PrimaryKeyConstraint("attempt_id", "contact_id", "place"),
    _sampled_key(),
    CheckConstraint("place IN ('first', 'second')", name="place"),
    UniqueConstraint("attempt_id", "contact_id", "reviewer"),
    Index("quality_assignments_of_reviewer", "reviewer"),
)

quality_scores = Table(
    "quality_scores",
    metadata,
    *_of_call(),
    words("place"),
    words("given_by"),
    moment("at", required=True),
    Column("points", JSONB, nullable=False, comment="item to points; null: it did not apply"),
    Column("total", Double, nullable=False),
    Column("fatal", ARRAY(Text), nullable=False, comment="ids of fatal items with 0 points"),
    Column("heard", Text, comment="the disposition as it was heard; null: it can't be told"),
    words("remark", ""),
    PrimaryKeyConstraint("attempt_id", "contact_id", "place"),
    _sampled_key(),
    one_of("place", Place),
    one_of("heard", Disposition),
    CheckConstraint("total BETWEEN 0 AND 100", name="total"),
    UniqueConstraint("attempt_id", "contact_id", "given_by"),
)

quality_disputes = Table(
    "quality_disputes",
    metadata,
    identity(),
    *_of_call(),
    words("origin"),
    moment("raised_at", required=True),
    words("reason"),
    Column("result", Text, comment="null: it is open"),
    words("settled_by", ""),
    moment("settled_at"),
    Column("words", Text, nullable=False, server_default=text("''"), comment="why it was settled so"),
    PrimaryKeyConstraint("id", "contact_id"),
    _sampled_key(),
    one_of("origin", Origin),
    one_of("result", Result),
    CheckConstraint("(result IS NULL) = (settled_at IS NULL)", name="settled"),
    Index(
        "quality_disputes_open", "attempt_id", "contact_id", unique=True, postgresql_where=text("settled_at IS NULL")
    ),
    Index("quality_disputes_of_call", "attempt_id", "contact_id"),
)

quality_complaints = Table(
    "quality_complaints",
    metadata,
    identity(),
    *_of_call(),
    words("kind"),
    words("note", ""),
    moment("at", required=True),
    words("noted_by"),
    PrimaryKeyConstraint("id", "contact_id"),
    _call_key(),
    Index("quality_complaints_of_call", "attempt_id", "contact_id"),
    Index("quality_complaints_at", "at"),
)

quality_notices = Table(
    "quality_notices",
    metadata,
    identity(),
    *_of_call(),
    words("agent_id"),
    words("words"),
    moment("published_at", required=True),
    words("published_by"),
    Column("begins_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False, comment="the last day without a place in the ranking"),
    moment("withdrawn_at"),
    words("withdrawn_by", ""),
    words("withdrawn_why", ""),
    PrimaryKeyConstraint("id", "contact_id"),
    _sampled_key(),
    UniqueConstraint("attempt_id", "contact_id"),
    CheckConstraint("ends_on >= begins_on", name="days"),
)

quality_cases = Table(
    "quality_cases",
    metadata,
    identity(),
    *_of_call(),
    words("title"),
    words("why", ""),
    Column("tags", ARRAY(Text), nullable=False),
    words("added_by"),
    moment("added_at", required=True),
    Column("search", TSVECTOR, nullable=False, comment="title, why and tags, as words are searched"),
    PrimaryKeyConstraint("id", "contact_id"),
    _call_key(),
    UniqueConstraint("attempt_id", "contact_id"),
    Index("quality_cases_search", "search", postgresql_using="gin"),
    Index("quality_cases_tags", "tags", postgresql_using="gin"),
)
