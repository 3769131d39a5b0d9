"""What the tools of the MCP server take and give, and the same as text for a reader who has no program. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, Field

from rag.errors import BadInput
from rag.types import Article, Span
from ui.shared.api_documents import SHA256, ArticleSummary, Asked, SearchDocument
from ui.shared.check_documents import CheckDocument
from ui.shared.i18n import count, word
from ui.shared.schemas import (
    AnswerDocument,
    ArticleDocument,
    CitationDocument,
    EvidenceDocument,
    SpanDocument,
    in_citations,
)

PAGE = 4000
"""Code points of an article that are shown where no slice of it is asked for."""
AROUND = 600
"""Code points shown on either side of a slice."""
LONGEST = 20_000
OPENED, CLOSED = "⟦", "⟧"


class OpenRequest(Asked):
    """An article, and what of it to open."""

    article_id: str = Field(max_length=200, description="as in a citation or an evidence sentence")
    start: int | None = Field(default=None, ge=0, le=1 << 40, description="first code point")
    end: int | None = Field(
        default=None, ge=0, le=1 << 40, description="the code point after the last; with start, what is marked"
    )
    sha256: str | None = Field(
        default=None, pattern=SHA256, description="of the cited version: an error where the article has another now"
    )
    text_sha256: str | None = Field(default=None, pattern=SHA256, description="of the cited version's text; the same")

    def spans(self, length: int) -> tuple[Span | None, Span]:
        """The slice to mark, and the stretch to show. Raises `BadInput` where the text has no such slice."""
        start = self.start or 0
        if self.end is None:
            marked, shown = None, Span(min(start, length), min(start + PAGE, length))
        else:
            marked, shown = Span(start, self.end), Span(max(0, start - AROUND), min(length, self.end + AROUND))
            if not start < self.end <= length:
                raise BadInput("there is no such slice", where="end", do=f"the text has {length} code points")
            if self.end - start > LONGEST:
                raise BadInput("the slice is too long", where="end", do=f"ask for {LONGEST} code points at most")
        if start and start >= length:
            raise BadInput("there is no such place", where="start", do=f"the text has {length} code points")
        return marked, shown


class OpenedDocument(ArticleSummary):
    """A stretch of an article with the slice that was asked for."""

    length: int = Field(ge=0, description="of the whole text, in code points")
    shown: SpanDocument = Field(description="the stretch that `text` is")
    text: str = Field(description="that stretch itself, a slice of the source")
    marked: SpanDocument | None = Field(description="the slice that was asked for")
    quote: str | None = Field(description="that slice itself")

    @classmethod
    def of(cls, summary: ArticleSummary, article: Article, marked: Span | None, shown: Span) -> OpenedDocument:
        return cls(
            **summary.model_dump(),
            length=len(article.text),
            shown=SpanDocument.of(shown),
            text=shown.of(article.text),
            marked=SpanDocument.of(marked) if marked else None,
            quote=marked.of(article.text) if marked else None,
        )


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of what a tool takes or gives."""
    return model.model_json_schema(mode="serialization" if not issubclass(model, Asked) else "validation")


def answer_text(answer: AnswerDocument) -> str:
    """An answer with its ``[n]``, its sources with their words and places, and what a reader must know."""
    return "\n".join(_answer_lines(answer))


def _answer_lines(answer: AnswerDocument) -> Iterator[str]:
    short = [f"«{one.text}» [{one.citation}]" for one, _ in in_citations(answer.short, answer.citations)]
    if short:
        yield f"Short answer: {word('list', answer.language).join(short)}"
    if answer.opening:
        yield answer.opening
    for claim in answer.claims:
        unsure = "; ".join(problem.message for problem in claim.problems)
        yield claim.text if claim.support == "supported" else f"{claim.text} (unsupported: {unsure})"
    for notice in answer.notices:
        yield f"({notice.message})"
    if answer.citations:
        yield "\nSources:"
    for one in answer.citations:
        yield f"[{one.number}] {_origin(one)}\n    «{one.quote}»\n    {_place(one)}"
        yield from (f"    also in {_origin(copy)}" for copy in one.also if copy.span)
    if answer.independent_sources:
        yield f"({count('independent', answer.independent_sources, 'en')})"
    if not answer.claims and answer.evidence:
        yield "\nNearest sentences, which do not answer the question:"
        for item in answer.evidence:
            yield f"- {_origin(item)}\n    «{item.text}»\n    {_place(item)}"


def search_text(found: SearchDocument) -> str:
    """The sentences found, best first, with their places."""
    lines = [f"{item.number}. {_origin(item)}\n    «{item.text}»\n    {_place(item)}" for item in found.evidence]
    return "\n".join(lines) or "Nothing was found."


def checked_text(document: CheckDocument) -> str:
    """Each sentence with its verdict, what is wrong, and the slices that support it or come nearest."""
    lines = []
    for one in document.sentences:
        lines.append(f"{one.support}: {one.text}")
        lines += [f"    ! {problem.message}" for problem in one.problems]
        if one.citations and one.support == "unsupported":
            lines.append("    nearest:")
        lines += [
            f"    [{item.number}] {_origin(item)}\n    «{item.quote}»\n    {_place(item)}" for item in one.citations
        ]
    return "\n".join(lines)


def opened_text(opened: OpenedDocument) -> str:
    """The stretch with the slice between brackets, below what the article states about itself."""
    text, shown = opened.text, opened.shown
    if opened.marked:
        start, end = opened.marked.start - shown.start, opened.marked.end - shown.start
        text = f"{text[:start]}{OPENED}{text[start:end]}{CLOSED}{text[end:]}"
    marks = f"; what was asked for stands between {OPENED} and {CLOSED}" if opened.marked else ""
    place = f"code points {shown.start}–{shown.end} of {opened.length}{marks}"
    return f"{_origin(opened)}\narticle_id={opened.article_id} sha256={opened.sha256}\n{place}\n\n{text}"


def _origin(one: ArticleDocument) -> str:
    return " · ".join(part for part in (one.title, one.outlet, one.published, one.name) if part)


def _place(one: CitationDocument | EvidenceDocument) -> str:
    page = f" page={one.page}" if one.page else ""
    return f"article_id={one.article_id} start={one.start} end={one.end}{page} sha256={one.sha256}"
