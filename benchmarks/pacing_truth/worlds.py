"""The two worlds that an engine dials in here: the telephone lab, and a real Asterisk with SIPp around it."""

import asyncio
import contextlib
import dataclasses
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from benchmarks.pacing_truth.figures import AGENTS, SERVER, Figures, campaign_plan, lab_plan
from dialer.domain.campaign import Campaign
from dialer.domain.ids import CampaignId
from dialer.settings import AsteriskSettings
from integrations.telephone_lab.plan import LabPlan
from tests.asterisk import carrier as tests_carrier
from tests.asterisk.instance import AsteriskInstance, free_ports

_SECRET = "telephone-lab"
_LINES, _CALLS_PER_SECOND = 200, 20.0


@asynccontextmanager
async def telephone_lab(figures: Figures, clock: str, folder: Path) -> AsyncIterator[AsteriskSettings]:
    """The telephone lab in a process of its own, on this clock; how to log in to it."""
    file = folder / "lab.toml"
    file.write_text(written(lab_plan(figures, _SECRET)), "utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "integrations.telephone_lab", "--clock", clock, "--plan", str(file),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        port = int((await process.stdout.readline()).decode().rsplit(":", 1)[1])
        yield AsteriskSettings(name=SERVER, port=port, secret=_SECRET, lines=_LINES, calls_per_second=_CALLS_PER_SECOND)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def written(plan: LabPlan) -> str:
    """The plan as the file that the lab reads; the fields that `lab_plan` sets."""
    tables = dataclasses.asdict(plan)
    carrier = "".join(f"{name} = {value}\n" for name, value in tables["carrier"].items())
    names = ("seed", "talk_mean_seconds", "limit_seconds")
    top = "".join(f"{name} = {tables[name]}\n" for name in names)
    behaviours = "".join(f'{ending} = "{behaviour}"\n' for ending, behaviour in plan.behaviours.items())
    return f'{top}secret = "{plan.secret}"\n[carrier]\n{carrier}[behaviours]\n{behaviours}'


@contextmanager
def real_asterisk(figures: Figures) -> Iterator[AsteriskSettings]:
    """A real Asterisk with SIPp as carrier and as the agents' phones. NotToBeHad says what is missing."""
    instance = AsteriskInstance([Campaign(CampaignId(1), campaign_plan(figures))], AGENTS, free_ports())
    with instance, contextlib.ExitStack() as sipp:
        ports = instance.ports
        own, theirs = Path(__file__).parent, Path(tests_carrier.__file__).parent
        sipp.enter_context(_sipp(own / "carrier.xml", instance.folder, ports.carrier, ports.rtp + 2000))
        sipp.enter_context(_sipp(theirs / "phones.xml", instance.folder, ports.phones, ports.rtp + 2100))
        yield instance.settings.model_copy(
            update={"name": SERVER, "lines": _LINES, "calls_per_second": _CALLS_PER_SECOND}
        )


@contextmanager
def _sipp(scenario: Path, folder: Path, port: int, rtp: int) -> Iterator[None]:
    shutil.copy(scenario, folder)
    command = ["sipp", "-sf", scenario.name, "-i", "127.0.0.1", "-p", str(port), "-mp", str(rtp), "-nostdin"]
    with (folder / f"{scenario.name}.out").open("wb") as screen:
        process = subprocess.Popen(
            [*command, "-trace_err"], cwd=folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=subprocess.STDOUT
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()
