"""The log of verdicts in memory; tests/contract/test_proof_book.py holds it to the real one."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from compliance.proof import Head, Link
from dialer.domain.errors import Conflict
from dialer.domain.ids import EngineName


@dataclass
class FakeProofBook:
    chains: dict[EngineName, list[Link]] = field(default_factory=dict)

    async def head(self, engine: EngineName) -> Head:
        chain = self.chains.get(engine, [])
        return Head(chain[-1].place, chain[-1].hash) if chain else Head()

    async def append(self, engine: EngineName, links: Sequence[Link]) -> None:
        held = {one.place: one for one in self.chains.get(engine, [])}
        known = {
            one.attempt: (whose, one.place) for whose, chain in self.chains.items() for one in chain if one.attempt
        }
        again = any(known.get(one.attempt, (engine, one.place)) != (engine, one.place) for one in links if one.attempt)
        if again or any(one.place in held and held[one.place].hash != one.hash for one in links):
            raise Conflict(f"the log of verdicts of engine {engine} goes on otherwise, or has one of these attempts")
        held |= {one.place: one for one in links}
        self.chains[engine] = [held[place] for place in sorted(held)]
