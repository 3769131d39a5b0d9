"""Does a question lean on what was said before it? Rules over its words, in Arabic and English; no model, no grammar.

It is careful: a question that stands alone and is taken for a follow-up is searched with words that it never meant.
It refuses to know what was said before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rag.retrieve.pointing import QuestionWord, bare, is_asking, points
from rag.text.common_words import english_openers, english_titles, is_common
from rag.text.months import MONTHS
from rag.text.question_words import ADDING, ASKING, BE, COPULAR, ENGLISH_DAYS, FUNCTION, JOINING, THIN
from rag.text.words import ARABIC, Normal
from rag.text.words import Word as PlainWord
from rag.types import Span

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ABOUT: Final = re.compile(r"^(?:[وف]?ماذا عن|(?:and |but |so )?(?:what|how) about)\b")

_FEW = 1.5
"""Below this much of its own, a question leans."""
_OPENED = 3.0
"""The same for one that opens with *and*, or asks who else."""
_OPENED_NAMING = 2.5
"""The same where it names something: وما عدد سكان القاهرة؟ is whole, ومتى زار القاهرة؟ has no subject."""
_POINTS = 4.0
"""The same, inclusive, for one with a pronoun that nothing in it explains."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question read for what it says of its own."""

    text: str
    words: tuple[QuestionWord, ...]
    joins: bool
    points: bool

    @classmethod
    def read(cls, text: str) -> Question:
        return _read(text)

    @property
    def weight(self) -> float:
        """How much it says of its own; an ordinary word or a name counts 1, a thin word ½."""
        return sum(word.weight for word in self.words)

    @property
    def names(self) -> bool:
        return any(word.is_name for word in self.words)

    def content(self) -> list[QuestionWord]:
        """Its words without question words, function words and thin ones."""
        return [word for word in self.words if word.weight == 1]


def leans(text: str) -> bool:
    """Whether a question needs what was said before it to be understood."""
    question = Question.read(text)
    if not question.words:
        return False
    if question.points and question.weight <= _POINTS:
        return True
    if _defines(question.words):
        return False
    least = (_OPENED_NAMING if question.names else _OPENED) if question.joins else _FEW
    return question.weight < least and _asks(question)


def may_lean(text: str) -> bool:
    """Whether a question is worth a model's look: it leans, or it is not plain that it stands alone."""
    question = Question.read(text)
    if leans(text) or question.points:
        return True
    little = not question.names and 0 < question.weight < _OPENED_NAMING and _asks(question)
    return not _defines(question.words) and (question.joins or little)


def _asks(question: Question) -> bool:
    """A bare word that asks nothing is a search for that word."""
    return question.joins or question.text.rstrip().endswith(("?", "؟")) or is_asking(question.words[0].text)


def _defines(words: Sequence[QuestionWord]) -> bool:
    """Who is X, what is X, where is X: whole as soon as X is a name."""
    content = [word for word in words if word.weight]
    plain = {bare(word.text) for word in words if not word.weight}
    between = plain - ASKING - BE - COPULAR
    return bool(content) and all(word.is_name for word in content) and not between and is_asking(words[0].text)


@lru_cache(maxsize=256)
def _read(text: str) -> Question:
    normal = Normal.of(text)
    matches = list(_WORD.finditer(normal.text))
    spans = [normal.span(*match.span()) for match in matches]
    forms = [re.sub("['’]s?$", "", match.group()) for match in matches]
    words = tuple(_weighed(form, span, text) for form, span in zip(forms, spans, strict=True))
    return Question(text, words, _joins(normal.text, forms), any(points(words, at, text) for at in range(len(words))))


def _weighed(form: str, span: Span, text: str) -> QuestionWord:
    alone = bare(form)
    if is_asking(form) or alone in FUNCTION or form in FUNCTION or form in JOINING or alone in ADDING:
        return QuestionWord(form, span, 0.0, is_name=False)
    if alone in THIN or form in THIN:
        return QuestionWord(form, span, 0.5, is_name=False)
    if ARABIC.match(form):
        name = len(form) > 1 and not is_common(PlainWord(form, span)) and form not in MONTHS
    else:
        name = span.of(text)[0].isupper() and form not in english_openers() | english_titles() | ENGLISH_DAYS
    return QuestionWord(form, span, 1.0, name or form[0].isdigit())


def _joins(normal: str, forms: Sequence[str]) -> bool:
    """Whether it opens with *and* or its like before what it asks, or asks for more of the same."""
    if not forms:
        return False
    first, second = forms[0], forms[1] if len(forms) > 1 else ""
    after = first[1:] if first[0] in "وف" and first not in FUNCTION | ASKING else None
    joined = after is not None and (after in ASKING or (after in FUNCTION and second in ASKING))
    apart = first == "و" and second in ASKING
    about = _ABOUT.match(normal.lstrip(" «“\"'")) is not None
    return joined or apart or first in JOINING or about or not ADDING.isdisjoint(forms)
