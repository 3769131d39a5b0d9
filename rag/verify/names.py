"""Which names of a claim stand in its quotes, and which do not or cannot be told.

English names are known by their capitals. Arabic has none: every word of a claim that is no ordinary word
(`rag.text.common_words`) and is not in a quote may be a name, and is surely one by its look or its neighbours
(`rag.text.name_shapes`). Across scripts, places are held by `rag.text.names` and the rest by consonants
(`rag.verify.crossing`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rag.text.common_words import english_openers, english_titles
from rag.text.concepts import english_stem
from rag.text.dates import dates
from rag.text.months import MONTHS
from rag.text.name_shapes import (
    introduces,
    is_given,
    is_ordinary_arabic,
    is_ordinary_english,
    looks_foreign,
    may_be_verb,
)
from rag.text.names import Place, countries_of
from rag.text.numbers import numbers
from rag.text.words import ARABIC, forms, stems, words
from rag.types import Span
from rag.verify.crossing import alike, crosses, is_too_short, resembles
from rag.verify.reading import Read


@dataclass(frozen=True, slots=True)
class Missing:
    """A name of the claim that no quote has.

    `sure` is False where it may be no name, or one whose translation has another sound: a reason to doubt a claim, and
    none to refuse it.
    """

    span: Span
    sure: bool


_SENTENCE_END: Final = re.compile(r"[.!?؟:;؛\n\"“”«»(]\s*$")
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|gen|sen|gov|lt|col|capt|jr|sr|no|vs|u\.s|u\.n|u\.k)|\b[a-z])\.\s*$", re.I
)
_ORDINARY_ENDING: Final = re.compile(r"(?:tions?|ments?|ists|isms?|ings|ities|ness)$")
_CALENDAR: Final = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
# After these a question asks about an ordinary word (ما موقف روسيا); after من and أين may come a name.
_ASKING: Final = {"ما", "ماذا", "كم", "اي", "ايه", "متي", "كيف", "لماذا"}
_REACH: Final = 2
_AMBIGUOUS: Final = frozenset({"قطر", "قطري", "قطريه", "خليج", "خليجي", "غرب", "متوسط", "هادي"})
_AKIN: Final = 5
_CAPITALS: Final = re.compile(r"(?:[A-Z]\w?){2,}s?(?![a-z]{2})")


def missing(read: Read, against: Sequence[Read], question: str = "") -> list[Missing]:
    """The names of a claim that none of its quotes (`against`) has, neighbours joined, in order; spans are in it.

    The word that `question` asks about (after ما, كم …) is excused; its other words are not: a question may name
    somebody of whom the quotes say nothing.
    """
    settled, lacked = read.own_in(against)
    # Another name of the dictionary bears nobody out, however like it sounds.
    apart = [quote.without_own() for quote in against] if lacked else against
    absent = _absent_places(read, against, settled)
    settled.update(index for place in read.places for index in range(place.first, place.last))
    taken = [*(mention.span for mention in dates(read.text)), *(number.span for number in numbers(read.text))]
    candidates = [
        index
        for index, word in enumerate(read.words)
        if index not in settled and not any(word.span.start < end and start < word.span.end for start, end in taken)
    ]
    english = [index for index in candidates if not ARABIC.match(read.words[index].text) and _is_name(read, index)]
    for index in english:
        if not stands(read, index, apart if index in lacked else against):
            absent[index] = index in lacked or _is_sure(read, index, against)
    for first, last in _mixed(read, english, against):
        absent.update(dict.fromkeys(range(first, last), True))
    asked = _asked(question)
    same_script = any(quote.in_arabic() for quote in against)
    for index in candidates:
        word = read.words[index]
        if not ARABIC.match(word.text) or not stems(word.text).isdisjoint(asked):
            continue
        if stands(read, index, apart if index in lacked else against):
            continue
        if index in lacked or is_given(word.text) or not is_ordinary_arabic(word):
            absent[index] = (
                index in lacked
                or _is_surely_arabic(read, index, absent, same_script=same_script)
                or (same_script and index > 0 and not may_be_verb(word.text, read.words[index - 1].text))
            )
    return _joined(read, absent)


def _absent_places(read: Read, against: Sequence[Read], settled: set[int]) -> dict[int, bool]:
    """The words of the places that no quote has, `settled` ones aside: whether each is surely a name."""
    known = frozenset().union(*(place.codes for quote in against for place in quote.places))
    absent: dict[int, bool] = {}
    for place in read.places:
        indexes = range(place.first, place.last)
        if not settled.isdisjoint(indexes) or _is_known(place, known):
            continue
        if not all(stands(read, index, against, exactly=True) for index in indexes):
            absent.update(dict.fromkeys(indexes, not _is_ambiguous(read, place, against)))
    return absent


def _is_known(place: Place, known: frozenset[str]) -> bool:
    """Whether a quote has a place, or the capital of the country: what happens in Moscow happens in Russia."""
    return not place.codes.isdisjoint(known | {country for code in known for country in countries_of(code)})


def _is_ambiguous(read: Read, place: Place, against: Sequence[Read]) -> bool:
    """Whether an Arabic place may be an ordinary word, of which no quote in Arabic could tell: a diameter, a bay."""
    alone = place.last == place.first + 1 and not any(quote.in_arabic() for quote in against)
    return alone and not _AMBIGUOUS.isdisjoint(forms(read.words[place.first].text))


def stands(read: Read, index: int, against: Sequence[Read], *, exactly: bool = False) -> bool:
    """Whether a word of a text stands in one of others, in its own script or, as a name, in another."""
    word = read.words[index]
    if any(quote.has(word) for quote in against):
        return True
    own = read.own_at(index)
    if own and any(not own.isdisjoint(name.codes) for quote in against for name in quote.own):
        return True
    if ARABIC.match(word.text):
        if any(alike(word.text, other) for quote in against for other in quote.arabic):
            return True
        if looks_foreign(word.text):  # a loan word: ميكانيكا is no name, and mechanics has no capital
            return any(crosses(latin, (word.text,)) for quote in against for latin in quote.lower)
        return any(crosses(latin, (word.text,), exactly=exactly) for quote in against for latin in quote.latin)
    near = english_stem(word.text)
    if not exactly and any(
        english_stem(latin) == near or _akin(latin, word.text) for quote in against for latin in quote.latin
    ):
        return True
    if any(crosses(word.text, quote.arabic, exactly=exactly) for quote in against if quote.arabic):
        return True
    return not exactly and any(resembles(word.text, quote.unusual()) for quote in against if quote.arabic)


def _akin(one: str, other: str) -> bool:
    """Whether two English words have most of their letters in common from the first: Huguenot, Huguenots."""
    return one[:_AKIN] == other[:_AKIN] and len(one) >= _AKIN and abs(len(one) - len(other)) <= _REACH


def _is_sure(read: Read, index: int, against: Sequence[Read]) -> bool:
    """Whether an English word with a capital names somebody, and would sound alike in the quotes' script."""
    word = read.words[index]
    if any(quote.in_latin() for quote in against):
        return True
    written = word.span.of(read.text)
    if word.text in english_openers() or is_too_short(word.text):
        return False
    return not (is_ordinary_english(word.text) or _CAPITALS.match(written))


def _is_surely_arabic(read: Read, index: int, absent: dict[int, bool], *, same_script: bool) -> bool:
    text = read.words[index].text
    if is_given(text) or looks_foreign(text):
        return True
    before = read.words[index - 1].text if index else ""
    if may_be_verb(text, before) or (not same_script and is_too_short(text)):
        return False
    return (same_script and introduces(before)) or is_given(before) or absent.get(index - 1, False)


def _is_name(read: Read, index: int) -> bool:
    """Whether a word in Latin letters is written as a name."""
    word = read.words[index]
    written = word.span.of(read.text)
    if read.in_arabic() and not read.in_latin():
        return len(word.text) > 1
    if written == written.lower() or word.text in english_titles() or len(word.text) == 1:
        return False
    if word.text in _CALENDAR or word.text in MONTHS:
        return False
    before = read.text[: word.span.start]
    opens = index == 0 or (_SENTENCE_END.search(before) is not None and _ABBREVIATION.search(before) is None)
    if not opens:
        return True
    if word.text in english_openers():
        return False
    following = read.words[index + 1].span.of(read.text) if index + 1 < len(read.words) else ""
    return written.isupper() or following[:1].isupper() or _ORDINARY_ENDING.search(word.text) is None


def _mixed(read: Read, names: Sequence[int], against: Sequence[Read]) -> list[tuple[int, int]]:
    """Two words that make one name in the claim and stand apart in every quote: Sergei of one, Putin of another."""
    found = []
    for first, second in pairwise(names):
        between = read.text[read.words[first].span.end : read.words[second].span.start]
        if second != first + 1 or between.strip(" -\u00a0"):
            continue
        if not all(any(quote.has(read.words[index]) for quote in against) for index in (first, second)):
            continue
        if not any(_near(quote, read.words[first].text, read.words[second].text) for quote in against):
            found.append((first, second + 1))
    return found


def _near(quote: Read, first: str, second: str) -> bool:
    texts = [word.text for word in quote.words]
    return any(second in texts[index + 1 : index + 1 + _REACH] for index, text in enumerate(texts) if text == first)


def _asked(question: str) -> frozenset[str]:
    found = words(question)
    return frozenset(stem for asking, word in pairwise(found) if asking.text in _ASKING for stem in stems(word.text))


def _joined(read: Read, absent: dict[int, bool]) -> list[Missing]:
    """Neighbours in one script as one name, which is sure where one of its words is."""
    found: list[tuple[int, int, bool]] = []
    for index, sure in sorted(absent.items()):
        if found and index == found[-1][1] and _same_script(read, found[-1][0], index):
            found[-1] = (found[-1][0], index + 1, sure or found[-1][2])
        else:
            found.append((index, index + 1, sure))
    return [
        Missing(Span(read.words[first].span.start, read.words[last - 1].span.end), sure) for first, last, sure in found
    ]


def _same_script(read: Read, one: int, other: int) -> bool:
    return bool(ARABIC.match(read.words[one].text)) is bool(ARABIC.match(read.words[other].text))
