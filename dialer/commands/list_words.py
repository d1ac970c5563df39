"""National lists in rows: which are here, which rules ask for, and which block for want of a copy. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from compliance.rulebook import Kind, Rule, Rules
from integrations.contact_db.national_lists import HeldList

_EPOCH = date(1970, 1, 1)


def list_rows(held: Sequence[HeldList], rules: Rules, now: datetime) -> list[dict[str, Any]]:
    """Every list that is here or that a rule in force asks for, by name. Days are of 24 h, as the gate counts them."""
    asking = _asking(rules, now)
    known = {one.name: one for one in held}
    return [_row(name, known.get(name), asking.get(name, ()), now) for name in sorted({*known, *asking})]


def _asking(rules: Rules, now: datetime) -> dict[str, list[Rule]]:
    """Rules in force on this day in UTC, by the list that they ask for."""
    day = (now.astimezone(UTC).date() - _EPOCH).days
    asking: dict[str, list[Rule]] = {}
    for jurisdiction in rules.jurisdictions.values():
        for rule in jurisdiction:
            if rule.kind is Kind.NATIONAL_LIST and rule.list_name and rule.in_force(day):
                asking.setdefault(rule.list_name, []).append(rule)
    return asking


def _row(name: str, copy: HeldList | None, asking: Iterable[Rule], now: datetime) -> dict[str, Any]:
    allowed = {rule.name: rule.max_age_days for rule in asking}
    most = min(allowed.values(), default=None)
    row = {"name": name, "state": _state(copy, allowed, now), "max_age_days": most, "rules": ", ".join(allowed)}
    if copy is None:
        return row
    until = None if most is None else (copy.copied_at + timedelta(days=most)).isoformat()
    return row | {
        "age_days": (now - copy.copied_at) // timedelta(days=1),
        "usable_until": until,
        "numbers": copy.numbers,
        "copied_at": copy.copied_at.isoformat(),
        "imported_at": copy.imported_at.isoformat(),
        "source": copy.source,
    }


def _state(copy: HeldList | None, allowed: dict[str, int], now: datetime) -> str:
    if not allowed:
        return "no rule asks for it"
    if copy is None:
        return "not here: blocks"
    age = now - copy.copied_at
    if age < timedelta(0):
        return "of a time to come: blocks"
    blocking = [name for name, days in allowed.items() if age > timedelta(days=days)]
    if not blocking:
        return "in use"
    return "too old: blocks" if len(blocking) == len(allowed) else f"too old for {', '.join(blocking)}: blocks there"
