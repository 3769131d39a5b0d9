"""Lines that state by their form: « label: value », « <label>value</label> », a site's address, a notice of rights.

Each rule looks at one line alone; it knows no page and decides nothing about the body.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rag.extract.bylines import EDGES, trimmed
from rag.extract.lines import Line
from rag.types import Span

_RIGHTS: Final = re.compile(
    r"©|\(c\) ?\d{4}|copyright|all rights reserved|(?:جميع|كافه|كل) الحقوق محفوظه|حقوق (?:النشر"
    r"|الطبع)(?: والنشر)? محفوظه"
)
_RIGHTS_WORDS: Final = re.compile(
    r"©|\(c\)|copyright(?:s)?|all rights reserved|(?:جميع|كافه|كل) الحقوق محفوظه|حقوق (?:النشر"
    r"|الطبع)(?: والنشر)? محفوظه?|\d{4}|\bby\b"
    r"|\b(?:لموقع|لصحيفه|لوكاله|لقناه|لشبكه|لدي|ل)\b"
)
_ADDRESS: Final = re.compile(
    r"(?:https?://)?(?P<host>(?:[\w-]+\.)+(?:com|net|org|info|news|tv|fm|edu|gov|int|co|me|io|eu"
    r"|[a-z]{2})(?![\w-]))(?:[:/?#]\S*)?"
)
_SHARED: Final = re.compile(
    r"(?:\w+\.)*(?:t\.me|telegram\.me|facebook\.com|fb\.com|twitter\.com|x\.com|youtube\.com|youtu\.be"
    r"|instagram\.com|bit\.ly|goo\.gl"
    r"|google\.com|apple\.com|whatsapp\.com|wa\.me|linkedin\.com|tiktok\.com|pinterest\.com|wordpress\.com"
    r"|blogspot\.com)"
)
_PRINTED: Final = re.compile(r"(?:article )?printed from\s+|url to article\s*|المصدر\s*|source\s*")
_LABEL_WORDS: Final = re.compile(
    r"(?P<title>title|headline|العنوان|عنوان)"
    r"|(?P<outlet>outlet|publisher|publication|newspaper|site|website|الناشر|الصحيفه|الموقع|الجريده)"
    r"|(?P<source>source|src|المصدر|المصادر)"
    r"|(?P<author>author|byline|by|الكاتب|المحرر|بقلم)"
    r"|(?P<section>section|category|cat|القسم|التصنيف|الباب)"
    r"|(?P<other>tags?|keywords|topics|url|link|language|id|docno|filed under|الرابط|الوسوم|وسوم|سمات|الكلمات المفتاحيه"
    r"|كلمات مفتاحيه|كلمات دلاليه|الكلمات الدلاليه|مواضيع|علامات|عدد (?:القراءات|المشاهدات|الزيارات|التعليقات)"
    r"|رابط الخبر|الرابط المختصر"
    r"|رابط مختصر|تصوير|عدسه|photo|photos|photographer|credit photos?|views)"
)


class Label(NamedTuple):
    """A line of the form « label: value »; `kind` is title, outlet, source, author, section or other."""

    kind: str
    value: Span


def label(line: Line) -> Label | None:
    """`line` as « label: value » or « <label>value</label> », where the label is one of those that articles carry."""
    match = re.match(r"\W*([\w ]{2,20}?)\s*[:：]\s*(?=\S)", line.normal)
    tagged = re.fullmatch(r"<(\w+)>(.+)</\1>", line.normal)
    name = match[1] if match else tagged[1] if tagged else ""
    kind = _LABEL_WORDS.fullmatch(name)
    if not kind or (match and len(line.text) > 250):
        return None
    start, end = (match.end(), len(line.normal)) if match else tagged.span(2) if tagged else (0, 0)
    value = stripped(line, start, end, edges=" \t\u00a0\"'" if match else " \t\u00a0")
    return Label(str(kind.lastgroup), value) if value else None


def is_rights(line: Line) -> bool:
    """Whether `line` is a notice of rights."""
    return len(line.text) <= 150 and _RIGHTS.search(line.normal) is not None and line.words <= 16


def holder_of_rights(line: Line) -> Span | None:
    """The name that a notice of rights leaves when its formulas are taken away, if it is one of 1 to 5 words."""
    rests = re.finditer(r"[^\0]+", _RIGHTS_WORDS.sub(lambda m: "\0" * len(m[0]), line.normal))
    named = [match for match in rests if match.group().strip(EDGES + "،,ـ")]
    if len(named) != 1 or len(named[0].group().split()) > 5 or _ADDRESS.search(named[0].group()):
        return None
    return stripped(line, *named[0].span())


def address(line: Line) -> tuple[Span | None, Span] | None:
    """For a line that is a site's address, alone or with the site's name set off by a dash: (name, host)."""
    match = _ADDRESS.search(line.normal)
    if not match or line.ends_with_stop:
        return None
    before, after = line.normal[: match.start()], line.normal[match.end() :]
    host_start = match.start("host") + (4 if match["host"].startswith("www.") else 0)
    host = line.part(host_start, match.end("host"))
    printed = _PRINTED.match(before.lstrip(EDGES))
    name = before[before.index(printed.group()) + printed.end() :] if printed else before
    if not name.strip(EDGES) and not after.strip(EDGES):
        return None, host
    set_off = printed or name.rstrip().endswith(("-", "–", "—", "|", ":"))
    if not after.strip(EDGES) and set_off and len(name.split()) <= 7:
        return stripped(line, len(before) - len(name), len(before)), host
    return None


def is_shared(host: str) -> bool:
    """Whether a host is one on which everybody has pages, and so tells nobody's name."""
    return _SHARED.fullmatch(host.lower()) is not None


def stripped(line: Line, start: int, end: int, edges: str = EDGES + "،,") -> Span | None:
    """The span of a part without `edges` at its ends; None where nothing is left."""
    start, end = trimmed(line.normal, start, end, edges)
    return line.part(start, end) if start < end else None
