"""The database's errors in our own words: what is wrong and what to do next, without passwords or rows' values."""

import re
import socket

from asyncpg import InterfaceError, PostgresError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dialer.domain.errors import BadInput, Conflict, DatabaseUnavailable, DialerError, NotFound

STATEMENT_ERRORS = (SQLAlchemyError, PostgresError, InterfaceError)
VENDOR_ERRORS = (*STATEMENT_ERRORS, OSError)
"""What to catch at the edge; the network's own errors come out bare."""

ROLLED_BACK = frozenset({"40001", "40P01", "0A000"})
"""Serialization failure, deadlock, and a cached plan that an ALTER TABLE outdated: nothing was done, ask again."""

_MANY_DIGITS = re.compile(r"\d{5,}")
_GONE = frozenset({"08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03"})
_ADVICE = {
    "28P01": "wrong user or password: check the user and the password in the database's url",
    "28000": "the server does not let this user in: check the user in the url, and the server's pg_hba.conf",
    "3D000": "there is no such database: create it (createdb), or correct its name in the url",
    "42501": "this user lacks a right there: let it own the database",
    "53100": "its disk is full: free some space; what is not stored yet is kept on our disk",
    "53200": "it is out of memory: see its log",
    "53300": "it has no connection left: raise its max_connections, or lower database.pool_size",
    "57P01": "it is being shut down: start it again",
    "57P02": "it crashed and recovers: see its log",
    "57P03": "it is starting or stopping: try again in a moment",
    "25006": "it is read-only (a standby?): name the primary in the url",
    "42P01": "its tables are not ours or not there: run `dialer database migrate`",
    "42703": "its tables are not this release's: run `dialer database migrate`",
    "57014": "a statement took too long: see what keeps the database busy",
}
_WITHOUT_STATE: dict[type[BaseException], str] = {
    PoolTimeout: "all our connections are busy: raise database.pool_size",
    TimeoutError: "no answer in time: is the server alive, and its port open?",
    socket.gaierror: "no such host: check the host in the database's url",
}


def place_of(url: URL) -> str:
    """Where a database is, fit for a log line: no user, no password."""
    host = url.host or url.query.get("host") or "localhost"
    where = host if isinstance(host, str) else ", ".join(host)
    return f"database {url.database or ''} at {where}" + (f":{url.port}" if url.port else "")


def translated(error: BaseException, place: str) -> DialerError:
    """The error of our tree that tells what `error`, raised by SQLAlchemy, asyncpg or the network, means."""
    for kind, advice in _WITHOUT_STATE.items():
        if isinstance(error, kind):
            return DatabaseUnavailable(f"{place}: {advice}")
    state = sqlstate(error)
    if state.startswith("22"):
        return BadInput("a value is too big, or holds characters that can't be stored")
    if state.startswith("23"):
        return _constraint_fault(state, _cause(error))
    if state in _ADVICE:
        return DatabaseUnavailable(f"{place}: {_ADVICE[state]}")
    if connection_lost(error):
        return DatabaseUnavailable(f"{place}: can't be reached ({_reason(error)}): is PostgreSQL running there?")
    return DialerError(f"{place} refused a statement of ours: {_first_line(error)} (SQLSTATE {state or 'none'})")


def sqlstate(error: BaseException) -> str:
    """The five characters of PostgreSQL's appendix A; empty when the error came from elsewhere."""
    return str(getattr(_cause(error), "sqlstate", None) or "")


def connection_lost(error: BaseException) -> bool:
    """The connection is gone, so whether the statement was carried out is not known."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(_cause(error), OSError) or sqlstate(error) in _GONE


def _constraint_fault(state: str, cause: BaseException) -> DialerError:
    constraint = getattr(cause, "constraint_name", None) or "a constraint"
    if state == "23505":
        return Conflict(f"it is there already ({constraint})")
    if state == "23503":
        return NotFound(f"what it refers to is not there ({constraint})")
    return BadInput(f"is not allowed ({constraint})", str(getattr(cause, "table_name", None) or "row"))


def _cause(error: BaseException) -> BaseException:
    """The driver's own error under SQLAlchemy's wrapping."""
    original = error.orig if isinstance(error, DBAPIError) else None
    if original is None:
        return error
    return original.__cause__ or original


def _first_line(error: BaseException) -> str:
    """Without the detail that quotes rows, and without digits that may be a phone number's."""
    said = str(next(iter(_cause(error).args), type(error).__name__))
    return _MANY_DIGITS.sub("…", said.partition("\n")[0])


def _reason(error: BaseException) -> str:
    cause = _cause(error)
    return (cause.strerror or type(cause).__name__) if isinstance(cause, OSError) else type(cause).__name__
