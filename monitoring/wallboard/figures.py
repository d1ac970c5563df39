"""What the wallboard shows, as plain data for its page. Pure: the desk's views in, JSON's kinds out.

Figures of groups of agents and of calls; nobody's number and nobody's name.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dialer.domain.agent import AgentState
from dialer.domain.call import AttemptState
from dialer.engine.campaign_view import CampaignView
from dialer.engine.desk import ServerView
from dialer.engine.marketing_switch import SwitchStatus
from monitoring.terminal_view import abandoned_ratio, answered

_MOST_REASONS = 3
AGENTS: Mapping[str, frozenset[AgentState]] = {
    "on calls": frozenset({AgentState.TALKING}),
    "on inbound calls": frozenset({AgentState.INBOUND}),
    "wrapping up": frozenset({AgentState.WRAP_UP}),
    "ready": frozenset({AgentState.READY, AgentState.RESERVED, AgentState.PREVIEWING}),
    "paused": frozenset({AgentState.PAUSED, AgentState.LOGGING_IN}),
}
"""What supervisors call the states."""
LINES: Mapping[str, frozenset[AttemptState]] = {
    "with an agent": frozenset({AttemptState.CONNECTED}),
    "waiting for one": frozenset({AttemptState.WAITING, AttemptState.ANSWERED}),
    "ringing": frozenset({AttemptState.OPEN, AttemptState.RINGING}),
}


def board(
    now: datetime,
    campaigns: Sequence[CampaignView],
    servers: Sequence[ServerView],
    switches: Sequence[SwitchStatus],
    *,
    draining: bool,
) -> dict[str, Any]:
    """Everything that is true at one moment."""
    return {
        "at": _ms(now),
        "zone": switches[0].group.rule.time_zone if switches else None,
        "draining": draining,
        "totals": _totals(campaigns, servers),
        "campaigns": [_campaign(view) for view in campaigns],
        "servers": [_server(view) for view in servers],
        "groups": [_group(status) for status in switches],
    }


def point(told: Mapping[str, Any]) -> dict[str, Any]:
    """What the charts need of a moment."""
    totals = told["totals"]
    return {
        "at": told["at"],
        "agents": totals["agents"],
        "lines": totals["lines"],
        "abandoned_ratio": totals["abandoned_ratio"],
        "cap_ratio": totals["cap_ratio"],
        "groups": {
            one["name"]: {"rate": one["rate"], "target": one["target"], "open": one["open"]} for one in told["groups"]
        },
    }


def _totals(campaigns: Sequence[CampaignView], servers: Sequence[ServerView]) -> dict[str, Any]:
    working = sum(_working(view) for view in campaigns)
    known = [(view.occupancy, _working(view)) for view in campaigns if view.occupancy is not None]
    weight = sum(agents for _, agents in known)
    ratio, cap = max((_abandoned(view) for view in campaigns), key=_budget_used, default=(None, None))
    return {
        "agents": _summed(AGENTS, [view.agents for view in campaigns]),
        "lines": _summed(LINES, [view.lines for view in campaigns]),
        "working_agents": working,
        "occupancy": sum(share * agents for share, agents in known) / weight if weight else None,
        "line_limit": sum(server.lines for server in servers if server.connected),
        "opened": sum(view.opened for view in campaigns),
        "answered": sum(answered(view) for view in campaigns),
        "abandoned_ratio": ratio,
        "cap_ratio": cap,
        "hopper": sum(view.hopper for view in campaigns),
    }


def _campaign(view: CampaignView) -> dict[str, Any]:
    reasons = sorted(view.blocked.items(), key=lambda one: (-one[1], one[0]))[:_MOST_REASONS]
    ratio, cap = _abandoned(view)
    return {
        "name": view.name,
        "status": view.status,
        "mode": view.dial_mode,
        "agents": _summed(AGENTS, [view.agents]),
        "lines": _summed(LINES, [view.lines]),
        "hopper": view.hopper,
        "opened": view.opened,
        "answered": answered(view),
        "abandoned_ratio": ratio,
        "cap_ratio": cap,
        "occupancy": view.occupancy,
        "decision": "the list is exhausted" if view.exhausted else view.decision,
        "blocked": [{"reason": reason, "leads": count} for reason, count in reasons],
    }


def _server(view: ServerView) -> dict[str, Any]:
    state = "dialed on" if view.connected and view.trusted else "being asked" if view.connected else "not connected"
    return {"name": view.name, "state": state, "held": view.lines_held, "lines": view.lines}


def _group(status: SwitchStatus) -> dict[str, Any]:
    verdict, figures = status.verdict, status.figures
    return {
        "name": status.group.name,
        "open": verdict.open,
        "since": 1000.0 * verdict.memory.since,
        "causes": [one.words for one in verdict.holding[:_MOST_REASONS]],
        "back_at": None if verdict.open or verdict.earliest_open is None else 1000.0 * verdict.earliest_open,
        "rate": verdict.rate,
        "target": status.group.rule.target,
        "kept": status.kept.agents,
        "waiting": None if figures is None else figures.waiting,
        "longest_wait": None if figures is None else figures.longest_wait_seconds,
    }


def _working(view: CampaignView) -> int:
    off = {AgentState.PAUSED, AgentState.LOGGING_IN, AgentState.LOGGED_OUT}
    return sum(count for state, count in view.agents.items() if state not in off)


def _abandoned(view: CampaignView) -> tuple[float | None, float | None]:
    """Share abandoned, and its cap, in the legal window that has least left; without one the share since the start."""
    windows = view.pacing.windows if view.pacing else ()
    found: list[tuple[float | None, float | None]] = [(one.ratio, one.cap_ratio) for one in windows]
    return max(found, key=_budget_used, default=(abandoned_ratio(view), None))


def _budget_used(told: tuple[float | None, float | None]) -> float:
    """How much of what may be abandoned is; below 0 where there is no cap."""
    ratio, cap = told
    return ratio / cap if ratio is not None and cap else -1.0


def _summed(kinds: Mapping[str, frozenset[Any]], counts: Iterable[Mapping[Any, int]]) -> dict[str, int]:
    every = list(counts)
    return {name: sum(one.get(state, 0) for one in every for state in states) for name, states in kinds.items()}


def _ms(moment: datetime) -> float:
    """As JavaScript counts time."""
    return 1000.0 * moment.timestamp()
