"""How a short message is written in octets: the GSM alphabet where it suffices, else UCS-2 (3GPP TS 23.038)."""

from dataclasses import dataclass

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_OCTETS = {letter: bytes((code,)) for code, letter in enumerate(_BASIC) if code != _ESCAPE} | {
    letter: bytes((_ESCAPE, code)) for code, letter in _EXTENDED.items()
}
GSM, ASCII, LATIN_1, UCS_2 = 0, 1, 3, 8
"""Values of SMPP's data_coding (SMPP 3.4, 5.2.19)."""
_ONE_PART = {GSM: 160, UCS_2: 140}
"""Octets, unpacked, that one part of a message holds."""


@dataclass(frozen=True, slots=True)
class Written:
    octets: bytes
    coding: int

    @property
    def is_long(self) -> bool:
        """It takes more than one part."""
        return len(self.octets) > _ONE_PART[self.coding]


def written(text: str) -> Written:
    octets = [_OCTETS.get(letter) for letter in text]
    known = [one for one in octets if one is not None]
    if len(known) == len(octets):
        return Written(b"".join(known), GSM)
    return Written(text.encode("utf-16-be"), UCS_2)


def read(octets: bytes, coding: int) -> str:
    """What a person wrote; what can't be read is shown as U+FFFD."""
    if coding == UCS_2:
        return octets.decode("utf-16-be", "replace")
    if coding == GSM:
        return _read_gsm(octets)
    return octets.decode("ascii" if coding == ASCII else "latin-1", "replace")


def _read_gsm(octets: bytes) -> str:
    text, escaped = [], False
    for code in octets:
        if code == _ESCAPE and not escaped:
            escaped = True
            continue
        plain = _BASIC[code] if code < len(_BASIC) else "\ufffd"
        text.append(_EXTENDED.get(code, plain) if escaped else plain)
        escaped = False
    return "".join(text)
