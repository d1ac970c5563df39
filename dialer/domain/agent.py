"""An agent's states, and which may follow which."""

from enum import StrEnum


class AgentState(StrEnum):
    LOGGED_OUT = "logged_out"
    LOGGING_IN = "logging_in"  # the phone is being called, or Asterisk does not count the agent as free yet
    READY = "ready"
    PREVIEWING = "previewing"  # looking at a lead before it is dialed
    RESERVED = "reserved"  # an answered call, or a line dialed for this agent alone, is on its way
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    INBOUND = "inbound"  # taken by a call that is not ours


LEGAL_NEXT: dict[AgentState, frozenset[AgentState]] = {
    AgentState.LOGGED_OUT: frozenset({AgentState.LOGGING_IN}),
    AgentState.LOGGING_IN: frozenset({AgentState.READY, AgentState.PAUSED, AgentState.LOGGED_OUT}),
    AgentState.READY: frozenset(AgentState) - {AgentState.READY, AgentState.WRAP_UP},
    AgentState.PREVIEWING: frozenset(
        {AgentState.READY, AgentState.RESERVED, AgentState.PAUSED, AgentState.INBOUND, AgentState.LOGGED_OUT}
    ),
    AgentState.RESERVED: frozenset(
        {AgentState.READY, AgentState.TALKING, AgentState.PAUSED, AgentState.INBOUND, AgentState.LOGGED_OUT}
    ),
    AgentState.TALKING: frozenset({AgentState.WRAP_UP, AgentState.READY, AgentState.PAUSED, AgentState.LOGGED_OUT}),
    AgentState.WRAP_UP: frozenset(
        {AgentState.READY, AgentState.PAUSED, AgentState.TALKING, AgentState.INBOUND, AgentState.LOGGED_OUT}
    ),
    AgentState.PAUSED: frozenset({AgentState.READY, AgentState.TALKING, AgentState.INBOUND, AgentState.LOGGED_OUT}),
    AgentState.INBOUND: frozenset(
        {AgentState.READY, AgentState.WRAP_UP, AgentState.TALKING, AgentState.PAUSED, AgentState.LOGGED_OUT}
    ),
}

WORKING = frozenset(AgentState) - {AgentState.LOGGED_OUT, AgentState.LOGGING_IN, AgentState.PAUSED}
"""States that count to occupancy's denominator."""

OCCUPIED = frozenset({AgentState.TALKING, AgentState.WRAP_UP, AgentState.INBOUND})
"""States that count to occupancy's numerator."""
