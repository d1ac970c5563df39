"""The HTTP API seen from the command line; what it refuses comes out as the errors of dialer.domain.errors."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from dialer.domain import errors
from dialer.domain.errors import BadInput, DialerError

_SECONDS = 60.0
_CHUNK = 256 * 1024


class ApiUnreachable(DialerError):
    """Nobody answers at the API's address."""

    exit_code = 7
    kind = "api_unreachable"


class NotAllowed(DialerError):
    """The token is unknown, or its role may not do this."""

    exit_code = 2
    kind = "not_allowed"


_KINDS: dict[str, type[DialerError]] = {
    kind.kind: kind
    for kind in (
        errors.NotFound,
        errors.Conflict,
        errors.DatabaseUnavailable,
        errors.TelephonyUnavailable,
        errors.LoginRefused,
        errors.ActionRefused,
        errors.RecordingsUnavailable,
    )
} | {"unauthorized": NotAllowed, "forbidden": NotAllowed}


class ApiClient:
    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session, self._base = session, base.rstrip("/")

    async def ask(self, method: str, *path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """What /v1/PATH answers, as read from JSON; parts of the path and None in the query are taken care of."""
        given = {name: str(value) for name, value in (query or {}).items() if value is not None}
        try:
            async with self._session.request(method, self._address(path), params=given, json=body) as response:
                answer = await _json(response)
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise _unreachable(self._base, error) from None
        if response.status >= 400:
            raise _refused(response.status, answer)
        return answer

    async def save(self, *path: str, to: Path, moved: Callable[[int, int | None], None]) -> int:
        """Write what /v1/PATH answers to a new file that its owner alone may read; `moved`: bytes so far, of how many.
        BadInput: the file is there already."""
        try:
            async with self._session.get(self._address(path)) as response:
                if response.status >= 400:
                    raise _refused(response.status, await _json(response))
                done = 0
                with _new_file(to) as file:
                    async for chunk in response.content.iter_chunked(_CHUNK):
                        file.write(chunk)
                        done += len(chunk)
                        moved(done, response.content_length)
                return done
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(self._base, error) from None

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """The stream of events until the service ends it; its reason is the last, as event "closed"."""
        try:
            async with self._session.ws_connect(self._address(("events",)), heartbeat=30) as socket:
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        yield message.json()
                yield {"event": "closed", "code": socket.close_code}
        except aiohttp.WSServerHandshakeError as error:
            raise _refused(error.status, None) from None
        except (aiohttp.ClientConnectionError, TimeoutError) as error:
            raise _unreachable(self._base, error) from None

    def _address(self, path: tuple[str, ...]) -> URL:
        return URL("/".join((self._base, "v1", *(quote(part, safe="") for part in path))), encoded=True)


@contextmanager
def _new_file(file: Path) -> Iterator[IO[bytes]]:
    """Whole or not at all."""
    try:
        opened = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise BadInput(f"can't be written: {error.strerror}", str(file)) from None
    try:
        with opened:
            yield opened
    except BaseException:
        file.unlink(missing_ok=True)
        raise


@asynccontextmanager
async def api_client(url: str, token: str) -> AsyncIterator[ApiClient]:
    """BadInput when no token is given, or the address is none."""
    if not token:
        raise BadInput("name a token, by --token or DIALER_API_TOKEN", "token")
    if not url.startswith(("http://", "https://")) or not url.isprintable():
        raise BadInput("must be like http://127.0.0.1:8080", "api")
    if not (token.isascii() and token.isprintable()):
        raise BadInput("must be printable ASCII characters", "token")
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_SECONDS, sock_read=_SECONDS)
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            yield ApiClient(session, url)
    except aiohttp.InvalidURL:
        raise BadInput("must be like http://127.0.0.1:8080", "api") from None


async def _json(response: aiohttp.ClientResponse) -> Any:
    try:
        return await response.json() if response.content_type == "application/json" else None
    except ValueError:
        return None


def _refused(status: int, answer: Any) -> DialerError:
    if not isinstance(answer, dict) or "error" not in answer:
        if status in (401, 403):
            return NotAllowed("the token is unknown, or its role may not do this")
        return DialerError(f"the API answered with status {status}, in no form of Paceline's")
    faults = answer.get("faults") or [answer]
    if status in (404, 409, 401, 403) or status >= 500:
        return _KINDS.get(answer["error"], DialerError)(answer["reason"])
    words = "; ".join(f"{fault['place']}: {fault['reason']}".removeprefix(": ") for fault in faults)
    return BadInput(words)


def _unreachable(base: str, error: Exception) -> ApiUnreachable:
    why = error.os_error.strerror if isinstance(error, aiohttp.ClientConnectorError) else type(error).__name__
    return ApiUnreachable(f"{base} does not answer ({why}): does `dialer run` run there? Choose another with --api")
