"""The log of verdicts, of the fake and of the real contact database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from compliance.proof import Head, Judged, Link, link
from dialer.domain.errors import Conflict
from dialer.domain.ids import EngineName
from dialer.ports import ProofBook
from integrations.contact_db.database import ContactDatabase
from integrations.contact_db.proof_book import DatabaseProofBook
from tests.fakes.proof_book import FakeProofBook
from tests.unit.dial_facts import free, judged

NOW = datetime(2026, 7, 15, 16, tzinfo=UTC)
ENGINE, OTHER = EngineName("engine-1"), EngineName("engine-2")
ATTEMPT = "01890a5d-ac96-774b-bcce-b302099a8057"
FACTS = free("+12125550123")


@pytest.fixture
def book(real_database: ContactDatabase | None) -> ProofBook:
    return FakeProofBook() if real_database is None else DatabaseProofBook(real_database)


def links(count: int, before: Head | None = None, first: str | None = ATTEMPT) -> list[Link]:
    head, found = before or Head(), []
    for number in range(count):
        at = NOW + timedelta(seconds=number)
        given = Judged(at, 7, 8, 9, FACTS, judged(FACTS, at), "digest")
        attempt = first if number == 0 else None
        found.append(link(head, given, attempt, "+12125550123" if attempt else ""))
        head = Head(found[-1].place, found[-1].hash)
    return found


async def test_a_chain_begins_at_nothing_and_ends_where_it_was_added_to(book: ProofBook) -> None:
    assert await book.head(ENGINE) == Head()
    added = links(3)
    await book.append(ENGINE, added[:2])
    await book.append(ENGINE, added[2:])
    assert await book.head(ENGINE) == Head(3, added[-1].hash)
    assert await book.head(OTHER) == Head()


async def test_adding_the_same_again_changes_nothing_and_another_in_its_place_is_refused(book: ProofBook) -> None:
    added = links(2)
    await book.append(ENGINE, added)
    await book.append(ENGINE, added)
    assert await book.head(ENGINE) == Head(2, added[-1].hash)
    with pytest.raises(Conflict, match="goes on otherwise"):
        await book.append(ENGINE, [replace(added[-1], hash=bytes(32))])
    assert await book.head(ENGINE) == Head(2, added[-1].hash)


async def test_each_engine_has_a_chain_of_its_own(book: ProofBook) -> None:
    await book.append(ENGINE, links(2))
    await book.append(OTHER, links(1, first=None))
    assert (await book.head(ENGINE)).place == 2
    assert (await book.head(OTHER)).place == 1


async def test_an_attempt_has_one_verdict(book: ProofBook) -> None:
    added = links(1)
    await book.append(ENGINE, added)
    with pytest.raises(Conflict):
        await book.append(OTHER, links(1))
    with pytest.raises(Conflict):
        await book.append(ENGINE, links(1, Head(1, added[0].hash)))
    assert await book.head(ENGINE) == Head(1, added[0].hash)
    assert await book.head(OTHER) == Head()
