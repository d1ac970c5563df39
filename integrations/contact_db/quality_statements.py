"""The statements of quality sampling. Calls are named by attempt alone; the contact, by whom rows lie, is looked up."""

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import bindparam

_CALL = """CAST(outcomes.attempt_id AS text) AS attempt_id, outcomes.contact_id, outcomes.agent_id,
    campaigns.name AS campaign, outcomes.ended_at,
    CAST(extract(epoch FROM outcomes.ended_at - outcomes.connected_at) AS float8) AS talk_seconds,
    dispositions.disposition"""
_CALLS = """outcomes JOIN campaigns ON campaigns.id = outcomes.campaign_id
LEFT JOIN dispositions ON dispositions.attempt_id = outcomes.attempt_id
    AND dispositions.contact_id = outcomes.contact_id"""
_WITH_AGENT = "outcomes.outcome = 'answered' AND outcomes.agent_id IS NOT NULL AND outcomes.connected_at IS NOT NULL"

BEGIN = text("SELECT 1")
"""A transaction begins with its first statement; a cursor needs one."""

FRAME = f"""
SELECT {_CALL}, EXISTS (SELECT FROM quality_complaints
    WHERE quality_complaints.attempt_id = outcomes.attempt_id
        AND quality_complaints.contact_id = outcomes.contact_id) AS complained
FROM {_CALLS}
WHERE outcomes.ended_at >= $1 AND outcomes.ended_at < $2 AND {_WITH_AGENT}
"""
"""For the driver's own cursor: read page by page, each page would join all dispositions anew, and a million rows take
twice as long through SQLAlchemy."""

FIRST_CALLS = text("""
SELECT named.agent, (SELECT min(ended_at) FROM outcomes WHERE agent_id = named.agent AND outcome = 'answered') AS at
FROM unnest(CAST(:agents AS text[])) AS named(agent)
""")

KEEP_FORMS = text("""
INSERT INTO quality_forms (digest, name, items, kept_at)
SELECT told ->> 'digest', told ->> 'name', told -> 'items', :at FROM jsonb_array_elements(:forms) AS told
ON CONFLICT (digest) DO NOTHING
""").bindparams(bindparam("forms", type_=JSONB))

KEEP_SAMPLE = text("""
INSERT INTO quality_samples (week, begins_at, ends_at, seed, rules_digest, drawn_at, drawn_by, calls, taken)
VALUES (:week, :begins_at, :ends_at, :seed, :rules_digest, :drawn_at, :drawn_by, :calls, :taken)
ON CONFLICT (week) DO NOTHING RETURNING 1
""")

KEEP_STRATA = text("""
INSERT INTO quality_strata (week, agent_id, stratum, calls, taken)
SELECT :week, told.* FROM unnest(CAST(:agents AS text[]), CAST(:strata AS text[]), CAST(:calls AS integer[]),
    CAST(:taken AS integer[])) AS told
""")

KEEP_CALLS = text("""
INSERT INTO quality_calls (attempt_id, contact_id, campaign_id, week, agent_id, ended_at, stratum, probability, form,
    recorded)
SELECT attempts.id, attempts.contact_id, attempts.campaign_id, told.week, told.agent, told.ended_at, told.stratum,
    told.probability, told.form, told.recorded
FROM unnest(CAST(:attempts AS uuid[]), CAST(:contacts AS bigint[]), CAST(:weeks AS date[]), CAST(:agents AS text[]),
    CAST(:ended AS timestamptz[]), CAST(:strata AS text[]), CAST(:probabilities AS float8[]), CAST(:forms AS text[]),
    CAST(:recorded AS text[]))
    AS told(attempt, contact, week, agent, ended_at, stratum, probability, form, recorded)
JOIN attempts ON attempts.id = told.attempt AND attempts.contact_id = told.contact
ON CONFLICT DO NOTHING RETURNING 1
""")

_WEEKS = "(CAST(:begin AS date) IS NULL OR week >= :begin) AND (CAST(:end AS date) IS NULL OR week <= :end)"
SAMPLES = text(f"SELECT * FROM quality_samples WHERE {_WEEKS} ORDER BY week")
STRATA = text(f"SELECT week, agent_id, stratum, calls FROM quality_strata WHERE {_WEEKS}")

ASSIGN = text("""
INSERT INTO quality_assignments (attempt_id, contact_id, place, reviewer, assigned_at)
SELECT sampled.attempt_id, sampled.contact_id, told.place, nullif(told.reviewer, ''), :at
FROM unnest(CAST(:attempts AS uuid[]), CAST(:places AS text[]), CAST(:reviewers AS text[]))
    AS told(attempt, place, reviewer)
JOIN quality_calls AS sampled ON sampled.attempt_id = told.attempt
WHERE NOT EXISTS (SELECT FROM quality_scores AS score WHERE score.attempt_id = sampled.attempt_id
    AND score.contact_id = sampled.contact_id AND score.place = told.place)
ON CONFLICT (attempt_id, contact_id, place)
    DO UPDATE SET reviewer = excluded.reviewer, assigned_at = excluded.assigned_at
RETURNING 1
""")

MISSED = text(f"""
SELECT DISTINCT quality_samples.week, {_CALL}, true AS complained
FROM quality_complaints JOIN ({_CALLS})
    ON outcomes.attempt_id = quality_complaints.attempt_id AND outcomes.contact_id = quality_complaints.contact_id
JOIN quality_samples ON outcomes.ended_at >= quality_samples.begins_at AND outcomes.ended_at < quality_samples.ends_at
WHERE {_WITH_AGENT} AND NOT EXISTS (SELECT FROM quality_calls
    WHERE quality_calls.attempt_id = outcomes.attempt_id AND quality_calls.contact_id = outcomes.contact_id)
ORDER BY attempt_id
""")

_SAME = "{0}.attempt_id = sampled.attempt_id AND {0}.contact_id = sampled.contact_id"
_OPEN_PLACE = f"""{_SAME.format("part")} AND sampled.unscorable = ''
    AND NOT EXISTS (SELECT FROM quality_scores AS done WHERE {_SAME.format("done")} AND done.place = part.place)"""
REVIEWS = text(f"""
SELECT sampled.*, campaigns.name AS campaign, forms.name AS form_name, forms.items,
    (SELECT jsonb_object_agg(part.place, coalesce(part.reviewer, '')) FROM quality_assignments AS part
        WHERE {_SAME.format("part")}) AS reviewers,
    (SELECT jsonb_agg(to_jsonb(score)) FROM quality_scores AS score WHERE {_SAME.format("score")}) AS scores,
    (SELECT jsonb_agg(to_jsonb(dispute) ORDER BY dispute.id) FROM quality_disputes AS dispute
        WHERE {_SAME.format("dispute")}) AS disputes,
    EXISTS (SELECT FROM quality_notices AS notice WHERE {_SAME.format("notice")}) AS noticed
FROM quality_calls AS sampled
JOIN campaigns ON campaigns.id = sampled.campaign_id
JOIN quality_forms AS forms ON forms.digest = sampled.form
WHERE {_WEEKS}
    AND (CAST(:attempt AS uuid) IS NULL OR sampled.attempt_id = :attempt)
    AND (CAST(:agent AS text) IS NULL OR sampled.agent_id = :agent)
    AND (CAST(:after AS uuid) IS NULL OR sampled.attempt_id > :after)
    AND (CAST(:reviewer AS text) IS NULL OR EXISTS (SELECT FROM quality_assignments AS part
        WHERE part.reviewer = :reviewer AND {_OPEN_PLACE}))
    AND (NOT :disputed OR EXISTS (SELECT FROM quality_disputes AS open
        WHERE {_SAME.format("open")} AND open.settled_at IS NULL))
    AND (NOT :fatal OR (EXISTS (SELECT FROM quality_scores AS bad WHERE {_SAME.format("bad")} AND bad.fatal <> '{{}}')
        AND NOT EXISTS (SELECT FROM quality_notices AS told WHERE {_SAME.format("told")})))
ORDER BY sampled.attempt_id LIMIT :limit
""")
LOADS = text(f"""
SELECT part.reviewer, count(*) AS calls FROM quality_assignments AS part
JOIN quality_calls AS sampled ON {_SAME.format("part")}
WHERE part.reviewer IS NOT NULL AND {_OPEN_PLACE} GROUP BY part.reviewer
""")

KEEP_SCORE = text("""
INSERT INTO quality_scores (attempt_id, contact_id, place, given_by, at, points, total, fatal, heard, remark)
SELECT attempt_id, contact_id, :place, :by, :at, :points, :total, :fatal, :heard, :remark
FROM quality_calls WHERE attempt_id = :attempt
ON CONFLICT DO NOTHING RETURNING 1
""").bindparams(bindparam("points", type_=JSONB))
DROP_SETTLED = text("DELETE FROM quality_scores WHERE attempt_id = :attempt AND place = 'settled'")
UNSCORABLE = text("UPDATE quality_calls SET unscorable = :why WHERE attempt_id = :attempt RETURNING 1")
OPEN_DISPUTE = text("""
INSERT INTO quality_disputes (attempt_id, contact_id, origin, raised_at, reason)
SELECT attempt_id, contact_id, :origin, :raised_at, :reason FROM quality_calls WHERE attempt_id = :attempt
ON CONFLICT DO NOTHING RETURNING 1
""")
SETTLE = text("""
UPDATE quality_disputes SET result = :result, settled_by = :settled_by, settled_at = :settled_at, words = :words
WHERE attempt_id = :attempt AND settled_at IS NULL RETURNING 1
""")

SPOKEN_TO = text(f"""
SELECT outcomes.attempt_id, outcomes.contact_id FROM outcomes
WHERE {_WITH_AGENT} AND (CAST(:attempt AS uuid) IS NULL OR outcomes.attempt_id = :attempt)
    AND (CAST(:contact AS bigint) IS NULL OR (outcomes.contact_id = :contact AND outcomes.ended_at <= :at))
ORDER BY outcomes.ended_at DESC LIMIT 1
""")
COMPLAIN = text("""
INSERT INTO quality_complaints (attempt_id, contact_id, kind, note, at, noted_by)
VALUES (:attempt, :contact, :kind, :note, :at, :noted_by)
""")
COMPLAINTS = text("""
SELECT attempt_id, kind, note, at, noted_by FROM quality_complaints
WHERE CAST(:after AS timestamptz) IS NULL OR at < :after ORDER BY at DESC, id DESC LIMIT :limit
""")

PUBLISH = text("""
INSERT INTO quality_notices (attempt_id, contact_id, agent_id, words, published_at, published_by, begins_on, ends_on)
SELECT attempt_id, contact_id, :agent, :words, :published_at, :published_by, :begins_on, :ends_on
FROM quality_calls WHERE attempt_id = :attempt
ON CONFLICT DO NOTHING RETURNING 1
""")
NOTICES = text("""
SELECT * FROM quality_notices
WHERE CAST(:day AS date) IS NULL OR (withdrawn_at IS NULL AND :day BETWEEN begins_on AND ends_on)
ORDER BY published_at DESC, id DESC
""")
WITHDRAW = text("""
UPDATE quality_notices SET withdrawn_at = :at, withdrawn_by = :by, withdrawn_why = :why
WHERE id = :notice AND withdrawn_at IS NULL RETURNING 1
""")
NOTICE = text("SELECT 1 FROM quality_notices WHERE id = :notice")
