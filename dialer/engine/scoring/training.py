"""Training a model on outcomes, split by time, and judging it beside the one that serves."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dialer.engine.scoring.champion import Choice, Drift, Judgement, deciles_of, drift, is_held, judge
from dialer.engine.scoring.features import Floats, part_of
from dialer.engine.scoring.judging import judged, log_loss
from dialer.engine.scoring.propensity import (
    BATCH,
    History,
    Propensity,
    TooLittle,
    check_enough,
    fit,
    moment_of,
    probability_of,
)

_NEWEST_SHARE = 0.2
"""Of the calls, the newest: kept out of a first fit, to calibrate and to judge by."""


@dataclass(frozen=True, slots=True)
class Trained:
    judgement: Judgement
    rows: int
    wins: int
    model: Propensity | None = None
    """None: there was too little to learn from."""
    figures: dict[str, Any] | None = None
    """Of the newest calls, of which it knew nothing when it was judged."""


def trained(history: History, contacts: NDArray[np.int64], what: str, champion: Propensity | None = None) -> Trained:
    """A challenger, and whether it takes the champion's place. `what` the calls are to have, in words.

    Contacts of the held share are learned from by neither, so both may be judged on them; the newest calls are kept
    from the fit that is judged. What is kept for use is then fitted to all but the held ones.
    """
    held = np.array([is_held(int(contact)) for contact in contacts], dtype=bool)
    split, wins = len(history) - int(len(history) * _NEWEST_SHARE), int(history.won.sum())
    newest, known = ~held[split:], history.where(~held)
    try:
        check_enough(known.won, what)
        early = fit(history.upto(split), learn=~held[:split])
    except TooLittle as error:
        choice = Choice.REFUSED if champion else Choice.DEGRADED
        return Trained(Judgement(choice, str(error), 0, 0.0, None), len(history), wins)
    won = history.won[split:]
    early = calibrated(early, history, split, newest)
    said = probability_of(rolled(early, history, split))
    old = None if champion is None else probability_of(rolled(champion, history, split))[~newest]
    base_rate = float(history.won[:split][~held[:split]].mean())
    judgement = judge(said[~newest], old, base_rate, won[~newest])
    model = replace(fit(history, learn=~held), weights=early.weights, shift=early.shift)
    figures = {
        "newest": judged(said, won, probabilities=True).plain(),
        "held": judgement.held,
        "challenger_loss": judgement.challenger_loss,
        "champion_loss": judgement.champion_loss,
        "deciles": deciles_of(said),
        "features": list(model.encoding.names),
    }
    return Trained(judgement, len(history), wins, model, figures)


def rolled(model: Propensity, history: History, start: int) -> Floats:
    """Log-odds of the calls from `start` on, each batch as if scored right before it."""
    linear, trees = _parts(model, history, start)
    return model.weights[0] * linear + model.weights[1] * trees + model.shift


def calibrated(model: Propensity, history: History, start: int, rows: NDArray[np.bool_]) -> Propensity:
    """With the weights and the shift that fit best the marked calls from `start` on. A part that would turn
    the order round gets none, and what fits best is taken; if both would, the shift alone is fitted."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    parts, won = np.column_stack(_parts(model, history, start))[rows], history.won[start:][rows]
    if not 0 < won.sum() < len(won):
        return model
    fits = [(kept, LogisticRegression(C=1e3).fit(parts[:, kept], won)) for kept in ((0, 1), (0,), (1,))]
    rising = [(kept, fitted) for kept, fitted in fits if (fitted.coef_ > 0).all()]
    if rising:
        kept, best = min(rising, key=lambda one: log_loss(one[1].predict_proba(parts[:, one[0]])[:, 1], won))
        weights = [0.0, 0.0]
        for place, weight in zip(kept, best.coef_[0], strict=True):
            weights[place] = float(weight)
        return replace(model, weights=(weights[0], weights[1]), shift=float(best.intercept_[0]))
    mean = float(won.mean())
    return replace(model, shift=float(np.log(mean / (1 - mean)) - (parts @ model.weights).mean()))


def _parts(model: Propensity, history: History, start: int) -> tuple[Floats, Floats]:
    made = [(np.zeros(0), np.zeros(0))]
    for begin in range(start, len(history), BATCH):
        some = slice(begin, begin + BATCH)
        then = replace(model, moment=moment_of(history.at_days[:begin]))
        made.append(then.parts(part_of(history.columns, some), history.at_days[some]))
    return np.concatenate([one for one, _ in made]), np.concatenate([one for _, one in made])


def drifted(champion: Propensity, deciles: tuple[float, ...], history: History, since_days: float) -> Drift | None:
    """Of calls newer than those that the champion learned from; None: there are too few to tell."""
    start = int(np.searchsorted(history.at_days, since_days, side="right"))
    if len(history) - start < BATCH // 5 or not deciles:
        return None
    return drift(deciles, probability_of(rolled(champion, history, start)), history.won[start:])
