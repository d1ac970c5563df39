import pytest

from integrations.contact_db.database import ContactDatabase
from tests.waves.rig import WavesRig, rig_at


@pytest.fixture
def rig(database: ContactDatabase) -> WavesRig:
    return rig_at(database)
