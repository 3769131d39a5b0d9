"""Names of the user's own, each with its spellings in either script: what consonants and CLDR do not join.

It refuses to know the file that they come from (`rag.text.names_file`), and what a name that is found is good for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple, Self, TypeVar

from rag.text.common_words import english_openers, english_titles, is_common
from rag.text.names import bare
from rag.text.normalise import tokens
from rag.text.words import ARABIC, Word, forms, words

Key = tuple[str, ...]
_K = TypeVar("_K")

_CLITICS: Final = frozenset("وفبلك")
_ARTICLES: Final = frozenset({"al", "el", "the", "ال"})
_BETWEEN: Final = re.compile(r"[\s.'’\u2010-\u2015-]*")
"""What may stand between two words of one name."""


class Named(NamedTuple):
    """A name in a text: the entries that it may be, and the words (a range) that it takes.

    `whole` is False for the last word of a name alone, as in « الشرع ».
    """

    codes: frozenset[int]
    first: int
    last: int
    whole: bool


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The entries of a user's dictionary, each the spellings of one name; `sha256` is that of its file."""

    entries: tuple[tuple[str, ...], ...] = ()
    sha256: str | None = None
    _whole: Mapping[Key, frozenset[int]] = field(default_factory=dict, repr=False)
    _last: Mapping[str, frozenset[int]] = field(default_factory=dict, repr=False)
    _longest: int = 0

    @classmethod
    def of(cls, entries: Iterable[Sequence[str]], sha256: str | None = None) -> Self:
        """These entries, each with two spellings or more, of which none is an ordinary word (`is_ordinary`)."""
        kept = tuple(tuple(spellings) for spellings in entries)
        whole: dict[Key, set[int]] = {}
        last: dict[str, set[int]] = {}
        for code, spellings in enumerate(kept):
            for spelling in spellings:
                found = _without_articles(words(spelling))
                whole.setdefault(tuple(bare(word.text) for word in found), set()).add(code)
                if found[1:] and not _is_ordinary(found[-1]):
                    last.setdefault(found[-1].text, set()).add(code)
        return cls(kept, sha256, _frozen(whole), _frozen(last), max(map(len, whole), default=0))

    def __bool__(self) -> bool:
        return bool(self.entries)

    def named(self, text: str, found: Sequence[Word]) -> list[Named]:
        """The names among the words `found` of `text`, longest first, left to right, without overlap."""
        return list(self._named(text, found)) if self.entries else []

    def across(self, question: str) -> dict[str, Mapping[str, float]]:
        """The tokens of the names in a question, each with those of the other spellings, as in
        `rag.text.lexicon.across`.

        Tokens are those of `rag.text.normalise.tokens`. Word by word where two spellings have as many words, else every
        word may be any.
        """
        found: dict[str, dict[str, float]] = {}
        asked = words(question)
        for name in self.named(question, asked):
            ours = _tokens(question, asked[name.first : name.last])
            for spelling in (spelling for code in sorted(name.codes) for spelling in self.entries[code]):
                theirs = _tokens(spelling, words(spelling))
                theirs = theirs if name.whole else theirs[-1:]
                for place, token in enumerate(ours):
                    others = theirs[place : place + 1] if len(ours) == len(theirs) else theirs
                    found.setdefault(token, {}).update((other, 1.0) for other in others if other != token)
        return {token: others for token, others in found.items() if others}

    def _named(self, text: str, found: Sequence[Word]) -> Iterator[Named]:
        kept = [index for index, word in enumerate(found) if word.text not in _ARTICLES]
        position = 0
        while position < len(kept):
            step = 1
            for length in range(min(self._longest, len(kept) - position), 0, -1):
                run = kept[position : position + length]
                if name := self._at(text, found, run):
                    yield name
                    step = length
                    break
            position += step

    def _at(self, text: str, found: Sequence[Word], run: Sequence[int]) -> Named | None:
        first, last = run[0], run[-1] + 1
        word = found[first]
        if not ARABIC.match(word.text) and not text[word.span.start].isupper():
            return None
        if not all(_joined(text, one, other) for one, other in pairwise(found[first:last])):
            return None
        rest = tuple(bare(found[index].text) for index in run[1:])
        # The article of Al-Shara stands before its first word.
        start = first - (first > 0 and found[first - 1].text in _ARTICLES and _joined(text, found[first - 1], word))
        if codes := _of(self._whole, [(bare(form), *rest) for form in _forms(word.text, alone=not rest)]):
            return Named(codes, start, last, whole=True)
        codes = frozenset() if rest else _of(self._last, forms(word.text))
        return Named(codes, start, last, whole=False) if codes else None


NONE: Final = OwnNames()
"""No names of the user's own."""


def is_ordinary(spelling: str) -> bool:
    """Whether a spelling is one ordinary word of news, which would be found where nobody is named."""
    found = _without_articles(words(spelling))
    return not found or (len(found) == 1 and _is_ordinary(found[0]))


def _is_ordinary(word: Word) -> bool:
    if ARABIC.match(word.text):
        return is_common(word)
    return len(word.text) == 1 or word.text in english_openers() | english_titles()


def _without_articles(found: Sequence[Word]) -> list[Word]:
    return [word for word in found if word.text not in _ARTICLES]


def _forms(word: str, *, alone: bool) -> frozenset[str]:
    """`rag.text.words.forms`; before other words of its name a clitic comes off a short word too: لشي جين بينغ."""
    short = not alone and word[:1] in _CLITICS and len(word) > 1
    return forms(word) | {word[1:]} if short else forms(word)


def _joined(text: str, one: Word, other: Word) -> bool:
    return _BETWEEN.fullmatch(text, one.span.end, other.span.start) is not None


def _tokens(text: str, found: Sequence[Word]) -> list[str]:
    """One token for each word; an accent stays, as in an index."""
    return [tokens(word.span.of(text))[0] for word in _without_articles(found)]


def _of(table: Mapping[_K, frozenset[int]], keys: Iterable[_K]) -> frozenset[int]:
    return frozenset().union(*(table.get(key, frozenset()) for key in keys))


def _frozen(table: Mapping[_K, set[int]]) -> dict[_K, frozenset[int]]:
    return {key: frozenset(codes) for key, codes in table.items()}
