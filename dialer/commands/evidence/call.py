"""The evidence of one call, whole, and its row in the evidence of a period. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from compliance.proof import NOBODYS, Beginnings, Head, Link, chained, fault_of, faults_in
from dialer.commands.evidence.words import (
    UNREADABLE,
    Told,
    counted_as,
    ending_told,
    facts_told,
    local_times,
    record_of,
    stamp,
    zones_of,
)
from dialer.commands.rule_words import rows_on

if TYPE_CHECKING:
    from compliance.rulebook import Rules
    from integrations.contact_db.evidence_reading import Called, Wording

OLDER = "it is from before the log of verdicts began: nothing proves it"
DELETED = "it is from before its log's beginning: its verdict was deleted by retention"
_NOT_THERE = "the present rule files have no such rule of this version in force on that day"


@dataclass(frozen=True, slots=True)
class Around:
    """A verdict's neighbours in its chain; None: there is none."""

    before: Link | None
    after: Link | None
    log: Beginnings


def call_told(called: "Called", around: Around, rules: "Rules", wordings: "Sequence[Wording]" = ()) -> dict[str, Any]:
    """All that is known of one call."""
    record = record_of(called.proven.link.record if called.proven else None)
    facts = _facts(record, wordings)
    return {
        "call": _call(called, record),
        "ending": ending_told(called),
        "verdict": _verdict(record, rules),
        "facts": facts,
        "proof": _proof(called, around),
    }


def call_row(called: "Called", log: Beginnings) -> dict[str, Any]:
    """One call among those of a period."""
    record = record_of(called.proven.link.record if called.proven else None)
    ending = ending_told(called) or {}
    kept = ("outcome", "ring_seconds", "answered_at", "connected_at", "wait_seconds", "agent", "abandoned", "ended_at")
    return {
        **_call(called, record),
        **{name: ending.get(name) for name in (*kept, "duration_seconds", "disposition")},
        "counted_as": counted_as(called),
        "verdict": called.dialed.verdict,
        "rules": rules_in(record),
        "proof": None if called.proven is None else f"{called.proven.engine}:{called.proven.link.place}",
        "older": _is_older(called, log),
        "deleted": _is_deleted(called, log),
        "fault": attempt_fault(called, log),
    }


def rule_rows(names: Sequence[str], rules: "Rules", day: date) -> list[dict[str, Any]]:
    """Rules that were applied on a day, by name, with what the files loaded now say of each."""
    now = {row["rule"]: row for row in rows_on(rules, day)}
    return [rule_row(name, now.get(name)) for name in names]


def rule_row(name: str, row: Mapping[str, Any] | None) -> dict[str, Any]:
    identity, _, version = name.rpartition("@")
    named = {"rule": identity or name, "version": version}
    if row is None:
        return {**named, "found": False, "known": _NOT_THERE, "unverified": True}
    known = str(row["known"])
    return {**row, **named, "found": True, "unverified": known.startswith("unverified")}


def rules_in(record: Told | None) -> list[str]:
    try:
        return [str(name) for name in (record or {})["rules"]]
    except UNREADABLE:
        return []


def attempt_fault(called: "Called", log: Beginnings) -> str | None:
    """Why an attempt is not the one that its verdict allowed; None: it is, or it is from before the log."""
    if _is_older(called, log) or _is_deleted(called, log):
        return None
    if called.proven is not None and called.proven.named > 1:
        return f"{called.proven.named} verdicts name it"
    return fault_of(called.dialed, called.proven.link.record if called.proven else None)


def _is_older(called: "Called", log: Beginnings) -> bool:
    return called.proven is None and log.older(called.dialed)


def _is_deleted(called: "Called", log: Beginnings) -> bool:
    return called.proven is None and log.cut(called.dialed) is not None


def _why_unproven(called: "Called", log: Beginnings) -> str:
    if _is_deleted(called, log):
        return DELETED
    return OLDER if _is_older(called, log) else "no verdict names it"


def _call(called: "Called", record: Told | None) -> dict[str, Any]:
    dialed = called.dialed
    return {
        "attempt": dialed.attempt,
        "number": dialed.number,
        "number_erased": dialed.number.startswith(NOBODYS),
        "contact": dialed.contact,
        "lead": dialed.lead,
        "campaign": called.campaign,
        "engine": called.engine,
        "server": called.server,
        "caller_id": _fact(record, "caller_id"),
        "purpose": _fact(record, "purpose"),
        "opened_at": stamp(dialed.opened_at),
        "local_times": local_times(zones_of(record), dialed.opened_at),
    }


def _fact(record: Told | None, name: str) -> str | None:
    try:
        value = (record or {})["facts"][name]
    except UNREADABLE:
        return None
    return None if value is None else str(value)


def _facts(record: Told | None, wordings: "Sequence[Wording]") -> list[dict[str, Any]] | None:
    try:
        return None if record is None else facts_told(record, wordings)
    except UNREADABLE:
        return None


def _verdict(record: Told | None, rules: "Rules") -> dict[str, Any] | None:
    if record is None:
        return None
    try:
        at = datetime.fromisoformat(record["at"])
        return {
            "at": stamp(at),
            "allowed": record["allowed"] is True,
            "words": str(record["verdict"]),
            "failures": [dict(one) for one in record["failures"]],
            "rules": rule_rows(rules_in(record), rules, at.date()),
            "rule_files": str(record["rule_files"]),
            "rule_files_now": rules.digest,
            "same_rule_files": record["rule_files"] == rules.digest,
        }
    except UNREADABLE:
        return None


def _proof(called: "Called", around: Around) -> dict[str, Any]:
    fault = attempt_fault(called, around.log)
    agrees = {"attempt_agrees": called.proven is not None and fault is None, "attempt_fault": fault}
    if called.proven is None:
        return {"engine": None, "whole": False, "findings": [_why_unproven(called, around.log)], **agrees}
    link, before = called.proven.link, around.before
    anchor = around.log.anchors.get(called.proven.engine)
    begins = Head() if anchor is None else anchor.head
    head = begins if before is None else Head(before.place, before.hash)
    near = [link] if around.after is None else [link, around.after]
    findings = [f"place {one.place}: {one.reason}" for one in faults_in(near, head)]
    return {
        "engine": called.proven.engine,
        "place": link.place,
        "hash_before": head.hash.hex(),
        "hash": link.hash.hex(),
        "recomputed": chained(head.hash, link.record).hex(),
        "checked_places": [one.place for one in (before, *near) if one is not None],
        "whole": not findings,
        "findings": findings,
        **agrees,
        "record": link.record,
    }
