"""A model's Markdown → the words in it: list marks, headings, fences and emphasis are its layout and no claim.

What is left is what is checked and what is shown, so nothing that is taken off here can hide from a check. Where the
space behind a full stop is missing it is put in, so that two sentences are no host (`rag.text.links`). Links,
images and tags are left as they are: those are for `rag.generate.form` to refuse.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rag.text.links import spaced

_KEPT: Final = {"\u200c", "\u200d"}
"""Joiners, which Persian and some names are spelt with."""

# Possessive throughout: what a model sends must not cost the square of its length.
_BEFORE: Final = re.compile(
    r"(?:\s*+(?:#{1,6}(?=\s|$)|>++(?=\s)|[-*+•●▪◦–—·](?=\s)|\d{1,2}[.)\-–](?=\s)|[(（]\d{1,2}[)）](?=\s))\s*+)++"
)
_LINE: Final = re.compile(r"^(?:[^\w\n]++|[^\S\n]*+(?:_{3,}+|`{3,}+\w*+)[^\S\n]*+)$", re.MULTILINE)
"""A rule, a fence, or signs alone."""
_MARKS: Final = re.compile(r"\*++|_++|`++|~{2,}+")
_LOOSE: Final = re.compile(r"(?<!\w)\*{1,3}(?=\w)|(?<=[\w.:!?؟…])\*{2,3}(?!\w)")


def words_of(sentence: str) -> str:
    """A sentence of a reply without its layout: what begins a line of a list, emphasis, and what draws nothing.

    A number that begins it (``1. Putin met …``) is that of a list. Spaces are single.
    """
    text = _LINE.sub(" ", "".join(character for character in sentence if _draws(character)))
    text = _without_emphasis(_BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text)
    return spaced(" ".join(_LOOSE.sub("", text).split()))


def _without_emphasis(text: str) -> str:
    """The text without the marks of Markdown that open and close something, each with its pair. Linear in the text."""
    opened: dict[str, list[tuple[int, int]]] = {}
    taken: list[tuple[int, int]] = []
    for found in _MARKS.finditer(text):
        start, end = found.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        waiting = opened.setdefault(text[start], [])
        closes = before.strip() and not _is_word(after)
        while closes and waiting and start < end:
            first, last = waiting.pop()
            length = min(last - first, end - start)
            taken += [(last - length, last), (start, start + length)]
            start += length
            if last - length > first:
                waiting.append((first, last - length))
        if start < end and after.strip() and not _is_word(before):
            waiting.append((start, end))
    kept = [0, *(edge for span in sorted(taken) for edge in span), len(text)]
    return "".join(text[start:end] for start, end in zip(kept[::2], kept[1::2], strict=True))


def _is_word(character: str) -> bool:
    return character == "_" or character.isalnum()


def _draws(character: str) -> bool:
    return character.isspace() or character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
