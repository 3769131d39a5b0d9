"""Names that are known in both scripts, so that a claim in one language can be held against a quote in the other.

Countries, regions and the cities of time zones are Babel's (Unicode CLDR); beside them stand the peoples of countries,
the capitals that CLDR leaves out and some organisations. It refuses to know people, and to guess spellings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from babel import Locale

from rag.text.known_names import ARABIC_PEOPLES, CAPITALS, MORE, PEOPLES
from rag.text.words import ARABIC, Word, forms, words
from rag.types import Span

_ENDINGS: Final = ("", "ه", "ين", "ون", "ان", "ات", "تين", "تان")
# Territories and cities whose Arabic name is more often an ordinary word: financial, sleep, leaving, what is it.
_ORDINARY: Final = {"مالي", "نوم", "ترك", "ماهي", "جوني", "ديلي", "استر", "سيتا", "سنتر", "ترول", "اشوا", "واك", "بلم"}
_REGIONS: Final = {"002", "003", "005", "013", "142", "150", "419"}
_NO_PLACES: Final = {"XA", "XB", "ZZ", "QO"}
_LONGEST: Final = 6


class Place(NamedTuple):
    """A name that is known in both scripts: what it may stand for, its span, and the words (a range) that it takes."""

    codes: frozenset[str]
    span: Span
    first: int
    last: int


def places(source: str, found: Sequence[Word]) -> list[Place]:
    """The known names among the words of `source`, longest first, left to right, without overlap."""
    return list(_places(source, found))


def countries_of(code: str) -> frozenset[str]:
    """The territory that a city's code lies in, where that is known."""
    return _countries().get(code, frozenset())


@cache
def _countries() -> dict[str, frozenset[str]]:
    entries = (entry.split() for entry in CAPITALS.split(";"))
    return {city: frozenset({country}) for country, *cities in entries for city in cities}


def _places(source: str, found: Sequence[Word]) -> Iterator[Place]:
    names, position = _names(), 0
    while position < len(found):
        step = 1
        starts = any(bare(form) in _first_words() for form in forms(found[position].text))
        for length in range(min(_LONGEST, len(found) - position) if starts else 0, 0, -1):
            run = found[position : position + length]
            if codes := _codes(source, run, names):
                span = Span(run[0].span.start, run[-1].span.end)
                yield Place(codes, span, position, position + length)
                step = length
                break
        position += step


def _codes(source: str, run: Sequence[Word], names: dict[tuple[str, ...], frozenset[str]]) -> frozenset[str]:
    first, rest = run[0], tuple(bare(word.text) for word in run[1:])
    if not ARABIC.match(first.text):
        written = first.span.of(source)
        if first.text in {"us", "who", "ft"} and not written.isupper():  # also a pronoun
            return frozenset()
        return names.get((first.text, *rest), frozenset()) if written[:1].isupper() else frozenset()
    found: frozenset[str] = frozenset()
    for form in forms(first.text):
        found |= names.get((bare(form), *rest), frozenset())
    return found


def spellings() -> dict[tuple[str, ...], frozenset[str]]:
    """Every name as its words in normal form, without articles, and the codes of what it may stand for."""
    return dict(_names())


@cache
def _names() -> dict[tuple[str, ...], frozenset[str]]:
    """Every name as its words, without articles → what it may stand for."""
    found: dict[tuple[str, ...], set[str]] = {}
    for code, name in (*_territories(), *_cities(), *_others(), *_peoples()):
        key = tuple(bare(word.text) for word in words(name))
        if key and not (len(key) == 1 and key[0] in _ORDINARY):
            found.setdefault(key, set()).add(code)
    return {key: frozenset(codes) for key, codes in found.items()}


@cache
def _first_words() -> frozenset[str]:
    return frozenset(key[0] for key in _names())


def _territories() -> Iterator[tuple[str, str]]:
    arabic, english = Locale("ar"), Locale("en")
    for code, name in arabic.territories.items():
        if (not code.isdigit() or code in _REGIONS) and code not in _NO_PLACES:
            yield code, name
            yield code, english.territories.get(code, "")
            yield from _adjectives(code, name)


def _cities() -> Iterator[tuple[str, str]]:
    english = Locale("en").time_zones
    for zone, named in Locale("ar").time_zones.items():
        if city := named.get("city"):
            yield zone, city
            yield zone, english.get(zone, {}).get("city") or zone.rsplit("/", 1)[-1].replace("_", " ")


def _others() -> Iterator[tuple[str, str]]:
    for line in MORE.strip().splitlines():
        code, arabic, english = line.split("|")
        for name in arabic.split(","):
            yield code, name
            if code in Locale("ar").territories:
                yield from _adjectives(code, name)
        for name in english.split(","):
            yield code, name


def _peoples() -> Iterator[tuple[str, str]]:
    for entry in PEOPLES.split(";"):
        code, *names = entry.split()
        for name in names:
            yield code, name
            yield code, name + "s"
    for code, adjectives in ARABIC_PEOPLES.items():
        for adjective in adjectives.split():
            for ending in _ENDINGS:
                yield code, adjective + ending


def _adjectives(code: str, name: str) -> Iterator[tuple[str, str]]:
    """The Arabic adjective of a country of one word, with its endings: سوريا → سوري, العراق → عراقي."""
    parts = words(name)
    if len(parts) != 1:
        return
    base = bare(parts[0].text)
    base = (
        base.removesuffix("يا") if base.endswith("يا") else base.removesuffix("يه").removesuffix("ا").removesuffix("ه")
    )
    base = base.removesuffix("ي")
    if len(base) > 1:
        for ending in _ENDINGS:
            yield code, f"{base}ي{ending}"


def bare(word: str) -> str:
    """An Arabic word in normal form without its article; another word as it is."""
    return word[2:] if word.startswith("ال") and len(word) > 4 and word not in {"المان", "الماني"} else word
