"""The dialplan functions that can be read or set through Getvar and Setvar."""

import re
from datetime import UTC, datetime

from integrations.telephone_lab.agents import AgentPool
from integrations.telephone_lab.core import Core

_CALL = re.compile(r"([A-Z_]+)\((.*)\)")
_START_FORMAT = "%Y-%m-%d %H:%M:%S"


def read(core: Core, agents: AgentPool, scope: dict[str, str], name: str) -> str:
    """The value of a variable in `scope`, a global, or a function; empty for what there is not."""
    match = _CALL.fullmatch(name)
    if match is None:
        return scope.get(name, core.globals.get(name, ""))
    return _call(core, agents, match[1], match[2])


def _call(core: Core, agents: AgentPool, function: str, argument: str) -> str:
    value = ""
    match function:
        case "DB":
            family, _, key = argument.partition("/")
            value = core.database.get(family, {}).get(key, "")
        case "GLOBAL":
            value = core.globals.get(argument, "")
        case "DEVICE_STATE":
            value = agents.device_state(argument.removeprefix("Agent:"))
        case "STRFTIME":
            value = _strftime(core.now(), argument)
        case "STRPTIME":
            value = _strptime(argument)
    return value


def write(core: Core, scope: dict[str, str], name: str, value: str) -> None:
    """Set a variable in `scope`, a global by GLOBAL, or an entry of AstDB by DB."""
    match = _CALL.fullmatch(name)
    if match is None:
        scope[name.lstrip("_")] = value
    elif match[1] == "DB":
        family, _, key = match[2].partition("/")
        core.database.setdefault(family, {})[key] = value
    elif match[1] == "GLOBAL":
        core.globals[match[2]] = value


def _strftime(now: datetime, argument: str) -> str:
    """STRFTIME(epoch,zone,format), of the present moment alone; %s and %3q (ms) as Asterisk has them."""
    form = _arguments(argument)[2] or "%c"
    exact = f"{now.timestamp():.3f}".split(".")
    return now.astimezone(UTC).strftime(form.replace("%s", exact[0]).replace("%3q", exact[1]))


def _strptime(argument: str) -> str:
    """STRPTIME(text,zone,format), in UTC; the epoch in s, empty when the text is not in the format."""
    text, _, form = _arguments(argument)
    try:
        return f"{datetime.strptime(text, form or _START_FORMAT).replace(tzinfo=UTC).timestamp():.0f}"
    except ValueError:
        return ""


def _arguments(argument: str) -> list[str]:
    return [*argument.split(",", 2), "", ""][:3]
