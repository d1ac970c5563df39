"""What the lab plays: the carrier's habits, the agents', the inbound callers', and the way in."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Self

from pydantic import ConfigDict, TypeAdapter, ValidationError

from dialer.domain.errors import BadInput
from integrations.telephone_lab.inbound_plan import InboundDesks, InboundStreamPlan

OUR_EVENTS = frozenset(
    {
        "AgentComplete",
        "AgentConnect",
        "AgentDump",
        "BridgeEnter",
        "DeviceStateChange",
        "DialEnd",
        "Hangup",
        "HangupRequest",
        "Newchannel",
        "Newstate",
        "OriginateResponse",
        "QueueCallerAbandon",
        "QueueCallerJoin",
        "QueueCallerLeave",
        "QueueMemberAdded",
        "QueueMemberPause",
        "QueueMemberRemoved",
        "QueueMemberStatus",
        "UserEvent",
    }
)
"""What the filters that we write into manager.conf let through, near enough."""


class Behaviour(StrEnum):
    """What a dialed line does. The first seven are drawn by share; all can be set by a number's last two digits, and
    machine detection makes no mistake on those that are."""

    HUMAN = "human"
    MACHINE = "machine"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECT = "reject"
    UNALLOCATED = "unallocated"
    CONGESTION = "congestion"
    # A person answers at once and leaves a fixed time later, whether an agent has come or not:
    HANG_UP_EARLY = "hang_up_early"
    ANSWER_SHORT = "answer_short"
    ANSWER_TALK = "answer_talk"
    ANSWER_LONG = "answer_long"
    # A person answers at once, stays to the end, and presses a key in the information message:
    OPT_OUT = "opt_out"
    OTHER_KEY = "other_key"


@dataclass(frozen=True, slots=True)
class Carrier:
    """Shares of what dialed lines do (0 to 1; the rest rings unanswered), and their times in s."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    human_share: float = 0.30
    machine_share: float = 0.12
    busy_share: float = 0.10
    unallocated_share: float = 0.03
    reject_share: float = 0.02
    congestion_share: float = 0.01

    setup_seconds: float = 0.4
    """From the INVITE to the first ringing."""
    answer_delay_seconds: float = 3.0
    """No one answers sooner; beyond it the delay is gamma distributed."""
    answer_mean_seconds: float = 9.0
    """Mean of the gamma part."""
    answer_shape: float = 2.0
    prompt_answer_seconds: float = 1.0
    """When the behaviours set by number answer."""
    busy_from_seconds: float = 2.0
    busy_to_seconds: float = 4.0
    refusal_seconds: float = 0.6
    """When an unallocated number or a congested trunk is told."""

    patience_from_seconds: float = 1.2
    patience_mean_seconds: float = 6.0
    """How long a person stays without an agent: at least the former, exponential beyond it to this mean."""
    hang_up_early_seconds: float = 0.3
    answer_short_seconds: float = 1.5
    answer_talk_seconds: float = 4.0
    answer_long_seconds: float = 3600.0
    """When those who leave a fixed time after the answer do."""
    machine_seconds: float = 30.0
    """After this long an answering machine hangs up."""

    detection_seconds: float = 1.5
    """What AMD takes; half as much again for a machine's long greeting."""
    human_as_machine_ratio: float = 0.03
    machine_as_human_ratio: float = 0.08
    not_sure_ratio: float = 0.02

    def __post_init__(self) -> None:
        shares = (
            self.human_share,
            self.machine_share,
            self.busy_share,
            self.unallocated_share,
            self.reject_share,
            self.congestion_share,
        )
        if min(shares) < 0 or sum(shares) > 1 + 1e-9:
            raise BadInput("shares must be 0 to 1, all together at most 1", "carrier")
        if self.answer_shape <= 0 or self.busy_to_seconds < self.busy_from_seconds:
            raise BadInput("answer_shape must be above 0, busy_to_seconds at least busy_from_seconds", "carrier")


@dataclass(frozen=True, slots=True)
class LabPlan:
    """All that a lab needs to know; with the same plan, a number's outcomes are the same in every run."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    seed: int = 1
    carrier: Carrier = field(default_factory=Carrier)
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    """Behaviour by a number's last two digits, before any share."""

    talk_mean_seconds: float = 90.0
    talk_spread: float = 0.8
    """Standard deviation of the talk time's logarithm."""
    agent_ends_share: float = 0.5
    """Share of conversations that the agent ends; the callee ends the others."""
    machine_talk_seconds: float = 5.0
    """After this long an agent who was given a machine lets it go."""
    agent_answer_seconds: float = 0.5
    """When an agent's phone answers the call into AgentLogin."""
    agent_ready_seconds: float = 5.0
    """After the login, Asterisk counts an agent as free only this much later (measured: 4.4 to 5.4 s)."""
    agents: tuple[str, ...] = ()
    """The agents that agents.conf would name; empty: any number is an agent."""
    queues: tuple[str, ...] = ()
    """The queues that queues.conf would name; empty: any name is a queue. Letter case makes no difference."""

    inbound: tuple[InboundStreamPlan, ...] = ()
    inbound_desks: tuple[InboundDesks, ...] = ()
    message_seconds: float = 10.0
    """Length of the message left on a machine."""
    information_seconds: float = 4.0
    """Length of the message for an abandoned callee."""
    prompt_seconds: float = 6.0
    """Length of a recorded prompt."""
    missing_sounds: tuple[str, ...] = ()
    """Sounds that are not there; every other is."""
    return_key: str = "9"
    """The opt-out key of those who call back; empty: none."""
    key_seconds: float = 1.0
    """When in that message, or in a prompt, those press a key who do."""

    limit_seconds: float = 0.3
    """How long the dialplan waits for the engine's answer to DialerLimit; 0: it asks nothing and goes by the sign of
    life, as a clock so fast that no engine could answer in time needs it."""

    username: str = "dialer"
    secret: str = "secret"
    lines: int = 20_000
    """Channels on the trunk; a call beyond them meets congestion."""
    events: frozenset[str] = frozenset()
    """Names of the events that manager.conf's filter lets through; empty: all."""

    def __post_init__(self) -> None:
        for ending in self.behaviours:
            if len(ending) != 2 or not ending.isdigit():
                raise BadInput("must be the last two digits of a number", f"behaviours.{ending}")
        if self.talk_mean_seconds <= 0 or self.lines < 1:
            raise BadInput("talk_mean_seconds and lines must be above 0", "plan")
        wanted = {stream.queue for stream in self.inbound} | {
            queue for desks in self.inbound_desks for queue in desks.queues
        }
        if self.queues and (unknown := wanted - set(self.queues)):
            raise BadInput(f"must be among queues: {', '.join(sorted(unknown))}", "inbound")
        names = [desks.name for desks in self.inbound_desks]
        if len(names) != len(set(names)):
            raise BadInput("names must differ", "inbound_desks")

    @classmethod
    def read(cls, file: Path) -> Self:
        """The plan in a TOML file, its fields by these names. BadInput names what is wrong."""
        try:
            return TypeAdapter(cls).validate_python(tomllib.loads(file.read_text("utf-8")))
        except OSError as error:
            raise BadInput(f"can't be read: {error.strerror}", str(file)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInput(f"is not TOML: {error}", str(file)) from error
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'plan'}: {e['msg']}" for e in error.errors())
            raise BadInput(faults, str(file)) from error
