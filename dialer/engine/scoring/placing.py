"""From scores to places, and which leads must be told of theirs.

A place is the percentile of a lead's score, 0 to 100. Calls come by place, so what must be right is the head of the
list, which calls may reach before the next ranking. To write a lead costs five times what it costs to score it, and
wears the indexes by which leads are claimed. Behind the head a lead is therefore only written when it comes from there
or goes there: the tail stays as it is, below the head.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialer.engine.scoring.features import Floats
from dialer.engine.scoring.scorer import ranked
from dialer.ports.scores import LeadPage, RankedLeads

HEAD_LEADS, HEAD_SHARE = 200_000, 0.03
"""The head: so many leads, or this share of all, whichever is more. 280 agents, who talk to three in ten of those whom
they call, for two minutes each, call 200,000 a day; 440 of them 300,000, which is the share of a list of 10 million."""
_QUANTILES = 10_000
_SAME_PLACE, _SAME_DEPTH = 0.5, 0.1
"""A lead stays that moves by no more than so many percentiles, and than this share of its distance from the top ..."""
_SAME_CHANCE, _SAME_PART = 0.01, 0.1
"""... and whose chance of an answer moves by less than this, or than this part of it."""


@dataclass(frozen=True, slots=True)
class ScoredPage:
    """What writing needs of a page: a whole list is held until it is known who stands where, at 58 bytes a lead."""

    page: LeadPage
    found: RankedLeads


def bare(page: LeadPage, found: RankedLeads) -> ScoredPage:
    kept = LeadPage(
        leads=page.leads.copy(),
        contacts=page.contacts.copy(),
        attempts=page.attempts.astype(np.int32),
        scores=page.scores.copy(),
        answer=page.answer,
        cells=page.cells,
        history=np.zeros(0),
        columns={},
    )
    return ScoredPage(kept, replace(found, leads=kept.leads, contacts=kept.contacts, attempts=kept.attempts))


@dataclass(frozen=True, slots=True)
class Spread:
    """How scores lie."""

    quantiles: Floats
    edge: float
    """The place at which the head begins."""
    least: float
    """No lead with a lower score is of the head."""


def spread_of(scores: Sequence[Floats]) -> Spread:
    joined = np.concatenate(scores)
    share = max(HEAD_LEADS / len(joined), HEAD_SHARE)
    quantiles = np.sort(joined)
    if len(joined) > _QUANTILES:
        quantiles = np.quantile(quantiles, np.linspace(0, 1, _QUANTILES))
    if share >= 1:
        return Spread(quantiles, -np.inf, -np.inf)
    # with its equals, be they many: who stands at the edge is not told apart from them
    last = np.quantile(joined, [1 - share], method="higher")
    # two quantiles lower, since places are rounded
    below = max(0, int(np.searchsorted(quantiles, last[0])) - 2)
    return Spread(quantiles, float(ranked(last, quantiles)[0]), float(quantiles[below]))


def moved(scored: ScoredPage, spread: Spread) -> RankedLeads:
    """The leads that must be written, with their places."""
    # few of a page are of the head or come from there: all the rest is reckoned for them alone
    old = scored.page
    some = np.flatnonzero(~((scored.found.scores < spread.least) & (old.scores < spread.edge)))
    found = _of(scored.found, some)
    found = replace(found, scores=ranked(found.scores, spread.quantiles))
    old_scores, old_answer = old.scores[some], old.answer[some]
    depth = 100.0 - np.maximum(found.scores, old_scores)
    same = np.abs(found.scores - old_scores) <= np.clip(_SAME_DEPTH * depth, 0, _SAME_PLACE)
    same &= found.cells == old.cells[some]
    near = np.abs(found.answer - old_answer) < np.maximum(_SAME_CHANCE, _SAME_PART * old_answer)
    same &= near | (np.isnan(found.answer) & np.isnan(old_answer))
    same |= (found.scores < spread.edge) & (old_scores < spread.edge)
    return _of(replace(found, answer=np.round(found.answer, 4)), ~same)


def _of(ranks: RankedLeads, which: NDArray[Any]) -> RankedLeads:
    return RankedLeads(**{column.name: getattr(ranks, column.name)[which] for column in fields(ranks)})
