"""Find the dates in a text: day, month, year, weekday or a relative day, each with its span.

Gregorian only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from rag.text.normalise import Normal
from rag.text.numbers import Number, numbers
from rag.types import Context, Span

# Month names of the Gregorian calendar: Arabic, Levantine, Maghrebi and Western.
#
# Keys are normalised by `rag.text.normalise.normalise` (no hamza on alef, final ه for ة, lower case). `HIJRI_MONTHS`
# has the Islamic calendar.

_NAMES: Final[dict[int, str]] = {
    # per month: Arabic (Egypt, the Gulf) | Levant and Iraq | Maghreb | English and its abbreviations | French
    1: "يناير|كانون الثاني|كانون ثاني|جانفي|january|jan|janvier",
    2: "فبراير|شباط|فيفري|february|feb|fevrier|février",
    3: "مارس|اذار|march|mar|mars",
    4: "ابريل|نيسان|افريل|april|apr|avril",
    5: "مايو|ايار|ماي|may|mai",
    6: "يونيو|يونيه|حزيران|جوان|june|jun|juin",
    7: "يوليو|يوليه|تموز|جويليه|يوليوز|july|jul|juillet",
    8: "اغسطس|اب|اوت|غشت|august|aug|aout|août",
    9: "سبتمبر|ايلول|شتنبر|september|sep|sept|septembre",
    10: "اكتوبر|تشرين الاول|تشرين اول|october|oct|octobre",
    11: "نوفمبر|تشرين الثاني|تشرين ثاني|نونبر|november|nov|novembre",
    12: "ديسمبر|كانون الاول|كانون اول|دجنبر|december|dec|decembre|décembre",
}

MONTHS: Final[dict[str, int]] = {name: month for month, names in _NAMES.items() for name in names.split("|")}
"""Normalised name → 1..12. Some names have two words (``كانون الثاني``): match the longest first."""


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text. `weekday`: Monday is 0; `from_today`: days, yesterday is -1.

    ``03/04/2012`` may be in March or in April: it gives two mentions with one span.
    """

    span: Span
    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None
    from_today: int | None = None
    ahead: bool | None = None
    """Of a weekday: whether it is the next one or the last one, None if neither is said."""

    @property
    def parts(self) -> tuple[int | None, ...]:
        return (self.day, self.month, self.year, self.weekday, self.from_today)

    def states(self, other: DateMention) -> bool:
        """Whether this date has every part of `other` with the same value."""
        if None not in (self.ahead, other.ahead) and self.ahead != other.ahead:
            return False
        return all(theirs is None or ours == theirs for ours, theirs in zip(self.parts, other.parts, strict=True))


_Found = tuple[Span, list[DateMention]]
"""A span of the source and the dates in it."""

WEEKDAYS: Final = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "الاثنين": 0, "الثلاثاء": 1, "الاربعاء": 2, "الخميس": 3, "الجمعه": 4, "السبت": 5, "الاحد": 6,
}  # fmt: skip
"""Name, normalised by `rag.text.normalise.normalise` → 0 for Monday to 6."""
_FROM_TODAY: Final = {
    "yesterday": -1, "today": 0, "tomorrow": 1, "اليوم": 0, "امس": -1, "البارحه": -1, "غدا": 1, "امس الاول": -2,
    "اول امس": -2, "اول من امس": -2, "the day before yesterday": -2, "بعد غد": 2, "the day after tomorrow": 2,
}  # fmt: skip
# Month names that are also other words (may, march, mar; practised, father): they count only next to a day or year.
_AMBIGUOUS: Final = {"may", "march", "mar", "jan", "dec", "mars", "mai", "jun", "مارس", "اب", "ماي", "جوان", "اوت"}
_CUE: Final = re.compile(
    r"(?:\b(?:in|of|since|during|last|next|this|until|early|late|mid|from|and|to)|شهر|\b[وف]?في|منذ|خلال|مطلع|نهايه|"
    r"اواخر|اوائل|منتصف|بدايه|حتي)[\s-]*$"
)
_NUMERIC: Final = re.compile(
    r"(?<![\d/.-])(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{1,2})([-/.])(\d{1,2})\6(\d{4}))(?![\d/-])"
)
_YEAR: Final = re.compile(
    r"(?:\b(?:in|since|year|during|until|early|late)|\b[وف]?(?:[بل]?(?:ال)?|لل)(?:عام|سنه)|\bمنذ)\s+"
    r"((?:1[4-9]|20|21)\d\d)(?![\d٪%]|[.,٫٬]\d)"
)
_THIS_MONTH: Final = re.compile(
    r"(?<![\d.,/-])(\d{1,2})\s+(?:من\s+)?(?:ال?شهر\s+)?(?:الجاري|الحالي|المقبل|القادم|الماضي|الفائت|المنصرم)(?!\w)"
)
_DAY_BEFORE: Final = re.compile(r"(?<![\d.,٫٬/])(\d{1,2})(?:st|nd|rd|th)?\s*(?:من\s+|of\s+|[-/]\s*)?(?:شهر\s+)?$")
_RANGE_BEFORE: Final = re.compile(
    r"(?<![\d.,٫٬/])(\d{1,2})(?:st|nd|rd|th)?\s*(?:[-–]|\bو|\band\b|\bto\b|\bالي\b|\bحتي\b|\buntil\b)\s*$"
)
_DAY_AFTER: Final = re.compile(
    r"\.?\s++(\d{1,2})(?:st|nd|rd|th)?(?![\d٪%]|[.,٫٬:]\d|\s*+(?:percent|per cent|million|[ap]\.?m))"
)
_RANGE_AFTER: Final = re.compile(
    r"\s*+(?:[-–]|\band\b|\bto\b)\s*+(\d{1,2})(?:st|nd|rd|th)?(?![\d٪%]|[.,٫٬:]\d|\s*+[a-z])"
)
_YEAR_AFTER: Final = re.compile(
    r"\.?\)?\s*+[,،/-]?\s*+(?:من\s++)?(?:(?:ال)?(?:عام|سنه)\s++|of\s++|in\s++)?((?:1[4-9]|20|21)\d\d)(?![\d٪%]|[.,٫٬]\d)"
)
_YEAR_WORD: Final = re.compile(r"(?:عام|سنه)\s+$")
_A_WEEKDAY: Final = re.compile(rf"\s+(?:{'|'.join(name for name in WEEKDAYS if not name.isascii())})(?!\w)")
_ANY_DAY: Final = re.compile(rf"(?!{_A_WEEKDAY.pattern})\s+(?:(?:ال|لل)\w|نفسه|ذاته|عينه)")
_WHICH_AFTER: Final = re.compile(r"\s+(?:(?P<next>المقبل|القادم|التالي)|(?:الماضي|الفائت|المنصرم))(?!\w)")
_WHICH_BEFORE: Final = re.compile(r"\b(?:(?P<next>next|coming)|(?:last|past))\s+$")
_LINK: Final = re.compile(r"\s*+(?:من|of|the)?\s*+(?:شهر)?\s*+$")


def dates(text: str) -> list[DateMention]:
    """Dates of `text` in order; spans are in its code points."""
    normal = Normal.of(text)
    spelt = [number for number in numbers(text) if not number.digits and number.value.denominator == 1]
    found: list[DateMention] = []
    taken: list[Span] = []
    # In order of precedence: a later pattern ignores text matched by an earlier one.
    for place, mentions in (
        *_numeric(normal), *_months(normal, spelt), *_this_month(normal), *_years(normal, spelt), *_days(normal)
    ):  # fmt: skip
        if all(place.end <= other.start or other.end <= place.start for other in taken):
            taken.append(place)
            found.extend(mentions)
    return sorted(found, key=lambda mention: mention.span)


def _numeric(normal: Normal) -> Iterator[_Found]:
    for match in _NUMERIC.finditer(normal.text):
        span = normal.span(*match.span())
        year = int(match[1] or match[8])
        first, second = (int(match[3]), int(match[4])) if match[1] else (int(match[7]), int(match[5]))
        pairs = {(first, second)} if match[1] else {(first, second), (second, first)}
        mentions = [
            DateMention(span, day, month, year)
            for month, day in sorted(pairs)
            if 1 <= month <= 12 and 1 <= day <= 31 and 1000 <= year < 2200
        ]
        if mentions:
            yield span, mentions


def _this_month(normal: Normal) -> Iterator[_Found]:
    for match in _THIS_MONTH.finditer(normal.text):
        if 1 <= int(match[1]) <= 31:
            span = normal.span(*match.span(1))
            yield span, [DateMention(span, day=int(match[1]))]


def _years(normal: Normal, spelt: list[Number]) -> Iterator[_Found]:
    for match in _YEAR.finditer(normal.text):
        span = normal.span(*match.span(1))
        yield span, [DateMention(span, year=int(match[1]))]
    for number in spelt:
        before = normal.text[: bisect_left(normal.offsets, number.span.start)]
        if 1400 <= number.value < 2200 and _YEAR_WORD.search(before):
            yield number.span, [DateMention(number.span, year=int(number.value))]


def _days(normal: Normal) -> Iterator[_Found]:
    for match in _day_names().finditer(normal.text):
        span, name = normal.span(*match.span("day")), re.sub(r"\s+", " ", match["day"])
        if name == "اليوم" and _is_any_day(normal.text, match):
            continue
        weekday = WEEKDAYS.get(name)
        yield span, [DateMention(span, None, None, None, weekday, _FROM_TODAY.get(name), _ahead(normal.text, match))]


def _is_any_day(text: str, match: re.Match[str]) -> bool:
    """Whether اليوم is the day of something, or a rate, and not today: اليوم التالي, ألف برميل في اليوم."""
    if _ANY_DAY.match(text, match.end("day")):
        return True
    return text[: match.start()].endswith("في ") and not _A_WEEKDAY.match(text, match.end("day"))


def _ahead(text: str, match: re.Match[str]) -> bool | None:
    """Whether a weekday is said to be the next one or the last one: الأحد المقبل, last Monday."""
    if (after := _WHICH_AFTER.match(text, match.end("day"))) is not None:
        return after["next"] is not None
    before = _WHICH_BEFORE.search(text[: match.start("day")])
    return None if before is None else before["next"] is not None


def _months(normal: Normal, spelt: list[Number]) -> Iterator[_Found]:
    for match in _month_names().finditer(normal.text):
        if mentions := _month(normal, match, spelt):
            yield Span(mentions[0].span.start, mentions[-1].span.end), mentions


def _month(normal: Normal, match: re.Match[str], spelt: list[Number]) -> list[DateMention]:
    """Mentions around a month name: several if a range of days precedes it."""
    text, name = normal.text, match["name"]
    month = MONTHS[re.sub(r"\s+", " ", name)]
    start, end = match.span("name")
    latin = name.isascii()
    if latin and not normal.source[normal.offsets[start]].isupper():
        return []
    days: list[int] = []
    found: list[DateMention] = []
    first: tuple[int, Span] | None = None  # the other end of a range of days, which has its own span
    if (before := _DAY_BEFORE.search(text[:start])) and 1 <= int(before[1]) <= 31:
        start = before.start()
        days.append(int(before[1]))
        if (earlier := _RANGE_BEFORE.search(text[:start])) and 1 <= int(earlier[1]) <= 31:
            first = (int(earlier[1]), normal.span(*earlier.span(1)))
    elif (number := _spelt_before(normal, spelt, start)) is not None:
        days.append(int(number.value))
        start = bisect_left(normal.offsets, number.span.start)
    if latin and not days and (after := _DAY_AFTER.match(text, end)) and 1 <= int(after[1]) <= 31:
        days.append(int(after[1]))
        end = after.end()
        if (later := _later(text, after)) is not None:
            first = days.pop(), normal.span(start, end)
            days.append(int(later[1]))
            start, end = later.start(1), later.end()
    year = _YEAR_AFTER.match(text, end)
    alone = not days and year is None and match["second"] is None
    if name in _AMBIGUOUS and alone and not _CUE.search(text[:start]):
        return []
    if match["second"] is not None and not (latin and days):
        end = match.end()
        year = _YEAR_AFTER.match(text, end)
    end = year.end() if year else end
    in_year = int(year[1]) if year else None
    if first:
        found.append(DateMention(first[1], first[0], month, in_year))
    return [*found, DateMention(normal.span(start, end), days[0] if days else None, month, in_year)]


def _spelt_before(normal: Normal, spelt: list[Number], start: int) -> Number | None:
    """The day in words before a month name that begins at `start`: the third of May."""
    for number in spelt:
        if number.span.end > normal.offsets[start] or number.kind not in {"ordinal", "either"}:
            continue
        gap = normal.text[bisect_left(normal.offsets, number.span.end) : start]
        if 1 <= number.value <= 31 and _LINK.fullmatch(gap):
            return number
    return None


def _later(text: str, day: re.Match[str]) -> re.Match[str] | None:
    """The other end of a range of days behind a month name: the 4 of May 3-4."""
    later = _RANGE_AFTER.match(text, day.end())
    return later if later is not None and int(day[1]) < int(later[1]) <= 31 else None


@cache
def _month_names() -> re.Pattern[str]:
    names = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in sorted(MONTHS, key=len, reverse=True))
    # The name may be followed by its other form: حزيران/ يونيو, يونيو (حزيران)
    return re.compile(rf"(?<!\w)(?:[وف]?[بلك]?)(?P<name>{names})(?!\w)(?:\s*[/(-]\s*(?P<second>{names})(?!\w)\)?)?")


@cache
def _day_names() -> re.Pattern[str]:
    names = sorted((*WEEKDAYS, *_FROM_TODAY), key=len, reverse=True)
    arabic = "|".join(name.replace(" ", r"\s+") for name in names if not name.isascii())
    english = "|".join(name for name in names if name.isascii())
    return re.compile(rf"(?<!\w)[وف]?[بلك]?(?P<day>{arabic}|{english})(?!\w)")


# Resolves relative dates such as yesterday or Monday to calendar days, from the publication day.
#
# Without a publication day nothing is resolved. A weekday is the last one before the publication day, or that day
# itself; if it is said to be the next one, the first after it.

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Day:
    """A day; a part that the text leaves open is None."""

    day: int | None
    month: int | None
    year: int | None

    def agrees(self, other: Day) -> bool:
        """Whether `other` has every part of this day with the same value; at least a day of the month must be given."""
        parts = ((self.day, other.day), (self.month, other.month), (self.year, other.year))
        return self.day is not None and all(mine is None or mine == theirs for mine, theirs in parts)


def days_of(mentions: Iterable[DateMention], context: Context) -> frozenset[Day]:
    """Days that a text refers to in this context."""
    return frozenset(day for mention in mentions if (day := day_of(mention, context)) is not None)


def day_of(mention: DateMention, context: Context) -> Day | None:
    """Day that a mention refers to, or None if it cannot be resolved."""
    if mention.day is not None:
        return Day(mention.day, mention.month, mention.year)
    match = _DAY.match(context.published or "")
    if match is None or (mention.from_today is None and mention.weekday is None):
        return None
    try:
        published = date(*map(int, match.groups()))
    except ValueError:
        return None
    if mention.from_today is not None:
        meant = published + timedelta(days=mention.from_today)
    else:
        back = (published.weekday() - (mention.weekday or 0)) % _WEEK
        meant = published + timedelta(days=_WEEK - back) if mention.ahead else published - timedelta(days=back)
    return Day(meant.day, meant.month, meant.year)


# Islamic calendar: month names, and conversion to Gregorian days (Umm al-Qura).
#
# In some regions a month may begin a day earlier or later than in Umm al-Qura, which hijridate covers from 1343 to
# 1500.

_HIJRI_NAMES: Final[dict[int, str]] = {
    1: "محرم|المحرم|محرم الحرام|muharram",
    2: "صفر|safar",
    3: "ربيع الاول|ربيع اول|rabi al-awwal|rabi' al-awwal|rabi al-awal|rabi i",
    4: "ربيع الثاني|ربيع الاخر|ربيع ثاني|ربيع اخر|rabi al-thani|rabi' al-thani|rabi al-akhir|rabi ii",
    5: "جمادي الاولي|جمادي الاول|جمادي اول|jumada al-awwal|jumada al-ula|jumada i",
    6: "جمادي الاخره|جمادي الثانيه|جمادي الثاني|جمادي الاخر|jumada al-thani|jumada al-akhirah|jumada ii",
    7: "رجب|rajab",
    8: "شعبان|shaban|sha'ban|shaaban",
    9: "رمضان|ramadan",
    10: "شوال|shawwal",
    11: "ذو القعده|ذي القعده|ذو قعده|ذوالقعده|dhu al-qadah|dhu al-qa'dah|dhul qadah|zul qadah",
    12: "ذو الحجه|ذي الحجه|ذو حجه|ذوالحجه|dhu al-hijjah|dhul hijjah|zul hijjah",
}

HIJRI_MONTHS: Final[dict[str, int]] = {
    name: month for month, names in _HIJRI_NAMES.items() for name in names.split("|")
}
"""Name, normalised by `rag.text.normalise.normalise` → 1..12. Some names have two words: match the longest first."""

FIRST_YEAR: Final = 1343
LAST_YEAR: Final = 1500


def gregorian(year: int, month: int, day: int) -> date | None:
    """Gregorian day of a Hijri date; None if the date does not exist or is outside the table."""
    from hijridate import Hijri

    try:
        converted = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        return None
    return date(converted.year, converted.month, converted.day)
