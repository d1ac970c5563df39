"""Which settings `dialer simulate` compares: rules by name, and changes to the plan."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dialer.commands.plan_file import COMMON_FIELDS, checked_plan
from dialer.domain.errors import BadInput
from pacing.simulator.plan import Plan
from pacing.simulator.study import Rule, Setting

_DEFAULT_RULES = ("predictive", "progressive", "power:1.5", "power:2")
_REPLAYED_FIELDS = frozenset(COMMON_FIELDS) | {"agents", "rule", "level"}


@dataclass(frozen=True, slots=True)
class Source:
    """What is simulated when nothing is changed, and how changes are laid on it."""

    name: str
    rule: Rule
    level: float
    opens_at: float
    """Second 0 as a time of day, hours."""
    plan: Plan
    changed: Callable[[Mapping[str, Any], str], Plan]
    """The plan with some fields of a plan file changed; BadInput, with the given place, names those that can't be."""


@dataclass(frozen=True, slots=True)
class Named:
    name: str
    setting: Setting


def source_of_plan(fields: Mapping[str, Any], place: str) -> Source:
    """From a plan file's fields. BadInput names every one that is wrong."""
    read = checked_plan(fields, place)
    return Source(
        read.name,
        read.rule,
        read.level,
        read.open[0] / 60.0,
        read.plan(),
        lambda changes, where: checked_plan({**fields, **changes}, where).plan(),
    )


def source_of_recording(name: str, plan: Plan, rule: Rule, level: float, opens_at: float) -> Source:
    """From a recorded day's plan; what the day itself gave (shifts, answers by hour) can't be changed."""

    def changed(changes: Mapping[str, Any], where: str) -> Plan:
        read = checked_plan(changes, where)
        if fixed := sorted(changes.keys() - _REPLAYED_FIELDS):
            raise BadInput(f"{', '.join(fixed)}: a replay takes this from the recorded day", where)
        fields = {field: getattr(read, field) for field in changes.keys() & set(COMMON_FIELDS)}
        if "agents" in changes:
            fields |= with_agents(plan, read.agents)
        try:
            return replace(plan, **fields)
        except ValueError as error:
            raise BadInput(str(error), where) from error

    return Source(name, rule, level, opens_at, plan, changed)


def with_agents(plan: Plan, agents: int) -> dict[str, Any]:
    """More agents than were recorded work all day; of fewer, the last ones stay away."""
    return {"agents": agents, "comings": tuple(event for event in plan.comings if event[1] < agents)}


def named_settings(source: Source, rules: Sequence[str], tries: Sequence[str], own: bool) -> list[Named]:
    """The rules, or the usual ones, then what is tried. `own`: the source's own rule first, as it is.

    BadInput names every rule and every try that is wrong.
    """
    faults: list[str] = []
    settings: list[Named] = []
    if own:
        settings.append(Named(rule_name(source.rule, source.level), Setting(source.rule, source.level, source.plan)))
    asked: list[tuple[Callable[[Source, str], Named], str]] = [(_ruled, rule) for rule in rules or _DEFAULT_RULES]
    asked += [(_tried, words) for words in tries]
    for make, words in asked:
        try:
            settings.append(make(source, words))
        except BadInput as error:
            faults.append(str(error))
    if faults:
        raise BadInput("; ".join(faults))
    return list({named.name: named for named in settings}.values())


def rule_name(rule: Rule, level: float) -> str:
    return f"power {level:g}" if rule is Rule.POWER else str(rule)


def changes_of(words: str, place: str) -> dict[str, Any]:
    """`max_lines=60,rule=power` as fields and values."""
    changes: dict[str, Any] = {}
    for part in words.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise BadInput(f"{part.strip()!r} is not like FIELD=VALUE", place)
        if name in changes:
            raise BadInput(f"{name}: named twice", place)
        changes[name] = _value(value)
    return changes


def _value(words: str) -> Any:
    try:
        return tomllib.loads(f"value = {words}")["value"]
    except tomllib.TOMLDecodeError:
        return words


def _ruled(source: Source, words: str) -> Named:
    name, colon, level = words.partition(":")
    return _named(source, {"rule": name} | ({"level": _value(level)} if colon else {}), f"--rule {words}", "")


def _tried(source: Source, words: str) -> Named:
    place = f'--try "{words}"'
    return _named(source, changes_of(words, place), place, ", ".join(part.strip() for part in words.split(",")))


def _named(source: Source, changes: Mapping[str, Any], place: str, name: str) -> Named:
    plan = source.changed(changes, place)
    rule = Rule(changes.get("rule", source.rule))
    if "level" in changes and rule is not Rule.POWER:
        raise BadInput("level: only power has one; add rule=power", place)
    level = float(changes.get("level", source.level if rule is source.rule else 1.0))
    return Named(name or rule_name(rule, level), Setting(rule, level, plan))
