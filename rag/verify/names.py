"""Check names: which names of a claim its quotes contain, and which are missing or uncertain.

English names are recognised by capitals. Arabic has none: every word of a claim that is not an ordinary word
(`rag.text.name_shapes`) and is not in a quote may be a name, and is certainly one by its form or its neighbours. Across
scripts, places are compared with the gazetteer of `rag.text.names` and other names by their consonants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from rag.text.concepts import english_stem
from rag.text.dates import MONTHS, dates
from rag.text.entities import find_names, is_family_name
from rag.text.name_shapes import (
    english_openers,
    english_titles,
    introduces,
    is_given,
    is_ordinary_arabic,
    is_ordinary_english,
    looks_foreign,
    may_be_verb,
)
from rag.text.names import NONE, Named, OwnNames, Place, bare, countries_of, is_adjective_of_country, places
from rag.text.normalise import ARABIC, Word, forms, same, stems, words
from rag.text.numbers import numbers
from rag.text.transliteration import skeleton
from rag.types import Span

# Compares an English and an Arabic word as spellings of one name, by their consonants.
#
# Lenient: some matches are not the same name. The consonant classes are those of `rag.text.transliteration`.

_LEAST: Final = 2
_ENOUGH: Final = 3
_LONG: Final = 5
_ALIKE: Final = 0.7
_SILENT: Final = str.maketrans("", "", "h")
# ch is k in Michael, sh in Chivas; gh is silent in Hugh, c is s before e; x is z in Xavier; j is y in Jung.
_SPELLINGS: Final = (
    ("ch", "k"),
    ("ch", "sh"),
    ("gh", ""),
    ("th", "s"),
    ("ge", "j"),
    ("w", "v"),
    ("x", "z"),
    ("tio", "sho"),
    ("st", "sht"),
    ("sp", "shp"),
    ("tsh", "sh"),
    ("tch", "sh"),
    ("es", ""),
    ("v", ""),
    ("j", "h"),
)
_LONG_VOWELS: Final = re.compile("[اويه]")
_VOWELS: Final = frozenset("aeiou")
_ARABIC_VOWELS: Final = frozenset("اعءأإآ")
"""Letters with which an Arabic word begins where the Latin spelling of a name begins with a vowel."""


def crosses(latin: str, arabic: Iterable[str], *, exactly: bool = False, closely: bool = False) -> bool:
    """Whether one of the Arabic words may be a spelling of a Latin one; all normalised.

    `exactly`: all consonants must be equal without an extra ending, for names that a table should contain. `closely`: a
    name of two consonants must also begin alike, because any text has some word with these consonants.
    """
    ours = _latin_skeletons(latin)
    return any(
        ((mine == theirs and len(mine) >= _LEAST) if exactly else _meet(mine, theirs))
        and not (closely and len(mine) == _LEAST and not _begin_alike(latin, word))
        for word in arabic
        for theirs in _arabic_skeletons(word)
        for mine in ours
    )


def _begin_alike(latin: str, arabic: str) -> bool:
    """Whether a form of an Arabic word begins with a vowel if the Latin one does: Assad, اسد, not سعود."""
    vowel = latin[:1] in _VOWELS
    return any(vowel == (bare(form)[:1] in _ARABIC_VOWELS) for form in forms(arabic))


def _resembles(latin: str, arabic: Iterable[str]) -> bool:
    """Whether one of some unusual Arabic words has most of the consonants of a Latin one, in order."""
    ours = [form for form in _latin_skeletons(latin) if len(form) >= _ENOUGH]
    return any(
        SequenceMatcher(None, mine, theirs).ratio() >= _ALIKE
        for word in arabic
        for theirs in _arabic_skeletons(word)
        if len(theirs) >= _ENOUGH
        for mine in ours
        if mine[0] == theirs[0]
    )


def _is_too_short(word: str) -> bool:
    """Whether a word has too few consonants to be compared across scripts: Yao, Lee."""
    return len(skeleton(word).translate(_SILENT)) < _LEAST


def _alike(one: str, other: str) -> bool:
    """Whether two Arabic words may be spellings of one foreign name that differ in vowels: ملبورن, ميلبورن."""
    if abs(len(one) - len(other)) > 2 or one[0] != other[0] or sorted(one)[-1] < "\u0621":
        return False
    if is_given(one) and is_given(other):  # محمود is not محمد, nor سليمان سلمان
        return False
    consonants = _LONG_VOWELS.sub("", one)
    return len(consonants) > _ENOUGH and consonants == _LONG_VOWELS.sub("", other)


@lru_cache(maxsize=16384)
def _latin_skeletons(word: str) -> frozenset[str]:
    """Consonant skeletons of a Latin name for the possible sounds of its letters."""
    spelt = {word}
    for letters, sound in _SPELLINGS:
        spelt |= {form.replace(letters, sound) for form in spelt if letters in form}
    return frozenset(found for form in spelt if (found := skeleton(form).translate(_SILENT)))


@lru_cache(maxsize=65536)
def _arabic_skeletons(word: str) -> frozenset[str]:
    """Consonant skeletons of an Arabic word with and without its clitics."""
    return frozenset(found for form in (*forms(word), *stems(word)) if (found := skeleton(form).translate(_SILENT)))


def _meet(one: str, other: str) -> bool:
    if one == other:
        return len(one) >= _LEAST
    short, long = sorted((len(one), len(other)))
    if short < _ENOUGH or long - short > 1:
        return False
    if one.startswith(other) or other.startswith(one):  # an ending: Huguenots, هوغونوت
        return True
    return long >= _LONG and _within_one(one, other)


def _within_one(one: str, other: str) -> bool:
    """Whether one substitution or insertion of a class makes them equal."""
    place = 0
    while place < min(len(one), len(other)) and one[place] == other[place]:
        place += 1
    a, b = one[place:], other[place:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:]


# Analyses a text for names: its words, the known names among them, and possible spellings of its words.

_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class NameReading:
    """A text analysed for names: its words, the known names among them, and possible spellings of its words."""

    text: str
    words: tuple[Word, ...]
    places: tuple[Place, ...]
    forms: frozenset[str]
    by_stem: dict[str, set[str]]
    arabic: tuple[str, ...]
    latin: tuple[str, ...]
    lower: tuple[str, ...]
    names: OwnNames
    own: tuple[Named, ...]

    @classmethod
    @lru_cache(512)  # each claim of a text is checked against many quotes, and each quote against many claims
    def of(cls, text: str, names: OwnNames = NONE) -> NameReading:
        """Analyse a text; `names` are the user's own names."""
        found = words(text)
        by_stem: dict[str, set[str]] = {}
        for word in found:
            for stem in stems(word.text):
                by_stem.setdefault(stem, set()).add(word.text)
        spellings = frozenset(form for word in found for form in forms(word.text))
        texts = tuple(dict.fromkeys(word.text for word in found))
        arabic = tuple(word for word in texts if ARABIC.match(word))
        capitals = (word.text for word in found if text[word.span.start].isupper() and not ARABIC.match(word.text))
        latin = tuple(dict.fromkeys(capitals))
        lower = tuple(word for word in texts if not ARABIC.match(word))
        own = tuple(names.named(text, found))
        known = tuple(places(text, found))
        return cls(text, tuple(found), known, spellings, by_stem, arabic, latin, lower, names, own)

    def part(self, indexes: Sequence[int]) -> NameReading:
        """A run of adjacent words of this text as a text of its own."""
        if not indexes:
            return NameReading.of("", self.names)
        return NameReading.of(
            self.text[self.words[indexes[0]].span.start : self.words[indexes[-1]].span.end], self.names
        )

    def without_own(self) -> NameReading:
        """This text with spaces instead of the user's own names."""
        return self._without(self.own)

    def without_places(self) -> NameReading:
        """This text with spaces instead of the places that the gazetteer knows."""
        return self._without(self.places)

    def _without(self, names: Sequence[Named | Place]) -> NameReading:
        text = self.text
        for name in names:
            start, end = self.words[name.first].span.start, self.words[name.last - 1].span.end
            text = text[:start] + " " * (end - start) + text[end:]
        return NameReading.of(text) if names else self

    def own_at(self, index: int) -> frozenset[int]:
        """Entries of the user's own names that a word belongs to."""
        return next((name.codes for name in self.own if name.first <= index < name.last), frozenset())

    def own_in(self, others: Sequence[NameReading]) -> tuple[set[int], set[int]]:
        """Words of the user's own names here that other texts have, and words of whole names that none has.

        The last word of a name alone supports only that word, not a given name.
        """
        whole = frozenset().union(*(name.codes for other in others for name in other.own if name.whole))
        part = whole.union(*(name.codes for other in others for name in other.own))
        had: set[int] = set()
        lacked: set[int] = set()
        for name in self.own:
            indexes = range(name.first, name.last)
            if not name.codes.isdisjoint(whole if name.whole else part):
                had.update(indexes)
            elif name.whole:
                lacked.update(indexes)
                if not name.codes.isdisjoint(part):
                    had.add(name.last - 1)
        return had, lacked

    def unusual(self) -> list[str]:
        """Arabic words that are in no list of ordinary words: candidates for an oddly spelled name."""
        return [word for word in self.arabic if not is_ordinary_arabic(Word(word, Span(0, 0)))]

    def has(self, word: Word) -> bool:
        """Whether the text contains a word: English exactly, Arabic ignoring clitics and endings."""
        if not self.forms.isdisjoint(forms(word.text)):
            return True
        return any(same(word.text, other) for stem in stems(word.text) for other in self.by_stem.get(stem, ()))

    def in_arabic(self) -> bool:
        return _share(self, arabic=True)

    def in_latin(self) -> bool:
        return _share(self, arabic=False)


def _share(read: NameReading, *, arabic: bool) -> bool:
    """Whether at least a few words of a text are in a script; a brand name in Arabic text does not make it English."""
    count = sum((ARABIC.match(word.text) is not None) is arabic for word in read.words)
    return count >= min(_FEW, len(read.words) or 1)


@dataclass(frozen=True, slots=True)
class Missing:
    """A name of the claim that no quote has.

    `sure` is False if it may not be a name, or is a name that is translated by meaning: this lowers the score but does
    not reject the claim.
    """

    span: Span
    sure: bool


_SENTENCE_END: Final = re.compile(r"[.!?؟:;؛\n\"“”«»(]\s*$")
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|gen|sen|gov|lt|col|capt|jr|sr|no|vs|u\.s|u\.n|u\.k)|\b[a-z])\.\s*$", re.I
)
_ORDINARY_ENDING: Final = re.compile(r"(?:tions?|ments?|ists|isms?|ings|ities|ness)$")
_CALENDAR: Final = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
# After these, a question asks about an ordinary word (ما موقف روسيا); after من and أين a name may follow.
_ASKING: Final = {"ما", "ماذا", "كم", "اي", "ايه", "متي", "كيف", "لماذا"}
_REACH: Final = 2
_AMBIGUOUS: Final = frozenset({"قطر", "قطري", "قطريه", "خليج", "خليجي", "غرب", "متوسط", "هادي"})
_AKIN: Final = 5
_CAPITALS: Final = re.compile(r"(?:[A-Z]\w?){2,}s?(?![a-z]{2})")


def missing(read: NameReading, against: Sequence[NameReading], question: str = "") -> list[Missing]:
    """Names of a claim that none of its quotes (`against`) has, adjacent ones joined, in order, with spans in the
    claim.

    The word that `question` asks about (after ما, كم …) is excused; its other words are not, because a question may
    name somebody whom the quotes do not mention.
    """
    settled, lacked = read.own_in(against)
    # Another name of the dictionary supports nobody, however similar it sounds.
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


def _absent_places(read: NameReading, against: Sequence[NameReading], settled: set[int]) -> dict[int, bool]:
    """Words of the places that no quote has, except `settled` ones, with whether each is certainly a name."""
    known = frozenset().union(*(place.codes for quote in against for place in quote.places))
    # A word that is known as another place is no spelling of this one: نيجيريا is not Niger.
    elsewhere = [quote.without_places() for quote in against]
    absent: dict[int, bool] = {}
    for place in read.places:
        indexes = range(place.first, place.last)
        if not settled.isdisjoint(indexes) or _is_known(place, known):
            continue
        if not all(
            any(quote.has(read.words[index]) for quote in against) or stands(read, index, elsewhere, exactly=True)
            for index in indexes
        ):
            absent.update(dict.fromkeys(indexes, not _is_ambiguous(read, place, against)))
    return absent


def _is_known(place: Place, known: frozenset[str]) -> bool:
    """Whether a quote has a place, or the country's capital: what happens in Moscow happens in Russia."""
    return not place.codes.isdisjoint(known | {country for code in known for country in countries_of(code)})


def _is_ambiguous(read: NameReading, place: Place, against: Sequence[NameReading]) -> bool:
    """Whether an Arabic place name may be an ordinary word (a diameter, a bay), and no quote in Arabic can resolve
    it."""
    alone = place.last == place.first + 1 and not any(quote.in_arabic() for quote in against)
    return alone and not _AMBIGUOUS.isdisjoint(forms(read.words[place.first].text))


def stands(
    read: NameReading, index: int, against: Sequence[NameReading], *, exactly: bool = False, closely: bool = False
) -> bool:
    """Whether other texts contain a word of a text, in its own script or, as a name, in another (see `crosses`)."""
    word = read.words[index]
    if any(quote.has(word) for quote in against):
        return True
    own = read.own_at(index)
    if own and any(not own.isdisjoint(name.codes) for quote in against for name in quote.own):
        return True
    if ARABIC.match(word.text):
        if any(_alike(word.text, other) for quote in against for other in quote.arabic):
            return True
        if looks_foreign(word.text):  # a loan word: ميكانيكا is not a name, and "mechanics" has no capital
            return any(crosses(latin, (word.text,), closely=closely) for quote in against for latin in quote.lower)
        return any(
            crosses(latin, (word.text,), exactly=exactly, closely=closely) for quote in against for latin in quote.latin
        )
    near = english_stem(word.text)
    if not exactly and any(
        english_stem(latin) == near or _akin(latin, word.text) for quote in against for latin in quote.latin
    ):
        return True
    if any(crosses(word.text, quote.arabic, exactly=exactly, closely=closely) for quote in against if quote.arabic):
        return True
    return not exactly and any(_resembles(word.text, quote.unusual()) for quote in against if quote.arabic)


def _akin(one: str, other: str) -> bool:
    """Whether two English words share most of their letters from the first: Huguenot, Huguenots."""
    return one[:_AKIN] == other[:_AKIN] and len(one) >= _AKIN and abs(len(one) - len(other)) <= _REACH


def _is_sure(read: NameReading, index: int, against: Sequence[NameReading]) -> bool:
    """Whether a capitalised English word is certainly a name that sounds alike in the quotes' script."""
    word = read.words[index]
    if any(quote.in_latin() for quote in against):
        return True
    return word.text not in english_openers() and _is_transliterated(read, word)


def _is_transliterated(read: NameReading, word: Word) -> bool:
    """Whether a name in Latin letters can be told by its consonants in Arabic: ordinary words, abbreviations and Roman
    numerals are translated, and some names have too few consonants."""
    if is_ordinary_english(word.text) or _CAPITALS.match(word.span.of(read.text)):
        return False
    return not _is_too_short(word.text)


def _is_surely_arabic(read: NameReading, index: int, absent: dict[int, bool], *, same_script: bool) -> bool:
    text = read.words[index].text
    if is_given(text) or looks_foreign(text):
        return True
    before = read.words[index - 1].text if index else ""
    if may_be_verb(text, before) or (not same_script and _is_too_short(text)):
        return False
    return (same_script and introduces(before)) or is_given(before) or absent.get(index - 1, False)


def _is_name(read: NameReading, index: int) -> bool:
    """Whether a word in Latin letters is written like a name."""
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


def _mixed(read: NameReading, names: Sequence[int], against: Sequence[NameReading]) -> list[tuple[int, int]]:
    """Pairs of words that form one name in the claim but are apart in every quote: Sergei of one, Putin of another."""
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


def _near(quote: NameReading, first: str, second: str) -> bool:
    texts = [word.text for word in quote.words]
    return any(second in texts[index + 1 : index + 1 + _REACH] for index, text in enumerate(texts) if text == first)


def _asked(question: str) -> frozenset[str]:
    found = words(question)
    return frozenset(stem for asking, word in pairwise(found) if asking.text in _ASKING for stem in stems(word.text))


def _joined(read: NameReading, absent: dict[int, bool]) -> list[Missing]:
    """Join adjacent names in one script into one name, which is certain if one of its words is."""
    found: list[tuple[int, int, bool]] = []
    for index, sure in sorted(absent.items()):
        if found and index == found[-1][1] and _same_script(read, found[-1][0], index):
            found[-1] = (found[-1][0], index + 1, sure or found[-1][2])
        else:
            found.append((index, index + 1, sure))
    return [
        Missing(Span(read.words[first].span.start, read.words[last - 1].span.end), sure) for first, last, sure in found
    ]


def _same_script(read: NameReading, one: int, other: int) -> bool:
    return bool(ARABIC.match(read.words[one].text)) is bool(ARABIC.match(read.words[other].text))


# The names of a question that no article of its answer has.


def unnamed(question: str, texts: Iterable[str], names: OwnNames = NONE) -> list[Span]:
    """Spans of the names in a question that none of some texts has, in either script; in order.

    Only what is certainly a name counts: a place that the gazetteer knows, a person or organisation found by
    `rag.text.entities`, a capitalised English word that is neither an ordinary one nor an abbreviation, the user's own
    names. The adjective of a country is no name here: what is French need not be about France. Reads no more texts than
    it needs.
    """
    read = NameReading.of(question, names)
    asked = list(_certain(read))
    for text in texts:
        if not asked:
            break
        other = NameReading.of(text, names)
        asked = [one for one in asked if not _is_named(read, one, other)]
    return [Span(read.words[one.first].span.start, read.words[one.last - 1].span.end) for one in asked]


class _Certain(NamedTuple):
    """A range of words that is certainly a name, and the place that it is, if any."""

    first: int
    last: int
    place: Place | None = None


def _certain(read: NameReading) -> Iterator[_Certain]:
    taken = {index for place in read.places for index in range(place.first, place.last)}
    found = [
        _Certain(place.first, place.last, place)
        for place in read.places
        if not (place.last == place.first + 1 and is_adjective_of_country(read.words[place.first].text))
    ]
    found += [_Certain(name.first, name.last) for name in read.own if name.whole]
    for mention in find_names(read.text):
        inside = [at for at, word in enumerate(read.words) if mention.span.contains(word.span)]
        if inside and not mention.open and ARABIC.match(read.words[inside[0]].text):
            found.append(_Certain(inside[0], inside[-1] + 1))
    for index, word in enumerate(read.words):
        latin = not ARABIC.match(word.text)
        if (_is_name(read, index) and _is_transliterated(read, word)) if latin else is_family_name(word.text):
            found.append(_Certain(index, index + 1))
    for one in sorted(found, key=lambda one: (one.first, one.place is None)):
        if one.place is not None or taken.isdisjoint(range(one.first, one.last)):
            taken.update(range(one.first, one.last))
            yield one


def _is_named(read: NameReading, one: _Certain, other: NameReading) -> bool:
    """Whether a text has a name: a place by the gazetteer or its words, another by its last word.

    A capital may stand for its country, and the country for its capital.
    """
    if one.place is None:
        return stands(read, one.last - 1, [other], closely=True)
    known = frozenset[str]().union(*(place.codes for place in other.places))
    countries = frozenset[str]().union(*map(countries_of, one.place.codes))
    if _is_known(one.place, known) or not countries.isdisjoint(known):
        return True
    return all(other.has(read.words[index]) for index in range(one.first, one.last))
