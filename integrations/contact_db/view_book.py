"""The unified view of a person: everything in one statement, each part found by the contact's id through an index."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text

from dialer.domain.accounts import MOST_LAYERS, Account, AccountId, AccountKind, Membership
from dialer.domain.attributes import Stored
from dialer.domain.contact import Channel, Direction
from dialer.domain.errors import NotFound
from dialer.domain.ids import ContactId, LeadId, NumberId
from dialer.domain.phone import PhoneNumber
from dialer.ports.knowledge import (
    HISTORY_TOUCHES,
    ContactView,
    NotedSign,
    OpenStep,
    PastContact,
    ProductHeld,
)
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.preferences_read import preferences_of
from integrations.contact_db.week_times import read

_SIGNS = 20
"""Churn signs in a view, the latest."""

_HISTORY = f"""
SELECT jsonb_agg(jsonb_build_object('at', at, 'channel', channel, 'direction', direction, 'campaign', campaign,
    'topic', topic, 'outcome', outcome, 'disposition', disposition, 'agent', agent, 'note', note) ORDER BY at DESC)
FROM (
    (SELECT attempts.opened_at AS at, CASE WHEN prompt = '' THEN 'call' ELSE 'ivr' END AS channel,
        'outbound' AS direction, campaigns.name AS campaign,
        campaigns.subject AS topic, coalesce(outcomes.outcome, '') AS outcome,
        coalesce(dispositions.disposition, '') AS disposition,
        coalesce(dispositions.agent_id, outcomes.agent_id, '') AS agent, coalesce(dispositions.note, '') AS note
    FROM attempts
    JOIN campaigns ON campaigns.id = attempts.campaign_id
    LEFT JOIN outcomes ON outcomes.attempt_id = attempts.id AND outcomes.contact_id = attempts.contact_id
    LEFT JOIN dispositions ON dispositions.attempt_id = attempts.id AND dispositions.contact_id = attempts.contact_id
    WHERE attempts.contact_id = :contact ORDER BY attempts.opened_at DESC LIMIT {HISTORY_TOUCHES})
    UNION ALL
    (SELECT touches.at, touches.channel, touches.direction, coalesce(campaigns.name, ''), touches.topic,
        touches.outcome, '', touches.source, ''
    FROM touches LEFT JOIN campaigns ON campaigns.id = touches.campaign_id
    WHERE touches.contact_id = :contact ORDER BY touches.at DESC LIMIT {HISTORY_TOUCHES})
    ORDER BY at DESC LIMIT {HISTORY_TOUCHES}
) AS past
"""

_MEMBERSHIPS = f"""
WITH RECURSIVE layers AS (
    SELECT account_members.account_id AS of, 0 AS above, accounts.*
    FROM account_members JOIN accounts ON accounts.id = account_members.account_id
    WHERE account_members.contact_id = :contact
    UNION ALL
    SELECT layers.of, layers.above + 1, accounts.*
    FROM layers JOIN accounts ON accounts.id = layers.parent_id WHERE layers.above < {MOST_LAYERS}
)
SELECT jsonb_agg(jsonb_build_array(role, hours, chain) ORDER BY account_id)
FROM account_members CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('id', id, 'name', name, 'kind', kind, 'parent', parent_id,
        'external_key', coalesce(external_key, '')) ORDER BY above) AS chain
    FROM layers WHERE layers.of = account_members.account_id
) AS chains
WHERE contact_id = :contact
"""

VIEW = text(f"""
SELECT contacts.id, contacts.name, coalesce(contacts.external_key, '') AS external_key, contacts.time_zone,
    contacts.region, contacts.attributes AS from_lists,
    (SELECT jsonb_agg(jsonb_build_array(id, e164) ORDER BY rank, id)
        FROM phone_numbers WHERE contact_id = :contact AND valid) AS numbers,
    (SELECT jsonb_agg(jsonb_build_array(name, value, source, trust, at) ORDER BY name, source)
        FROM contact_attributes WHERE contact_id = :contact) AS said,
    (SELECT jsonb_agg(jsonb_build_array(product, since, until, source) ORDER BY until DESC, since DESC, product)
        FROM products_held WHERE contact_id = :contact) AS products,
    ({_HISTORY}) AS history,
    ({_MEMBERSHIPS}) AS memberships,
    (SELECT to_jsonb(preferences) FROM preferences WHERE contact_id = :contact) AS preferences,
    (SELECT jsonb_agg(to_jsonb(noted) ORDER BY at DESC, id DESC) FROM (
        SELECT * FROM churn_signs WHERE contact_id = :contact ORDER BY at DESC, id DESC LIMIT {_SIGNS}
    ) AS noted) AS signs,
    (SELECT jsonb_agg(to_jsonb(next_steps) ORDER BY due_at, id)
        FROM next_steps WHERE contact_id = :contact AND done_at IS NULL) AS steps
FROM contacts WHERE contacts.id = :contact
""")


class DatabaseViewBook:
    """dialer.ports.knowledge.ContactViewBook on PostgreSQL."""

    def __init__(self, database: ContactDatabase) -> None:
        self._database = database

    async def view(self, contact: ContactId) -> ContactView:
        rows = await self._database.fetch_by_kept_plan(VIEW, {"contact": contact})
        if not rows:
            raise NotFound(f"no contact with number {contact}")
        return _view(rows[0])


def _view(row: Row[Any]) -> ContactView:
    return ContactView(
        contact=ContactId(row.id),
        name=row.name,
        external_key=row.external_key,
        time_zone=row.time_zone,
        region=row.region,
        from_lists={name: str(value) for name, value in row.from_lists.items()},
        numbers=tuple((NumberId(number), PhoneNumber(e164)) for number, e164 in row.numbers or ()),
        attributes=tuple(
            Stored(name, value, source, trust, datetime.fromisoformat(at))
            for name, value, source, trust, at in row.said or ()
        ),
        products=tuple(_product(*told) for told in row.products or ()),
        history=tuple(map(_past, row.history or ())),
        memberships=tuple(_membership(*told) for told in row.memberships or ()),
        preferences=preferences_of(row.preferences),
        signs=tuple(map(_sign, row.signs or ())),
        steps=tuple(map(_step, row.steps or ())),
    )


def _product(product: str, since: str, until: str | None, source: str) -> ProductHeld:
    return ProductHeld(product, date.fromisoformat(since), date.fromisoformat(until) if until else None, source)


def _past(told: Mapping[str, Any]) -> PastContact:
    changed = {
        "at": datetime.fromisoformat(told["at"]),
        "channel": Channel(told["channel"]),
        "direction": Direction(told["direction"]),
    }
    return PastContact(**(dict(told) | changed))


def _membership(role: str, hours: Any, chain: Any) -> Membership:
    own, *above = (account_of(one) for one in chain)
    return Membership(own, role, read(hours), tuple(above))


def account_of(told: Mapping[str, Any]) -> Account:
    parent = None if told["parent"] is None else AccountId(told["parent"])
    return Account(AccountId(told["id"]), told["name"], AccountKind(told["kind"]), parent, told["external_key"])


def _sign(told: Mapping[str, Any]) -> NotedSign:
    lead = None if told["lead_id"] is None else LeadId(told["lead_id"])
    return NotedSign(
        at=datetime.fromisoformat(told["at"]),
        sign=told["sign"],
        grade=told["grade"],
        reason=told["reason"],
        note=told["note"],
        source=told["source"],
        lead=lead,
    )


def _step(told: Mapping[str, Any]) -> OpenStep:
    due = None if told["due_at"] is None else datetime.fromisoformat(told["due_at"])
    channel = None if told["channel"] is None else Channel(told["channel"])
    return OpenStep(told["id"], told["what"], due, channel, told["source"])
