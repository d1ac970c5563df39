"""POSIX seconds, by which pacing reckons, and the times that PostgreSQL keeps, exact to the microsecond."""

from datetime import UTC, datetime

from dialer.domain.errors import BadInput


def moment_of(seconds: float) -> datetime:
    """To the nearest microsecond; `timestamp()` of it gives the same seconds back. BadInput when it is no time."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise BadInput("is no time", "POSIX seconds") from None
