"""Does a line of a page state when it was published? A date inside the news never counts.

It refuses the Islamic calendar, dates without a year, and 03/04/2015 in a Latin line, which may be April or March.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from rag.language.months import MONTHS
from rag.sources.lines import Line
from rag.sources.outlets import AGENCIES, NOT_OUTLETS
from rag.types import Span, Stated

_MONTH: Final = r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True)) + r")(?!\w)\.?"
_CLOCK: Final = (
    r"(?:(?:الساعه|at|في تمام)\s*:?\s*)?\d{1,2}[:.]\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[ap]\.?m\.?|ص|م|صباحا|مساء|ظهرا)?"
)
_ZONE: Final = r"(?:z|gmt|utc|[a-z]{2,4}t|بتوقيت [\w ]{2,20}|توقيت غرينتش)?\s*(?:[+-]\d{1,2}:?\d{0,2})?"
_DATE: Final = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<y1>\d{4})(?P<s1>[-/.])(?P<m1>\d{1,2})(?P=s1)(?P<d1>\d{1,2})(?:t\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:z|[+-]\d{2}:?\d{2})?)?"
    r"|(?P<d2>\d{1,2})\s?(?P<s2>[-/.])\s?(?P<m2>\d{1,2})\s?(?P=s2)\s?(?P<y2>\d{4})"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?[\s/-]*(?:من |of )?(?P<m3>{_MONTH})\s*(?:[/(-]\s*(?P<n3>{_MONTH})\s*\)?)?"
    r"[\s,،/-]*(?:(?:عام|سنه|لعام) )?(?P<y3>\d{4})"
    rf"|(?P<m4>{_MONTH})\s*(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\s*[,،]?\s+(?P<y4>\d{{4}})"
    r")(?![\d/])"
)
_PUBLISHED: Final = (
    r"(?:تاريخ )?(?:تم )?(?:النشر|نشر|نشرت|نشره|التاريخ|تاريخ)(?: (?:في|بتاريخ|يوم))?"
    r"|(?:first )?published(?: on)?|posted(?: on)?|publication date|pubdate|date|time"
)
_UPDATED: Final = (
    r"(?:اخر|تاريخ(?: اخر)?) (?:تحديث|تعديل)(?: في)?|تحديث|حدث(?: في)?|(?:last )?(?:updated|modified)(?: on)?"
)
_WEEKDAY: Final = (
    r"(?:يوم )?(?:الاثنين|الثلاثاء|الاربعاء|الخميس|الجمعه|السبت|الاحد)"
    r"|(?:on )?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?"
)
_HIJRI: Final = (
    r"\d{1,2} (?:محرم|صفر|ربيع ال(?:اول|ثاني|اخر)|جمادي ال(?:اولي|ثانيه|اخره)|رجب|شعبان|رمضان|شوال|ذو القعده|ذو الحجه)"
    r" \d{4}(?: ?هـ?)?"
)
_NEUTRAL: Final = re.compile(
    rf"(?<!\w)(?:{_HIJRI}|{_PUBLISHED}|{_UPDATED}|{_WEEKDAY}|{_CLOCK}\s*{_ZONE}|الموافق|م|at|on|في)(?!\w)"
)
_EVIDENCE: Final = re.compile(rf"(?<!\w)(?:{_PUBLISHED}|{_WEEKDAY}|{_CLOCK})(?!\w)")
_SEPARATORS: Final = re.compile(r"(?<=\s)-|-(?=\s)|-(?=\0)|(?<=\0)-|[|•·–—،,/()\[\]:<>]")
_BYLINE: Final = re.compile(
    r"(?:by|بقلم|كتب|كتبت|كتبه|اعداد|تحرير|مراسل|مراسلنا|مراسله|written by|author|الكاتب)(?!\w)"
)
_LONGEST: Final = 100


def date_of(line: Line, *, labelled: bool = False) -> tuple[bool, Stated | None]:
    """Whether `line` holds nothing but a date of publication or update, and what it says of publication.

    The value is ISO 8601. With `labelled`, the line must also call it one (« نشر في », "Published").
    A line of dates that do not agree, or only of an update, states nothing.
    """
    if len(line.normal) > _LONGEST:
        return False, None
    matches = list(_DATE.finditer(line.normal))
    if not matches or not _is_nothing_else(_DATE.sub("\0", line.normal)):
        return False, None
    label = re.search(rf"(?<!\w)(?:{_PUBLISHED})(?!\w)", line.normal)
    if labelled and not label:
        return False, None
    found: dict[str, Span] = {}
    for match in matches:
        before = line.normal[: match.start()]
        updated = [m.end() for m in re.finditer(rf"(?<!\w)(?:{_UPDATED})(?!\w)", before)]
        published = [m.end() for m in re.finditer(rf"(?<!\w)(?:{_PUBLISHED})(?!\w)", before)]
        value = _iso(match)
        if value and not (updated and max(updated) >= max(published, default=0)):
            found.setdefault(value, line.part(match.start(), match.end()))
    if len(found) != 1:
        return True, None
    (value, span), *_ = found.items()
    return True, Stated(value, span)


def _is_nothing_else(line: str) -> bool:
    """Whether a line, its dates replaced by NUL, holds only labels, times, a byline and a short place or agency."""
    if line.rstrip().endswith((".", "؟", "!", "؛")):
        return False
    dated = _EVIDENCE.search(line) is not None
    for part in _SEPARATORS.split(_NEUTRAL.sub(" ", line)):
        rest = part.replace("\0", " ").strip(" .*#'\"«»“”-")
        byline = _BYLINE.match(rest) is not None
        if not rest or rest in AGENCIES or rest in NOT_OUTLETS:
            continue
        longest = 7 if byline else 3 if dated else 1
        if ("\0" in part and not byline) or len(rest.split()) > longest or any(map(str.isdigit, rest)):
            return False
    return True


def _iso(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    if parts["y1"]:
        year, month, day = int(parts["y1"]), int(parts["m1"]), int(parts["d1"])
    elif parts["y2"]:
        year, month, day = int(parts["y2"]), int(parts["m2"]), int(parts["d2"])
        latin = re.search(r"[a-z]", re.sub(r"<[^<>]*>", "", match.string)) is not None
        if month > 12:
            month, day = day, month
        elif latin and day <= 12 and day != month:
            return None
    else:
        key = "3" if parts["y3"] else "4"
        year, month, day = int(parts["y" + key]), MONTHS[parts["m" + key].rstrip(".")], int(parts["d" + key])
        if parts["n3"] and MONTHS[parts["n3"].rstrip(".")] != month:
            return None
    if not 1900 <= year <= 2100:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
