"""Compiles the simulator and the pacing functions that it shares with the live dialer, unchanged, with Numba.

Importing this module takes a second; the first simulation of a version of the code compiles for about half a minute,
later ones start at once: the machine code is kept in the user's cache folder, under a digest of the sources.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import pacing.answer_rate
import pacing.handling
import pacing.knob
import pacing.line_times
import pacing.predictive
import pacing.simulator.floor
import pacing.simulator.plan
import pacing.simulator.rules
import pacing.simulator.run
import pacing.simulator.stock
from pacing.answer_rate import Floats
from pacing.simulator.plan import Kernel

_SHARED: tuple[ModuleType, ...] = (
    pacing.answer_rate,
    pacing.line_times,
    pacing.handling,
    pacing.knob,
    pacing.predictive,
    pacing.simulator.plan,
    pacing.simulator.floor,
    pacing.simulator.stock,
    pacing.simulator.rules,
    pacing.simulator.run,
)


@cache
def compiled_run() -> Callable[..., tuple[Floats, Floats]]:
    """`pacing.simulator.run.run`, compiled."""
    os.environ.setdefault("NUMBA_OPT", "1")  # read by the import; runs as fast, and compiles faster
    import numba  # noqa: PLC0415  takes long, and only simulations need it
    from numba.extending import register_jitable  # noqa: PLC0415

    run = pacing.simulator.run.run
    for module in _SHARED:
        for function in vars(module).values():
            if isfunction(function) and function.__module__ == module.__name__ and function is not run:
                register_jitable(no_cfunc_wrapper=True)(function)  # nobody calls it from C; compiles faster
    # any other folder could hold machine code of other sources: Numba itself looks at the date of run.py alone
    config: Any = numba.config
    folder, usual = _cache_folder(), config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        compiled: Callable[..., tuple[Floats, Floats]] = numba.njit(cache=_can_be_written(folder), nogil=True)(run)
    finally:
        config.CACHE_DIR = usual
    return compiled


def needs_compiling() -> bool:
    """Whether the next simulation first compiles this version of the code; about half a minute on one core."""
    return not compiled_run.cache_info().currsize and not any(_cache_folder().rglob("run.run-*.nbc"))


def run_compiled(plan: Kernel, rule: int, level: float, series_step: float, seed: int) -> tuple[Floats, Floats]:
    return compiled_run()(plan, rule, level, series_step, *_streams(seed))


def run_interpreted(plan: Kernel, rule: int, level: float, series_step: float, seed: int) -> tuple[Floats, Floats]:
    """The same without compiling: a hundred times slower, to hold the two to each other."""
    return pacing.simulator.run.run(plan, rule, level, series_step, *_streams(seed))


def _streams(seed: int) -> list[Any]:
    return [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(4)]


def _cache_folder() -> Path:
    digest = hashlib.sha256()
    for file in (*(module.__file__ for module in _SHARED), __file__):
        digest.update(Path(str(file)).read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "paceline" / "simulator" / digest.hexdigest()[:16]


def _can_be_written(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
