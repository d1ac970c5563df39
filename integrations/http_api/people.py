"""What the API asks of the contact database about one person: what we hold of them, and having it erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from dialer.domain.errors import BadInput
from dialer.domain.ids import AttemptId, ContactId, LeadId
from dialer.domain.phone import PhoneNumber

ERASED_LEAD = "erased"
"""Why a lead of an erased person is done."""


@dataclass(frozen=True, slots=True)
class Whom:
    """A person, as somebody named them: the contacts that fit all that is said here. BadInput: nothing is said."""

    contact: ContactId | None = None
    number: PhoneNumber | None = None
    external_key: str = ""

    def __post_init__(self) -> None:
        if self.contact is None and self.number is None and not self.external_key:
            raise BadInput("name a contact, a number or an external key", "contact")


@dataclass(frozen=True, slots=True)
class Erased:
    table: str
    what: str
    rows: int


@dataclass(frozen=True, slots=True)
class Kept:
    table: str
    what: str
    rows: int
    why: str
    until: datetime | None
    """From when on erasing again takes it, too; None: never."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What erasing a person takes away, and what it must leave."""

    contacts: Sequence[ContactId]
    leads: Sequence[LeadId]
    """Those that it closes."""
    erased: Sequence[Erased]
    kept: Sequence[Kept]
    recordings: Sequence[AttemptId]
    """Attempts that were answered: a recording, where there is one, lies with Asterisk under this name."""


class PersonBook(Protocol):
    """A person's rights over their data. Each method raises NotFound when no contact fits."""

    async def find(self, whom: Whom) -> Sequence[ContactId]:
        """By id, upwards; never empty."""

    async def export(self, whom: Whom) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Every row that we hold of them, by table."""

    async def plan(self, whom: Whom, source: str, now: datetime) -> Erasure:
        """What `erase` would do now; changes nothing. Conflict as there."""

    async def erase(self, whom: Whom, source: str, now: datetime) -> Erasure:
        """Erase them, in one transaction, all but what must be kept. Their numbers go on the do-not-call list, and
        consent is withdrawn, both as coming from `source`. Doing it again takes what need no longer be kept.

        Conflict: a call to one of them is going on.
        """
