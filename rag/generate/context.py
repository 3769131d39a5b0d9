"""The sentences before a quote that it cannot be understood without: it begins with *he* or *but*, or nobody speaks.

Rules over its first words, in Arabic and English. What is added is a slice of the same article, joined to the quote; a
link too few costs a reader a look at the source, a link too many a longer quote: in doubt nothing is added.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from rag.text.normalise import has_letters
from rag.text.question_words import EXPLETIVE, POINTING, POINTING_TIME, PRONOUNS, THIS_TIME
from rag.text.sentences import sentences, trim
from rag.text.words import ARABIC, Word, words
from rag.types import Article, Span
from rag.verify.speech import is_pronoun, speeches

MOST: Final = 2
"""Sentences that are added to a quote."""
LONGEST: Final = 600
"""Code points of a quote with what is added."""

_REACH: Final = 1500
_CONNECTIVES: Final = (
    "لكن|لكنه|لكنها|لكنهم|غير ان|غير انه|غير انها|الا ان|الا انه|الا انها|بيد ان|بيد انه|بيد انها|بل|لذلك|لذا|ولهذا|"
    "عليه|بالتالي|من ثم|ثم|بعدها|بعد ذلك|عندها|عندئذ|عنديذ|كذلك|الامر الذي|مما|هكذا|بذلك|رغم ذلك|مع ذلك|"
    "but|however|therefore|thus|hence|instead|nevertheless|nonetheless|yet|otherwise|moreover|furthermore|"
    "as a result|in response|after that|in contrast|the latter|the former|the two|the pair|for this reason"
)
_ENGLISH_POINTING: Final = frozenset({"this", "that", "these", "those", "such"})
_ENGLISH_PRONOUNS: Final = frozenset({"he", "she", "they", "it", "his", "her", "their", "its", "him", "them"})


def with_context(article: Article, span: Span) -> Span:
    """`span` of a sentence, or a wider one that begins with the sentences that it leans on.

    They stand directly before it in the same stretch of the body. At most
    `MOST`, and the whole is not longer than `LONGEST`; where that does not reach, nothing is added.
    """
    body = next((stretch for stretch in article.body if stretch.contains(span)), None)
    if body is None or not leans(span.of(article.text)):
        return span
    start = max(body.start, span.start - _REACH)
    before = [trim(article.text, one) for one in sentences(article.text, Span(start, span.start))]
    if start > body.start:
        before = before[1:]  # cut off at its beginning
    for one in reversed([one for one in before if has_letters(one.of(article.text))][-MOST:]):
        if span.end - one.start > LONGEST:
            break
        if not leans(one.of(article.text)):
            return Span(one.start, span.end)
    return span


def leans(sentence: str) -> bool:
    """Whether a sentence begins with what points at something said before it, or reports without naming who speaks."""
    found = words(sentence)
    if not found:
        return False
    first, second = found[0].text, found[1].text if len(found) > 1 else ""
    if ARABIC.match(first):
        return _leans_in_arabic(first, second, found) or _has_no_speaker(sentence, found)
    if first == "it":
        return second not in {"is", "was", "has", "will", "would"} or (
            len(found) > 2 and found[2].text not in EXPLETIVE
        )
    if first in _ENGLISH_POINTING:
        return second not in THIS_TIME
    return first in _ENGLISH_PRONOUNS or _opens_with_a_connective(found)


def _leans_in_arabic(first: str, second: str, found: list[Word]) -> bool:
    for form in (first, first[1:] if first[:1] in {"و", "ف"} else ""):
        if form in POINTING:
            # « هذا وقد » only opens another matter.
            return second not in THIS_TIME and not (form == "هذا" and second[:1] == "و")
        if form in PRONOUNS or form in POINTING_TIME:
            return True
    return _opens_with_a_connective(found)


def _opens_with_a_connective(found: list[Word]) -> bool:
    opening = [word.text for word in found[:3]]
    bare = [opening[0][1:] if opening[0][:1] in {"و", "ف"} else opening[0], *opening[1:]]
    return any(
        " ".join(form[:length]) in _connectives() for form in (opening, bare) for length in range(1, len(form) + 1)
    )


def _has_no_speaker(sentence: str, found: list[Word]) -> bool:
    """« وأضاف أن »: an Arabic verb of saying at the very beginning, and nobody behind it."""
    said = next(iter(speeches(sentence, found)), None)
    if said is None or said.verb > 1 or (said.verb == 1 and found[0].text not in {"كما", "و", "وقد", "قد", "ثم"}):
        return False
    return all(is_pronoun(found[place].text) for place in said.speaker)


@cache
def _connectives() -> frozenset[str]:
    return frozenset(_CONNECTIVES.split("|"))
