"""The AMI client: one login kept alive, actions with deadlines, events in order.

Nothing but Login and Ping is ever sent by itself: an action is written once, when asked for, or not at all.
After an outage the caller compares with Asterisk's state; no event of the outage is made up for here.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from panoramisk.utils import IdGenerator

from dialer.clock import Clock
from dialer.domain.errors import ActionRefused, LoginRefused, TelephonyUnavailable
from dialer.domain.spans import Spans
from integrations.asterisk.ami_link import CLOSED, AmiLink, Connector, Pending, Taker
from integrations.asterisk.ami_wire import RawEvent, write_action

__all__ = ["AmiAddress", "AmiClient", "RawEvent"]

FIRST_PAUSE_SECONDS = 0.25

_log = logging.getLogger(__name__)
_next_action_id: Callable[[], str] = IdGenerator("paceline")
"""Unique in this process and, by its random part, among all that log in to one Asterisk."""


@dataclass(frozen=True, slots=True)
class AmiAddress:
    host: str
    port: int
    username: str
    secret: str = field(repr=False)

    @property
    def where(self) -> str:
        return f"Asterisk at {self.host}:{self.port}"


class AmiClient:
    """`run` keeps the link; everything else may be used beside it, from the same loop.

    `on_event` takes the events named in `events`, synchronously and in order. `on_link(True, "")` is called when
    actions may be sent: logged in, and FullyBooted seen (or `boot_seconds` passed without: the AMI user then lacks read
    permission "system"). `on_link(False, reason)` is called once for each loss, and once if there never was a link.
    All durations are seconds of `clock`.
    """

    def __init__(
        self,
        address: AmiAddress,
        *,
        events: Collection[str],
        on_event: Taker,
        on_link: Callable[[bool, str], None],
        clock: Clock,
        action_seconds: float = 5.0,
        ping_seconds: float = 5.0,
        pong_seconds: float = 5.0,
        boot_seconds: float = 10.0,
        pause_seconds: float = 5.0,
    ) -> None:
        """A link that was silent for `ping_seconds` is pinged, and dropped when `pong_seconds` more stay silent.
        `pause_seconds` is the longest wait between two tries to connect."""
        self._address = address
        self._routes = {name.encode(): (name, on_event) for name in events}
        self._routes[b"FullyBooted"] = ("FullyBooted", self._take_booted)
        self._on_booted = on_event if "FullyBooted" in events else None
        self._on_link = on_link
        self._clock = clock
        self._action_seconds = action_seconds
        self._ping_seconds = ping_seconds
        self.answered = Spans()
        """How long answers to actions took, by the machine's own clock."""
        self._pong_seconds = pong_seconds
        self._boot_seconds = boot_seconds
        self._pause_seconds = pause_seconds
        self._link: AmiLink | None = None
        self._up: bool | None = None
        self._reason = f"there is no link to {address.where} yet"
        self._booted = asyncio.Event()
        """Set when the link is ready, and when it went before that."""
        self._pause = FIRST_PAUSE_SECONDS
        self.event_failures = 0
        """How often `on_event` or `on_link` raised."""

    @property
    def connected(self) -> bool:
        """Logged in and alive: actions may be sent."""
        return self._up is True and self._link is not None and not self._link.reason

    @property
    def reason(self) -> str:
        """Why there is no link, in words for the operator; empty while there is one."""
        return self._reason

    # --- asking ----------------------------------------------------------------------------------------------------

    async def action(
        self, name: str, headers: Sequence[tuple[str, str]] = (), *, seconds: float | None = None
    ) -> Mapping[str, str]:
        """Send an action once and return the headers of its response, the values of a repeated one as lines.

        A header may be given several times. An ActionID among them is used, else one is made.
        BadInput: a name or value can't be sent, nothing was written. ActionRefused: Asterisk said no.
        TelephonyUnavailable: there is no link, or it went, or `seconds` passed, before the answer.
        """
        action_id, message = _written(name, headers)
        link = self._ready_link()
        return await self._answer(link, name, link.send(action_id, message), seconds)

    async def listing(
        self, name: str, headers: Sequence[tuple[str, str]] = (), *, seconds: float | None = None
    ) -> list[RawEvent]:
        """Send an action that a list answers, and return its events but the closing one. Errors as for `action`."""
        action_id, message = _written(name, headers)
        link = self._ready_link()
        pending = link.send(action_id, message, listing=True)
        await self._answer(link, name, pending, seconds)
        return pending.events

    def _ready_link(self) -> AmiLink:
        if self._link is None or self._up is not True:
            raise TelephonyUnavailable(self._reason)
        return self._link

    async def _answer(self, link: AmiLink, name: str, pending: Pending, seconds: float | None) -> Mapping[str, str]:
        limit, asked = self._action_seconds if seconds is None else seconds, asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self._clock.loop_seconds(limit)):
                answer = await pending.answer
            self.answered.note(asyncio.get_running_loop().time() - asked)
            return answer
        except TimeoutError:
            raise TelephonyUnavailable(
                f"{self._address.where} did not answer {name} within {limit:g} s; what became of it is not known"
            ) from None
        finally:
            link.forget(pending)

    # --- the link --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the link until cancelled; then it is closed. LoginRefused: trying again would not help."""
        while True:
            try:
                await self._serve()
            except LoginRefused:
                raise
            except TelephonyUnavailable:
                await self._clock.sleep(self._pause)
                self._pause = min(self._pause * 2, self._pause_seconds)

    async def _serve(self) -> None:
        """One link from connecting to its end, which is always raised."""
        self._booted.clear()
        self._link = link = AmiLink(self._address.where, self._routes, self._take_lost, self._take_failure)
        try:
            await self._connect(link)
            await self._log_in(link)
            await self._watch(link)
        except TelephonyUnavailable as error:
            link.drop(str(error))
            self._tell(False, link.reason)
            raise
        finally:
            link.close()
            await link.lost.wait()
            self._link = None

    async def _connect(self, link: AmiLink) -> None:
        address = self._address
        connector = Connector(host=address.host, port=address.port, protocol_factory=lambda: link)
        try:
            async with asyncio.timeout(self._clock.loop_seconds(self._action_seconds)):
                await connector.connect()
        except (OSError, UnicodeError) as error:
            raise TelephonyUnavailable(
                f"{address.where} can't be reached ({_what(error)}): is it up, are host and port right, "
                "is the AMI enabled in its manager.conf?"
            ) from error

    async def _log_in(self, link: AmiLink) -> None:
        address = self._address
        user = [("Username", address.username), ("Secret", address.secret), ("Events", "on")]
        try:
            await self._answer(link, "Login", link.send(*_written("Login", user)), None)
        except ActionRefused as error:
            raise LoginRefused(
                f"{address.where} refused user {address.username} ({error}): "
                "compare name and secret with the user's section of its manager.conf, and see its permit lines"
            ) from error
        if not await self._clock.wait(self._booted, self._boot_seconds):
            _log.warning("%s sent no FullyBooted: has the AMI user read = system?", address.where)
        if link.reason:
            raise TelephonyUnavailable(link.reason)
        self._take_ready()

    async def _watch(self, link: AmiLink) -> None:
        """Wait until the link goes; end it when it stays silent after a ping."""
        while not link.reason:
            link.heard = False
            if await self._clock.wait(link.lost, self._ping_seconds) or link.heard:
                continue
            link.write(_written("Ping", ())[1])
            if not await self._clock.wait(link.lost, self._pong_seconds) and not link.heard:
                silence = self._ping_seconds + self._pong_seconds
                link.drop(f"{self._address.where} has sent nothing for {silence:g} s, no answer to a ping either")
        raise TelephonyUnavailable(link.reason)

    # --- what the link tells ---------------------------------------------------------------------------------------

    def _take_booted(self, event: RawEvent) -> None:
        self._take_ready()
        if self._on_booted is not None:
            self._on_booted(event)

    def _take_ready(self) -> None:
        self._pause = FIRST_PAUSE_SECONDS
        self._booted.set()
        self._tell(True, "")

    def _take_lost(self, reason: str) -> None:
        self._booted.set()
        self._tell(False, reason)

    def _take_failure(self, name: str, error: Exception) -> None:
        self.event_failures += 1
        _log.error("%s was not taken: %s%s", name, type(error).__name__, _place(error))

    def _tell(self, up: bool, reason: str) -> None:
        changed = up is not self._up
        if changed or reason != self._reason:
            wanted = up or reason == CLOSED
            _log.log(
                logging.INFO if wanted else logging.WARNING, "AMI: %s", reason or f"linked to {self._address.where}"
            )
        self._up, self._reason = up, reason
        if changed:
            try:
                self._on_link(up, reason)
            except Exception as error:
                self._take_failure("the state of the link", error)


def _written(name: str, headers: Sequence[tuple[str, str]]) -> tuple[str, bytes]:
    """The action's id and bytes; the id is the caller's if one was given."""
    given = [value for key, value in headers if key.lower() == "actionid"]
    action_id = given[0] if given else _next_action_id()
    others = [(key, value) for key, value in headers if key.lower() != "actionid"]
    return action_id, write_action([("Action", name), ("ActionID", action_id), *others])


def _what(error: OSError | UnicodeError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return "no host name" if isinstance(error, UnicodeError) else error.strerror or str(error)


def _place(error: Exception) -> str:
    """Where it was raised. Its text is left out: it may hold a caller's number."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f" in {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
