"""How answers are shown: tables for people on a terminal, tab-separated lines for programs, JSON for those who ask."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_SPLIT_SECOND = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.\d+")


@dataclass(frozen=True, slots=True)
class Screen:
    """What a command has to show."""

    answer: Any
    """As the API gave it."""
    columns: Sequence[str] = ()
    """Fields of its rows, `answer["items"]`; none: the answer is one thing, shown field by field."""
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Instead: several lists in the answer, each with the fields of its rows."""
    words: str = ""
    """Said instead, to people."""
    shown: Any = None
    """The same as `answer` in a form that fits into a table; None: it does as it is."""


def show(screen: Screen, *, as_json: bool) -> None:
    shown = screen.answer if screen.shown is None else screen.shown
    if as_json:
        print(json.dumps(screen.answer, ensure_ascii=False))
    elif screen.words:
        print(screen.words)
    elif screen.tables:
        for name, columns in screen.tables.items():
            print(f"{name}:")
            show_rows(columns, shown[name])
    elif screen.columns:
        show_rows(screen.columns, shown["items"])
        if shown.get("next") is not None:
            print(f"there is more: --after {shown['next']}", file=sys.stderr)
    elif isinstance(shown, Mapping):
        show_table(("field", "value"), list(shown.items()), header=False)


def show_rows(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    show_table(columns, [[row.get(name) for name in columns] for row in rows])


def show_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, header: bool = True) -> None:
    words = [[written(value) for value in row] for row in rows]
    if not sys.stdout.isatty():
        for line in ([list(columns)] if header else []) + words:
            print("\t".join(line))
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(show_header=header, box=None, pad_edge=False)
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for line in words:
        table.add_row(*map(Text, line))
    Console().print(table)


def written(value: Any) -> str:
    """A value for a table's cell."""
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {written(inner)}" for name, inner in value.items()) or "-"
    if isinstance(value, float):
        return f"{value:g}"
    return _SPLIT_SECOND.sub(r"\1", " ".join(str(value).split()))
