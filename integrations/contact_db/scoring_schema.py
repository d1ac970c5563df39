"""Versions of models, and pilots. Both are about a campaign, small, and read by all: reference tables on distributed
PostgreSQL. What a model says of a lead stands with the lead (schema.py), and by hour in `lead_hours`, which lies with
the contact."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dialer.ports.scores import ModelStatus, Target
from integrations.contact_db.columns import identity, metadata, moment, one_of, words

score_models = Table(
    "score_models",
    metadata,
    identity(),
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    words("target"),
    words("status"),
    moment("trained_at", required=True),
    moment("trained_until", required=True),
    Column("rows", Integer, nullable=False),
    Column("wins", Integer, nullable=False),
    words("reason", ""),
    Column("figures", JSONB, nullable=False, server_default=text("'{}'")),
    Column("data", LargeBinary, nullable=False, comment="arrays and JSON; never a pickle"),
    PrimaryKeyConstraint("id"),
    one_of("target", Target),
    one_of("status", ModelStatus),
    CheckConstraint("wins BETWEEN 0 AND rows", name="wins"),
    Index("score_models_champion", "campaign_id", "target", unique=True, postgresql_where=text("status = 'champion'")),
    Index("score_models_of_campaign", "campaign_id", "id"),
)

lead_hours = Table(
    "lead_hours",
    metadata,
    Column("lead_id", BigInteger, nullable=False),
    Column("contact_id", BigInteger, nullable=False),
    Column(
        "chances", ARRAY(SmallInteger), nullable=False, comment="of an answer, in thousandths, at 8, 9 ... 21 local"
    ),
    PrimaryKeyConstraint("contact_id", "lead_id"),
    ForeignKeyConstraint(["lead_id", "contact_id"], ["leads.id", "leads.contact_id"], ondelete="CASCADE"),
    CheckConstraint("cardinality(chances) = 14", name="chances"),
)

pilots = Table(
    "pilots",
    metadata,
    Column("campaign_id", BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), nullable=False),
    moment("started_at", required=True),
    Column("sample", Double, nullable=False, comment="share of each cell that is called first"),
    Column("floor", Double, nullable=False, comment="share of the effort that is spread by size, for learning"),
    Column("moved_at", DateTime(timezone=True)),
    Column("shares", JSONB, nullable=False, server_default=text("'{}'"), comment="cell to leads put first"),
    PrimaryKeyConstraint("campaign_id"),
    CheckConstraint("sample > 0 AND sample <= 1", name="sample"),
    CheckConstraint("floor BETWEEN 0 AND 1", name="floor"),
    CheckConstraint("jsonb_typeof(shares) = 'object'", name="shares"),
)
