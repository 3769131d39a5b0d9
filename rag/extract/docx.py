"""Extract the article of a Word document (.docx): paragraphs, headings, tables row by row, notes at the end.

The text is that with all tracked changes accepted. Headers, footers, comments and duplicate copies of text boxes are
excluded. Nothing outside the file is read.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from rag.errors import Undecodable
from rag.extract.base import Extracted, Fact, Field, collapsed, fact_of, render
from rag.extract.html import superscript
from rag.extract.outlets import Outlets
from rag.text.normalise import has_letters
from rag.types import Span, Stated

SUFFIXES: Final = frozenset({".docx"})
_RULES: Final = 3
"""Version of the rules; increment it if a change moves an offset."""
_NAME_WORDS: Final = 2
"""Minimum number of words of an author in the properties: one alone is often a user account."""
_MOST_MIB: Final = 16
"""Maximum unpacked size of a part; the text of a long novel needs 5."""
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT: Final = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL: Final = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_OUT: Final = frozenset(
    f"{_W}{name}"
    for name in [
        "del",
        "moveFrom",
        "delText",
        "instrText",
        "delInstrText",
        "pPr",
        "rPr",
        "sectPr",
        "tblPr",
        "trPr",
        "tcPr",
        "footnoteRef",
        "endnoteRef",
    ]
) | {_FALLBACK}
_TEXT_BOX: Final = f"{_W}txbxContent"
_CORE: Final = "{http://purl.org/dc/elements/1.1/}"
_HEAD: Final = 1000
"""Characters: the author in the document properties counts only if the name occurs within this distance from the
start."""


def extractor() -> str:
    """Name and version of the extractor."""
    return f"docx/{_RULES}"


def extract(data: bytes, outlets: Outlets | None = None) -> Iterator[Extracted]:
    """Extract the article. Raises `Undecodable` if the file is not a document, is encrypted or damaged, or has no
    text."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Undecodable("the document is encrypted, or an old .doc", do="save it as .docx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            document = _part(archive, "word/document.xml")
            notes = [_part(archive, f"word/{name}.xml") for name in ("footnotes", "endnotes")]
            core = _part(archive, "docProps/core.xml")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise Undecodable("the document is broken: it cannot be unpacked", do="save it again from Word") from error
    body = None if document is None else document.find(f"{_W}body")
    if body is None:
        raise Undecodable("there is no Word document in the file", do="save it as .docx from Word")
    lines = [line for line in _lines(body) if line.strip()]
    for part in notes:
        lines.extend(line for line in ([] if part is None else _lines(part)) if line.strip())
    if not any(map(has_letters, lines)):
        raise Undecodable("there is no text in the document", do="remove it")
    title = next((collapsed(_words(p)) for p in body.iter(f"{_W}p") if _style(p) == "Title"), "") or _said(
        core, "title"
    )
    facts: dict[Field, Fact | None] = {}
    if title and collapsed(lines[0]) == title:
        facts["title"] = fact_of(lines.pop(0))
    article = render(facts, lines, extractor=extractor(), outlets=outlets)
    yield replace(article, author=article.author or _author(article, _said(core, "creator")))


def _part(archive: zipfile.ZipFile, name: str) -> Any:
    """Root element of a part, None if it is missing. A part with a DOCTYPE or entity declaration is refused."""
    from lxml import etree

    try:
        packed = archive.getinfo(name)
    except KeyError:
        return None
    with archive.open(packed) as file:
        xml = file.read((_MOST_MIB << 20) + 1)
    if len(xml) > _MOST_MIB << 20:
        raise Undecodable(
            f"a part of the document unpacks to more than {_MOST_MIB} MiB", do="split it or save it again"
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml.replace(_STRICT, _TRANSITIONAL), parser=parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "depth" in str(error):  # libxml2 allows 256 levels, which limits every recursion here
            raise Undecodable("the elements of the document are nested too deep", do="save it as text") from error
        raise Undecodable("the document is broken: a part of it is no XML", do="save it again from Word") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Undecodable("the document declares entities, which Word never does", do="save it again from Word")
    return root


def _lines(element: Any) -> Iterator[str]:
    """One line for each paragraph and for each table row below `element`."""
    for child in element:
        if child.tag == f"{_W}p":
            yield _words(child)
            for box in _boxes(child):
                yield from _lines(box)
        elif child.tag == f"{_W}tr":
            if child.find(f"{_W}trPr/{_W}del") is None:
                cells = (" ".join(_lines(cell)) for cell in child.iter(f"{_W}tc") if _row(cell) is child)
                yield " | ".join(cell for cell in cells if cell.strip())
        elif child.tag not in _OUT:
            yield from _lines(child)


def _boxes(element: Any) -> Iterator[Any]:
    """The outermost text boxes below `element`, each once; boxes inside them are read with them."""
    for child in element:
        if child.tag == _TEXT_BOX:
            yield child
        elif child.tag not in _OUT:
            yield from _boxes(child)


def _row(cell: Any) -> Any:
    return next(cell.iterancestors(f"{_W}tr"), None)


def _words(element: Any) -> str:
    """Text of a paragraph, its runs joined."""
    pieces: list[str] = []
    for child in element:
        if child.tag == f"{_W}t":
            pieces.append(child.text or "")
        elif child.tag in (f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}ptab"):
            pieces.append(" ")
        elif child.tag == f"{_W}noBreakHyphen":
            pieces.append("-")
        elif child.tag in _OUT or child.tag == _TEXT_BOX or _is_hidden(child):
            continue
        else:
            pieces.append(superscript(_words(child)) if _is_raised(child) else _words(child))
    return "".join(pieces)


def _is_raised(run: Any) -> bool:
    align = run.find(f"{_W}rPr/{_W}vertAlign")
    return align is not None and align.get(f"{_W}val") == "superscript"


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{_W}rPr/{_W}vanish")
    return vanish is not None and vanish.get(f"{_W}val") not in ("0", "false", "off")


def _style(paragraph: Any) -> str:
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    return "" if style is None else style.get(f"{_W}val") or ""


def _said(core: Any, name: str) -> str:
    """Value of a document property, if present."""
    return collapsed((core.findtext(f"{_CORE}{name}") or "") if core is not None else "")


def _author(article: Extracted, name: str) -> Stated | None:
    """The author in the properties, if the document text names it too: the property is sometimes only a user
    account."""
    if len(name.split()) < _NAME_WORDS:
        return None
    named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)").search(article.text, 0, _HEAD)
    return Stated(name, Span(*named.span())) if named else None
