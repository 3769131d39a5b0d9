"""PDF with a text layer → its article: what its pages say, in the order in which it is read, and where each begins.

Running heads and feet stand once, above the rest and outside the body; page numbers do not stand in the text.
"""

from __future__ import annotations

import io
import logging
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pdfminer.layout import LTChar
from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdfdocument import PDFDocument, PDFEncryptionError, PDFTextExtractionNotAllowed
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser, PDFSyntaxError
from pdfminer.pdftypes import PDFObjRef, resolve1
from pdfminer.psexceptions import PSException
from pdfminer.utils import decode_text

from rag.errors import Undecodable
from rag.extract.base import Extracted
from rag.extract.news_page import read_page
from rag.extract.outlets import Outlets
from rag.extract.pdf_layout import LOST, Cell, Document, PrintedLine, letters_of
from rag.text.decode import decode
from rag.text.normalise import has_letters
from rag.types import Span, Stated

# A PDF file → the cells of its pages, by pdfminer.six. Import it where it is used: it loads the library.
#
# The letters of a cell are what the file says of its glyphs: its /ActualText where there is one, else the font's
# mapping to Unicode. Text that does not stand upright is left out.

_MOST_CELLS: Final = 60_000
"""Of a page: a broadsheet set in 6 points has 40,000 letters."""
_WRONG: Final = (ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError)
_BYTES: Final = (TypeError, ValueError, struct.error, zlib.error)
"""What pdfminer.six raises where a file is not what it says; it has no error of its own for most of that."""


def _read_cells(data: bytes, *, most_pages: int) -> Document:
    """The document in `data`. Raises `Undecodable` where it is encrypted, broken or longer than `most_pages`."""
    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    pages: list[tuple[Cell, ...]] = []
    try:
        document = _Document(PDFParser(io.BytesIO(data)))
        if document.encryption is not None:
            raise Undecodable("the PDF is encrypted", do="save it without a password")
        manager = PDFResourceManager(caching=True)
        for page in PDFPage.create_pages(document):
            if len(pages) == most_pages:
                raise Undecodable(f"the PDF has more than {most_pages:,} pages", do="split it")
            reader = _Reader(manager)
            PDFPageInterpreter(manager, reader).process_page(page)
            pages.append(tuple(reader.cells))
        title = _words(document.info[0].get("Title")) if document.info else None
    except (PDFEncryptionError, PDFTextExtractionNotAllowed) as error:
        raise Undecodable("the PDF is encrypted", do="save it without a password") from error
    except (PSException, *_WRONG, *_BYTES) as error:
        raise Undecodable(f"the PDF is broken ({type(error).__name__})", do="save it again from its source") from error
    return Document(tuple(pages), title)


class _Document(PDFDocument):
    """The objects of a file. One that is but a reference to itself is an error; the library would go round for ever."""

    def getobj(self, objid: int) -> Any:
        found, seen = super().getobj(objid), {objid}
        while isinstance(found, PDFObjRef):
            if found.objid in seen:
                raise PDFSyntaxError("an object refers to itself")
            seen.add(found.objid)
            found = super().getobj(found.objid)
        return found


class _Reader(PDFTextDevice):
    """The cells of a page as they are painted. Glyphs between a mark that says their text and its end are one cell."""

    def __init__(self, manager: PDFResourceManager) -> None:
        super().__init__(manager)
        self.cells: list[Cell] = []
        self._tags: list[str | None] = []
        self._inside: list[LTChar] = []

    @property
    def _is_said(self) -> bool:
        return any(said is not None for said in self._tags)

    def begin_tag(self, tag: Any, props: Any = None) -> None:
        del tag
        if not self._is_said:
            self._inside = []
        self._tags.append(_words(props.get("ActualText")) if isinstance(props, dict) else None)

    def end_tag(self) -> None:
        said = self._tags.pop() if self._tags else None
        if said is not None and self._inside and not self._is_said:
            main = max(self._inside, key=lambda glyph: (glyph.get_text().isalnum(), glyph.width))
            left, right = min(glyph.x0 for glyph in self._inside), max(glyph.x1 for glyph in self._inside)
            self._put(said, left, right, main, said=True)

    def render_char(
        self,
        matrix: Any,
        font: Any,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,
        graphicstate: Any,
    ) -> float:
        try:
            text = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            text = LOST
        width, place = font.char_width(cid), font.char_disp(cid)
        glyph = LTChar(matrix, font, fontsize, scaling, rise, text, width, place, ncs, graphicstate)
        if glyph.upright and glyph.size > 0:
            if self._is_said:
                self._inside.append(glyph)
            else:
                self._put(text if text.strip("\0") else LOST, glyph.x0, glyph.x1, glyph)
        return float(glyph.adv)

    def _put(self, text: str, left: float, right: float, glyph: LTChar, *, said: bool = False) -> None:
        letters = letters_of(text)
        if letters:
            self.cells.append(Cell(letters, left, right, glyph.matrix[5], glyph.size, said))
        if len(self.cells) > _MOST_CELLS:
            raise Undecodable(f"a page of the PDF has more than {_MOST_CELLS:,} letters", do="split it")


def _words(said: object) -> str | None:
    """A text string of a PDF: UTF-16 or UTF-8 with its mark, else PDFDocEncoding. None where it is no string."""
    said = resolve1(said)
    if not isinstance(said, bytes):
        return None
    if said.startswith(b"\xef\xbb\xbf"):
        return said[3:].decode("utf-8", "replace")
    if said.startswith(b"\xff\xfe"):
        return said[2:].decode("utf-16-le", "replace")
    return str(decode_text(said))


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
    from rag.extract.pdf_layout import LOST, paragraphs, read_lines

    document = _read_cells(data, most_pages=MOST_PAGES)
    pages, running = _running_lines([read_lines(cells) for cells in document.pages])
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
