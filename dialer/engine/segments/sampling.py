"""How large segments are, told at once from a random sample of contacts.

**How it is drawn.** Ids at random between the lowest and the highest, each as likely as any other, and none twice; an
id that is nobody's (a gap) is a miss. So `k` of `n` drawn ids that are people of a kind make `k / n * span` of them,
whatever the gaps, and `k` follows the hypergeometric law, which the binomial bounds. Neither the number of all people
nor how they lie on disk is assumed. TABLESAMPLE SYSTEM would read fewer pages, but whole ones: those who came in one
file lie together and are alike, and a group that lies on a few pages is missed while the interval looks narrow.
TABLESAMPLE BERNOULLI, and a hash of the key, read the whole table.

**Interval.** Clopper and Pearson's (Biometrika 26, 1934, 404), at 95%: it never covers less than it says, for whatever
size, also when nobody was found. Each figure has its own: of twenty, one may lie outside.

**How long.** What is not in memory takes a millisecond or two a person, the rest a tenth of it. So it is drawn in
batches until the time is up; how many were looked at depends on the machine, not on what was found. The ids are drawn
once, in random order, and kept for a day: who asks again reads the same people, by then in memory, and goes further;
and sizes move only because people do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from scipy.stats import beta

from dialer.clock import Clock
from dialer.domain.condition import Condition
from dialer.domain.errors import Conflict
from dialer.domain.estimate import Estimate
from dialer.domain.ids import ContactId
from dialer.ports.segments import PeopleReading, Span

MOST_COUNTED = 50_000
"""Up to so many contacts all are counted."""
MOST_DRAWS = 40_000
MOST_SECONDS = 1.2
"""No batch begins later."""
FEWEST_FOUND = 30
KEPT = timedelta(days=1)
_LEAST_BATCH, _MOST_BATCH = 500, 4_000
_QUICK_SECONDS = 0.2
_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Looked:
    """What a sample showed."""

    patterns: Mapping[tuple[bool, ...], int]
    """How many of the people met fit which conditions."""
    draws: int
    span: int
    """From how many ids was drawn."""

    def estimate(self, people: int) -> Estimate:
        """Of a kind of which the sample met so many."""
        low, high = clopper_pearson(people, self.draws)
        size = round(people / self.draws * self.span)
        return Estimate(size, max(people, int(low * self.span)), min(self.span, -int(-high * self.span // 1)), False)


def clopper_pearson(found: int, draws: int) -> tuple[float, float]:
    """The interval of a share, 0 to 1, at 95%."""
    low = float(beta.ppf(_TAIL, found, draws - found + 1)) if found else 0.0
    high = float(beta.isf(_TAIL, found + 1, draws - found)) if found < draws else 1.0
    return low, high


def following_batch(size: int, seconds: float) -> int:
    """How many to look at next, after so many took so long."""
    return min(_MOST_BATCH, size * 2) if seconds < _QUICK_SECONDS else max(_LEAST_BATCH, size // 2)


def roomy(span: Span) -> int:
    """An end of the ids that holds for a while as people come: up to a 64th beyond the last."""
    step = max(1, 1 << max(0, (span.last - span.first + 1).bit_length() - 7))
    return span.first + -(-(span.last - span.first + 1) // step) * step - 1


@dataclass(slots=True)
class _Drawn:
    at: datetime
    first: int
    last: int
    ids: Sequence[int]
    """In random order."""
    looked_at: int = 0
    """So many of them were read before, and may be in memory."""


class Sampling:
    def __init__(self, people: PeopleReading, clock: Clock, random: Random) -> None:
        self._people, self._clock, self._random = people, clock, random
        self._drawn: _Drawn | None = None

    async def look(self, conditions: Sequence[Condition], span: Span, now: datetime) -> Looked:
        """Conflict: too few of the ids are anybody's to draw from them."""
        drawn = self._ids(span, now)
        counts: dict[tuple[bool, ...], int] = {}
        done, size, before, begun = 0, _LEAST_BATCH, drawn.looked_at, self._clock.monotonic()
        while done < len(drawn.ids) and (at := self._clock.monotonic()) - begun < MOST_SECONDS:
            # what was read before says nothing of how long the rest takes: that begins anew
            end = min(done + size, before) if done < before else done + size
            batch = [ContactId(one) for one in drawn.ids[done:end]]
            for pattern, people in (await self._people.patterns_of(conditions, batch, now)).items():
                counts[pattern] = counts.get(pattern, 0) + people
            done += len(batch)
            size = _LEAST_BATCH if done == before else following_batch(size, self._clock.monotonic() - at)
        drawn.looked_at = max(drawn.looked_at, done)
        if (found := sum(counts.values())) < FEWEST_FOUND:
            reason = f"only {found} of {done} ids drawn are anybody's: too few to estimate from; count all (exact)"
            raise Conflict(reason, "exact")
        return Looked(counts, done, drawn.last - drawn.first + 1)

    def _ids(self, span: Span, now: datetime) -> _Drawn:
        kept = self._drawn
        if kept is not None and now - kept.at < KEPT and kept.first == span.first and kept.last == roomy(span):
            return kept
        first, last = span.first, roomy(span)
        ids = self._random.sample(range(first, last + 1), min(MOST_DRAWS, last - first + 1))
        self._drawn = _Drawn(now, first, last, ids)
        return self._drawn
