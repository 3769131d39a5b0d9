"""Which line is the title of a page, and which lines only say it again. It knows lines, not pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from rag.extract.lines import Line
from rag.extract.outlets import Outlets
from rag.types import Span

_LONGEST: Final = 150
_HEADING: Final = re.compile(r"#{1,6}\s+")
_SUFFIX: Final = re.compile(r"\s\|\s")
_TAIL: Final = re.compile(r"\s[-–—|:»]\s(?=[^-–—|:»]{2,40}$)")
_SAID_AGAIN: Final = 3
"""Words of a line that is a title because it is said again; a shorter one may be a link of a menu."""


class Title(NamedTuple):
    """The words of a title, and of the site's name where that follows it after a bar or, if it is known, a dash."""

    words: Span
    site: Span | None


def is_title(line: Line, after: Sequence[Line], *, set_off: bool = False) -> bool:
    """Whether `line` is short, does not end as a sentence does, and is set off from the lines `after` it.

    Set off: by a blank line, by being said again, by the mark of a heading, by a much longer paragraph, or by what
    the caller knows (`set_off`).
    """
    if len(line.text) > _LONGEST or line.ends_with_stop or line.is_cut_short or line.words == 0 or not after:
        return False
    if line.normal.endswith((":", "،", ",")):  # a lead that announces a list
        return False
    if (
        set_off
        or line.gap
        or _HEADING.match(line.text)
        or (line.words >= _SAID_AGAIN and any(is_repeated(other.normal, line.normal) for other in after))
    ):
        return True
    return after[0].is_paragraph and len(after[0].text) >= 1.5 * len(line.text)


def read_title(text: str, line: Line, outlets: Outlets) -> Title:
    """The title in a line, without the mark of a heading and without the site's name."""
    start, end = line.span
    heading = _HEADING.match(text, start, end)
    start = heading.end() if heading else start
    suffix = _SUFFIX.search(text, start, end)
    if suffix and len(text[suffix.end() : end].split()) <= 4:
        return Title(Span(start, suffix.start()), Span(suffix.end(), end))
    tail = _TAIL.search(line.normal)
    if tail and outlets.named(line.normal[tail.end() :].strip()):
        site = line.part(tail.end(), len(line.normal))
        return Title(Span(start, line.part(tail.start(), tail.end()).start), site)
    return Title(Span(start, end), None)


def is_repeated(normal: str, title: str) -> bool:
    """Whether a line is a title, once or more, glued or not, and nothing else; both in normal form."""
    one, many = re.sub(r"\W", "", title), re.sub(r"\W", "", normal)
    return bool(one and many) and many == one * (len(many) // len(one))
