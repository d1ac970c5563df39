"""Rule files: one TOML file a jurisdiction, all checked before anything is dialed.

A file says `jurisdiction` ("default", an ISO 3166-1 region, a part of one like "US-FL", or "US-unknown" for numbers
whose part is not known), `title`, `version` and `[[rules]]`, each with `id`,
`kind`, `figure`, `source`, `mark`, `valid_from` and, if it ends, `valid_to`. All rules of one kind must be kept.
The figure is "never" for do-not-call, a number of attempts in 24 h for the caps, for calling hours a list of
`{days = [1], from = "08:00", to = "21:00"}` in the callee's local time, days 1 (Monday) to 7, for holidays a list of
calendars like `["US-AL"]`, "own country" or "none" (compliance/holiday_calendar.py), and for abandonment
`{cap_ratio = 0.03, window = "24 h"}` with, if need be, `minimum_answers` and `zone` (compliance/abandonment.py).
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from itertools import pairwise
from typing import Any, get_args
from zoneinfo import ZoneInfo

from compliance.abandonment import AbandonmentRule, WindowKind
from compliance.holiday_calendar import is_calendar
from compliance.provenance import Mark
from compliance.rulebook import DEFAULT, OWN_COUNTRY, UNKNOWN_PART, Kind, Rule, Rules, Window

_HEAD = {"jurisdiction": str, "title": str, "version": int, "rules": list}
_FIELDS = {"id": str, "kind": str, "figure": object, "source": str, "mark": str, "valid_from": date}
_OPTIONAL = {"valid_to": date}
_TYPE_WORDS = {str: "a text", int: "a whole number", list: "a list of [[rules]]", date: "a date, like 2026-01-31"}
ABANDONMENT = "abandonment"
"""The kind of rule that judges a campaign, where the others judge a number."""
_KINDS = (*Kind, ABANDONMENT)
_HIGHEST_CAP = 0.05
"""No law we know of allows more (Canada)."""
_JURISDICTION = re.compile(f"[A-Z]{{2}}(-([A-Z0-9]{{1,3}}|{UNKNOWN_PART}))?")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_MOST_ANSWERS = 10_000
"""More, and a window might never be judged."""
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

AnyRule = Rule | AbandonmentRule


@dataclass(frozen=True, slots=True)
class RuleFault:
    file: str
    rule: str
    """The rule's id, or its place in the file when it has none; empty for the file's head."""
    field: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.rule, self.field, self.reason) if part)


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
        {place: tuple(rule for rule in rules if isinstance(rule, Rule)) for place, rules in jurisdictions.items()},
        {
            place: tuple(rule for rule in rules if isinstance(rule, AbandonmentRule))
            for place, rules in jurisdictions.items()
        },
    )


def _check_together(jurisdictions: Mapping[str, tuple[AnyRule, ...]], faults: list[RuleFault]) -> None:
    lasting = {_kind_of(rule) for rule in jurisdictions.get(DEFAULT, ()) if rule.valid_to is None}
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


def _kind_of(rule: AnyRule) -> str:
    return rule.kind if isinstance(rule, Rule) else ABANDONMENT


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
            facts = _FIGURES[kind](table["figure"])
        except ValueError as error:
            self.fault(self.rule, "figure", str(error))
            return None
        facts = {**table, **facts, "version": self._version}
        return AbandonmentRule(**facts) if kind == ABANDONMENT else Rule(**facts, kind=Kind(kind))

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
        if not re.fullmatch("[A-Z0-9-]{1,40}", table["id"]):
            self.fault(self.rule, "id", "must be capitals, digits and hyphens")
        if table.get("valid_to", table["valid_from"]) < table["valid_from"]:
            self.fault(self.rule, "valid_to", "must not be before valid_from")
        return len(self.faults) == before


def _never(figure: object) -> dict[str, Any]:
    if figure != "never":
        raise ValueError('must be "never"')
    return {"figure": "never"}


def _cap(figure: object) -> dict[str, Any]:
    if type(figure) is not int or not 1 <= figure <= 100:
        raise ValueError("must be 1 to 100 attempts in 24 h")
    return {"figure": f"{figure} in 24 h", "attempts": figure}


def _hours(figure: object) -> dict[str, Any]:
    if not isinstance(figure, list) or not figure:
        raise ValueError("must be a list of { days, from, to }")
    windows = tuple(_window(written) for written in figure)
    for day in range(1, 8):
        spans = sorted((window.opens, window.closes) for window in windows if day in window.days)
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            raise ValueError(f"windows overlap on day {day}")
    return {"figure": "; ".join(map(_window_words, windows)), "windows": windows}


def _holidays(figure: object) -> dict[str, Any]:
    if figure == "none":
        return {"figure": "none"}
    if figure == OWN_COUNTRY:
        return {"figure": "no call on any public holiday of the number's country", "calendars": (OWN_COUNTRY,)}
    if not isinstance(figure, list) or not figure:
        raise ValueError(f'must be "none", "{OWN_COUNTRY}" or a list of calendars, like ["US-AL"]')
    for name in figure:
        if not isinstance(name, str) or not is_calendar(name):
            raise ValueError(f"{name!r} is no calendar that is known, like US, US-AL or US+")
    return {"figure": f"no call on public holidays of {', '.join(figure)}", "calendars": tuple(figure)}


def _window(written: object) -> Window:
    if not isinstance(written, dict) or set(written) != {"days", "from", "to"}:
        raise ValueError("each window must be { days, from, to } and no more")
    days = written["days"]
    if not isinstance(days, list) or not days or any(type(day) is not int or not 1 <= day <= 7 for day in days):
        raise ValueError("days must be a list of 1 (Monday) to 7 (Sunday)")
    opens, closes = _seconds(written["from"], "from"), _seconds(written["to"], "to")
    if opens >= closes:
        raise ValueError("from must be before to")
    return Window(frozenset(days), opens, closes)


def _seconds(written: object, place: str) -> int:
    if not isinstance(written, str) or not _TIME.fullmatch(written):
        raise ValueError(f'{place} must be a time from "00:00" to "24:00"')
    return int(written[:2]) * 3_600 + int(written[3:]) * 60


def _abandonment(figure: object) -> dict[str, Any]:
    known, required = {"cap_ratio", "window", "minimum_answers", "zone"}, {"cap_ratio", "window"}
    if not isinstance(figure, dict) or not required <= figure.keys() <= known:
        raise ValueError("must be { cap_ratio, window } with, if need be, minimum_answers and zone, and no more")
    cap, minimum = figure["cap_ratio"], figure.get("minimum_answers", 0)
    if type(cap) not in (int, float) or not 0 <= cap <= _HIGHEST_CAP:
        raise ValueError(f"cap_ratio must be 0 to {_HIGHEST_CAP:g}, the most that any law allows")
    if figure["window"] not in list(WindowKind):
        raise ValueError(f"window must be one of {', '.join(WindowKind)}")
    if type(minimum) is not int or not 0 <= minimum <= _MOST_ANSWERS:
        raise ValueError(f"minimum_answers must be 0 to {_MOST_ANSWERS} live answers")
    words = f"{cap * 100:g}% of live answers in {figure['window']}"
    return {
        "figure": f"{words}, judged from {minimum} on" if minimum else words,
        "cap_ratio": float(cap),
        "window": WindowKind(figure["window"]),
        "minimum_answers": minimum,
        "zone": _zone(figure.get("zone")),
    }


def _zone(written: object) -> str | None:
    if written is None:
        return None
    if isinstance(written, str):
        with suppress(KeyError, ValueError, OSError):
            return ZoneInfo(written).key
    raise ValueError("zone must be an IANA name, like Europe/London")


def _window_words(window: Window) -> str:
    days = ", ".join(_DAY_NAMES[day - 1] for day in sorted(window.days))
    return f"{days} {_clock(window.opens)}-{_clock(window.closes)}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"


_FIGURES: Mapping[str, Callable[[object], dict[str, Any]]] = {
    Kind.DO_NOT_CALL: _never,
    Kind.NUMBER_ATTEMPT_CAP: _cap,
    Kind.CONTACT_ATTEMPT_CAP: _cap,
    Kind.CALLING_HOURS: _hours,
    Kind.HOLIDAYS: _holidays,
    ABANDONMENT: _abandonment,
}
