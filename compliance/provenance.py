"""Where a rule comes from, how sure that is, and when it is valid."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Mark = Literal["V", "S", "M", "D"]
"""How well a rule is known: V primary text seen, S secondary source, M from memory, D derived."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    id: str
    figure: str
    """The figure in words, for screens and reports."""
    source: str
    mark: Mark
    version: int
    """The rule file's."""
    valid_from: date
    valid_to: date | None = None
    """The last day of validity; None: no end is known."""

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"

    @property
    def unverified(self) -> bool:
        """Nobody of ours has seen the primary text; screens and reports say so."""
        return self.mark in ("S", "M")

    def in_force(self, day: int) -> bool:
        """Whether it is valid on a day, counted from 1970."""
        starts, ends = self.valid_from, self.valid_to
        return (starts - _EPOCH).days <= day and (ends is None or day <= (ends - _EPOCH).days)
