"""Tables of news, a row an article: JSON lines, a JSON list, CSV and TSV. Raises `Undecodable` for what is none.

What a row means is `rag.extract.rows_of_news`'s business. Rows are named as a person counts them, from 1.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rag.errors import Undecodable
from rag.extract.base import Extracted, Refusal
from rag.extract.rows_of_news import article_of
from rag.text.decode import decode

Columns = Mapping[str, Sequence[str]]
DELIMITERS: Final = (",", ";", "\t", "|")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_ANY_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def json_lines(data: bytes, columns: Columns) -> Iterator[Extracted | Refusal]:
    """An object a line. A line that is none is refused by its number; the others are taken."""
    for number, line in enumerate(_cut(decode(data).text, _LINE), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Refusal(place, f"it is no JSON: {_reason(error)}", "mend the line")
            continue
        yield _row(row, place, columns)


def json_list(data: bytes, columns: Columns) -> Iterator[Extracted | Refusal]:
    """A list of objects, alone or as the only list in an object; one object is one article."""
    try:
        found = json.loads(decode(data).text)
    except (ValueError, RecursionError) as error:
        raise Undecodable(f"it is no JSON: {_reason(error)}", do="mend it, or give it another ending") from error
    rows = found
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        rows = lists[0] if len(lists) == 1 and not isinstance(article_of(found, "", columns), Extracted) else [found]
    if not isinstance(rows, list):
        raise Undecodable("it holds no list of articles", do="write a list of objects, one for each article")
    for number, row in enumerate(rows, start=1):
        yield _row(row, f"row {number}", columns)


def csv_rows(data: bytes, columns: Columns) -> Iterator[Extracted | Refusal]:
    """Rows under a line of names; they are set apart by the one of `DELIMITERS` that gives names that are known."""
    text = decode(data).text
    names = {name.casefold() for group in columns.values() for name in group}
    first = next(_cut(text, _ANY_LINE), "").strip("\r\n")

    def known(delimiter: str) -> int:
        return sum(cell.strip(' "').casefold() in names for cell in first.split(delimiter))

    yield from _table(text, max(DELIMITERS, key=known), columns)


def tsv_rows(data: bytes, columns: Columns) -> Iterator[Extracted | Refusal]:
    yield from _table(decode(data).text, "\t", columns)


def _table(text: str, delimiter: str, columns: Columns) -> Iterator[Extracted | Refusal]:
    # The limit of a field is the module's own and one for all: as long as the longest text that may come.
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    reader = csv.reader(_cut(text, _ANY_LINE), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
        names = Counter(name.strip().casefold() for name in header)
        if names.keys().isdisjoint(name.casefold() for name in columns["text"]):
            listed = ", ".join(columns["text"][:3])
            raise Undecodable(
                f"no column of it is the text of an article ({listed}, …)", do="name it in the setting columns"
            )
        used = {name.casefold() for group in columns.values() for name in group}
        if twice := next((name for name, times in names.items() if times > 1 and name in used), None):
            raise Undecodable(f"two columns of it are called {twice!r}", do="rename one of them")
        for number, cells in enumerate(reader, start=1):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                what = f"it has {len(cells)} fields and the first line {len(header)}"
                yield Refusal(f"row {number}", what, "put quotation marks around a field that holds the delimiter")
                continue
            yield article_of(dict(zip(header, cells, strict=True)), f"row {number}", columns)
    except csv.Error as error:
        raise Undecodable(f"it is no table: {error} (line {reader.line_num})", do="mend its quotation marks") from error


def _row(row: Any, place: str, columns: Columns) -> Extracted | Refusal:
    if not isinstance(row, dict):
        return Refusal(place, "it is no object with fields", "write an object for each article")
    return article_of(row, place, columns)


def _cut(text: str, line: re.Pattern[str]) -> Iterator[str]:
    """The lines of a text with their ends; a stream of text would hold it once more, at four bytes a letter."""
    return (found[0] for found in line.finditer(text))


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number in it is too long"
