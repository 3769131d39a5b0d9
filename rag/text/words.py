"""The words of a text in normal form, each with its place in the text, and the forms under which two of them match.

It refuses to know what a word means: no lists of names, of numbers or of ordinary words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import Stemmer

from rag.text.normalise import normalise
from rag.types import Span

ARABIC: Final = re.compile("[\u0620-\u064a\u066e-\u06d3]")
LATIN: Final = re.compile("[a-z\u00df-\u024f]")

_WORD_PATTERN: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SHORTEST_STEM: Final = 3
_CLITICS: Final = ("و", "ف", "ب", "ل", "ك")
_ENDINGS: Final = ("اتهما", "اتهم", "اتها", "اته", "ات", "تين", "هما", "ها", "هم", "ته", "ه", "ين", "ون", "ان")


class Word(NamedTuple):
    """A word in normal form (`rag.text.normalise.normalise`; Latin accents and possessive 's removed) and where it
    stands.
    """

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Normal:
    """A text, its normal form, and for each character of the normal form its offset in the text."""

    source: str
    text: str
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, source: str) -> Normal:
        return _normal(source)

    def span(self, start: int, end: int) -> Span:
        """The span in code points of `source` that ``text[start:end]`` (not empty) comes from."""
        first = self.offsets[start]
        last = self.offsets[end] if end < len(self.offsets) else len(self.source)
        return Span(first, max(last, self.offsets[end - 1] + 1))


@lru_cache(maxsize=64)  # figures, dates and names each read the same claim and quotes
def _normal(source: str) -> Normal:
    normal, offsets = normalise(source)
    return Normal(source, normal, tuple(offsets))


def words(text: str) -> list[Word]:
    """The words of `text` in order; digits are no words."""
    normal = Normal.of(text)
    return [Word(_plain(match.group()), normal.span(*match.span())) for match in _WORD_PATTERN.finditer(normal.text)]


@lru_cache(maxsize=65536)
def forms(word: str) -> frozenset[str]:
    """A word in normal form without each of the clitics that it may begin with (و ف ب ل ك ال), and with all of them."""
    if not ARABIC.match(word):
        return frozenset({word})
    found = {word}
    for prefixes, shortest in (("وف", 3), ("بلك", 3)):
        for form in tuple(found):
            # ف and ك begin many words themselves: فيصل is not ف + يصل
            if form[0] in prefixes and len(form) > shortest + (form[0] in "فك"):
                found.add(form[1:])
    for form in tuple(found):
        if form.startswith(("ال", "لل")) and len(form) > _SHORTEST_STEM + 1:
            found.add(form[2:])
            found.add("ال" + form[2:])
    return frozenset(found)


@lru_cache(maxsize=65536)
def stems(word: str) -> frozenset[str]:
    """The stems of the forms of an Arabic word; a stem of under three letters says too little and is left out."""
    if not ARABIC.match(word):
        return frozenset({word})
    stemmer = Stemmer.Stemmer("arabic")
    found = {_even(form) for form in forms(word)}
    for form in forms(word):
        stem = stemmer.stemWord(form)
        # `forms` decides about clitics: the stemmer takes فورد for ف + ورد and وزير for و + زير.
        if stem[:1] == form[0] or form[0] not in _CLITICS:
            found.add(_even(stem))
        # Endings that the stemmer takes off only in part: اتصالات → اتصالا.
        found.update(_even(form.removesuffix(end)) for end in _ENDINGS if len(form) - len(end) > _SHORTEST_STEM)
    return frozenset(stem for stem in found if len(stem) >= _SHORTEST_STEM)


def same(one: str, other: str) -> bool:
    """Whether two Arabic words are one, clitics and endings apart. صالح and صالحي, سليم and سليمان are two names."""
    if not forms(one).isdisjoint(forms(other)):
        return True
    if stems(one).isdisjoint(stems(other)):
        return False
    return not any(
        longer == shorter + ending
        for first in forms(one)
        for second in forms(other)
        for longer, shorter in ((first, second), (second, first))
        for ending in ("ي", "يه", "ان")
    )


def _even(stem: str) -> str:
    # The seats of hamza are spelt in every way: مسؤول and مسئول, شؤون and شئون.
    return stem.replace("ؤ", "ء").replace("ئ", "ء")


def _plain(word: str) -> str:
    if not LATIN.search(word):
        return word
    word = "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
    return re.sub("['’]s?$", "", word).replace("'", "").replace("’", "")
