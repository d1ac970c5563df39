"""How many calls a server may take now: its cap on lines, and its cap on calls a second as a token bucket."""

from dataclasses import dataclass

from dialer.ports import ServerStatus


@dataclass(slots=True)
class RateRoom:
    """A token bucket of half a second's calls (at least one): the cap holds over any second, with no burst."""

    calls_per_second: float
    _tokens: float = 1.0
    _at: float | None = None

    def room(self, now: float) -> int:
        """Whole calls that may be placed now; `now` in seconds of a monotonic clock."""
        most = max(1.0, self.calls_per_second / 2)
        if self._at is not None:
            self._tokens = min(most, self._tokens + max(0.0, now - self._at) * self.calls_per_second)
        self._at = now
        return int(self._tokens)

    def take(self, calls: int) -> None:
        self._tokens -= calls

    def seconds_to_next(self) -> float:
        """Until one more call may be placed."""
        return max(0.0, (1.0 - self._tokens) / self.calls_per_second)


AGENT_LINES = 3
"""Lines that prompts leave to each agent at work: more are seldom dialed for one."""


def prompt_room(server: ServerStatus, *, held: int, prompts: int, working_agents: int, rate_room: int) -> int:
    """Lines that may play prompts besides the `prompts` that do, of `held` in all. Agents' calls come first: they keep
    what they hold, or `AGENT_LINES` an agent if that is more, and half of the calls a second."""
    for_agents = max(held - prompts, AGENT_LINES * working_agents)
    return max(0, min(server.prompt_lines - prompts, server.lines - prompts - for_agents, (rate_room + 1) // 2))


def line_room(server: ServerStatus, lines_held: int, campaign_lines: int, campaign_cap: int, rate_room: int) -> int:
    """Lines that every cap leaves: the server's, the campaign's, and the rate's."""
    return max(0, min(server.lines - lines_held, campaign_cap - campaign_lines, rate_room))
