"""Our dialplan as text, and as the steps that Asterisk should show after loading it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from integrations.asterisk.protocol import CONTEXT_OPT_OUT, KEY_CONTEXTS, KEYS

_CONTEXT = re.compile(r"\[([\w*#-]+)\]")
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


def dialplan(return_message: str = "beep", return_key: str = "9") -> str:
    """Our contexts. Who calls back hears `return_message`, and opts out by `return_key`; empty: can't.

    Both must be such that a CampaignPlan would take them.
    """
    text = files(__package__).joinpath("extensions.conf.tmpl").read_text("utf-8")
    text = text.replace("@return_message@", return_message).replace("@return_key@", return_key)
    keys = "".join(f"\n[{KEY_CONTEXTS}{key}]\nexten => {key},1,Goto({CONTEXT_OPT_OUT},s,1)\n" for key in KEYS)
    return f"{text}\n; The information message breaks off when its key is pressed: these say which key that is.\n{keys}"


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
