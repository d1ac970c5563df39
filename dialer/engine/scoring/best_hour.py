"""At which local hour each lead is most likely to answer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dialer.engine.scoring.features import Columns, Floats
from dialer.engine.scoring.propensity import Propensity
from dialer.ports.scores import HOURS


def by_hour(answers: Propensity, columns: Columns, at_days: Floats, hours: Sequence[int] = HOURS) -> Floats:
    """Chance of an answer, a row a lead and a column an hour."""
    made = [
        answers.probability({**columns, "local_hour": np.full(len(at_days), float(hour))}, at_days) for hour in hours
    ]
    return np.column_stack(made)


def best_of(chances: Floats, hours: Sequence[int] = HOURS) -> NDArray[np.int16]:
    found: NDArray[np.int16] = np.array(hours, dtype=np.int16)[chances.argmax(axis=1)]
    return found
