"""Match names across scripts: the Arabic and the Latin spelling of a name share a skeleton of consonant classes.

Deliberately lenient: `سوتشي` and ``Sochi`` match, and some unrelated words too, so a match only affects the ranking and
proves nothing.
"""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from rag.external_sort import PART, RowsWriter, Spill, counted, pack, unpack

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from rag.external_sort import OpenFile

_SHORTEST = 3
"""Minimum number of classes of a skeleton: with two, half the vocabulary would match."""

_ARABIC_WORD = re.compile("[\u0621-\u063a\u0641-\u064a\u066e-\u06d3]{2,}")
_LATIN_WORD = re.compile("[^\\W\\d_]+(?:['\u2019][^\\W\\d_]+)*")
_POSSESSIVE = re.compile("['\u2019]s$")
_PREFIX = re.compile("^(?:[وف]?(?:[بك]?ال|لل)|[وفبكل])(?=.{3})")

# Letters of one class are interchanged when a name changes scripts; vowels, and the letters for them, are in no class.
# Longer groups come first.
_ARABIC_CLASSES = {
    "تش": "C", "كس": "ks", **dict.fromkeys("شچ", "C"), **dict.fromkeys("بپ", "b"), **dict.fromkeys("تطث", "t"),
    **dict.fromkeys("جغگ", "g"), **dict.fromkeys("حه", "h"), **dict.fromkeys("خكقک", "k"), **dict.fromkeys("دضذ", "d"),
    **dict.fromkeys("زسصظژ", "s"), **dict.fromkeys("فڤ", "f"), "ر": "r", "ل": "l", "م": "m", "ن": "n",
}  # fmt: skip
_LATIN_CLASSES = {
    **dict.fromkeys(("tch", "sch", "sh", "ch"), "C"), "ph": "f", "th": "t", "dh": "d", "kh": "k", "gh": "g",
    "ck": "k", **dict.fromkeys(("ce", "ci", "cy"), "s"), "x": "ks", **dict.fromkeys("bp", "b"), "t": "t",
    **dict.fromkeys("gj", "g"), "h": "h", **dict.fromkeys("kcq", "k"), "d": "d", **dict.fromkeys("sz", "s"),
    **dict.fromkeys("fv", "f"), "r": "r", "l": "l", "m": "m", "n": "n",
}  # fmt: skip
_GROUPS = re.compile("|".join(map(re.escape, (*_ARABIC_CLASSES, *_LATIN_CLASSES))))
_CLASSES = _ARABIC_CLASSES | _LATIN_CLASSES
_TWICE = re.compile(r"(.)\1+")


def skeleton(word: str) -> str:
    """Consonant classes of a word in either script, without repetitions; empty if it has no consonant."""
    return _TWICE.sub(r"\1", "".join(_CLASSES[group] for group in _GROUPS.findall(word.casefold())))


def arabic_skeletons(word: str) -> set[str]:
    """Skeletons of an Arabic word, with and without its prefixed particles; none that is too short."""
    forms = {word, _PREFIX.sub("", word)}
    return {found for form in forms if len(found := skeleton(form)) >= _SHORTEST}


def names_in(question: str) -> list[str]:
    """Skeletons of the names in an English question: its capitalised words except the first, without duplicates."""
    words = _LATIN_WORD.findall(question)[1:]
    found = (skeleton(_POSSESSIVE.sub("", word)) for word in words if word[0].isupper())
    return list(dict.fromkeys(name for name in found if len(name) >= _SHORTEST))


class NamesBuilder:
    """Collects the text of one passage after another and writes which skeletons each passage contains.

    The words are in memory; the postings of skeletons are sorted in a file that `open_file` opens.
    """

    def __init__(self, open_file: OpenFile = BytesIO, part: int = PART) -> None:
        self._count = 0
        self._skeletons: dict[str, int] = {}
        self._of_word: dict[str, tuple[int, ...]] = {}
        self._holders = Spill(open_file, part)
        """The number of each skeleton and the ordinal of a passage."""

    def add(self, text: str) -> None:
        """Add the next passage. Raises `OSError` if the disk is full."""
        known = self._skeletons
        found: set[int] = set()
        for word in dict.fromkeys(_ARABIC_WORD.findall(text)):
            if word not in self._of_word:
                self._of_word[word] = tuple(
                    known.setdefault(name, len(known)) for name in sorted(arabic_skeletons(word))
                )
            found.update(self._of_word[word])
        self._holders.add(pack(np.array(list(found), np.uint64), self._count))
        self._count += 1

    def save(self, folder: Path) -> None:
        """Write three files into `folder`, which is created: the skeletons, the start of each list, and the lists.

        Raises `OSError` if the disk is full.
        """
        folder.mkdir()
        (folder / "skeletons.json").write_text(json.dumps(list(self._skeletons)), encoding="utf-8")
        lengths = np.zeros(len(self._skeletons), np.int64)
        with RowsWriter(folder / "rows.npy", "<i4", flat=True) as lists:
            for block in self._holders.blocks():
                names, ordinals = unpack(block)
                lists.add(ordinals)
                of, times = counted(names)
                lengths[of] += times
        np.save(folder / "starts.npy", np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]))
        self._holders.close()


class NamesIndex:
    """Index of the passages that contain an Arabic word with a given skeleton."""

    def __init__(self, places: dict[str, int], starts: NDArray[np.int64], rows: NDArray[np.int32]):
        self._places = places
        self._starts = starts
        self._rows = rows

    @classmethod
    def open(cls, folder: Path) -> NamesIndex:
        """Open what `NamesBuilder.save` wrote. Raises `OSError` or `ValueError` if it is incomplete."""
        skeletons = json.loads((folder / "skeletons.json").read_text(encoding="utf-8"))
        starts = np.load(folder / "starts.npy")
        places = {name: place for place, name in enumerate(skeletons)}
        return cls(places, starts, np.load(folder / "rows.npy", mmap_mode="r").view(np.ndarray))

    def holders(self, name: str) -> NDArray[np.int32]:
        """Rows, sorted, of the passages with a skeleton."""
        place = self._places.get(name)
        return self._rows[:0] if place is None else self._rows[self._starts[place] : self._starts[place + 1]]
