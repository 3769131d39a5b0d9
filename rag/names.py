"""Which names of a claim stand in its quotes, and which do not or cannot be told.

English names are known by their capitals. Arabic has none, so the rule is strict: every word of a claim that is no
ordinary word (`rag.common_words`) and is not in a quote counts as a name. People and places outside `rag.gazetteer`
are looked for in their own script only; it refuses to transliterate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rag.common_words import english_openers, english_titles, is_common
from rag.dates import dates
from rag.figures import numbers
from rag.gazetteer import Place, places
from rag.months import MONTHS
from rag.types import Span
from rag.words import ARABIC, Word, forms, same, stems, words


@dataclass(frozen=True, slots=True)
class Missing:
    """A name of the claim that no quote has. `checkable` is False where no quote is in its script."""

    span: Span
    checkable: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A text read for names: its words, the known names among them, and how its words may be spelt."""

    text: str
    words: tuple[Word, ...]
    places: tuple[Place, ...]
    forms: frozenset[str]
    by_stem: dict[str, set[str]]

    @classmethod
    def of(cls, text: str) -> Read:
        found = words(text)
        by_stem: dict[str, set[str]] = {}
        for word in found:
            for stem in stems(word.text):
                by_stem.setdefault(stem, set()).add(word.text)
        spellings = frozenset(form for word in found for form in forms(word.text))
        return cls(text, tuple(found), tuple(places(text, found)), spellings, by_stem)

    def has(self, word: Word) -> bool:
        """Whether a word stands here: English letter by letter, Arabic clitics and endings apart."""
        if not self.forms.isdisjoint(forms(word.text)):
            return True
        return any(same(word.text, other) for stem in stems(word.text) for other in self.by_stem.get(stem, ()))

    def in_arabic(self) -> bool:
        return _share(self, arabic=True)

    def in_latin(self) -> bool:
        return _share(self, arabic=False)


_SENTENCE_END: Final = re.compile(r"[.!?؟:;؛\n\"“”«»(]\s*$")
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|gen|sen|gov|lt|col|capt|jr|sr|no|vs|u\.s|u\.n|u\.k)|\b[a-z])\.\s*$", re.I
)
_ORDINARY_ENDING: Final = re.compile(r"(?:tions?|ments?|ists|isms?|ings|ities|ness)$")
_CALENDAR: Final = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
# After these a question asks about an ordinary word (ما موقف روسيا); after من and أين may come a name.
_ASKING: Final = {"ما", "ماذا", "كم", "اي", "ايه", "متي", "كيف", "لماذا"}
_FEW: Final = 3
_REACH: Final = 2


def missing(read: Read, against: Sequence[Read], question: str = "") -> list[Missing]:
    """The names of a claim that none of its quotes (`against`) has, neighbours joined, in order; spans are in it.

    The word that `question` asks about (after ما, كم …) is excused; its other words are not: a question may name
    somebody of whom the quotes say nothing.
    """
    known = frozenset().union(*(place.codes for quote in against for place in quote.places))
    absent: list[tuple[int, int]] = []
    settled: set[int] = set()
    for place in read.places:
        indexes = range(place.first, place.last)
        settled.update(indexes)
        literally = any(all(quote.has(read.words[index]) for index in indexes) for quote in against)
        if not literally and place.codes.isdisjoint(known):
            absent.append((place.first, place.last))
    taken = [*(mention.span for mention in dates(read.text)), *(number.span for number in numbers(read.text))]
    candidates = [
        index
        for index, word in enumerate(read.words)
        if index not in settled and not any(word.span.start < end and start < word.span.end for start, end in taken)
    ]
    asked = _asked(question)
    english = [index for index in candidates if not ARABIC.match(read.words[index].text) and _is_name(read, index)]
    absent.extend((index, index + 1) for index in english if not _stands(read, index, against))
    absent.extend(_mixed(read, english, against))
    for index in candidates:
        word = read.words[index]
        ordinary = ARABIC.match(word.text) and (is_common(word) or not stems(word.text).isdisjoint(asked))
        if ARABIC.match(word.text) and not ordinary and not any(quote.has(word) for quote in against):
            absent.append((index, index + 1))
    return _joined(read, sorted(set(absent)), against)


def _stands(read: Read, index: int, against: Sequence[Read]) -> bool:
    return any(quote.has(read.words[index]) for quote in against)


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
        if not (_stands(read, first, against) and _stands(read, second, against)):
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


def _share(read: Read, *, arabic: bool) -> bool:
    """Whether at least a few words of a text are in a script; a brand name in Arabic text is no English text."""
    count = sum((ARABIC.match(word.text) is not None) is arabic for word in read.words)
    return count >= min(_FEW, len(read.words) or 1)


def _joined(read: Read, ranges: list[tuple[int, int]], against: Sequence[Read]) -> list[Missing]:
    found: list[tuple[int, int]] = []
    for first, last in ranges:
        if found and first <= found[-1][1] and _same_script(read, found[-1][0], first):
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return [
        Missing(Span(read.words[first].span.start, read.words[last - 1].span.end), _checkable(read, first, against))
        for first, last in found
    ]


def _same_script(read: Read, one: int, other: int) -> bool:
    return bool(ARABIC.match(read.words[one].text)) is bool(ARABIC.match(read.words[other].text))


def _checkable(read: Read, index: int, against: Sequence[Read]) -> bool:
    if any(place.first <= index < place.last for place in read.places):
        return True
    arabic = ARABIC.match(read.words[index].text) is not None
    return any(quote.in_arabic() if arabic else quote.in_latin() for quote in against)
