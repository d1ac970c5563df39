"""What is dialed and how long it talks, in the telephone lab and by SIPp alike, and the list of numbers that say so."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dialer.domain.campaign import CampaignPlan, DialMode
from dialer.domain.ids import AgentId, ServerName
from dialer.ports import AgentRecord
from integrations.telephone_lab.plan import Behaviour, Carrier, LabPlan

CAMPAIGN = "truth"
SERVER = ServerName("main")
AGENTS = tuple(AgentRecord(AgentId(str(number)), f"Agent {number}", SERVER) for number in range(1001, 1021))
_AREAS = ("212", "646", "917", "718", "347", "929", "516", "631", "914", "845")
ANSWER_UNIT_SECONDS, BUSY_UNIT_SECONDS = 0.02, 0.002
"""What three digits of a number count, in carrier.xml: the time to the answer, and the time to busy beyond 1 s."""
_BLOCK = 500
"""So many leads in a row hold just the shares asked for: what was learned in the warm-up holds for the rest."""
_ENDLESS_SECONDS = 1e6


@dataclass(frozen=True, slots=True)
class Figures:
    """One campaign. Shares 0 to 1, times in seconds."""

    talk_seconds: float
    wrap_up_seconds: float
    measured_seconds: float
    leads: int
    warm_up_answers: int = 450
    """Live answers before anything is measured: past the cold start, on to where the knob has moved."""
    answer_share: float = 0.3
    busy_share: float = 0.2
    answer_least: float = 3.0
    answer_mean: float = 8.0
    answer_shape: float = 3.0
    ring_seconds: int = 22


LAB = Figures(talk_seconds=60.0, wrap_up_seconds=15.0, measured_seconds=3600.0, leads=6500)
ASTERISK = Figures(talk_seconds=20.0, wrap_up_seconds=5.0, measured_seconds=600.0, leads=5000)


def campaign_plan(figures: Figures) -> CampaignPlan:
    return CampaignPlan(
        CAMPAIGN,
        dial_mode=DialMode.PREDICTIVE,
        ring_seconds=figures.ring_seconds,
        wrap_up_seconds=figures.wrap_up_seconds,
        max_attempts=1,
    )


def lab_plan(figures: Figures, secret: str) -> LabPlan:
    """The telephone lab with these figures. Nobody hangs up within the legal two seconds, as in the simulator."""
    carrier = Carrier(
        answer_delay_seconds=figures.answer_least,
        answer_mean_seconds=figures.answer_mean - figures.answer_least,
        answer_shape=figures.answer_shape,
        busy_from_seconds=1.0,
        busy_to_seconds=3.0,
        patience_from_seconds=3.0,
        patience_mean_seconds=8.0,
    )
    kinds = {"0": Behaviour.HUMAN, "3": Behaviour.BUSY, "9": Behaviour.NO_ANSWER}
    return LabPlan(
        seed=3,
        carrier=carrier,
        behaviours={f"{kind}{last}": behaviour for kind, behaviour in kinds.items() for last in range(10)},
        talk_mean_seconds=_ENDLESS_SECONDS,  # agents end their calls
        secret=secret,
        limit_seconds=0.0,  # at this speed no engine could answer DialerLimit in time
    )


def write_leads(file: Path, figures: Figures, seed: int = 11) -> None:
    """A list of numbers, each its own; the last four digits say what the callee does, but the lab draws the time."""
    random = Random(seed)
    with file.open("w", newline="") as opened:
        table = csv.writer(opened)
        table.writerow(["phone", "name"])
        for row, exchange, fate in zip(range(figures.leads), _exchanges(), _fates(figures, random), strict=False):
            table.writerow([f"+1{exchange}{fate}", f"Callee {row}"])


def _fates(figures: Figures, random: Random) -> Iterator[str]:
    """The last four digits. The third: 0 answers, 3 busy, 9 rings out; the others: when."""
    scale = (figures.answer_mean - figures.answer_least) / figures.answer_shape
    answers, busy = round(_BLOCK * figures.answer_share), round(_BLOCK * figures.busy_share)
    while True:
        kinds = [0] * answers + [3] * busy + [9] * (_BLOCK - answers - busy)
        random.shuffle(kinds)
        for kind in kinds:
            seconds = figures.answer_least + random.gammavariate(figures.answer_shape, scale)
            units = min(999, round(seconds / ANSWER_UNIT_SECONDS)) if kind == 0 else random.randrange(1000)
            yield f"{units // 10:02}{kind}{units % 10}"


def _exchanges() -> Iterator[str]:
    """Area code and exchange; none of the exchanges that have a meaning of their own."""
    for area in _AREAS:
        for exchange in range(200, 1000):
            if exchange != 555 and exchange % 100 != 11:
                yield f"{area}{exchange}"
