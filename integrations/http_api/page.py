"""A page for people, of what the OpenAPI document says."""

from html import escape
from typing import Any

_HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Paceline API</title>
<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
td{padding:.2rem .8rem;vertical-align:top}code{white-space:nowrap}h2{margin-bottom:0}</style>
<h1>Paceline API</h1><p>Every request names its token: <code>Authorization: Bearer TOKEN</code>.
The whole document, with every field: <a href="/openapi.json">openapi.json</a>.</p>"""


def page(document: dict[str, Any]) -> str:
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_row(method, path, operation))
    return _HEAD + "".join(f"<h2>{escape(name)}</h2><table>{''.join(rows)}</table>" for name, rows in groups.items())


def _row(method: str, path: str, operation: dict[str, Any]) -> str:
    words = f"{operation['summary']} {operation.get('description', '')}"
    return f"<tr><td><code>{method.upper()} {escape(path)}</code></td><td>{escape(words)}</td></tr>"
