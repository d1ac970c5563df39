"""What a call is worth: chance of an answer x chance of a sale x what a sale brings, over the agent's time it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from dialer.domain.errors import BadInput
from dialer.engine.scoring.features import Columns, Floats, length_of, mapped


@dataclass(frozen=True, slots=True)
class ValueTiers:
    """What a sale brings, by the customer's tier."""

    feature: str = "value_tier"
    worth: Mapping[str, float] = field(default_factory=dict)
    """By the feature's words, in any currency."""
    other: float = 1.0
    """Of any other, or none."""

    def __post_init__(self) -> None:
        for tier, worth in {**self.worth, "other": self.other}.items():
            if not 0 <= worth <= 1e9:
                raise BadInput("must be 0 to 1e9", f"worth of {tier}")

    def of(self, columns: Columns) -> Floats:
        column = columns.get(self.feature)
        if column is None or not self.worth:
            return np.full(length_of(columns), self.other)
        return mapped(column, lambda tier: self.worth.get(str(tier), self.other))


@dataclass(frozen=True, slots=True)
class CallTimes:
    """Minutes of an agent's time."""

    talk_minutes: float = 3.0
    """An answered call, wrap-up included."""
    dial_minutes: float = 0.1
    """Any call, answered or not: the share of waiting that it causes."""


def a_minute(answer: Floats, sale: Floats, worth: Floats, times: CallTimes) -> Floats:
    """Expected value of a call for each agent-minute that it takes. `sale`: given an answer."""
    minutes = answer * max(0.01, times.talk_minutes) + max(0.01, times.dial_minutes)
    found: Floats = answer * sale * worth / minutes
    return found
