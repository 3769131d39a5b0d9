"""Draft a question set from a corpus: questions that its articles can probably answer, for a person to complete.

No model writes them. Each line is marked as a draft, and the set is rejected until a person has removed the marks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from rag.retrieve.suggestions import Askable, askable
from rag.text.sentences import trim
from rag.types import Article, Language, Span

LANGUAGES: tuple[Language, ...] = ("ar", "en")


def draft(articles: Sequence[Article], count: int) -> list[dict[str, Any]]:
    """Draft at most `count` lines of a JSON Lines set, alternating articles and languages, without duplicate questions.

    ``accepted`` is empty and ``draft`` is true: a person adds the short answers, corrects question and evidence, and
    removes ``draft``.
    """
    lines: list[dict[str, Any]] = []
    asked: set[str] = set()
    for article, language, one, span in _in_turn(articles):
        if len(lines) == count:
            break
        if one.question not in asked:
            asked.add(one.question)
            lines.append(_line(len(lines) + 1, article, language, one, span))
    return lines


def as_jsonl(lines: Sequence[dict[str, Any]]) -> str:
    """Format as JSON Lines."""
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _in_turn(articles: Sequence[Article]) -> Iterator[tuple[Article, Language, Askable, Span]]:
    drawn = [
        [(article, language, one, trim(article.text, one.span)) for one in askable(article, language) if one.span]
        for article in articles
        for language in LANGUAGES
    ]
    for row in zip_longest(*drawn):
        yield from (one for one in row if one is not None)


def _line(number: int, article: Article, language: Language, one: Askable, span: Span) -> dict[str, Any]:
    place = {"file": article.source, "quote": span.of(article.text), "start": span.start, "end": span.end}
    return {
        "id": f"draft-{number:03}",
        "language": language,
        "question": one.question,
        "answerable": True,
        "accepted": [],
        "evidence": [place],
        "tags": [one.kind],
        "draft": True,
    }
