"""The proof of verdicts: each with what it rests on, in a chain that shows when one was changed or taken out.

A record is JSON, and its hash is SHA-256 of the hash before it and of the record, byte for byte. So who changes, takes
out or puts in one must reckon all after it anew, and the last hash, kept elsewhere, shows even that. Records name
contacts and attempts by their numbers in the database, and a telephone number only by a hash salted with its attempt.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson

from compliance.abandonment import Budget
from compliance.facts import Consent, DialFacts, Listing, Reassignment
from compliance.gate import Verdict
from compliance.zones import NumberPlace

BEGINNING = bytes(32)
"""The hash before the first record."""
_FRESH = timedelta(seconds=60)
"""An attempt is opened at most so long after the verdict that allowed it."""
_STRAY = timedelta(seconds=60)
"""Verdicts stand in a chain in the order of writing, which differs from that of their times by less than this."""
_LEAST_KEPT = timedelta(days=365)
"""No rule on retention can say less than a year."""
NOBODYS = "+999"
"""What a number begins with that stands for an erased one: a code that no country has (ITU-T E.164)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and what it rests on."""

    at: datetime
    contact: int
    lead: int
    campaign: int
    facts: DialFacts
    verdict: Verdict
    rule_files: str
    """Digest of the rule files that it was judged by."""


@dataclass(frozen=True, slots=True)
class Link:
    """A verdict's place in a chain."""

    place: int
    """From 1."""
    at: datetime
    attempt: str | None
    """The attempt that it allowed; None: it was a no."""
    contact: int
    campaign: int
    record: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain."""

    place: int = 0
    hash: bytes = BEGINNING


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a chain begins since retention deleted what was before."""

    place: int
    """The last that was deleted."""
    hash: bytes
    at: datetime
    """The latest time of a verdict that was deleted."""
    deleted_at: datetime | None
    """None: somebody meddled."""

    @property
    def head(self) -> Head:
        return Head(self.place, self.hash)


@dataclass(frozen=True, slots=True)
class Beginnings:
    """From when on every attempt must have its verdict."""

    began: datetime | None
    """When the first verdict of all was given, as far as anything tells; None: there is none."""
    anchors: Mapping[str, Anchor] = field(default_factory=dict)
    """Of the engines whose chains were cut."""

    def cut(self, dialed: "Dialed") -> Anchor | None:
        """The anchor behind which an attempt's verdict stood, if there was one."""
        anchor = self.anchors.get(dialed.engine)
        return anchor if anchor is not None and dialed.opened_at <= anchor.at + _FRESH else None

    def older(self, dialed: "Dialed") -> bool:
        """Whether an attempt is from before there was a log, and not from before a cut of it."""
        return self.cut(dialed) is None and (self.began is None or dialed.opened_at < self.began)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a chain, and where."""

    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class Dialed:
    """An attempt, as it stands in the database."""

    attempt: str
    contact: int
    lead: int
    campaign: int
    number: str
    opened_at: datetime
    verdict: str
    engine: str = ""


def link(before: Head, judged: Judged, attempt: str | None = None, number: str = "") -> Link:
    """The next link of a chain. `number`: what the attempt dials, E.164."""
    record = _record(judged, attempt, number)
    hashed = chained(before.hash, record)
    return Link(before.place + 1, judged.at, attempt, judged.contact, judged.campaign, record, hashed)


def chained(before: bytes, record: str) -> bytes:
    return sha256(before + record.encode()).digest()


def number_hash(attempt: str, number: str) -> str:
    """What a record tells of a number: enough to know it again, not to find it."""
    return sha256(f"{attempt}:{number}".encode()).hexdigest()


def faults_in(links: Iterable[Link], before: Head) -> Iterator[Finding]:
    """What is wrong with the links that follow `before`, in order: gaps, broken hashes, columns unlike the record."""
    place, hashed = before.place, before.hash
    for one in links:
        if one.place != place + 1:
            yield Finding(place + 1, f"missing: {one.place - place - 1} verdicts before place {one.place} are gone")
        elif chained(hashed, one.record) != one.hash:
            yield Finding(one.place, "the record, or the one before it, is not the one that was hashed")
        unlike = _unlike(one)
        if unlike:
            yield Finding(one.place, f"the row says another {' and '.join(unlike)} than its record")
        place, hashed = one.place, one.hash


def anchor_faults(anchor: Anchor, left: int, after: Link | None, now: datetime | None) -> Iterator[Finding]:
    """What is wrong with where a chain is said to begin. `left`: verdicts that stand before it all the same; `after`:
    the first one behind it; `now`: None: not known."""
    if left:
        yield Finding(anchor.place, f"the log is said to begin behind this, and {left} verdicts before still stand")
    if anchor.deleted_at is None:
        yield Finding(anchor.place, "the log is said to begin behind this, and not when what was before was deleted")
    elif anchor.deleted_at - anchor.at < _LEAST_KEPT:
        yield Finding(anchor.place, "what was before was deleted within a year, which no retention allows")
    elif now is not None and anchor.deleted_at > now + _STRAY:
        yield Finding(anchor.place, "what was before is said to be deleted on a day that is still to come")
    if after is not None and after.at < anchor.at - _STRAY:
        yield Finding(anchor.place, "what was before is said to be younger than the verdict behind it")


def fault_of(dialed: Dialed, record: str | None) -> str | None:
    """Why an attempt is not the one that a verdict allowed; None: it is. `record`: of the verdict that names it."""
    if record is None:
        return "no verdict allowed it"
    try:
        told = json.loads(record)
        if told["allowed"] is not True:
            return "its verdict is a no"
        age = dialed.opened_at - datetime.fromisoformat(told["at"])
        if not timedelta(0) <= age <= _FRESH:
            return "its verdict is of another time"
        pairs = {
            "contact": (told["contact"], dialed.contact),
            "lead": (told["lead"], dialed.lead),
            "campaign": (told["campaign"], dialed.campaign),
            "number": (told["number"], number_hash(dialed.attempt, dialed.number)),
            "verdict": (told["verdict"], dialed.verdict),
        }
    except (ValueError, KeyError, TypeError):
        return "its verdict can't be read"
    if dialed.number.startswith(NOBODYS):
        del pairs["number"]
    unlike = [name for name, (said, held) in pairs.items() if said != held]
    return f"its verdict is of another {' and '.join(unlike)}" if unlike else None


def _unlike(one: Link) -> list[str]:
    try:
        told = json.loads(one.record)
        pairs = {
            "time": (told["at"], one.at.astimezone(UTC).isoformat()),
            "attempt": (told["attempt"], one.attempt),
            "contact": (told["contact"], one.contact),
            "campaign": (told["campaign"], one.campaign),
        }
    except (ValueError, KeyError, TypeError):
        return ["form"]
    return [name for name, (said, held) in pairs.items() if said != held]


def _record(judged: Judged, attempt: str | None, number: str) -> str:
    told = {
        "at": _moment(judged.at),
        "attempt": attempt,
        "number": number_hash(attempt, number) if attempt else None,
        "contact": judged.contact,
        "lead": judged.lead,
        "campaign": judged.campaign,
        "allowed": judged.verdict.allowed,
        "verdict": judged.verdict.words,
        "rules": judged.verdict.rules,
        "rule_files": judged.rule_files,
        "failures": [{"rule": one.rule, "kind": one.kind, "reason": one.reason} for one in judged.verdict.failures],
        "earliest": _moment(judged.verdict.earliest),
        "facts": _facts(judged.facts),
    }
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


def _facts(facts: DialFacts) -> Mapping[str, Any]:
    last = facts.last_calls
    return {
        "place": _place(facts.place),
        "address": None if facts.address is None else _place(facts.address),
        "contact_zone": facts.contact_zone,
        "purpose": facts.purpose,
        "ring_seconds": facts.ring_seconds,
        "wait_seconds": facts.wait_seconds,
        "consents": None if facts.consents is None else [_consent(one) for one in facts.consents],
        "reassignment": None if facts.reassignment is None else _reassignment(facts.reassignment),
        "listings": None if facts.listings is None else {name: _listing(one) for name, one in facts.listings.items()},
        "born_in": None if facts.born_on is None else [born.year for born in facts.born_on],
        "on_dnc": facts.on_dnc,
        "number_attempts": _moments(facts.number_attempts),
        "contact_attempts": _moments(facts.contact_attempts),
        "other_sellers": _moments(sorted(facts.other_sellers)),
        "other_subjects": _moments(sorted(facts.other_subjects)),
        "last_calls": None
        if last is None
        else {
            "refused_at": _moment(last.refused_at),
            "abandoned_at": _moment(last.abandoned_at),
            "machine_at": _moment(last.machine_at),
        },
        "caller_id": facts.caller_id,
        "caller_id_free_at": _moment(facts.caller_id_free_at),
        "automated": facts.automated,
        "prerecorded": facts.prerecorded,
        "agent_guaranteed": facts.agent_guaranteed,
        "agent_idle": facts.agent_idle,
        "budget": None if facts.budget is None else _budget(facts.budget),
        "purchased_at": _moment(facts.purchased_at),
        "inquired_at": _moment(facts.inquired_at),
    }


def _place(place: NumberPlace) -> Mapping[str, Any]:
    return {"region": place.region, "areas": place.areas, "zones": place.zones}


def _consent(one: Consent) -> Mapping[str, Any]:
    return {
        "at": _moment(one.at),
        "given": one.given,
        "purpose": one.purpose,
        "proof": one.proof,
        "expires_at": _moment(one.expires_at),
    }


def _budget(budget: Budget) -> list[Mapping[str, Any]]:
    to_come = budget.to_come or (0.0,) * len(budget.windows)
    return [
        {
            "rule": window.rule.name,
            "cap_ratio": window.cap_ratio,
            "opens_at": _moment(window.opens_at),
            "live_answers": window.live_answers,
            "abandoned": window.abandoned,
            "to_come": round(come, 1),
        }
        for window, come in zip(budget.windows, to_come, strict=True)
    ]


def _reassignment(answer: Reassignment) -> Mapping[str, Any]:
    return {
        "checked_at": _moment(answer.checked_at),
        "since": answer.since,
        "changed": answer.changed,
    }


def _listing(one: Listing) -> Mapping[str, Any]:
    return {"copied_at": _moment(one.copied_at), "listed": one.listed, "since": _moment(one.since)}


def _moments(moments: Sequence[datetime] | None) -> list[datetime | None] | None:
    return None if moments is None else [_moment(one) for one in moments]


def _moment(moment: datetime | None) -> datetime | None:
    """In UTC, as which it is written."""
    return moment if moment is None or moment.tzinfo is UTC else moment.astimezone(UTC)
