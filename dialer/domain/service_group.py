"""A service group: what inbound service is measured by (a city, a brand), and what switches marketing off."""

from dataclasses import dataclass, field

from dialer.domain.errors import BadInput
from pacing.marketing.rule import SwitchRule

SERVICE_PURPOSE = "service"
"""Campaigns of this purpose serve customers: the marketing switch is not theirs. Any other purpose is marketing."""


@dataclass(frozen=True, slots=True)
class ServiceGroup:
    name: str
    queues: tuple[str, ...]
    """Names of its queues in Asterisk, on whichever server; a queue may belong to several groups."""
    rule: SwitchRule = field(default_factory=SwitchRule)
    shares_agents: bool = True
    """Agents of this group's campaigns serve its queues too."""
    open_penalty: int = 5
    """A shared agent's queue penalty while marketing is on, 0 to 100; it is 0 while marketing is off. Members with a
    lower penalty are asked first."""

    def __post_init__(self) -> None:
        checks = (
            (bool(self.name.strip()) and self.name.isprintable(), "name", "must be printable and not empty"),
            (len(set(self.queues)) == len(self.queues), "queues", "must differ"),
            (
                not any(queue.startswith("campaign-") for queue in self.queues),
                "queues",
                "must not be campaigns' fallback queues",
            ),
            (0 <= self.open_penalty <= 100, "open_penalty", "must be 0 to 100"),
        )
        for holds, place, reason in checks:
            if not holds:
                raise BadInput(reason, f"service group {self.name}: {place}")
