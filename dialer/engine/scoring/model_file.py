"""A model as bytes for the database: NumPy arrays and JSON in one zip, read without pickle, so that whoever can write
the table can't run code here."""

import json
from dataclasses import asdict
from io import BytesIO
from typing import Any
from zipfile import BadZipFile

import numpy as np

from dialer.domain.errors import BadInput
from dialer.engine.scoring.features import Categorical, Encoding, Numeric
from dialer.engine.scoring.forest import Forest, tables_of
from dialer.engine.scoring.propensity import Linear, Moment, Propensity

LAYOUT = 1
_TREES = ("roots", "feature", "threshold", "left", "right", "missing_left", "value")


def written(model: Propensity) -> bytes:
    told = {
        "layout": LAYOUT,
        "numeric": [asdict(one) for one in model.encoding.numeric],
        "categorical": [asdict(one) for one in model.encoding.categorical],
        "intercepts": [one.intercept for one in model.linear],
        "moment": asdict(model.moment),
        "base": model.forest.base,
        "weights": model.weights,
        "shift": model.shift,
    }
    arrays: dict[str, Any] = {name: getattr(model.forest, name) for name in _TREES}
    arrays["weights"] = np.array([one.weights for one in model.linear])
    arrays["told"] = np.frombuffer(json.dumps(told).encode(), dtype=np.uint8)
    file = BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def read(data: bytes) -> Propensity:
    """BadInput when it is no model of this release's."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            return _read(arrays)
    except (BadZipFile, ValueError, KeyError, TypeError, OSError, EOFError) as error:
        raise BadInput("is no model that this release can read; train anew: dialer scores train", "model") from error


def _read(arrays: Any) -> Propensity:
    told = json.loads(arrays["told"].tobytes())
    if told["layout"] != LAYOUT:
        raise ValueError(told["layout"])
    encoding = Encoding(
        tuple(Numeric(**one) for one in told["numeric"]),
        tuple(Categorical(one["name"], tuple(one["levels"])) for one in told["categorical"]),
    )
    weights = zip(arrays["weights"], told["intercepts"], strict=True)
    return Propensity(
        encoding=encoding,
        linear=tuple(Linear(row, intercept) for row, intercept in weights),
        forest=_checked(Forest(**{name: arrays[name] for name in _TREES}, base=told["base"]), len(encoding.names)),
        moment=Moment(**told["moment"]),
        weights=(told["weights"][0], told["weights"][1]),
        shift=told["shift"],
    )


def _checked(forest: Forest, features: int) -> Forest:
    """Compiled code follows these numbers without looking: every one must lead to a node, and onwards."""
    nodes = np.arange(len(forest.feature))
    inner = forest.feature >= 0
    for step in (forest.left, forest.right):
        if (step[inner] <= nodes[inner]).any() or (step[inner] >= len(nodes)).any():
            raise ValueError("a tree's node leads nowhere")
    if inner.any() and forest.feature.max() >= features:
        raise ValueError("a tree asks for a feature that there is not")
    if (forest.roots < 0).any() or (forest.roots >= len(nodes)).any():
        raise ValueError("a tree has no root")
    tables_of(forest)
    return forest
