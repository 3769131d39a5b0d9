"""The words for numbers in Arabic and English, as data, in normal form. It refuses to know how they combine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import Final, Literal, NamedTuple

Role = Literal["cardinal", "ordinal", "plural", "fraction"]


class Meaning(NamedTuple):
    """What a word counts: `value`; `dual` for a scale that already says "two" (ألفان); `other`: a second reading."""

    value: Fraction
    role: Role
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
_FRACTIONS: Final = {
    Fraction(1, 2): "نصف",
    Fraction(1, 4): "ربع ارباع",
    Fraction(1, 3): "ثلث",
    Fraction(2, 3): "ثلثا ثلثي ثلثين ثلثان",
}
_ENGLISH_FRACTIONS: Final = {
    Fraction(1, 2): "half", Fraction(1, 3): "thirds", Fraction(1, 4): "quarter quarters", Fraction(1, 5): "fifths",
}  # fmt: skip
# ربع and quarter are also parts of a year or of a town.
_UNSURE: Final = {"نصف", "half", "ربع", "quarter", "واحد", "واحده", "احد", "احدي", "ثانيه", "one"}

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

SUFFIXES: Final = {"k": 10**3, "mn": 10**6, "m": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}
"""What may be written straight after digits: 5bn."""


@cache
def lexicon() -> dict[str, Meaning]:
    """Every word for a number, in normal form, without article and clitics."""
    return dict((*_arabic(), *_english()))


def _entries(
    table: Mapping[int, str] | Mapping[Fraction, str], role: Role, *, arabic: bool = True, dual: bool = False
) -> Iterator[tuple[str, Meaning]]:
    for value, names in table.items():
        for name in names.split():
            yield name, Meaning(Fraction(value), role, arabic, dual, None, name not in _UNSURE)


def _arabic() -> Iterator[tuple[str, Meaning]]:
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


def _english() -> Iterator[tuple[str, Meaning]]:
    scales = {value: name for name, value in _ENGLISH_SCALES.items()}
    yield from _entries(dict(enumerate(_ENGLISH)), "cardinal", arabic=False)
    yield from _entries({10 * n: name for n, name in enumerate(_ENGLISH_TENS, 2)}, "cardinal", arabic=False)
    yield from _entries(scales | {12: "dozen"}, "cardinal", arabic=False)
    # عشرات is what Arabic says for dozens
    plurals = {value: name + "s" for value, name in scales.items()} | {10: "tens dozens"}
    yield from _entries(plurals, "plural", arabic=False)
    yield from _entries(dict(enumerate(_ENGLISH_ORDINALS, 1)), "ordinal", arabic=False)
    yield from _entries({10 * n: name for n, name in enumerate(_ENGLISH_TENTHS, 2)}, "ordinal", arabic=False)
    yield from _entries({value: name + "th" for value, name in scales.items()}, "ordinal", arabic=False)
    yield from _entries(_ENGLISH_FRACTIONS, "fraction", arabic=False)
