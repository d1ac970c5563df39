"""How an attempt ended, from the facts that telephony leaves; and what that means for the lead."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dialer.domain.ids import AgentId


class Outcome(StrEnum):
    """How an attempt ended, as telephony saw it."""

    ANSWERED = "answered"  # a person answered and was connected to an agent
    ABANDONED = "abandoned"  # a person answered and no agent came within the legal limit
    HUNG_UP = "hung_up"  # answered, and the callee left within the limit, before an agent came
    MACHINE = "machine"  # answering machine detection said so
    PROMPT_HEARD = "prompt_heard"  # a recorded prompt was played to its end, or the opt-out key pressed in it
    PROMPT_CUT = "prompt_cut"  # answered, and the recorded prompt was not played to its end
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    INVALID_NUMBER = "invalid_number"
    CONGESTION = "congestion"  # the trunk or the network had no room: says nothing of the callee
    FAILED = "failed"
    NOT_PLACED = "not_placed"  # certainly never reached the network
    LOST = "lost"  # it may have rung; Asterisk can't tell any more


LIVE_ANSWERS = frozenset({Outcome.ANSWERED, Outcome.ABANDONED, Outcome.HUNG_UP})
"""Outcomes in which a person answered a call that is an agent's: the live answers that the law counts."""

NOT_AN_ATTEMPT = frozenset({Outcome.NOT_PLACED, Outcome.CONGESTION})
"""Outcomes in which the callee's telephone certainly did not ring; they don't count to attempt caps."""


class AmdResult(StrEnum):
    """What answering machine detection said (the AMDSTATUS of Asterisk's AMD application)."""

    HUMAN = "HUMAN"
    MACHINE = "MACHINE"
    NOT_SURE = "NOTSURE"
    HANG_UP = "HANGUP"


@dataclass(frozen=True, slots=True)
class CallEnd:
    """The facts of a call's end, from the hangup handler's record or, without it, from the events seen."""

    cause: int
    """Q.850 hangup cause; 0 when none was given."""
    ended_at: datetime
    answered_at: datetime | None = None
    amd: AmdResult | None = None
    waiting_since: datetime | None = None
    """Since when the answered callee waited for an agent."""
    connected_at: datetime | None = None
    agent: AgentId | None = None
    abandoned: bool = False
    """The limit passed without an agent, so the information message began."""
    opted_out_at: datetime | None = None
    """When the opt-out key was pressed in the information message, or in a recorded prompt."""
    heard_at: datetime | None = None
    """When a recorded prompt had been played to its end."""


# Q.850 causes (ITU-T Q.850, 2.2), for calls that nobody answered
_UNANSWERED = {
    1: Outcome.INVALID_NUMBER,
    3: Outcome.FAILED,
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,
    19: Outcome.NO_ANSWER,
    20: Outcome.NO_ANSWER,
    21: Outcome.REJECTED,
    22: Outcome.INVALID_NUMBER,
    28: Outcome.INVALID_NUMBER,
    34: Outcome.CONGESTION,
    38: Outcome.CONGESTION,
    41: Outcome.CONGESTION,
    42: Outcome.CONGESTION,
    44: Outcome.CONGESTION,
    47: Outcome.CONGESTION,
}


def outcome_of(end: CallEnd, *, prompt: bool = False) -> Outcome:
    """The outcome that the facts of a call's end amount to; `prompt`: it was placed to play a recorded prompt.

    An answered call is told by what was reached (agent, machine, limit, prompt), never by its hangup cause.
    """
    if end.answered_at is None:
        return _UNANSWERED.get(end.cause, Outcome.FAILED)
    if end.agent is not None and end.connected_at is not None:
        return Outcome.ANSWERED
    if end.amd is AmdResult.MACHINE:
        return Outcome.MACHINE
    if end.abandoned:
        return Outcome.ABANDONED
    if not prompt:
        return Outcome.HUNG_UP
    return Outcome.PROMPT_HEARD if end.heard_at or end.opted_out_at else Outcome.PROMPT_CUT


class Disposition(StrEnum):
    """How the agent closed it."""

    SALE = "sale"
    CALL_BACK = "call_back"
    REFUSED = "refused"
    DO_NOT_CALL = "do_not_call"
    NOT_INTERESTED = "not_interested"
    WRONG_NUMBER = "wrong_number"
    MACHINE = "machine"
    OTHER = "other"


FINAL_DISPOSITIONS = frozenset(
    {
        Disposition.SALE,
        Disposition.REFUSED,
        Disposition.DO_NOT_CALL,
        Disposition.NOT_INTERESTED,
        Disposition.WRONG_NUMBER,
    }
)
"""Dispositions after which the lead is done."""

REFUSALS = frozenset({Disposition.REFUSED, Disposition.NOT_INTERESTED, Disposition.DO_NOT_CALL})
"""Dispositions in which the contact said no: a cool-off after a refusal counts from the last one."""
