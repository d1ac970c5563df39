"""One call's evidence in plain words and values. Pure: what is stored in, texts out; times are ISO 8601, UTC."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import floor
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dialer.domain.outcome import Outcome
from dialer.engine.abandonment import tally_of

if TYPE_CHECKING:
    from integrations.contact_db.evidence_reading import Called, Wording

Told = Mapping[str, Any]
"""A record, or part of one, as it was kept."""
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What reading a record raises that somebody put into another form."""
NOT_KNOWN = "not known"
_BLOCKS = f"{NOT_KNOWN}, which blocks wherever a rule asks for it"
_OUTCOMES = {
    Outcome.ANSWERED: "a person answered and was connected to an agent",
    Outcome.ABANDONED: "a person answered and no agent came within the legal limit",
    Outcome.HUNG_UP: "answered, and the callee left before an agent came",
    Outcome.MACHINE: "machine detection took who answered for a machine",
    Outcome.PROMPT_HEARD: "a recorded prompt was played to its end, or the opt-out key pressed in it",
    Outcome.PROMPT_CUT: "answered, and the recorded prompt was not played to its end",
    Outcome.BUSY: "busy",
    Outcome.NO_ANSWER: "it rang, and nobody answered",
    Outcome.REJECTED: "the callee rejected the call",
    Outcome.INVALID_NUMBER: "the network does not know the number",
    Outcome.CONGESTION: "trunk or network had no room; the telephone did not ring",
    Outcome.FAILED: "the call failed",
    Outcome.NOT_PLACED: "it certainly never reached the network",
    Outcome.LOST: "the switch was lost; it may have rung",
}


def stamp(moment: datetime | None) -> str | None:
    """In UTC, to the millisecond."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")


def record_of(text: str | None) -> dict[str, Any] | None:
    """A verdict's record; None: there is none, or it can't be read."""
    try:
        told = json.loads(text or "null")
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def zones_of(record: Told | None) -> list[str]:
    """Every zone that the callee may have been in, as it was judged; none: not known."""
    try:
        facts = (record or {})["facts"]
        address, own = facts["address"], facts["contact_zone"]
        zones = [*facts["place"]["zones"]]
        zones += address["zones"] if address and zones else []
        zones += [own] if own and zones else []
        return [zone for zone in dict.fromkeys(zones) if ZoneInfo(zone)]
    except (*UNREADABLE, OSError):
        return []


def local_times(zones: Iterable[str], at: datetime) -> list[dict[str, str]]:
    """A moment in each zone."""
    return [{"zone": zone, "at": at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")} for zone in zones]


def ending_told(called: "Called") -> dict[str, Any] | None:
    """How a call ended; None: it is still open."""
    ended = called.ended
    if ended is None:
        return None
    end = ended.end
    return {
        "outcome": ended.outcome.value,
        "in_words": _OUTCOMES[ended.outcome],
        "counted_as": counted_as(called),
        "cause_q850": end.cause,
        "ring_seconds": _rounded(ended.ring_seconds),
        "answered_at": stamp(end.answered_at),
        "machine_detection": end.amd and end.amd.value,
        "waiting_since": stamp(end.waiting_since),
        "connected_at": stamp(end.connected_at),
        "wait_seconds": _seconds(end.waiting_since or end.answered_at, end.connected_at),
        "agent": end.agent,
        "abandoned": end.abandoned,
        "ended_at": stamp(end.ended_at),
        "duration_seconds": _seconds(ended.opened_at, end.ended_at),
        "talk_seconds": _seconds(end.connected_at, end.ended_at),
        "disposition": called.disposition and called.disposition.value,
        "disposition_by": called.closed_by,
        "disposition_at": stamp(called.closed_at),
    }


def counted_as(called: "Called") -> str:
    """What the ledger of abandoned calls makes of it."""
    ended = called.ended
    if ended is None:
        return "not counted yet: the call is open"
    tally = tally_of(ended, called.disposition)
    late = "the agent came too late" if ended.outcome is Outcome.ANSWERED else "no agent within the limit"
    counts = (
        (tally.connected_machines, "an answer by a machine: no live answer"),
        (tally.connected, "a live answer, with an agent within the limit"),
        (tally.dropped, f"abandoned: {late}"),
        (tally.amd_machines, "ended as a machine's: of such calls a share counts as abandoned"),
        (ended.end.answered_at is None, "not answered: in no count"),
        (ended.prompt, "a recorded prompt, for which no agent was due: in no count"),
        (True, "answered, but in no count: the callee left within the limit, or it was a machine"),
    )
    return next(words for count, words in counts if count)


def facts_told(record: Told, wordings: "Sequence[Wording]" = ()) -> list[dict[str, Any]]:
    """What a verdict rested on, fact by fact, each in one line or some."""
    facts, at = record["facts"], datetime.fromisoformat(record["at"])
    lines: dict[str, Iterable[str]] = {
        "purpose of the call": [facts["purpose"]],
        "where the number is": [_place(facts["place"])],
        "where the contact lives": [_place(facts["address"]) if facts["address"] else "not on record"],
        "the contact's own time zone": [facts["contact_zone"] or "not on record"],
        "local time of the callee": _clocks(zones_of(record), at) or [_BLOCKS],
        "how long the call could last until an agent": [
            f"ringing {facts['ring_seconds']:g} s, then {facts['wait_seconds']:g} s for an agent"
        ],
        "consent": _consents(facts["consents"], wordings),
        "reassigned numbers database": [_reassignment(facts.get("reassignment"))],
        "national do-not-call lists": _listings(facts["listings"], at),
        "our own do-not-call list": [_yes_no(facts["on_dnc"], "on it", "not on it")],
        "attempts before on this number": _attempts(facts["number_attempts"], at),
        "attempts before on any number of the contact": _attempts(facts["contact_attempts"], at),
        "last calls to the contact": _last_calls(facts["last_calls"]),
        "caller id to be shown": [_caller_id(facts["caller_id"])],
        "how it was dialed": [
            "the dialer picked and dialed" if facts["automated"] else "an agent saw the lead and had it dialed",
            "a recorded message could be played" if facts["prerecorded"] else "no recorded message to a machine",
            "an agent was reserved for it" if facts["agent_guaranteed"] else "no agent was reserved for it",
        ],
        "who would take it": _taker(facts),
        "birth date": [_born(facts.get("born_in", []))],
        "last purchase": [_when(facts["purchased_at"]) or "none, or not known"],
        "last inquiry": [_when(facts["inquired_at"]) or "none, or not known"],
    }
    return [{"fact": fact, "words": list(words)} for fact, words in lines.items()]


def _taker(facts: Told) -> Iterator[str]:
    """Records of before these were asked say nothing of them."""
    if facts.get("agent_idle"):
        yield "an agent was idle, for whom no other line was open"
    for one in facts.get("budget") or ():
        told = f"{one['abandoned']:g} of {one['live_answers']:g} live answers abandoned since {one['opens_at']}"
        yield f"{one['rule']}: {told}, {one['cap_ratio'] * 100:g}% allowed, {one['to_come']:g} answers to come"
    if not facts.get("agent_idle") and not facts.get("budget"):
        yield "the agent reserved for it" if facts["agent_guaranteed"] else NOT_KNOWN


def _born(years: Sequence[int] | None) -> str:
    if years is None:
        return _BLOCKS
    return f"on record, of {' and '.join(map(str, years))}" if years else "not on record"


def _place(place: Told) -> str:
    where = ", ".join((place["region"] or "a region that is not known", *place["areas"]))
    zones = place["zones"]
    return f"{where}; {'time zone' if len(zones) == 1 else 'time zones'} {', '.join(zones) or NOT_KNOWN}"


def _clocks(zones: Iterable[str], at: datetime) -> list[str]:
    return [f"{at.astimezone(ZoneInfo(zone)):%A %d %B %Y, %H:%M:%S} in {zone}" for zone in zones]


def _consents(consents: Sequence[Told] | None, wordings: "Sequence[Wording]") -> Iterator[str]:
    if consents is None:
        yield _BLOCKS
        return
    if not consents:
        yield "none given or withdrawn on record"
    for one in consents:
        more = [(said.wording, said.source) for said in wordings if _is_of(said, one)]
        if one["given"]:
            until = f", until {_when(one['expires_at'])}" if one["expires_at"] else ""
            yield f"given on {_when(one['at'])} for {one['purpose']}{until}; proof: {one['proof'] or 'none'}"
        else:
            yield f"withdrawn on {_when(one['at'])}, for every purpose"
        for wording, source in more:
            said = f"in the words “{wording}”" if wording else "its wording is not on record"
            yield f"as the consent book has it now: {said}; source: {source}"


def _is_of(said: "Wording", consent: Told) -> bool:
    return said.given == consent["given"] and said.at == datetime.fromisoformat(consent["at"])


def _reassignment(answer: Told | None) -> str:
    """Records of before the database was asked have none."""
    if answer is None:
        return "not asked, or it knew nothing"
    said = "given up" if answer["changed"] else "not given up"
    return f"asked on {_when(answer['checked_at'])}: {said} since {answer['since']}"


def _listings(listings: Mapping[str, Told] | None, at: datetime) -> Iterator[str]:
    if listings is None:
        yield _BLOCKS
        return
    if not listings:
        yield "no copy of any list"
    for name, one in sorted(listings.items()):
        age = max(0, floor((at - datetime.fromisoformat(one["copied_at"])) / timedelta(days=1)))
        since = f" since {_when(one['since'])}" if one["since"] else ", since when is not known"
        on_it = f"on it{since}" if one["listed"] else "not on it"
        yield f"{name}: {on_it}, by the copy of {_when(one['copied_at'])}, {age} days old"


def _attempts(attempts: Sequence[str] | None, at: datetime) -> list[str]:
    if attempts is None:
        return [_BLOCKS]
    if not attempts:
        return ["none in the time that caps count"]
    day = sum(at - datetime.fromisoformat(one) < timedelta(hours=24) for one in attempts)
    return [f"{len(attempts)}, of them {day} in the 24 h before", *(str(_when(one)) for one in attempts)]


def _last_calls(last: Told | None) -> list[str]:
    if last is None:
        return [_BLOCKS]
    ends = (("refused_at", "refused"), ("abandoned_at", "abandoned"), ("machine_at", "answered by a machine"))
    found = [f"{words}: the last on {_when(last[name])}" for name, words in ends if last[name]]
    return found or ["none was refused, abandoned or answered by a machine"]


def _caller_id(shown: str | None) -> str:
    return NOT_KNOWN if shown is None else shown or "none was set"


def _yes_no(value: bool | None, yes: str, no: str) -> str:
    if value is None:
        return _BLOCKS
    return yes if value else no


def _when(moment: str | None) -> str | None:
    return None if moment is None else f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    return None if since is None or until is None else _rounded((until - since).total_seconds())


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
