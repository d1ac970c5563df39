"""Who sits where: an agent's stays in teams, rooms and centres, kept for good. About the floor, not about people who
are called: a reference table on distributed PostgreSQL."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text, text

from integrations.contact_db.columns import metadata, moment, words

staff_places = Table(
    "staff_places",
    metadata,
    Column("agent_id", Text, ForeignKey("agents.id"), nullable=False),
    moment("begins_at", required=True),
    moment("ends_at"),
    words("team", ""),
    words("room", ""),
    words("centre", ""),
    PrimaryKeyConstraint("agent_id", "begins_at"),
    CheckConstraint("ends_at > begins_at", name="ends_at"),
    Index("staff_places_now", "agent_id", unique=True, postgresql_where=text("ends_at IS NULL")),
)
