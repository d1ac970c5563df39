"""Lines that ring, kept so that a decision reads their ages and offsets without walking over them."""

from dataclasses import dataclass, field

import numpy as np

from pacing.answer_rate import Floats


@dataclass(slots=True)
class Lines:
    """Lines by name. The order of the figures is any, the same in all of them."""

    _places: dict[str, int] = field(default_factory=dict)
    _names: list[str] = field(default_factory=list)
    _dialed: Floats = field(default_factory=lambda: np.zeros(16))
    _offsets: Floats = field(default_factory=lambda: np.zeros(16))

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str, dialed_seconds: float, offset: float) -> None:
        """`dialed_seconds`: by the monotonic clock; not a number: not known. A line that is there stays as it is."""
        if name in self._places:
            return
        place = len(self._names)
        if place == len(self._dialed):
            self._dialed = np.concatenate((self._dialed, np.zeros(place)))
            self._offsets = np.concatenate((self._offsets, np.zeros(place)))
        self._places[name] = place
        self._names.append(name)
        self._dialed[place], self._offsets[place] = dialed_seconds, offset

    def remove(self, name: str) -> None:
        """Forget a line; of one that is not there, nothing."""
        place = self._places.pop(name, None)
        if place is None:
            return
        last = self._names.pop()
        if last != name:
            end = len(self._names)
            self._places[last], self._names[place] = place, last
            self._dialed[place], self._offsets[place] = self._dialed[end], self._offsets[end]

    def ages(self, now_seconds: float) -> Floats:
        """Seconds since each was dialed; not a number: not known."""
        ages: Floats = now_seconds - self._dialed[: len(self._names)]
        return ages

    @property
    def offsets(self) -> Floats:
        return self._offsets[: len(self._names)].copy()
