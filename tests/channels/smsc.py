"""A message centre for tests that is not of our making: the npm package "smpp", driven over JSON lines."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_MODULES = Path(os.environ.get("SMSC_NODE_MODULES", Path.home() / ".cache/paceline-test-tools/node_modules"))


@dataclass
class MessageCentre:
    process: asyncio.subprocess.Process
    port: int

    async def next(self, event: str) -> dict[str, Any]:
        """The next of these events; others before it are passed over."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            while True:
                told: dict[str, Any] = json.loads(await self.process.stdout.readline())
                if told["event"] == event:
                    return told

    async def order(self, **order: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps(order) + "\n").encode())
        await self.process.stdin.drain()
        await self.next("done")


@asynccontextmanager
async def message_centre() -> AsyncIterator[MessageCentre]:
    node = shutil.which("node")
    if node is None or not (_MODULES / "smpp").is_dir():
        pytest.skip("no message centre: needs node and npm, then run deploy/test-tools")
    process = await asyncio.create_subprocess_exec(
        node, str(Path(__file__).with_name("smsc.js")),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env={"NODE_PATH": str(_MODULES)},
    )  # fmt: skip
    centre = MessageCentre(process, 0)
    try:
        centre.port = (await centre.next("listening"))["port"]
        yield centre
    finally:
        process.kill()
        await process.communicate()
