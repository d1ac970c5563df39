from datetime import UTC, datetime, timedelta
from random import Random
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.ids import new_attempt_id

START = datetime(2026, 7, 15, 16, tzinfo=UTC)
MOMENTS = st.integers(0, 10**15).map(lambda microseconds: START + timedelta(microseconds=microseconds))


@given(MOMENTS, st.integers())
def test_an_attempts_id_is_a_uuid_of_version_7_that_bears_its_time(now: datetime, seed: int) -> None:
    written = new_attempt_id(now, Random(seed))
    uuid = UUID(written)
    assert str(uuid) == written
    assert (uuid.version, uuid.variant) == (7, RFC_4122)
    assert abs((uuid.int >> 80) - now.timestamp() * 1000) <= 1


@given(MOMENTS, st.integers(1, 10**9), st.integers())
def test_a_later_attempt_sorts_later(now: datetime, milliseconds: int, seed: int) -> None:
    random = Random(seed)
    earlier = new_attempt_id(now, random)
    later = new_attempt_id(now + timedelta(milliseconds=milliseconds + 1), random)
    assert earlier < later
    assert UUID(earlier) < UUID(later)


def test_no_two_ids_of_one_moment_are_alike() -> None:
    random = Random(1)
    assert len({new_attempt_id(START, random) for _ in range(20_000)}) == 20_000
