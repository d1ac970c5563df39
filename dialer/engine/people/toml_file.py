"""Reading a data file, shipped or the user's own, into checked values; each fault with its place."""

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from dialer.domain.errors import BadInput, BadInputs


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def read_file(file: Path | None, shipped: str, package: str = __package__) -> tuple[dict[str, Any], str]:
    """What the TOML file holds, or that of our `package` with this name; and how to call it. BadInput: it can't be
    read."""
    place = str(file or shipped)
    try:
        text = (file or files(package) / shipped).read_text("utf-8")
        return tomllib.loads(text), place
    except OSError as error:
        raise BadInput(f"can't be read: {error.strerror}", place) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", place) from error


def faults_of(error: ValidationError, place: str) -> BadInputs:
    return BadInputs([BadInput(one["msg"], f"{place}: {'.'.join(map(str, one['loc']))}") for one in error.errors()])
