"""A text read for names, once: its words, the known names among them, and how its words may be spelt.

It refuses to know which of its words are names beyond those, and any other text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rag.gazetteer import Place, places
from rag.name_shapes import is_ordinary_arabic
from rag.types import Span
from rag.words import ARABIC, Word, forms, same, stems, words

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

    @classmethod
    def of(cls, text: str) -> Read:
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
        return cls(text, tuple(found), tuple(places(text, found)), spellings, by_stem, arabic, latin, lower)

    def part(self, indexes: Sequence[int]) -> Read:
        """Some neighbouring words of this text as a text of its own."""
        if not indexes:
            return Read.of("")
        return Read.of(self.text[self.words[indexes[0]].span.start : self.words[indexes[-1]].span.end])

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
