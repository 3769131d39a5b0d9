"""Decode bytes to text, or refuse with a reason. Refusing a file is preferred to misreading one letter.

Order: byte order mark, strict UTF-8, damaged UTF-8 (refused), the more likely of ISO-8859-6 and Windows-1256, UTF-16
without a byte order mark.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from rag.errors import BadSetting, Undecodable
from rag.text.normalise import has_letters

_MARKS: Final = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEQUENCE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_BINARY: Final = re.compile(rb"[\x00-\x08\x0e-\x1b]")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_NOT_PLAIN: Final = re.compile("[^\x00-\x7f]")
_ARABIC: Final = re.compile("[\u0621-\u064a]")
_MIXED: Final = re.compile("[A-Za-z][\u0621-\u064a]|[\u0621-\u064a][A-Za-z]")
_TWICE: Final = re.compile("[ØÙ][\x80-ÿŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]")

# Frequency of each character per 10,000 non-ASCII ones, from the bodies of 3,000 articles of the ANT corpus. Tashkeel
# is rare there; its values are raised so that vocalised text passes.
# fmt: off
_FREQUENCY: Final = dict(
    zip(
        "اليمونترةبعدسفقهحأكجصطشإىخ،ضزذثئغءظؤ",
        (
            1508, 1149, 731, 638, 523, 494, 468, 455, 379, 372, 307, 300, 263, 248, 220, 219, 190, 177,
            154, 153, 103, 98, 93, 85, 83, 76, 72, 71, 62, 53, 50, 42, 38, 35, 21, 13,
        ),
        strict=True,
    )
) | dict.fromkeys("َُِّْ\u00a0", 20) | dict.fromkeys("آًٌٍـ؟؛“”«»–—‘’…•°©\u200c\u200d\u200e\u200f", 3)
# fmt: on
_COMMON: Final = frozenset(_FREQUENCY)
_RARE: Final = 0.05
_MIN_COMMON: Final = 0.97
_MIN_MARGIN: Final = 7.0
"""Minimum difference in log likelihood, in nats, of the two readings: the other one is 1,000 times less likely."""


class Decoded(NamedTuple):
    """Text of some bytes, without a byte order mark; ``data.decode(encoding) == text``."""

    text: str
    encoding: str


_SHORTEST_UTF16 = 16
"""Bytes: the digit 0 and a control character are ذ in UTF-16, so a shorter file is ambiguous."""


def decode(data: bytes) -> Decoded:
    """Text of `data`, with newlines unchanged.

    Raises `Undecodable` with the reason if the bytes are empty, binary, damaged, in an encoding that cannot be
    determined with confidence, or have no letters. This includes 8-bit text of Western and Eastern Europe, whose
    encodings cannot be distinguished.
    """
    if not data:
        raise Undecodable("the file is empty", do="remove it or fill it")
    decoded = _by_mark(data) or _as_utf8(data) or (None if _is_utf8(data) else _as_arabic(data)) or _as_utf16(data)
    if decoded is None:
        if _BINARY.search(data):
            raise Undecodable("the file is binary, not text", do="convert it to UTF-8 text")
        raise Undecodable("the encoding cannot be told with confidence", do="convert it to UTF-8")
    if not has_letters(decoded.text):
        raise Undecodable("there are no letters in the file", do="remove it")
    if decoded.text.count("\ufffd") * 10 > len(decoded.text):
        raise Undecodable("its letters were lost before it came here (U+FFFD)", do="save it again from its source")
    if len(_TWICE.findall(decoded.text)) * 4 > len(decoded.text):
        raise Undecodable("its text was encoded twice", do="save it again from its source")
    return decoded


def _by_mark(data: bytes) -> Decoded | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                decoded = Decoded(data.decode(encoding), encoding)
            except UnicodeDecodeError as error:
                raise _damaged(error, encoding) from error
            if "\0" in decoded.text:
                raise Undecodable("the file is binary, not text", do="convert it to UTF-8 text")
            return decoded
    return None


def _as_utf8(data: bytes) -> Decoded | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        high = len(_HIGH.findall(data))
        if sum(map(len, _SEQUENCE.findall(data))) > 0.25 * high:
            raise _damaged(error, "utf-8") from error
        return None
    # A few control characters occur in pages copied from the web; more of them, or a NUL, mean binary data.
    return None if "\0" in text or len(_CONTROL.findall(text)) > 0.01 * len(text) else Decoded(text, "utf-8")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_arabic(data: bytes) -> Decoded | None:
    """Decode as ISO-8859-6 or Windows-1256, if one is plausible and the other much less likely."""
    scored: list[tuple[float, Decoded]] = []
    for encoding in ("cp1256", "iso8859-6"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            scored.append((_likelihood(text), Decoded(text, encoding)))
    scored.sort(reverse=True)
    if not scored:
        return None
    best = scored[0][1]
    high = _NOT_PLAIN.findall(best.text)
    if sum(character in _COMMON for character in high) < _MIN_COMMON * len(high):
        return None
    if len(_MIXED.findall(best.text)) > 0.1 * len(_ARABIC.findall(best.text)):
        return None  # président as ISO-8859-6 is prىsident
    if len(scored) > 1 and best.text != scored[1][1].text and scored[0][0] - scored[1][0] < _MIN_MARGIN:
        return None
    return best


def _likelihood(text: str) -> float:
    """Log likelihood, in nats, of the non-ASCII characters of `text` in Arabic news.

    Each distinct word counts once: a word repeated ten times is not more evidence.
    """
    words = " ".join(dict.fromkeys(text.split()))
    return sum(math.log(_FREQUENCY.get(character, _RARE)) for character in _NOT_PLAIN.findall(words))


def _as_utf16(data: bytes) -> Decoded | None:
    """Decode as UTF-16 without a byte order mark. Its spaces and line ends contain NUL bytes; a few control characters
    alone are not Arabic."""
    if b"\0" not in data or len(data) < _SHORTEST_UTF16:
        return None
    fitting = []
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        plain = sum(character.isascii() or "\u0600" <= character <= "\u06ff" for character in text)
        common = plain + len(re.findall("[\u00a0-\u00ff\u2000-\u206f]", text))
        if not _CONTROL.search(text) and plain and common >= _MIN_COMMON * len(text):
            fitting.append(Decoded(text, encoding))
    return fitting[0] if len(fitting) == 1 else None


def _damaged(error: UnicodeDecodeError, encoding: str) -> Undecodable:
    return Undecodable(f"damaged {encoding} at byte {error.start}: {error.reason}", do="save it again from its source")


def read_lines(path: Path, what: str) -> tuple[bytes, Iterator[tuple[int, str]]]:
    """Bytes of the file in the setting ``{what}_file``, and its lines with their numbers, from 1.

    Raises `BadSetting` if it is missing, unreadable or not UTF-8.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        do = f"correct or unset {what}_file"
        raise BadSetting(f"there is no such file of {what}", where=str(path), do=do) from error
    except OSError as error:
        problem = f"the file of {what} cannot be read: {error.strerror or error}"
        do = f"check that {what}_file is a file that you may read"
        raise BadSetting(problem, where=str(path), do=do) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        raise bad_line(path, at, "this is not UTF-8", "save the file as UTF-8") from error
    return data, enumerate(re.split(r"\r\n|\r|\n", text), 1)


def bad_line(path: Path, line: int, what: str, do: str) -> BadSetting:
    """Error for an invalid line of such a file."""
    return BadSetting(what, where=f"{path}, line {line}", do=do)
