"""Which articles name which persons, organisations and places: built with a generation, merged when it is opened.

`EntitiesBuilder` finds the names of each article (`rag.text.entities`) and keeps those that the whole archive confirms:
a word that the archive mostly uses outside of names ends a name, and words that nearly always follow a name belong to
it. It stores spellings. `rag.retrieve.filters` merges them, so that a user's table of names
can undo a merge without another ingest.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from rag.external_sort import PART, RowsWriter, Spill, counted, pack, unpack
from rag.index.layout import hash_of, mapped, place_of
from rag.text.entities import (
    Key,
    Mention,
    NameKind,
    class_of,
    is_arabic_given,
    name_key,
    names_and_words,
    spelled,
    word_form,
)
from rag.text.normalise import ARABIC, forms
from rag.text.transliteration import skeleton
from rag.verify.names import crosses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from rag.external_sort import OpenFile
    from rag.types import Passage

VERSION: Final = 1
"""Version of the rules here and in `rag.text.entities`: after a change, the next ingest builds the index again."""
_FILE, _STARTS, _ARTICLES = "names.json", "starts.npy", "articles.npy"
_WORDS, _SEEN_NAMED = "words.npy", "seen_named.npy"
_UNITS, _OF_UNITS = "units.npy", "of_units.npy"
_OPEN_LEAST: Final = 3
"""Minimum number of articles that confirm where an organisation's name ends."""
_ENDS: Final = 0.4
"""Minimum share of a run's articles in which the name may end there."""
_GOES_ON: Final = 0.6
"""Minimum share of a person's articles in which the same word follows, for it to belong to the name."""
_SEEN: Final = 6
_IN_NAMES: Final = 0.08
"""A word that occurs at least `_SEEN` times is ordinary if less than this share of it is in names."""
_INFLECTED: Final = 0.5
"""A word with an article is an adjective if its other forms are at least this share of it."""


class Spelling(NamedTuple):
    """One spelling of a name: as written, without vowel marks; its key (`rag.text.entities.name_key`); the code of a
    table that has it, or empty."""

    kind: NameKind
    written: str
    key: str
    code: str = ""


class _Unit(NamedTuple):
    kind: NameKind
    code: str
    written: tuple[str, ...]
    """The words as written."""
    doubtful: tuple[int, ...] = ()
    open: bool = False


@dataclass(slots=True)
class _Units:
    """Numbers of units, with what is counted for each. Grows with the number of different names."""

    numbers: dict[_Unit, int] = field(default_factory=dict)
    ended: Counter[int] = field(default_factory=Counter)
    after: dict[int, list[int]] = field(default_factory=dict)

    def of(self, unit: _Unit) -> int:
        return self.numbers.setdefault(unit, len(self.numbers))


class EntitiesBuilder:
    """Collects the passages of a generation in order; those of an article are consecutive.

    Distinct words and names are in memory; the pairs of article and name are sorted in files that `open_file` opens.
    """

    def __init__(self, open_file: OpenFile = BytesIO, part: int = PART) -> None:
        self._open_file, self._part = open_file, part
        self._units = _Units()
        self._postings = Spill(open_file, part)
        """The number of each unit and that of an article."""
        self._words: Counter[str] = Counter()
        self._named: Counter[str] = Counter()
        self._short: dict[tuple[Key, Key], int] = {}
        self._article = ""
        self._count = 0
        self._texts: list[str] = []
        self._end = 0
        self._earlier: list[_Decided] = []

    def add(self, passage: Passage) -> None:
        """Add the next passage. Raises `OSError` if the disk is full."""
        if passage.article_id != self._article:
            self._close_article()
            self._article = passage.article_id
            self._end = passage.span.start
        # A name does not go on from one part of the body to the next.
        self._texts.append(passage.text if passage.span.start == self._end else "\n" + passage.text)
        self._end = passage.span.end

    def _close_article(self) -> None:
        if not self._texts:
            return
        text = "".join(self._texts)
        self._texts = []
        found, words = names_and_words(text)
        self._words.update(words)
        persons = {mention.words for mention in found if mention.kind == "person"}
        units: set[int] = set()
        for mention in found:
            if mention.kind == "person":
                self._named.update(mention.words)
                self._named.update(word for word, _ in mention.tail)
                if longer := _longer(mention.words, persons):
                    self._short[mention.words, longer] = self._short.get((mention.words, longer), 0) + 1
                    continue
            units.update(self._of(text, mention))
        self._postings.add(pack(np.array(sorted(units), np.uint64), self._count))
        self._count += 1

    def _of(self, text: str, mention: Mention) -> Iterator[int]:
        """The units of a mention: as it is, and with each of the words that may follow."""
        written = spelled(text, mention)
        if mention.open:
            for length in range(2, len(written) + 1):
                unit = self._units.of(_Unit(mention.kind, "", written[:length], open=True))
                self._units.ended[unit] += length == len(written)
                yield unit
            return
        unit = self._units.of(_Unit(mention.kind, mention.code, written, mention.doubtful))
        yield unit
        for _, end in mention.tail:
            written = (*written, text[mention.span.end : end].split()[-1])
            doubtful = (*mention.doubtful, len(written) - 1)
            longer = self._units.of(_Unit(mention.kind, "", written, doubtful, open=True))
            if longer not in self._units.after.setdefault(unit, []):
                self._units.after[unit].append(longer)
            yield longer
            unit = longer

    def usage(self) -> Iterator[tuple[str, int, int]]:
        """Each word with its number of occurrences, and of those in the name of a person, in the complete articles."""
        return ((word, seen, self._named[word]) for word, seen in self._words.items())

    def save(self, folder: Path, earlier: Sequence[Path] = ()) -> None:
        """Write the names into `folder`, which is created; `earlier` are the folders of earlier segments.

        A name that an earlier segment has decided about is kept or dropped as there; the others are decided by the
        words of all segments. Raises `OSError` if the disk is full.
        """
        self._close_article()
        folder.mkdir()
        self._earlier = [_Decided(path) for path in earlier]
        units = list(self._units.numbers)
        counts = np.zeros(len(units), np.int64)
        for block in self._postings.blocks():
            of, times = counted(unpack(block)[0])
            counts[of] += times
        names, target = self._settle(units, counts)
        postings = Spill(self._open_file, self._part)
        for block in self._postings.blocks():
            of, articles = unpack(block)
            kept = target[of] >= 0
            postings.add(pack(target[of][kept], articles[kept].astype(np.uint64)))
        self._postings.close()
        lengths = np.zeros(len(names), np.int64)
        with RowsWriter(folder / _ARTICLES, "<i4", flat=True) as writer:
            for block in postings.blocks():
                of, articles = unpack(counted(block)[0])
                writer.add(articles)
                mentioned, times = counted(of)
                lengths[mentioned] += times
        postings.close()
        np.save(folder / _STARTS, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))
        short = [(name_key(" ".join(one)), name_key(" ".join(longer))) for one, longer in self._sure_short()]
        self._save_decisions(folder, units, target)
        document = {"names": names, "merges": list(merges(names, short))}
        (folder / _FILE).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    def _save_decisions(self, folder: Path, units: Sequence[_Unit], target: NDArray[np.int64]) -> None:
        """Write how often each word occurs, and what became of each unit, for later segments; both sorted by hash."""
        words = np.fromiter(map(hash_of, self._words), np.uint64, len(self._words))
        order = np.argsort(words)
        usage = np.array([(seen, named) for _, seen, named in self.usage()], np.int64).reshape(-1, 2)
        np.save(folder / _WORDS, words[order])
        np.save(folder / _SEEN_NAMED, usage[order])
        hashes = np.fromiter((hash_of(_key_of(unit)) for unit in units), np.uint64, len(units))
        order = np.argsort(hashes)
        np.save(folder / _UNITS, hashes[order])
        np.save(folder / _OF_UNITS, target[order])

    def _decided(self, unit: _Unit) -> Spelling | bool | None:
        """The name that an earlier segment made of a unit, False if it dropped it, None if it has not seen it."""
        return next((found for one in self._earlier if (found := one.of(unit)) is not None), None)

    def _settle(self, units: list[_Unit], counts: NDArray[np.int64]) -> tuple[list[Spelling], NDArray[np.int64]]:
        """The names that are kept, and for each unit the number of its name, or -1."""
        numbers: dict[Spelling, int] = {}
        target = np.full(len(units), -1, np.int64)
        for place, unit in enumerate(units):
            if (known := self._decided(unit)) is not None:
                if isinstance(known, Spelling):
                    target[place] = numbers.setdefault(known, len(numbers))
                continue
            if unit.open:
                if unit.kind == "organisation" and self._is_whole(place, int(counts[place])):
                    target[place] = _number(numbers, unit.kind, " ".join(unit.written))
                continue
            name = self._person(units, counts, place) if unit.kind == "person" else " ".join(unit.written)
            if name:
                target[place] = _number(numbers, unit.kind, name, unit.code)
        return list(numbers), target

    def _is_whole(self, place: int, count: int) -> bool:
        return count >= _OPEN_LEAST and self._units.ended[place] >= _ENDS * count

    def _person(self, units: list[_Unit], counts: NDArray[np.int64], place: int) -> str:
        """The person's name of a unit, shortened or extended as the archive confirms; empty if it is not a name."""
        unit = units[place]
        for index in unit.doubtful:
            if self._is_ordinary(word_form(unit.written[index])):
                kept = unit.written[:index]
                return (
                    " ".join(kept) if len(kept) >= 2 and word_form(kept[-1]) not in {"بن", "ابو", "ابن", "عبد"} else ""
                )
        while longer := self._goes_on(units, counts, place):
            place = longer
        return " ".join(units[place].written)

    def _goes_on(self, units: list[_Unit], counts: NDArray[np.int64], place: int) -> int:
        after = max(self._units.after.get(place, []), key=lambda one: counts[one], default=0)
        if not after or counts[after] < max(2, _GOES_ON * counts[place]):
            return 0
        return 0 if self._is_ordinary(word_form(units[after].written[-1])) else after

    def _is_ordinary(self, word: str) -> bool:
        """Whether this archive uses a word mostly outside of names."""
        seen, named = self._used(word)
        if word.startswith("ال"):
            bare = word[2:]
            others = sum(self._used(form)[0] for form in (bare, bare + "ه", word + "ه"))
            if others >= max(3, _INFLECTED * seen) and named < 0.5 * seen:
                return True
        return seen >= _SEEN and named < _IN_NAMES * seen

    def _used(self, word: str) -> tuple[int, int]:
        """Number of occurrences of a word in all segments, and of those in the name of a person."""
        found = [(self._words[word], self._named[word]), *(one.usage(word) for one in self._earlier)]
        return sum(seen for seen, _ in found), sum(named for _, named in found)

    def _sure_short(self) -> Iterator[tuple[Key, Key]]:
        """Shorter forms that at least two articles have together with one longer name, and none with another."""
        of: dict[Key, set[Key]] = {}
        for short, longer in self._short:
            of.setdefault(short, set()).add(longer)
        for short, longest in of.items():
            # محمد علي is how many longer names begin.
            if all(is_arabic_given(word) for word in short):
                continue
            if len(longest) == 1 and self._short[short, (one := next(iter(longest)))] >= 2:
                yield short, one


def _number(numbers: dict[Spelling, int], kind: NameKind, written: str, code: str = "") -> int:
    return numbers.setdefault(Spelling(kind, written, name_key(written), code), len(numbers))


def _longer(words: Key, persons: set[Key]) -> Key | None:
    """The one longer name in an article that begins or ends with these words."""
    longer = {one for one in persons if len(one) > len(words) and words in (one[: len(words)], one[-len(words) :])}
    return next(iter(longer)) if len(longer) == 1 else None


# Merges of spellings. One that is not sure is not made.

_CONSONANTS: Final = 4
"""Minimum number of consonant classes of a person's name that is matched across scripts."""
_HARD_G: Final = str.maketrans("غجقكڨگ", "كككككك")
_LONG_VOWELS: Final = re.compile("(?<!^)[اوي]")
_LATIN_SOUNDS: Final = {"ا": "a", "و": "ouw", "ي": "iey"}


def merges(names: Sequence[Spelling], short: Iterable[tuple[str, str]]) -> Iterator[tuple[int, int]]:
    """Pairs of spellings of one name, by their numbers, the surest first.

    Those with one code or one key; then, for persons, a shorter form with its longer one (`short`, by key), spellings
    of a foreign name that differ in one letter's sound, and a Latin with the one Arabic name that fits it.
    """
    yield from _same(names)
    by_key: dict[tuple[str, str], int] = {}
    for number, name in enumerate(names):
        by_key.setdefault((name.kind, name.key), number)
    persons = {key: number for (kind, key), number in by_key.items() if kind == "person"}
    for one, longer in short:
        if one in persons and longer in persons:
            yield persons[one], persons[longer]
    arabic = [key for key in persons if ARABIC.match(key)]
    variants = list(_variants(arabic))
    yield from ((persons[one], persons[other]) for one, other in variants)
    latin = [key for key in persons if not ARABIC.match(key)]
    yield from ((persons[one], persons[other]) for one, other in _across(latin, arabic, variants))


def _variants(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of Arabic keys of one foreign name: انجيلا, انغيلا ميركل."""
    by_rest: dict[tuple[int, str, str], list[str]] = {}
    for name in names:
        parts = name.split()
        if 1 < len(parts) < 5:
            for place, part in enumerate(parts):
                rest = " ".join(other for at, other in enumerate(parts) if at != place)
                by_rest.setdefault((place, rest, skeleton(part.translate(_HARD_G))), []).append(name)
    for (place, rest, _), found in by_rest.items():
        for one, other in pairwise(found):
            if _is_variant(one.split()[place], other.split()[place], rest):
                yield one, other


def _is_variant(one: str, other: str, rest: str) -> bool:
    ours, theirs = one.translate(_HARD_G), other.translate(_HARD_G)
    if min(len(one), len(other)) < 4 or one[0] not in (other[0], *"غجقك"):
        return False
    same = ours == theirs
    if not same and (_LONG_VOWELS.sub("", ours) != _LONG_VOWELS.sub("", theirs) or len(_LONG_VOWELS.sub("", ours)) < 3):
        return False
    # Arabic names that differ in a vowel are different: سالم, سليم; those of foreigners are spelled by ear.
    return any(class_of(word) == "foreign" for word in (one, other, *rest.split())) and not (
        not same and is_arabic_given(one) and is_arabic_given(other)
    )


def _across(
    latin: Sequence[str], arabic: Sequence[str], variants: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Each Latin key that exactly one Arabic name fits, with the keys of that; `variants` are keys of one name."""
    first: dict[str, str] = {}
    for one, other in variants:
        first[other] = first.get(one, one)
    by_shape: dict[tuple[int, str], list[str]] = {}
    for name in arabic:
        parts = name.split()
        for form in forms(parts[-1]):
            by_shape.setdefault((len(parts), _consonants(form)), []).append(name)
    for name in latin:
        parts = name.split()
        near = {one for form in _last_forms(parts[-1]) for one in by_shape.get((len(parts), form), ())}
        fits = sorted(one for one in near if _is_same(parts, one.split()))
        if len({first.get(one, one) for one in fits}) == 1:
            # With each spelling of it, so that one can be undone.
            yield from ((one, name) for one in fits)


def _is_same(latin: Sequence[str], arabic: Sequence[str]) -> bool:
    together = "".join(map(_consonants, latin))
    return len(together) >= _CONSONANTS and all(
        (crosses(ours, [theirs], exactly=True) or _consonants(ours) == _consonants(theirs.removeprefix("ال")))
        and _sounds_alike(ours, theirs)
        for ours, theirs in zip(latin, arabic, strict=True)
    )


def _sounds_alike(latin: str, arabic: str) -> bool:
    """Whether an Arabic and a Latin word have the same long vowels: Hussein is not حسن."""
    inside = arabic.removeprefix("ال")[1:]
    rest = latin
    for letter in inside[:-1]:
        if sounds := _LATIN_SOUNDS.get(letter):
            place = next((at for at, character in enumerate(rest) if character in sounds), None)
            if place is None:
                return False
            rest = rest[place + 1 :]
    if re.search("ei|ee|ie", latin) and "ي" not in arabic:
        return False
    return not (re.search("oo|ou", latin[:-1]) and "و" not in arabic)


def _consonants(word: str) -> str:
    return skeleton(word).replace("h", "")


def _last_forms(word: str) -> set[str]:
    return {_consonants(word), _consonants(word.replace("ch", "sh")), _consonants(word.replace("ch", "k"))}


class _Decided:
    """What an earlier segment knows about words and decided about units, memory-mapped from disk."""

    def __init__(self, folder: Path) -> None:
        """Raises `OSError` or `ValueError` if the files are incomplete."""
        self._words: NDArray[np.uint64] = mapped(folder / _WORDS)
        self._seen_named: NDArray[np.int64] = mapped(folder / _SEEN_NAMED)
        self._units: NDArray[np.uint64] = mapped(folder / _UNITS)
        self._of_units: NDArray[np.int64] = mapped(folder / _OF_UNITS)
        self._folder = folder
        self._spellings: list[Spelling] | None = None

    def usage(self, word: str) -> tuple[int, int]:
        """Number of occurrences of a word in the segment, and of those in the name of a person."""
        place = place_of(self._words, word)
        return (0, 0) if place < 0 else tuple(self._seen_named[place].tolist())

    def of(self, unit: _Unit) -> Spelling | bool | None:
        """The name that became of a unit, False if it was dropped, None if the segment does not have it."""
        place = place_of(self._units, _key_of(unit))
        if place < 0:
            return None
        number = int(self._of_units[place])
        if number < 0:
            return False
        if self._spellings is None:
            self._spellings = _read(self._folder)[0]
        return self._spellings[number]


def _key_of(unit: _Unit) -> str:
    return "\0".join((unit.kind, unit.code, " ".join(unit.written), repr(unit.doubtful), str(unit.open)))


def _read(folder: Path) -> tuple[list[Spelling], list[tuple[int, int]]]:
    """Spellings and merges of a segment. Raises `OSError` or `ValueError` if they are incomplete."""
    try:
        document = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return [Spelling(*name) for name in document["names"]], [(int(a), int(b)) for a, b in document["merges"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{_FILE} is incomplete") from error


class Entities:
    """The names of a generation: `spellings`, and for each the numbers of the articles that have it.

    `merges` are pairs of spellings of one name, by number, the surest first.
    """

    def __init__(
        self,
        spellings: Sequence[Spelling] = (),
        merges: Sequence[tuple[int, int]] = (),
        postings: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
    ) -> None:
        self.spellings = spellings
        self.merges = merges
        self._postings = postings or (np.zeros(0, np.int64), np.zeros(0, np.int64))

    @classmethod
    def open(cls, segments: Sequence[tuple[Path, NDArray[np.int64]]]) -> Entities:
        """Open what `EntitiesBuilder.save` wrote into the folders of the segments of a generation.

        With each folder, the number in the generation of each of its articles, -1 for one that was removed. Names of
        later segments are joined with earlier ones by code and key; similar spellings across segments are joined when
        the segments are merged. Raises `OSError` or `ValueError` if a folder is incomplete.
        """
        numbers: dict[Spelling, int] = {}
        pairs: list[tuple[int, int]] = []
        of, articles = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for folder, article_numbers in segments:
            spellings, merged = _read(folder)
            here = np.array([numbers.setdefault(one, len(numbers)) for one in spellings], np.int64)
            pairs += [(int(here[one]), int(here[other])) for one, other in merged]
            starts, holders = np.load(folder / _STARTS), np.load(folder / _ARTICLES)
            if len(starts) != len(spellings) + 1 or starts[-1] != len(holders):
                raise ValueError("the names and their articles do not belong together")
            now = article_numbers[holders]
            of.append(np.repeat(here, np.diff(starts))[now >= 0])
            articles.append(now[now >= 0])
        every = list(numbers)
        if len(segments) > 1:
            pairs = [*_same(every), *pairs]
        postings = np.concatenate(of), np.concatenate(articles)
        return cls(every, pairs, postings).without_unused()

    def without_unused(self) -> Entities:
        """Without the spellings that no article has any more."""
        of, articles = self._postings
        used = np.zeros(len(self.spellings), np.bool_)
        used[of] = True
        if used.all():
            return self
        numbers = np.cumsum(used) - 1
        merges = [(int(numbers[a]), int(numbers[b])) for a, b in self.merges if used[a] and used[b]]
        kept = [one for one, has in zip(self.spellings, used.tolist(), strict=True) if has]
        return Entities(kept, merges, (numbers[of], articles))

    def postings(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The number of a spelling and that of an article that has it, for each such pair."""
        return self._postings


def _same(names: Sequence[Spelling]) -> Iterator[tuple[int, int]]:
    """Pairs of spellings with one code or one key."""
    firsts: dict[tuple[str, str, bool], int] = {}
    for number, name in enumerate(names):
        for key in ((name.kind, name.code, True), (name.kind, name.key, False)):
            if key[1] and (first := firsts.setdefault(key, number)) != number:
                yield first, number
