"""AMI messages as text: what a client asked, and how answers look."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"\s*([^=]+?)\s*=(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED_SPLIT = re.compile(r"((?:[^,\\]|\\.)*)(?:,|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Request:
    """An action as received. Header names are lower case; of a name given twice the first value counts."""

    headers: Mapping[str, str]
    lines: tuple[tuple[str, str], ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    """From the Variable headers, unescaped."""

    def get(self, name: str) -> str:
        return self.headers.get(name, "")


def parse_request(block: bytes) -> Request:
    """The action in `block`, which has no end mark any more. Lines without a colon say nothing."""
    headers: dict[str, str] = {}
    lines: list[tuple[str, str]] = []
    variables: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        key, value = name.strip().lower(), value.strip()
        lines.append((name.strip(), value))
        headers.setdefault(key, value)
        if key == "variable":
            variables.update(_read_variables(value))
    return Request(headers, tuple(lines), variables)


def _read_variables(value: str) -> Iterable[tuple[str, str]]:
    """Asterisk splits a Variable header at commas, except those after a backslash."""
    plain = "," not in value and "\\" not in value
    for part in (value,) if plain else _ESCAPED_SPLIT.findall(value):
        match = _NAME.fullmatch(part)
        if match:
            yield match[1], match[2] if plain else _ESCAPE.sub(r"\1", match[2])


def answer(request: Request, message: str = "", *, kind: str = "Success", **headers: object) -> str:
    """A response; `headers` follow the message."""
    lines = [f"Response: {kind}"]
    if action_id := request.get("actionid"):
        lines.append(f"ActionID: {action_id}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if message:
        lines.append(f"Message: {message}")
    return "\r\n".join(lines) + "\r\n\r\n"


def refusal(request: Request, message: str) -> str:
    return answer(request, message, kind="Error")


def listing(request: Request, message: str, events: Iterable[str], complete: str, count_name: str = "ListItems") -> str:
    """A response, its events, and the event that completes the list. Events are header lines without their end."""
    action_id = f"ActionID: {request.get('actionid')}\r\n" if request.get("actionid") else ""
    parts = [f"Response: Success\r\n{action_id}EventList: start\r\nMessage: {message}\r\n\r\n"]
    parts += [f"{event}{action_id}\r\n" for event in events]
    parts.append(
        f"Event: {complete}\r\n{action_id}EventList: Complete\r\n{count_name}: {len(parts) - 1}\r\n\r\n",
    )
    return "".join(parts)
