"""Compiles the centre with Numba: a day takes milliseconds. The first run compiles for some seconds."""

from collections.abc import Callable, Iterator
from functools import cache
from inspect import isfunction

from benchmarks.switch import floor
from benchmarks.switch.days import Day, Ints, Streams
from benchmarks.switch.floor import Floor, new_floor


@cache
def compiled_plan() -> Callable[..., None]:
    """`run_plan`."""
    import numba  # noqa: PLC0415  takes a second, and --help does without

    _share()
    run: Callable[..., None] = numba.njit(cache=True)(floor.run_plan)
    return run


@cache
def compiled_live() -> Callable[..., Iterator[int]]:
    """`live`."""
    import numba  # noqa: PLC0415

    _share()
    seconds: Callable[..., Iterator[int]] = numba.njit(cache=True)(floor.live)
    return seconds


@cache
def _share() -> None:
    from numba.extending import register_jitable  # noqa: PLC0415

    for function in vars(floor).values():
        if isfunction(function) and function.__module__ == floor.__name__ and function not in ENTRIES:
            register_jitable(function)


ENTRIES = (floor.run_plan, new_floor, floor.live, floor._none)


def run_day(day: Day, chances: Streams, gate: int, levels: Ints, block_seconds: int) -> Floor:
    state = new_floor(day, chances)
    compiled_plan()(state, chances, gate, levels, block_seconds)
    return state


def live_day(day: Day, chances: Streams, order: Ints) -> tuple[Floor, Iterator[int]]:
    """The floor, and its seconds, each gone through with what `order` holds when it is asked for: gate and level."""
    state = new_floor(day, chances)
    return state, compiled_live()(state, chances, order)
