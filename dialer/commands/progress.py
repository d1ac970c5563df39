"""Progress of long work, on standard error: a bar on a terminal, and where it is told in words, lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Seen(NamedTuple):
    """How far a file was read."""

    done: int
    """Of `total`, in whatever unit."""
    total: int
    lines: int
    bar_words: str
    """Beside the bar."""
    line_words: str
    """In a line, where there is no bar."""


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar, moved by how much is done and of how much; nothing where nobody looks."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def reading(lines_a_word: int) -> Iterator[Callable[[Seen], None]]:
    """Of a file being read; without a terminal a line every so many lines of it."""
    if not sys.stderr.isatty():
        yield _in_lines(lines_a_word)
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda seen: bar.update(task, total=seen.total, completed=seen.done, description=seen.bar_words)


def _in_lines(lines_a_word: int) -> Callable[[Seen], None]:
    told = 0

    def move(seen: Seen) -> None:
        nonlocal told
        if seen.lines - told >= lines_a_word:
            told = seen.lines
            print(seen.line_words, file=sys.stderr, flush=True)

    return move
