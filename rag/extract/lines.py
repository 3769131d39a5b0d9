"""The lines of a page: where each stands, its normal form, and whether it reads like prose.

It refuses to know what a line is for; that is `rag.extract.boilerplate` and `rag.extract.publication`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rag.text.normalise import has_letters, normalise
from rag.types import Span

_LINE: Final = re.compile(r"[^\r\n\v\f\x85\u2028\u2029]+")
_INVISIBLE: Final = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff"
_BLANK: Final = re.compile(f"[\\s{_INVISIBLE}]*")
_FINAL: Final = re.compile("[.!?؟؛…۔][\"”»’')\\]\\s\u200f\u200e]*$")
_TAGS: Final = re.compile(r"<[^<>]*>")
_STOP: Final = re.compile("[^.][.۔][\"”»’')\\]\\s\u200f\u200e]*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank. `span` is without the white space at its ends; `normal` as `normalise` gives it.

    `offsets` maps `normal` to code points of the whole text; `gap` is whether a blank line follows.
    """

    span: Span
    text: str
    normal: str
    offsets: tuple[int, ...]
    gap: bool

    @property
    def ends_sentence(self) -> bool:
        return _FINAL.search(self.text) is not None

    @property
    def ends_with_stop(self) -> bool:
        """Whether it ends with one full stop: titles do not."""
        return _STOP.search(self.text) is not None

    @property
    def is_paragraph(self) -> bool:
        """Whether it reads like prose: long, or a sentence that is closed or announces more; a long address is none."""
        closed = (self.ends_sentence and not self.is_cut_short) or self.text.endswith(":")
        long = len(self.text) >= 150 or (len(self.text) >= 60 and closed)
        return long and not ("://" in self.text and self.text.count(" ") < 5)

    @property
    def is_cut_short(self) -> bool:
        """Whether it ends in an ellipsis, as teasers do."""
        return re.search(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$", self.text) is not None

    @property
    def words(self) -> int:
        return sum(map(has_letters, self.text.split()))

    @property
    def is_latin(self) -> bool:
        """Whether there are Latin letters in it, tags not counted."""
        return re.search(r"[a-z]", _TAGS.sub("", self.normal)) is not None

    def written(self, start: int, end: int) -> str:
        """``normal[start:end]`` as it is written."""
        span = self.part(start, end)
        return self.text[span.start - self.span.start : span.end - self.span.start]

    def part(self, start: int, end: int) -> Span:
        """The span in the whole text of ``normal[start:end]``, which must not be empty."""
        return Span(self.offsets[start], self.offsets[end] if end < len(self.offsets) else self.span.end)


def line_spans(text: str) -> list[Span]:
    """Where the lines of `text` that are not blank stand, in order, without the white space at their ends."""
    spans: list[Span] = []
    for match in _LINE.finditer(text):
        lead = _BLANK.match(match.group())
        start = match.start() + (lead.end() if lead else 0)
        if start < match.end():
            spans.append(Span(start, match.start() + len(match.group().rstrip(f" \t\u00a0{_INVISIBLE}"))))
    return spans


def split_lines(text: str) -> list[Line]:
    """The lines of `text` that are not blank, in order."""
    spans = line_spans(text)
    lines = []
    for span, after in zip(spans, [*(span.start for span in spans[1:]), len(text)], strict=bool(spans)):
        normal, offsets = normalise(span.of(text))
        newlines = text[span.end : after].replace("\r\n", "\n")
        gap = len(re.findall(r"[\r\n\f\x85\u2028\u2029]", newlines)) > 1
        lines.append(Line(span, span.of(text), normal, tuple(span.start + offset for offset in offsets), gap))
    return lines
