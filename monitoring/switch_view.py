"""Service groups in a terminal: the marketing switch, why it is closed, and how inbound callers fare. Pure."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dialer.engine.marketing_switch import SwitchStatus
from pacing.marketing.switch_words import percent

_MOST_REASONS = 3
"""What keeps a switch closed is told in so many lines at most."""
_INDENT = (0, 0, 0, 2)


def switches_block(switches: Sequence[SwitchStatus]) -> RenderableType:
    """A few lines for each group; fits into 76 columns but for long reasons, which go on in the next line."""
    return Group(*(_block(status) for status in switches))


def switch_line(status: SwitchStatus) -> str:
    """The same in a few words, for a log."""
    waiting = status.figures.waiting if status.figures else "?"
    reason = f" ({status.verdict.holding[0].words})" if status.verdict.holding else ""
    state = "on" if status.verdict.open else f"off{reason}"
    return f"{status.group.name}: marketing {state}, rate {_percent(status.verdict.rate)}, {waiting} waiting"


def _block(status: SwitchStatus) -> RenderableType:
    verdict = status.verdict
    colour = "green" if verdict.open else "red"
    head = Text(no_wrap=True, overflow="ellipsis")
    head.append(f"● marketing {'on ' if verdict.open else 'off'}", style=f"bold {colour}")
    head.append(f"  {status.group.name}", style="bold")
    head.append(f"  since {_clock(status, verdict.memory.since)}", style="dim")
    lines: list[RenderableType] = [head, _service(status)]
    if not verdict.open:
        lines += [Padding(Text(words, style="red"), _INDENT) for words in _reasons(status)]
        lines.append(Padding(Text(_back(status), style="bold"), _INDENT))
    return Group(*lines)


def _service(status: SwitchStatus) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    rule, figures = status.group.rule, status.figures
    grid.add_row("", "rate today", "target", "offered", "waiting", "queue agents", "kept", style="dim")
    rate = status.verdict.rate
    below = rate is not None and rate < rule.target
    waiting, agents, offered = "-", "not seen", "-"
    if figures is not None:
        offered, waiting = f"{figures.day.offered:,}", f"{figures.waiting}"
        agents = f"{figures.agents.free} free, {figures.agents.busy} busy"
        if figures.waiting:
            waiting += f" ({figures.longest_wait_seconds:.0f} s)"
    grid.add_row(
        "",
        Text(_percent(rate), style="red" if below else "green"),
        _percent(rule.target),
        offered,
        Text(waiting, style="bold yellow" if figures is not None and figures.waiting else ""),
        agents,
        f"{status.kept.agents}",
    )
    return grid


def _reasons(status: SwitchStatus) -> list[str]:
    holding = [one.words for one in status.verdict.holding]
    told = holding[:_MOST_REASONS]
    return told if len(holding) <= _MOST_REASONS else [*told, f"and {len(holding) - _MOST_REASONS} more"]


def _back(status: SwitchStatus) -> str:
    verdict = status.verdict
    if not verdict.holding:
        return "it opens shortly"
    if verdict.earliest_open is None:
        return "back: that can't be told yet"
    return f"back at {_clock(status, verdict.earliest_open)} at the earliest"


def _clock(status: SwitchStatus, moment: float) -> str:
    """By the group's own clock; with its date unless that is today's."""
    zone = ZoneInfo(status.group.rule.time_zone)
    local = datetime.fromtimestamp(moment, zone)
    if status.figures is not None and datetime.fromtimestamp(status.figures.now, zone).date() == local.date():
        return f"{local:%H:%M:%S %Z}"
    return f"{local:%d %b %H:%M:%S %Z}"


def _percent(rate: float | None) -> str:
    return "-" if rate is None else percent(rate)
