"""What a person typed → a `Query`, or a clear error. Knows no index and no model."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from rag.errors import BadInput
from rag.text.normalise import normalise, question_language
from rag.types import Filters, Language, Query

NO_FILTERS = Filters()

MOST_TURNS = 8
LONGEST_TURN = 2000
"""Code points of an earlier question or answer that are kept."""

_ASKS_FOR_A_CLAUSE = re.compile(
    r"^\s*(?:[وف]?(?:لماذا|ماذا|لم|بم|بماذا|علام|كيف)|(?:(?:and|but|so) )?(?:why"
    r"|how(?! (?:many|much|long|old|often|far|tall))|what (?:did|does|do)\b.*\bsay))\b",
    re.IGNORECASE,
)


def asks_for_a_clause(question: str) -> bool:
    """Whether a question asks why, how or what was said: its answer is no name or figure that one could point at."""
    return _ASKS_FOR_A_CLAUSE.search(normalise(question)[0]) is not None


def make_query(
    question: str,
    *,
    language: Language | None = None,
    filters: Filters = NO_FILTERS,
    top_k: int = 8,
    history: tuple[tuple[str, str], ...] = (),
    max_chars: int = 2000,
) -> Query:
    """The query of a question; white space is collapsed, nothing else is changed.

    Of `history`, (question, answer) pairs, oldest first, the last `MOST_TURNS` are kept, each text up to
    `LONGEST_TURN` code points; a pair whose question has no letter or digit is left out.

    `language` overrides what the letters say; `max_chars` is in code points. Raises `BadInput` for a
    question that is empty, too long, without a letter or digit, or not text.
    """
    words = _text(question, "question")
    if not any(map(str.isalnum, words)):
        raise BadInput(
            "the question is empty", where="question", do="ask with at least one word", kind="question_empty"
        )
    if len(words) > max_chars:
        raise BadInput(
            f"the question has {len(words)} characters, the limit is {max_chars}",
            where="question",
            do="shorten it, or raise max_question_chars",
            kind="question_long",
            length=len(words),
            limit=max_chars,
        )
    filters = valid_filters(filters)
    return Query(words, words, language or question_language(words), filters, top_k, _turns(history))


def valid_filters(filters: Filters) -> Filters:
    """The filters, their days as ISO 8601 writes them. Raises `BadInput` for what is no day, and for two reversed."""
    first, last = _day(filters.published_from), _day(filters.published_to)
    if first and last and first > last:
        raise BadInput(
            f"{first} comes after {last}",
            where="filters",
            do="exchange the two days",
            kind="days_reversed",
            first=first,
            last=last,
        )
    return replace(filters, published_from=first, published_to=last)


def _turns(history: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    turns = [(_text(asked, "history"), _text(answered, "history")) for asked, answered in history[-MOST_TURNS:]]
    return tuple(
        (asked[:LONGEST_TURN], answered[:LONGEST_TURN]) for asked, answered in turns if any(map(str.isalnum, asked))
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
            f"{day!r} is not a day", where="filters", do="write it as 2016-02-08", kind="no_day", day=day
        ) from error
