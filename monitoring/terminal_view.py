"""The floor in a terminal: one campaign, drawn from its view. Pure: a view in, something to print out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from dialer.domain.agent import AgentState
from dialer.domain.call import AttemptState
from dialer.domain.outcome import LIVE_ANSWERS, Outcome
from dialer.engine.campaign_view import CampaignView
from dialer.engine.marketing_switch import SwitchStatus
from monitoring.switch_view import switch_line, switches_block
from pacing.policy import PacingFigures

_AGENT_COLOURS = {
    AgentState.TALKING: "green",
    AgentState.WRAP_UP: "yellow",
    AgentState.RESERVED: "cyan",
    AgentState.READY: "blue",
    AgentState.PAUSED: "magenta",
    AgentState.INBOUND: "bright_green",
    AgentState.PREVIEWING: "cyan",
    AgentState.LOGGING_IN: "white",
}
_WIDTH = 92
_LINES = (
    ("dialing", AttemptState.OPEN),
    ("ringing", AttemptState.RINGING),
    ("answered", AttemptState.ANSWERED),
    ("waiting", AttemptState.WAITING),
    ("connected", AttemptState.CONNECTED),
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far through the list, and where in time."""

    leads: int
    reached: int
    """Leads dialed at least once."""
    now: datetime
    speed: float


def answered(view: CampaignView) -> int:
    """Live answers so far."""
    return sum(view.outcomes.get(outcome, 0) for outcome in LIVE_ANSWERS)


def abandoned_ratio(view: CampaignView) -> float | None:
    """Abandoned of live answers (0 to 1)."""
    live = answered(view)
    return view.outcomes.get(Outcome.ABANDONED, 0) / live if live else None


def percent(ratio: float | None) -> str:
    return "  -  " if ratio is None else f"{ratio:.1%}"


def paced_by(figures: PacingFigures) -> str:
    """The figures of a predictive decision in one line."""
    answers = f"answered {figures.answer_probability:.0%} (at most {figures.answer_probability_upper:.0%})"
    windows = ", ".join(
        f"{one.ratio:.1%} of {one.live_answers:,.0f} in {one.name} (cap {one.cap_ratio:.1%})" for one in figures.windows
    )
    return f"{answers}   knob {figures.knob:.2f}   aim {figures.aim_ratio:.1%}   abandoned {windows}"


def drawn(view: CampaignView, progress: Progress, switches: Sequence[SwitchStatus] = ()) -> RenderableType:
    """The live picture; with `switches`, inbound service and the marketing switch of these service groups."""
    clock = f"{progress.now.astimezone():%H:%M:%S}" if progress.speed == 1 else f"{progress.now:%H:%M:%S} UTC"
    head = Text(f"{view.name}  {view.dial_mode} dialing, {view.status}   {clock}", style="bold")
    if progress.speed != 1:
        head.append(f"   clock x{progress.speed:g}", style="dim")
    figures = Table.grid(padding=(0, 3))
    figures.add_row("attempts", "answered", "abandoned", "occupancy", "hopper", style="dim")
    figures.add_row(
        f"{view.opened:,}",
        f"{answered(view):,}",
        percent(abandoned_ratio(view)),
        percent(view.occupancy),
        f"{view.hopper}",
    )
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_row("agents", _agents(view))
    rows.add_row("lines", _lines(view))
    if switches:
        rows.add_row("", "")
        rows.add_row("inbound", switches_block(switches))
    rows.add_row("", "")
    rows.add_row("so far", figures)
    rows.add_row("outcomes", _outcomes(view))
    rows.add_row("pacing", Text(view.decision, style="dim"))
    if view.pacing is not None:
        rows.add_row("", Text(paced_by(view.pacing), style="dim"))
    rows.add_row("list", _list(progress))
    return Panel(Group(head, Text(), rows), title="Paceline", border_style="blue", width=_WIDTH)


def save_picture(picture: RenderableType, file: Path) -> None:
    """Keep what is drawn as an SVG file that loads nothing from elsewhere."""
    canvas = Console(record=True, width=_WIDTH, file=StringIO())
    canvas.print(picture)
    own_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    canvas.save_svg(str(file), title="make demo", code_format=own_fonts)


def plain(view: CampaignView, progress: Progress, switches: Sequence[SwitchStatus] = ()) -> str:
    """One line of the same, for a log."""
    agents = " ".join(f"{state}={count}" for state, count in sorted(view.agents.items()))
    lines = " ".join(f"{name}={view.lines[state]}" for name, state in _LINES if view.lines.get(state))
    return (
        f"{progress.now:%H:%M:%S} agents: {agents} | lines: {lines or 'none'} | attempts {view.opened} "
        f"answered {answered(view)} abandoned {percent(abandoned_ratio(view)).strip()} "
        f"occupancy {percent(view.occupancy).strip()} | list {progress.reached}/{progress.leads}"
        + "".join(f" | {switch_line(one)}" for one in switches)
    )


def _agents(view: CampaignView) -> RenderableType:
    strip = Text()
    for state, colour in _AGENT_COLOURS.items():
        strip.append("●" * view.agents.get(state, 0), style=colour)
    strip.append("\n")
    for state, colour in _AGENT_COLOURS.items():
        if view.agents.get(state):
            strip.append(f"{view.agents[state]} {state.replace('_', ' ')}   ", style=colour)
    return strip


def _lines(view: CampaignView) -> RenderableType:
    row = Text()
    for name, state in _LINES:
        row.append(f"{view.lines.get(state, 0)} {name}   ", style="bold" if view.lines.get(state) else "dim")
    return row


def _outcomes(view: CampaignView) -> RenderableType:
    counts = sorted(view.outcomes.items(), key=lambda item: -item[1])
    return Text(", ".join(f"{outcome.replace('_', ' ')} {count:,}" for outcome, count in counts))


def _list(progress: Progress) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=max(1, progress.leads), completed=progress.reached, width=36, complete_style="green")
    grid.add_row(bar, f"{progress.reached:,} of {progress.leads:,} leads dialed")
    return grid
