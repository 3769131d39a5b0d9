"""Extract the article of a PDF with a text layer: its text in reading order, and the offset of each page.

Running headers and footers are included once, above the text and outside the body; page numbers are removed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from rag.errors import Undecodable
from rag.extract.base import Extracted, shifted
from rag.extract.news_page import read_page
from rag.extract.outlets import Outlets
from rag.extract.pdf_layout import PrintedLine
from rag.text.decode import decode
from rag.text.normalise import has_letters
from rag.types import Span, Stated

# Finds running headers and footers and page numbers, repeated from page to page.

_EDGE: Final = 2
"""Number of lines examined at the top and at the bottom of a page."""
_NUMBERS: Final = re.compile(r"\d+")
_PAGE_NUMBER: Final = re.compile(
    r"[\W_]*(?:(?:صفحة|الصفحة|ص|page|p\.)\W*)?\d{1,4}(?:\W*(?:من|of|/)\W*\d{1,4})?[\W_]*", re.IGNORECASE
)


def _running_lines(pages: Sequence[Sequence[PrintedLine]]) -> tuple[list[list[PrintedLine]], list[str]]:
    """The pages without running lines, and the text of those: each header and footer once, page numbers not at all.

    A running line occurs at the edge of at least two pages and of more than half of them, ignoring numbers in it. A
    line at an edge that is only a page number is removed too.
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
    """Indexes in `page` of its highest and lowest lines."""
    order = sorted(range(len(page)), key=lambda place: -page[place].base)
    return order if len(order) <= 2 * _EDGE else order[:_EDGE] + order[-_EDGE:]


def _shape(line: PrintedLine) -> str:
    return _NUMBERS.sub("0", line.text)


SUFFIXES: Final = frozenset({".pdf"})
_RULES: Final = 1
"""Version of the rules; increment it if a change moves an offset."""
_MOST_PAGES: Final = 1_000
_LOST: Final = 0.02
"""Maximum share of letters without a Unicode value; with more, the text layer does not match the visible pages."""


def extractor() -> str:
    """Name and version of the extractor."""
    from importlib.metadata import version

    return f"pdf/{_RULES}+pdfminer.six-{version('pdfminer.six')}"


def extract(data: bytes, outlets: Outlets | None = None) -> Iterator[Extracted]:
    """Extract the article of a PDF. Raises `Undecodable` if it has no text layer, or an unreliable one."""
    if b"%PDF-" not in data[:1024]:
        raise Undecodable("the file is called .pdf and is none", do="give it the extension of its real type")
    from rag.extract.pdf_glyphs import read_cells
    from rag.extract.pdf_layout import LOST, paragraphs, printed_lines

    document = read_cells(data, most_pages=_MOST_PAGES)
    pages, running = _running_lines([printed_lines(cells) for cells in document.pages])
    told, starts = paragraphs(pages)
    head = "".join(f"{line}\n" for line in running) + "\n" * bool(running)
    _require_letters(told, lost=LOST)
    text = head + told
    page = read_page(told, outlets)
    shift = len(head)
    title = _title(text, document.title) or shifted(page.title, shift)
    yield Extracted(
        text=text,
        extractor=extractor(),
        pages=(0, *(start + shift for start in starts[1:])),
        body=tuple(Span(span.start + shift, span.end + shift) for span in page.body if has_letters(span.of(told))),
        title=title,
        outlet=shifted(page.outlet, shift),
        author=shifted(page.author, shift),
        published=shifted(page.published, shift),
        section=shifted(page.section, shift),
    )


def _require_letters(text: str, *, lost: str) -> None:
    if not has_letters(text):
        raise Undecodable(
            "the PDF has no text layer: its pages are pictures",
            do="make one by OCR (such as ocrmypdf), or give its text",
        )
    missing = text.count(lost)
    if missing > _LOST * sum(not letter.isspace() for letter in text):
        raise Undecodable(
            f"{missing} letters of the PDF have no Unicode value in its fonts",
            do="save it again from its source, or use OCR",
        )
    try:
        mapped = decode(text.encode("cp1252")).encoding == "cp1256"
    except (UnicodeEncodeError, Undecodable):
        mapped = False
    if mapped:
        raise Undecodable(
            "the Arabic letters of the PDF are written as Latin ones", do="save it again from its source, or use OCR"
        )


def _title(text: str, said: str | None) -> Stated | None:
    """The title in the file's metadata, if it occurs on one line at or near the start of the text."""
    words = (said or "").split()
    found = re.search("[ ]".join(map(re.escape, words)), text[:2000]) if len(words) > 1 else None
    return Stated(" ".join(words), Span(*found.span())) if found else None
