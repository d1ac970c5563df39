"""A list of people who do not exist, to try the dialer with.

All numbers lie in 555-0100 to 555-0199 of an area code, which the North American Numbering Plan keeps for fiction:
nobody can be reached by them. Most area codes are Eastern or Central: at ten in New York, calling hours have begun.
"""

import csv
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from random import Random

from dialer.domain.errors import BadInput

HEADER = ("phone", "first name", "last name", "city", "state", "time zone", "segment", "score")
_DRAWN = tomllib.loads((files("integrations.lead_files") / "sample.toml").read_text("utf-8"))
_PLACES = [(zone, *place) for zone, places in _DRAWN["places"].items() for place in places]
MOST = len(_PLACES) * 100
"""How many people the list can have: each has a number of their own."""


def write_sample(path: Path, count: int = 2000, seed: int = 1) -> None:
    """Write a CSV that `dialer leads import` takes as it is; the same for the same count and seed.

    BadInput when more than `MOST` people are wanted or the file can't be written.
    """
    if not 1 <= count <= MOST:
        raise BadInput(f"must be 1 to {MOST}", "count")
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *_people(count, Random(seed))])
    except OSError as error:
        raise BadInput(f"can't be written: {error.strerror}", str(path)) from error


def _people(count: int, random: Random) -> Iterator[tuple[str, ...]]:
    for number in random.sample(range(MOST), count):
        zone, code, city, state = _PLACES[number // 100]
        yield (
            f"+1{code}55501{number % 100:02d}",
            random.choice(_DRAWN["first_names"]),
            random.choice(_DRAWN["last_names"]),
            city,
            state,
            zone,
            random.choice(_DRAWN["segments"]),
            f"{random.betavariate(2, 3) * 100:.1f}",
        )
