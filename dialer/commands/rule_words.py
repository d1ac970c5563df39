"""Compliance rules in rows and words. Pure: rules in, text out."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from compliance.facts import Consent, DialFacts, LastCalls, Listing, Purpose, Reassignment
from compliance.gate import Verdict, judge
from compliance.rule_rows import every_rule, rule_row
from compliance.rulebook import DEFAULT, Rule, Rules
from compliance.zones import NumberPlace

_MARKDOWN = ("rule", "kind", "figure", "mark", "valid", "source")
_EPOCH = date(1970, 1, 1)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A call as somebody asks about it."""

    ring_seconds: float = 25.0
    purpose: str = Purpose.MARKETING
    caller_id: str | None = None
    """None: one that suits."""
    address: NumberPlace | None = None
    """Where the contact lives."""


def rows_on(rules: Rules, day: date) -> list[dict[str, Any]]:
    """Every rule in force on a day, jurisdiction by jurisdiction, the default first."""
    return [rule_row(place, rule) for place, rule in every_rule(rules) if rule.in_force((day - _EPOCH).days)]


def markdown(rules: Rules) -> str:
    """Every rule there is, a table a jurisdiction, for docs."""
    lines: list[str] = []
    titles = sorted(rules.jurisdictions, key=lambda name: (name != DEFAULT, name))
    for place in titles:
        lines += ["", f"### {place}", "", f"| {' | '.join(_MARKDOWN)} |", "|---" * len(_MARKDOWN) + "|"]
        for name, rule in every_rule(rules):
            if name == place:
                row = rule_row(place, rule)
                cells = (row["rule"], row["kind"], row["figure"], rule.mark, row["valid"], row["source"])
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines[1:]) + "\n"


def changes_between(rules: Rules, before: date, after: date) -> list[dict[str, Any]]:
    """Rules that hold on the one day and not on the other."""
    days = [(day - _EPOCH).days for day in (before, after)]
    rows = []
    for place, rule in every_rule(rules):
        was, is_now = (rule.in_force(day) for day in days)
        if was != is_now:
            rows.append({"change": "begins" if is_now else "ends"} | rule_row(place, rule))
    return rows


def number_told(rules: Rules, place: NumberPlace, at: datetime, asked: Asked) -> dict[str, Any]:
    """What applies to a number at a time, as far as the number alone tells: that its owner agreed, is on no list and
    was not called yet is supposed, nobody was asked."""
    facts = DialFacts(
        place=place,
        purpose=asked.purpose,
        ring_seconds=asked.ring_seconds,
        consents=(Consent(_LONG_AGO, True, asked.purpose, "supposed"),),
        reassignment=Reassignment(at, _EPOCH, False),
        listings={rule.list_name: Listing(at, False) for _, rule in every_rule(rules) if isinstance(rule, Rule)},
        born_on=(),
        on_dnc=False,
        number_attempts=(),
        contact_attempts=(),
        last_calls=LastCalls(),
        caller_id=asked.caller_id,
        agent_idle=True,
        address=asked.address,
    )
    verdict = judge(facts, rules, at)
    if asked.caller_id is None:
        verdict = judge(replace(facts, caller_id=_caller_id_for(rules, verdict)), rules, at)
    places = [place] if asked.address is None else [place, asked.address]
    under = (*(name for one in places for name in rules.jurisdictions_of(one.region, one.areas)), DEFAULT)
    applied = [
        rule_row(name, rule)
        for name in dict.fromkeys(under)
        for rule in rules.jurisdictions[name]
        if rule.name in verdict.rules
    ]
    return {
        "region": place.region,
        "areas": list(place.areas),
        "zones": list(place.zones),
        "at": at.isoformat(),
        "allowed": verdict.allowed,
        "failures": [{"rule": one.rule, "kind": one.kind, "reason": one.reason} for one in verdict.failures],
        "earliest": None if verdict.earliest is None else verdict.earliest.isoformat(),
        "items": applied,
        "words": _words(place, at, verdict),
    }


def _caller_id_for(rules: Rules, verdict: Verdict) -> str:
    """One that suits the rules applied, if there is one."""
    applied = [rule for _, rule in every_rule(rules) if isinstance(rule, Rule) and rule.name in verdict.rules]
    return next((rule.allow_prefixes[0] for rule in applied if rule.allow_prefixes), "+0")


def _words(place: NumberPlace, at: datetime, verdict: Verdict) -> str:
    where = ", ".join((place.region or "a region that is not known", *place.areas))
    clocks = ", ".join(f"{at.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M:%S} {zone}" for zone in place.zones[:3])
    more = f" and {len(place.zones) - 3} zones more" if len(place.zones) > 3 else ""
    lines = [f"The number is of {where}; there it is {clocks or 'a time that is not known'}{more}."]
    if verdict.allowed:
        lines.append("As far as the number alone tells, it may be called.")
    else:
        lines.append("It may not be called:")
        lines += [f"  - {one.reason} ({one.rule})" for one in verdict.failures]
        lines.append(_again(place, verdict))
    lines.append(
        "Supposed: consent on record, not reassigned, on no list, no attempt yet, an idle agent, and a caller id that"
        " suits where none is given."
    )
    return "\n".join(lines)


def _again(place: NumberPlace, verdict: Verdict) -> str:
    if verdict.earliest is None:
        return "Time alone does not change that."
    zone = place.zones[0]
    return f"It may be called again from {verdict.earliest.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M:%S} ({zone})."
