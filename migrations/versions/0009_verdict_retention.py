"""Where an engine's chain of verdicts begins, when retention deleted what was before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STAY = """
CREATE OR REPLACE FUNCTION verdicts_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM verdict_anchors WHERE engine = OLD.engine AND place >= OLD.place
    ) THEN RETURN OLD; END IF;
    RAISE EXCEPTION 'verdicts are only ever added';
END $$
"""
STAY_BEFORE = """
CREATE OR REPLACE FUNCTION verdicts_stay() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'verdicts are only ever added'; END $$
"""
MOVE = """
CREATE FUNCTION verdict_anchors_move() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'the beginning of a log of verdicts stays'; END IF;
    IF TG_OP = 'UPDATE' AND (NEW.engine <> OLD.engine OR NEW.place <= OLD.place) THEN
        RAISE EXCEPTION 'the beginning of a log of verdicts only moves on';
    END IF;
    IF NOT EXISTS (SELECT FROM verdicts WHERE engine = NEW.engine AND place = NEW.place AND hash = NEW.hash) THEN
        RAISE EXCEPTION 'no such verdict is in the log';
    END IF;
    IF EXISTS (SELECT FROM verdicts WHERE engine = NEW.engine AND place <= NEW.place AND at > NEW.at) THEN
        RAISE EXCEPTION 'a verdict before is younger than that';
    END IF;
    IF NEW.at > now() - interval '1 year' THEN
        RAISE EXCEPTION 'verdicts are kept for a year at least';
    END IF;
    RETURN NEW;
END $$
"""
MOVES = """
CREATE TRIGGER verdict_anchors_move BEFORE INSERT OR UPDATE OR DELETE ON verdict_anchors
FOR EACH ROW EXECUTE FUNCTION verdict_anchors_move()
"""
CUT = """
CREATE FUNCTION verdict_anchors_cut() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF EXISTS (SELECT FROM verdicts WHERE engine = NEW.engine AND place <= NEW.place) THEN
        RAISE EXCEPTION 'verdicts still stand before the beginning of their log';
    END IF;
    RETURN NULL;
END $$
"""
CUTS = """
CREATE CONSTRAINT TRIGGER verdict_anchors_cut AFTER INSERT OR UPDATE ON verdict_anchors
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION verdict_anchors_cut()
"""
"""When the transaction commits: the beginning moves together with the deletion, or neither does."""


def upgrade() -> None:
    op.create_table(
        "verdict_anchors",
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False, comment="the last verdict that retention deleted"),
        sa.Column("hash", postgresql.BYTEA(), nullable=False, comment="that verdict's"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place >= 1", name=op.f("verdict_anchors_place_check")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("verdict_anchors_hash_check")),
        sa.CheckConstraint("deleted_at >= at + interval '1 year'", name=op.f("verdict_anchors_deleted_at_check")),
        sa.PrimaryKeyConstraint("engine", name=op.f("verdict_anchors_pkey")),
    )
    for statement in (STAY, MOVE, MOVES, CUT, CUTS):
        op.execute(statement)


def downgrade() -> None:
    op.execute(STAY_BEFORE)
    op.drop_table("verdict_anchors")
    op.execute("DROP FUNCTION verdict_anchors_move()")
    op.execute("DROP FUNCTION verdict_anchors_cut()")
