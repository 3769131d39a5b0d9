"""Tables as CSV and XLSX: read from a user, written for one. No cell that is written is ever a formula.

Also what the views write into them: a comparison, and the link from a quote to its place in the chat's source page.
"""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rag.errors import BadInput, Undecodable

if TYPE_CHECKING:
    from rag.generate.compare import Cell as ComparedCell
    from rag.generate.compare import Comparison, Row
    from rag.types import Citation, Span

Cell = str | int | float | bool | date | datetime | time | None
Rows = Sequence[Sequence[Cell]]
CSV, XLSX = ".csv", ".xlsx"

MOST_BYTES: Final = 20 * 2**20
MOST_UNPACKED: Final = 200 * 2**20
"""Bytes of a table, and of an XLSX file when it is unpacked."""
MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 200
_DELIMITERS: Final = (",", ";", "\t")
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_LONGEST_CELL: Final = 32_767
"""Characters that a cell of XLSX holds."""
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def ending(path: Path) -> str:
    """``.csv`` or ``.xlsx``. Raises `BadInput` for another file name."""
    found = path.suffix.lower()
    if found not in {CSV, XLSX}:
        raise BadInput("it is neither .csv nor .xlsx", where=str(path), do="give it one of these endings")
    return found


def read_sheet(data: bytes, suffix: str, names: frozenset[str] = frozenset()) -> list[list[Cell]]:
    """The rows of a CSV file, or of the first sheet of an XLSX file; empty rows and columns at its end are left out.

    CSV may be in any encoding that can be told and set apart by comma, semicolon or tab: by the one that gives one of
    `names` (lower case) as a heading, else the one that the first line has most of. Raises `BadInput` for what is no
    table, and for one beyond `MOST_ROWS` or `MOST_COLUMNS`.
    """
    if len(data) > MOST_BYTES:
        raise BadInput(f"the table has more than {MOST_BYTES // 2**20} MiB", where="table", do="split it")
    rows = [list(row) for row in (_csv_rows(data, names) if suffix == CSV else _xlsx_rows(data))]
    while rows and not any(map(is_filled, rows[-1])):
        rows.pop()
    width = max((place for row in rows for place, cell in enumerate(row, start=1) if is_filled(cell)), default=0)
    if len(rows) > MOST_ROWS or width > MOST_COLUMNS:
        what = f"the table has more than {MOST_ROWS} rows or {MOST_COLUMNS} columns"
        raise BadInput(what, where="table", do="split it")
    return [row[:width] + [None] * (width - len(row)) for row in rows]


def is_filled(cell: Cell) -> bool:
    """Whether a cell has more than white space."""
    return cell is not None and str(cell).strip() != ""


def _csv_rows(data: bytes, names: frozenset[str]) -> Iterator[list[Cell]]:
    from rag.text.decode import decode

    if not data.strip():
        return
    try:
        text = decode(data).text.removeprefix("\ufeff")
    except Undecodable as error:
        raise BadInput(error.what, where="table", do=error.do) from error
    first = text.split("\n", 1)[0]

    def fits(delimiter: str) -> tuple[bool, int]:
        headings = {cell.strip(' "\r').casefold() for cell in first.split(delimiter)}
        return not headings.isdisjoint(names), first.count(delimiter)

    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=fits), strict=True)
    try:
        for number, row in enumerate(reader):
            if number <= MOST_ROWS:
                yield [_unguarded(cell) for cell in row]
            else:
                yield ["…"]
                return
    except csv.Error as error:
        what = f"it is no table: {error} (line {reader.line_num})"
        raise BadInput(what, where="table", do="mend its quotation marks") from error


def _xlsx_rows(data: bytes) -> Iterator[list[Cell]]:
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(info.file_size for info in packed.infolist())
        if unpacked > MOST_UNPACKED:
            what = f"the workbook unpacks to more than {MOST_UNPACKED // 2**20} MiB"
            raise BadInput(what, where="table", do="split it")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        # One more of each, so that what is too large is seen to be.
        for row in sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS + 1, values_only=True):
            yield [cell if isinstance(cell, Cell) else str(cell) for cell in row]
        book.close()
    except (
        zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, IndexError, ValueError, TypeError,
        AttributeError, NotImplementedError, OSError, EOFError,
    ) as error:  # fmt: skip
        # Of a damaged workbook openpyxl lets through whatever breaks first.
        raise BadInput("it is no sound XLSX workbook", where="table", do="save it again as .xlsx or .csv") from error


def sheet_bytes(sheets: Mapping[str, Rows], suffix: str) -> bytes:
    """Tables by name as one file: all of them as sheets of an XLSX workbook, the last one alone as CSV.

    CSV is UTF-8 with a byte order mark, so that Excel reads Arabic. Text that a program would take for a formula begins
    with an apostrophe in CSV, and is marked as text in XLSX. What XML cannot hold becomes U+FFFD; a text too long for a
    cell of XLSX is cut and ends in ``…``.
    """
    if suffix == CSV:
        out = io.StringIO(newline="")
        csv.writer(out).writerows([_guarded(cell) for cell in row] for row in list(sheets.values())[-1])
        return out.getvalue().encode("utf-8-sig", "replace")
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    from rag.text.normalise import question_language

    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name[:31])
        words = " ".join(cell for row in rows[:20] for cell in row if isinstance(cell, str))
        sheet.sheet_view.rightToLeft = question_language(words) == "ar"
        sheet.freeze_panes = "A2"
        for number, row in enumerate(rows):
            cells: list[Any] = []
            for value in row:
                cell = WriteOnlyCell(sheet, _for_xlsx(value))
                if isinstance(value, str):
                    cell.data_type = "s"  # openpyxl takes =… for a formula and #N/A for an error
                    cell.quotePrefix = _FORMULA.match(value) is not None  # it stays text when it is edited
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
                if number == 0:
                    cell.font = Font(bold=True)
                cells.append(cell)
            sheet.append(cells)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _for_xlsx(value: Cell) -> Cell:
    if not isinstance(value, str):
        return value
    text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def _guarded(cell: Cell) -> str:
    text = "" if cell is None else str(cell)
    harmless = not isinstance(cell, str) or _NUMBER.fullmatch(text) or not _FORMULA.match(text)
    return text if harmless else f"'{text}"


def _unguarded(text: str) -> str:
    """The text that `_guarded` made safe; any other as it is."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text[1:]) else text


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that there is the old one or all of the new one, whatever happens. Raises `OSError`."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


# A quote → the address of its place in the chat's page.


def source_link(base: str, article_id: str, version: str, span: Span, marked: Span | None = None) -> str:
    """The link that opens a source at some words; empty without `base`, the address of a chat server."""
    if not base:
        return ""
    words = f"/{marked.start}-{marked.end}" if marked else ""
    return f"{base.rstrip('/')}/#source/{article_id}/{version}/{span.start}-{span.end}{words}"


def link_base(given: str) -> str:
    """The address of a chat server. Raises `BadInput` for what is none."""
    if given and not re.fullmatch(r"https?://[^\s#?]+", given):
        raise BadInput(f"{given!r} is no address", where="--link-base", do="write it as https://news.example.org")
    return given


# A comparison as a table.

_HEADINGS: Final = (
    *("question", "agreement", "outlet", "status", "short answer", "group", "quote", "date", "file", "start", "end"),
    "link",
)


def comparison_bytes(made: Comparison, suffix: str, base: str = "") -> bytes:
    """A comparison as a file: in XLSX the table as it is shown, then a row for each cell with its quote; as CSV those.

    `base` is the address of a chat server, for links to the sources; without it that column is empty.
    """
    table: list[list[Cell]] = [["question", "agreement", *(one.name for one in made.outlets)]]
    quotes: list[list[Cell]] = [list(_HEADINGS)]
    for row in made.rows:
        table.append([row.query.question, row.agreement or "", *(cell.text for cell in row.cells)])
        quotes.extend(_quote_row(row, cell, base) for cell in row.cells)
    return sheet_bytes({"table": table, "quotes": quotes}, suffix)


def _quote_row(row: Row, cell: ComparedCell, base: str) -> list[Cell]:
    start: list[Cell] = [row.query.question, row.agreement or "", cell.outlet, cell.status.replace("_", " ")]
    group = None if cell.group is None else cell.group + 1
    return [*start, cell.short.text if cell.short else "", group, *cited_cells(cell.citation, cell.words, base)]


def cited_cells(citation: Citation | None, marked: Span | None, base: str) -> list[Cell]:
    """Quote, date, file, start, end and link of a citation; empty without one."""
    if citation is None:
        return ["", "", "", None, None, ""]
    article, span = citation.article, citation.span
    link = source_link(base, article.id, article.sha256 + article.rendition.text_sha256, span, marked)
    return [citation.quote, citation.published or "", article.name, span.start, span.end, link]
