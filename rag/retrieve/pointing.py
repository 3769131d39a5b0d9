"""Does a word of a question point at something that the question does not name? Pronouns and demonstratives.

Rules over the words around it, in Arabic and English, without a grammar: one that is bound inside its question (Who
accompanied Muallem on his trip?) points at nothing before it. It refuses to know what was said before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.text.question_words import (
    AFTER_OBJECT,
    ASKING,
    BEFORE_THAT,
    DEMONSTRATIVES,
    EXPLETIVE,
    FUNCTION,
    NO_PRONOUN,
    POINTING,
    POINTING_TIME,
    PRONOUNS,
    RELATIVE,
    THAT_CLAUSE,
    THIN,
    THIS_TIME,
)
from rag.text.words import ARABIC
from rag.types import Span


class QuestionWord(NamedTuple):
    """A word of a question: its normal form, where it stands, and how much it says of its own (0, ½ or 1)."""

    text: str
    span: Span
    weight: float
    is_name: bool


def points(words: Sequence[QuestionWord], at: int, text: str) -> bool:
    """Whether a word points at something that this question does not name."""
    word = words[at]
    before = words[at - 1].text if at else ""
    after = words[at + 1] if at + 1 < len(words) else None
    if ARABIC.match(word.text):
        return _points_in_arabic(words, at, before, after) or _hangs(words, at, text)
    return text[word.span.end : word.span.end + 1] != "-" and _points_in_english(words, at, before, after)


def _points_in_arabic(words: Sequence[QuestionWord], at: int, before: str, after: QuestionWord | None) -> bool:
    form = bare(words[at].text)
    if form in POINTING:
        if after is None or not after.weight:
            return True
        # هذا العام is told from today; in أن هذا المؤتمر the words are those of somebody whom the question names.
        return after.text not in THIS_TIME and not (before in THAT_CLAUSE and after.text.startswith("ال"))
    if form in POINTING_TIME:
        return True
    if form == "هناك":
        return after is None and at > 0
    copular = form in {"هو", "هي", "هم", "هما"} and is_asking(before) and after is not None
    return form in PRONOUNS and not copular and not _named(words[:at])


def _points_in_english(words: Sequence[QuestionWord], at: int, before: str, after: QuestionWord | None) -> bool:
    form, following = words[at].text, after.text if after else ""
    if form in DEMONSTRATIVES:
        return following not in DEMONSTRATIVES[form]
    if form == "that":
        of_little = following in AFTER_OBJECT and sum(word.weight for word in words) <= len(("said", "Moscow"))
        return after is None or before in BEFORE_THAT or of_little
    if form == "there":
        return after is None and at > 0
    if form == "then":
        return after is None or at == 0 or before in {"since", "by", "until", "and"}
    is_object = not following or following in AFTER_OBJECT
    if form == "it":
        return following not in EXPLETIVE and (is_object or not _named(words[:at]))
    if form in {"him", "them", "hers", "theirs"} or (form == "her" and is_object):
        return True
    return form in PRONOUNS and not _named(words[:at])


def _named(before: Sequence[QuestionWord]) -> bool:
    """Whether something before a pronoun may be what it means: a name, الوزير, the minister, or a relative clause."""
    for at, word in enumerate(before):
        earlier = before[at - 1].text if at else ""
        if word.is_name or (at and word.text in RELATIVE):
            return True
        if word.weight and (word.text.startswith("ال") or earlier in {"the", "a", "an", "many", "which"}):
            return True
    return False


def _hangs(words: Sequence[QuestionWord], at: int, text: str) -> bool:
    """Whether a pronoun hangs on an Arabic word (رافقه, بلادها) and nothing before it is named."""
    word = words[at]
    raw = word.span.of(text)
    if not word.weight or not ARABIC.match(word.text) or word.text in NO_PRONOUN or word.text.startswith("ال"):
        return False
    after = words[at + 1] if at + 1 < len(words) else None
    ending = next((end for end in ("هما", "ها", "هم", "ه") if raw.endswith(end)), None)
    if ending is None or len(word.text) - len(ending) < len("قال"):
        return False
    # زياره الوزير: many write ه for ة, and then the noun that it belongs to follows.
    return (ending != "ه" or after is None or not after.weight) and not _named(words[:at])


def bare(form: str) -> str:
    """A function word without the و or ف before it."""
    return form[1:] if form[0] in "وف" and form not in FUNCTION | THIN | ASKING else form


def is_asking(form: str) -> bool:
    return form in ASKING or (form[0] in "وف" and form[1:] in ASKING)
