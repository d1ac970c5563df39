"""The one error tree. Vendor errors are translated into it at the edge; each kind knows its exit code and status.

Exit codes: 2 bad input or settings, 3 the database can't be used, 4 telephony can't be used, 5 not found,
6 a conflict with the present state, 1 anything else (a fault of ours).
"""

from collections.abc import Sequence
from typing import ClassVar


class DialerError(Exception):
    """Anything Paceline says no to, in words for the person who asked."""

    exit_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    kind: ClassVar[str] = "fault"


class BadInput(DialerError):
    """A value that can't be accepted; `place` says where it stands (a field, a row and column, a setting)."""

    exit_code = 2
    http_status = 422
    kind = "bad_input"

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = place


class BadInputs(BadInput):
    """Several values that can't be accepted, all at once; the first stands for them where there is room for one."""

    def __init__(self, faults: Sequence[BadInput]) -> None:
        super().__init__(faults[0].reason, faults[0].place)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "; ".join(map(str, self.faults))


class NotFound(DialerError):
    exit_code = 5
    http_status = 404
    kind = "not_found"


class Conflict(DialerError):
    """The request is well formed, but the present state does not allow it; `place` says which field, if one does."""

    exit_code = 6
    http_status = 409
    kind = "conflict"

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason)
        self.place = place


class DatabaseUnavailable(DialerError):
    exit_code = 3
    http_status = 503
    kind = "database_unavailable"


class TelephonyUnavailable(DialerError):
    """No AMI link, or it went while an answer was awaited: what became of the request is not known."""

    exit_code = 4
    http_status = 503
    kind = "telephony_unavailable"


class LoginRefused(TelephonyUnavailable):
    """Asterisk refused the AMI user or secret; trying again would not help."""

    kind = "login_refused"


class ActionRefused(DialerError):
    """Asterisk answered, and said no: the request certainly did nothing."""

    exit_code = 4
    http_status = 502
    kind = "action_refused"


class RecordingsUnavailable(DialerError):
    """The folder with a server's recordings can't be read, or a file in it not deleted."""

    exit_code = 4
    http_status = 503
    kind = "recordings_unavailable"
