"""The API, served for one test."""

import asyncio
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.rig import ApiRig, api_rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ApiRig]:
    async with api_rig(tmp_path) as rig:
        await rig.floor.make_campaign(script="Good morning")
        yield rig


@pytest.fixture(scope="session", autouse=True)
def no_loop_but_the_tests_own() -> None:
    """A test without asyncio makes looptime ask for a loop, which is made, set, and never closed: none is set."""
    with warnings.catch_warnings(action="ignore"):
        try:
            asyncio.get_event_loop_policy().get_event_loop().close()
        except RuntimeError:
            return
        asyncio.set_event_loop(None)
