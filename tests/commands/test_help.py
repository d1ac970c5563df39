"""What the command line teaches, and how it says no."""

import asyncio
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import click
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from dialer.__main__ import app, first_known, main
from dialer.domain.errors import BadInput, Conflict, DialerError
from dialer.settings import describe_settings, load_settings


def paths(command: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield above
    for name, inner in getattr(command, "commands", {}).items():
        yield from paths(inner, (*above, name))


COMMANDS = list(paths(get_command(app), ()))


async def dialer(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the command line, in a thread: a process needs a second to begin."""
    return await asyncio.to_thread(_in_this_process, arguments, environment)


def _in_this_process(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    with _one_at_a_time, CliRunner().isolation(env=environment) as (out, err, _), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["dialer", *arguments])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        return code, out.getvalue().decode(), err.getvalue().decode()


_one_at_a_time = Lock()


async def dialer_process(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """The same in a process of its own, as its users start it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dialer", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"], terminal_width=200)
    assert result.exit_code == 0
    groups = {path[:length] for path in COMMANDS for length in range(len(path))}
    if path not in groups:
        assert f"dialer {' '.join(path)}" in " ".join(click.unstyle(result.output).split())


def test_the_help_tells_the_exit_codes() -> None:
    assert "Exit codes: 0 done" in CliRunner().invoke(app, ["--help"], terminal_width=200).output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("campaigns", "list"), 2, "token"),
        (("campaigns", "list", "--token", "x", "--api", "http://127.0.0.1:1"), 7, "does not answer"),
        (("campaigns", "list", "--token", "x", "--api", "nonsense"), 2, "api"),
        (("campaigns", "create", "autumn", "--token", "x", "--recycle", "busy"), 2, "--recycle"),
        (("asterisk", "check"), 2, "no Asterisk server"),
        (("database", "check", "--database", "postgresql://127.0.0.1:1/none"), 3, "can't be reached"),
        (("leads", "import", "/nowhere.csv", "-c", "autumn", "--column", "phone"), 2, "--column phone"),
        (("settings", "--nonsense"), 2, "No such option"),
        (("run", "--settings", "/nowhere.toml"), 2, "/nowhere.toml"),
    ],
)
async def test_an_error_is_one_line_and_an_exit_code(arguments: tuple[str, ...], code: int, words: str) -> None:
    found, out, err = await dialer_process(*arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert "Traceback" not in err


async def test_a_traceback_is_shown_to_those_who_ask_for_it() -> None:
    code, _, err = await dialer_process("asterisk", "check", DIALER_TRACEBACK="1")
    assert code == 1
    assert "Traceback" in err


def test_an_error_is_found_inside_a_group_of_tasks() -> None:
    inner = Conflict("an engine works already")
    assert first_known(BaseExceptionGroup("tasks", [ValueError(), ExceptionGroup("more", [inner])])) is inner
    assert first_known(ExceptionGroup("tasks", [ValueError()])) is None


def test_the_example_file_is_read_and_changes_no_default(tmp_path: Path) -> None:
    text = CliRunner().invoke(app, ["settings", "--example"]).output
    file = tmp_path / "dialer.toml"
    file.write_text(text)
    read = load_settings(file)
    assert read == load_settings(asterisk=[{"secret": "the AMI secret"}])
    assert read.asterisk[0].name == "main"


def test_the_example_file_names_every_setting_and_all_can_be_taken(tmp_path: Path) -> None:
    text = CliRunner().invoke(app, ["settings", "--example"]).output
    live = "\n".join(
        line.removeprefix("# ") if " = " in line or "[[" in line else line for line in text.splitlines()[2:]
    )
    file = tmp_path / "dialer.toml"
    file.write_text(live)
    assert load_settings(file).api.tokens[0].name == "anna"
    there = {name for section in tomllib.loads(live).values() for name in keys(section)}
    assert {one.name.removesuffix(".0").rpartition(".")[2] for one in describe_settings() if "." in one.name} <= there


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_every_setting_is_printed_with_its_variable() -> None:
    output = CliRunner().invoke(app, ["settings"]).output
    assert all(one.name in output and one.environment in output for one in describe_settings())


def test_exit_codes_are_told_as_they_are() -> None:
    told = CliRunner().invoke(app, ["--help"], terminal_width=300).output
    for kind in DialerError.__subclasses__():
        assert f"{kind.exit_code} " in told
    assert BadInput.exit_code == 2
