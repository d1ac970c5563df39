"""The only place that reads time.

Every clock follows the running loop's time, so virtual time in a test drives all of them. A scaled clock lets a day
pass in minutes: the loop's monotonic time is one for all processes of a machine, so two processes that are given
the same anchor and speed agree on what time it is.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import inf, isfinite
from typing import Protocol

from dialer.domain.errors import BadInput


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never steps back."""

    async def sleep(self, seconds: float) -> None: ...

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for the event, at most so long; True when it came."""

    def loop_seconds(self, seconds: float) -> float:
        """How long `seconds` of this clock last on the event loop: for `asyncio.timeout` and `call_later`."""


class SystemClock:
    """The machine's clock; intervals by the loop's, so a clock step moves calling hours but no timer."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        return await _wait(event, seconds)

    def loop_seconds(self, seconds: float) -> float:
        return seconds


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """`speed` seconds pass for each second of the loop, counted from `start` at the loop's time `anchor`."""

    start: datetime
    anchor: float
    speed: float = 1.0

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (_loop_time() - self.anchor) * self.speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds / self.speed))

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        return await _wait(event, seconds / self.speed)

    def loop_seconds(self, seconds: float) -> float:
        return seconds / self.speed

    def written(self) -> str:
        """The text that `parse_clock` reads in another process."""
        return f"{self.start.isoformat()},{self.anchor!r},{self.speed!r}"


def scaled_from_now(start: datetime, speed: float) -> ScaledClock:
    """A scaled clock that reads `start` at this moment, for processes on this machine."""
    return ScaledClock(start, time.monotonic(), speed)


def parse_clock(written: str) -> Clock:
    """The clock that `ScaledClock.written` describes; the system's for an empty text. BadInput for any other."""
    if not written:
        return SystemClock()
    try:
        start, anchor, speed = written.split(",")
        clock = ScaledClock(datetime.fromisoformat(start), float(anchor), float(speed))
    except ValueError as error:
        raise BadInput('must be "start,anchor,speed"', "clock") from error
    if clock.start.utcoffset() is None or not (isfinite(clock.anchor) and 0 < clock.speed < inf):
        raise BadInput("the start must bear its UTC offset, and the speed be above 0", "clock")
    return clock


def _loop_time() -> float:
    """The running loop's time; without one the clock that loops go by."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()


async def _wait(event: asyncio.Event, loop_seconds: float) -> bool:
    try:
        async with asyncio.timeout(max(0.0, loop_seconds)):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
