"""Rules as plain data, and which of them rule a region on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from compliance.abandonment import AbandonmentRule
from compliance.hours import DAY, CallingHours, Spells, overlap
from compliance.provenance import Provenance

DEFAULT = "default"
"""The jurisdiction of what is not known better."""


class Kind(StrEnum):
    """What a rule is about, as rule files write it, in the order of checking. Every number is judged by each kind."""

    DO_NOT_CALL = "do-not-call"
    NUMBER_ATTEMPT_CAP = "number attempt cap"
    CONTACT_ATTEMPT_CAP = "contact attempt cap"
    CALLING_HOURS = "calling hours"


@dataclass(frozen=True, slots=True)
class Window:
    """Open hours, callee's local time."""

    days: frozenset[int]
    """ISO weekdays, 1 (Monday) to 7."""
    opens: int
    closes: int
    """Seconds of the day; the opening one is open, the closing one is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Provenance):
    """A rule that says whether a number may be called."""

    kind: Kind
    attempts: int = 0
    """Caps: attempts allowed in 24 h."""
    windows: tuple[Window, ...] = ()
    """Calling hours."""


class Book:
    """The rules of one region: a jurisdiction's own, and the default's for the kinds it leaves open on a day."""

    def __init__(self, own: Iterable[Rule], default: Iterable[Rule]) -> None:
        self._own = tuple(own)
        self._default = tuple(default)
        self.hours = CallingHours(lru_cache(maxsize=1_024)(self._windows_on))
        self.in_force = lru_cache(maxsize=64)(self._in_force)

    def _in_force(self, day: int) -> tuple[tuple[Kind, tuple[Rule, ...]], ...]:
        """The rules of each kind on a day, in the order of checking; none of a kind: nothing allows the call."""
        return tuple((kind, self._of_kind(kind, day)) for kind in Kind)

    def _of_kind(self, kind: Kind, day: int) -> tuple[Rule, ...]:
        for rules in (self._own, self._default):
            found = tuple(rule for rule in rules if rule.kind is kind and rule.in_force(day))
            if found:
                return found
        return ()

    def _windows_on(self, day: int) -> Spells:
        """A local day's hours; () without a rule in force: closed."""
        rules = self._of_kind(Kind.CALLING_HOURS, day)
        weekday = (day + 3) % 7 + 1  # 1 January 1970 was a Thursday
        open_hours: Spells = ((0, DAY),) if rules else ()
        for rule in rules:
            hours = sorted((window.opens, window.closes) for window in rule.windows if weekday in window.days)
            open_hours = overlap(open_hours, tuple(hours))
        return open_hours


class Rules:
    """All rules that are loaded."""

    def __init__(
        self,
        jurisdictions: Mapping[str, tuple[Rule, ...]],
        abandonment: Mapping[str, tuple[AbandonmentRule, ...]],
    ) -> None:
        """Both: region, or "default" (which there must be in the first), to rules."""
        default = jurisdictions[DEFAULT]
        self.jurisdictions = dict(jurisdictions)
        self.abandonment = dict(abandonment)
        self._books = {region: Book(own, default) for region, own in jurisdictions.items()}

    def book(self, region: str | None) -> Book:
        """The rules of a region; the strict default's when it is not known or has none of its own."""
        return self._books.get(region or DEFAULT) or self._books[DEFAULT]

    def abandonment_on(self, day: int) -> tuple[AbandonmentRule, ...]:
        """The default's rules on abandoned calls that are in force on a day, counted from 1970.

        A campaign is not of one region, so the strict default holds every window, with the strictest cap known.
        """
        return tuple(rule for rule in self.abandonment.get(DEFAULT, ()) if rule.in_force(day))
