"""Rules as rows for people to read, and what one set of rule files changes in another. Pure: rules in, values out."""

from collections.abc import Iterator

from compliance.rule_files import AnyRule, kind_of
from compliance.rulebook import DEFAULT, Rule, Rules

RULE_COLUMNS = ("jurisdiction", "rule", "kind", "figure", "known", "valid", "source")
CHANGE_COLUMNS = ("change", *RULE_COLUMNS)
_KNOWN = {
    "V": "primary text seen",
    "S": "unverified: secondary source",
    "M": "unverified: from memory",
    "D": "derived",
}


def every_rule(rules: Rules) -> Iterator[tuple[str, AnyRule]]:
    """With its jurisdiction, the default's first."""
    for place in sorted(rules.jurisdictions, key=lambda name: (name != DEFAULT, name)):
        yield from ((place, rule) for rule in rules.jurisdictions[place])
        yield from ((place, rule) for rule in rules.abandonment.get(place, ()))
        yield from ((place, rule) for rule in rules.retention.get(place, ()))
        yield from ((place, rule) for rule in rules.recordings.get(place, ()))


def rule_row(place: str, rule: AnyRule) -> dict[str, str]:
    return {
        "jurisdiction": place,
        "rule": rule.name,
        "kind": kind_of(rule),
        "figure": rule.figure,
        "known": _KNOWN[rule.mark],
        "valid": f"{rule.valid_from} to {rule.valid_to}" if rule.valid_to else f"from {rule.valid_from}",
        "source": rule.source,
    }


def changes_of(before: Rules, after: Rules) -> list[dict[str, str]]:
    """The rules that are added, changed or gone, each as its row; `before`: what was otherwise in a changed one."""
    old = {(place, rule.id): rule for place, rule in every_rule(before)}
    new = {(place, rule.id): rule for place, rule in every_rule(after)}
    rows = []
    for (place, name), rule in new.items():
        was = old.get((place, name))
        if was is None:
            rows.append({"change": "added", **rule_row(place, rule), "before": ""})
        elif was != rule:
            rows.append({"change": "changed", **rule_row(place, rule), "before": _otherwise(place, was, rule)})
    gone = ((place, rule) for (place, name), rule in old.items() if (place, name) not in new)
    return rows + [{"change": "gone", **rule_row(place, rule), "before": ""} for place, rule in gone]


def _otherwise(place: str, was: AnyRule, rule: AnyRule) -> str:
    old, new = _read_whole(place, was), _read_whole(place, rule)
    return "; ".join(old[name] for name in old if old[name] != new[name])


def _read_whole(place: str, rule: AnyRule) -> dict[str, str]:
    purposes = rule.purposes if isinstance(rule, Rule) else None
    return rule_row(place, rule) | {"purposes": "for " + (", ".join(sorted(purposes)) if purposes else "every purpose")}
