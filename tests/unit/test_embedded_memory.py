"""How much memory the embedded server takes for its cache."""

import pytest

from integrations.contact_db.embedded import shared_megabytes

GIB = 2**30


@pytest.mark.parametrize(
    ("memory", "megabytes"), [(0, 128), (GIB // 2, 128), (4 * GIB, 512), (23 * GIB, 2048), (512 * GIB, 2048)]
)
def test_the_cache_is_an_eighth_of_the_machine_within_bounds(memory: int, megabytes: int) -> None:
    assert shared_megabytes(memory) == megabytes
