"""A real engine's occupancy and abandonment beside the simulator's interval for the same figures.

    python -m benchmarks.pacing_truth --lab        an hour of the telephone lab's time, in about eight minutes
    python -m benchmarks.pacing_truth --asterisk   ten minutes of a real Asterisk 22 with SIPp around it; as root

Twenty agents, predictive, three callees in ten answer. The dialer warms up in the telephone lab until 450 live answers
were seen; the real Asterisk takes over its campaign, its counts and what pacing learned. One JSON object a line. Exit
code 1 when a figure lies outside the interval (2.5th to 97.5th percentile over seeds), 3 when there is no Asterisk.
"""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.pacing_truth.figures import AGENTS, ASTERISK, CAMPAIGN, LAB, Figures
from benchmarks.pacing_truth.measured import Measured, measure
from benchmarks.pacing_truth.shift import Hands, Place, Shift, shift, work_until_warm
from benchmarks.pacing_truth.told import Interval, as_occupied, compile_now, plan_like, told_of
from benchmarks.pacing_truth.worlds import real_asterisk, telephone_lab
from dialer.clock import scaled_from_now
from dialer.domain.errors import BadInput
from integrations.contact_db.embedded import embedded_postgres
from pacing.simulator.recorded import Ending
from tests.asterisk.instance import NotToBeHad, root_of_installation

_BEFORE = timedelta(hours=6)
"""The lab's time begins so long ago, and is over before the present."""
_SETTLE_SECONDS = 60.0
"""After the change to a real Asterisk, until the floor is as full as it was."""


def main() -> int:
    arguments = _parser().parse_args()
    logging.basicConfig(level="WARNING", filename=arguments.log or "/dev/null")
    if arguments.asterisk:
        try:
            root_of_installation()
        except NotToBeHad as reason:
            print(f"benchmarks.pacing_truth: {reason}", file=sys.stderr)
            return 3
    compile_now()
    worlds = [name for name in ("lab", "asterisk") if getattr(arguments, name)] or ["lab"]
    return max(asyncio.run(_compare(world, arguments)) for world in worlds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", action="store_true", help="against the telephone lab (the default)")
    parser.add_argument("--asterisk", action="store_true", help="against a real Asterisk")
    parser.add_argument("--speed", type=float, default=15.0, help="lab seconds a second (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.0, help="measured instead of an hour, or ten minutes")
    parser.add_argument("--runs", type=int, default=200, help="simulations (%(default)s)")
    parser.add_argument("--log", type=Path, help="write the service's log here")
    return parser


async def _compare(world: str, arguments: argparse.Namespace) -> int:
    figures = LAB if world == "lab" else ASTERISK
    if arguments.seconds:
        figures = replace(figures, measured_seconds=arguments.seconds)
    with _folder() as folder:
        async with embedded_postgres(folder) as url:
            place = Place(folder, url)
            await place.fill(figures)
            if world == "lab":
                measured = await _in_lab(place, figures, arguments.speed)
            else:
                measured = await _on_asterisk(place, figures, arguments.speed)
    return _report(world, measured, figures, arguments.runs)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="paceline-truth-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # run by root, the database's own user must get through
        yield Path(name)


async def _in_lab(place: Place, figures: Figures, speed: float) -> Measured:
    clock = scaled_from_now(datetime.now(UTC) - _BEFORE, speed).written()
    async with (
        telephone_lab(figures, clock, place.folder) as server,
        shift(place.settings(server, clock), Hands(figures.talk_seconds)) as at_work,
    ):
        await work_until_warm(at_work, figures)
        return await _measured(at_work, figures.measured_seconds)


async def _on_asterisk(place: Place, figures: Figures, speed: float) -> Measured:
    clock = scaled_from_now(datetime.now(UTC) - _BEFORE, speed).written()
    async with (
        telephone_lab(figures, clock, place.folder) as server,
        shift(place.settings(server, clock), Hands(figures.talk_seconds)) as at_work,
    ):
        await work_until_warm(at_work, figures)
        await at_work.service.desk.stop_campaign(CAMPAIGN)
    with real_asterisk(figures) as server:
        async with shift(place.settings(server, ""), Hands(figures.talk_seconds)) as at_work:
            await at_work.service.clock.sleep(_SETTLE_SECONDS)
            return await _measured(at_work, figures.measured_seconds)


async def _measured(at_work: Shift, seconds: float) -> Measured:
    service = at_work.service
    since = service.clock.now()
    await service.clock.sleep(seconds)
    until = service.clock.now()
    if any(view.exhausted for view in service.desk.campaigns()):
        raise BadInput("ran dry before the measured time was over", "leads")
    service.stop.set()
    await service.engine.drained.wait()
    campaign = await service.engine.books.campaigns.campaign(CAMPAIGN)
    return await measure(service.database, campaign, since, until)


def _report(world: str, measured: Measured, figures: Figures, runs: int) -> int:
    plan, seen = plan_like(measured, figures), measured.figures
    told = told_of(plan, as_occupied(measured), figures.measured_seconds, range(runs))
    about = {"world": world, "agents": len(AGENTS), "seconds": figures.measured_seconds, "simulations": runs}
    inputs = {
        "answer_probability": plan.answer_probability,
        "answer_seconds": plan.answer_mean,
        "ring_seconds": plan.ring_seconds,
        "busy_share": plan.busy_share,
        "talk_seconds": measured.talk[0],
        "talk_shape": measured.talk[1],
        "wrap_up_seconds": measured.wrap_up[0],
        "connect_seconds": measured.connect_seconds,
        "dialed": seen.dialed,
        "abandoned": seen.abandoned,
        "left": sum(call.ending is Ending.LEFT for call in measured.day.calls),
    }
    _say({"name": f"pacing_truth_{world}_inputs", **{key: round(value, 4) for key, value in inputs.items()}})
    ratio = seen.abandoned / max(1, seen.live_answers)
    pairs: list[tuple[str, float, Interval]] = [
        ("occupancy", seen.occupancy or 0.0, told.occupancy),
        ("abandoned_ratio", ratio, told.abandoned_ratio),
        ("live_answers", float(seen.live_answers), told.live_answers),
    ]
    for name, value, interval in pairs:
        _say(
            {
                "name": f"pacing_truth_{world}_{name}",
                "measured": round(value, 4),
                "interval": [round(interval.low, 4), round(interval.high, 4)],
                "median": round(interval.median, 4),
                "inside": interval.holds(value),
                **about,
            }
        )
    return 0 if all(interval.holds(value) for _, value, interval in pairs[:2]) else 1


def _say(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
