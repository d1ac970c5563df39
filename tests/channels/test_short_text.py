from hypothesis import given
from hypothesis import strategies as st

from integrations.channels.short_text import GSM, UCS_2, read, written


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_written_is_read_again(text: str) -> None:
    found = written(text)
    assert read(found.octets, found.coding) == text


def test_an_extended_letter_takes_two_octets_and_other_alphabets_two_a_letter() -> None:
    assert (written("€"), written("a€").octets[1:]) == (written("€"), b"\x1b\x65")
    assert written("Ж").coding == UCS_2
    assert not written("x" * 160).is_long
    assert written("x" * 161).is_long
    assert not written("Ж" * 70).is_long
    assert written("Ж" * 71).is_long
    assert written("plain").coding == GSM


def test_octets_of_no_alphabet_are_shown_as_unreadable() -> None:
    assert read(b"\xff", GSM) == "\ufffd"
    assert read(b"\xe9", 3) == "é"
    assert read(b"\xe9", 1) == "\ufffd"
