"""The letters of a page, each where it stands: what passes between the reader of PDF files and the rules of layout."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

LOST: Final = "\ufffd"
_FORMS: Final = re.compile("[\ufb00-\ufb06\ufb1d-\ufdcf\ufdf0-\ufdf9\ufe70-\ufefc]")
_UNSEEN: Final = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\0]")
_NO_LETTER: Final = re.compile("[\ud800-\udfff\ue000-\uf8ff]")
_SPACE: Final = re.compile(r"[\s\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one box of a page, in the order in which it is read. Points; `base` is the height of its line.

    `said`: the file says what it reads as (/ActualText), so a bracket is named by what it means and not by its shape.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    said: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """The cells of each page, and the title that the file's own metadata names, if any."""

    pages: tuple[tuple[Cell, ...], ...]
    title: str | None


def letters_of(text: str) -> str:
    """`text` without presentation forms, ligatures and invisible marks; what has no letter becomes U+FFFD.

    Only forms are mapped: under NFKC as a whole a ² would become a 2. The lengthening stroke (tatweel) stays.
    """
    text = _FORMS.sub(_plain, _UNSEEN.sub("", text))
    return _SPACE.sub(" ", _NO_LETTER.sub(LOST, text))


def _plain(match: re.Match[str]) -> str:
    form = unicodedata.normalize("NFKC", match[0])
    return form[1:] if form[0] in " ـ" and len(form) > 1 else form  # a mark by itself has a space or stroke before it
