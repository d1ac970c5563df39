"""A TOML file of segments and rules of experience, as the API takes them; segments_example.toml is one."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from dialer.domain.errors import BadInput, BadInputs

EXAMPLE = "segments_example.toml"
_FIELDS: dict[str, tuple[dict[str, type], dict[str, type]]] = {
    "segments": (
        {"priority": int, "expression": str},
        {"outreach": str, "campaign": str, "offer": str, "note": str},
    ),
    "rules": ({"product": str, "expression": str, "because": str}, {}),
}
_TYPES: dict[type, str] = {int: "a whole number", str: "a text"}


def example() -> str:
    return (files(__package__) / EXAMPLE).read_text("utf-8")


def read_segment_file(file: Path) -> dict[str, list[dict[str, Any]]]:
    """BadInput: it can't be read. BadInputs names each field that is missing, unknown or of a wrong type."""
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", str(file)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", str(file)) from None
    faults = [
        BadInput("is not known here: write [segments.NAME] or [rules.NAME]", name) for name in written.keys() - _FIELDS
    ]
    found: dict[str, list[dict[str, Any]]] = {}
    for kind in _FIELDS:
        table = written.get(kind, {})
        if not isinstance(table, dict):
            faults.append(BadInput(f"must be tables [{kind}.NAME]", kind))
            continue
        for name, one in table.items():
            faults += _faults(kind, f"{kind}.{name}", one)
        found[kind] = [{"name": name} | one for name, one in table.items() if isinstance(one, dict)]
    if faults:
        raise BadInputs([BadInput(one.reason, f"{file}: {one.place}") for one in faults])
    return found


def _faults(kind: str, place: str, one: object) -> list[BadInput]:
    needed, more = _FIELDS[kind]
    if not isinstance(one, dict):
        return [BadInput("must be a table", place)]
    known = needed | more
    faults = [BadInput("is missing", f"{place}.{name}") for name in needed if name not in one]
    faults += [
        BadInput(f"is not known here; known: {', '.join(known)}", f"{place}.{name}") for name in one.keys() - known
    ]
    faults += [
        BadInput(f"must be {_TYPES[known[name]]}", f"{place}.{name}")
        for name, value in one.items()
        if name in known and (not isinstance(value, known[name]) or isinstance(value, bool))
    ]
    return faults
