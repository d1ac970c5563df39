"""A call of a person that was sampled, scored, disputed, complained of, told of in a notice and kept as a case."""

from sqlalchemy import text

from dialer.domain.lead import Lead
from tests.contract.contact_worlds import DatabaseWorld
from tests.contract.lead_work import NOW

_CALL = "SELECT id, contact_id, {} FROM attempts WHERE contact_id = :contact"
_STATEMENTS = (
    "INSERT INTO quality_forms (digest, name, items, kept_at) VALUES ('d', 'sales', '[]', :at)",
    "INSERT INTO quality_samples (week, begins_at, ends_at, seed, rules_digest, drawn_at, drawn_by, calls, taken)"
    " VALUES ('2026-03-02', :at, :at, 's', 'r', :at, 'quentin', 1, 1)",
    "INSERT INTO quality_calls"
    " (attempt_id, contact_id, campaign_id, week, agent_id, ended_at, stratum, probability, form) "
    + _CALL.format("campaign_id, CAST('2026-03-02' AS date), '1001', :at, 'others', 1, 'd'"),
    "INSERT INTO quality_assignments (attempt_id, contact_id, place, reviewer, assigned_at) "
    + _CALL.format("'first', 'quentin', :at"),
    "INSERT INTO quality_scores (attempt_id, contact_id, place, given_by, at, points, total, fatal, remark) "
    + _CALL.format("'first', 'quentin', :at, '{}', 0, '{law}', 'calls Ada by name'"),
    "INSERT INTO quality_disputes (attempt_id, contact_id, origin, raised_at, reason) "
    + _CALL.format("'agent', :at, 'Ada did not mind'"),
    "INSERT INTO quality_complaints (attempt_id, contact_id, kind, note, at, noted_by) "
    + _CALL.format("'tone', 'Ada was shouted at', :at, 'susan'"),
    "INSERT INTO quality_notices"
    " (attempt_id, contact_id, agent_id, words, published_at, published_by, begins_on, ends_on) "
    + _CALL.format("'1001', 'failed', :at, 'quentin', CAST('2026-03-02' AS date), CAST('2026-03-08' AS date)"),
    "INSERT INTO quality_cases (attempt_id, contact_id, title, why, tags, added_by, added_at, search) "
    + _CALL.format("'Ada buys', '', '{opening}', 'quentin', :at, to_tsvector('simple', 'Ada buys opening')"),
)


async def a_reviewed_call(world: DatabaseWorld, lead: Lead) -> None:
    values = {"contact": lead.contact, "at": NOW}
    for statement in map(text, _STATEMENTS):
        await world.database.fetch(statement, {name: values[name] for name in statement.compile().params})
