"""What contacts' attempts in all campaigns are worth, reckoned by the database for many contacts at once; held to
dialer.engine.scoring.contact_history by test."""

from typing import Any

from dialer.engine.scoring.contact_history import Rule


def history_of(whose: str) -> str:
    """Common table expressions that end in `history (contact_id, points)`, for contacts by a condition on
    attempts.contact_id; the parameters are `points_of` a rule, and `now`."""
    return f"""
past_calls AS MATERIALIZED (
    SELECT attempts.contact_id, outcome, disposition, ended_at AS at
    FROM attempts JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
        LEFT JOIN dispositions ON dispositions.attempt_id = attempts.id
            AND dispositions.contact_id = attempts.contact_id
    WHERE {whose}
), past AS (
    SELECT contact_id, outcome AS kind, at FROM past_calls
    UNION ALL
    SELECT contact_id, 'disposition ' || disposition, at FROM past_calls WHERE disposition IS NOT NULL
), placed_in_time AS (
    SELECT contact_id, kind, row_number() OVER (PARTITION BY contact_id, kind ORDER BY at DESC) - 1 AS place,
        greatest(0, extract(epoch FROM CAST(:now AS timestamptz) - at)) / 86400 AS age_days
    FROM past
), history AS (
    SELECT contact_id, greatest(CAST(:lowest AS float8), least(CAST(:highest AS float8), sum(
        points * power(CAST(:decay AS float8), place) * power(0.5, age_days / CAST(:half_life AS float8))))) AS points
    FROM placed_in_time
        JOIN unnest(CAST(:kinds AS text[]), CAST(:points AS float8[])) AS rule(kind, points) USING (kind)
    GROUP BY contact_id
)"""


def points_of(rule: Rule) -> dict[str, Any]:
    kinds = {str(outcome): points for outcome, points in rule.outcome.items()}
    kinds |= {f"disposition {disposition}": points for disposition, points in rule.disposition.items()}
    return {
        "kinds": list(kinds),
        "points": list(kinds.values()),
        "lowest": rule.lowest,
        "highest": rule.highest,
        "decay": rule.attempt_decay,
        "half_life": rule.half_life_days,
    }
