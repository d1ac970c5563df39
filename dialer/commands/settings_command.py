"""`dialer settings`."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.screen import show_table

if TYPE_CHECKING:
    from dialer.settings import DescribedSetting

_HEAD = """\
# Paceline's settings. A line that begins with "# name =" shows a default: take the # away to change it.
# The environment wins over this file; `dialer settings` prints the names of the variables.
"""
_EXAMPLES = {
    "asterisk.0.secret": "the AMI secret",
    "compliance.rules": "rules.toml",
    "report.at": "06:00:00",
    "report.forms.0": '["html", "csv", "xlsx"]',
    "report.recipients.0": "[]",
}
_ONLY_SHOWN: Mapping[str, Mapping[str, str]] = {
    "api.tokens.0": {"name": '"anna"', "role": '"supervisor"', "token": '"at least sixteen characters"'},
    "service_groups.0": {"name": '"leipzig"', "queues": '["service"]', "busy_dates": "[]"},
    "channels.0": {"sender": '"PACELINE"'},
    "service_groups.0.busy_hours.0": {"weekdays": '["mon"]', "begins": '"08:00"', "ends": '"10:00"'},
}
"""Sections that must not work as they are shown, with what is shown: an example token would let anyone in, and with a
service group marketing is off until its inbound service is known."""


def settings(
    example: Annotated[bool, typer.Option("--example", help="print a whole, commented settings file")] = False,
) -> None:
    """Print every setting with its meaning, unit and default, and the environment variable that sets it.

    Example: dialer settings --example > dialer.toml
    """
    from dialer.settings import describe_settings  # noqa: PLC0415

    described = describe_settings()
    if example:
        print(example_file(described), end="")
    else:
        show_table(("setting", "default", "meaning", "environment"), [(s[0], s[3], s[2], s[1]) for s in described])


def example_file(described: "Sequence[DescribedSetting]") -> str:
    """TOML that is read without a fault, and, but for what has no default, changes none."""
    sections: dict[str, list[DescribedSetting]] = {}
    for one in described:
        sections.setdefault(_place(one)[0], []).append(one)
    top = sections.pop("", [])
    parts = [_HEAD + "".join(map(_line, top))]
    parts += [_header(name) + "".join(map(_line, group)) for name, group in sections.items()]
    return "\n".join(parts)


def _place(setting: "DescribedSetting") -> tuple[str, str]:
    """Its section and its name there. The first of a list of plain values is, in a file, the list."""
    section, _, name = setting.name.removesuffix(".0").rpartition(".")
    return section, name


def _header(section: str) -> str:
    if section in _ONLY_SHOWN:
        return f"# [[{section.removesuffix('.0').replace('.0.', '.')}]]\n"
    return f"[[{section[:-2]}]]\n" if section.endswith(".0") else f"[{section}]\n"


def _line(setting: "DescribedSetting") -> str:
    section, name = _place(setting)
    if name in _ONLY_SHOWN.get(section, {}):
        return f"# {name} = {_ONLY_SHOWN[section][name]}  # {setting.meaning}\n"
    if setting.default == "required":
        return f'{name} = "{_EXAMPLES[setting.name]}"  # {setting.meaning}\n'
    value = _quoted(setting.default) if setting.is_text else _value(_EXAMPLES.get(setting.name, setting.default))
    return f"# {name} = {value}  # {setting.meaning}\n"


def _value(default: str) -> str:
    if default.startswith("["):
        return default
    try:
        float(default)
    except ValueError:
        return default.lower() if default in ("True", "False") else _quoted(default)
    return default


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
