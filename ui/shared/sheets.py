"""Read and write tables as CSV and XLSX; no written cell is a formula.

Also the table of a comparison, and the link from a quote to its place in the chat's source panel.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rag.errors import BadInput, Undecodable
from ui.shared.schemas import source_hash

if TYPE_CHECKING:
    from rag.generate.compare import ComparedCell, ComparedRow, Comparison
    from rag.types import Citation, Span

SheetCell = str | int | float | bool | date | datetime | time | None
Rows = Sequence[Sequence[SheetCell]]
CSV, XLSX = ".csv", ".xlsx"

MOST_BYTES: Final = 20 * 2**20
MOST_UNPACKED: Final = 200 * 2**20
"""Maximum bytes of a table file (`MOST_BYTES`), and of an unpacked XLSX file."""
_MOST_ROWS: Final = 10_000
_MOST_COLUMNS: Final = 200
_DELIMITERS: Final = (",", ";", "\t")
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_LONGEST_CELL: Final = 32_767
"""Maximum number of characters in an XLSX cell."""
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def ending(path: Path) -> str:
    """Return the extension, ``.csv`` or ``.xlsx``. Raises `BadInput` for any other."""
    found = path.suffix.lower()
    if found not in {CSV, XLSX}:
        raise BadInput(
            "it is neither .csv nor .xlsx", where=str(path), do="use one of these extensions", kind="table_ending"
        )
    return found


def read_sheet(data: bytes, suffix: str, names: frozenset[str] = frozenset()) -> list[list[SheetCell]]:
    """Read the rows of a CSV file, or of the first sheet of an XLSX file, without empty rows and columns at the end.

    CSV may have any detectable encoding, and comma, semicolon or tab as delimiter: the one that gives a header in
    `names` (lower case), else the most frequent one in the first line. Raises `BadInput` for an invalid table, and for
    more than `MOST_BYTES`, `_MOST_ROWS` or `_MOST_COLUMNS`.
    """
    if len(data) > MOST_BYTES:
        raise _too_large(f"the table has more than {MOST_BYTES // 2**20} MiB")
    rows = [list(row) for row in (_csv_rows(data, names) if suffix == CSV else _xlsx_rows(data))]
    while rows and not any(map(is_filled, rows[-1])):
        rows.pop()
    width = max((place for row in rows for place, cell in enumerate(row, start=1) if is_filled(cell)), default=0)
    if len(rows) > _MOST_ROWS or width > _MOST_COLUMNS:
        raise _too_large(f"the table has more than {_MOST_ROWS} rows or {_MOST_COLUMNS} columns")
    return [row[:width] + [None] * (width - len(row)) for row in rows]


def _too_large(what: str) -> BadInput:
    limits = {"rows": _MOST_ROWS, "columns": _MOST_COLUMNS, "size": MOST_BYTES // 2**20}
    return BadInput(what, where="table", do="split it", kind="table_large", **limits)


def is_filled(cell: SheetCell) -> bool:
    """Whether a cell has more than white space."""
    return cell is not None and str(cell).strip() != ""


def _csv_rows(data: bytes, names: frozenset[str]) -> Iterator[list[SheetCell]]:
    from rag.text.decode import decode

    if not data.strip():
        return
    try:
        text = decode(data).text.removeprefix("\ufeff")
    except Undecodable as error:
        raise BadInput(error.what, where="table", do=error.do, kind="table_encoding") from error
    first = text.split("\n", 1)[0]

    def fits(delimiter: str) -> tuple[bool, int]:
        headings = {cell.strip(' "\r').casefold() for cell in first.split(delimiter)}
        return not headings.isdisjoint(names), first.count(delimiter)

    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=fits), strict=True)
    try:
        for number, row in enumerate(reader):
            if number <= _MOST_ROWS:
                yield [_unguarded(cell) for cell in row]
            else:
                yield ["…"]
                return
    except csv.Error as error:
        what = f"it is not a valid CSV table: {error} (line {reader.line_num})"
        do = "correct its quotation marks"
        raise BadInput(what, where="table", do=do, kind="table_csv", line=reader.line_num) from error


def _xlsx_rows(data: bytes) -> Iterator[list[SheetCell]]:
    from xml.etree.ElementTree import ParseError

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(info.file_size for info in packed.infolist())
        if unpacked > MOST_UNPACKED:
            raise _too_large(f"the workbook unpacks to more than {MOST_UNPACKED // 2**20} MiB")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        # One row and column more than the limit, so that a table beyond it is detected.
        for row in sheet.iter_rows(max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS + 1, values_only=True):
            yield [cell if isinstance(cell, SheetCell) else str(cell) for cell in row]
        book.close()
    except (
        zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, IndexError, ValueError, TypeError,
        AttributeError, NotImplementedError, OSError, EOFError,
    ) as error:  # fmt: skip
        # For a damaged workbook, openpyxl raises many kinds of errors.
        do = "save it again as .xlsx or .csv"
        raise BadInput("it is not a valid XLSX workbook", where="table", do=do, kind="table_xlsx") from error


def sheet_bytes(sheets: Mapping[str, Rows], suffix: str) -> bytes:
    """Write tables by name as one file: an XLSX workbook with all of them as sheets, or CSV with only the last one.

    CSV is UTF-8 with a byte order mark, so that Excel reads Arabic. Text that a program would treat as a formula starts
    with an apostrophe in CSV, and is marked as text in XLSX. Characters that are invalid in XML become U+FFFD; a text
    too long for an XLSX cell is cut and ends with ``…``.
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
                    cell.data_type = "s"  # or openpyxl treats =… as a formula and #N/A as an error
                    cell.quotePrefix = _FORMULA.match(value) is not None  # keeps it text when it is edited
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
                if number == 0:
                    cell.font = Font(bold=True)
                cells.append(cell)
            sheet.append(cells)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _for_xlsx(value: SheetCell) -> SheetCell:
    if not isinstance(value, str):
        return value
    text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def _guarded(cell: SheetCell) -> str:
    text = "" if cell is None else str(cell)
    harmless = not isinstance(cell, str) or _NUMBER.fullmatch(text) or not _FORMULA.match(text)
    return text if harmless else f"'{text}"


def _unguarded(text: str) -> str:
    """Remove the apostrophe that `_guarded` added; return any other text unchanged."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text[1:]) else text


# Links from a quote to its place in the chat page.


def absolute_link(base: str, article_id: str, version: str, span: Span, marked: Span | None = None) -> str:
    """Return the link to a span of a source; empty without `base`, the address of a chat server."""
    if not base:
        return ""
    return f"{base.rstrip('/')}/{source_hash(article_id, version, span, marked)}"


def link_base(given: str) -> str:
    """Validate the address of a chat server. Raises `BadInput` for an invalid one."""
    if given and not re.fullmatch(r"https?://[^\s#?]+", given):
        what = f"{given!r} is not a valid address"
        raise BadInput(what, where="--link-base", do="write it as https://news.example.org")
    return given


# A comparison as a table.

_HEADINGS: Final = (
    *("question", "agreement", "outlet", "status", "short answer", "in English", "group", "quote", "date", "file"),
    *("start", "end", "link"),
)


def comparison_bytes(made: Comparison, suffix: str, base: str = "") -> bytes:
    """Write a comparison as a file: XLSX has the table, and a sheet with a row per cell and its quote; CSV only that.

    `base` is the address of a chat server, for links to the sources; without it, that column is empty.
    """
    table: list[list[SheetCell]] = [["question", "agreement", *(one.name for one in made.outlets)]]
    quotes: list[list[SheetCell]] = [list(_HEADINGS)]
    for row in made.rows:
        table.append([row.query.asked, row.agreement or "", *(cell.text for cell in row.cells)])
        quotes.extend(_quote_row(row, cell, base) for cell in row.cells)
    return sheet_bytes({"table": table, "quotes": quotes}, suffix)


def _quote_row(row: ComparedRow, cell: ComparedCell, base: str) -> list[SheetCell]:
    start: list[SheetCell] = [row.query.asked, row.agreement or "", cell.outlet, cell.status.replace("_", " ")]
    group = None if cell.group is None else cell.group + 1
    words: list[SheetCell] = [cell.short.text, cell.short.rendered or ""] if cell.short else ["", ""]
    return [*start, *words, group, *cited_cells(cell.citation, cell.words, base)]


def cited_cells(citation: Citation | None, marked: Span | None, base: str) -> list[SheetCell]:
    """Return quote, date, file, start, end and link of a citation; empty without one."""
    if citation is None:
        return ["", "", "", None, None, ""]
    article, span = citation.article, citation.span
    link = absolute_link(base, article.id, article.version, span, marked)
    return [citation.quote, citation.published or "", article.name, span.start, span.end, link]
