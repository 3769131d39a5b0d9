"""PDF with a text layer → its article: what its pages say, in the order in which it is read, and where each begins.

Running heads and feet stand once, above the rest and outside the body; page numbers do not stand in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rag.errors import Undecodable
from rag.extract.base import Extracted
from rag.extract.news_page import read_page
from rag.extract.outlets import Outlets
from rag.text.decode import decode
from rag.text.normalise import has_letters
from rag.types import Span, Stated

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
    from rag.extract.cells import LOST
    from rag.extract.glyphs import read_cells
    from rag.extract.paragraphs import paragraphs
    from rag.extract.pdf_layout import read_lines
    from rag.extract.running import running_lines

    document = read_cells(data, most_pages=MOST_PAGES)
    pages, running = running_lines([read_lines(cells) for cells in document.pages])
    told, starts = paragraphs(pages)
    head = "".join(f"{line}\n" for line in running) + "\n" * bool(running)
    _require_letters(told, lost=LOST)
    text = head + told
    page = read_page(told, outlets)
    shift = len(head)
    title = _title(text, document.title) or _shifted(page.title, shift)
    yield Extracted(
        text=text,
        extractor=extractor(),
        pages=(0, *(start + shift for start in starts[1:])),
        body=tuple(Span(span.start + shift, span.end + shift) for span in page.body if has_letters(span.of(told))),
        title=title,
        outlet=_shifted(page.outlet, shift),
        author=_shifted(page.author, shift),
        published=_shifted(page.published, shift),
        section=_shifted(page.section, shift),
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


def _shifted(stated: Stated | None, by: int) -> Stated | None:
    return stated and Stated(stated.value, Span(stated.span.start + by, stated.span.end + by))
