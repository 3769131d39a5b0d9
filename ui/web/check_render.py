"""Checked sentences as HTML for the page. Pure: what it shows was decided before, and all of it is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Language, Span
from ui.shared.check_documents import CheckedSentence
from ui.shared.html import plain, underlined
from ui.shared.i18n import word
from ui.web.links import chip, origin_line, quote
from ui.web.render import why


def checked(sentences: Sequence[CheckedSentence], language: Language) -> str:
    """A whole check in the interface's language: how much is supported, then each sentence with its sources."""
    return f'<div class="head">{plain(summary(sentences, language))}</div>' + shown(sentences, language)


def stopped(language: Language) -> str:
    """That a check did not come to its end."""
    return f'<div class="notice">{plain(word("check.stopped", language))}</div>'


def summary(sentences: Sequence[CheckedSentence], language: Language) -> str:
    """How many sentences are supported, of those that state something."""
    kinds = [_kind(one) for one in sentences]
    questions = sum(kind == "question" for kind in kinds)
    supported = sum(kind == "supported" for kind in kinds)
    told = [word("check.summary", language, n=supported, all=len(kinds) - questions)]
    if questions:
        told.append(word("check.questions", language, n=questions))
    return " · ".join(told)


def shown(sentences: Sequence[CheckedSentence], language: Language) -> str:
    """The sentences so far."""
    return "".join(sentence(one, language) for one in sentences)


def sentence(one: CheckedSentence, language: Language) -> str:
    """A sentence with its verdict in words, its chips, what is wrong, and the words of its sources."""
    kind = _kind(one)
    chips = "".join(chip(item, language, frozenset()) for item in one.citations)
    spans = [problem.span for problem in one.problems if problem.span != Span(0, len(one.text))]
    parts = [
        f'<p class="verdict">{plain(word(f"verdict.{kind}", language))}</p>',
        f'<p class="said" dir="auto">{underlined(one.text, spans)}<span class="chips"> {chips}</span></p>',
    ]
    if one.problems:
        parts.append(why(word("check.why", language), one.problems))
    if one.citations and kind == "unsupported":
        parts.append(f'<p class="label">{plain(word("check.nearest", language))}</p>')
    for item in one.citations:
        words = f'<blockquote dir="auto">{quote(item)}</blockquote>'
        parts.append(f'<div class="source">{origin_line(item, language, frozenset())}{words}</div>')
    return f'<div class="claim checked {kind}">{"".join(parts)}</div>'


def _kind(one: CheckedSentence) -> str:
    return "question" if any(problem.kind == "question" for problem in one.problems) else one.support
