"""Score forms as data: items with points and weights, some of them fatal; a form is known by what it says.

A form's digest is its version. Scores keep the digest that they were given on, so a changed form changes no score, and
figures of two versions are told apart.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from dialer.domain.errors import BadInput, BadInputs

Points = Mapping[str, int | None]
"""What was given for each item, by its id; None: it did not apply to this call."""


@dataclass(frozen=True, slots=True)
class FormItem:
    id: str
    words: str
    """What is asked."""
    most: int = 1
    """Points from 0 to this; 1: a yes or no."""
    weight: float = 1.0
    """Its part of the total, beside the others' weights; above 0."""
    fatal: bool = False
    """0 points for it fail the whole call."""


@dataclass(frozen=True, slots=True)
class ScoreForm:
    name: str
    items: Sequence[FormItem]
    campaigns: Sequence[str] = ()
    """Whose calls are scored on it, by name; empty: all others'."""

    @property
    def digest(self) -> str:
        """Of name and items: which campaigns it is for changes no score."""
        told = {"name": self.name, "items": [asdict(item) for item in self.items]}
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Total:
    total: float
    """0 to 100; 0 when something fatal was found."""
    fatal: Sequence[str] = ()
    """Ids of the fatal items with 0 points."""


def form_for(forms: Sequence[ScoreForm], campaign: str) -> ScoreForm:
    """The first form that names the campaign, else the first that is for all; files are checked to have one."""
    named = (form for form in forms if campaign in form.campaigns)
    general = (form for form in forms if not form.campaigns)
    return next(named, None) or next(general)


def total_of(form: ScoreForm, points: Points, place: str = "points") -> Total:
    """The weighted mean of the items that applied, each as a part of its most points, times 100.

    BadInputs names every item that is missing, not on the form, or out of its range.
    """
    faults = [BadInput(f"is not on the form {form.name}", f"{place}.{name}") for name in sorted(points)]
    faults = [
        fault for fault in faults if fault.place.removeprefix(f"{place}.") not in {item.id for item in form.items}
    ]
    for item in form.items:
        if item.id not in points:
            faults.append(BadInput("is missing; null says that it did not apply", f"{place}.{item.id}"))
        else:
            given = points[item.id]
            if given is not None and not 0 <= given <= item.most:
                faults.append(BadInput(f"must be 0 to {item.most}, or null", f"{place}.{item.id}"))
    applied = [(item, given) for item in form.items if (given := points.get(item.id)) is not None]
    if not faults and not applied:
        faults.append(BadInput("no item applied: then the call can't be scored; say so instead", place))
    if faults:
        raise BadInputs(faults)
    fatal = tuple(item.id for item, given in applied if item.fatal and given == 0)
    weights = sum(item.weight for item, _ in applied)
    reached = sum(item.weight * given / item.most for item, given in applied)
    return Total(0.0 if fatal else 100 * reached / weights, fatal)
