"""Where agents sit: in which team, room and centre, since when; and what a new list of it changes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dialer.domain.errors import BadInput
from dialer.domain.ids import AgentId


@dataclass(frozen=True, slots=True)
class Seat:
    """Any of them may be empty: nobody said."""

    team: str = ""
    room: str = ""
    centre: str = ""


NOWHERE = Seat()


@dataclass(frozen=True, slots=True)
class Stay:
    """One agent in one place; an agent is in one place at a time."""

    agent: AgentId
    seat: Seat
    begins_at: datetime
    ends_at: datetime | None = None
    """Which is no longer in it; None: the agent is there still."""

    def holds(self, at: datetime) -> bool:
        return self.begins_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class Move:
    """An agent comes to a place, and leaves the one before. Nowhere: leaves, and comes to no other."""

    agent: AgentId
    seat: Seat
    at: datetime


def moves_needed(last: Mapping[AgentId, Stay], wanted: Iterable[Move]) -> tuple[list[Move], list[tuple[int, BadInput]]]:
    """Those of `wanted` that change something after each agent's last stay, in order of time; and what can't be, with
    its number in `wanted`: history is not written anew."""
    known = {agent: (stay.seat if stay.ends_at is None else NOWHERE) for agent, stay in last.items()}
    ends = {agent: stay.ends_at or stay.begins_at for agent, stay in last.items()}
    numbered = sorted(enumerate(wanted), key=lambda one: (one[1].at, one[0]))
    moves: list[Move] = []
    faults: list[tuple[int, BadInput]] = []
    for number, move in numbered:
        if known.get(move.agent, NOWHERE) == move.seat:
            continue
        end = ends.get(move.agent)
        if end is not None and move.at <= end:
            reason = f"is not after {end.isoformat()}, when agent {move.agent} came to where it is, or left"
            faults.append((number, BadInput(reason, "from")))
            continue
        known[move.agent], ends[move.agent] = move.seat, move.at
        moves.append(move)
    return moves, sorted(faults, key=lambda one: one[0])


def boundaries(stays: Sequence[Stay], since: datetime, until: datetime) -> list[datetime]:
    """When anybody moved within that time, in order."""
    ends = {at for stay in stays for at in (stay.begins_at, stay.ends_at) if at is not None}
    return sorted(at for at in ends if since < at < until)
