"""What the lab plays of inbound service: streams of callers by the time of day, and dedicated members of queues."""

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from dialer.domain.errors import BadInput

WITHHELD = "anonymous"
"""What Asterisk shows for a caller whose SIP From is anonymous."""
_LARGEST_NUMBERS = 60_000


@dataclass(frozen=True, slots=True)
class InboundStreamPlan:
    """Callers of one queue: a Poisson stream whose rate follows a profile."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    queue: str
    calls_per_hour: float
    """Where the profile's factor is 1; second tries come on top."""
    profile: tuple[tuple[float, float], ...] = ()
    """(seconds from the lab's start, factor on the rate from there on), in order; before the first the factor is 1."""
    patience_mean_seconds: float = 60.0
    """How long a caller waits at most, exponential."""
    talk_mean_seconds: float = 90.0
    """Lognormal with the plan's talk_spread."""
    limit_seconds: float | None = None
    """The queue lets a caller go unserved after this long; None: never."""
    repeat_share: float = 0.0
    """Share (0 to 1) of those who left unserved who call again from the same number, once and again."""
    repeat_within_seconds: float = 180.0
    """They do so at a time drawn evenly up to here."""
    numbers: int = 5000
    """How many different callers there are; each call is from one of them."""
    withheld_share: float = 0.0
    """Share (0 to 1) of callers who show no number."""
    enrolls_agents: bool = False
    """Whoever logs in as an agent is a member of the queue by that; else membership is the engine's to arrange."""

    def __post_init__(self) -> None:
        times = [seconds for seconds, _ in self.profile]
        checks = (
            (bool(self.queue), "queue", "must not be empty"),
            (self.calls_per_hour >= 0, "calls_per_hour", "must not be below 0"),
            (times == sorted(times), "profile", "must be in the order of time"),
            (all(factor >= 0 for _, factor in self.profile), "profile", "factors must not be below 0"),
            (self.patience_mean_seconds > 0, "patience_mean_seconds", "must be above 0"),
            (self.talk_mean_seconds > 0, "talk_mean_seconds", "must be above 0"),
            (self.limit_seconds is None or self.limit_seconds > 0, "limit_seconds", "must be above 0"),
            # At 1, callers whom nobody serves would call for ever.
            (0 <= self.repeat_share < 1, "repeat_share", "must be 0 to below 1"),
            (self.repeat_within_seconds > 0, "repeat_within_seconds", "must be above 0"),
            (1 <= self.numbers <= _LARGEST_NUMBERS, "numbers", f"must be 1 to {_LARGEST_NUMBERS}"),
            (0 <= self.withheld_share <= 1, "withheld_share", "must be 0 to 1"),
        )
        for holds, place, reason in checks:
            if not holds:
                raise BadInput(reason, f"inbound.{self.queue}: {place}")


@dataclass(frozen=True, slots=True)
class InboundDesks:
    """People who serve inbound queues alone, members by queues.conf: their phones are PJSIP/NAME1, PJSIP/NAME2, ..."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    queues: tuple[str, ...]
    number: int
    name: str = "desk"
    """Groups of desks need different names."""
    penalty: int = 0
    answer_seconds: float = 1.0
    """How long their phones ring."""
    wrap_up_seconds: int = 0
    """Asterisk gives them no call for so long after the last."""

    def __post_init__(self) -> None:
        checks = (
            (bool(self.queues) and all(self.queues), "queues", "must be named"),
            (self.number >= 0, "number", "must not be below 0"),
            (self.name.isalpha(), "name", "must be letters"),
            (self.penalty >= 0, "penalty", "must not be below 0"),
            (self.answer_seconds >= 0, "answer_seconds", "must not be below 0"),
            (self.wrap_up_seconds >= 0, "wrap_up_seconds", "must not be below 0"),
        )
        for holds, place, reason in checks:
            if not holds:
                raise BadInput(reason, f"inbound_desks.{self.name}: {place}")

    def interfaces(self) -> tuple[str, ...]:
        return tuple(f"PJSIP/{self.name}{number}" for number in range(1, self.number + 1))


def next_arrival(stream: InboundStreamPlan, now_seconds: float, expected: float) -> float | None:
    """When the next caller comes, in s from the lab's start; None: never.

    It is when `expected` more callers, a standard exponential draw, would have come on average by the profile's rate
    (the inverse of the integrated rate: L. Devroye, Non-Uniform Random Variate Generation, 1986, VI.1.3).
    """
    at, factor = now_seconds, 1.0
    for seconds, next_factor in stream.profile:
        if seconds > at:
            rate = stream.calls_per_hour * factor / 3600
            if rate * (seconds - at) >= expected:
                return at + expected / rate
            expected -= rate * (seconds - at)
            at = seconds
        factor = next_factor
    rate = stream.calls_per_hour * factor / 3600
    return at + expected / rate if rate > 0 else None


def caller_number(index: int) -> str:
    """A number of fiction (line numbers 0100 to 0199 of exchange 555), the same for the same index."""
    return f"+1{201 + index // 100}5550{100 + index % 100}"
