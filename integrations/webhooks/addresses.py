"""Where webhooks may go: never, unless the settings say so, to this machine or the networks behind it."""

import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from dialer.domain.errors import BadInput


def checked_url(text: str, *, private: bool) -> str:
    """BadInput when it is no address that webhooks may go to. A name is judged anew whenever it is resolved."""
    try:
        url = URL(text)
        host = url.host
    except ValueError:
        raise BadInput("is no address like https://partner.example/paceline", "url") from None
    if url.scheme not in (("https", "http") if private else ("https",)) or not host:
        raise BadInput("must begin with https:// (http too where settings allow private addresses)", "url")
    if url.user is not None or url.password is not None:
        raise BadInput("must bear no user or password: deliveries are signed", "url")
    if not private and (host.lower().rstrip(".") == "localhost" or not _is_public(host, of_name=True)):
        raise BadInput("is an address of this machine or a private network; see webhooks.private_addresses", "url")
    return text


def _is_public(host: str, *, of_name: bool = False) -> bool:
    """`of_name`: what is said of a host that is a name, which tells nothing yet."""
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return of_name
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (inner is None or inner.is_global)


class PublicResolver(AbstractResolver):
    """Resolves names, and lets through what is public alone: the very address that is looked at is connected to."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = [one for one in await self._inner.resolve(host, port, family) if _is_public(one["host"])]
        if not found:
            raise OSError(None, "the name leads to this machine or a private network")
        return found

    async def close(self) -> None:
        await self._inner.close()
