"""What the gate must know of a lead, read in one statement: its numbers with attempts and what lists say, the contact's
words, and how the last calls ended."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from compliance.facts import Consent, LastCalls, Listing, Reassignment
from compliance.figures import HISTORY_HOURS
from dialer.domain.ids import AgentId, CampaignId, ContactId, LeadId, NumberId
from dialer.domain.lead import Lead, LeadNumber
from dialer.domain.outcome import REFUSALS
from dialer.domain.phone import PhoneNumber
from integrations.contact_db.preferences_read import preferences_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REFUSALS = ", ".join(f"'{disposition}'" for disposition in sorted(REFUSALS))
LEAD_COLUMNS = (
    *("id", "contact_id", "score", "attempts", "call_back_agent", "call_back_at"),
    *("deadline", "answer_probability"),
)
_RECENT = "opened_at > :since AND counts"


def _epoch(column: str) -> str:
    """A time in whole microseconds since 1970, which JSON carries exactly."""
    return f"CAST(extract(epoch FROM {column}) * 1000000 AS bigint)"


def _differs(what: str) -> str:
    """Whether two campaigns certainly have another one: a campaign that names none may have any."""
    return f"own.{what} <> '' AND theirs.{what} <> '' AND lower(own.{what}) <> lower(theirs.{what})"


def columns_of(leads: str) -> str:
    """LEAD_COLUMNS of a relation, for its SELECT or RETURNING."""
    return ", ".join(f"{leads}.{name}" for name in LEAD_COLUMNS)


def since(now: datetime) -> datetime:
    """From when on attempts are read, as the parameter `since` of `facts_of`."""
    return now - timedelta(hours=HISTORY_HOURS)


def facts_of(picked: str) -> str:
    """The facts of leads of `:campaign`, of a relation with the columns LEAD_COLUMNS, to be read by `lead_of`."""
    # OFFSET 0 keeps the planner from looking a number up again for each use of `listed`
    return f"""
SELECT picked.*, contacts.time_zone, contacts.region, contacts.born_on, contacts.purchased_at, contacts.inquired_at,
    numbers.*, past.*, copies.*,
    (SELECT to_jsonb(preferences) FROM preferences WHERE preferences.contact_id = picked.contact_id) AS preferences,
    (SELECT jsonb_agg(jsonb_build_object('at', {_epoch("at")}, 'given', given, 'purpose', purpose, 'proof', proof,
            'expires_at', {_epoch("expires_at")}) ORDER BY at, id)
        FROM consents WHERE consents.contact_id = picked.contact_id) AS consents
FROM {picked} AS picked
JOIN contacts ON contacts.id = picked.contact_id
CROSS JOIN (SELECT jsonb_object_agg(name, {_epoch("copied_at")}) AS copied FROM national_lists) AS copies
CROSS JOIN (
    SELECT array_agg(theirs.id) FILTER (WHERE {_differs("seller")}) AS of_sellers,
        array_agg(theirs.id) FILTER (WHERE {_differs("subject")}) AS of_subjects
    FROM campaigns AS theirs JOIN campaigns AS own ON own.id = :campaign
) AS others
CROSS JOIN LATERAL (
    SELECT array_agg(opened_at ORDER BY opened_at) FILTER (WHERE {_RECENT}) AS contact_tries,
        array_agg(opened_at) FILTER (WHERE {_RECENT} AND attempts.campaign_id = ANY(of_sellers)) AS other_sellers,
        array_agg(opened_at) FILTER (WHERE {_RECENT} AND attempts.campaign_id = ANY(of_subjects)) AS other_subjects,
        max(disposed.at) AS refused_at, max(ended_at) FILTER (WHERE abandoned) AS abandoned_at,
        max(ended_at) FILTER (WHERE outcome = 'machine') AS machine_at
    FROM attempts
    LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
    LEFT JOIN dispositions AS disposed ON disposed.attempt_id = attempts.id
        AND disposed.contact_id = attempts.contact_id AND disposed.disposition IN ({_REFUSALS})
    WHERE attempts.contact_id = picked.contact_id
) AS past
CROSS JOIN LATERAL (
    SELECT array_agg(number.id ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS number_ids,
        array_agg(e164 ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS e164s,
        jsonb_agg(tries ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS number_tries,
        jsonb_agg(lists ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS number_lists,
        jsonb_agg(answer ORDER BY rank, number.id) FILTER (WHERE NOT listed) AS number_answers,
        coalesce(bool_and(listed), false) AS on_dnc
    FROM (
        SELECT id, rank, e164,
            EXISTS (SELECT FROM dnc_entries WHERE dnc_entries.e164 = phone_numbers.e164) AS listed,
            ARRAY(SELECT {_epoch("opened_at")} FROM attempts
                WHERE attempts.e164 = phone_numbers.e164 AND opened_at > :since AND counts ORDER BY opened_at) AS tries,
            (SELECT jsonb_object_agg(name, coalesce(CAST(since AS text), '')) FROM national_lists
                JOIN national_list_numbers AS entry ON entry.copy_id = national_lists.copy_id
                    AND entry.number = CAST(substr(phone_numbers.e164, 2) AS bigint)) AS lists,
            CASE WHEN reassigned IS NOT NULL THEN jsonb_build_object('checked_at', {_epoch("reassignment_checked_at")},
                'since', reassignment_since, 'changed', reassigned) END AS answer
        FROM phone_numbers WHERE contact_id = picked.contact_id AND valid OFFSET 0
    ) AS number
) AS numbers
"""


def lead_of(row: Row[Any], campaign: CampaignId) -> Lead:
    copies = {name: _moment(copied) for name, copied in (row.copied or {}).items()}
    told = zip(
        row.number_ids or (),
        row.e164s or (),
        row.number_tries or (),
        row.number_lists or (),
        row.number_answers or (),
        strict=True,
    )
    return Lead(
        id=LeadId(row.id),
        campaign=campaign,
        contact=ContactId(row.contact_id),
        numbers=tuple(
            LeadNumber(
                NumberId(number),
                PhoneNumber(e164),
                tuple(map(_moment, tries)),
                _listings(copies, lists or {}),
                _reassignment(answer),
            )
            for number, e164, tries, lists, answer in told
        ),
        score=row.score,
        attempts=row.attempts,
        born_on=() if row.born_on is None else (row.born_on,),
        contact_attempts=tuple(row.contact_tries or ()),
        other_sellers=frozenset(row.other_sellers or ()),
        other_subjects=frozenset(row.other_subjects or ()),
        consents=tuple(map(_consent, row.consents or ())),
        last_calls=LastCalls(row.refused_at, row.abandoned_at, row.machine_at),
        time_zone=row.time_zone,
        region=row.region,
        purchased_at=row.purchased_at,
        inquired_at=row.inquired_at,
        preferences=preferences_of(row.preferences),
        on_dnc=row.on_dnc,
        call_back_agent=AgentId(row.call_back_agent) if row.call_back_agent else None,
        call_back_at=row.call_back_at,
        deadline=None if row.call_back_at else row.deadline,
        answer_probability=row.answer_probability,
    )


def _listings(copies: Mapping[str, datetime], lists: Mapping[str, str]) -> Mapping[str, Listing]:
    """What each copy that we hold says of a number that is on `lists`, with the day when it was listed, if known."""
    return {name: Listing(copied, name in lists, _since(lists.get(name))) for name, copied in copies.items()}


def _reassignment(told: Mapping[str, Any] | None) -> Reassignment | None:
    if told is None:
        return None
    return Reassignment(_moment(told["checked_at"]), date.fromisoformat(told["since"]), told["changed"])


def _since(day: str | None) -> datetime | None:
    return datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None


def _consent(told: Mapping[str, Any]) -> Consent:
    expires = told["expires_at"]
    return Consent(
        _moment(told["at"]),
        told["given"],
        told["purpose"] or "",
        told["proof"],
        None if expires is None else _moment(expires),
    )


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
