"""The first scorer: points from the state of past contacts. The rule is data (contact_history.toml).

Practice of operators' telemarketing floors: contacts are called in the order of points that the state of their past
contacts earns, since that predicts reach and sale.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from math import isfinite
from pathlib import Path

from dialer.domain.errors import BadInput
from dialer.domain.outcome import Disposition, Outcome


@dataclass(frozen=True, slots=True)
class Rule:
    outcome: Mapping[Outcome, float]
    disposition: Mapping[Disposition, float]
    lowest: float
    highest: float
    attempt_decay: float
    """The n-th attempt counts `attempt_decay ** (n - 1)` of its points; 0 to 1."""


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
    limits = _table(written, "limits", ["lowest", "highest", "attempt_decay"], place)
    if not 0 <= limits["attempt_decay"] <= 1 or limits["lowest"] > limits["highest"]:
        raise BadInput("attempt_decay must be 0 to 1, and lowest at most highest", f"{place}: limits")
    return Rule(
        outcome={Outcome(k): v for k, v in _table(written, "outcome", list(Outcome), place).items()},
        disposition={Disposition(k): v for k, v in _table(written, "disposition", list(Disposition), place).items()},
        lowest=limits["lowest"],
        highest=limits["highest"],
        attempt_decay=limits["attempt_decay"],
    )


def points_after(rule: Rule, outcome: Outcome, attempts: int) -> float:
    """Points that an attempt's end adds to its lead; `attempts` counts those so far, this one included."""
    return rule.outcome[outcome] * rule.attempt_decay ** max(0, attempts - 1)


def points_of_history(rule: Rule, outcomes: Mapping[Outcome, int], dispositions: Mapping[Disposition, int]) -> float:
    """Points of a contact's whole history, within the rule's limits: each kind's n-th time counts less."""
    total = sum(rule.outcome[kind] * _decayed(count, rule.attempt_decay) for kind, count in outcomes.items())
    total += sum(rule.disposition[kind] * _decayed(count, rule.attempt_decay) for kind, count in dispositions.items())
    return min(rule.highest, max(rule.lowest, total))


def _decayed(count: int, decay: float) -> float:
    return sum(decay**i for i in range(count))


def _table(written: Mapping[str, object], name: str, keys: list[str], place: str) -> dict[str, float]:
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
