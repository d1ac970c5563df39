"""How good a score is, by what came of those who were scored."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import rankdata

from dialer.engine.scoring.features import Floats


@dataclass(frozen=True, slots=True)
class Figures:
    rows: int
    wins: int
    auc: float
    """Area under the ROC curve: how often a yes is scored above a no. A half: chance."""
    lift_area: float
    """Area under the cumulative lift: the share of wins reached over the share of rows called, best first."""
    better_half: float
    """Share of the wins in the half that is scored better."""
    log_loss: float | None = None
    """Mean; of scores that are probabilities."""
    calibration_error: float | None = None
    """Mean distance between what was said and what came, over tenths."""

    def plain(self) -> dict[str, float | int | None]:
        return asdict(self)


def judged(score: Floats, won: Floats, *, probabilities: bool = False) -> Figures:
    """Ties count half, in all figures: the order within them is nobody's merit."""
    wins, rows = float(won.sum()), len(won)
    ranks = rankdata(score)
    auc = (ranks[won == 1].sum() - wins * (wins + 1) / 2) / (wins * (rows - wins)) if 0 < wins < rows else 0.5
    return Figures(
        rows=rows,
        wins=int(wins),
        auc=float(auc),
        lift_area=float(1 - np.mean((rows - ranks[won == 1] + 0.5) / rows)) if wins else 0.5,
        better_half=_better_half(score, won) if wins else 0.5,
        log_loss=log_loss(score, won) if probabilities else None,
        calibration_error=_calibration_error(score, won) if probabilities else None,
    )


def losses(probability: Floats, won: Floats) -> Floats:
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    found: Floats = -np.where(won == 1, np.log(p), np.log1p(-p))
    return found


def log_loss(probability: Floats, won: Floats) -> float:
    return float(losses(probability, won).mean())


def _better_half(score: Floats, won: Floats) -> float:
    half = len(score) // 2
    edge = np.partition(score, len(score) - half)[len(score) - half] if half else np.inf
    above, at_edge = score > edge, score == edge
    share = (half - above.sum()) / max(1, at_edge.sum())
    return float((won[above].sum() + share * won[at_edge].sum()) / won.sum())


def _calibration_error(probability: Floats, won: Floats) -> float:
    tenths = np.array_split(np.argsort(probability, kind="stable"), 10)
    return float(
        sum(abs(probability[one].mean() - won[one].mean()) * len(one) for one in tenths if len(one)) / len(won)
    )
