"""Agents' stays on the floor, as the comings and goings that the simulator plays."""

from collections.abc import Sequence

Stay = tuple[float, float]
"""From when to when an agent is there, seconds."""
SHORTEST_AWAY_SECONDS = 60.0
"""A shorter absence is none: an agent who leaves is drained for most of it."""


def comings_of(stays: Sequence[Sequence[Stay]], end: float) -> tuple[tuple[float, int, int], ...]:
    """`Plan.comings` for a list of stays an agent, for a floor that is open from 0 to `end`.

    One who is there from the first to the last second needs no entry; one who never comes is due at the end.
    """
    events = []
    for agent, own in enumerate(stays):
        merged = _merged(own, end)
        for since, until in merged:
            events += [(since, agent, 1)] if since > 0.0 else []
            events += [(until, agent, 0)] if until < end else []
        events += [] if merged else [(end, agent, 1)]
    return tuple(sorted(events))


def _merged(stays: Sequence[Stay], end: float) -> list[Stay]:
    merged: list[Stay] = []
    for since, until in sorted((max(0.0, since), min(end, until)) for since, until in stays):
        if merged and since - merged[-1][1] < SHORTEST_AWAY_SECONDS:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        elif until > since:
            merged.append((since, until))
    return merged
