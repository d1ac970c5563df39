"""Log lines: text or JSON, found by their attempt, and without a telephone number."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dialer.domain.phone import PhoneNumber
from monitoring.logs import Form, log_to, masked

ATTEMPT = "01890a5d-ac96-774b-bcce-b302099a8057"
LOG = logging.getLogger("dialer.test")


@contextmanager
def logging_to(form: Form, level: str = "INFO") -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    before = root.level
    handler = log_to(stream, form=form, level=level)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("called +12025550143 twice", "called +12…43 twice"),
        ("PJSIP/12025550143@carrier", "PJSIP/120…43@carrier"),
        ("<sip:+4930123456@host>", "<sip:+49…56@host>"),
        ("numbers 12025550143, 12025550144", "numbers 120…43, 120…44"),
        ('"+12025550143"', '"+12…43"'),
        (str(PhoneNumber("+12025550143")), "+12…43"),
        (f"attempt {ATTEMPT} is in doubt", f"attempt {ATTEMPT} is in doubt"),
        ("01890a5d-ac96-774b-bcce-120255501430", "01890a5d-ac96-774b-bcce-120255501430"),
        ("channel 1764316800.12 in 12345678 ms", "channel 1764316800.12 in 12345678 ms"),
        ("at 2026-11-29T03:00:00.123456+00:00 on port 54321", "at 2026-11-29T03:00:00.123456+00:00 on port 54321"),
    ],
)
def test_numbers_are_masked_and_nothing_else_is(said: str, told: str) -> None:
    assert masked(said) == told


def test_a_line_of_text_has_time_level_logger_and_message() -> None:
    with logging_to("text") as stream:
        LOG.warning("attempt %s on %s", ATTEMPT, "+12025550143")
        LOG.debug("too quiet")
    [line] = stream.getvalue().splitlines()
    assert line.endswith(f"WARNING dialer.test: attempt {ATTEMPT} on +12…43")


def test_a_line_of_json_has_them_as_fields_and_the_attempt_that_it_names() -> None:
    with logging_to("json") as stream:
        LOG.warning("attempt %s: „%s“", ATTEMPT, "+12025550143")
        LOG.info("nobody's")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("at").endswith("+00:00")
    assert first == {
        "level": "WARNING",
        "logger": "dialer.test",
        "message": f"attempt {ATTEMPT}: „+12…43“",
        "attempt": ATTEMPT,
    }
    assert "attempt" not in second


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_an_error_quotes_is_masked_too(form: Form) -> None:
    with logging_to(form) as stream:
        try:
            raise ValueError("no such number: +12025550143")
        except ValueError:
            LOG.exception("failed on %r", {"number": "12025550143"}, extra={"dialed": "+12025550143"})
    written = stream.getvalue()
    assert "5550143" not in written
    assert "no such number: +12…43" in written
    if form == "json":
        [line] = written.splitlines()
        assert json.loads(line)["dialed"] == "+12…43"


def test_a_line_that_can_not_be_written_stops_nobody(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with logging_to("json") as stream:
        logging.getLogger("some.library").warning("%d calls", "many")
        LOG.info("next")
    [line] = stream.getvalue().splitlines()
    assert json.loads(line)["message"] == "next"


def test_libraries_that_talk_are_kept_short() -> None:
    with logging_to("text", "DEBUG") as stream:
        logging.getLogger("apscheduler").info("added job")
    assert not stream.getvalue()
