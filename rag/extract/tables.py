"""Read tables of news, one article per row: JSON lines, a JSON list, CSV and TSV. Raises `Undecodable` if invalid.

Rows are numbered from 1.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rag.errors import Undecodable
from rag.extract.base import Extracted, Refusal
from rag.extract.bylines import split_lines
from rag.extract.page_model import date_of
from rag.text.decode import decode
from rag.text.normalise import has_letters, language
from rag.types import Span, Stated

# Converts one row of a table, as fields by name, to an article: a text that begins with the row's facts, each with its
# span.

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "text": ("text", "body", "content", "article", "article_body", "النص", "نص", "المتن", "المحتوى", "الخبر"),
    "title": ("title", "headline", "العنوان", "عنوان"),
    "outlet": ("outlet", "source", "publisher", "site", "المصدر", "الناشر", "الصحيفة", "الموقع"),
    "author": ("author", "byline", "writer", "الكاتب", "المحرر"),
    "published": ("published", "date", "published_at", "publish_date", "pubdate", "التاريخ", "تاريخ النشر"),
    "section": ("section", "category", "القسم", "التصنيف"),
    "id": ("id", "guid", "url", "link", "المعرف", "الرابط"),
}
"""Accepted names of an article's fields; the first one that a row has counts. Case and surrounding spaces are
ignored."""
_HEADER: Final = ("title", "outlet", "author", "published", "section")
_EXTRACTOR: Final = "row/1"
_LONGEST_MEMBER: Final = 200
_HASHED: Final = 16
"""Hexadecimal digits of the hash that ends a name which is too long: long addresses may differ only at their end."""
_ISO: Final = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?:[T ].*)?\s*")


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST_MEMBER:
        return name
    return (
        f"{name[: _LONGEST_MEMBER - _HASHED - 1]}…{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:_HASHED]}"
    )


def _article_of(row: Mapping[str, object], place: str, columns: Mapping[str, Sequence[str]]) -> Extracted | Refusal:
    """Article of a row; `place` names the row if it has no id, and in error messages.

    Its text is one line for each fact in the order of `_HEADER`, an empty line, and the row's text unchanged. A date is
    stated only if it is unambiguous; its line is included in any case.
    """
    fields = {name: _field(row, names) for name, names in columns.items()}
    body = fields.get("text")
    if body is None or not has_letters(body):
        what = "the row has no text" if body is None else "the text of the row has no letters"
        return Refusal(
            place,
            what,
            f"fill the field {columns['text'][0]!r}, or set the name of the text column in the setting columns",
        )
    member = _shortened(" ".join((fields.get("id") or place).split()))
    if any("\ud800" <= one <= "\udfff" or one == "\0" for one in "".join(part or "" for part in fields.values())):
        return Refusal(place, "it contains a NUL character or a lone surrogate", "save the row again")
    lines: list[str] = []
    places: dict[str, Span] = {}
    for name in _HEADER:
        if value := " ".join((fields.get(name) or "").split()):
            start = sum(len(line) + 1 for line in lines)
            places[name] = Span(start, start + len(value))
            lines.append(value)
    header = "".join(f"{line}\n" for line in lines) + ("\n" if lines else "")
    text = header + body
    stated = {name: Stated(span.of(text), span) for name, span in places.items() if name != "published"}
    return Extracted(
        text,
        extractor=_EXTRACTOR,
        member=member,
        body=(Span(len(header), len(text)),),
        title=stated.get("title"),
        outlet=stated.get("outlet"),
        author=stated.get("author"),
        published=_day(text, places.get("published")),
        section=stated.get("section"),
    )


def _field(row: Mapping[str, object], names: Sequence[str]) -> str | None:
    known = {str(name).strip().casefold(): value for name, value in row.items()}
    for name in names:
        value = known.get(name.casefold())
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def _day(text: str, span: Span | None) -> Stated | None:
    """The day that a field states: ISO 8601 at its start, or a line that is a publication date."""
    if span is None:
        return None
    if iso := _ISO.fullmatch(span.of(text)):
        from datetime import date

        try:
            return Stated(date.fromisoformat(iso[1]).isoformat(), span)
        except ValueError:
            return None
    line = next((line for line in split_lines(span.of(text)) if has_letters(line.text) or line.text.strip()), None)
    found = date_of(line, arabic=language(text) == "ar")[1] if line else None
    return Stated(found.value, span) if found else None


TableColumns = Mapping[str, Sequence[str]]
_DELIMITERS: Final = (",", ";", "\t", "|")
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_ANY_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def json_lines(data: bytes, columns: TableColumns) -> Iterator[Extracted | Refusal]:
    """One object per line. An invalid line is refused by its number; the others are read."""
    for number, line in enumerate(_cut(decode(data).text, _LINE), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Refusal(place, f"it is not valid JSON: {_reason(error)}", "correct the line")
            continue
        yield _row(row, place, columns)


def json_list(data: bytes, columns: TableColumns) -> Iterator[Extracted | Refusal]:
    """A list of objects, alone or as the only list in an object; one object is one article."""
    try:
        found = json.loads(decode(data).text)
    except (ValueError, RecursionError) as error:
        raise Undecodable(
            f"it is not valid JSON: {_reason(error)}", do="correct it, or give the file another extension"
        ) from error
    rows = found
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        rows = lists[0] if len(lists) == 1 and not isinstance(_article_of(found, "", columns), Extracted) else [found]
    if not isinstance(rows, list):
        raise Undecodable("it holds no list of articles", do="write a list of objects, one for each article")
    for number, row in enumerate(rows, start=1):
        yield _row(row, f"row {number}", columns)


def csv_rows(data: bytes, columns: TableColumns) -> Iterator[Extracted | Refusal]:
    """Rows below a header line; the delimiter is the one of `_DELIMITERS` that yields known column names."""
    text = decode(data).text
    names = {name.casefold() for group in columns.values() for name in group}
    first = next(_cut(text, _ANY_LINE), "").strip("\r\n")

    def known(delimiter: str) -> int:
        return sum(cell.strip(' "').casefold() in names for cell in first.split(delimiter))

    yield from _table(text, max(_DELIMITERS, key=known), columns)


def tsv_rows(data: bytes, columns: TableColumns) -> Iterator[Extracted | Refusal]:
    yield from _table(decode(data).text, "\t", columns)


def _table(text: str, delimiter: str, columns: TableColumns) -> Iterator[Extracted | Refusal]:
    # The csv module has one global field limit: set it to the longest possible text.
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    reader = csv.reader(_cut(text, _ANY_LINE), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
        names = Counter(name.strip().casefold() for name in header)
        if names.keys().isdisjoint(name.casefold() for name in columns["text"]):
            listed = ", ".join(columns["text"][:3])
            raise Undecodable(
                f"no column of it contains the text of an article ({listed}, …)",
                do="set its name in the setting columns",
            )
        used = {name.casefold() for group in columns.values() for name in group}
        if twice := next((name for name, times in names.items() if times > 1 and name in used), None):
            raise Undecodable(f"two columns have the same name {twice!r}", do="rename one of them")
        for number, cells in enumerate(reader, start=1):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                what = f"it has {len(cells)} fields, but the first line has {len(header)}"
                yield Refusal(f"row {number}", what, "put quotation marks around a field that contains the delimiter")
                continue
            yield _article_of(dict(zip(header, cells, strict=True)), f"row {number}", columns)
    except csv.Error as error:
        raise Undecodable(
            f"it is not a valid table: {error} (line {reader.line_num})", do="correct its quotation marks"
        ) from error


def _row(row: Any, place: str, columns: TableColumns) -> Extracted | Refusal:
    if not isinstance(row, dict):
        return Refusal(place, "it is not an object with fields", "write an object for each article")
    return _article_of(row, place, columns)


def _cut(text: str, line: re.Pattern[str]) -> Iterator[str]:
    """The lines of a text with their line ends; a `StringIO` would hold a second copy, at four bytes per character."""
    return (found[0] for found in line.finditer(text))


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number in it is too long"
