"""Whether an English and an Arabic word may be two spellings of one name, by their consonants.

Lenient: what it takes for one name is not always one. The classes are those of `rag.text.transliteration`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from rag.text.transliteration import skeleton
from rag.text.words import forms, stems

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


def crosses(latin: str, arabic: Iterable[str], *, exactly: bool = False) -> bool:
    """Whether one of the Arabic words may be a spelling of a Latin one; all in normal form.

    `exactly`: with all consonants the same and no ending more, for names that a table should have known.
    """
    ours = latin_skeletons(latin)
    return any(
        (mine == theirs and len(mine) >= _LEAST) if exactly else _meet(mine, theirs)
        for word in arabic
        for theirs in arabic_skeletons(word)
        for mine in ours
    )


def resembles(latin: str, arabic: Iterable[str]) -> bool:
    """Whether one of some unusual Arabic words has most of the consonants of a Latin one, in their order."""
    ours = [form for form in latin_skeletons(latin) if len(form) >= _ENOUGH]
    return any(
        SequenceMatcher(None, mine, theirs).ratio() >= _ALIKE
        for word in arabic
        for theirs in arabic_skeletons(word)
        if len(theirs) >= _ENOUGH
        for mine in ours
        if mine[0] == theirs[0]
    )


def is_too_short(word: str) -> bool:
    """Whether a word has too few consonants to be told from others in another script: Yao, Lee."""
    return len(skeleton(word).translate(_SILENT)) < _LEAST


def alike(one: str, other: str) -> bool:
    """Whether two Arabic words may be two spellings of one foreign name, which differ in vowels: ملبورن, ميلبورن."""
    if abs(len(one) - len(other)) > 2 or one[0] != other[0] or sorted(one)[-1] < "\u0621":
        return False
    consonants = _LONG_VOWELS.sub("", one)
    return len(consonants) > _ENOUGH and consonants == _LONG_VOWELS.sub("", other)


@lru_cache(maxsize=16384)
def latin_skeletons(word: str) -> frozenset[str]:
    """The skeletons of a Latin name under the ways in which its letters may sound."""
    spelt = {word}
    for letters, sound in _SPELLINGS:
        spelt |= {form.replace(letters, sound) for form in spelt if letters in form}
    return frozenset(found for form in spelt if (found := skeleton(form).translate(_SILENT)))


@lru_cache(maxsize=65536)
def arabic_skeletons(word: str) -> frozenset[str]:
    """The skeletons of an Arabic word with and without its clitics."""
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
    """Whether one change of a class, or one class more, makes them equal."""
    place = 0
    while place < min(len(one), len(other)) and one[place] == other[place]:
        place += 1
    a, b = one[place:], other[place:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:]
