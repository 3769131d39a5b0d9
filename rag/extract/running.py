"""Which lines of a document stand on page after page: its running heads and feet, and the numbers of its pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rag.extract.pdf_layout import PrintedLine

_EDGE: Final = 2
"""How many lines at the head and at the foot of a page are looked at."""
_NUMBERS: Final = re.compile(r"\d+")
_PAGE_NUMBER: Final = re.compile(
    r"[\W_]*(?:(?:صفحة|الصفحة|ص|page|p\.)\W*)?\d{1,4}(?:\W*(?:من|of|/)\W*\d{1,4})?[\W_]*", re.IGNORECASE
)


def running_lines(pages: Sequence[Sequence[PrintedLine]]) -> tuple[list[list[PrintedLine]], list[str]]:
    """The pages without what runs over them, and what that says: each head and foot once, page numbers not at all.

    A line runs over the pages where it stands at the edge of at least two and of more than half of them, its numbers
    aside. A line at an edge that is nothing but a page number goes too.
    """
    counts = Counter(shape for page in pages for shape in {_shape(page[place]) for place in _edges(page)})
    repeated = {shape for shape, count in counts.items() if count >= 2 and 2 * count > len(pages)}
    said: dict[str, str] = {}
    kept = []
    for page in pages:
        outside = set()
        for place in _edges(page):
            line = page[place]
            numbered = _PAGE_NUMBER.fullmatch(line.text) is not None
            if numbered or _shape(line) in repeated:
                outside.add(place)
                if not numbered:
                    said.setdefault(_shape(line), line.text)
        kept.append([line for place, line in enumerate(page) if place not in outside])
    return kept, list(said.values())


def _edges(page: Sequence[PrintedLine]) -> list[int]:
    """The places in `page` of its highest and its lowest lines."""
    order = sorted(range(len(page)), key=lambda place: -page[place].base)
    return order if len(order) <= 2 * _EDGE else order[:_EDGE] + order[-_EDGE:]


def _shape(line: PrintedLine) -> str:
    return _NUMBERS.sub("0", line.text)
