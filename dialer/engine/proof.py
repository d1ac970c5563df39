"""Every verdict is written down with what it rests on before anything is done by it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from compliance.proof import Head, Judged, Link, link
from dialer.domain.call import Attempt
from dialer.domain.ids import EngineName
from dialer.ports import ProofBook

ALLOWED = "allowed"


@dataclass(slots=True)
class Proof:
    """The engine's own chain of verdicts. One engine of a name works on a database, so nobody else adds to it."""

    book: ProofBook
    engine: EngineName
    counted: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Verdicts written since the engine started, by campaign and by the rule that first said no; ALLOWED: none did."""
    _head: Head | None = None
    """None: not known, the database is asked."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def keep_refusals(self, refused: Sequence[Judged]) -> None:
        await self._keep([(one, None) for one in refused])

    async def keep_admissions(self, attempts: Sequence[Attempt]) -> None:
        await self._keep([(one.judged, one) for one in attempts if one.judged is not None])

    async def _keep(self, given: Sequence[tuple[Judged, Attempt | None]]) -> None:
        if not given:
            return
        async with self._turn:
            head = self._head or await self.book.head(self.engine)
            self._head = None  # if the database fails now, nobody knows how far the chain goes
            links: list[Link] = []
            for judged, attempt in given:
                links.append(link(head, judged, attempt.id, attempt.number.e164) if attempt else link(head, judged))
                head = Head(links[-1].place, links[-1].hash)
            await self.book.append(self.engine, links)
            self._head = head
            self.counted.update((judged.campaign, _rule_of(judged)) for judged, _ in given)


def _rule_of(judged: Judged) -> str:
    return judged.verdict.failures[0].rule if judged.verdict.failures else ALLOWED
