"""Segments in order of priority: each person belongs to the first that fits."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dialer.domain.condition import Condition
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
MOST_SEGMENTS = 500
_TEXT = 200


@dataclass(frozen=True, slots=True)
class Segment:
    """BadInput: it can't be; `place` says which field."""

    name: str
    priority: int
    """1 comes first; no two have the same."""
    expression: str
    condition: Condition
    outreach: Channel | None = None
    """By which channel it is met."""
    campaign: str = ""
    """Whose leads its members become; empty: it is said when they are fed."""
    offer: str = ""
    """The product or offer that it is for."""
    note: str = ""

    def __post_init__(self) -> None:
        _checked_name(self.name)
        if not 1 <= self.priority <= 1_000_000:
            raise BadInput("must be 1 to 1,000,000; 1 comes first", "priority")
        for place in ("offer", "note"):
            _checked_text(getattr(self, place), place)


@dataclass(frozen=True, slots=True)
class Experience:
    """A rule of experience: whom a product suits, and why."""

    name: str
    product: str
    expression: str
    condition: Condition
    because: str

    def __post_init__(self) -> None:
        _checked_name(self.name)
        for place in ("product", "because"):
            if not getattr(self, place):
                raise BadInput("must not be empty", place)
            _checked_text(getattr(self, place), place)


def _checked_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadInput("must be small letters, digits, _ and -, like gold_lapsed", "name")


def _checked_text(text: str, place: str) -> None:
    if len(text) > _TEXT or not (text.isprintable() or not text):
        raise BadInput(f"must be at most {_TEXT} printable characters", place)


def check_set(segments: Sequence[Segment]) -> None:
    """BadInput: two have one name or one priority, or there are too many."""
    if len(segments) > MOST_SEGMENTS:
        raise BadInput(f"there may be at most {MOST_SEGMENTS} segments", "segments")
    by_priority: dict[int, str] = {}
    for one in segments:
        other = by_priority.setdefault(one.priority, one.name)
        if other != one.name:
            raise BadInput(f"{one.priority} is the priority of {other} already", f"segments.{one.name}.priority")
    if len({one.name for one in segments}) < len(segments):
        raise BadInput("a name is given twice", "segments")


@dataclass(slots=True)
class Sizes:
    """How many people each segment has, by itself and after those before it took theirs; summed page by page."""

    people: int = 0
    own: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    shared: Counter[tuple[str, str]] = field(default_factory=Counter)
    """People who fit both, the first of higher priority."""

    def add(self, names: Sequence[str], patterns: Mapping[tuple[bool, ...], int]) -> None:
        """`patterns`: how many people fit which of the segments, which are named in order of priority."""
        for pattern, people in patterns.items():
            self.people += people
            fitting = [name for name, fits in zip(names, pattern, strict=True) if fits]
            for place, name in enumerate(fitting):
                self.own[name] += people
                for later in fitting[place + 1 :]:
                    self.shared[name, later] += people
            if fitting:
                self.taken[fitting[0]] += people

    @property
    def left_over(self) -> int:
        return self.people - sum(self.taken.values())

    def warning(self, name: str, *, sampled: bool = False) -> str:
        """What is odd about a segment; empty: nothing. `sampled`: not all people were looked at."""
        found = self._odd(name) if self.people else ""
        return f"{found}, in the sample" if found and sampled else found

    def _odd(self, name: str) -> str:
        if not self.own[name]:
            return "matches nobody"
        if self.own[name] == self.people:
            return "matches everybody"
        return "" if self.taken[name] else "segments before it take all of its people"
