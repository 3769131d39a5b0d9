"""Make `rag/text/not_names.txt`: words that articles use outside of names, though their form does not show it.

    python docs/not_names.py FOLDER [FOLDER…] > rag/text/not_names.txt

Reads every text file in the folders, one article each; empty the list first, because the words in it are none of
names. The shipped list is from half of the articles of ANT (those
whose file name has an even SHA-256; the other half measures the precision), and from the passages of ARCD and of the
Arabic part of TyDi QA.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Final

from rag.index.entities import EntitiesBuilder
from rag.text.entities import class_of
from rag.types import Passage, Span

_SEEN: Final = 4
_IN_NAMES: Final = 0.03
_INFLECTED: Final = 0.2
"""Maximum share in names of a word with an article whose other forms are as frequent, such as an adjective."""


def main(folders: list[str]) -> None:
    builder = EntitiesBuilder()
    for path in sorted(path for folder in folders for path in Path(folder).rglob("*.txt")):
        text = path.read_text(encoding="utf-8")
        span = Span(0, len(text))
        if text:
            builder.add(Passage(path.name, path.name, "0" * 64, span, (span,), text))
    words, named = Counter[str](), Counter[str]()
    for word, seen, in_names in builder.usage():
        words[word], named[word] = seen, in_names
    for word in sorted(words):
        if words[word] >= _SEEN and _is_ordinary(word, words, named):
            sys.stdout.write(word + "\n")


def _is_ordinary(word: str, words: Counter[str], named: Counter[str]) -> bool:
    kind = class_of(word)
    if kind == "al":
        others = words[word[2:]] + words[word[2:] + "ه"] + words[word + "ه"]
        inflected = others >= max(3, words[word] / 2) and named[word] < _INFLECTED * words[word]
        return inflected or named[word] < _IN_NAMES * words[word]
    return kind == "unknown" and named[word] < _IN_NAMES * words[word]


if __name__ == "__main__":
    main(sys.argv[1:])
