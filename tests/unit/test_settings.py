import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.errors import BadInput
from dialer.settings import (
    AsteriskSettings,
    DatabaseSettings,
    Settings,
    TokenSettings,
    describe_settings,
    load_settings,
)

SECRET = "hush-hush-0123456789"
FULL = f"""
clock = ""
[database]
url = "postgresql://dialer:{SECRET}@db/dialer"
pool_size = 4
[api]
port = 9000
tokens = [{{ name = "1001", role = "agent", token = "{SECRET}" }}]
[[asterisk]]
name = "a"
secret = "{SECRET}"
[[asterisk]]
name = "b"
secret = "{SECRET}"
lines = 7
[engine]
hopper_leads = 20
"""
Write = Callable[[str | bytes], Path]


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for described in describe_settings():
        monkeypatch.delenv(described.environment, raising=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(text: str | bytes) -> Path:
        file = tmp_path / "dialer.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    return write_file


def refused(*arguments: Any, **overrides: Any) -> BadInput:
    with pytest.raises(BadInput) as caught:
        load_settings(*arguments, **overrides)
    return caught.value


def test_without_a_file_all_is_at_its_default() -> None:
    assert load_settings() == Settings()


def test_a_file_sets_what_it_names_and_leaves_the_rest(write: Write) -> None:
    settings = load_settings(write(FULL))
    assert settings.database.pool_size == 4
    assert settings.engine.hopper_leads == 20
    assert settings.engine.tick_seconds == Settings().engine.tick_seconds
    assert [(server.name, server.lines) for server in settings.asterisk] == [("a", 100), ("b", 7)]
    assert settings.asterisk[0].secret == SECRET


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALER_DATABASE__URL", "postgresql://other/dialer")
    settings = load_settings(write(FULL))
    assert settings.database.url == "postgresql://other/dialer"
    assert settings.database.pool_size == 4


def test_an_override_wins_over_the_environment_and_keeps_the_rest(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALER_DATABASE__URL", "postgresql://other/dialer")
    monkeypatch.setenv("DIALER_API__PORT", "9001")
    settings = load_settings(write(FULL), database={"url": "postgresql://third/dialer"})
    assert settings.database.url == "postgresql://third/dialer"
    assert settings.database.pool_size == 4
    assert settings.api.port == 9001


def test_the_environment_sets_one_field_of_one_server(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALER_ASTERISK__1__SECRET", "another")
    monkeypatch.setenv("DIALER_ASTERISK__1__LINES", "8")
    servers = load_settings(write(FULL)).asterisk
    assert [(server.name, server.secret, server.lines) for server in servers] == [
        ("a", SECRET, 100),
        ("b", "another", 8),
    ]


def test_the_environment_alone_can_set_a_server_and_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIALER_ASTERISK__0__SECRET", SECRET)
    monkeypatch.setenv("DIALER_API__TOKENS", f'[{{"name": "q", "role": "quality", "token": "{SECRET}"}}]')
    settings = load_settings()
    assert settings.asterisk[0].secret == SECRET
    assert settings.api.tokens[0].role == "quality"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DIALER_DATABSE__URL", "x", "environment DIALER_DATABSE__URL: there are no settings 'databse'"),
        ("DIALER_DATABASE__ULR", "x", "database.ulr: Extra inputs are not permitted"),
        ("DIALER_DATABASE__POOL_SIZE", "many", "database.pool_size: Input should be a valid integer"),
        ("DIALER_API__TOKENS", "[{", 'environment: error parsing value for field "api"'),
        ("DIALER_DATABASE", SECRET, 'environment: error parsing value for field "database"'),
    ],
)
def test_a_fault_in_the_environment_is_named(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    error = refused()
    assert words in str(error)
    assert SECRET not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[database]\nurl = ", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        ("[databse]\nurl = ''", "databse: Extra inputs are not permitted"),
        ("[engine]\nhoper_leads = 1", "engine.hoper_leads: Extra inputs are not permitted"),
        ("[engine]\ntick_seconds = 0", "engine.tick_seconds: Input should be greater than or equal to 0.05"),
        ("[compliance]\nretain_years = -1", "compliance.retain_years: Input should be greater than or equal to 0"),
        ("[compliance]\nretain_years = 11", "compliance.retain_years: Input should be less than or equal to 10"),
        ("[engine]\nname = 'a b'", "engine.name: String should match pattern"),
        ("[[asterisk]]\nname = 'a'", "asterisk.0.secret: Field required"),
        ("[[asterisk]]\nsecret = 'a'\n[[asterisk]]\nsecret = 'b'", "two of them bear the same name"),
        (
            "[[asterisk]]\nsecret = 'a'\nhost = \"x\\r\\nAction: Command\"",
            "asterisk.0.host: String should match pattern",
        ),
        ("[compliance]\ndefault_region = 'usa'", "compliance.default_region: String should match pattern"),
        ("asterisk = 1", "asterisk: Input should be a valid tuple"),
    ],
)
def test_a_fault_in_the_file_names_file_and_place(write: Write, text: str | bytes, words: str) -> None:
    error = refused(write(text))
    assert error.place.endswith("dialer.toml")
    assert words in error.reason


def test_all_faults_come_at_once(write: Write) -> None:
    error = refused(write("[engine]\ntick_seconds = 9\nlease_seconds = 1\n[api]\nport = -1"))
    assert {part.split(":")[0] for part in error.reason.split("; ")} == {
        "engine.tick_seconds",
        "engine.lease_seconds",
        "api.port",
    }


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    error = refused(tmp_path / name)
    assert error.place == str(tmp_path / name)
    assert error.reason.startswith("can't be read")


def test_no_secret_is_in_what_settings_print(write: Write) -> None:
    settings = load_settings(write(FULL))
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)
    assert SECRET not in f"{settings.asterisk} {settings.api!r} {settings.database!s}"


@pytest.mark.parametrize(
    "broken",
    [
        FULL + "\nsurplus = 1",
        FULL.replace('name = "b"', 'name = "a"'),
        FULL.replace(f'secret = "{SECRET}"', f'secret = "{SECRET}\\n"'),
        FULL.replace(f'token = "{SECRET}"', f'token = ["{SECRET}"]'),
        FULL.replace("pool_size = 4", "pool_size = 0"),
        FULL.replace('role = "agent"', 'role = "king"'),
        FULL.replace(f'"{SECRET}"', f'"{SECRET}', 1),
    ],
)
def test_no_secret_is_in_an_error_or_its_traceback(write: Write, broken: str) -> None:
    error = refused(write(broken))
    assert SECRET not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: AsteriskSettings(secret=SECRET, port=0),
        lambda: AsteriskSettings(secret=SECRET + "\n"),
        lambda: DatabaseSettings(url=SECRET, pool_size=0),
        lambda: TokenSettings(name="a b", role="agent", token=SECRET),
    ],
)
def test_no_secret_is_in_the_error_of_a_section_by_itself(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="validation error") as caught:
        wrong()
    assert SECRET not in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_read_as_settings_or_refused_with_its_place(text: str) -> None:
    try:
        Settings.model_validate({"asterisk": [{"secret": text}], "engine": {"name": text}})
    except ValueError as error:
        assert "input_value" not in str(error)  # noqa: PT017


def test_each_setting_is_described_with_its_default() -> None:
    described = {setting.name: setting for setting in describe_settings()}
    assert described["database.pool_size"].default == "8"
    assert described["asterisk.0.secret"].default == "required"
    assert described["compliance.rules"].default == ""
    assert described["api.tokens.0.role"].environment == "DIALER_API__TOKENS__0__ROLE"
    assert all(setting.meaning for setting in described.values())
    sections = {name.split(".")[0] for name in described}
    assert sections == set(Settings.model_fields)


def test_each_described_environment_variable_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    for described in describe_settings():
        monkeypatch.setenv(described.environment, "\n")
        error = None
        try:
            settings = load_settings()
        except BadInput as caught:
            error = caught
        else:
            assert settings != Settings()
        assert error is None or described.name.split(".")[0] in str(error)
        monkeypatch.delenv(described.environment)


def test_an_empty_time_or_folder_of_the_report_is_none(write: Write) -> None:
    read = load_settings(write('[report]\nat = ""\ndirectory = ""\n')).report
    assert (read.at, read.directory) == (None, None)
    with pytest.raises(BadInput, match=r"report\.zone: .*is no time zone"):
        load_settings(write('[report]\nzone = "Mars/Base"\n'))
