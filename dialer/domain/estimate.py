"""How many people there are of a kind: counted, or told from a sample with the interval that it leaves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    size: int
    low: int
    high: int
    """The interval holds the true size in at least 95 of 100 draws; of a count it is the size."""
    exact: bool


def counted(people: int) -> Estimate:
    return Estimate(people, people, people, True)
