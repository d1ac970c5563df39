"""Which encoding a text file is in.

In this order: the one that was given; a byte order mark; UTF-8 if the whole file is valid UTF-8, or most of its lines
with letters beyond ASCII are; UTF-16 told by its zero bytes; GB18030 if the letters make common Chinese characters;
else the Windows code page that charset-normalizer finds the likeliest.
"""

import codecs
import re
from collections.abc import Iterable
from pathlib import Path

from charset_normalizer import from_bytes

from dialer.domain.errors import BadInput

MARKED = "lead-file-marked"
"""Name of the error handler that keeps undecodable bytes as lone surrogates, U+DC00 plus the byte."""

_BLOCK = 1 << 20
_SAMPLE_LINES = 2000
_SAMPLE_BYTES = 1 << 18
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_LONE = re.compile("[\udc00-\udcff]")
_RUN = re.compile(rb"[\x80-\xff]+")
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp932", "big5", "cp949"]
_LATIN = {
    "cp1252": "äöüßÄÖÜéèêëÉÈàâáãÀÁçÇñÑóòôõÓíìîïÍúùûÚåÅæÆøØœ",
    "cp1250": "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽäöüőűŐŰÄÖÜăâîșțşţđĐ",
    "cp1254": "ışğİŞĞçöüÇÖÜâ",
}
"""The usual letters of the code pages that share the Latin alphabet, the commonest page first."""
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030"}


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(MARKED, _mark)


def undecodable(text: str) -> str:
    """The first byte of a text that its encoding does not know, like "0xE9"; empty when all are known."""
    found = _LONE.search(text)
    return f"0x{ord(found[0]) - 0xDC00:02X}" if found else ""


def known_encoding(name: str, head: bytes = b"") -> str:
    """Python's name of a given encoding. `head`: the file's first bytes, to see a byte order mark."""
    try:
        codec = codecs.lookup(name).name
        b"".decode(codec)
    except LookupError:
        raise BadInput(
            f"{name!r} is not an encoding known here: utf-8, utf-16, gb18030, cp1252 ...", "encoding"
        ) from None
    marked = next((marked for mark, marked in _MARKS if head.startswith(mark)), "")
    if marked.startswith(codec):
        return marked
    return _WIDER.get(codec, codec)


def find_encoding(path: Path) -> str:
    """The likeliest encoding of a text file. OSError when it can't be read."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return _utf16_unmarked(head) or ("utf-8" if _is_utf8(path) else likeliest(_sample(path)))


def likeliest(lines: Iterable[bytes]) -> str:
    """The likeliest encoding of lines that hold letters beyond ASCII and are not all UTF-8."""
    sample = list(lines)
    valid = sum(1 for line in sample if not undecodable(line.decode("utf-8", MARKED)))
    if 2 * valid >= len(sample):
        return "utf-8"
    text = b"\n".join(sample)
    if _looks_chinese(text):
        return "gb18030"
    best = from_bytes(text, cp_isolation=_CODE_PAGES, threshold=0.5, enable_fallback=False).best()
    return best.encoding if best is not None and best.encoding not in {*_LATIN, "cp1257"} else _latin(text)


def _latin(text: bytes) -> str:
    """The Latin code page in which most of the letters are usual ones; short names are too little for statistics."""

    def usual_letters(page: str) -> int:
        return sum(letter in _LATIN[page] for letter in text.decode(page, "replace"))

    return max(_LATIN, key=usual_letters)


def _looks_chinese(text: bytes) -> bool:
    """Whether bytes beyond ASCII go in pairs that fall where GB 2312 has its common characters (rows 16 to 55).

    Cyrillic text has long runs of such bytes too, but of odd length as often as even, and in capitals and small
    letters alone (0xC0 and up), where a third of the second bytes of Chinese lie below that.
    """
    runs = _RUN.findall(text)
    pairs = _PAIR.findall(text)
    common = sum(1 for lead, trail in pairs if 0xB0 <= lead <= 0xD7 and trail >= 0xA1)
    low_trails = sum(1 for lead, trail in pairs if 0xB0 <= lead <= 0xD7 and 0xA1 <= trail < 0xC0)
    even = sum(1 for run in runs if len(run) % 2 == 0)
    return (
        5 * even >= 4 * len(runs) > 0
        and 5 * common >= 3 * len(pairs) > 0
        and (10 * low_trails >= common or 10 * common >= 9 * len(pairs))
    )


def _utf16_unmarked(head: bytes) -> str:
    """Commas, digits and line ends have a zero byte in UTF-16, always on the same side."""
    half = max(1, len(head) // 2)
    even, odd = head[::2].count(0) / half, head[1::2].count(0) / half
    if odd > 0.2 and even < 0.02:
        return "utf-16-le"
    return "utf-16-be" if even > 0.2 and odd < 0.02 else ""


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _sample(path: Path) -> list[bytes]:
    """Lines with bytes beyond ASCII, from all of the file's beginning, at most `_SAMPLE_BYTES`."""
    lines: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while (line := file.readline(1 << 16)) and len(lines) < _SAMPLE_LINES and size < _SAMPLE_BYTES:
            if _BEYOND_ASCII.search(line):
                lines.append(line.rstrip(b"\r\n"))
                size += len(line)
    return lines
