"""A script of docs/tour, run as a user would, against a service that is there already."""

import asyncio
import os
import sys
from pathlib import Path

from tests.api.database_rig import DatabaseRig
from tests.api.rig import TOKENS

ROOT = Path(__file__).parents[2]


async def toured(rig: DatabaseRig, script: str) -> str:
    """What the script printed; it must end well."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        str(ROOT / "docs" / "tour" / script),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"PATH": path, "PYTHONPATH": str(ROOT), "DIALER_API_URL": rig.base, "DIALER_API_TOKEN": TOKENS["admin"]},
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode()
