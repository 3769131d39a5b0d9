"""One row of a table of news → an article: a text that begins with what the row states, each part with its place.

A row is fields by name. It knows no file and no format; what a field is called is a table of names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from rag.extract.base import Extracted, Refusal
from rag.extract.lines import split_lines
from rag.extract.publication import date_of
from rag.text.normalise import has_letters, language
from rag.types import Span, Stated

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "text": ("text", "body", "content", "article", "article_body", "النص", "نص", "المتن", "المحتوى", "الخبر"),
    "title": ("title", "headline", "العنوان", "عنوان"),
    "outlet": ("outlet", "source", "publisher", "site", "المصدر", "الناشر", "الصحيفة", "الموقع"),
    "author": ("author", "byline", "writer", "الكاتب", "المحرر"),
    "published": ("published", "date", "published_at", "publish_date", "pubdate", "التاريخ", "تاريخ النشر"),
    "section": ("section", "category", "القسم", "التصنيف"),
    "id": ("id", "guid", "url", "link", "المعرف", "الرابط"),
}
"""What the fields of an article are called, the first that a row has counts; case and the spaces around do not."""
HEADER: Final = ("title", "outlet", "author", "published", "section")
EXTRACTOR: Final = "row/1"
LONGEST_MEMBER: Final = 200
_ISO: Final = re.compile(r"\s*(\d{4}-\d{2}-\d{2})(?:[T ].*)?\s*")


def article_of(row: Mapping[str, object], place: str, columns: Mapping[str, Sequence[str]]) -> Extracted | Refusal:
    """The article of a row; `place` names the row, where no id does, and in what is told of it.

    Its text is what the row states, a line each in the order of `HEADER`, an empty line, and the row's text exactly as
    it is there. A date is stated where it is one for certain; else only its line stands.
    """
    fields = {name: _field(row, names) for name, names in columns.items()}
    body = fields.get("text")
    if body is None or not has_letters(body):
        what = "the row has no text" if body is None else "the text of the row has no letters"
        return Refusal(place, what, f"fill the field {columns['text'][0]!r}, or say which it is in the setting columns")
    member = " ".join((fields.get("id") or place).split())[:LONGEST_MEMBER]
    if any("\ud800" <= one <= "\udfff" or one == "\0" for one in "".join(part or "" for part in fields.values())):
        return Refusal(place, "it holds what is no text (a NUL, or half of a character)", "save the row again")
    lines: list[str] = []
    places: dict[str, Span] = {}
    for name in HEADER:
        if value := " ".join((fields.get(name) or "").split()):
            start = sum(len(line) + 1 for line in lines)
            places[name] = Span(start, start + len(value))
            lines.append(value)
    header = "".join(f"{line}\n" for line in lines) + ("\n" if lines else "")
    text = header + body
    stated = {name: Stated(span.of(text), span) for name, span in places.items() if name != "published"}
    return Extracted(
        text,
        extractor=EXTRACTOR,
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
    """The day that a field states: ISO 8601 at its beginning, or a line that is a date of publication."""
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
