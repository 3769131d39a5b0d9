"""Check figures and dates: which of a claim its quotes do not state, or state with another unit. Spans are in the
claim.

A figure may be written differently in the quote: 21st and الدورة 21, two and a dual, eight o'clock and الثامنة.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise, zip_longest
from typing import Final, NamedTuple

from rag.text.concepts import Sense, senses_of
from rag.text.dates import DateMention, Day, dates, day_of, days_of
from rag.text.lexicon import FUNCTION, across
from rag.text.name_shapes import is_ordinary_arabic
from rag.text.normalise import ARABIC, Normal, Word, tokens, words
from rag.text.numbers import Number, numbers
from rag.types import Context, Span

_ROMAN: Final = {"I": 1, "V": 5, "X": 10}
_AFTER_NAME: Final = re.compile(r"[^\W\d_]{2}\s+(X{0,2}(?:IX|IV|VI{0,3}|I{1,3}|X))\b(?!['’])")
_DUAL: Final = re.compile(r"(?<!\w)[وفبلك]?(?:ال|لل)?\w{3,}(?:ان|ين|تا|تي|اهما|يهما)(?!\w)")
_DUAL_CLITICS: Final = re.compile(r"^[وفبلك]?(?:ال|لل)?(?=\w{3,})")
_SURELY_DUAL: Final = re.compile(r"(?<!س)ت(?:ان|ين)$")
"""The ending of a feminine dual, which unlike ـين is not that of a plural."""
_DUAL_ENDING: Final = re.compile(r"(?:اهما|يهما|تين|تان|تا|تي|ان|ين)$")
_FIRST: Final = re.compile(
    r"(?<!\w)[وفبل]?(?:ال)?اول(?:ا|ي|ه)?(?!\w)|\b(?:first|firstly|initial|initially|original|prime|primary|elementary|top|early|earliest)\b"
)
_NOW: Final = re.compile(
    r"حالي|حاضر|الان(?!\w)|\b(?:present|currently|current|now|nowadays|today)\b|(?<!\w)اليوم(?!\w)"
)
_HOUR: Final = re.compile(r"(?:الساعه)\s+$")
_SHORT_RANGE: Final = re.compile(r"(?<!\d)((?:1[4-9]|20)\d\d)[-–/](\d\d)(?!\d)")
_SYMBOLS: Final = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
_SCALES: Final = {100, 1000, 10**6, 10**9}
_UNIT_REACH: Final = 2
_ANYBODY: Final = frozenset({"people", "persons", "others", "men", "اشخاص", "اخرين", "اخرون"})
_RANGE: Final = re.compile(r"\s*(?:[-–—]|\bto\b|\bالي\b|\bو?حتي\b)\s*")
_AND: Final = re.compile(r"\s*(?:\band\b|\bو)\s*")
_BETWEEN: Final = re.compile(r"(?:\bbetween|(?<!\w)[وف]?(?:ما )?بين)\s+$")
_WHOLE: Final = re.compile(r"(\d+)\s")
_ABOUT: Final = re.compile(
    r"(?:\b(?:about|around|nearly|roughly|some|almost|approximately|close to)|(?<!\w)[وفبل]?(?:نحو|حوالي|قرابه|زهاء|"
    r"(?:ما )?(?:يقارب|يناهز|ناهز|قارب)|تقريبا))\s+(?:من\s+)?\W?$"
)
_ABOUT_AFTER: Final = re.compile(r"\s+\S*\s*(?:تقريبا|or so|approximately)\b")
_ABOVE: Final = re.compile(
    r"(?:\b(?:over|above|more than|at least|exceed\w*)|(?<!\w)[وفبل]?(?:اكثر من|ازيد من|ما يزيد (?:عن|علي)|"
    r"(?:ت|ي)?(?:تجاوز|فوق|فاق)(?:ت)?|لا يقل عن))\s+\W?$"
)
_ROUNDED: Final = Fraction(5, 100)
_FAR_ABOVE: Final = Fraction(10, 100)
"""Maximum share by which a figure after *about*, or after *over*, is rounded."""
_CLOCK: Final = re.compile(r"(?<![\d:])([01]?\d|2[0-3])\s?[:h]\s?[0-5]\d(?!\d)")
_HARM_REACH: Final = 4
_NEAR: Final = 60
_CLAUSE: Final = re.compile(r"[.,;:()،؛\d]|\s(?:and|while|but|و(?=\w))")
_COUNTED: Final = re.compile(r"\s*+\]?\s*+([^\W\d_]+)")
_DECADES: Final = {
    "عشرين": 20, "ثلاثين": 30, "اربعين": 40, "خمسين": 50, "ستين": 60, "سبعين": 70, "ثمانين": 80, "تسعين": 90,
}  # fmt: skip
_DECADE: Final = re.compile(rf"({'|'.join(_DECADES)})(?:ي?ات)|\b\d\d(\d0)s\b")


class Unstated(NamedTuple):
    """A problem: ``figure``, ``date`` or ``unit``, and its span in the claim."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote analysed once: its figures outside dates, its dates, its normalised text, its decades."""

    numbers: tuple[Number, ...]
    dates: tuple[DateMention, ...]
    days: frozenset[Day]
    text: str
    source: str
    decades: frozenset[int]
    context: Context

    @classmethod
    @lru_cache(512)  # each claim of a text is checked against many quotes, and each quote against many claims
    def of(cls, quote: str, context: Context | None = None) -> Quoted:
        context = context or Context()
        mentions = dates(quote)
        found = [number for number in numbers(quote) if not _inside(number, mentions)]
        found += _of_ranges(quote, found).values()
        normal = Normal.of(quote).text
        for match in _AFTER_NAME.finditer(quote):
            value = Fraction(_roman(match[1]))
            found.append(Number(value, "either", Span(*match.span(1)), (value,)))
        for span, value in _short_years(normal):
            short = Fraction(normal[span.start : span.end])
            found.append(Number(value, "cardinal", span, (value, short), digits=True))
        return cls(tuple(found), tuple(mentions), days_of(mentions, context), normal, quote, _decades(normal), context)


def _short_years(normal: str) -> Iterator[tuple[Span, Fraction]]:
    """The second years of ranges of which only two digits are written, with their values: 2001–02."""
    for match in _SHORT_RANGE.finditer(normal):
        yield Span(*match.span(2)), Fraction(match[1][:2] + match[2])


def unstated(claim: str, quotes: Sequence[Quoted]) -> Iterator[Unstated]:
    """Figures and dates of a claim that no quote states; its "yesterday" is that of the quote's article."""
    mentions = dates(claim)
    decades = _decades(Normal.of(claim).text)

    def of_a_decade(value: Fraction | int) -> bool:
        return value % 100 in decades and any(value % 100 in one.decades for one in quotes)

    parted = any(_is_part(other) for quote in quotes for other in quote.numbers)
    for number in _figures_of(claim, mentions, parted=parted):
        if number.digits and of_a_decade(number.value):
            continue
        counted = _counted(claim, number) if number.value == 2 else frozenset()
        rounded = _rounding(claim, number)
        if not any(_figure_stands(number, quote, counted) or rounded(quote) for quote in quotes):
            yield Unstated("figure", number.span)
        elif _other_unit(claim, number, quotes):
            yield Unstated("unit", number.span)
    for span in dict.fromkeys(mention.span for mention in mentions):
        readings = [mention for mention in mentions if mention.span == span]
        if any(_date_stands(mention, quote) for mention in readings for quote in quotes):
            continue
        if not (readings[0].year and of_a_decade(readings[0].year)):
            yield Unstated("date", span)


def _of_ranges(text: str, found: Sequence[Number]) -> dict[Span, Number]:
    """First figures of ranges, with the sign or scale that is written once, at the end: 20–30 %, 5 to 6 million."""
    ranges: dict[Span, Number] = {}
    for one, other in pairwise(found):
        between = Normal.of(text[one.span.end : other.span.start]).text
        around = _RANGE.fullmatch(between) or (
            _AND.fullmatch(between) and _BETWEEN.search(Normal.of(text[: one.span.start]).text)
        )
        if not around or one.kind != "cardinal" or not one.digits:
            continue
        written = _WHOLE.match(Normal.of(other.span.of(text)).text)
        scale = other.value / int(written[1]) if written and int(written[1]) else 0
        if other.kind == "percent":
            ranges[one.span] = replace(one, kind="percent")
        elif other.kind == "cardinal" and scale in _SCALES:
            ranges[one.span] = replace(one, readings=(*one.readings, one.value * scale))
    return ranges


def _is_part(number: Number) -> bool:
    """Whether a number is a part of something: half, a third, ثلثا."""
    return 0 < number.value < 1 and not number.digits and number.kind == "cardinal"


def _figures_of(claim: str, mentions: Sequence[DateMention], *, parted: bool = False) -> Iterator[Number]:
    """The figures of a claim outside its dates that are certainly figures, as they are compared; with `parted`, also
    half and a quarter, which may be no figures but are if a quote tells a part."""
    years = dict(_short_years(claim))
    found = numbers(claim)
    ranges = _of_ranges(claim, found)
    for number in (ranges.get(one.span, one) for one in found):
        before = claim[: number.span.start][-1:]
        glued = number.digits and before.isascii() and before.isalpha()
        certain = number.certain or (parted and _is_part(number))
        if not certain or glued or _inside(number, mentions):  # the 2 of CO2 counts nothing
            continue
        year = years.get(number.span)
        if year is not None:
            yield replace(number, value=year, readings=(*number.readings, year))
        else:
            yield replace(number, kind="either") if _in_order(number, claim) else number


def _figure_stands(number: Number, quote: Quoted, counted: frozenset[str] = frozenset()) -> bool:
    if any(number.agrees(other) for other in quote.numbers):
        return True
    # "the 11th" is supported by "11 June", and a bare 2012 by "June 2012", but "11 people" by neither.
    if number.kind in {"ordinal", "either"} and any(mention.day == number.value for mention in quote.dates):
        return True
    if number.digits and any(mention.year == number.value for mention in quote.dates):
        return True
    several = number.kind == "plural" or number.value in _SCALES  # several hundred, مئات
    if several and any(
        other.value == number.value and "plural" in {number.kind, other.kind} for other in quote.numbers
    ):
        return True
    if number.kind == "ordinal":
        if number.value == 1 and _FIRST.search(quote.text):
            return True
        if any(int(hour[1]) % 12 == number.value % 12 for hour in _CLOCK.finditer(quote.text)):  # الرابعة and 16:00
            return True
        return any(_in_order(other, quote.source) for other in quote.numbers if other.value == number.value)
    if number.value == 2 and not number.readings[1:] and _has_dual(quote.text, counted):
        return True
    return any(
        other.value == number.value
        and other.kind == "ordinal"
        and _HOUR.search(Normal.of(quote.source[: other.span.start]).text)
        for other in quote.numbers
    )


def _rounding(claim: str, number: Number) -> Callable[[Quoted], bool]:
    """Whether a quote has the figure that one after *about* or *over* rounds: about 50 of 48, over 125,000 of 125,034.

    The rounded one has fewer digits that are not zero.
    """
    before = Normal.of(claim[max(0, number.span.start - _NEAR) : number.span.start]).text
    above = _ABOVE.search(before) is not None
    about = _ABOUT.search(before) or _ABOUT_AFTER.match(Normal.of(claim[number.span.end :][:_NEAR]).text)
    if number.kind not in {"cardinal", "percent"} or number.value <= 0 or not (above or about):
        return lambda _: False
    low = number.value if above else number.value * (1 - _ROUNDED)
    high = number.value * (1 + (_FAR_ABOVE if above else _ROUNDED))

    def stands(quote: Quoted) -> bool:
        return any(
            other.kind == number.kind and low <= value <= high and _digits(number.value) < _digits(value)
            for other in quote.numbers
            for value in other.readings
        )

    return stands


def _digits(value: Fraction) -> int:
    """Number of significant digits: 2 for 120,000 and for 1.2."""
    written = str(value.numerator) if value.denominator == 1 else f"{float(value):.9f}"
    return len(written.replace(".", "").strip("0-"))


def _counted(text: str, number: Number) -> frozenset[str]:
    """Arabic stems of what a figure counts, as far as the lexicon translates it; empty if it does not."""
    near = _behind(text, number)
    if any(word.text in _ANYBODY for word in near):
        return frozenset()
    stems = [token for word in near for token in tokens(word.text)]
    translated = (other for others in across(stems).values() for other in others)
    own = (stem for stem in stems if stem not in FUNCTION)
    return frozenset(stem for stem in (*translated, *own) if ARABIC.match(stem))


def _behind(text: str, number: Number) -> list[Word]:
    """The next words after a figure, in its own clause."""
    return words(_CLAUSE.split(text[number.span.end : number.span.end + _NEAR])[0])[:_HARM_REACH]


def _has_dual(normal: str, counted: frozenset[str]) -> bool:
    """Whether a normalised Arabic text has a dual of what is counted; of anything if that is not known."""
    for match in _DUAL.finditer(normal):
        stem = _DUAL_ENDING.sub("", _DUAL_CLITICS.sub("", match[0]))
        if (
            not counted
            or _SURELY_DUAL.search(match[0])
            or _is_dual_of(stem)
            or not counted.isdisjoint({stem, f"{stem}ه", *tokens(stem), *tokens(f"{stem}ه")})
        ):
            return True
    return False


def _is_dual_of(stem: str) -> bool:
    """Whether a word with the ending of a dual has a singular whose plural has another ending: عنصرين, not مدنيين."""
    singular = len(stem) > 2 and stem[0] != "م" and stem[-1] not in "يا" and stem[1] != "ا"
    return singular and is_ordinary_arabic(Word(stem, Span(0, len(stem))))


def _in_order(number: Number, text: str) -> bool:
    """Whether a figure follows its noun: الدورة 21 is the 21st session, but « قتل الجيش 21 مسلحا » counts."""
    if number.kind != "cardinal" or not number.digits:
        return False
    behind = re.search(r"(?<!\w)[وفبل]?ال\w+\s+\[?$", Normal.of(text[: number.span.start]).text)
    if behind is None:
        return False
    after = _COUNTED.match(Normal.of(text[number.span.end : number.span.end + _NEAR]).text)
    return after is None or after[1] in FUNCTION or after[1].startswith(("ال", "لل", "ل", "ب", "و"))


def _roman(numeral: str) -> int:
    total = 0
    for letter, after in zip_longest(numeral, numeral[1:]):
        value = _ROMAN[letter]
        total += -value if after and _ROMAN[after] > value else value
    return total


def _date_stands(mention: DateMention, quote: Quoted) -> bool:
    if any(other.states(mention) for other in quote.dates):
        return True
    if mention.from_today == 0 and _NOW.search(quote.text):
        return True
    day = day_of(mention, quote.context)
    if day is not None and any(day.agrees(other) for other in quote.days):
        return True
    only_year = mention.year is not None and mention.day is None and mention.month is None
    return only_year and any(mention.year in number.readings and number.digits for number in quote.numbers)


def _other_unit(claim: str, number: Number, quotes: Sequence[Quoted]) -> bool:
    ours = units_of(claim, number) | harm_of(claim, number)
    if not ours:
        return False
    other = False
    for quote in quotes:
        for one in quote.numbers:
            if number.agrees(one):
                theirs = units_of(quote.source, one) | harm_of(quote.source, one)
                if not any(_excludes(ours, theirs, group) for group in {mine.group for mine in ours}):
                    return False
                other = True
    return other


def _excludes(ours: set[Sense], theirs: set[Sense], group: int) -> bool:
    """Whether both have units of a group, and none in common."""
    mine, other = ({sense for sense in senses if sense.group == group} for senses in (ours, theirs))
    return bool(mine and other) and mine.isdisjoint(other)


def harm_of(text: str, number: Number) -> set[Sense]:
    """What happened to those whom a figure counts, killed or wounded: by the verb before it (« قتل 12 شخصا ») or the
    words after it (“12 people were killed”), in its own clause."""
    before = words(_CLAUSE.split(text[max(0, number.span.start - _NEAR) : number.span.start])[-1])[-2:]
    after = _behind(text, number)
    arabic = ARABIC.search(text) is not None
    for near in (before[::-1], after) if arabic else (after, before[::-1]):
        for word in near:
            if found := {sense for sense in senses_of(word.text) if sense in _harms()}:
                return found
    return set()


@cache
def _harms() -> frozenset[Sense]:
    """The senses of killed and of wounded."""
    return frozenset(sense for name in ("killed", "wounded") for sense in senses_of(name) if sense.table == "unit")


def units_of(text: str, number: Number) -> set[Sense]:
    """Units after a figure, or as a sign before it."""
    found: set[Sense] = set()
    sign = text[: number.span.start].rstrip()[-1:] + text[number.span.end : number.span.end + 1]
    for symbol, name in _SYMBOLS.items():
        if symbol in sign:
            found |= {sense for sense in senses_of(name) if sense.table == "unit"}
    rest = text[number.span.end : number.span.end + 40]
    for word in words(re.split(r"[.,;()،؛]", rest)[0])[:_UNIT_REACH]:
        found |= {sense for sense in senses_of(word.text) if sense.table == "unit"}
        if found:
            break
    return found


def _decades(normal: str) -> frozenset[int]:
    return frozenset(_DECADES[match[1]] if match[1] else int(match[2]) for match in _DECADE.finditer(normal))


def _inside(number: Number, mentions: Sequence[DateMention]) -> bool:
    return any(number.span.start < mention.span.end and mention.span.start < number.span.end for mention in mentions)
