"""A campaign: a purpose, a list of leads, a dial mode, a queue of agents, compliance and a service group."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dialer.domain.errors import BadInput
from dialer.domain.ids import CampaignId
from dialer.domain.outcome import NOT_AN_ATTEMPT, Outcome

SETUP_SECONDS = 3
"""Added to the ring time when a call is placed: the switch counts from the dial, the law from the first ring."""
LEGAL_RING_SECONDS = 15
"""No line may be given up earlier (16 CFR 310.4(b)(4)(ii); Ofcom persistent misuse statement)."""
LEGAL_ABANDON_CAP = 0.03
"""The most of the live answers that may be abandoned (16 CFR 310.4(b)(4)(i); 47 CFR 64.1200(a)(7))."""


_CALLER_ID = re.compile(r"(\+?[0-9]{1,15})?")
_SOUND = re.compile(r"[A-Za-z0-9_./&-]*")
_OPT_OUT_KEY = re.compile(r"[0-9*#]?")
SOUND_WORDS = "must be a sound file's name without its ending: letters, digits and _ . / & -"


def sound_name(text: str) -> bool:
    """Whether a text may stand for a sound file in our dialplan; the empty one stands for none."""
    return bool(_SOUND.fullmatch(text))


class DialMode(StrEnum):
    PREVIEW = "preview"
    PROGRESSIVE = "progressive"
    POWER = "power"
    PREDICTIVE = "predictive"


class CampaignStatus(StrEnum):
    STOPPED = "stopped"
    RUNNING = "running"
    PAUSED = "paused"


class MachineHandling(StrEnum):
    """What happens on an answered call before it asks for an agent."""

    OFF = "off"  # no detection: every answer goes to an agent
    HANG_UP = "hang_up"
    MESSAGE = "message"  # leave the campaign's recorded message
    AGENT = "agent"  # detect, note the result, connect all the same


DEFAULT_RECYCLE: Mapping[Outcome, timedelta | None] = {
    Outcome.BUSY: timedelta(minutes=15),
    Outcome.NO_ANSWER: timedelta(hours=2),
    Outcome.MACHINE: timedelta(hours=4),
    Outcome.REJECTED: timedelta(hours=24),
    Outcome.HUNG_UP: timedelta(hours=24),
    Outcome.ABANDONED: timedelta(hours=72),
    Outcome.CONGESTION: timedelta(minutes=2),
    Outcome.FAILED: timedelta(hours=1),
    Outcome.NOT_PLACED: timedelta(0),
    Outcome.LOST: timedelta(hours=24),
    Outcome.INVALID_NUMBER: None,
    Outcome.ANSWERED: None,
    Outcome.PROMPT_HEARD: None,
    Outcome.PROMPT_CUT: None,
}
"""After how long a lead may be called again, by outcome; None: not again."""


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """What a supervisor sets for a campaign; every figure with its unit."""

    name: str
    purpose: str = "marketing"
    seller: str = ""
    """For whom it calls. Caps that count by seller leave out other sellers' attempts; empty: they leave none out."""
    subject: str = ""
    """About what, likewise."""
    service_group: str = "default"
    dial_mode: DialMode = DialMode.PROGRESSIVE
    dial_level: float = 1.0
    """Lines per available agent, for power mode; 1 to 10."""
    ring_seconds: int = 25
    """How long an unanswered line rings; at least the legal 15 s."""
    ring_from_data: bool = False
    """Ring for as long as brings most answers per line-second by what was seen, 15 s to `ring_seconds`. Saves lines,
    not leads: who would have answered late is not reached."""
    agent_wait_seconds: float = 2.0
    """How long an answered callee may wait for an agent; at most the legal 2 s."""
    abandon_cap: float = LEGAL_ABANDON_CAP
    """The most of the live answers that may be abandoned, 0 to 0.03; a rule's cap that is stricter holds."""
    wrap_up_seconds: float = 30.0
    """An agent is ready again after this long, or as soon as the call is disposed of."""
    machine_handling: MachineHandling = MachineHandling.OFF
    caller_id: str = ""
    """The number shown to the callee, in E.164 form; empty: the trunk's own."""
    max_attempts: int = 6
    """Attempts a lead before it is exhausted."""
    max_lines: int = 500
    recording: bool = True
    message: str = ""
    """Sound file for a machine, without its ending; empty: hang up."""
    information_message: str = "beep"
    """Sound file played when no agent comes within the limit."""
    opt_out_key: str = "9"
    """The key, one of 0-9 * #, by which who hears the information message asks not to be called again (47 CFR
    64.1200(a)(7)(i)); the message must name it. Empty: none."""
    script: str = ""
    """Text for the agent's screen."""
    product: str = ""
    """What it offers; products may exclude each other (dialer/domain/clash.py). Empty: none."""
    offer: str = ""
    """The offer in words, for the screen of an agent whom a target calls; empty: the script, if there is one."""
    shares_people: bool = False
    """Whether a person may be a live lead, at hand or in a call, of another campaign that shares them, too."""
    pressure_contacts: int = 0
    """The most contacts a person over all channels and campaigns in `pressure_days`; 0: no limit."""
    pressure_days: float = 7.0
    recycle: Mapping[Outcome, timedelta | None] = field(default_factory=lambda: dict(DEFAULT_RECYCLE))

    def __post_init__(self) -> None:
        checks = (
            (bool(self.name.strip()) and self.name.isprintable(), "name", "must be printable and not empty"),
            (1 <= self.dial_level <= 10, "dial_level", "must be 1 to 10 lines per agent"),
            (
                LEGAL_RING_SECONDS <= self.ring_seconds <= 120,
                "ring_seconds",
                f"must be {LEGAL_RING_SECONDS} to 120 s; the law lets no line ring shorter",
            ),
            (0.2 <= self.agent_wait_seconds <= 2.0, "agent_wait_seconds", "must be 0.2 to 2 s, the legal limit"),
            (0 <= self.abandon_cap <= LEGAL_ABANDON_CAP, "abandon_cap", "must be 0 to 0.03, the legal cap"),
            (0 <= self.wrap_up_seconds <= 3600, "wrap_up_seconds", "must be 0 to 3600 s"),
            (1 <= self.max_attempts <= 100, "max_attempts", "must be 1 to 100"),
            (1 <= self.max_lines <= 10_000, "max_lines", "must be 1 to 10000"),
            (
                bool(_CALLER_ID.fullmatch(self.caller_id)),
                "caller_id",
                "must be at most 15 digits, with a plus or without",
            ),
            (sound_name(self.message), "message", SOUND_WORDS),
            (sound_name(self.information_message), "information_message", SOUND_WORDS),
            (bool(_OPT_OUT_KEY.fullmatch(self.opt_out_key)), "opt_out_key", "must be one of 0-9 * #, or empty"),
            (all(map(str.isprintable, (self.product, self.offer))), "product, offer", "must be printable"),
            (0 <= self.pressure_contacts <= 1000, "pressure_contacts", "must be 0 to 1000; 0: no limit"),
            (0 < self.pressure_days <= 366, "pressure_days", "must be above 0, at most 366 days"),
            (
                all(pause is None or pause >= timedelta(0) for pause in self.recycle.values()),
                "recycle",
                "must not be before the call",
            ),
        )
        for holds, place, reason in checks:
            if not holds:
                raise BadInput(reason, place)


@dataclass(frozen=True, slots=True)
class Campaign:
    id: CampaignId
    plan: CampaignPlan
    status: CampaignStatus = CampaignStatus.STOPPED

    @property
    def queue(self) -> str:
        return queue_of(self.id)


def queue_of(campaign: CampaignId) -> str:
    """The name of the campaign's queue in Asterisk."""
    return f"campaign-{campaign}"


def next_due(plan: CampaignPlan, outcome: Outcome, attempts: int, now: datetime) -> datetime | None:
    """When a lead may be called again after `outcome`; None: it is done or exhausted.

    `attempts` counts those that reached the callee's telephone, this one included.
    """
    pause = plan.recycle.get(outcome)
    if pause is None:
        return None
    if outcome not in NOT_AN_ATTEMPT and attempts >= plan.max_attempts:
        return None
    return now + pause
