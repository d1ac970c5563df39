import pickle
import traceback
from copy import deepcopy
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.domain.errors import BadInput
from dialer.domain.phone import PhoneNumber

DIGITS = "2025550123"
NUMBER = PhoneNumber(f"+1{DIGITS}")


@dataclass(frozen=True)
class Holder:
    number: PhoneNumber


@pytest.mark.parametrize(
    "printed",
    [
        repr(NUMBER),
        str(NUMBER),
        f"{NUMBER}",
        f"{NUMBER!r} {NUMBER!s} {NUMBER!a}",
        "%s %r" % (NUMBER, NUMBER),  # noqa: UP031
        "{}".format(NUMBER),  # noqa: UP032
        repr(Holder(NUMBER)),
        str([NUMBER, {NUMBER: NUMBER}]),
        repr(ValueError(NUMBER)),
    ],
)
def test_a_number_prints_masked(printed: str) -> None:
    assert "+12" in printed or "\\u2026" in printed
    assert DIGITS not in printed
    assert "555" not in printed


def test_a_number_is_masked_in_a_traceback() -> None:
    def fail(number: PhoneNumber) -> None:
        raise LookupError(number)

    with pytest.raises(LookupError) as caught:
        fail(NUMBER)
    shown = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "555" not in "".join(shown.format()).replace(__file__, "")


def test_a_format_that_would_need_the_digits_is_refused_without_showing_them() -> None:
    with pytest.raises(TypeError) as caught:
        f"{NUMBER:>20}"
    assert "555" not in str(caught.value)


def test_a_number_survives_pickle_and_copy() -> None:
    assert pickle.loads(pickle.dumps(NUMBER)) == NUMBER
    assert deepcopy(Holder(NUMBER)) == Holder(NUMBER)
    assert pickle.loads(pickle.dumps(NUMBER)).e164 == f"+1{DIGITS}"


def test_equal_numbers_are_one_key() -> None:
    assert len({NUMBER, PhoneNumber(NUMBER.e164), replace(NUMBER)}) == 1


@pytest.mark.parametrize(
    "written",
    [
        "",
        "+",
        DIGITS,
        f"1{DIGITS}",
        f"+0{DIGITS}",
        "+123456",
        "+1234567890123456",
        "+1 202 555 0123",
        f"+1{DIGITS}\n",
        f"+1{DIGITS}\r\nAction: Command",
        "+1２０２５５５０１２３",
        "+١٢٣٤٥٦٧٨",
    ],
)
def test_what_is_not_e164_is_refused_without_being_shown(written: str) -> None:
    with pytest.raises(BadInput) as caught:
        PhoneNumber(written)
    assert caught.value.place == "phone number"
    assert not written or written not in str(caught.value)


@given(st.integers(10**6, 10**15 - 1))
def test_most_digits_of_any_number_stay_hidden(digits: int) -> None:
    printed = str(PhoneNumber(f"+{digits}"))
    shown = sum(char.isdigit() for char in printed)
    assert shown == 4
