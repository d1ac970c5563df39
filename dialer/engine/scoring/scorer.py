"""The one interface of all scorers, and which of them serves when one can't."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np

from dialer.engine.scoring import expected_value, rfm
from dialer.engine.scoring.expected_value import CallTimes, ValueTiers
from dialer.engine.scoring.features import Columns, Floats, read_once
from dialer.engine.scoring.propensity import Propensity
from dialer.ports.scores import Asked


class ScorerName(StrEnum):
    HISTORY = "history"  # the imported score plus points of past contacts
    RFM = "rfm"
    PROPENSITY = "propensity"  # P(answer) x P(sale | answer)
    VALUE = "value"  # expected value an agent-minute


@dataclass(frozen=True, slots=True)
class People:
    """Leads to be scored."""

    columns: Columns
    at_days: Floats
    """The moment for which they are scored."""
    history: Floats
    """Imported score plus points of past contacts."""


@dataclass(frozen=True, slots=True)
class Scores:
    score: Floats
    """More is better; only the order counts."""
    answer: Floats | None = None
    """Chance of an answer, where it is known."""


class Scorer(Protocol):
    @property
    def name(self) -> ScorerName: ...

    @property
    def asked(self) -> Asked:
        """What it reads."""

    def score(self, people: People) -> Scores: ...


@dataclass(frozen=True, slots=True)
class HistoryScorer:
    name: ScorerName = ScorerName.HISTORY

    @property
    def asked(self) -> Asked:
        return Asked(frozenset(), history=True)

    def score(self, people: People) -> Scores:
        return Scores(people.history)


@dataclass(frozen=True, slots=True)
class RfmScorer:
    cells: rfm.Rfm
    name: ScorerName = ScorerName.RFM

    @property
    def asked(self) -> Asked:
        return Asked(self.cells.features, history=True)

    def score(self, people: People) -> Scores:
        """The cell first; within it the points of past contacts."""
        within = np.tanh(people.history / 100.0)
        return Scores(rfm.points(self.cells.cells(people.columns)) + within / 4)


@dataclass(frozen=True, slots=True)
class PropensityScorer:
    answers: Propensity
    sales: Propensity
    name: ScorerName = ScorerName.PROPENSITY

    @property
    def asked(self) -> Asked:
        return Asked(frozenset((*self.answers.encoding.names, *self.sales.encoding.names)))

    def score(self, people: People) -> Scores:
        answer, sale = _chances(self.answers, self.sales, people)
        return Scores(answer * sale, answer)


@dataclass(frozen=True, slots=True)
class ValueScorer:
    answers: Propensity
    sales: Propensity
    tiers: ValueTiers
    times: CallTimes
    name: ScorerName = ScorerName.VALUE

    @property
    def asked(self) -> Asked:
        names = (*self.answers.encoding.names, *self.sales.encoding.names, self.tiers.feature)
        return Asked(frozenset(names))

    def score(self, people: People) -> Scores:
        answer, sale = _chances(self.answers, self.sales, people)
        return Scores(expected_value.a_minute(answer, sale, self.tiers.of(people.columns), self.times), answer)


def _chances(answers: Propensity, sales: Propensity, people: People) -> tuple[Floats, Floats]:
    columns = read_once(people.columns, answers.encoding, sales.encoding)
    return answers.probability(columns, people.at_days), sales.probability(columns, people.at_days)


def ranked(scores: Floats, spread: Floats) -> Floats:
    """Scores as percentiles, 0 to 100 in hundredths, among the scores of which `spread` are quantiles in order.

    So the points of a call that ends before the next ranking move a lead by as many percentiles, whatever the scorer,
    and a lead whose place did not change need not be written.
    """
    low, high = np.searchsorted(spread, scores, "left"), np.searchsorted(spread, scores, "right")
    found: Floats = np.round(100.0 * (low + high) / (2 * max(1, len(spread))), 2)
    return found
