"""Trigger rules from a TOML file, checked as a whole.

    [[rules]]
    id = "roaming"
    campaign = "travel packs"
    event = "roaming"                                        # left out: a static rule, over all contacts
    facts = [{ name = "days", is = ">=", value = 2 }]        # of the event, if need be
    who = [{ name = "monthly_spend", is = ">", value = 100 }]  # of the contact's attributes
    deadline_minutes = 30
    score = 100                                              # order among raised leads, highest first
    offer = "seven days abroad at the price at home"         # else the campaign's
    once_in_days = 7                                         # 0: every event

`is` may be = != > >= < <=, and in `who` "changed within days".
"""

import math
import tomllib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from dialer.domain.errors import BadInput, BadInputs
from dialer.domain.trigger import Condition, Sign, TriggerRule

_FIELDS: Mapping[str, type] = {
    "id": str,
    "campaign": str,
    "deadline_minutes": float,
    "event": str,
    "facts": list,
    "who": list,
    "score": float,
    "offer": str,
    "once_in_days": float,
}
_REQUIRED = ("id", "campaign", "deadline_minutes")
_WORDS = {str: "a text", float: "a number", list: "a list"}
_MOST_MINUTES = 60 * 24 * 366
_SIGNS = ", ".join(sign.value for sign in Sign)


def read_rules(text: str, file: str) -> tuple[TriggerRule, ...]:
    """The rules of a file. BadInputs names file, rule and field of each fault."""
    try:
        head = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"is not TOML: {error}", file) from error
    faults = [BadInput("is not known here", f"{file}: {name}") for name in head.keys() - {"rules"}]
    tables = head.get("rules", [])
    if not isinstance(tables, list):
        raise BadInput("must be tables, each begun by [[rules]]", f"{file}: rules")
    rules = [_rule(table, f"{file}: rule {_name(table, place)}", faults) for place, table in enumerate(tables, 1)]
    found = [rule for rule in rules if rule is not None]
    twice = [id for id, times in Counter(rule.id for rule in found).items() if times > 1]
    faults += [BadInput("is borne by two rules", f"{file}: rule {id}: id") for id in twice]
    if faults:
        raise BadInputs(faults)
    return tuple(found)


def _name(table: object, place: int) -> object:
    return table.get("id", place) if isinstance(table, dict) else place


def _rule(table: object, place: str, faults: list[BadInput]) -> TriggerRule | None:
    before = len(faults)

    def fault(name: str, reason: str) -> None:
        faults.append(BadInput(reason, f"{place}: {name}"))

    if not isinstance(table, dict):
        fault("", "must be a table")
        return None
    for name in _REQUIRED:
        if name not in table:
            fault(name, "is missing")
    for name, value in table.items():
        if name not in _FIELDS:
            fault(name, "is not known here")
        elif not _is(value, _FIELDS[name]):
            fault(name, f"must be {_WORDS[_FIELDS[name]]}")
        elif isinstance(value, str) and not (value.strip() and value.isprintable()):
            fault(name, "must be printable and not empty")
    if len(faults) > before:
        return None
    conditions = {name: _conditions(table.get(name, []), f"{place}: {name}", faults) for name in ("facts", "who")}
    _check_figures(table, fault)
    return None if len(faults) > before else TriggerRule(**(table | conditions))


def _is(value: object, kind: type) -> bool:
    if kind is float:
        return type(value) in (int, float) and math.isfinite(float(str(value)))
    return type(value) is kind


def _check_figures(table: Mapping[str, Any], fault: Any) -> None:
    if not 0 < table["deadline_minutes"] <= _MOST_MINUTES:
        fault("deadline_minutes", "must be above 0, at most those of a year")
    if not 0 <= table.get("once_in_days", 0) <= 3650:
        fault("once_in_days", "must be 0 to 3650")
    if abs(table.get("score", 0)) > 1e9:
        fault("score", "must be -1e9 to 1e9")
    if "event" not in table and table.get("facts"):
        fault("facts", "are an event's; a static rule has none")
    if "event" not in table and not table.get("who"):
        fault("who", "must say for whom a static rule is")
    if "event" not in table and not table.get("once_in_days"):
        fault("once_in_days", "must be above 0: a static rule is true again tomorrow")


def _conditions(tables: list[object], place: str, faults: list[BadInput]) -> tuple[Condition, ...]:
    of_contact = place.endswith("who")
    return tuple(_condition(one, f"{place} {number}", of_contact, faults) for number, one in enumerate(tables, 1))


def _condition(table: object, place: str, of_contact: bool, faults: list[BadInput]) -> Condition:
    """One that can't be is told as a fault, and stands for nothing."""
    nothing = Condition("", Sign.EQUAL, "")
    if not isinstance(table, dict) or table.keys() != {"name", "is", "value"}:
        faults.append(BadInput('must be like { name = "monthly_spend", is = ">", value = 100 }', place))
        return nothing
    name, sign, value = table["name"], table["is"], table["value"]
    before = len(faults)
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        faults.append(BadInput("must be printable and not empty", f"{place}: name"))
    if sign not in list(Sign) or (sign == Sign.CHANGED and not of_contact):
        faults.append(BadInput(f"must be one of {_SIGNS}; the last of attributes alone", f"{place}: is"))
    elif type(value) not in (str, int, float, bool):
        faults.append(BadInput("must be a text, a number, true or false", f"{place}: value"))
    elif sign not in (Sign.EQUAL, Sign.UNEQUAL) and not _is(value, float):
        faults.append(BadInput(f"must be a number, for {sign}", f"{place}: value"))
    return Condition(name, Sign(sign), value) if len(faults) == before else nothing
