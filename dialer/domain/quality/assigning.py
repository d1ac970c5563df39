"""Who hears which call: nobody their own, loads even, a second reviewer for a share."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

from dialer.domain.ids import AgentId, AttemptId
from dialer.domain.quality.rules import Reviewer
from dialer.domain.quality.sampling import random_number


class Place(StrEnum):
    """Whose score of a call it is."""

    FIRST = "first"
    SECOND = "second"
    SETTLED = "settled"  # given by who settled a dispute: it counts instead of the first


@dataclass(frozen=True, slots=True)
class ToHear:
    """A call that wants reviewers."""

    attempt: AttemptId
    agent: AgentId
    wants: Sequence[Place]
    has: Collection[str] = ()
    """Who reviews it already."""


@dataclass(frozen=True, slots=True)
class Assigned:
    attempt: AttemptId
    place: Place
    reviewer: str
    """Empty: nobody yet."""


@dataclass(frozen=True, slots=True)
class Unassigned:
    attempt: AttemptId
    place: Place
    why: str


def chosen_for_two(seed: str, attempts: Iterable[AttemptId], share: float) -> frozenset[AttemptId]:
    """Which calls are scored twice: a simple random sample of them, `share` of all, rounded up."""
    ordered = sorted(attempts, key=lambda attempt: (random_number(seed, attempt, "second"), attempt))
    return frozenset(ordered[: ceil(round(share * len(ordered), 9))])


def assigned(
    calls: Iterable[ToHear], reviewers: Sequence[Reviewer], seed: str, loads: Mapping[str, int]
) -> tuple[list[Assigned], list[Unassigned]]:
    """A reviewer for each place that wants one; `loads`: what each has to do already.

    Calls that fewest may hear come first; each goes to who has least to do, equals in an order that the seed gives.
    """
    load = Counter({one.name: loads.get(one.name, 0) for one in reviewers})
    found: list[Assigned] = []
    left: list[Unassigned] = []
    calls = list(calls)
    fitting = {call.agent: [one.name for one in reviewers if one.may_review(call.agent)] for call in calls}
    for call in sorted(calls, key=lambda one: (len(fitting[one.agent]), random_number(seed, one.attempt, "first"))):
        taken = set(call.has)
        for place in call.wants:
            free = [name for name in fitting[call.agent] if name not in taken]
            if not free:
                left.append(Unassigned(call.attempt, place, _why(call.agent, fitting[call.agent], place)))
                continue
            name = min(free, key=lambda one: (load[one], random_number(seed, call.attempt, one)))
            taken.add(name)
            load[name] += 1
            found.append(Assigned(call.attempt, place, name))
    return found, left


def _why(agent: AgentId, fitting: Sequence[str], place: Place) -> str:
    if not fitting:
        return f"the rules name no reviewer but agent {agent}, who may not review a call of their own"
    return f"the rules name no other reviewer than {', '.join(fitting)} for a {place} score of agent {agent}'s call"
