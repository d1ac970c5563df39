"""A real Prometheus that watches `dialer demo` from its start to its end, and is then asked."""

import asyncio
import contextlib
import math
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy" / "prometheus"
_SECONDS = 60
"""Wall time of the demo's campaign: an hour of its day, with a flood of callers from the quarter on."""
_LEADS = 300
"""So few that its hopper runs dry, which tells why leads wait."""
_EVERY = "1s"
Series = list[dict[str, Any]]


async def answers(folder: Path, queries: Iterable[str]) -> Mapping[str, Series]:
    """What each query tells over a whole demo: its series; only figures count as data."""
    if shutil.which("prometheus") is None:
        pytest.skip("no Prometheus on this machine (Debian: apt install prometheus)")
    async with asyncio.timeout(420), _demo() as (target, ended), _prometheus(folder, target) as base:
        await ended
        async with aiohttp.ClientSession(base) as session:
            return {query: await _over_the_demo(session, query) for query in queries}


async def _over_the_demo(session: aiohttp.ClientSession, query: str) -> Series:
    async with session.get(
        "/api/v1/query", params={"query": 'min_over_time(timestamp(up{job="paceline"})[1h:1s])'}
    ) as r:
        begun = float((await r.json())["data"]["result"][0]["value"][1])
    async with session.get("/api/v1/query", params={"query": "time()"}) as r:
        now = float((await r.json())["data"]["result"][1])
    span: dict[str, str | float] = {"query": query, "start": begun, "end": now, "step": 1}
    async with session.get("/api/v1/query_range", params=span) as response:
        told = await response.json()
    assert told["status"] == "success", f"{query}: {told.get('error')}"
    assert not told.get("warnings"), f"{query}: {told['warnings']}"
    return [one for one in told["data"]["result"] if any(not math.isnan(float(value)) for _, value in one["values"])]


@asynccontextmanager
async def _demo() -> AsyncIterator[tuple[str, "asyncio.Task[None]"]]:
    """Yields the address that it serves, and what is done when it ends by itself: then its database is gone, too."""
    command = [sys.executable, "-m", "dialer", "demo", "--seconds", str(_SECONDS), "--leads", str(_LEADS)]
    demo = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, start_new_session=True)
    assert demo.stdout is not None
    said = ""

    async def end() -> None:
        assert demo.stdout is not None
        rest = await demo.stdout.read()
        assert await demo.wait() == 0, rest.decode()[-2_000:]

    ended = asyncio.ensure_future(_nothing())
    try:
        while not (found := re.search(r"http://([\d.:]+)", said)):
            line = (await demo.stdout.readline()).decode()
            assert line, f"the demo ended: {said}"
            said += line
        ended = asyncio.ensure_future(end())
        yield found[1], ended
    finally:
        ended.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ended
        if demo.returncode is None:
            await _ended(demo)


async def _nothing() -> None:
    return None


async def _ended(demo: asyncio.subprocess.Process) -> None:
    """As by Ctrl-C, on which it takes its database down; then all that is left of its group."""
    demo.send_signal(signal.SIGINT)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            await demo.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(demo.pid, signal.SIGKILL)
    await demo.wait()


@asynccontextmanager
async def _prometheus(folder: Path, target: str) -> AsyncIterator[str]:
    """With the configuration that is shipped, but for its target and how often it looks; yields its address."""
    config = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))
    config["global"] = {"scrape_interval": _EVERY, "evaluation_interval": _EVERY}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), "utf-8")
    (folder / "targets.yml").write_text(yaml.safe_dump([{"targets": [target]}]), "utf-8")
    shutil.copy(DEPLOY / "alerts.yml", folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = ["prometheus", f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    process = await asyncio.create_subprocess_exec(
        *command, f"--web.listen-address={address}", stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    said = ""
    try:
        while "ready to receive web requests" not in said:
            line = (await process.stderr.readline()).decode()
            assert line, f"Prometheus ended: {said}"
            said += line
        reading = asyncio.ensure_future(process.stderr.read())
        yield f"http://{address}"
        process.terminate()
        await reading
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        await process.wait()
