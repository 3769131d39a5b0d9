"""PDF with a text layer → its article: what its pages say, in the order in which it is read, and where each begins.

Running heads and feet stand once, above the rest and outside the body; page numbers do not stand in the text.
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

# Which lines of a document stand on page after page: its running heads and feet, and the numbers of its pages.

_EDGE: Final = 2
"""How many lines at the head and at the foot of a page are looked at."""
_NUMBERS: Final = re.compile(r"\d+")
_PAGE_NUMBER: Final = re.compile(
    r"[\W_]*(?:(?:صفحة|الصفحة|ص|page|p\.)\W*)?\d{1,4}(?:\W*(?:من|of|/)\W*\d{1,4})?[\W_]*", re.IGNORECASE
)


def _running_lines(pages: Sequence[Sequence[PrintedLine]]) -> tuple[list[list[PrintedLine]], list[str]]:
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


SUFFIXES: Final = frozenset({".pdf"})
RULES: Final = 1
"""The version of these rules: a change that moves an offset raises it."""
MOST_PAGES: Final = 1_000
_LOST: Final = 0.02
"""Of the letters of a document: where more have no Unicode value, its text layer is not what its pages show."""


def extractor() -> str:
    """The extractor with its version."""
    from importlib.metadata import version

    return f"pdf/{RULES}+pdfminer.six-{version('pdfminer.six')}"


def extract(data: bytes, outlets: Outlets | None = None) -> Iterator[Extracted]:
    """The article of a PDF. Raises `Undecodable` where it has no text layer, or none that can be trusted."""
    if b"%PDF-" not in data[:1024]:
        raise Undecodable("the file is called .pdf and is none", do="give it its own ending")
    from rag.extract.pdf_glyphs import read_cells
    from rag.extract.pdf_layout import LOST, paragraphs, read_lines

    document = read_cells(data, most_pages=MOST_PAGES)
    pages, running = _running_lines([read_lines(cells) for cells in document.pages])
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
            f"{missing} letters of the PDF have no meaning in its fonts", do="save it again from its source, or use OCR"
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
    """The title that the file's metadata names, where the text begins with it or soon says it, on one line."""
    words = (said or "").split()
    found = re.search("[ ]".join(map(re.escape, words)), text[:2000]) if len(words) > 1 else None
    return Stated(" ".join(words), Span(*found.span())) if found else None
