"""A question that leans on what was said before it → a whole one, to be searched; what was asked stays as it is.

Without a model the words of the earlier question are joined to it, as they were typed. A writer model is asked for a
whole question in one line; what it sends is held against rules, and anything odd gives the joined form.
`rag.retrieve.leaning` decides which questions lean; this room refuses to search.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from threading import Event as Cancel
from typing import Final

from rag.citations import MARKER
from rag.models.prompts import NONE, followup_prompt
from rag.models.reply import plain, reply
from rag.retrieve.answered import people
from rag.retrieve.leaning import Question, leans, may_lean
from rag.retrieve.pointing import QuestionWord
from rag.text.links import foreign_links, spaced
from rag.text.normalise import has_letters, question_language
from rag.text.words import Normal, same, words
from rag.types import Generate, Query

History = Sequence[tuple[str, str]]

MOST_WORDS: Final = 24
"""Words of earlier questions that are joined to one."""
LONGEST: Final = 300
"""Code points of a question that a model wrote."""

_REFUSAL: Final = re.compile(
    r"\b(?:i (?:can ?not|can['’]t|am unable|don['’]t|do not)|sorry|as an ai|language model)\b|"
    r"(?:لا (?:أستطيع|يمكنني|أعرف)|عذرا|آسف|نموذج لغوي)",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"^(?:(?:the )?(?:rewritten |whole |full )?question|(?:ال)?سؤال(?: (?:ال)?(?:كامل|تام))?)\s*:\s*", re.IGNORECASE
)
_WHO: Final = frozenset({"من", "ومن", "لمن", "ممن", "who", "whom", "whose"})
_MARKS: Final = "«»“”\"'‘’"


def whole(query: Query, generate: Generate | None = None, cancel: Cancel | None = None) -> Query:
    """The query with its question made whole in `searched`, where it leans on the history; else as it is.

    `generate` is a writer model, asked only where the question may lean. Its failure, its cancellation and a reply
    that is no question of one line give the joined form: nothing is raised.
    """
    if not query.history or query.searched != query.question:
        return query
    leaning = leans(query.question)
    if generate is not None and (leaning or may_lean(query.question)):
        prompt = followup_prompt(query.question, query.history, query.language)
        written = reply(generate, prompt, cancel or Cancel())
        if written is not None and (question := rewritten(written, query)):
            return replace(query, searched=question)
    return replace(query, searched=joined(query.question, query.history)) if leaning else query


def joined(question: str, history: History) -> str:
    """The question with the words of the last whole question behind it: «ومتى كان ذلك؟ (زار المعلم سوتشي)».

    Earlier questions that lean themselves give their words and those of the one before them, oldest first. The words
    are slices of those questions; what asks, joins or points is left out, and so is what was said already. Where the
    last question asked who, and this one has a pronoun, the persons named in its answer come first: «ومن رافقه؟».
    """
    said = [word.text for word in Question.read(question).content()]
    turns: list[list[tuple[QuestionWord, str]]] = []
    for asked, _ in reversed(history):
        turns.append([(word, word.span.of(asked)) for word in Question.read(asked).content()])
        if not leans(asked):
            break
    added: list[str] = []
    if history and Question.read(question).points and _asks_who(history[-1][0]):
        added = [name for name in people(history[-1][1]) if not _said(name, said)]
        said += [Normal.of(name).text for name in added]
    for word, typed in (pair for turn in reversed(turns) for pair in turn):
        if not _said(word.text, said):
            said.append(word.text)
            added.append(typed)
    return f"{question} ({' '.join(added[:MOST_WORDS])})" if added else question


def _said(word: str, said: Sequence[str]) -> bool:
    form = Normal.of(word).text
    return any(form == other or same(form, other) for other in said)


def _asks_who(question: str) -> bool:
    return not _WHO.isdisjoint(word.text for word in words(question))


def rewritten(written: str, query: Query) -> str | None:
    """A model's reply as a question to search; None unless it is one line that asks and says something.

    Its language is the question's or the answer's, a question mark is not lost on the way, and it has no link that the
    conversation has not.
    """
    lines = [line for line in map(plain, written.strip().splitlines()) if line]
    if len(lines) != 1:
        return None
    question = spaced(_LABEL.sub("", lines[0].strip(_MARKS)).strip(_MARKS + " "))
    refused = question.casefold().strip(".") == NONE or _REFUSAL.search(question) or MARKER.search(question)
    if refused or not has_letters(question) or len(question) > LONGEST:
        return None
    if foreign_links(question, [query.question, *(text for turn in query.history for text in turn)]):
        return None
    if query.question.rstrip().endswith(("?", "؟")) and not question.endswith(("?", "؟")):
        return None
    if question_language(question) not in {query.language, question_language(query.question)}:
        return None
    return question
