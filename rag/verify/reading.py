"""A text read for names, once: its words, the known names among them, and how its words may be spelt.

It refuses to know which of its words are names beyond those, and any other text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.text.name_shapes import is_ordinary_arabic
from rag.text.names import Place, places
from rag.text.own_names import NONE, Named, OwnNames
from rag.text.words import ARABIC, Word, forms, same, stems, words
from rag.types import Span

_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class Read:
    """A text read for names: its words, the known names among them, and how its words may be spelt."""

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
    def of(cls, text: str, names: OwnNames = NONE) -> Read:
        """Read a text; `names` are those of the user's own."""
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

    def part(self, indexes: Sequence[int]) -> Read:
        """Some neighbouring words of this text as a text of its own."""
        if not indexes:
            return Read.of("", self.names)
        return Read.of(self.text[self.words[indexes[0]].span.start : self.words[indexes[-1]].span.end], self.names)

    def without_own(self) -> Read:
        """This text with blanks in the place of the user's own names."""
        text = self.text
        for name in self.own:
            start, end = self.words[name.first].span.start, self.words[name.last - 1].span.end
            text = text[:start] + " " * (end - start) + text[end:]
        return Read.of(text) if self.own else self

    def own_at(self, index: int) -> frozenset[int]:
        """The entries of the user's own name that a word belongs to."""
        return next((name.codes for name in self.own if name.first <= index < name.last), frozenset())

    def own_in(self, others: Sequence[Read]) -> tuple[set[int], set[int]]:
        """The words of the user's own names here that other texts have, and those of whole names that none has.

        The last word of a name alone bears that word out, and no given name.
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
        """The Arabic words that no list of ordinary ones has: what a name that is spelt oddly may be."""
        return [word for word in self.arabic if not is_ordinary_arabic(Word(word, Span(0, 0)))]

    def has(self, word: Word) -> bool:
        """Whether a word stands here: English letter by letter, Arabic clitics and endings apart."""
        if not self.forms.isdisjoint(forms(word.text)):
            return True
        return any(same(word.text, other) for stem in stems(word.text) for other in self.by_stem.get(stem, ()))

    def in_arabic(self) -> bool:
        return _share(self, arabic=True)

    def in_latin(self) -> bool:
        return _share(self, arabic=False)


def _share(read: Read, *, arabic: bool) -> bool:
    """Whether at least a few words of a text are in a script; a brand name in Arabic text is no English text."""
    count = sum((ARABIC.match(word.text) is not None) is arabic for word in read.words)
    return count >= min(_FEW, len(read.words) or 1)
