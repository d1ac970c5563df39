"""The evidence of one call as a page for readers and for paper. Pure: what is told in, HTML out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dialer.commands.evidence.markup import (
    BOTTOM,
    Html,
    code,
    good_or_bad,
    locals_,
    pairs,
    paragraphs,
    rules_table,
    short,
    top,
    utc,
)

Told = Mapping[str, Any]


def call_page(told: Told) -> str:
    """The evidence of one call."""
    call, proof, verdict = told["call"], told["proof"], told["verdict"]
    sound = proof["whole"] and proof["attempt_agrees"]
    parts = [
        top("Evidence of one call", told["about"]),
        short(_call_in_short(told), bad=not sound),
        "<h2>1. The call</h2>\n",
        pairs(_call(call)),
        "<h2>2. How it ended</h2>\n",
        pairs(_ending(told["ending"])) if told["ending"] else "<p>The call is still open.</p>\n",
        "<h2>3. The verdict, and the rules that were applied</h2>\n",
        *(_verdict(verdict) if verdict else ["<p>No verdict on this call can be read.</p>\n"]),
        "<h2>4. What the verdict rested on</h2>\n",
        pairs({one["fact"]: one["words"] for one in told["facts"]})
        if told["facts"] is not None
        else "<p>It can’t be read.</p>\n",
        "<h2>5. Proof that nothing was changed</h2>\n",
        *_proof(proof),
        "<h2>How to read this</h2>\n",
        paragraphs(told["notes"]),
        BOTTOM,
    ]
    return "".join(parts)


def _call_in_short(told: Told) -> Iterator[str | Html]:
    call, ending, verdict, proof = told["call"], told["ending"], told["verdict"], told["proof"]
    yield (
        f"Campaign {call['campaign']} called {_number(call)} (contact {call['contact']}) on "
        f"{call['opened_at'][:10]} at {call['opened_at'][11:19]} UTC{_there(call['local_times'])}."
    )
    yield f"It ended: {ending['in_words']}. It counts as: {ending['counted_as']}." if ending else "It is still open."
    if verdict:
        unsure = sum(row["unverified"] for row in verdict["rules"])
        yield (
            f"Before it was dialed, {len(verdict['rules'])} rules were applied, and "
            + ("none stood against the call. " if verdict["allowed"] else "the call was blocked. ")
            + f"Of these rules {unsure} are unverified (see the notes at the end)."
        )
    yield good_or_bad(
        proof["whole"] and proof["attempt_agrees"],
        "The log of verdicts is whole around it, and the attempt is the one that its verdict allowed.",
        "; ".join([*proof["findings"], *([proof["attempt_fault"]] if proof["attempt_fault"] else [])]),
    )


def _there(times: Sequence[Mapping[str, str]]) -> str:
    if len(times) != 1:
        return f", in one of {len(times)} time zones" if times else ""
    return f", {times[0]['at'][11:19]} in {times[0]['zone']}"


def _number(call: Told) -> str:
    return "a number erased since" if call["number_erased"] else str(call["number"])


def _call(call: Told) -> dict[str, Any]:
    return {
        "attempt": code(call["attempt"]),
        "number called": "erased at the person’s wish" if call["number_erased"] else call["number"],
        "contact, lead": f"{call['contact']}, {call['lead']}",
        "campaign": call["campaign"],
        "purpose": call["purpose"],
        "caller id shown": call["caller_id"],
        "dialed at": utc(call["opened_at"]),
        "local time of the callee": locals_(call["local_times"]),
        "engine, telephone server": f"{call['engine']}, {call['server']}",
    }


def _ending(ending: Told) -> dict[str, Any]:
    closed = ending["disposition"]
    return {
        "outcome": f"{ending['outcome']}: {ending['in_words']}",
        "counted as": ending["counted_as"],
        "rang for": _s(ending["ring_seconds"]),
        "answered at": utc(ending["answered_at"]),
        "machine detection said": ending["machine_detection"],
        "waited for an agent since": utc(ending["waiting_since"]),
        "agent connected at": utc(ending["connected_at"]),
        "wait for the agent": _s(ending["wait_seconds"]),
        "agent": ending["agent"],
        "information message after the limit": "played" if ending["abandoned"] else "not played",
        "ended at": utc(ending["ended_at"]),
        "talk": _s(ending["talk_seconds"]) or "none",
        "whole call": _s(ending["duration_seconds"]),
        "hangup cause (ITU-T Q.850)": str(ending["cause_q850"]),
        "agent’s disposition": f"{closed}, by agent {ending['disposition_by']}" if closed else None,
        "disposition given at": utc(ending["disposition_at"]),
    }


def _s(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds:g} s"


def _verdict(verdict: Told) -> Iterator[str]:
    yield pairs(
        {
            "given at": utc(verdict["at"]),
            "verdict": good_or_bad(verdict["allowed"], "allowed", "blocked"),
            "what stood against it": [f"{one.get('reason')} ({one.get('rule')})" for one in verdict["failures"]],
            "rule files then": code(verdict["rule_files"]),
            "rule files now": "the same" if verdict["same_rule_files"] else code(verdict["rule_files_now"]),
        }
    )
    yield rules_table(verdict["rules"])


def _proof(proof: Told) -> Iterator[str]:
    if proof["engine"] is None:
        yield short(proof["findings"], bad=True)
        return
    yield pairs(
        {
            "place in the log": f"engine {proof['engine']}, place {proof['place']:,}",
            "hash before it": code(proof["hash_before"]),
            "its hash": code(proof["hash"]),
            "its hash, computed anew": code(proof["recomputed"]),
            "the log around it": good_or_bad(proof["whole"], "whole", "not whole"),
            "places looked at": [f"{place:,}" for place in proof["checked_places"]],
            "what was found": proof["findings"],
            "the attempt and its verdict": good_or_bad(
                proof["attempt_agrees"],
                "agree in number (unless erased), contact, lead, campaign, time and rules",
                "differ",
            ),
            "what differs": proof["attempt_fault"],
        }
    )
    yield "<h3>The record, byte for byte</h3>\n"
    yield "<p>The hash is SHA-256 of the 32 bytes of the hash before it, followed by this text in UTF-8.</p>\n"
    yield f"<pre>{code(proof['record']).text}</pre>\n"
