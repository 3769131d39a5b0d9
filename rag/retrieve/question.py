"""Validate a user's question and build a `Query`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from rag.errors import BadInput
from rag.retrieve.query_syntax import MOST_PHRASES, parse
from rag.text.dates import DateMention, dates
from rag.text.normalise import normal_form, normalise, question_language, whole_words
from rag.text.numbers import numbers
from rag.types import MAX_QUESTION_CHARS, Filters, Language, Query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


# Answer type that a question asks for, and whether a sentence offers it: a number, a date or a reason.
#
# Who and where are not included: most news sentences name persons and places, and boosting them chose worse sentences
# (docs/decisions/).

_AnswerType = Literal["number", "date", "reason"]

_NUMBER: Final = re.compile(
    r"(?<!\d )(?<!\d)\b(?:[وفب]?كم|قديش|قداش|[ب]?كام|how (?:many|much|long|old|far|tall|often|big|large)"
    r"|(?:what|which) (?:(?:is|was|are|were) )?(?:the )?(?:\w+ )?(?:number|percentage|share|population|amount)"
    r"|(?:ما|ماهو|ماهي|اي|باي) (?:هو |هي )?(?:عدد|نسبه|رقم|قيمه|مساحه|طول|مقدار|حجم|سعر))\b"
)
_DATE: Final = re.compile(
    r"\b(?:[وف]?متي|[وف]?اي?متي|when|(?:في|ب|منذ)? ?[بل]?اي (?:عام|سنه|يوم|شهر|تاريخ|قرن|عقد)"
    r"|(?:what|which) (?:(?:is|was) )?(?:the )?(?:\w+ )?(?:year|date|day|month|century|decade)"
    r"|ما (?:هو |هي )?(?:تاريخ|عام|سنه|يوم|شهر))\b"
)
_REASON: Final = re.compile(
    r"^\W*[وف]?(?:لماذا|ليش|ليه|علاش)\b|\bما (?:هو |هي )?(?:ال)?(?:سبب|اسباب|دوافع|دافع)\b"
    r"|\bwhy\b|\bwhat (?:is |was |were |are )?(?:the )?(?:reason|cause)|\bwhat caused\b"
)
_GIVEN: Final = re.compile(  # words that introduce a reason
    r"\b[وف]?(?:لان\w{0,3}|بسبب|نتيجه|من اجل|بهدف|نظرا|لكي|كي|حيث ان|سببه\w?|بغيه|جراء|بفعل|اد[يت] الي|مما|لذلك"
    r"|تسبب\w{0,2}|يعزي|يرجع|خوفا|رغبه)\b"
    r"|\b(?:because|due to|since|as a result|in order to|caused?|owing|so that|reason|to avoid|therefore|thus"
    r"|for fear)\b"
)
_YEARS: Final = range(1000, 2101)


def answer_type(question: str) -> _AnswerType | None:
    """Answer type that the question words ask for; None if they do not tell. Precedence: number, date, reason."""
    words = normalise(question)[0]
    if _NUMBER.search(words):
        return "number"
    return "date" if _DATE.search(words) else "reason" if _REASON.search(words) else None


def offers(sentence: str, kind: _AnswerType, question: str) -> bool:
    """Whether a sentence offers an answer of type `kind`: a number not in the question, a date or new year, or a
    reason."""
    if kind == "reason":
        return _GIVEN.search(normalise(sentence)[0]) is not None
    named = _named(question)
    new = [number for number in numbers(sentence) if number.certain and number.value not in named]
    if kind == "number":
        return bool(new)
    return bool(dates(sentence)) or any(number.value in _YEARS for number in new)


@lru_cache(maxsize=64)
def _named(question: str) -> frozenset[Fraction]:
    """Figures of a question; cached because they are needed for every sentence found for it."""
    return frozenset(number.value for number in numbers(question))


# Period that a question names: in 2016, in May 2016, منذ 2015, between 2014 and 2016. Hijri years are not supported.
#
# It only boosts the ranking and is never a filter: the answer may be in an article of any other day.

_YEAR: Final = r"((?:19|20)\d\d)(?![\d٪%]|[.,٫٬/-]\d)"
_OF_YEAR: Final = r"(?:(?:ال)?(?:عام|سنه)\s+|the\s+year\s+)?"
_BARE: Final = re.compile(
    rf"\b(?:in|since|after|before|until|during|of|[وف]?في|منذ|بعد|قبل|حتي|خلال)\s+{_OF_YEAR}{_YEAR}"
)
_BETWEEN: Final = re.compile(
    rf"\b(?:between|from|بين|من)\s+(?:عامي\s+|سنتي\s+)?{_OF_YEAR}{_YEAR}\s*(?:and\s+|to\s+|until\s+|الي\s+|حتي\s+|و\s*)"
    rf"{_OF_YEAR}{_YEAR}"
)
_SINCE: Final = re.compile(r"\b(?:since|after|from|منذ|بعد|ابتداء من)[\s\w]{0,12}$")
_BEFORE: Final = re.compile(r"\b(?:before|until|قبل|حتي)[\s\w]{0,12}$")
_FIRST: Final = date(1000, 1, 1)
_LAST: Final = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included."""

    start: date
    end: date

    def has(self, days: NDArray[np.str_]) -> NDArray[np.bool_]:
        """Mask of the ISO 8601 days inside the period; False for an empty one."""
        found: NDArray[np.bool_] = (days >= self.start.isoformat()) & (days <= self.end.isoformat())
        return found


def period_of(question: str) -> Period | None:
    """The one period that a question names; None if it names none, or several that do not form a range."""
    normal = normal_form(question)
    if between := _BETWEEN.search(normal):
        first, last = sorted((int(between[1]), int(between[2])))
        return Period(date(first, 1, 1), date(last, 12, 31))
    found = set(_periods(question, normal))
    return found.pop() if len(found) == 1 else None


def _periods(question: str, normal: str) -> Iterator[Period]:
    named = [mention for mention in dates(question) if mention.year]
    for mention in named:
        if whole := _whole(mention):
            yield _opened(whole, normal_form(question[: mention.span.start]))
    if not named:
        for match in _BARE.finditer(normal):
            yield _opened(_year(int(match[1])), normal[: match.start(1)])


def _whole(mention: DateMention) -> Period | None:
    """The day, month or year of a date; for a day also the next day, whose papers report it. None if it names none."""
    year, month, day = mention.year or 0, mention.month, mention.day
    try:
        if month is None:
            return _year(year)
        if day is None:
            return Period(date(year, month, 1), _before(date(year + month // 12, month % 12 + 1, 1)))
        return Period(date(year, month, day), date(year, month, day) + timedelta(days=1))
    except ValueError:
        return None


def _opened(whole: Period, before: str) -> Period:
    """The period from or until then, if the words before it say so."""
    if _SINCE.search(before):
        return Period(whole.start, _LAST)
    return Period(_FIRST, _before(whole.start)) if _BEFORE.search(before) else whole


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31))


def _before(day: date) -> date:
    return day - timedelta(days=1)


NO_FILTERS = Filters()

MOST_TURNS = 8
MOST_NAMES = 10
"""Maximum number of names in a filter."""
_LONGEST_TURN = 2000
"""Maximum length of an earlier question or answer that is kept, in code points."""

_ASKS_FOR_A_CLAUSE = re.compile(
    r"^\s*(?:[وف]?(?:لماذا|ماذا|لم|بم|بماذا|علام|كيف)|(?:(?:and|but|so) )?(?:why"
    r"|how(?! (?:many|much|long|old|often|far|tall))|what (?:did|does|do)\b.*\bsay))\b",
    re.IGNORECASE,
)


def asks_for_a_clause(question: str) -> bool:
    """Whether a question asks why, how or what was said: the answer is a clause, not a name or figure."""
    return _ASKS_FOR_A_CLAUSE.search(normalise(question)[0]) is not None


def make_query(
    question: str,
    *,
    language: Language | None = None,
    filters: Filters = NO_FILTERS,
    top_k: int = 8,
    history: tuple[tuple[str, str], ...] = (),
    max_chars: int = MAX_QUESTION_CHARS,
    typed: bool = False,
) -> Query:
    """Build the query of a question; white space is collapsed, nothing else changes.

    With `typed`, filters in the question are read (`rag.retrieve.query_syntax`) and added to `filters`.

    Of `history`, (question, answer) pairs, oldest first, the last `MOST_TURNS` are kept, each text up to
    `_LONGEST_TURN` code points; a pair whose question has no letter or digit is left out.

    `language` overrides the detected language; `max_chars` is in code points. Raises `BadInput` for a question that is
    empty, too long, without a letter or digit, or invalid Unicode, and for an invalid filter.
    """
    asked = _text(question, "question")
    words, filters, understood = parse(asked, filters) if typed else (asked, filters, ())
    if not any(map(str.isalnum, words)):
        raise BadInput(
            "the question is empty", where="question", do="ask with at least one word", kind="question_empty"
        )
    if len(asked) > max_chars:
        raise BadInput(
            f"the question has {len(asked)} characters, the limit is {max_chars}",
            where="question",
            do="shorten the question",
            kind="question_long",
            length=len(asked),
            limit=max_chars,
        )
    filters = valid_filters(filters)
    return Query(
        words,
        words,
        language or question_language(words),
        filters,
        top_k,
        _turns(history),
        typed=asked if understood else "",
        understood=understood,
    )


def valid_filters(filters: Filters) -> Filters:
    """The filters with days in ISO 8601 and each name once.

    Raises `BadInput` for an invalid day or a reversed range, for a phrase or excluded word without a letter or digit,
    for an empty name, and for more than `MOST_PHRASES` phrases or excluded words or `MOST_NAMES` names.
    """
    first, last = _day(filters.published_from), _day(filters.published_to)
    if first and last and first > last:
        raise BadInput(
            f"the first day, {first}, is after the last, {last}",
            where="filters",
            do="swap the two days",
            kind="days_reversed",
            first=first,
            last=last,
        )
    for where, phrases in (("phrases", filters.phrases), ("excluded", filters.excluded)):
        if len(phrases) > MOST_PHRASES:
            raise BadInput(f"there are more than {MOST_PHRASES}", where=where, do="use fewer")
        for phrase in phrases:
            if not whole_words(_text(phrase, where)):
                raise BadInput(f"{phrase!r} has no word", where=where, do="write words, or leave it out")
    return replace(filters, published_from=first, published_to=last, names=_names(filters.names))


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(_text(name, "name") for name in names))
    if "" in found:
        raise BadInput("a name is empty", where="filters", do="write a name of the archive, or leave it out")
    if len(found) > MOST_NAMES:
        raise BadInput(
            f"the filter has {len(found)} names, the limit is {MOST_NAMES}",
            where="filters",
            do="leave some out",
            kind="filter_names",
            most=MOST_NAMES,
        )
    return found


def _turns(history: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    turns = [(_text(asked, "history"), _text(answered, "history")) for asked, answered in history[-MOST_TURNS:]]
    return tuple(
        (asked[:_LONGEST_TURN], answered[:_LONGEST_TURN]) for asked, answered in turns if any(map(str.isalnum, asked))
    )


def _text(typed: str, where: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in typed):
        raise BadInput(f"the {where} is not valid UTF-8", where=where, do="send it as UTF-8 text", kind="not_text")
    return " ".join(typed.split())


def _day(day: str | None) -> str | None:
    if day is None:
        return None
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError as error:
        raise BadInput(
            f"{day!r} is not a valid day",
            where="filters",
            do="write it as YYYY-MM-DD, such as 2016-02-08",
            kind="no_day",
            day=day,
        ) from error
