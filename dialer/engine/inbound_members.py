"""Who serves the inbound queues, and what they do: each member once, in however many queues."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from dialer.domain.events import InboundMember, MemberState
from dialer.domain.ids import ServerName
from pacing.marketing.figures import AgentCounts

_Member = tuple[ServerName, str]
_ORDER = (MemberState.BUSY, MemberState.FREE, MemberState.PAUSED, MemberState.AWAY)
"""A member in several queues counts as the first of these that holds in any."""


@dataclass(slots=True)
class InboundMembers:
    _queues: dict[str, dict[_Member, MemberState]] = field(default_factory=dict)

    def note(self, event: InboundMember) -> None:
        members = self._queues.setdefault(event.queue, {})
        if event.state is None:
            members.pop((event.server, event.member), None)
        else:
            members[event.server, event.member] = event.state

    def replace(self, server: ServerName, told: Mapping[str, Mapping[str, MemberState]]) -> None:
        """All that a server's queues have; what was known of it before is void."""
        for queue, members in self._queues.items():
            self._queues[queue] = {key: state for key, state in members.items() if key[0] != server}
        for queue, states in told.items():
            self._queues.setdefault(queue, {}).update({(server, member): state for member, state in states.items()})

    def counts(self, queues: Iterable[str], without: Collection[str] = ()) -> AgentCounts:
        """Members of these queues by state, but for those named."""
        states: dict[_Member, MemberState] = {}
        for queue in queues:
            for key, state in self._queues.get(queue, {}).items():
                if key[1] not in without:
                    known = states.get(key)
                    states[key] = state if known is None or _ORDER.index(state) < _ORDER.index(known) else known
        found = list(states.values())
        return AgentCounts(
            free=found.count(MemberState.FREE),
            busy=found.count(MemberState.BUSY),
            paused=found.count(MemberState.PAUSED),
            away=found.count(MemberState.AWAY),
        )
