"""Lines of the pages → one text of paragraphs, and where in it each page begins. Knows no news.

A paragraph is one line of the text. It goes on, over the end of a column or page too, where the first word of the
next line would not have fitted on the line before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from rag.extract.pdf_layout import PrintedLine

_LEADING: Final = 1.35
"""Lines further apart than so many usual distances belong to two paragraphs."""
_SIZE: Final = 0.1
"""Letters that differ by more than this part of their size belong to two paragraphs."""
_INDENT: Final = 0.8
"""A line that starts further in than so many sizes begins a paragraph."""
_ENDS: Final = re.compile(r"[.!?؟:؛…][\"'”»’)\]]*$")
_HYPHEN: Final = re.compile(r"[a-z]-$")
_SOFT_HYPHEN: Final = "\u00ad"


@dataclass(frozen=True, slots=True)
class Measure:
    """The edges of a column, in points, and the usual distance between its lines, in sizes of their letters."""

    left: float
    right: float
    leading: float


def paragraphs(pages: Sequence[Sequence[PrintedLine]]) -> tuple[str, tuple[int, ...]]:
    """The text, and the offset at which each page begins (that of the next one for an empty page)."""
    words = {word for page in pages for line in page for word in line.text.split()}
    pieces: list[str] = []
    length = 0
    starts: list[int] = []
    before: tuple[PrintedLine, Measure] | None = None
    for page in pages:
        measures = _measures(page)
        start: int | None = None
        for line in page:
            goes_on = before is not None and _goes_on(*before, line, measures[line.column])
            if before is not None:
                last, between = _between(pieces[-1], line.text, words) if goes_on else (pieces[-1], "\n")
                length += len(last) - len(pieces[-1]) + len(between)
                pieces[-1:] = [last, between]
            start = length if start is None else start
            pieces.append(line.text)
            length += len(line.text)
            before = line, measures[line.column]
        starts.append(length if start is None else start)
    return "".join(pieces), tuple(starts)


def _measures(page: Sequence[PrintedLine]) -> dict[int, Measure]:
    """The measure of each column of a page."""
    columns: dict[int, list[PrintedLine]] = {}
    for line in page:
        columns.setdefault(line.column, []).append(line)
    measures = {}
    for number, lines in columns.items():
        steps = [(above.base - below.base) / below.size for above, below in pairwise(lines)]
        leading = median([step for step in steps if step > 0] or [0.0])
        measures[number] = Measure(min(line.left for line in lines), max(line.right for line in lines), leading)
    return measures


def _goes_on(before: PrintedLine, measure: Measure, line: PrintedLine, own: Measure) -> bool:
    """Whether `line` carries on the paragraph of the line `before` it."""
    if before.is_row or line.is_row:
        return False
    if abs(line.size - before.size) > _SIZE * before.size or line.right_to_left != before.right_to_left:
        return False
    room = before.left - measure.left if before.right_to_left else measure.right - before.right
    letter = (before.right - before.left) / len(before.text)
    ended = _ENDS.search(before.text) is not None
    if room > letter * (len(line.text.split()[0]) + 1) * (1 if ended else 2):
        return False
    indent = own.right - line.right if line.right_to_left else line.left - own.left
    if ended and indent > _INDENT * line.size:
        return False
    step = before.base - line.base
    if line.column == before.column and step > 0:
        return step <= _LEADING * own.leading * line.size
    return not ended


def _between(text: str, line: str, words: set[str]) -> tuple[str, str]:
    """`text` and what joins it to a line that carries it on: a word cut by a hyphen becomes whole.

    The hyphen stays where the whole word stands nowhere in the document and the hyphenated one does.
    """
    if text.endswith(_SOFT_HYPHEN):
        return text[:-1], ""
    if _HYPHEN.search(text) and line[:1].islower():
        first, rest = text.split()[-1], line.split()[0]
        own = first[:-1] + rest not in words and first + rest in words
        return (text, "") if own else (text[:-1], "")
    if text.endswith(("-", "–", "/")) and text[-2:-1].isdigit() and line[:1].isdigit():
        return text, ""
    return text, " "
