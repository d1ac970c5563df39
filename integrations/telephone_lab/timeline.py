"""All that is yet to happen in the lab: one heap of timed actions behind one timer of the event loop."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from dialer.clock import Clock

Action = Callable[[], None]


class Appointment:
    """A timed action that can be called off."""

    __slots__ = ("action",)

    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def call_off(self) -> None:
        self.action = None


class Timeline:
    """Runs actions in the order of their times, all that are due in one go."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, Appointment]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = float("inf")

    def after(self, seconds: float, action: Action) -> Appointment:
        """Run `action` in `seconds` of the lab's clock."""
        due = self.clock.monotonic() + seconds
        appointment = Appointment(action)
        heapq.heappush(self._heap, (due, next(self._order), appointment))
        if due < self._armed_for:
            self._arm()
        return appointment

    def clear(self) -> None:
        """Call everything off."""
        self._heap.clear()
        self._disarm()

    def _arm(self) -> None:
        self._disarm()
        if self._heap:
            self._armed_for = self._heap[0][0]
            wait = self.clock.loop_seconds(max(0.0, self._armed_for - self.clock.monotonic()))
            self._timer = asyncio.get_running_loop().call_later(wait, self._run)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._armed_for = float("inf")

    def _run(self) -> None:
        # No re-arming for what actions add meanwhile: the end of this run sees to it.
        self._timer, self._armed_for = None, float("-inf")
        now = self.clock.monotonic() + 1e-9
        try:
            while self._heap and self._heap[0][0] <= now:
                _, _, appointment = heapq.heappop(self._heap)
                if appointment.action is not None:
                    appointment.action()
        finally:
            self._arm()
