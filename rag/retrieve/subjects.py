"""What a sentence is about, where that is known in both languages: names of the gazetteer and of `topics`.

A subject is given as it is shown, from a table or Unicode's CLDR, never as a slice: in Arabic a slice may carry a
prefix or an ending. It knows nothing of questions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from babel import Locale

from rag.retrieve.topics import NAMES, OFFICES, PEOPLE, TOPICS
from rag.text.names import places
from rag.text.words import Word, words
from rag.types import Language

Key = tuple[str, ...]
Shown = dict[Language, str]


class Subject(NamedTuple):
    """Something that a sentence names: how it is shown, and the words (a range) that name it.

    `inside`: a ب before it says "in". `adjective`: a country that only an adjective names (« الروسي »).
    `country`: a country or an organisation of them, no city and no continent.
    """

    shown: str
    first: int
    last: int
    inside: bool = False
    adjective: bool = False
    country: bool = False


def names(text: str, found: Sequence[Word], language: Language) -> list[Subject]:
    """The places and organisations that the words `found` of `text` name, in their order."""
    subjects: list[Subject] = []
    for place in places(text, found):
        run = tuple(word.text for word in found[place.first : place.last])
        # A country before its capital of the same name: تونس, الجزائر.
        known = {
            code: one for code in sorted(place.codes, key=lambda code: ("/" in code, code)) if (one := _known(code))
        }
        for code, one in known.items():
            inside = next((b for form, b in _without_prefix(run[0]) if (form, *run[1:]) in one.spellings), None)
            if inside is not None:
                country = code.isupper() and "/" not in code
                subjects.append(Subject(one.shown[language], place.first, place.last, inside, country=country))
                break
        else:
            if len(known) == 1 and (code := next(iter(known))).isupper():
                shown = known[code].shown[language]
                subjects.append(Subject(shown, place.first, place.last, adjective=True, country=True))
    return subjects


def topics(found: Sequence[Word], written: str, language: Language) -> list[Subject]:
    """The topics of a sentence `written` in a language, the longest where several begin at one word."""
    return list(_runs(found, _table(TOPICS, "en" if written == "en" else "ar"), language))


def offices(found: Sequence[Word], language: Language) -> list[Subject]:
    """The offices that an Arabic sentence names."""
    return list(_runs(found, _table(OFFICES, "ar"), language))


def placed(topic: Subject, named: Sequence[Subject], found: Sequence[Word]) -> str | None:
    """The place of a topic: « الإرهاب في سورية », « الاقتصاد التونسي »."""
    for name in named:
        if topic.last == name.first and (name.inside or (name.adjective and topic.shown not in PEOPLE)):
            return name.shown
        if topic.last + 1 == name.first and found[topic.last].text in {"في", "in"} and not name.adjective:
            return name.shown
    return None


def _runs(found: Sequence[Word], table: dict[Key, Shown], language: Language) -> Iterator[Subject]:
    position = 0
    while position < len(found):
        step = 1
        for length in (3, 2, 1):
            rest = tuple(word.text for word in found[position + 1 : position + length])
            forms = _without_prefix(found[position].text) if len(rest) == length - 1 else ()
            hit = next(((table[form, *rest], inside) for form, inside in forms if (form, *rest) in table), None)
            if hit:
                yield Subject(hit[0][language], position, position + length, hit[1])
                step = length
                break
        position += step


def _without_prefix(word: str) -> Iterator[tuple[str, bool]]:
    """A word in normal form as it is and without و ف and ب ل ك before it, and whether ب, which says "in", was there."""
    for stem in (word, word[1:]) if word[:1] in {"و", "ف"} else (word,):
        yield stem, False
        if stem.startswith("لل"):
            yield "ال" + stem[2:], False
        if stem[:1] in {"ب", "ل", "ك"}:
            yield stem[1:], stem[0] == "ب"


@dataclass(frozen=True, slots=True)
class _Known:
    shown: Shown
    spellings: frozenset[Key]


@cache
def _known(code: str) -> _Known | None:
    """How a name of the gazetteer is shown, and how the name itself is written; None for one that reads badly."""
    for line in NAMES.strip().splitlines():
        known, arabic, english, *more = line.split("|")
        if known == code:
            return _as_known(arabic, english, *(more[0].split(",") if more else ()))
    arabic, english = _cldr(code)
    if not arabic or not english or re.search(r"[()]| - ", arabic + english) or len(arabic.split()) > 3:
        return None
    return _as_known(arabic, f"the {english}" if _takes_the(english) else english)


def _cldr(code: str) -> tuple[str, str]:
    arabic, english = Locale("ar"), Locale("en")
    if "/" not in code:
        return arabic.territories.get(code, ""), english.territories.get(code, "")
    city = english.time_zones.get(code, {}).get("city") or code.rsplit("/", 1)[-1].replace("_", " ")
    return arabic.time_zones.get(code, {}).get("city", ""), city


def _as_known(arabic: str, english: str, *more: str) -> _Known:
    spellings = (arabic, english.removeprefix("the "), *more)
    return _Known({"ar": arabic, "en": english}, frozenset(_key(spelling) for spelling in spellings))


def _takes_the(english: str) -> bool:
    return english.startswith("United ") or english.endswith(
        ("Republic", "Union", "Territories", "Islands", "Netherlands", "Philippines", "Maldives", "Bahamas", "Eurozone")
    )


@cache
def _table(lines: str, written: Language) -> dict[Key, Shown]:
    table: dict[Key, Shown] = {}
    for line in lines.strip().splitlines():
        arabic, english = line.split("|")
        shown: Shown = {"ar": arabic, "en": english}
        table[_key(shown[written].removeprefix("the "))] = shown
    return table


def _key(name: str) -> Key:
    return tuple(word.text for word in words(name))
