"""`dialer settings`."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.screen import show_table

if TYPE_CHECKING:
    from dialer.settings import DescribedSetting

_HEAD = """\
# Paceline's settings. A line that begins with "# name =" shows a default: take the # away to change it.
# The environment wins over this file; `dialer settings` prints the names of the variables.
"""
_EXAMPLES = {"asterisk.0.secret": "the AMI secret", "compliance.rules": "rules.toml"}
_ONLY_SHOWN = "api.tokens.0"
"""A section that must not work as it is shown: an example token would let anyone in."""
_TOKEN = {"name": "anna", "role": "supervisor", "token": "at least sixteen characters"}


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
    sections = {name: list(group) for name, group in groupby(described, lambda one: one.name.rpartition(".")[0])}
    top = sections.pop("", [])
    parts = [_HEAD + "".join(map(_line, top))]
    parts += [_header(name) + "".join(map(_line, group)) for name, group in sections.items()]
    return "\n".join(parts)


def _header(section: str) -> str:
    if section == _ONLY_SHOWN:
        return "# [[api.tokens]]\n"
    return f"[[{section[:-2]}]]\n" if section.endswith(".0") else f"[{section}]\n"


def _line(setting: "DescribedSetting") -> str:
    section, _, name = setting.name.rpartition(".")
    if section == _ONLY_SHOWN:
        return f'# {name} = "{_TOKEN[name]}"  # {setting.meaning}\n'
    if setting.default == "required":
        return f'{name} = "{_EXAMPLES[setting.name]}"  # {setting.meaning}\n'
    return f"# {name} = {_value(_EXAMPLES.get(setting.name, setting.default))}  # {setting.meaning}\n"


def _value(default: str) -> str:
    try:
        float(default)
    except ValueError:
        return default.lower() if default in ("True", "False") else '"' + default.replace('"', '\\"') + '"'
    return default
