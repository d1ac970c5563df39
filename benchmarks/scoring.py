"""Scores judged as they would be used: walk through a file of calls in order, 500 at a time; score the next 500 with
what was known before them, then learn from them.

    make bench-scoring FILE=calls.csv [FROM=27000]

FILE is a CSV file with the columns of the UCI "Bank Marketing" data (bank-full.csv of dataset 222, CC BY 4.0),
separated by , or ;, one call a row, in order of time. FROM is the first row that counts, from 0. Prints JSON lines:
area under the ROC curve, lift area, successes in the better half; ours first, then the plain scorers beside it.
`duration` is never read: only the call tells it.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from dialer.domain.outcome import Disposition, Outcome
from dialer.engine.scoring.contact_history import PastAttempt, load_rule, points_of_history
from dialer.engine.scoring.features import Floats, columns_of, encoding_of, part_of
from dialer.engine.scoring.judging import Figures, judged
from dialer.engine.scoring.propensity import BATCH, History, fit

_WORDS = ("job", "marital", "education", "default", "housing", "loan", "contact", "month", "poutcome")
_NUMBERS = ("age", "balance", "day", "campaign", "pdays", "previous")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_FIRST = date(2008, 5, 1)
_OUT_OF_ORDER_DAYS = 31
"""A row may lie so far before those above it."""

Scorer = Callable[[History, History], Floats]
"""Scores of the second's rows by what the first tells; the second's outcomes are none of its business."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, nargs="?", default=Path("data/bank-campaign.csv"))
    parser.add_argument("--from", dest="first", type=int, default=27_000, help="first row that counts, from 0")
    parser.add_argument("--to", dest="last", type=int, default=None, help="first row that counts no longer")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="only scorers whose names begin so")
    given = parser.parse_args()
    if not given.file.is_file():
        sys.exit(
            f"{given.file} is not there: make bench-scoring FILE=calls.csv, with the columns of the UCI Bank Marketing "
            "data (https://archive.ics.uci.edu/dataset/222), in order of time"
        )
    history = read(given.file)
    last = len(history) if given.last is None else min(given.last, len(history))
    if not 0 < given.first < last:
        sys.exit(f"--from {given.first}: the file has {len(history)} rows")
    for name, scorer in scorers(given.seed).items():
        if name.startswith(given.only):
            judgement = judged(walked(history, scorer, given.first, last), history.won[given.first : last])
            tell(name, judgement, given.file.name, given.first)


def tell(scorer: str, found: Figures, file: str, first: int) -> None:
    case = {"scorer": scorer, "file": file, "from": first, "rows": found.rows, "wins": found.wins}
    for name in ("auc", "lift_area", "better_half"):
        value = round(getattr(found, name), 4)
        print(json.dumps({"name": f"scoring_{name}", "value": value, "unit": "share", **case}), flush=True)


def read(file: Path) -> History:
    """Every row, but for `duration`."""
    with file.open(encoding="utf-8", newline="") as lines:
        mark = ";" if ";" in lines.readline() else ","
        lines.seek(0)
        rows = list(csv.DictReader(lines, delimiter=mark))
    for name in (*_WORDS, *_NUMBERS, "y"):
        if not rows or name not in rows[0]:
            sys.exit(f"{file}: the column {name} is missing")
    columns = columns_of([_features(row) for row in rows])
    won = np.array([row["y"] == "yes" for row in rows], dtype=float)
    return History(columns, np.fromiter(days_of(rows), float, len(rows)), won)


def _features(row: Mapping[str, str]) -> dict[str, object]:
    numbers = {name: float(row[name]) for name in _NUMBERS}
    return {
        **{name: row[name] for name in _WORDS},
        **numbers,
        "pdays": None if numbers["pdays"] < 0 else numbers["pdays"],
    }


def days_of(rows: Sequence[Mapping[str, str]]) -> Iterator[float]:
    """The files tell no year: a call's is the first that brings it after the newest before it, or shortly before."""
    newest = _FIRST
    for row in rows:
        day, month = int(row["day"]), _MONTHS.index(row["month"]) + 1
        years = (newest.year - 1, newest.year, newest.year + 1)
        dates = (_date(year, month, day) for year in years)
        made = next(one for one in dates if (newest - one).days <= _OUT_OF_ORDER_DAYS)
        newest = max(newest, made)
        yield float(made.toordinal())


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:  # 29 February
        return date(year, month, 28)


def walked(history: History, scorer: Scorer, first: int, last: int) -> Floats:
    """Scores of the rows from `first` on, each batch by what was known before it."""
    scores = np.zeros(last)
    for start in range(first - first % BATCH, last, BATCH):
        stop = min(start + BATCH, last)
        coming = History(
            part_of(history.columns, slice(start, stop)), history.at_days[start:stop], np.zeros(stop - start)
        )
        scores[start:stop] = scorer(history.upto(start), coming)
    return scores[first:last]


def scorers(seed: int) -> dict[str, Scorer]:
    return {
        "propensity": lambda known, coming: fit(known, seed).log_odds(coming.columns, coming.at_days),
        "gradient boosting": lambda known, coming: _boosting(known, coming, seed),
        "logistic regression": _logistic,
        "contact-history points": _points,
        "random": lambda _, coming: np.random.default_rng(int(coming.at_days[0])).random(len(coming)),
    }


def _boosting(known: History, coming: History, seed: int) -> Floats:
    """As it comes: 120 trees, no tuning."""
    from sklearn.ensemble import GradientBoostingClassifier  # noqa: PLC0415

    encoding = encoding_of(known.columns)
    model: Any = GradientBoostingClassifier(n_estimators=120, random_state=seed)
    model.fit(np.nan_to_num(encoding.for_trees(known.columns), nan=-1.0), known.won)
    scores: Floats = model.decision_function(np.nan_to_num(encoding.for_trees(coming.columns), nan=-1.0))
    return scores


def _logistic(known: History, coming: History) -> Floats:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    encoding = encoding_of(known.columns)
    model: Any = LogisticRegression(max_iter=1000).fit(encoding.for_linear(known.columns), known.won)
    scores: Floats = model.decision_function(encoding.for_linear(coming.columns))
    return scores


_PAST = {
    "success": (Outcome.ANSWERED, Disposition.SALE),
    "failure": (Outcome.ANSWERED, Disposition.NOT_INTERESTED),
    "other": (Outcome.ANSWERED, Disposition.OTHER),
}


def _points(_: History, coming: History) -> Floats:
    """The shipped rule, on the contacts that the row tells of: the last campaign's, and this one's so far."""
    rule, told = load_rule(), coming.columns

    def points(row: int) -> float:
        past = _PAST.get(str(told["poutcome"][row]))
        before = [] if past is None else [PastAttempt(*past, float(told["pdays"][row]))]
        tries = [PastAttempt(Outcome.NO_ANSWER, None, 0.0)] * (int(told["campaign"][row]) - 1)
        return points_of_history(rule, [*before, *tries])

    return np.array([points(row) for row in range(len(coming))])


if __name__ == "__main__":
    main()
