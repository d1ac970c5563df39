"""Rules as plain data, and which of them rule a region on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from compliance.abandonment import AbandonmentRule
from compliance.holiday_calendar import everywhere, holiday_on, is_calendar
from compliance.hours import DAY, CallingHours, Spells, overlap
from compliance.provenance import Provenance

DEFAULT = "default"
"""The jurisdiction of what is not known better."""
UNKNOWN_PART = "unknown"
"""As in "US-unknown": the jurisdiction of numbers of a region whose part is not known."""
OWN_COUNTRY = "own country"
"""Stands for the calendar of the number's country with all its parts."""


class Kind(StrEnum):
    """What a rule is about, as rule files write it, in the order of checking. Every number is judged by each kind."""

    DO_NOT_CALL = "do-not-call"
    NUMBER_ATTEMPT_CAP = "number attempt cap"
    CONTACT_ATTEMPT_CAP = "contact attempt cap"
    CALLING_HOURS = "calling hours"
    HOLIDAYS = "holidays"


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
    calendars: tuple[str, ...] = ()
    """Holidays: on those of which calendars nobody is called (compliance/holiday_calendar.py), or OWN_COUNTRY."""


class Book:
    """The rules of one place: those of all its jurisdictions together, and the default's for the kinds that they leave
    open on a day."""

    def __init__(self, region: str | None, own: Iterable[Rule], default: Iterable[Rule]) -> None:
        self._region = region
        self._own = tuple(own)
        self._default = tuple(default)
        self.hours = CallingHours(lru_cache(maxsize=1_024)(self._windows_on))
        """What all rules on hours and holidays leave open together."""
        self.hours_of = lru_cache(maxsize=64)(_hours_of)
        """What one rule on hours leaves open, on the days when it is in force."""
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

    def calendars(self, rule: Rule) -> tuple[str, ...]:
        """Those of a rule on holidays. ValueError: the number's own country has none that we know."""
        named = tuple(everywhere(self._region or "") if one == OWN_COUNTRY else one for one in rule.calendars)
        for name in named:
            if not is_calendar(name):
                raise ValueError(f"no public holidays are known of {self._region or 'a number of no known country'}")
        return named

    def _is_holiday(self, day: int) -> bool:
        """What can't be told counts as one."""
        rules = self._of_kind(Kind.HOLIDAYS, day)
        try:
            return not rules or any(holiday_on(name, day) for rule in rules for name in self.calendars(rule))
        except ValueError:
            return True

    def _windows_on(self, day: int) -> Spells:
        """A local day's hours; () on a holiday, and without a rule in force: closed."""
        rules = () if self._is_holiday(day) else self._of_kind(Kind.CALLING_HOURS, day)
        open_hours: Spells = ((0, DAY),) if rules else ()
        for rule in rules:
            open_hours = overlap(open_hours, _windows_of(rule, day))
        return open_hours


def _hours_of(rule: Rule) -> CallingHours:
    return CallingHours(lambda day: _windows_of(rule, day) if rule.in_force(day) else ())


def _windows_of(rule: Rule, day: int) -> Spells:
    weekday = (day + 3) % 7 + 1  # 1 January 1970 was a Thursday
    return tuple(sorted((window.opens, window.closes) for window in rule.windows if weekday in window.days))


class Rules:
    """All rules that are loaded."""

    def __init__(
        self,
        jurisdictions: Mapping[str, tuple[Rule, ...]],
        abandonment: Mapping[str, tuple[AbandonmentRule, ...]],
    ) -> None:
        """Both: region, or "default" (which there must be in the first), to rules."""
        self.jurisdictions = dict(jurisdictions)
        self.abandonment = dict(abandonment)
        self.book = lru_cache(maxsize=1_024)(self._book)

    def jurisdictions_of(self, region: str | None, areas: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Those that a number is under: its region's, and of every part that it may be in, or of a part not known.

        Empty: the strict default alone.
        """
        if region is None:
            return ()
        names = (region, *(areas or (f"{region}-{UNKNOWN_PART}",)))
        return tuple(name for name in names if name in self.jurisdictions)

    def _book(self, region: str | None, areas: tuple[str, ...] = ()) -> Book:
        """The rules of a place: all of them hold, so the strictest does; the default's for what they leave open."""
        own = [rule for name in self.jurisdictions_of(region, areas) for rule in self.jurisdictions[name]]
        return Book(region, own, self.jurisdictions[DEFAULT])

    def abandonment_on(self, day: int) -> tuple[AbandonmentRule, ...]:
        """The default's rules on abandoned calls that are in force on a day, counted from 1970.

        A campaign is not of one region, so the strict default holds every window, with the strictest cap known.
        """
        return tuple(rule for rule in self.abandonment.get(DEFAULT, ()) if rule.in_force(day))
