"""What words mean, where that is known: the same in both languages, and what excludes what. Reads three tables.

A sense is a pair: the set that a word belongs to, and its member of the set. Two words of one sense say the same; two
members of one set of opposites exclude one another. It refuses to know sentences, negation and names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

import Stemmer

from rag.text.opposites import OPPOSITES
from rag.text.synonyms import SYNONYMS
from rag.text.units import OFFICES, UNITS
from rag.text.words import ARABIC, Word, forms, stems, words

_LONGEST: Final = 3
_PERSONS: Final = "يتنا"
_TABLES: Final = (("opposite", OPPOSITES), ("unit", UNITS), ("office", OFFICES), ("same", SYNONYMS))
# The stemmer takes these for one: general and generous, universal and university.
_SHORTEST_ARABIC: Final = 3
# Another word than the one of the table: waterfalls, each other.
_OTHER: Final = frozenset("falls fall units بعضها بعضهم بعضنا بعضهما البعض ببعضها وبعضها لبعضها".split())  # noqa: SIM905


class Sense(NamedTuple):
    """`table`: opposite, unit, office or same; `group`: the number of the set in it; `member`: from 0."""

    table: str
    group: int
    member: int


class Sensed(NamedTuple):
    """What the words [first, last) of a text mean together."""

    senses: frozenset[Sense]
    first: int
    last: int


def read(found: Sequence[Word]) -> list[Sensed]:
    """The senses of the words of a text, the longest run first where several begin at one word; none is left out.

    A word without a sense has an empty set.
    """
    sensed: list[Sensed] = []
    position = 0
    while position < len(found):
        for length in range(min(_LONGEST, len(found) - position), 0, -1):
            run = found[position : position + length]
            senses = senses_of(run[0].text) if length == 1 else _run(tuple(word.text for word in run))
            if senses or length == 1:
                if _is_superlative(found, position) or run[0].text in _OTHER:
                    senses = frozenset()
                sensed.append(Sensed(senses, position, position + length))
                position += length
                break
    return sensed


def _is_superlative(found: Sequence[Word], index: int) -> bool:
    """« the most common » says nothing of how many."""
    return found[index].text == "most" and index > 0 and found[index - 1].text in {"the", "its", "their", "his", "her"}


@lru_cache(maxsize=65536)
def senses_of(word: str) -> frozenset[Sense]:
    """What one word in normal form may mean; its own form goes before its stem, its stem before its verb."""
    single, _ = _index()
    for keys in (_exact(word), _stemmed(word), _verbal(word)):
        found: set[Sense] = set().union(*(single.get(key, ()) for key in keys))
        if found:
            return frozenset(found)
    return frozenset()


@cache
def turned() -> tuple[bool, ...]:
    """Whether to deny one member of a set of opposites is to state the other, set by set."""
    return tuple(line.count("<>") == 1 and not line.startswith("=") for line in OPPOSITES.strip().splitlines())


@cache
def _index() -> tuple[dict[str, set[Sense]], dict[tuple[str, ...], set[Sense]]]:
    single: dict[str, set[Sense]] = {}
    runs: dict[tuple[str, ...], set[Sense]] = {}
    for sense, name in _entries():
        parts = tuple(word.text for word in words(name.replace("_", " ")))
        if len(parts) > 1:
            runs.setdefault(parts, set()).add(sense)
            continue
        for key in {*_exact(parts[0]), *_stemmed(parts[0]), *_cores(parts[0])}:
            single.setdefault(key, set()).add(sense)
    return single, runs


def _entries() -> Iterator[tuple[Sense, str]]:
    for table, text in _TABLES:
        for group, line in enumerate(text.strip().splitlines()):
            for member, part in enumerate(line.removeprefix("= ").split("<>")):
                for name in part.replace("|", " ").split():
                    yield Sense(table, group, member), name


def _run(texts: tuple[str, ...]) -> frozenset[Sense]:
    _, runs = _index()
    if texts[0] not in _first_words() and not any(form in _first_words() for form in forms(texts[0])):
        return frozenset()
    rests = [_bare(text) for text in texts[1:]]
    found: set[Sense] = set()
    for form in forms(texts[0]):
        found |= runs.get((_bare(form), *rests), set()) | runs.get((form, *texts[1:]), set())
    return frozenset(found)


@cache
def _first_words() -> frozenset[str]:
    return frozenset(run[0] for run in _index()[1])


def _bare(word: str) -> str:
    return word[2:] if word.startswith("ال") and len(word) > _SHORTEST_ARABIC + 1 else word


def _exact(word: str) -> Iterator[str]:
    for form in forms(word):
        yield f"={_bare(form)}"


def _stemmed(word: str) -> Iterator[str]:
    if not ARABIC.match(word):
        yield f"~{english_stem(word)}"
        return
    for stem in stems(word):
        yield f"~{_bare(stem)}"
    # She, they and the two of them did: ارتفعت, ارتفعوا, ارتفعا.
    for form in forms(word):
        for ending in ("ت", "وا", "تا", "ا"):
            if form.endswith(ending) and len(form) - len(ending) >= _SHORTEST_ARABIC:
                yield f"~{form.removesuffix(ending)}"


def _verbal(word: str) -> Iterator[str]:
    """The cores of a verb in the present: سيرتفع and ترتفع have رتفع."""
    if not ARABIC.match(word):
        return
    for form in forms(word):
        bare = form.removeprefix("س")
        if bare[:1] in _PERSONS and len(bare) >= _SHORTEST_ARABIC:
            for ending in ("", "ون", "ان", "ا", "وا", "ين", "ه", "ها"):
                core = bare[1:].removesuffix(ending)
                if len(core) >= _SHORTEST_ARABIC - (not ending) and bare.endswith(ending):
                    yield f"^{core}"


def _cores(lemma: str) -> Iterator[str]:
    """What follows the person's letter in the present of a verb that is listed in the past: ارتفع → رتفع, زار → زور."""
    if not ARABIC.match(lemma) or len(lemma) < _SHORTEST_ARABIC or lemma.startswith("ال"):
        return
    yield f"^{lemma}"
    if lemma[0] == "ا":
        yield f"^{lemma[1:]}"
        yield f"^ؤ{lemma[1:]}"
    if len(lemma) == _SHORTEST_ARABIC and lemma[1] == "ا":
        yield f"^{lemma[0]}و{lemma[2]}"
        yield f"^{lemma[0]}ي{lemma[2]}"
        yield f"^{lemma[0]}{lemma[2]}"


@lru_cache(maxsize=65536)
def english_stem(word: str) -> str:
    """The stem of an English word in normal form: increases, increased and increasing have one."""
    return str(Stemmer.Stemmer("english").stemWord(word))
