"""Our dialplan as text, and as the steps that Asterisk should show after loading it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

_CONTEXT = re.compile(r"\[([\w-]+)\]")
_STEP = re.compile(
    r"(?:exten\s*=>\s*(?P<exten>[^,]+),|same\s*=>\s*)(?P<priority>1|n)(?:\(\w+\))?,(?P<app>\w+)\((?P<data>.*)\)"
)


@dataclass(frozen=True, slots=True)
class Step:
    context: str
    exten: str
    priority: int
    application: str
    data: str


def dialplan() -> str:
    """Our contexts; the same on every server."""
    return files(__package__).joinpath("extensions.conf.tmpl").read_text("utf-8")


def steps(text: str) -> Iterator[Step]:
    """The steps of a dialplan that is written as ours is: `exten =>` with priority 1, then `same => n`."""
    context, exten, priority = "", "", 0
    for line in text.splitlines():
        if found := _CONTEXT.fullmatch(line.strip()):
            context = found[1]
        elif found := _STEP.fullmatch(line.strip()):
            exten = found["exten"] or exten
            priority = 1 if found["priority"] == "1" else priority + 1
            yield Step(context, exten, priority, found["app"], found["data"])
