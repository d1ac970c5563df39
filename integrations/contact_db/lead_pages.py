"""A page of leads to be ranked: one COPY of a stretch of contacts, with the features that are asked for and no others.

A stretch is short, so that no snapshot is held for long, and in order of contacts, so that their rows lie side by side.
Where a campaign has a good share of them, all contacts of the stretch are read and joined, which takes less than half
the time. Else each lead's contact is looked up by itself (OFFSET 0 keeps the lookup from becoming a join): the planner
never reads a whole table for a page of a small campaign.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text

from dialer.ports.scores import Coded, LeadPage, Stretch
from integrations.contact_db.copied_rows import CopiedRows, copied_rows
from integrations.contact_db.database import driver_form
from integrations.contact_db.history_points import history_of
from integrations.contact_db.leases import UNLEASED
from integrations.contact_db.score_book import FIRST

OPEN = f"campaign_id = :campaign AND status IN ('ready', 'waiting') AND {UNLEASED}"
ALWAYS = "attempts_so_far"
BUILT_IN = (
    *(ALWAYS, "last_outcome", "days_since_attempt", "days_since_purchase", "days_since_inquiry"),
    *("region", "local_hour", "weekday"),
)
_DAY_SECONDS = 86_400.0
_STRETCH = "{0} > CAST(:after AS bigint) AND {0} <= CAST(:upto AS bigint)"
_NOW = "CAST(:now AS timestamptz)"
_LEAD = {
    "leads.id": False,
    "leads.contact_id": False,
    "CAST(leads.attempts AS bigint)": False,
    f"score - CASE WHEN score >= {FIRST / 2} THEN {FIRST} ELSE 0 END": False,
    "answer_probability": False,
    "CAST(coalesce(cell, 0) AS bigint)": False,
}
_DENSE = 6
"""Contacts to a lead, at most, where all of a stretch are read."""
_CONTACT = "CROSS JOIN LATERAL (SELECT * FROM contacts WHERE id = leads.contact_id OFFSET 0) AS contacts"
_TOLD = f"""LEFT JOIN LATERAL (
    SELECT value #>> '{{{{}}}}' AS value_{{0}} FROM contact_attributes
    WHERE contact_attributes.contact_id = leads.contact_id AND name = CAST(:name_{{0}} AS text) AND at <= {_NOW}
    ORDER BY trust DESC, at DESC, source LIMIT 1
) AS told_{{0}} ON true"""
"""What other sources say, the most trusted first."""
_CONTACT_OF_ALL = f"JOIN contacts ON contacts.id = leads.contact_id AND {_STRETCH.format('contacts.id')}"
_TOLD_OF_ALL = f"""LEFT JOIN (
    SELECT DISTINCT ON (contact_id) contact_id, value #>> '{{{{}}}}' AS value_{{0}} FROM contact_attributes
    WHERE {_STRETCH.format("contact_id")} AND name = CAST(:name_{{0}} AS text) AND at <= {_NOW}
    ORDER BY contact_id, trust DESC, at DESC, source
) AS told_{{0}} ON told_{{0}}.contact_id = leads.contact_id"""
_WORTH = "base_score + coalesce(points, 0)"
Column = NDArray[Any]
Made = Callable[[CopiedRows, datetime], Column | Coded]


class PageQuery:
    """How the pages of one ranking are read, and what becomes of them."""

    def __init__(self, names: Mapping[str, bool], built_in: Iterable[str], *, history: bool) -> None:
        """`names`: attributes that are features, and whether other sources than the list tell of them. One of a
        built-in feature's name stands for it."""
        self._read = dict(_LEAD)  # by expression, in order, whether it is text
        self._worth = self._place(_WORTH) if history else None
        self._history = history
        self._by_others = [place for place, told in enumerate(names.values()) if told]
        self._named = {f"name_{place}": name for place, name in enumerate(names)}
        self._features = {name: self._built_in(name) for name in built_in if name not in names}
        self._features |= {name: self._attribute(place) for place, name in enumerate(names)}

    def statement(self, stretch: Stretch, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """As the driver's own COPY takes it."""
        dense = stretch.upto - max(0, stretch.after) <= _DENSE * stretch.leads
        contact, told = (_CONTACT_OF_ALL, _TOLD_OF_ALL) if dense else (_CONTACT, _TOLD)
        joined = [
            contact if any("contacts." in one for one in self._read) else "",
            *(told.format(place) for place in self._by_others),
            "LEFT JOIN history ON history.contact_id = leads.contact_id" if self._history else "",
        ]
        statement = f"""
{f"WITH {history_of(_STRETCH.format('attempts.contact_id'))}" if self._history else ""}
SELECT {", ".join(self._read)} FROM leads {" ".join(joined)}
WHERE {OPEN} AND {_STRETCH.format("leads.contact_id")} ORDER BY leads.contact_id
"""
        told, names = driver_form(text(statement))
        given = {**values, "after": stretch.after, "upto": stretch.upto, **self._named}
        return told, [given[name] for name in names]

    def page(self, copied: bytes, now: datetime) -> LeadPage:
        rows = copied_rows(copied, list(self._read.values()))
        return LeadPage(
            leads=rows.whole(0),
            contacts=rows.whole(1),
            attempts=rows.whole(2),
            scores=rows.floats(3),
            answer=rows.floats(4),
            cells=rows.whole(5).astype(np.int16),
            history=np.zeros(len(rows)) if self._worth is None else rows.floats(self._worth),
            columns={name: made(rows, now) for name, made in self._features.items()},
        )

    def _place(self, expression: str, *, words: bool = False) -> int:
        self._read.setdefault(expression, words)
        return list(self._read).index(expression)

    def _built_in(self, name: str) -> Made:
        if name == ALWAYS:
            return lambda rows, _: rows.whole(2).astype(float)
        if name in {"last_outcome", "region"}:
            return self._words("contacts.region" if name == "region" else "leads.last_outcome")
        if name in {"local_hour", "weekday"}:
            place = self._place("contacts.time_zone", words=True)
            return lambda rows, now: _by_zone(*rows.words(place), now, weekday=name == "weekday")
        place = self._place({
            "days_since_attempt": "last_attempt_at",
            "days_since_purchase": f"CASE WHEN contacts.purchased_at <= {_NOW} THEN contacts.purchased_at END",
            "days_since_inquiry": f"CASE WHEN contacts.inquired_at <= {_NOW} THEN contacts.inquired_at END",
        }[name])  # fmt: skip
        return lambda rows, now: (now.timestamp() - rows.moments(place)) / _DAY_SECONDS

    def _attribute(self, place: int) -> Made:
        of_list = f"contacts.attributes ->> CAST(:name_{place} AS text)"
        return self._words(f"coalesce(value_{place}, {of_list})" if place in self._by_others else of_list)

    def _words(self, expression: str) -> Made:
        place = self._place(expression, words=True)
        return lambda rows, _: Coded(*rows.words(place))


def _by_zone(zones: list[str], codes: NDArray[np.int64], now: datetime, *, weekday: bool) -> Column:
    here = [now.astimezone(_zone(name)) for name in zones]
    return np.array([one.isoweekday() if weekday else one.hour for one in here], dtype=float)[codes]


@cache
def _zone(name: str) -> ZoneInfo:
    """UTC for one that is not known."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
