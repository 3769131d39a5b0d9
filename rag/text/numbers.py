"""Find the numbers in a text, in digits of three scripts or in words, each with its span."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Final, Literal, NamedTuple

from rag.text.normalise import ARABIC, Normal
from rag.types import Span

# Number words in Arabic and English, normalised.

_Role = Literal["cardinal", "ordinal", "plural", "fraction"]


class _Meaning(NamedTuple):
    """Meaning of a number word: `value`; `dual` for a scale that includes "two" (ألفان); `other`: a second reading."""

    value: Fraction
    role: _Role
    arabic: bool
    dual: bool = False
    other: Fraction | None = None
    certain: bool = True


_CARDINALS: Final = {
    0: "صفر", 1: "واحد واحده احد احدي", 2: "اثنان اثنين اثنا اثني اثنتان اثنتين اثنتا اثنتي", 3: "ثلاثه ثلاث",
    4: "اربعه اربع", 5: "خمسه خمس", 6: "سته ست", 7: "سبعه سبع", 8: "ثمانيه ثماني ثمان", 9: "تسعه تسع",
    10: "عشره عشر", 20: "عشرون عشرين", 30: "ثلاثون ثلاثين", 40: "اربعون اربعين", 50: "خمسون خمسين",
    60: "ستون ستين", 70: "سبعون سبعين", 80: "ثمانون ثمانين", 90: "تسعون تسعين", 1000: "الف",
    10**6: "مليون", 10**9: "مليار بليون", 10**12: "تريليون ترليون",
}  # fmt: skip
_HUNDRED: Final = ("مئه", "مائه", "ميه", "مايه")
_HUNDREDS: Final = {
    3: "ثلاث ثلث", 4: "اربع", 5: "خمس", 6: "ست", 7: "سبع", 8: "ثمان ثماني", 9: "تسع",
}  # fmt: skip
_TWO_HUNDRED: Final = "مئتان مئتين مئتا مئتي مائتان مائتين مائتا مائتي ميتان ميتين"
_DUALS: Final = {
    1000: "الفان الفين الفي", 10**6: "مليونان مليونين مليوني", 10**9: "ملياران مليارين ملياري بليونان بليونين",
    10**12: "تريليونان تريليونين ترليونان ترليونين",
}  # fmt: skip
# Either the accusative after a number (ثلاثون ألفا) or the dual before a noun (ألفا شخص).
_EITHER: Final = {1000: "الفا", 10**6: "مليونا", 10**9: "مليارا بليونا", 10**12: "تريليونا ترليونا"}
_PLURALS: Final = {
    10: "عشرات", 100: "مئات", 1000: "الاف", 10**6: "ملايين", 10**9: "مليارات بلايين", 10**12: "تريليونات ترليونات",
}  # fmt: skip
_ORDINALS: Final = {
    1: "اول اولي حادي حاديه", 2: "ثاني ثانيه ثان", 3: "ثالث ثالثه", 4: "رابع رابعه", 5: "خامس خامسه",
    6: "سادس سادسه", 7: "سابع سابعه", 8: "ثامن ثامنه", 9: "تاسع تاسعه", 10: "عاشر عاشره",
}  # fmt: skip
_SETS: Final = {2: "ثنائيه", 3: "ثلاثيه", 4: "رباعيه", 5: "خماسيه", 6: "سداسيه"}
_FRACTIONS: Final = {
    Fraction(1, 2): "نصف",
    Fraction(1, 4): "ربع ارباع",
    Fraction(1, 3): "ثلث",
    Fraction(2, 3): "ثلثا ثلثي ثلثين ثلثان",
}
_ENGLISH_FRACTIONS: Final = {
    Fraction(1, 2): "half", Fraction(1, 3): "thirds", Fraction(1, 4): "quarter quarters", Fraction(1, 5): "fifths",
}  # fmt: skip
# ربع and quarter are also parts of a year or of a town, ثنائي is also bilateral.
_UNSURE: Final = {"نصف", "half", "ربع", "quarter", "واحد", "واحده", "احد", "احدي", "ثانيه", "one", *_SETS.values()}

_ENGLISH: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_ENGLISH_TENS: Final = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ENGLISH_SCALES: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ENGLISH_ORDINALS: Final = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
]
_ENGLISH_TENTHS: Final = [
    "twentieth",
    "thirtieth",
    "fortieth",
    "fiftieth",
    "sixtieth",
    "seventieth",
    "eightieth",
    "ninetieth",
]

_SUFFIXES: Final = {
    "k": 10**3, "m": 10**6, "mn": 10**6, "mln": 10**6,
    "b": 10**9, "bn": 10**9, "bln": 10**9, "tn": 10**12, "trn": 10**12,
}  # fmt: skip
"""Suffixes after digits: 5bn, 5 bn."""
_VULGAR: Final = {
    "½": (1, 2), "¼": (1, 4), "¾": (3, 4), "⅓": (1, 3), "⅔": (2, 3), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
    "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
}  # fmt: skip
"""Fractions of one character. Normalisation would join their digits to those before them, so that they are exchanged
for characters of private use, from `_PRIVATE` on."""
_PRIVATE: Final = 0xE000
_KEPT: Final = str.maketrans({one: chr(_PRIVATE + at) for at, one in enumerate(_VULGAR)})
_KEPT.update(dict.fromkeys(map(ord, "⁰¹²³⁴⁵⁶⁷⁸⁹"), chr(_PRIVATE + 0xFF)))  # a note or an exponent ends a figure
_PARTS: Final = [Fraction(*one) for one in _VULGAR.values()]


@cache
def _lexicon() -> dict[str, _Meaning]:
    """Every number word, normalised, without article and clitics."""
    return dict((*_arabic(), *_english()))


def _entries(
    table: Mapping[int, str] | Mapping[Fraction, str], role: _Role, *, arabic: bool = True, dual: bool = False
) -> Iterator[tuple[str, _Meaning]]:
    for value, names in table.items():
        for name in names.split():
            yield name, _Meaning(Fraction(value), role, arabic, dual, None, name not in _UNSURE)


def _arabic() -> Iterator[tuple[str, _Meaning]]:
    yield from _entries(_CARDINALS, "cardinal")
    yield from _entries({100: " ".join(_HUNDRED), 200: _TWO_HUNDRED}, "cardinal")
    for hundred in _HUNDRED:
        fused = {100 * digit: " ".join(name + hundred for name in names.split()) for digit, names in _HUNDREDS.items()}
        yield from _entries(fused, "cardinal")
    yield from _entries(_DUALS, "cardinal", dual=True)
    for name, meaning in _entries(_EITHER, "cardinal"):
        yield name, meaning._replace(other=2 * meaning.value)
    yield from _entries(_PLURALS, "plural")
    yield from _entries(_ORDINALS, "ordinal")
    yield from _entries(_FRACTIONS, "fraction")
    yield from _entries(_SETS, "cardinal")  # a score: ثلاثية نظيفة


def _english() -> Iterator[tuple[str, _Meaning]]:
    scales = {value: name for name, value in _ENGLISH_SCALES.items()}
    yield from _entries(dict(enumerate(_ENGLISH)), "cardinal", arabic=False)
    yield from _entries({10 * n: name for n, name in enumerate(_ENGLISH_TENS, 2)}, "cardinal", arabic=False)
    yield from _entries(scales | {12: "dozen"}, "cardinal", arabic=False)
    # عشرات is the Arabic word for dozens
    plurals = {value: name + "s" for value, name in scales.items()} | {10: "tens dozens"}
    yield from _entries(plurals, "plural", arabic=False)
    yield from _entries(dict(enumerate(_ENGLISH_ORDINALS, 1)), "ordinal", arabic=False)
    yield from _entries({10 * n: name for n, name in enumerate(_ENGLISH_TENTHS, 2)}, "ordinal", arabic=False)
    yield from _entries({value: name + "th" for value, name in scales.items()}, "ordinal", arabic=False)
    yield from _entries(_ENGLISH_FRACTIONS, "fraction", arabic=False)


# Lexemes of numbers: digits of three scripts, number words, per cent signs, joining words.


@dataclass(frozen=True, slots=True)
class _Piece:
    """A lexeme of the normalised text: digits, a number word, a per cent sign, or a joining word."""

    start: int
    end: int
    meaning: _Meaning | None = None
    readings: tuple[Fraction, ...] = ()
    joined: bool = False
    article: bool = False
    ordinal: bool = False
    sign: Literal["", "percent", "and", "of", "a"] = ""


_LEXEME: Final = re.compile(
    r"(?P<percent>[%٪]|(?:ب|في )ال(?:مئه|مائه|ميه|مايه)\b|per ?cent\b)"
    r"|(?P<digits>(?P<minus>(?<![\w)%٪.])(?<!\d\s)[-−])?(?:(?P<vulgar>\d*[\ue000-\ue00c])|(?P<radix>\d+ر\d+)|"
    r"(?:(?P<grouped>(?<!\d)\d{1,3}(?P<sep>[,٬،'’ .])\d{3}(?:(?P=sep)\d{3})*(?!\d))(?P<tail>[.٫,]\d+)?(?![.٫,]?\d)"
    r"|(?P<whole>\d+)(?:(?:[.٫]|(?<!\d{4})[,،])(?P<part>\d+)(?![.,]\d))?))"
    r"(?P<suffix>(?:st|nd|rd|th|k|m|b| ?(?:mln|mn|bln|bn|trn|tn))(?![^\W\d_]))?)"
    r"|[^\W\d_]+"
)
_TEEN: Final = re.compile(r"\s++عشره?\b")
_NOT_NUMBERS: Final = {"كميه", "كميات", "لست", "فست", "كست", "الاحد", "الاثنين"}


def _pieces(text: str) -> list[_Piece]:
    """Lexemes of a normalised text, in order; other words are left out."""
    found: list[_Piece] = []
    for match in _LEXEME.finditer(text):
        if match["percent"]:
            found.append(_Piece(*match.span(), sign="percent"))
        elif match["digits"]:
            found.append(_digits(match, found))
        elif (piece := _word(match)) is not None:
            found.append(piece)
    return found


def _digits(match: re.Match[str], before: list[_Piece]) -> _Piece:
    grouped, sep = match["grouped"], match["sep"]
    readings: tuple[Fraction, ...]
    if vulgar := match["vulgar"]:
        readings = (int(vulgar[:-1] or 0) + _PARTS[ord(vulgar[-1]) - _PRIVATE],)
    elif match["radix"]:  # an agency's decimal, of which some write the whole part first and some last
        first, last = match["radix"].split("ر")
        readings = (Fraction(f"{first}.{last}"), Fraction(f"{last}.{first}"))
    elif grouped:
        plain = Fraction(grouped.replace(sep, "") + (f".{match['tail'][1:]}" if match["tail"] else ""))
        readings = (Fraction(grouped), plain) if sep == "." and grouped.count(".") == 1 else (plain,)
    else:
        readings = (Fraction(match["whole"] + (f".{match['part']}" if match["part"] else "")),)
    suffix = (match["suffix"] or "").strip()
    if suffix in _SUFFIXES:
        scaled = tuple(reading * _SUFFIXES[suffix] for reading in readings)
        of_money = match.string[: match.start()][-1:] in tuple("$€£¥")  # else it may be metres
        readings = readings + scaled if suffix in {"m", "b"} and not of_money else scaled
    if match["minus"]:
        readings = tuple(-reading for reading in readings)
    after = bool(before) and before[-1].end == match.start()
    return _Piece(
        match.start(),
        match.end(),
        readings=readings,
        joined=after and before[-1].joined,
        article=after and before[-1].article,
        ordinal=suffix in {"st", "nd", "rd", "th"},
    )


def _word(match: re.Match[str]) -> _Piece | None:
    word, known = match.group(), _lexicon()
    if word in {"and", "of", "a", "an"}:
        return _Piece(*match.span(), sign="a" if word == "an" else word)  # type: ignore[arg-type]
    if word in {"و", "ال", "وال", "لل", "بال"}:  # before digits: و200, الـ33
        return _Piece(*match.span(), joined=word.startswith("و"), article=word.endswith(("ال", "لل")))
    if word in {"واحد", "واحدي"} and _TEEN.match(match.string, match.end()):  # وأحد عشر: the same letters as واحد
        return _Piece(*match.span(), meaning=known["احد"], joined=True)
    if word in known:
        return _Piece(*match.span(), meaning=known[word])
    if not ARABIC.match(word) or word in _NOT_NUMBERS or word.lstrip("و") in _NOT_NUMBERS:
        return None
    joined = word.startswith("و")
    rest = word[1:] if joined else word
    for clitic in ("", "ب", "ل", "ك", "ف"):
        for article in ("", "لل" if clitic == "ل" else clitic + "ال"):
            bare = rest.removeprefix(article or clitic)
            if len(bare) + len(article or clitic) == len(rest) and bare in known:
                return _Piece(*match.span(), meaning=known[bare], joined=joined, article=bool(article))
    return None


# Grammar of numbers: hundreds and scales, tens after و or a hyphen, halves, ordinals.

_Kind = Literal["cardinal", "ordinal", "either", "percent", "plural"]

_GAP: Final = re.compile(r"\s*+[-‐‑]?\s*+")
_BIGGEST: Final = Fraction(10**15)


class _Reading:
    """The longest number that begins at a lexeme: its `values`, its `kind` and the index after it (`end`)."""

    def __init__(self, text: str, lexemes: list[_Piece], start: int) -> None:
        self._text, self._pieces = text, lexemes
        self.end = start + 1
        self._total, self._limit = Fraction(0), _BIGGEST
        self._current: Fraction | None = None
        self._halved = self._in_digits = False
        first = lexemes[start]
        self.kind: _Kind = "either" if first.article and first.meaning is None else "cardinal"
        self._others: tuple[Fraction, ...] = ()
        if first.meaning is None:
            self._current, self._others, self._in_digits = first.readings[0], first.readings[1:], True
            self.kind = "ordinal" if first.ordinal else self.kind
        else:
            self._begin(first, first.meaning)
        if self.kind != "ordinal" or first.meaning is not None:
            self._go_on()

    @property
    def values(self) -> tuple[Fraction, ...]:
        return (self._total + (self._current or 0), *self._others)

    def near(self, index: int) -> bool:
        """Whether only white space or a hyphen precedes a lexeme."""
        between = self._text[self._pieces[index - 1].end : self._pieces[index].start]
        return _GAP.fullmatch(between) is not None

    def _begin(self, piece: _Piece, meaning: _Meaning) -> None:
        if meaning.role == "ordinal":
            self.kind = "ordinal"
        elif meaning.role == "plural":
            self.kind = "plural"
        elif piece.article and meaning.arabic and 20 <= meaning.value < 100:
            self.kind = "either"
        if meaning.value >= 1000:
            self._scale(meaning)
            self._others = (meaning.other,) if meaning.other is not None else ()
        else:
            self._current = meaning.value

    def _scale(self, meaning: _Meaning) -> None:
        scale = meaning.value
        times = self._current if self._current is not None else Fraction(2 if meaning.dual else 1)
        self._others = tuple(other * scale for other in self._others)
        self._total, self._limit, self._current = self._total + times * scale, scale, None

    def _go_on(self) -> None:
        while True:
            index, joined = self.end, False
            while index < len(self._pieces) and self._pieces[index].sign in {"and", "a", "of"} and self.near(index):
                joined = joined or self._pieces[index].sign == "and"
                index += 1
            if index >= len(self._pieces) or not self.near(index):
                return
            piece = self._pieces[index]
            of = index > self.end and self._pieces[self.end].sign == "of"
            if piece.meaning is None and not piece.readings and piece.joined:  # the و of و200
                index += 1
                if index >= len(self._pieces) or self._pieces[index].start != piece.end:
                    return
                piece = self._pieces[index]
            if not self._add(piece, joined or piece.joined, of):
                return
            self.end = index + 1

    def _add(self, piece: _Piece, joined: bool, of: bool) -> bool:
        """Add the lexeme to the number; False if it does not belong to it."""
        meaning = piece.meaning
        if meaning is None:
            return self._add_digits(piece, joined)
        if self.kind == "plural":
            return self._multiply_plural(meaning) if meaning.role == "plural" and not joined else False
        if of:  # a quarter of a million
            return self._current is not None and self._current < 1 and self._add_scale(meaning, joined)
        if meaning.role == "plural" and (joined or not meaning.arabic):
            return False
        if meaning.role == "fraction":
            return self._add_fraction(meaning.value, joined)
        if meaning.value >= 1000:
            if self._halved and meaning.value == self._limit:  # the second مليون of مليون ونصف المليون
                return True
            # 5 بالألف is per mille
            return not self._text.startswith("بال", piece.start) and self._add_scale(meaning, joined)
        if meaning.role == "ordinal":
            return self._add_ordinal(meaning, joined)
        return self._add_small(meaning, joined)

    def _is_dozen(self) -> bool:
        piece = self._pieces[self.end]
        return self._text[piece.start : piece.end] == "dozen"

    def _add_digits(self, piece: _Piece, joined: bool) -> bool:
        """3 ملايين و200 ألف."""
        if not (piece.readings and joined and self._current is None and self._total > 0):
            return False
        if piece.readings[0] >= self._limit:
            return False
        self._current, self._in_digits = piece.readings[0], True
        return True

    def _multiply_plural(self, meaning: _Meaning) -> bool:
        if self._current is None:
            return False
        self._scale(meaning)
        return True

    def _add_fraction(self, part: Fraction, joined: bool) -> bool:
        if joined:
            if self._current is not None:
                self._current += part
            else:
                self._total += self._limit * part
                self._halved = True
            return True
        if self.kind == "ordinal":
            return False  # the fourth quarter of a year
        if self._current is not None and self._current < 10 and part < Fraction(1, 2):  # three quarters, two thirds
            if self._total:  # مليون وثلاثة أرباع
                self._total, self._current, self._halved = self._total + self._limit * self._current * part, None, True
            else:
                self._current *= part
            return True
        return False

    def _add_scale(self, meaning: _Meaning, joined: bool) -> bool:
        if meaning.value < 1000 or meaning.value >= self._limit or self.kind == "ordinal":
            return False
        if self._current is not None:
            if joined or meaning.dual:
                return False
        elif not joined:
            return False
        self._scale(meaning)
        return True

    def _add_ordinal(self, meaning: _Meaning, joined: bool) -> bool:
        if meaning.arabic or joined or self.kind == "ordinal":
            return False
        tens = self._current is not None and self._current % 100 >= 20 and self._current % 10 == 0
        hundreds = self._current is not None and self._current >= 100 and self._current % 100 == 0
        if not ((tens and meaning.value < 10) or (hundreds and meaning.value < 100)):
            return False
        self._current = (self._current or Fraction(0)) + meaning.value
        self.kind = "ordinal"
        return True

    def _add_small(self, meaning: _Meaning, joined: bool) -> bool:
        value, arabic = meaning.value, meaning.arabic
        if self._current is None:
            if self._total and value < self._limit and (joined or not arabic):
                self._current, self._in_digits = value, False
                return True
            return False
        ordinal = self.kind == "ordinal"
        low = self._current % 100
        if value == 100 and not joined and not ordinal and 1 <= self._current < (10 if arabic else 100):
            self._current *= 100
            return True
        if 1 < self._current < 100 and not joined and self._is_dozen():
            self._current *= value
            return True
        if self._in_digits:  # "in 2000 five people"
            return False
        if arabic:
            fits = (
                (value == 10 and not joined and 1 <= low <= 9)
                or (20 <= value < 100 and joined and 1 <= low <= 9)
                or (value < 100 and joined and low == 0 and self._current >= 100 and not ordinal)
            )
        else:
            fits = not ordinal and (
                (1 <= value <= 9 and not joined and low >= 20 and low % 10 == 0)
                or (value < 100 and low == 0 and self._current >= 100)
            )
        if fits:
            self._current += value
        return fits


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text. `readings` are all possible values of its notation (1.234), `value` is the most likely.

    Kinds: ``either`` is a cardinal or an ordinal (العشرين, الـ33); ``plural`` an indefinite magnitude (thousands).
    `certain` is False for a word that may not be a number (one, ربع): it can support a claim but need not be supported.
    `digits`: written in digits only.
    """

    value: Fraction
    kind: _Kind
    span: Span
    readings: tuple[Fraction, ...]
    certain: bool = True
    digits: bool = False

    def agrees(self, other: Number) -> bool:
        """Whether both may state the same number in the same sense: 30 % is not 30, the third is not three."""
        counts = {"cardinal", "ordinal", "either"}
        same = self.kind == other.kind or ("either" in {self.kind, other.kind} and {self.kind, other.kind} <= counts)
        return same and not set(self.readings).isdisjoint(other.readings)


_SENTENCE: Final = 2000
"""Maximum length, in code points, of texts whose numbers are remembered."""


def numbers(text: str) -> list[Number]:
    """Numbers of `text` in order; spans are in its code points."""
    return list(_remembered(text)) if len(text) <= _SENTENCE else _numbers(text)


@lru_cache(512)  # the checks of a claim ask for those of each sentence many times
def _remembered(text: str) -> tuple[Number, ...]:
    return tuple(_numbers(text))


def _numbers(text: str) -> list[Number]:
    normal = Normal.of(text.translate(_KEPT))
    lexemes = _pieces(normal.text)
    found: list[Number] = []
    position = after = 0
    while position < len(lexemes):
        if not lexemes[position].readings and lexemes[position].meaning is None:
            position += 1
            continue
        position, number = _number(normal, lexemes, position, after)
        found.append(number)
        after = position
    return found


def _number(normal: Normal, lexemes: list[_Piece], start: int, after: int) -> tuple[int, Number]:
    """The number that begins at a lexeme, and the index after it; lexemes before `after` belong to other numbers."""
    first = lexemes[start]
    reading = _Reading(normal.text, lexemes, start)
    end = reading.end
    kind: _Kind = reading.kind
    span_start, span_end = first.start, lexemes[end - 1].end
    if end < len(lexemes) and lexemes[end].sign == "percent" and reading.near(end):
        kind, span_end, end = "percent", lexemes[end].end, end + 1
    elif start > after and lexemes[start - 1].sign == "percent" and lexemes[start - 1].end == first.start:
        kind, span_start = "percent", lexemes[start - 1].start
    values = reading.values
    if _is_part(lexemes, start, end, kind):
        kind, values, span_start = "cardinal", (1 / values[0],), lexemes[start - 1].start
    certain = end - start > 1 or first.meaning is None or first.meaning.certain
    digits = first.meaning is None and end - start == 1
    return end, Number(values[0], kind, normal.span(span_start, span_end), values, certain, digits)


def _is_part(lexemes: list[_Piece], start: int, end: int, kind: _Kind) -> bool:
    """Whether an English ordinal is a part: a third of, a tenth of."""
    first = lexemes[start]
    if kind != "ordinal" or first.meaning is None or first.meaning.arabic or first.meaning.value < 3:
        return False
    article = start > 0 and lexemes[start - 1].sign == "a" and lexemes[start - 1].end + 1 == first.start
    if not article or end >= len(lexemes):
        return False
    return lexemes[end].sign == "of" and lexemes[end].start == lexemes[end - 1].end + 1
