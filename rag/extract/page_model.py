"""State of a page while it is read: its lines, those outside the body, and the facts found."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import IntEnum
from typing import Final, NamedTuple

from babel import Locale
from babel.core import UnknownLocaleError

from rag.extract.bylines import STARTS, PageLine, is_shared
from rag.extract.outlets import NOT_OUTLETS, Outlets, shipped_outlets
from rag.text.dates import FIRST_YEAR, HIJRI_MONTHS, LAST_YEAR, MONTHS, WEEKDAYS, gregorian
from rag.text.normalise import language, normalise
from rag.types import Span, Stated

# Finds the publication date in a line of a page. A date inside the news never counts.
#
# A Hijri date is converted to the Gregorian day; next to a Gregorian date it must agree with it. Dates without a year
# are ignored; an ambiguous date such as 03/04/2015 gives both days.


def _names(months: dict[str, int]) -> str:
    return r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, months), key=len, reverse=True)) + r")(?!\w)"


_MONTH: Final = _names(MONTHS) + r"\.?"
_HIJRI_MONTH: Final = _names(HIJRI_MONTHS)
_CLOCK: Final = (
    r"(?:(?:الساعه|at|في تمام)\s*:?\s*)?\d{1,2}[:.]\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[ap]\.?m\.?|ص|م|صباحا|مساء|ظهرا)?"
)
_ZONE: Final = r"(?:z|gmt|utc|[a-z]{2,4}t|بتوقيت [\w ]{2,20}|توقيت غرينتش)?\s*(?:[+-]\d{1,2}:?\d{0,2})?"
_DATE: Final = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<y1>\d{4})\s?(?P<s1>[-/.])\s?(?P<m1>\d{1,2})\s?(?P=s1)\s?(?P<d1>\d{1,2})"
    r"(?:t\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:z|[+-]\d{2}:?\d{2})?)?"
    r"|(?P<d2>\d{1,2})\s?(?P<s2>[-/.])\s?(?P<m2>\d{1,2})\s?(?P=s2)\s?(?P<y2>\d{4})"
    rf"|(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?[\s/-]*(?:من |of )?(?P<m3>{_MONTH})\s*(?:[/(-]\s*(?P<n3>{_MONTH})\s*\)?)?"
    r"[\s,،/-]*(?:(?:عام|سنه|لعام) )?(?P<y3>\d{4})"
    rf"|(?P<m4>{_MONTH})\s*(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?\s*[,،]?\s+(?P<y4>\d{{4}})"
    rf"|(?P<d5>\d{{1,2}})[\s/-]*(?:من )?(?:شهر )?(?P<m5>{_HIJRI_MONTH})[\s,،/-]*(?:(?:عام|سنه|لعام) )?(?P<y5>\d{{4}})"
    r")(?![\d/])(?:\s?(?:ه(?:جري[اه]?)?|م(?:يلادي[اه]?)?|a\.?h)(?!\w)\.?)?"
)
_PUBLISHED: Final = (
    r"(?:تاريخ )?(?:تم )?(?:النشر|نشر|نشرت|نشره|التاريخ|تاريخ)(?: (?:في|بتاريخ|يوم))?|بتاريخ"
    r"|(?:first )?published(?: on)?|posted(?: on)?|publication date|pubdate|date|time"
)
_UPDATED: Final = (
    r"(?:اخر|تاريخ(?: اخر)?) (?:تحديث|تعديل)(?: في)?|تحديث|حدث(?: في)?|(?:last )?(?:updated|modified)(?: on)?"
)
_DAY: Final = "|".join(name for name in WEEKDAYS if not name.isascii())
_WEEKDAY: Final = rf"(?:يوم )?(?:{_DAY})|(?:on )?(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?"
_READING: Final = r"\d+[ -]min(?:ute)?s?(?: read)?|مده القراءه.{0,15}"
_NEUTRAL: Final = re.compile(
    rf"(?<!\w)(?:{_PUBLISHED}|{_UPDATED}|{_WEEKDAY}|{_CLOCK}\s*{_ZONE}|{_READING}|الموافق|م|ه|at|on|في)(?!\w)"
)
_EVIDENCE: Final = re.compile(rf"(?<!\w)(?:{_PUBLISHED}|{_WEEKDAY}|{_CLOCK})(?!\w)")
_SEPARATORS: Final = re.compile(r"(?<=\s)-|-(?=\s)|-(?=\0)|(?<=\0)-|[|•·–—،,/()\[\]:<>]")
_LONGEST_DATE: Final = 100


class _Dated(NamedTuple):
    """A line with only a date. `readings`: none, the stated publication date, or, for 03/04/2015, both possible days: 3
    April and 4 March. `is_latin`: whether it contains Latin letters."""

    readings: tuple[Stated, ...]
    is_latin: bool


def date_of(line: PageLine, *, arabic: bool = False) -> tuple[bool, Stated | None]:
    """Whether `line` contains only a publication or update date, and the unambiguous publication date.

    In an Arabic text (`arabic`), the day comes before the month.
    """
    dated = read_dates(line)
    if dated is None or not dated.readings:
        return dated is not None, None
    return True, dated.readings[0] if len(dated.readings) == 1 or (arabic and not dated.is_latin) else None


def read_dates(line: PageLine, *, labelled: bool = False, outlets: Outlets | None = None) -> _Dated | None:
    """The dates of `line`, if it contains only a publication or update date, a byline or an agency.

    Values are ISO 8601. With `labelled`, the line must also have a label (« نشر في », "Published"). A line with dates
    that disagree, or only an update, states nothing.
    """
    if len(line.normal) > _LONGEST_DATE:
        return None
    matches = list(_DATE.finditer(line.normal))
    if not matches or not _is_nothing_else(_DATE.sub("\0", line.normal), outlets or shipped_outlets()):
        return None
    if labelled and not re.search(rf"(?<!\w)(?:{_PUBLISHED})(?!\w)", line.normal):
        return None
    said = [match for match in matches if not _is_update(line.normal[: match.start()])]
    return _Dated(_readings(line, said), line.is_latin)


def _is_update(before: str) -> bool:
    updated = [match.end() for match in re.finditer(rf"(?<!\w)(?:{_UPDATED})(?!\w)", before)]
    published = [match.end() for match in re.finditer(rf"(?<!\w)(?:{_PUBLISHED})(?!\w)", before)]
    return bool(updated) and max(updated) >= max(published, default=0)


def _readings(line: PageLine, matches: list[re.Match[str]]) -> tuple[Stated, ...]:
    hijri: list[tuple[date, Span]] = []
    found: list[tuple[tuple[date, ...], Span]] = []
    for match in matches:
        days, is_hijri = _days(match)
        if days and is_hijri:
            hijri.append((days[0], line.part(*match.span())))
        elif days:
            found.append((days, line.part(*match.span())))
    if not found:
        return _converted(line, hijri)
    days, span = found[0]
    agreed = [day for day in days if all(day in others for others, _ in found)]
    # In regions where a month begins a day earlier or later than in Umm al-Qura, the two are a day apart.
    agreed = [day for day in agreed if all(abs((day - other).days) <= 1 for other, _ in hijri)]
    return tuple(Stated(day.isoformat(), span) for day in agreed)


def _converted(line: PageLine, hijri: list[tuple[date, Span]]) -> tuple[Stated, ...]:
    """The day of a Hijri date alone: a weekday next to it shows whether it is a day off, or wrong."""
    if len({day for day, _ in hijri}) != 1:
        return ()
    day, span = hijri[0]
    named = re.search(rf"(?<!\w)(?:{_DAY})(?!\w)", line.normal)
    near = [day + timedelta(days=off) for off in (0, -1, 1)]
    days = [one for one in near if one.weekday() == WEEKDAYS[named.group()]] if named else [day]
    return (Stated(days[0].isoformat(), span),) if days else ()


def _is_nothing_else(line: str, outlets: Outlets) -> bool:
    """Whether a line, its dates replaced by NUL, has only labels, times, a byline and a short place or agency."""
    if line.rstrip().endswith((".", "؟", "!", "؛")):
        return False
    dated = _EVIDENCE.search(line) is not None
    for part in _SEPARATORS.split(_NEUTRAL.sub(" ", line)):
        rest = part.replace("\0", " ").strip(" .*#'\"«»“”-")
        byline = STARTS.match(rest) is not None
        if not rest or rest in NOT_OUTLETS or outlets.named(rest):
            continue
        longest = 7 if byline else 3 if dated else 1
        if ("\0" in part and not byline) or len(rest.split()) > longest or any(map(str.isdigit, rest)):
            return False
    return True


def _days(match: re.Match[str]) -> tuple[tuple[date, ...], bool]:
    """Possible days of a date, the day-first reading first, and whether it is Hijri; empty if it is not a date."""
    parts = match.groupdict()
    pairs: list[tuple[int, int]] = []
    if parts["m5"]:
        year, pairs, is_hijri = int(parts["y5"]), [(HIJRI_MONTHS[parts["m5"]], int(parts["d5"]))], True
    elif parts["y1"] or parts["y2"]:
        key = "1" if parts["y1"] else "2"
        year, month, day = (int(parts[name + key]) for name in "ymd")
        is_hijri = FIRST_YEAR <= year <= LAST_YEAR
        pairs = [(month, day)]
        if key == "2" and not is_hijri:
            # With a dot, the day always comes first.
            pairs = list(dict.fromkeys([(month, day), (day, month)] if parts["s2"] != "." else pairs))
    else:
        key = "3" if parts["y3"] else "4"
        year, is_hijri = int(parts["y" + key]), False
        month = MONTHS[parts["m" + key].rstrip(".")]
        if not (parts["n3"] and MONTHS[parts["n3"].rstrip(".")] != month):
            pairs = [(month, int(parts["d" + key]))]
    days = (gregorian(year, *pair) if is_hijri else _day(year, *pair) for pair in pairs)
    return tuple(day for day in days if day), is_hijri


def _day(year: int, month: int, day: int) -> date | None:
    if not 1900 <= year <= 2100:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


_LONGEST: Final = 5
"""Maximum number of words of a name that a page gives as its source."""


class OutletEvidence(IntEnum):
    """How a page states its outlet, strongest first: its own name before that of an agency that it quotes."""

    LABEL, HEADER, FOOTER, TITLE, RIGHTS, DATELINE, SOURCE, HOST, AGENCY = range(9)


class Byline(IntEnum):
    """How a page states its author, strongest first: a person before an agency."""

    NAME, LABEL, AGENCY, CREDIT = range(4)


@dataclass(slots=True)
class Page:
    """What is known of a page while its lines are read; `outside` are the numbers of lines that are not news."""

    text: str
    lines: list[PageLine]
    known: Outlets
    outside: set[int] = field(default_factory=set)
    title: Stated | None = None
    section: Stated | None = None
    dates: list[_Dated] = field(default_factory=list)
    outlets: list[tuple[OutletEvidence, Stated]] = field(default_factory=list)
    authors: list[tuple[Byline, Stated]] = field(default_factory=list)

    @property
    def outlet(self) -> Stated | None:
        return min(self.outlets, key=lambda outlet: outlet[0])[1] if self.outlets else None

    @property
    def author(self) -> Stated | None:
        return min(self.authors, key=lambda author: author[0])[1] if self.authors else None

    @property
    def published(self) -> Stated | None:
        """The first stated date. 03/04/2015 counts only if the outlet's country or the language resolves it."""
        for dated in self.dates:
            if len(dated.readings) == 1:
                return dated.readings[0]
            day_first = self._day_first(dated) if dated.readings else None
            if day_first is not None:
                return dated.readings[0 if day_first else 1]
        return None

    @property
    def body(self) -> tuple[Span, ...]:
        """Runs of lines that are not outside, from the first letter of each to its last."""
        spans: list[Span] = []
        joined = False
        for number, line in enumerate(self.lines):
            if number not in self.outside:
                spans.append(Span(spans.pop().start if joined else line.span.start, line.span.end))
            joined = number not in self.outside
        return tuple(spans)

    def state_outlet(self, evidence: OutletEvidence, span: Span) -> None:
        """Record the outlet stated at `span`: the name as written there, or the outlet of a host."""
        said = span.of(self.text)
        normal = normalise(said)[0]
        if normal in NOT_OUTLETS or (evidence is OutletEvidence.HOST and is_shared(said)):
            return
        if evidence is OutletEvidence.SOURCE and (re.search(r"\s[-–—/|]\s", said) or len(said.split()) > _LONGEST):
            return  # a place with a person, or a sentence
        outlet = self.known.named(normal)
        if outlet and outlet.is_agency and evidence in (OutletEvidence.DATELINE, OutletEvidence.SOURCE):
            evidence = OutletEvidence.AGENCY
            self.authors.append((Byline.AGENCY, Stated(said, span)))
        host = self.known.at(said) if evidence == OutletEvidence.HOST else None
        self.outlets.append((evidence, Stated(host.name if host else said, span)))

    def state_author(self, byline: Byline, span: Span) -> None:
        """Record the author stated at `span`."""
        outlet = self.known.named(normalise(span.of(self.text))[0])
        if outlet and byline is Byline.NAME:
            byline = Byline.AGENCY
        self.authors.append((byline, Stated(span.of(self.text), span)))

    def _day_first(self, dated: _Dated) -> bool | None:
        """Whether days come before months: by the country of the outlet, else True for Arabic; None if unknown."""
        speech = language(self.text)
        for _, stated in self.outlets:
            outlet = self.known.named(normalise(stated.value)[0]) or self.known.at(stated.value)
            if outlet and outlet.country:
                try:
                    form = Locale.parse(f"{speech}_{outlet.country}").date_formats["short"].pattern
                except (UnknownLocaleError, ValueError):
                    continue
                return str(form).lower().find("d") < str(form).lower().find("m")
        return True if speech == "ar" and not dated.is_latin else None
