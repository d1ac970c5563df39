"""Rules as plain data, and which of them rule a place on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from compliance.abandonment import AbandonmentRule
from compliance.holiday_calendar import everywhere, holiday_on, is_calendar
from compliance.hours import DAY, CallingHours, Spells, overlap
from compliance.provenance import Provenance
from compliance.zones import NumberPlace

DEFAULT = "default"
"""The jurisdiction of what is not known better."""
UNKNOWN_PART = "unknown"
"""As in "US-unknown": the jurisdiction of numbers of a region whose part is not known."""
OWN_COUNTRY = "own country"
"""Stands for the calendar of the number's country with all its parts."""
NONE = "none"
"""The figure of a rule that nothing of its kind stands against a call."""


class Kind(StrEnum):
    """What a rule is about, as rule files write it, in the order of checking. Every number is judged by each kind."""

    CONSENT = "consent"
    AGE = "age"
    REASSIGNED = "reassigned number"
    NATIONAL_LIST = "national list"
    DO_NOT_CALL = "do-not-call"
    AFTER_REFUSAL = "cool-off after refusal"
    AFTER_ABANDONED = "cool-off after abandoned"
    AFTER_MACHINE = "cool-off after machine"
    NUMBER_ATTEMPT_CAP = "number attempt cap"
    CONTACT_ATTEMPT_CAP = "contact attempt cap"
    CALLING_HOURS = "calling hours"
    HOLIDAYS = "holidays"
    CALLER_ID = "caller id"
    ABANDONMENT_BUDGET = "abandonment budget"
    AGENT_GUARANTEED = "agent guaranteed"


class ConsentMode(StrEnum):
    """When a person's consent must be on record. Consent that was withdrawn blocks in every mode."""

    OPT_IN = "opt-in"
    IF_AUTOMATED = "opt-in if automated"  # the dialer picks and dials
    IF_PRERECORDED = "opt-in if prerecorded"  # a recorded message may be played
    OPT_OUT = "opt-out"


class CountedBy(StrEnum):
    """Which attempts on a person count to a cap."""

    PERSON = "person"  # all of them
    SELLER = "seller"  # not those that were certainly for another seller
    SUBJECT = "subject"  # not those that were certainly about another subject


class AgentWhen(StrEnum):
    """Which calls may be made only with an agent kept for them, who hears the callee from the first word."""

    ALWAYS = "always"
    AFTER_ABANDONED = "after abandoned"  # once a call to the contact was abandoned


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
    purposes: frozenset[str] | None = None
    """What it is for; None: every purpose."""
    attempts: int = 0
    """Caps: attempts allowed within `hours`; 0: no cap."""
    hours: float = 0.0
    """Caps: over which time; cool-offs: how long, which may be without end; 0: none."""
    counted_by: CountedBy = CountedBy.PERSON
    """Caps."""
    least_years: int = 0
    """Age: who is younger is not called."""
    agent_when: AgentWhen | None = None
    """Agent guaranteed; None: never."""
    unless_guaranteed: bool = False
    """Cool-offs: an agent reserved for the call lifts it."""
    windows: tuple[Window, ...] = ()
    """Calling hours."""
    calendars: tuple[str, ...] = ()
    """Holidays: on those of which calendars nobody is called (compliance/holiday_calendar.py), or OWN_COUNTRY."""
    consent: ConsentMode = ConsentMode.OPT_IN
    """Reassigned number: which calls rely on consent, so that the database must have been asked."""
    list_name: str = ""
    """National list: its name, as it is imported under; empty: there is none."""
    max_age_days: int = 0
    """National list: how old our copy may be; reassigned number: how old the database's answer."""
    grace_days: int = 0
    """National list: it holds so many days after a number was listed."""
    consent_lifts: bool = False
    """National list: consent on record goes before it."""
    purchase_days: int = 0
    """National list: so long after a purchase a customer may be called though listed."""
    inquiry_days: int = 0
    allow_prefixes: tuple[str, ...] = ()
    """Caller ids: with one of which it must begin; empty: any."""
    deny_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule(Provenance):
    """How long records of calls, and of verdicts on calls, are kept."""

    years: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRule(Provenance):
    """How long recordings of calls may be kept."""

    days: int | None
    """None: it names no longest time."""


class Book:
    """The rules of a number's place, and of its owner's address, for one purpose: those of all their jurisdictions
    together, and for each place the default's of the kinds that its own leave open on a day."""

    def __init__(self, places: Mapping[str | None, tuple[Rule, ...]], default: tuple[Rule, ...]) -> None:
        """`places`: region to the rules of its jurisdictions."""
        self._regions = tuple(places)
        self._places = tuple(places.values())
        self._default = default
        self.hours = CallingHours(lru_cache(maxsize=1_024)(self._windows_on))
        """What all rules on hours and holidays leave open together."""
        self.hours_of = lru_cache(maxsize=64)(_hours_of)
        """What one rule on hours leaves open, on the days when it is in force."""

    def in_force(self, days: tuple[int, ...]) -> Mapping[Kind, tuple[Rule, ...]]:
        """The rules of each kind that are in force on any of some days, counted from 1970; in the order of checking."""
        return {
            kind: tuple({rule.id: rule for day in days for rule in self._of_kind(kind, day)}.values()) for kind in Kind
        }

    def missing(self, days: tuple[int, ...]) -> tuple[Kind, ...]:
        """Of which kinds none is in force on one of the days."""
        return tuple(kind for kind in Kind if not all(self._of_kind(kind, day) for day in days))

    def _of_kind(self, kind: Kind, day: int) -> tuple[Rule, ...]:
        found: dict[str, Rule] = {}
        for rules in self._places:
            own = [rule for rule in rules if rule.kind is kind and rule.in_force(day)]
            found |= {rule.id: rule for rule in own or self._default_of(kind, day)}
        return tuple(found.values())

    def _default_of(self, kind: Kind, day: int) -> list[Rule]:
        return [rule for rule in self._default if rule.kind is kind and rule.in_force(day)]

    def calendars(self, rule: Rule) -> tuple[str, ...]:
        """Those of a rule on holidays. ValueError: a country that it is about has none that we know."""
        named: list[str] = []
        for one in rule.calendars:
            if one != OWN_COUNTRY:
                named.append(one)
                continue
            for region in self._regions:
                calendar = everywhere(region or "")
                if not is_calendar(calendar):
                    raise ValueError(f"no public holidays are known of {region or 'a number of no known country'}")
                named.append(calendar)
        return tuple(named)

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
        digest: str = "",
        retention: Mapping[str, tuple[RetentionRule, ...]] | None = None,
        recordings: Mapping[str, tuple[RecordingRule, ...]] | None = None,
    ) -> None:
        """All: region, or "default" (which there must be in the first), to rules. `digest`: of the files' texts."""
        self.digest = digest
        self.jurisdictions = dict(jurisdictions)
        self.abandonment = dict(abandonment)
        self.retention = dict(retention or {})
        self.recordings = dict(recordings or {})
        self._books = lru_cache(maxsize=4_096)(self._book)

    def jurisdictions_of(self, region: str | None, areas: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Those that a place is under: its region's, and of every part that it may be in, or of a part not known.

        Empty: the strict default alone.
        """
        if region is None:
            return ()
        names = (region, *(areas or (f"{region}-{UNKNOWN_PART}",)))
        return tuple(name for name in names if name in self.jurisdictions)

    def book(self, place: NumberPlace, address: NumberPlace | None, purpose: str) -> Book:
        """The rules of a number's place and of its owner's address: all of them hold, so the strictest does."""
        if address is None:
            return self._books(((place.region, place.areas),), purpose)
        return self._books(((place.region, place.areas), (address.region, address.areas)), purpose)

    def _book(self, places: tuple[tuple[str | None, tuple[str, ...]], ...], purpose: str) -> Book:
        own: dict[str | None, tuple[Rule, ...]] = {}
        for region, areas in places:
            rules = [rule for name in self.jurisdictions_of(region, areas) for rule in self.jurisdictions[name]]
            own[region] = (*own.get(region, ()), *_for_purpose(rules, purpose))
        return Book(own, _for_purpose(self.jurisdictions[DEFAULT], purpose))

    def want_caller_id(self, purpose: str, day: int) -> bool:
        """Whether nobody may be called for a purpose without a caller id, whatever the place, on a day from 1970."""
        every = (rule for rules in self.jurisdictions.values() for rule in _for_purpose(rules, purpose))
        return all(rule.figure != NONE for rule in every if rule.kind is Kind.CALLER_ID and rule.in_force(day))

    def abandonment_on(self, day: int) -> tuple[AbandonmentRule, ...]:
        """The default's rules on abandoned calls that are in force on a day, counted from 1970.

        A campaign is not of one region, so the strict default holds every window, with the strictest cap known.
        """
        return tuple(rule for rule in self.abandonment.get(DEFAULT, ()) if rule.in_force(day))


def _for_purpose(rules: Iterable[Rule], purpose: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.purposes is None or purpose in rule.purposes)
