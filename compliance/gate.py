"""May this number be called now? Pure, and closed whenever a fact is missing or a rule can't be judged."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from compliance.abandonment import AGENT_LIMIT_SECONDS
from compliance.holiday_calendar import holiday_on
from compliance.hours import DAY
from compliance.rulebook import Book, Kind, Rule, Rules
from compliance.zones import NumberPlace

_DAY = timedelta(hours=24)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DialFacts:
    """What is known of one number to be dialed. None: not known, which blocks (but for the contact's own zone)."""

    place: NumberPlace
    """From `compliance.zones.place_of`."""
    on_dnc: bool | None
    number_attempts: int | None
    """Attempts on the number in the last 24 h (later than 24 h ago), by any campaign."""
    contact_attempts: int | None
    """Attempts on any number of the contact in the last 24 h."""
    ring_seconds: float
    wait_seconds: float = AGENT_LIMIT_SECONDS
    """How long an answered callee may wait for an agent."""
    contact_zone: str | None = None
    """The contact's own zone (IANA name), one more in which hours must hold. None: the number's alone are judged."""
    oldest_number_attempt: datetime | None = None
    oldest_contact_attempt: datetime | None = None
    """When the oldest of the counted attempts was; None only makes `Verdict.earliest` later."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule's no."""

    rule: str
    """The rule's id and version, as "US-HRS@1"."""
    kind: Kind
    reason: str
    lasting: bool = True
    """Time alone won't heal it, as far as is known."""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    rules: tuple[str, ...]
    """The rules that were applied, as "US-HRS@1" (id and version)."""
    failures: tuple[Failure, ...] = ()
    earliest: datetime | None = None
    """When the number may be called, exactly, as far as today's facts tell; None: at no known time."""

    @property
    def first_failure(self) -> Failure | None:
        return self.failures[0] if self.failures else None

    @property
    def reason(self) -> str:
        """What stood against it first, in one of few words, for counting."""
        return self.failures[0].kind if self.failures else "allowed"

    @property
    def words(self) -> str:
        """The verdict in one line, to be stored with the attempt. It names no number."""
        if self.allowed:
            return f"allowed by {', '.join(self.rules)}"
        return "blocked: " + "; ".join(f"{failure.reason} ({failure.rule})" for failure in self.failures)


def judge(facts: DialFacts, rules: Rules, now: datetime) -> Verdict:
    """The verdict of all rules in force. Raises ValueError when `now` bears no UTC offset."""
    if now.utcoffset() is None:
        raise ValueError("the time of a verdict must bear its UTC offset")
    book = rules.book(facts.place.region, facts.place.areas)
    applied: list[str] = []
    failures: list[Failure] = []
    for kind, in_force in book.in_force(int(now.timestamp() // DAY)):
        if not in_force:
            failures.append(Failure("no rule", kind, f"no rule for {kind} is in force"))
        for rule in in_force:
            applied.append(rule.name)
            try:
                failure = _failure(rule, facts, book, now)
            except Exception as error:
                failure = Failure(rule.name, kind, f"{kind} could not be judged ({type(error).__name__})")
            if failure is not None:
                failures.append(failure)
    if not failures and not book.hours.hold(_zones(facts), now.timestamp(), _call_seconds(facts)):
        # the callee's date is not the day in UTC, by which rules were picked
        reason = "a rule that holds on the callee's date has it closed"
        failures.append(Failure(applied[-1], Kind.CALLING_HOURS, reason, False))
    if not failures:
        return Verdict(True, tuple(applied), (), now)
    return Verdict(False, tuple(applied), tuple(failures), _earliest(failures, facts, book, now))


def _earliest(failures: list[Failure], facts: DialFacts, book: Book, now: datetime) -> datetime | None:
    if any(failure.lasting for failure in failures):
        return None
    not_before = max([now, *(failure.not_before for failure in failures if failure.not_before)])
    opens = book.hours.next_open(_zones(facts), not_before.timestamp(), _call_seconds(facts))
    if opens is None:
        return None
    return max(not_before, datetime.fromtimestamp(opens, UTC))


def _failure(rule: Rule, facts: DialFacts, book: Book, now: datetime) -> Failure | None:
    match rule.kind:
        case Kind.DO_NOT_CALL:
            return _do_not_call(rule, facts.on_dnc)
        case Kind.NUMBER_ATTEMPT_CAP:
            return _cap(rule, "number", facts.number_attempts, facts.oldest_number_attempt, now)
        case Kind.CONTACT_ATTEMPT_CAP:
            return _cap(rule, "contact", facts.contact_attempts, facts.oldest_contact_attempt, now)
        case Kind.CALLING_HOURS:
            return _calling_hours(rule, facts, book, now)
        case Kind.HOLIDAYS:
            return _holidays(rule, facts, book, now)
    assert_never(rule.kind)


def _do_not_call(rule: Rule, on_dnc: bool | None) -> Failure | None:
    if on_dnc is False:
        return None
    reason = "on the do-not-call list" if on_dnc else "not known whether it is on the do-not-call list"
    return Failure(rule.name, rule.kind, reason)


def _cap(rule: Rule, whose: str, attempts: int | None, oldest: datetime | None, now: datetime) -> Failure | None:
    if attempts is None:
        return Failure(rule.name, rule.kind, f"attempts on the {whose} are not known")
    if attempts < 0:
        raise ValueError("fewer than no attempts")
    if attempts < rule.attempts:
        return None
    reason = f"{attempts} attempts on the {whose} in 24 h, {rule.attempts} allowed"
    # Over the cap, more than the oldest attempt must age out, and only its time is known.
    known = oldest is not None and attempts == rule.attempts and now < oldest + _DAY
    return Failure(rule.name, rule.kind, reason, False, (oldest if oldest and known else now) + _DAY)


def _calling_hours(rule: Rule, facts: DialFacts, book: Book, now: datetime) -> Failure | None:
    if not facts.place.zones:
        return Failure(rule.name, rule.kind, "no time zone is known for the number")
    zones, start, seconds = _zones(facts), now.timestamp(), _call_seconds(facts)
    own = book.hours_of(rule)
    if book.hours.hold(zones, start, seconds) or own.hold(zones, start, seconds):
        return None
    closed = next(zone for zone in zones if not own.hold((zone,), start, seconds))
    return Failure(rule.name, rule.kind, f"outside calling hours in {closed}", False)


def _holidays(rule: Rule, facts: DialFacts, book: Book, now: datetime) -> Failure | None:
    try:
        calendars = book.calendars(rule)
    except ValueError as error:
        return Failure(rule.name, rule.kind, str(error))
    if not calendars:
        return None
    if not facts.place.zones:
        return Failure(rule.name, rule.kind, "no time zone is known for the number, so not its date")
    for day in sorted(_local_days(facts, now)):
        for calendar in calendars:
            holiday = holiday_on(calendar, day)
            if holiday is not None:
                return Failure(rule.name, rule.kind, f"a holiday: {holiday}", False)
    return None


def _local_days(facts: DialFacts, now: datetime) -> set[int]:
    """The dates, counted from 1970, that a call touches anywhere that it may ring."""
    ends = now + timedelta(seconds=_call_seconds(facts))
    places = [ZoneInfo(name) for name in _zones(facts)]
    return {(moment.astimezone(place).date() - _EPOCH).days for place in places for moment in (now, ends)}


def _zones(facts: DialFacts) -> tuple[str, ...]:
    own = facts.contact_zone
    return facts.place.zones if own is None or own in facts.place.zones else (*facts.place.zones, own)


def _call_seconds(facts: DialFacts) -> float:
    """From the dial to the last moment at which an agent may take the call."""
    seconds = facts.ring_seconds + max(facts.wait_seconds, AGENT_LIMIT_SECONDS)
    if not AGENT_LIMIT_SECONDS < seconds < DAY:
        raise ValueError("a call must ring for more than nothing and less than a day")
    return seconds
