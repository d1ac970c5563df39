"""Signed links to the self-service page. A token names a contact's id and its own end, and nothing else; whoever has it
may see and change that one person's preferences until then."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dialer.domain.errors import Conflict, NotFound
from dialer.domain.ids import ContactId

_PURPOSE = b"paceline self-service 1:"
"""So that no signature made for anything else with the same secret is a link."""


class LinkExpired(NotFound):
    http_status = 410
    kind = "gone"


@dataclass(frozen=True, slots=True)
class SelfServiceLinks:
    secret: str = field(repr=False)
    """Empty: there are no links."""
    days: float
    """That a link lasts."""
    address: str
    """Where people reach the service, without the path; empty: the path alone is told."""

    def link(self, contact: ContactId, now: datetime) -> tuple[str, datetime]:
        """The address for a contact, and when it ends. Conflict: no secret is set."""
        if not self.secret:
            raise Conflict("no links are signed: set link_secret in [contacts], at least 32 characters")
        expires = (now + timedelta(days=self.days)).replace(microsecond=0)
        named = f"{contact}.{int(expires.timestamp())}"
        return f"{self.address.rstrip('/')}/self-service/{named}.{self._signature(named)}", expires

    def read(self, token: str, now: datetime) -> ContactId:
        """Whose page it is. NotFound: not a link of ours. LinkExpired: it was one."""
        named, _, signature = token.rpartition(".")
        if not self.secret or not hmac.compare_digest(signature.encode(), self._signature(named).encode()):
            raise NotFound("this link is not valid")
        contact, _, expires = named.partition(".")
        if datetime.fromtimestamp(int(expires), UTC) <= now:
            raise LinkExpired("this link has ended; ask for a new one")
        return ContactId(int(contact))

    def _signature(self, named: str) -> str:
        digest = hmac.digest(self.secret.encode(), _PURPOSE + named.encode("utf-8", "surrogateescape"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
