"""Cases of the law, written as tables: what is known of a call, when it is made, and what must block it.

Each table names a number, and what is known of somebody who may be called there; a case changes some of it. Lines ring
25 s and an agent may be waited for 2 s: a call must begin more than 27 s before an evening ends.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from compliance.abandonment import AbandonmentWindow, Budget, WindowKind
from compliance.facts import Consent, DialFacts, LastCalls, Listing, Reassignment
from compliance.gate import judge
from compliance.rule_files import shipped_rules
from compliance.rulebook import Kind
from compliance.zones import place_of

RULES = shipped_rules()
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=seconds) for seconds in (1, 60, 3_600, 86_400))
WEDNESDAY, SATURDAY, SUNDAY = "2026-07-08", "2026-07-18", "2026-07-19"  # holidays nowhere on our list
CONSENT, REASSIGNED, LISTED, DNC = Kind.CONSENT, Kind.REASSIGNED, Kind.NATIONAL_LIST, Kind.DO_NOT_CALL
REFUSED, ABANDONED, MACHINE = Kind.AFTER_REFUSAL, Kind.AFTER_ABANDONED, Kind.AFTER_MACHINE
NUMBER_CAP, CONTACT_CAP = Kind.NUMBER_ATTEMPT_CAP, Kind.CONTACT_ATTEMPT_CAP
CLOSED, HOLIDAY, CALLER_ID = Kind.CALLING_HOURS, Kind.HOLIDAYS, Kind.CALLER_ID
AGE, BUDGET, AGENT = Kind.AGE, Kind.ABANDONMENT_BUDGET, Kind.AGENT_GUARANTEED

AtCall = Callable[[datetime], Any]
"""A fact by the time of the call."""


class Case(NamedTuple):
    day: str
    clock: str
    """Local time in the table's zone."""
    want: Kind | None
    """What blocks, among others; None: nothing does."""
    changes: Mapping[str, Any]
    """To the facts, as values or as AtCall; `number` and `zone` stand for the table's own."""


class Table(NamedTuple):
    number: str
    zone: str
    usual: Mapping[str, Any]
    """Facts of somebody who may be called."""
    cases: tuple[Case, ...]


def case(day: str, clock: str, want: Kind | None = None, **changes: Any) -> Case:
    return Case(day, clock, want, changes)


def consented(ago: timedelta = DAY, purpose: str = "marketing", proof: str = "form 17", days: int = 700) -> AtCall:
    return lambda now: (Consent(now - ago, True, purpose, proof, now - ago + timedelta(days=days)),)


def withdrawn(now: datetime) -> tuple[Consent, ...]:
    return (*consented(2 * DAY)(now), Consent(now - DAY, given=False))


def born_yesterday(now: datetime) -> tuple[date, ...]:
    return ((now - DAY).date(),)


def bears(abandoned: float) -> AtCall:
    """A campaign with so many abandoned calls of 100 live answers, of which 3 may be."""
    [rule] = (one for one in RULES.abandonment_on(20_000) if one.window is WindowKind.SUCCESSIVE_30_DAYS)
    return lambda now: Budget((AbandonmentWindow(rule, 0.03, now - DAY, now + 29 * DAY, 0, 100.0, abandoned),))


def copies(*names: str, age: timedelta = DAY, on: str = "", since: timedelta | None = None) -> AtCall:
    """Our copies of lists; the number is `on` one of them, for so long."""
    return lambda now: {name: Listing(now - age, name == on, None if since is None else now - since) for name in names}


def unchanged(asked: timedelta = DAY, since: timedelta = DAY, *, changed: bool = False) -> AtCall:
    """The reassigned numbers database, asked so long ago about a time that is so long ago."""
    return lambda now: Reassignment(now - asked, (now - since).date(), changed)


def ago(*ages: timedelta) -> AtCall:
    return lambda now: tuple(sorted(now - age for age in ages))


def ended(**ages: timedelta) -> AtCall:
    """How calls ended before: `refused_at`, `abandoned_at` or `machine_at`, so long before this one."""
    return lambda now: LastCalls(**{name: now - age for name, age in ages.items()})


def facts_of(table: Table, one: Case) -> tuple[DialFacts, datetime]:
    facts = {
        "number": table.number,
        "zone": table.zone,
        "purpose": "marketing",
        "ring_seconds": 25,
        "consents": (),
        "listings": {},
        "born_on": (),
        "on_dnc": False,
        "number_attempts": (),
        "contact_attempts": (),
        "last_calls": LastCalls(),
        "caller_id": "+442079460999",
        "agent_idle": True,
        **table.usual,
        **one.changes,
    }
    zone = ZoneInfo(facts.pop("zone"))
    now = datetime.fromisoformat(f"{one.day} {one.clock}").replace(tzinfo=zone).astimezone(UTC)
    known = {name: value(now) if callable(value) else value for name, value in facts.items()}
    return DialFacts(**{"place": place_of(known.pop("number")), **known}), now


def blocks(table: Table, one: Case) -> list[str]:
    """The kinds of all rules that stand against a case's call."""
    facts, now = facts_of(table, one)
    verdict = judge(facts, RULES, now)
    assert verdict.allowed is not bool(verdict.failures)
    return [failure.kind for failure in verdict.failures]


def all_cases(tables: Mapping[str, Table]) -> list[Any]:
    """Every case of the tables, as parameters of a test."""
    return [
        pytest.param(table, one, id=f"{name} {place}: {one.day} {one.clock}")
        for name, table in tables.items()
        for place, one in enumerate(table.cases, 1)
    ]


def check(table: Table, one: Case) -> None:
    found = blocks(table, one)
    assert found == [] if one.want is None else one.want in found
