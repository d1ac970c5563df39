"""The parts that pages of evidence are made of; every text is escaped. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from dialer.commands.evidence.style import STYLE


@dataclass(frozen=True, slots=True)
class Html:
    """Text that is HTML already."""

    text: str


class Figure(Html):
    """A number with its unit."""


_RULES = ("rule", "version", "of", "kind", "figure", "how surely it is known", "source")
NONE = Html('<span class="none">–</span>')


def html(value: Any) -> str:
    """A value as HTML: nothing as a dash, what there are several of line by line."""
    if isinstance(value, Html):
        return value.text
    if isinstance(value, Mapping):
        value = [f"{name}: {count:,}" for name, count in value.items()]
    if isinstance(value, list | tuple):
        return "".join(f"<div>{html(one)}</div>" for one in value) or NONE.text
    return NONE.text if value is None or value == "" else escape(_written(value))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{round(value, 3):,}".removesuffix(".0")
    return f"{value:,}" if isinstance(value, int) else str(value)


def utc(moment: str | None) -> Html:
    """A time in UTC, ISO 8601, for readers."""
    if moment is None:
        return NONE
    words = f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M:%S.%f}"[:-3].removesuffix(".000")
    return Html(f'<span class="narrow">{words} UTC</span>')


def locals_(times: Sequence[Mapping[str, str]], *, zones: int = 30) -> Html:
    """Local times of one moment, each in its zone; the first `zones` of them."""
    lines = [f"{_local(one['at'])} {escape(one['zone'])}" for one in times[:zones]]
    if len(times) > zones:
        hours = sorted(one["at"][:16] for one in times)
        lines.append(f"and {len(times) - zones} zones more, {hours[0][11:]} to {hours[-1][11:]}")
    return Html("".join(f"<div>{line}</div>" for line in lines) or 'zone <span class="mark">not known</span>')


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%a %d %b %Y %H:%M:%S}"


def known(row: Mapping[str, Any]) -> Html:
    """How surely a rule is known."""
    words = escape(str(row["known"]))
    return Html(f'<span class="mark">{words}</span>' if row["unverified"] else words)


def good_or_bad(good: bool, if_good: str, if_bad: str) -> Html:
    return Html(
        f'<span class="good">{escape(if_good)}</span>' if good else f'<span class="bad">{escape(if_bad)}</span>'
    )


def narrow(text: str) -> Html:
    """Never broken over two lines."""
    return Html(f'<span class="narrow">{escape(text)}</span>')


def percent(ratio: float) -> Figure:
    return Figure(f"{ratio * 100:.2f}%")


def code(text: str | None) -> Html:
    return NONE if text is None else Html(f"<code>{escape(text)}</code>")


def pairs(rows: Mapping[str, Any]) -> str:
    """Names and values, one under the other."""
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{html(value)}</td></tr>' for name, value in rows.items()
    )
    return f'<table class="pairs"><tbody>{body}</tbody></table>\n'


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], caption: str = "") -> str:
    held = [list(row) for row in rows]
    numbers = [name for place, name in enumerate(columns) if held and all(_is_number(row[place]) for row in held)]
    body = "".join(line(row) for row in held)
    return f"{table_top(columns, caption, numbers=numbers)}{body}</tbody></table>\n"


def rules_table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rules, as evidence_call.rule_row tells them."""
    lines = (
        (narrow(row["rule"]), row["version"], row.get("jurisdiction"), row.get("kind"), row.get("figure"), known(row),
         row.get("source"))
        for row in rows
    )  # fmt: skip
    return table(_RULES, lines)


def table_top(columns: Sequence[str], caption: str = "", kind: str = "", numbers: Collection[str] = ()) -> str:
    head = "".join(
        f'<th scope="col" class="number">{escape(name)}</th>'
        if name in numbers
        else f'<th scope="col">{escape(name)}</th>'
        for name in columns
    )
    titled = f"<caption>{escape(caption)}</caption>" if caption else ""
    named = f' class="{kind}"' if kind else ""
    return f"<table{named}>{titled}<thead><tr>{head}</tr></thead><tbody>\n"


def line(row: Sequence[Any], *, fault: bool = False) -> str:
    cells = "".join(
        f'<td class="number">{html(value)}</td>' if _is_number(value) else f"<td>{html(value)}</td>" for value in row
    )
    return f'<tr class="fault">{cells}</tr>\n' if fault else f"<tr>{cells}</tr>\n"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Figure) and not isinstance(value, bool)


def paragraphs(words: Iterable[str]) -> str:
    return "".join(f"<p>{escape(one)}</p>\n" for one in words)


def short(words: Iterable[str | Html], *, bad: bool) -> str:
    """What stands above all else."""
    lines = "".join(f"<p>{html(one)}</p>" for one in words)
    kind = "short bad" if bad else "short"
    return f'<section class="{kind}">{lines}</section>\n'


def top(title: str, about: Sequence[str], *, wide: bool = False) -> str:
    """The beginning of a page; `about`: for what, made when, and by what."""
    said = "".join(f'<p class="about">{escape(one)}</p>' for one in about)
    body = '<body class="wide">' if wide else "<body>"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style></head>\n"
        f"{body}\n<header><h1>{escape(title)}</h1>{said}</header>\n<main>\n"
    )


BOTTOM = "</main></body></html>\n"
