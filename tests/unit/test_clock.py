import asyncio
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.clock import Clock, ScaledClock, SystemClock, parse_clock, scaled_from_now
from dialer.domain.errors import BadInput

START = datetime(2026, 3, 8, 5, tzinfo=UTC)


def loop_time() -> float:
    return asyncio.get_running_loop().time()


SPEEDS = pytest.mark.parametrize("speed", [0.25, 1.0, 60.0])


@pytest.mark.looptime
@SPEEDS
async def test_a_scaled_clock_runs_at_its_speed(speed: float) -> None:
    scaled = ScaledClock(START, loop_time(), speed)
    began = loop_time()
    await asyncio.sleep(100)
    passed = (loop_time() - began) * scaled.speed
    assert passed == pytest.approx(100 * scaled.speed)
    assert (scaled.now() - START).total_seconds() == pytest.approx(passed)
    assert scaled.monotonic() == pytest.approx(passed)


@pytest.mark.looptime
@SPEEDS
async def test_a_sleep_lasts_so_long_by_the_clock_that_sleeps(speed: float) -> None:
    scaled = ScaledClock(START, loop_time(), speed)
    before, began = scaled.now(), loop_time()
    await scaled.sleep(30)
    assert (scaled.now() - before).total_seconds() == pytest.approx(30, abs=1e-3)
    assert loop_time() - began == pytest.approx(scaled.loop_seconds(30), abs=1e-3)


@pytest.mark.looptime
@SPEEDS
@pytest.mark.parametrize("seconds", [0, -1])
async def test_a_sleep_that_is_over_ends_at_once(speed: float, seconds: float) -> None:
    scaled = ScaledClock(START, loop_time(), speed)
    began = loop_time()
    await scaled.sleep(seconds)
    assert loop_time() == pytest.approx(began, abs=1e-3)


@pytest.mark.looptime
@pytest.mark.parametrize("clock", [SystemClock(), ScaledClock(START, 0.0, 10.0)])
async def test_waiting_ends_with_the_event_or_with_the_time(clock: Clock) -> None:
    event = asyncio.Event()
    began = clock.monotonic()
    assert await clock.wait(event, 20) is False
    assert clock.monotonic() - began == pytest.approx(20, abs=1e-2)
    asyncio.get_running_loop().call_later(clock.loop_seconds(5), event.set)
    began = clock.monotonic()
    assert await clock.wait(event, 20) is True
    assert clock.monotonic() - began == pytest.approx(5, abs=1e-2)
    assert await clock.wait(event, 0) is True
    event.clear()
    assert await clock.wait(event, -1) is False


@pytest.mark.looptime
async def test_waiting_passes_a_cancellation_on() -> None:
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(SystemClock().wait(asyncio.Event(), 60))
        await asyncio.sleep(1)
        waiting.cancel()
    assert waiting.cancelled()


@pytest.mark.looptime
async def test_the_systems_clock_measures_by_the_loop() -> None:
    clock = SystemClock()
    began = clock.monotonic()
    await clock.sleep(3600)
    assert clock.monotonic() - began == pytest.approx(3600, abs=1e-3)
    assert clock.loop_seconds(7) == 7


def test_the_systems_clock_tells_aware_utc() -> None:
    before, now, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)
    assert before <= now <= after
    assert now.utcoffset() == timedelta(0)


async def test_a_scaled_clock_starts_now_where_it_is_told_to() -> None:
    before = time.monotonic()
    clock = scaled_from_now(START, 1.0)
    after = time.monotonic()
    assert before <= clock.anchor <= after
    assert START <= clock.now() <= START + timedelta(seconds=time.monotonic() - before)


@given(
    st.builds(
        lambda days, zone: (START + timedelta(days=days)).astimezone(zone),
        st.floats(-3_000, 3_000),
        st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
    ),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 1e6, exclude_min=True),
)
def test_a_written_clock_is_read_as_the_same(start: datetime, anchor: float, speed: float) -> None:
    clock = ScaledClock(start, anchor, speed)
    assert parse_clock(clock.written()) == clock


def test_no_text_is_the_systems_clock() -> None:
    assert isinstance(parse_clock(""), SystemClock)


@pytest.mark.parametrize(
    "written",
    [
        "now",
        "2026-03-08T05:00:00+00:00,1.0",
        "2026-03-08T05:00:00,1.0,60.0",
        "2026-03-08T05:00:00+00:00,1.0,0",
        "2026-03-08T05:00:00+00:00,1.0,-1",
        "2026-03-08T05:00:00+00:00,1.0,nan",
        "2026-03-08T05:00:00+00:00,1.0,inf",
        "2026-03-08T05:00:00+00:00,inf,1",
        "2026-03-08T05:00:00+00:00,one,1",
        "2026-13-08T05:00:00+00:00,1,1",
    ],
)
def test_a_clock_that_cannot_run_is_refused(written: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_clock(written)
    assert caught.value.place == "clock"


@given(st.text())
def test_any_text_is_a_clock_or_refused(written: str) -> None:
    try:
        parse_clock(written)
    except BadInput:
        return
    assert written == ""


def test_outside_a_loop_a_scaled_clock_reads_what_another_processs_loop_would() -> None:
    assert timedelta(0) <= scaled_from_now(START, 60.0).now() - START < timedelta(hours=1)
