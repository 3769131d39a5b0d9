"""The lexemes that a number is made of: digits of three scripts, words for numbers, per cent signs, words that join.

It refuses to know how they combine: `rag.text.numbers` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from rag.text.number_words import SUFFIXES, Meaning, lexicon
from rag.text.words import ARABIC


@dataclass(frozen=True, slots=True)
class Piece:
    """A lexeme of the normal form: digits, a word for a number, a per cent sign, or a word that joins."""

    start: int
    end: int
    meaning: Meaning | None = None
    readings: tuple[Fraction, ...] = ()
    joined: bool = False
    article: bool = False
    ordinal: bool = False
    sign: Literal["", "percent", "and", "of", "a"] = ""


_LEXEME: Final = re.compile(
    r"(?P<percent>[%٪]|(?:ب|في )ال(?:مئه|مائه|ميه|مايه)\b|per ?cent\b|percentage points?\b|(?:نقاط|نقطه) مئويه\b)"
    r"|(?P<digits>(?P<minus>(?<![\w)%٪.])[-−])?"
    r"(?:(?P<grouped>(?<!\d)\d{1,3}(?P<sep>[,٬،'’ .])\d{3}(?:(?P=sep)\d{3})*(?!\d))(?P<tail>[.٫,]\d+)?(?![.٫,]?\d)"
    r"|(?P<whole>\d+)(?:[.٫,،](?P<part>\d+)(?![.,]\d))?)"
    r"(?P<suffix>(?:st|nd|rd|th|k|mn|m|bn|b|tn)(?![^\W\d_]))?)"
    r"|[^\W\d_]+"
)
_TEEN: Final = re.compile(r"\s++عشره?\b")
_NOT_NUMBERS: Final = {"كميه", "كميات", "لست", "فست", "كست", "الاحد", "الاثنين"}


def pieces(text: str) -> list[Piece]:
    """The lexemes of a text in normal form, in order; words that no number is made of are left out."""
    found: list[Piece] = []
    for match in _LEXEME.finditer(text):
        if match["percent"]:
            found.append(Piece(*match.span(), sign="percent"))
        elif match["digits"]:
            found.append(_digits(match, found))
        elif (piece := _word(match)) is not None:
            found.append(piece)
    return found


def _digits(match: re.Match[str], before: list[Piece]) -> Piece:
    grouped, sep = match["grouped"], match["sep"]
    readings: tuple[Fraction, ...]
    if grouped:
        plain = Fraction(grouped.replace(sep, "") + (f".{match['tail'][1:]}" if match["tail"] else ""))
        readings = (Fraction(grouped), plain) if sep == "." and grouped.count(".") == 1 else (plain,)
    else:
        readings = (Fraction(match["whole"] + (f".{match['part']}" if match["part"] else "")),)
    suffix = match["suffix"] or ""
    if suffix in SUFFIXES:
        scaled = tuple(reading * SUFFIXES[suffix] for reading in readings)
        readings = readings + scaled if suffix in {"m", "b"} else scaled
    if match["minus"]:
        readings = tuple(-reading for reading in readings)
    after = bool(before) and before[-1].end == match.start()
    return Piece(
        match.start(),
        match.end(),
        readings=readings,
        joined=after and before[-1].joined,
        article=after and before[-1].article,
        ordinal=suffix in {"st", "nd", "rd", "th"},
    )


def _word(match: re.Match[str]) -> Piece | None:
    word, known = match.group(), lexicon()
    if word in {"and", "of", "a", "an"}:
        return Piece(*match.span(), sign="a" if word == "an" else word)  # type: ignore[arg-type]
    if word in {"و", "ال", "وال", "لل", "بال"}:  # before digits: و200, الـ33
        return Piece(*match.span(), joined=word.startswith("و"), article=word.endswith(("ال", "لل")))
    if word in {"واحد", "واحدي"} and _TEEN.match(match.string, match.end()):  # وأحد عشر: the same letters as واحد
        return Piece(*match.span(), meaning=known["احد"], joined=True)
    if word in known:
        return Piece(*match.span(), meaning=known[word])
    if not ARABIC.match(word) or word in _NOT_NUMBERS or word.lstrip("و") in _NOT_NUMBERS:
        return None
    joined = word.startswith("و")
    rest = word[1:] if joined else word
    for clitic in ("", "ب", "ل", "ك", "ف"):
        for article in ("", "لل" if clitic == "ل" else clitic + "ال"):
            bare = rest.removeprefix(article or clitic)
            if len(bare) + len(article or clitic) == len(rest) and bare in known:
                return Piece(*match.span(), meaning=known[bare], joined=joined, article=bool(article))
    return None
