"""Which model serves: a challenger must be no worse than the champion on leads that neither learned from, and what a
champion meets must stay like what it learned from."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log, sqrt
from zlib import crc32

import numpy as np

from dialer.engine.scoring.features import Floats
from dialer.engine.scoring.judging import judged, losses

HELD_SHARE = 0.2
"""Of the contacts: called like any other, but no model learns from them."""
LEAST_HELD = 50
"""Outcomes of held leads without which nobody is judged."""
_CLEAR = 1.64
"""Standard errors by which a challenger must be worse to be called worse: one in twenty by chance."""
WATCH, MOVED = 0.1, 0.25
"""Population stability index from which a distribution is to be watched, and has moved (Siddiqi, Credit Risk
Scorecards, 2006, 137)."""
_QUANTILES = 10


class Choice(StrEnum):
    PROMOTED = "promoted"
    REFUSED = "refused"
    DEGRADED = "degraded"  # a simpler scorer serves


@dataclass(frozen=True, slots=True)
class Judgement:
    choice: Choice
    reason: str
    held: int
    challenger_loss: float
    champion_loss: float | None
    """Mean log loss on the held leads; None: there was no champion, and the rate itself was to be beaten."""


def is_held(contact: int) -> bool:
    """Always the same contacts, whatever the campaign and the model."""
    return crc32(contact.to_bytes(8, "big", signed=True)) % 1000 < 1000 * HELD_SHARE


def judge(challenger: Floats, champion: Floats | None, base_rate: float, won: Floats) -> Judgement:
    """Probabilities given to held leads, and what came of them. Without a champion the rate known before is to be
    beaten."""
    if len(won) < LEAST_HELD or not 0 < won.sum() < len(won):
        reason = (
            f"only {len(won)} outcomes of held leads, {int(won.sum())} with a yes: {LEAST_HELD} are needed, of both"
        )
        return Judgement(Choice.DEGRADED if champion is None else Choice.REFUSED, reason, len(won), 0.0, None)
    rival = np.full(len(won), base_rate) if champion is None else champion
    mine, theirs = losses(challenger, won), losses(rival, won)
    worse = mine - theirs
    error = float(worse.std(ddof=1)) / sqrt(len(won))
    told = f"log loss {mine.mean():.4f} against {theirs.mean():.4f} on {len(won):,} held leads"
    auc = judged(challenger, won).auc
    if champion is None:
        good = float(worse.mean()) < 0 and auc > 0.5
        choice = Choice.PROMOTED if good else Choice.DEGRADED
        told += f" of the bare rate, AUC {auc:.3f}"
    else:
        good = float(worse.mean()) <= _CLEAR * error and auc >= judged(champion, won).auc - 0.02
        choice = Choice.PROMOTED if good else Choice.REFUSED
        told += f" of the champion, AUC {auc:.3f} against {judged(champion, won).auc:.3f}"
    return Judgement(choice, told, len(won), float(mine.mean()), None if champion is None else float(theirs.mean()))


@dataclass(frozen=True, slots=True)
class Drift:
    score_psi: float
    """Population stability index of the scores against those of the training."""
    rate_z: float
    """Standard errors by which the recent rate differs from what the model said."""

    @property
    def words(self) -> str:
        if self.score_psi >= MOVED or abs(self.rate_z) >= 4:
            return "moved"
        return "watch" if self.score_psi >= WATCH or abs(self.rate_z) >= 2 else "steady"


def deciles_of(scores: Floats) -> tuple[float, ...]:
    """Where tenths of these scores part; kept with a model."""
    return tuple(float(edge) for edge in np.quantile(scores, np.arange(1, _QUANTILES) / _QUANTILES))


def drift(deciles: Sequence[float], recent: Floats, won: Floats) -> Drift:
    """Of probabilities that a model gives to recent calls, and what came of them."""
    edges = np.unique(np.asarray(deciles))
    expected = np.diff(np.concatenate([[0.0], (np.searchsorted(deciles, edges, "right")) / _QUANTILES, [1.0]]))
    found = np.bincount(np.searchsorted(edges, recent, "left"), minlength=len(edges) + 1) / max(1, len(recent))
    spread = sqrt(max(1e-9, float((recent * (1 - recent)).sum())))
    return Drift(psi(expected, found), float((won - recent).sum()) / spread if len(recent) else 0.0)


def psi(expected: Floats, found: Floats) -> float:
    """Population stability index of two distributions over the same groups; an empty one counts half a thousandth."""
    pairs = zip(np.maximum(expected, 5e-4), np.maximum(found, 5e-4), strict=True)
    return float(sum((have - was) * log(have / was) for was, have in pairs))
