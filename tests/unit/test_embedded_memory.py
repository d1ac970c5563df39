"""How much memory the embedded server takes for its cache."""

import pytest

from integrations.contact_db.embedded import log_gigabytes, shared_megabytes

GIB = 2**30


@pytest.mark.parametrize(
    ("memory", "megabytes"), [(0, 128), (GIB // 2, 128), (4 * GIB, 1024), (23 * GIB, 5888), (512 * GIB, 8192)]
)
def test_the_cache_is_a_quarter_of_the_machine_within_bounds(memory: int, megabytes: int) -> None:
    assert shared_megabytes(memory) == megabytes


@pytest.mark.parametrize(("free", "gigabytes"), [(0, 1), (7 * 2**30, 1), (40 * 2**30, 10), (2**42, 16)])
def test_the_log_between_checkpoints_is_a_quarter_of_the_free_disk(free: int, gigabytes: int) -> None:
    assert log_gigabytes(free) == gigabytes
