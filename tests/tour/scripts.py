"""A script of docs/tour, run as a user would."""

import asyncio
import os
import sys
from pathlib import Path

from tests.api.database_rig import DatabaseRig
from tests.api.rig import TOKENS

ROOT = Path(__file__).parents[2]
TOUR = ROOT / "docs" / "tour"


async def toured_with(rig: DatabaseRig, script: str) -> str:
    """What the script printed, with a service that is there already; it must end well."""
    return await _run(script, DIALER_API_URL=rig.base, DIALER_API_TOKEN=TOKENS["admin"])


async def toured_on(url: str, script: str, **environment: str) -> str:
    """The same on a database that is there already and is empty; a service that the script needs is its own."""
    return await _run(script, DIALER_DATABASE__URL=url, **environment)


async def toured_alone(script: str) -> str:
    """The same with a database of the script's own, as by hand."""
    return await _run(script)


async def _run(script: str, **environment: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        str(TOUR / script),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": path, "PYTHONPATH": str(ROOT), **environment},
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()
