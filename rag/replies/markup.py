"""A model's Markdown → the words in it: list marks, headings, fences and emphasis are its layout and no claim.

What is left is what is checked and what is shown, so nothing that is taken off here can hide from a check. Links,
images and tags are left as they are: those are for `rag.replies.form` to refuse.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_KEPT: Final = {"\u200c", "\u200d"}
"""Joiners, which Persian and some names are spelt with."""

_BEFORE: Final = re.compile(
    r"\s*(?:#{1,6}(?=\s|$)|>+(?=\s)|[-*+•●▪◦–—·](?=\s)|\d{1,2}[.)\-–](?=\s)|[(（]\d{1,2}[)）](?=\s))\s*"
)
_LINE: Final = re.compile(r"^[^\S\n]*(?:[^\w\n]+|_{3,}|`{3,}\w*)[^\S\n]*$", re.MULTILINE)
"""A rule, a fence, or signs alone."""
_EMPHASIS: Final = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1(?!\w)", re.DOTALL)
_LOOSE: Final = re.compile(r"(?<!\w)\*{1,3}(?=\w)|(?<=[\w.:!?؟…])\*{2,3}(?!\w)")


def words_of(sentence: str) -> str:
    """A sentence of a reply without its layout: what begins a line of a list, emphasis, and what draws nothing.

    A number that begins it (``1. Putin met …``) is that of a list. Spaces are single.
    """
    text = _LINE.sub(" ", "".join(character for character in sentence if _draws(character)))
    shorter = _BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text
    while shorter != text:
        text = shorter
        shorter = _BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text
    for _ in range(3):
        text = _EMPHASIS.sub(r"\2", text)
    return " ".join(_LOOSE.sub("", text).split())


def _draws(character: str) -> bool:
    return character.isspace() or character in _KEPT or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
