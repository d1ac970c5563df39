"""Rule files: one TOML file a jurisdiction, all checked before anything is dialed.

A file says `jurisdiction` ("default", an ISO 3166-1 region, a part of one like "US-FL", or "US-unknown" for numbers
whose part is not known), `title`, `version` and `[[rules]]`, each with `id`, `kind`, `figure`, `source`, `mark`,
`valid_from` and, if it ends, `valid_to`; `purposes` (compliance/facts.py), if it is not for every one. All rules of one
kind must be kept. compliance/figures.py has what a figure may be, kind by kind:

    consent                   "opt-in", "opt-in if automated", "opt-in if prerecorded" or "opt-out"
    age                       { years = 18 }
    reassigned number         { max_age_days = 31 }; if = "prerecorded" or if = "automated", if need be
    national list             { list = "US-DNC", max_age_days = 31 }; besides grace_days, consent_lifts, purchase_days
                              and inquiry_days, if need be
    do-not-call               "never"
    cool-off after refusal, after abandoned, after machine
                              { hours = 72 } or { days = 60 }, unless = "agent guaranteed" if need be;
                              "no call after it"
    number attempt cap, contact attempt cap
                              a number of attempts in 24 h, or { attempts = 4, days = 30 }; per = "seller" or
                              per = "subject", if need be
    calling hours             [{ days = [1], from = "08:00", to = "21:00" }], callee's local time, 1 is Monday
    holidays                  a list of calendars like ["US-AL"] (compliance/holiday_calendar.py), or "own country"
    caller id                 "shown", or { allow = ["+33162"], deny = ["+336"] }
    abandonment budget        "within"
    agent guaranteed          "always" or "after abandoned"
    abandonment               { cap_ratio = 0.03, window = "24 h" }; minimum_answers and zone, if need be
    retention                 { years = 5 }
    recordings                { days = 180 }

"none" says that nothing of the kind stands against a call; consent, do-not-call, hours, the abandonment budget,
abandonment and retention can't say that.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from importlib.resources import files
from typing import Any, TypeVar, assert_never, get_args

from compliance.abandonment import AbandonmentRule
from compliance.facts import Purpose
from compliance.figures import ABANDONMENT, RECORDINGS, RETENTION, figure_of
from compliance.provenance import Mark
from compliance.rulebook import DEFAULT, UNKNOWN_PART, Kind, RecordingRule, RetentionRule, Rule, Rules

_HEAD = {"jurisdiction": str, "title": str, "version": int, "rules": list}
_FIELDS = {"id": str, "kind": str, "figure": object, "source": str, "mark": str, "valid_from": date}
_OPTIONAL = {"valid_to": date, "purposes": list}
_TYPE_WORDS = {str: "a text", int: "a whole number", list: "a list", date: "a date, like 2026-01-31"}
_KINDS = (*Kind, ABANDONMENT, RETENTION, RECORDINGS)
_CLASSES: Mapping[str, type[AbandonmentRule | RetentionRule | RecordingRule]] = {
    ABANDONMENT: AbandonmentRule,
    RETENTION: RetentionRule,
    RECORDINGS: RecordingRule,
}
_FOR_ALL = {ABANDONMENT: "abandoned calls", RETENTION: "records", RECORDINGS: "recordings"}
"""Kinds whose rules hold whatever a call is for."""
_JURISDICTION = re.compile(f"[A-Z]{{2}}(-([A-Z0-9]{{1,3}}|{UNKNOWN_PART}))?")

AnyRule = Rule | AbandonmentRule | RetentionRule | RecordingRule
_R = TypeVar("_R", Rule, AbandonmentRule, RetentionRule, RecordingRule)


@dataclass(frozen=True, slots=True)
class RuleFault:
    file: str
    rule: str
    """The rule's id, or its place in the file when it has none; empty for the file's head."""
    field: str
    reason: str

    @property
    def place(self) -> str:
        return ": ".join(part for part in (self.file, self.rule, self.field) if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class BadRules(ValueError):
    """Rule files that can't be used; all faults at once."""

    def __init__(self, faults: tuple[RuleFault, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def shipped_texts() -> dict[str, str]:
    """The rule files that come with Paceline, by name."""
    folder = files("compliance") / "rules"
    return {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}


def shipped_rules() -> Rules:
    return load_rules(shipped_texts())


def load_rules(texts: Mapping[str, str]) -> Rules:
    """Rules from texts of rule files, by file name. Raises BadRules; one file must be the default's."""
    faults: list[RuleFault] = []
    jurisdictions: dict[str, tuple[AnyRule, ...]] = {}
    for name, text in sorted(texts.items()):
        reading = _Reading(name, faults)
        jurisdiction, rules = reading.file(text)
        if jurisdiction in jurisdictions:
            reading.fault("", "jurisdiction", f"{jurisdiction!r} has another file already")
        jurisdictions[jurisdiction] = rules
    _check_together(jurisdictions, faults)
    if faults:
        raise BadRules(tuple(faults))
    return Rules(
        _only(Rule, jurisdictions),
        _only(AbandonmentRule, jurisdictions),
        digest_of(texts),
        _only(RetentionRule, jurisdictions),
        _only(RecordingRule, jurisdictions),
    )


def _only(kind: type[_R], jurisdictions: Mapping[str, tuple[AnyRule, ...]]) -> dict[str, tuple[_R, ...]]:
    return {place: tuple(rule for rule in rules if isinstance(rule, kind)) for place, rules in jurisdictions.items()}


def digest_of(texts: Mapping[str, str]) -> str:
    """SHA-256 of rule files, by which a verdict's log names them."""
    return sha256(json.dumps(dict(texts), sort_keys=True).encode()).hexdigest()


def _check_together(jurisdictions: Mapping[str, tuple[AnyRule, ...]], faults: list[RuleFault]) -> None:
    lasting = {kind_of(rule) for rule in jurisdictions.get(DEFAULT, ()) if rule.valid_to is None and _for_all(rule)}
    missing = [kind for kind in _KINDS if kind not in lasting]
    if missing and not faults:
        reason = (
            f"has no lasting rule for {', '.join(missing)}; it needs one of each kind, as the shipped default.toml has"
        )
        faults.append(RuleFault("the default's file", "", "rules", reason))
    seen: set[str] = set()
    for rule in (rule for rules in jurisdictions.values() for rule in rules):
        if rule.id in seen:
            faults.append(RuleFault("all files", f"rule {rule.id}", "id", "is borne by two rules"))
        seen.add(rule.id)


def _for_all(rule: AnyRule) -> bool:
    return not isinstance(rule, Rule) or rule.purposes is None


def kind_of(rule: AnyRule) -> str:
    """As rule files write it."""
    match rule:
        case Rule():
            return rule.kind.value
        case AbandonmentRule():
            return ABANDONMENT
        case RetentionRule():
            return RETENTION
        case RecordingRule():
            return RECORDINGS
    assert_never(rule)


@dataclass
class _Reading:
    """One file being read; faults are collected."""

    name: str
    faults: list[RuleFault]
    rule: str = ""
    _version: int = field(default=0, init=False)

    def fault(self, rule: str, place: str, reason: str) -> None:
        self.faults.append(RuleFault(self.name, rule, place, reason))

    def file(self, text: str) -> tuple[str, tuple[AnyRule, ...]]:
        try:
            head = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.fault("", "", f"is not TOML: {error}")
            return "", ()
        if not self._fits(head, _HEAD, {}):
            return "", ()
        jurisdiction = head["jurisdiction"]
        if jurisdiction != DEFAULT and not _JURISDICTION.fullmatch(jurisdiction):
            self.fault("", "jurisdiction", 'must be "default", a region, like "US", or a part of one, like "US-FL"')
        if head["version"] < 1:
            self.fault("", "version", "must be 1 or more")
        self._version = head["version"]
        rules = [self._rule(table, place) for place, table in enumerate(head["rules"], 1)]
        return jurisdiction, tuple(rule for rule in rules if rule)

    def _rule(self, table: object, place: int) -> AnyRule | None:
        self.rule = f"rule {place}"
        if not isinstance(table, dict):
            self.fault(self.rule, "", "must be a table")
            return None
        self.rule = f"rule {table['id']}" if isinstance(table.get("id"), str) and table["id"] else self.rule
        if not (self._fits(table, _FIELDS, _OPTIONAL) and self._consistent(table)):
            return None
        kind = table.pop("kind")
        try:
            facts = figure_of(kind, table["figure"])
        except ValueError as error:
            self.fault(self.rule, "figure", str(error))
            return None
        purposes = table.pop("purposes", None)
        facts = {**table, **facts, "version": self._version}
        if kind in _FOR_ALL:
            return _CLASSES[kind](**facts)
        return Rule(**facts, kind=Kind(kind), purposes=None if purposes is None else frozenset(purposes))

    def _fits(self, table: dict[str, Any], required: Mapping[str, type], optional: Mapping[str, type]) -> bool:
        """Whether the table has the fields it should, each of its type, and no other."""
        before = len(self.faults)
        for name in required.keys() - table.keys():
            self.fault(self.rule, name, "is missing")
        for name, value in table.items():
            expected = required.get(name) or optional.get(name)
            if expected is None:
                self.fault(self.rule, name, "is not known here")
            elif expected is not object and type(value) is not expected:
                self.fault(self.rule, name, f"must be {_TYPE_WORDS[expected]}")
            elif expected is str and not (value.strip() and value.isprintable()):
                self.fault(self.rule, name, "must be printable and not empty")
        return len(self.faults) == before

    def _consistent(self, table: dict[str, Any]) -> bool:
        before = len(self.faults)
        if table["kind"] not in _KINDS:
            self.fault(self.rule, "kind", f"must be one of {', '.join(_KINDS)}")
        if table["mark"] not in get_args(Mark):
            self.fault(self.rule, "mark", f"must be one of {', '.join(get_args(Mark))}")
        purposes = table.get("purposes", [*Purpose])
        if table["kind"] in _FOR_ALL and "purposes" in table:
            self.fault(self.rule, "purposes", f"can't be told apart for {_FOR_ALL[table['kind']]}")
        if not purposes or any(one not in list(Purpose) for one in purposes):
            self.fault(self.rule, "purposes", f"must be some of {', '.join(Purpose)}")
        if not re.fullmatch("[A-Z0-9-]{1,40}", table["id"]):
            self.fault(self.rule, "id", "must be capitals, digits and hyphens")
        if table.get("valid_to", table["valid_from"]) < table["valid_from"]:
            self.fault(self.rule, "valid_to", "must not be before valid_from")
        return len(self.faults) == before
