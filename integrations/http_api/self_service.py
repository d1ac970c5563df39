"""Customers edit their own preferences, behind a signed link: no login, no cookie, and nothing told but preferences.

The token is the right to that one page; it is in the address, so no page here names another site, and none is kept by
caches or told as a referrer.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import time

from aiohttp import web

from dialer.clock import Clock
from dialer.domain.contact import Channel
from dialer.domain.errors import BadInput, BadInputs, DialerError
from dialer.domain.ids import ContactId
from dialer.domain.preferences import Preferences
from dialer.domain.week_time import WeekTime
from integrations.http_api.faults import UnsupportedMedia
from integrations.http_api.knowledge import Knowledge
from integrations.http_api.self_service_page import (
    CHANNELS,
    CHOICES,
    DAYS,
    STYLE_HASH,
    fields_of,
    form_page,
    message_page,
)

PATH = "/self-service/{token}"
SOURCE = "self_service"
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}
_TITLES = {404: "This link is not valid", 410: "This link has ended"}


def self_service_routes(knowledge: Knowledge, clock: Clock) -> list[web.RouteDef]:
    async def show(request: web.Request) -> web.Response:
        kept = await knowledge.preferences.of(_whose(request))
        topics, saved = knowledge.catalogue.topics, "saved" in request.query
        return _html(form_page(fields_of(kept), topics, saved=saved))

    async def keep(request: web.Request) -> web.Response:
        contact = _whose(request)
        given = await _given(request)
        before = await knowledge.preferences.of(contact)
        try:
            wanted = preferences_in(given, knowledge.catalogue.topics, before)
        except BadInputs as error:
            faults = [fault.reason for fault in error.faults]
            return _html(form_page(given, knowledge.catalogue.topics, faults=faults), 422)
        await knowledge.preferences.keep(contact, wanted, SOURCE, clock.now())
        return web.Response(status=303, headers=_HEADERS | {"Location": f"{request.path}?saved"})

    def _whose(request: web.Request) -> ContactId:
        return knowledge.links.read(request.match_info["token"], clock.now())

    return [web.get(PATH, _told(show), allow_head=False), web.post(PATH, _told(keep))]


def preferences_in(given: Mapping[str, str], topics: Mapping[str, str], before: Preferences) -> Preferences:
    """What the form says; of channels and topics that it does not ask about, what was said before. BadInputs, in words
    for the customer."""
    faults: list[BadInput] = []
    channels = _chosen(given, "channel", [one.value for one in CHANNELS], faults)
    about = _chosen(given, "topic", topics, faults)
    times = [one for day in DAYS if (one := _time(given, day, faults)) is not None]
    if faults:
        raise BadInputs(faults)
    liked = [Channel(name) for name, choice in channels.items() if choice == "yes"]
    return Preferences(
        channels=(*sorted(liked, key=_order_of(before)), *(one for one in before.channels if one not in CHANNELS)),
        refused_channels=(
            *(Channel(name) for name, choice in channels.items() if choice == "no"),
            *(one for one in before.refused_channels if one not in CHANNELS),
        ),
        topics=tuple(name for name, choice in about.items() if choice == "yes"),
        refused_topics=tuple(name for name, choice in about.items() if choice == "no"),
        call_times=tuple(times),
    )


def _order_of(before: Preferences) -> Callable[[Channel], int]:
    """As they were, new ones last."""
    return lambda one: before.channels.index(one) if one in before.channels else len(before.channels)


def _chosen(
    given: Mapping[str, str], kind: str, names: Mapping[str, str] | list[str], faults: list[BadInput]
) -> dict[str, str]:
    found = {name: given.get(f"{kind}.{name}", "") for name in names}
    if not set(found.values()) <= set(CHOICES):
        faults.append(BadInput("Please choose one of the answers that the page offers."))
    return found


def _time(given: Mapping[str, str], day: str, faults: list[BadInput]) -> WeekTime | None:
    begins, ends = given.get(f"from.{day}", "").strip(), given.get(f"until.{day}", "").strip()
    if not begins and not ends:
        return None
    try:
        return WeekTime((day,), time.fromisoformat(begins or "00:00"), time.fromisoformat(ends or "00:00"))
    except BadInput:
        faults.append(BadInput(f"{DAYS[day]}: the end must be after the beginning."))
    except ValueError:
        faults.append(BadInput(f"{DAYS[day]}: please write times like 09:00."))
    return None


async def _given(request: web.Request) -> dict[str, str]:
    if request.content_type != "application/x-www-form-urlencoded":
        raise UnsupportedMedia("send the page's own form")
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _told(act: Callable[[web.Request], Awaitable[web.Response]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Refusals as a page for people."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await act(request)
        except DialerError as error:
            status = error.http_status
            if status >= 500:
                words = "Please try again in some minutes."
            elif status == 409:
                words = "Your data are no longer with us: there is nothing to choose."
            else:
                words = "Please ask us for a new link."
            return _html(message_page(_TITLES.get(status, "This can't be done now"), words), status)

    return handle


def _html(page: str, status: int = 200) -> web.Response:
    return web.Response(text=page, status=status, content_type="text/html", headers=_HEADERS)
