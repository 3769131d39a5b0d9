"""Read the cells of a PDF's pages with pdfminer.six. Import it only where needed: it loads the library.

The text of a cell is the file's own: its /ActualText if there is one, else the font's Unicode mapping. Rotated text is
excluded.
"""

from __future__ import annotations

import io
import logging
import struct
import zlib
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
from rag.extract.pdf_layout import LOST, Cell, PdfText, letters_of

_MOST_CELLS: Final = 60_000
"""Maximum number of cells per page: a broadsheet page in 6-point type has 40,000 letters."""
_WRONG: Final = (ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError)
_BYTES: Final = (TypeError, ValueError, struct.error, zlib.error)
"""Exceptions of pdfminer.six for invalid files; for most cases it has no exception of its own."""


def read_cells(data: bytes, *, most_pages: int) -> PdfText:
    """Read the document in `data`. Raises `Undecodable` if it is encrypted, damaged or has more than `most_pages`
    pages."""
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
        raise Undecodable(f"the PDF is damaged ({type(error).__name__})", do="save it again from its source") from error
    return PdfText(tuple(pages), title)


class _Document(PDFDocument):
    """Objects of a file. A self-reference is an error; the library itself would loop forever."""

    def getobj(self, objid: int) -> Any:
        found, seen = super().getobj(objid), {objid}
        while isinstance(found, PDFObjRef):
            if found.objid in seen:
                raise PDFSyntaxError("an object refers to itself")
            seen.add(found.objid)
            found = super().getobj(found.objid)
        return found


class _Reader(PDFTextDevice):
    """Collects the cells of a page as they are painted. Glyphs inside a marked-content span with /ActualText are one
    cell."""

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
    """Decode a text string of a PDF: UTF-16 or UTF-8 by its byte order mark, else PDFDocEncoding. None if it is not a
    string."""
    said = resolve1(said)
    if not isinstance(said, bytes):
        return None
    if said.startswith(b"\xef\xbb\xbf"):
        return said[3:].decode("utf-8", "replace")
    if said.startswith(b"\xff\xfe"):
        return said[2:].decode("utf-16-le", "replace")
    return str(decode_text(said))
