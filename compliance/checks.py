"""What each kind of rule asks of the facts: one check a kind, a failure or None. A fact that is missing fails."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import inf
from typing import NamedTuple

from compliance.facts import Consent, DialFacts, Listing, Purpose, Reassignment
from compliance.figures import span_words
from compliance.holiday_calendar import holiday_on
from compliance.hours import local_days
from compliance.rulebook import NONE, AgentWhen, Book, ConsentMode, CountedBy, Kind, Rule


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule's no."""

    rule: str
    """The rule's id and version, as "US-HRS@1"."""
    kind: str
    """The rule's kind; for a no that is not the law's, what a campaign or a lead itself stands in the way by."""
    reason: str
    lasting: bool = True
    """Time alone won't heal it, as far as is known."""
    not_before: datetime | None = None


class Moment(NamedTuple):
    """When a call is to be dialed, and whether all rules on hours and holidays let it be."""

    now: datetime
    start: float
    """`now`, s since 1970."""
    open: bool


Check = Callable[[Rule, DialFacts, Book, Moment], Failure | None]


class Page(NamedTuple):
    """What a book asks on some days."""

    steps: tuple[tuple[Check, Rule], ...]
    """In the order of checking, without rules by which nothing stands against a call."""
    names: tuple[str, ...]
    """Of all rules in force."""
    missing: tuple[Kind, ...]
    """Of which kinds none is in force on one of the days: nothing allows the call."""


@lru_cache(maxsize=8_192)
def page_of(book: Book, days: tuple[int, ...]) -> Page:
    """The rules in force on any of some days, counted from 1970: all that it is where a call rings, and in UTC."""
    in_force = book.in_force(days)
    return Page(
        tuple((CHECKS[kind], rule) for kind, rules in in_force.items() for rule in rules if rule.figure != NONE),
        tuple(rule.name for rules in in_force.values() for rule in rules),
        book.missing(days),
    )


def _consent(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    if facts.purpose not in _PURPOSES:
        return _no(rule, f"{facts.purpose!r} is no purpose that is known: {', '.join(Purpose)}")
    if facts.consents is None:
        return _no(rule, "not known whether consent was given or withdrawn")
    withdrawn, given = _standing(facts.consents, facts.purpose, moment.now)
    if withdrawn:
        return _no(rule, "consent was withdrawn")
    if given or not _must_be_given(rule, facts):
        return None
    return _no(rule, f"no consent to calls for {facts.purpose} is on record")


def _must_be_given(rule: Rule, facts: DialFacts) -> bool:
    mode = rule.consent
    if mode is ConsentMode.OPT_OUT:
        return False
    if mode is ConsentMode.IF_PRERECORDED:
        return facts.prerecorded
    if mode is ConsentMode.IF_AUTOMATED:
        return facts.automated or facts.prerecorded
    return True


def consent_stands(consents: tuple[Consent, ...], purpose: str, now: datetime) -> bool:
    """Whether consent stands given for this purpose, with proof, not expired and not withdrawn since."""
    return _standing(consents, purpose, now)[1]


def _standing(consents: tuple[Consent, ...], purpose: str, now: datetime) -> tuple[bool, bool]:
    """Whether consent stands withdrawn, and whether it stands given for this purpose, with proof and not expired.

    A withdrawal holds for every purpose, until consent is given anew. Words of the same moment: the withdrawal counts.
    """
    if not consents:
        return False, False
    withdrawn_at = _withdrawn_at(consents)
    for one in consents:
        if _stands(one, purpose, withdrawn_at, now):
            return False, True
    return withdrawn_at is not None, False


def _withdrawn_at(consents: tuple[Consent, ...]) -> datetime | None:
    latest = None
    for one in consents:
        if not one.given and (latest is None or one.at > latest):
            latest = one.at
    return latest


def _stands(one: Consent, purpose: str, withdrawn_at: datetime | None, now: datetime) -> bool:
    if not one.given or one.purpose != purpose or not one.proof or one.at > now:
        return False
    if one.expires_at is not None and now >= one.expires_at:
        return False
    return withdrawn_at is None or one.at > withdrawn_at


def _age(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    if facts.born_on is None:
        return _no(rule, "not known whether a birth date is on record")
    if not facts.born_on:
        return None
    latest = (moment.now.astimezone(UTC) - _LAST_ZONE).date()  # the date where it changes last
    grown = _birthday(max(facts.born_on), rule.least_years)
    return _no(rule, f"not {rule.least_years} years old by the birth date on record") if latest < grown else None


def _birthday(born: date, years: int) -> date:
    """The day on which somebody gets so old; 1 March for those born on a 29 February, if that year has none."""
    if born.year + years > date.max.year:
        return date.max
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def _reassigned(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    if not _must_be_given(rule, facts):
        return None
    reason = _not_answered(rule, facts, moment.now)
    return _no(rule, reason) if reason else None


def _not_answered(rule: Rule, facts: DialFacts, now: datetime) -> str:
    """Why it is not certain that the number is still its owner's; empty: it is."""
    answer = facts.reassignment
    if answer is None:
        return "the reassigned numbers database was not asked about it, or knew nothing"
    age = now - answer.checked_at
    if age < _NOTHING:
        return "the reassigned numbers database was asked at a time to come"
    if age > _days(rule.max_age_days):
        of = f"{answer.checked_at:%Y-%m-%d}"
        return f"the reassigned numbers database was asked on {of}, {rule.max_age_days} days are allowed"
    if answer.changed:
        return f"given up by whom it belonged to, since {answer.since}: it may be another's"
    if _covered(answer, facts, now):
        return ""
    return f"asked about reassignment since {answer.since}, and no consent that stands is of then or later"


def _covered(answer: Reassignment, facts: DialFacts, now: datetime) -> bool:
    """Whether a consent stands since which the number was asked about: one word less never makes one."""
    consents = facts.consents or ()
    withdrawn_at = _withdrawn_at(consents)
    return any(
        _stands(one, facts.purpose, withdrawn_at, now) and answer.since <= one.at.astimezone(UTC).date()
        for one in consents
    )


def _national_list(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    listing = None if facts.listings is None else facts.listings.get(rule.list_name)
    if listing is None:
        return _no(rule, f"there is no copy of the list {rule.list_name}")
    age = moment.now - listing.copied_at
    if age < _NOTHING:
        return _no(rule, f"our copy of {rule.list_name} is of a time to come")
    if age > _days(rule.max_age_days):
        of = f"{listing.copied_at:%Y-%m-%d}"
        return _no(rule, f"our copy of {rule.list_name} is of {of}, {rule.max_age_days} days are allowed")
    if not listing.listed or _lifted(rule, facts, listing, moment.now):
        return None
    return _no(rule, f"on the list {rule.list_name}")


def _lifted(rule: Rule, facts: DialFacts, listing: Listing, now: datetime) -> bool:
    if rule.grace_days and listing.since is not None and now < listing.since + _days(rule.grace_days):
        return True
    if rule.consent_lifts and facts.consents and _standing(facts.consents, facts.purpose, now)[1]:
        return True
    return _within(facts.purchased_at, rule.purchase_days, now) or _within(facts.inquired_at, rule.inquiry_days, now)


@lru_cache(maxsize=1_024)
def _days(count: int) -> timedelta:
    return timedelta(days=count)


@lru_cache(maxsize=1_024)
def _hours(count: float) -> timedelta:
    return timedelta(hours=count)


def _within(at: datetime | None, days: int, now: datetime) -> bool:
    return at is not None and at <= now < at + _days(days)


def _do_not_call(rule: Rule, facts: DialFacts, _: Book, __: Moment) -> Failure | None:
    if facts.on_dnc is False:
        return None
    return _no(rule, "on the do-not-call list" if facts.on_dnc else "not known whether it is on the do-not-call list")


def _after_refusal(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    if facts.last_calls is None:
        return _cool_off(rule, facts, moment)
    return _cool_off(rule, facts, moment, facts.last_calls.refused_at, "the contact refused")


def _after_abandoned(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    if facts.last_calls is None:
        return _cool_off(rule, facts, moment)
    return _cool_off(rule, facts, moment, facts.last_calls.abandoned_at, "a call was abandoned")


def _after_machine(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    if facts.last_calls is None:
        return _cool_off(rule, facts, moment)
    return _cool_off(rule, facts, moment, facts.last_calls.machine_at, "a machine answered")


def _cool_off(
    rule: Rule, facts: DialFacts, moment: Moment, last: datetime | None = None, what: str = ""
) -> Failure | None:
    if rule.unless_guaranteed and facts.agent_guaranteed:
        return None
    if not what:
        return _no(rule, "not known how the last calls ended")
    if last is None:
        return None
    if rule.hours == inf:
        return _no(rule, f"{what} on {last:%Y-%m-%d}; no call after that")
    again = last + _hours(rule.hours)
    if moment.now >= again:
        return None
    return Failure(rule.name, rule.kind, f"{what}; {span_words(rule.hours)} must pass", False, again)


def _number_cap(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    return _cap(rule, "number", _counted(rule, facts, facts.number_attempts), moment.now)


def _contact_cap(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    return _cap(rule, "contact", _counted(rule, facts, facts.contact_attempts), moment.now)


def _counted(rule: Rule, facts: DialFacts, attempts: tuple[datetime, ...] | None) -> tuple[datetime, ...] | None:
    """The attempts that count to a cap."""
    by = rule.counted_by
    if by is CountedBy.PERSON or attempts is None:
        return attempts
    others = facts.other_sellers if by is CountedBy.SELLER else facts.other_subjects
    return tuple(at for at in attempts if at not in others) if others else attempts


def _cap(rule: Rule, whose: str, attempts: tuple[datetime, ...] | None, now: datetime) -> Failure | None:
    if attempts is None:
        return _no(rule, f"attempts on the {whose} are not known")
    if len(attempts) < rule.attempts:
        return None
    again = attempts[-rule.attempts] + _hours(rule.hours)
    if again <= now:
        return None
    counted = len(attempts) - bisect_right(attempts, now - _hours(rule.hours))
    reason = f"{counted} attempts on the {whose} in {span_words(rule.hours)}, {rule.attempts} allowed"
    return Failure(rule.name, rule.kind, reason, False, again)


def _calling_hours(rule: Rule, facts: DialFacts, book: Book, moment: Moment) -> Failure | None:
    if moment.open:
        return None
    if not facts.zones:
        return _no(rule, "no time zone is known for the number")
    own, seconds = book.hours_of(rule), facts.call_seconds
    if own.hold(facts.zones, moment.start, seconds):
        return None
    closed = next(zone for zone in facts.zones if not own.hold((zone,), moment.start, seconds))
    return Failure(rule.name, rule.kind, f"outside calling hours in {closed}", False)


def _holidays(rule: Rule, facts: DialFacts, book: Book, moment: Moment) -> Failure | None:
    if moment.open:
        return None
    try:
        calendars = book.calendars(rule)
    except ValueError as error:
        return _no(rule, str(error))
    if not calendars:
        return None
    if not facts.zones:
        return _no(rule, "no time zone is known for the number, so not its date")
    for day in local_days(facts.zones, moment.start, facts.call_seconds):
        for calendar in calendars:
            holiday = holiday_on(calendar, day)
            if holiday is not None:
                return Failure(rule.name, rule.kind, f"a holiday: {holiday}", False)
    return None


def _caller_id(rule: Rule, facts: DialFacts, _: Book, __: Moment) -> Failure | None:
    shown = facts.caller_id
    if not shown and facts.caller_id_free_at is not None:
        reason = "every caller id for it was shown as often as it may be"
        return Failure(rule.name, rule.kind, reason, False, facts.caller_id_free_at)
    if not shown:
        return _no(rule, "not known which number will be shown" if shown is None else "no caller id is set")
    if shown.startswith(rule.deny_prefixes):
        return _no(rule, f"{shown} may not be shown there")
    if rule.allow_prefixes and not shown.startswith(rule.allow_prefixes):
        return _no(rule, f"{shown} does not begin as a caller id must there")
    return None


def _abandonment_budget(rule: Rule, facts: DialFacts, _: Book, moment: Moment) -> Failure | None:
    if facts.agent_guaranteed or facts.agent_idle:
        return None
    spent = "abandoned calls can't be counted now" if facts.budget is None else facts.budget.spent
    if not spent:
        return None
    return Failure(rule.name, rule.kind, f"no agent is idle, and {spent}", False, moment.now + _AGENT_AGAIN)


def _agent_guaranteed(rule: Rule, facts: DialFacts, _: Book, __: Moment) -> Failure | None:
    if facts.agent_guaranteed:
        return None
    if rule.agent_when is AgentWhen.AFTER_ABANDONED:
        if facts.last_calls is None:
            return _no(rule, "not known how the last calls ended")
        if facts.last_calls.abandoned_at is None:
            return None
        return _no(rule, f"a call was abandoned on {facts.last_calls.abandoned_at:%Y-%m-%d}; since then {_KEPT}")
    return _no(rule, f"each call {_KEPT}")


def _no(rule: Rule, reason: str) -> Failure:
    return Failure(rule.name, rule.kind, reason)


_NOTHING = timedelta(0)
_LAST_ZONE = timedelta(hours=12)
_AGENT_AGAIN = timedelta(minutes=1)
"""Who is idle changes by the second and is no fact of the number: when it is asked again."""
_KEPT = "only with an agent kept for the call"
_PURPOSES = frozenset(str(purpose) for purpose in Purpose)
CHECKS: Mapping[Kind, Check] = {
    Kind.CONSENT: _consent,
    Kind.AGE: _age,
    Kind.REASSIGNED: _reassigned,
    Kind.NATIONAL_LIST: _national_list,
    Kind.DO_NOT_CALL: _do_not_call,
    Kind.AFTER_REFUSAL: _after_refusal,
    Kind.AFTER_ABANDONED: _after_abandoned,
    Kind.AFTER_MACHINE: _after_machine,
    Kind.NUMBER_ATTEMPT_CAP: _number_cap,
    Kind.CONTACT_ATTEMPT_CAP: _contact_cap,
    Kind.CALLING_HOURS: _calling_hours,
    Kind.HOLIDAYS: _holidays,
    Kind.CALLER_ID: _caller_id,
    Kind.ABANDONMENT_BUDGET: _abandonment_budget,
    Kind.AGENT_GUARANTEED: _agent_guaranteed,
}
