"""The first scorer: points from the state of past contacts. The rule is data (contact_history.toml).

Practice of operators' telemarketing floors: contacts are called in the order of points that the state of their past
contacts earns, since that predicts reach and sale. The rule is applied in two places: `points_after` moves a lead's
score when an attempt closes; what a contact's attempts in all campaigns are worth is added when a list is imported,
by the database for many contacts at once (integrations.contact_db.lead_points), held to `points_of_history` by test.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from math import isfinite, pow
from pathlib import Path
from typing import NamedTuple

from dialer.domain.errors import BadInput
from dialer.domain.outcome import Disposition, Outcome

_LIMITS = ("lowest", "highest", "attempt_decay", "half_life_days")


@dataclass(frozen=True, slots=True)
class Rule:
    outcome: Mapping[Outcome, float]
    disposition: Mapping[Disposition, float]
    lowest: float
    highest: float
    attempt_decay: float
    """The n-th time of a kind counts `attempt_decay ** (n - 1)` of its points; 0 to 1."""
    half_life_days: float
    """In a history, points halve with every so many days."""


class PastAttempt(NamedTuple):
    """A closed attempt on a contact, in any campaign."""

    outcome: Outcome
    disposition: Disposition | None
    age_days: float


def load_rule(file: Path | None = None) -> Rule:
    """The rule in a file, or the shipped one. BadInput names the table and key that is wrong."""
    place = str(file or "contact_history.toml")
    try:
        text = (file or files(__package__) / "contact_history.toml").read_text("utf-8")
        written = tomllib.loads(text)
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", place) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", place) from error
    limits = _table(written, "limits", _LIMITS, place)
    if not 0 <= limits["attempt_decay"] <= 1 or not limits["lowest"] <= 0 <= limits["highest"]:
        raise BadInput("attempt_decay must be 0 to 1, and lowest at most 0, highest at least 0", f"{place}: limits")
    if limits["half_life_days"] < 0.01:
        raise BadInput("must be at least 0.01", f"{place}: limits.half_life_days")
    return Rule(
        outcome={Outcome(k): v for k, v in _table(written, "outcome", list(Outcome), place).items()},
        disposition={Disposition(k): v for k, v in _table(written, "disposition", list(Disposition), place).items()},
        **limits,
    )


def points_after(rule: Rule, outcome: Outcome, attempts: int) -> float:
    """Points that an attempt's end adds to its lead; `attempts` counts those so far, this one included."""
    return rule.outcome[outcome] * pow(rule.attempt_decay, max(0, attempts - 1))


def points_of_history(rule: Rule, history: Iterable[PastAttempt]) -> float:
    """Points of a contact's whole history, within the rule's limits.

    The latest of each kind counts in full, the n-th latest `attempt_decay ** (n - 1)`; all fade by `half_life_days`.
    """
    ages: dict[Outcome | Disposition, list[float]] = defaultdict(list)
    for past in history:
        ages[past.outcome].append(past.age_days)
        if past.disposition is not None:
            ages[past.disposition].append(past.age_days)
    total = sum(_points(rule, kind) * _weight(rule, days) for kind, days in ages.items())
    return min(rule.highest, max(rule.lowest, total))


def _points(rule: Rule, kind: Outcome | Disposition) -> float:
    return rule.outcome[kind] if isinstance(kind, Outcome) else rule.disposition[kind]


def _weight(rule: Rule, ages_days: Iterable[float]) -> float:
    return sum(
        pow(rule.attempt_decay, place) * pow(0.5, max(0.0, age_days) / rule.half_life_days)
        for place, age_days in enumerate(sorted(ages_days))
    )


def _table(written: Mapping[str, object], name: str, keys: Iterable[str | StrEnum], place: str) -> dict[str, float]:
    table = written.get(name)
    if not isinstance(table, dict):
        raise BadInput("is missing", f"{place}: {name}")
    if set(table) != set(keys):
        wrong = sorted(str(key) for key in set(table) ^ set(keys))
        raise BadInput(f"is missing or not known: {', '.join(wrong)}", f"{place}: {name}")
    for key, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise BadInput("must be a number", f"{place}: {name}.{key}")
    return {str(key): float(value) for key, value in table.items()}
