"""The API, served for one test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.rig import ApiRig, api_rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[ApiRig]:
    async with api_rig(tmp_path) as rig:
        await rig.floor.make_campaign(script="Good morning")
        yield rig
