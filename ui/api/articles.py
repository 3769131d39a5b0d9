"""Routes `/v1/articles`, `/v1/names`, `/v1/citations/verify` and `/v1/corpus`: articles, the names in them, quote
verification and corpus counts."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query
from fastapi.responses import Response

from rag.corpus import Corpus
from rag.errors import NotInGeneration
from rag.store.catalog import Overview
from rag.types import Article, Span
from ui.api.answers import Answering
from ui.shared import export
from ui.shared.problems import PROBLEMS, RefusedRequest, no_parameters
from ui.shared.schemas import (
    ArticleList,
    ArticleSummary,
    ArticleText,
    CorpusDocument,
    ListRequest,
    NamesDocument,
    NamesRequest,
    QuoteRequest,
    QuoteVerdict,
    SpanDocument,
    article_fields,
)
from ui.shared.source_view import Archive, current_version, file_of, in_one_generation
from ui.shared.verify import place_of

VERIFY_PATH = "/v1/citations/verify"
Id = Annotated[str, Path(max_length=200, description="from a citation or /v1/articles")]
_QUOTES_AT_ONCE = 200


def article_routes(answering: Answering) -> APIRouter:
    """Build the routes for articles, their files and names, quote verification and corpus counts."""
    router = APIRouter(prefix="/v1", tags=["archive"], responses=PROBLEMS, dependencies=[Depends(no_parameters)])
    archive = Archive()  # not the page's, whose lock may be held while it draws example questions

    @router.get("/articles", summary="List the articles")
    async def articles(asked: Annotated[ListRequest, Query()]) -> ArticleList:
        corpus = await answering.corpus()
        return await asyncio.to_thread(_page, corpus, asked)

    @router.get("/articles/{article_id}", summary="An article with its text")
    async def article(article_id: Id) -> ArticleText:
        corpus = await answering.corpus()
        return await asyncio.to_thread(_text, corpus, article_id)

    @router.get(
        "/articles/{article_id}/file",
        summary="The original file",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def file(article_id: Id) -> Response:
        corpus = await answering.corpus()
        found = await asyncio.to_thread(known, corpus, article_id)
        data = await asyncio.to_thread(file_of, corpus, found)
        name = found.source.rpartition("/")[2]
        stem, dot, suffix = name.rpartition(".")
        headers = {"content-disposition": export.content_disposition(stem or name, dot + suffix if stem else "")}
        return Response(data, media_type="application/octet-stream", headers=headers)

    @router.get("/names", summary="Persons, organisations and places")
    async def names(asked: Annotated[NamesRequest, Query()]) -> NamesDocument:
        corpus = await answering.corpus()
        filters = asked.filters()
        return NamesDocument.of(
            await asyncio.to_thread(
                lambda: corpus.names_found(asked.kind, filters=filters, like=asked.like, limit=asked.limit)
            )
        )

    @router.get("/citations/verify", summary="Verify a quote")
    async def verify_one(asked: Annotated[QuoteRequest, Query()]) -> QuoteVerdict:
        corpus = await answering.corpus()
        return await asyncio.to_thread(_verdict, corpus, asked)

    @router.post("/citations/verify", summary="Verify several quotes")
    async def verify_many(
        asked: Annotated[list[QuoteRequest], Body(max_length=_QUOTES_AT_ONCE)],
    ) -> list[QuoteVerdict]:
        corpus = await answering.corpus()
        return await asyncio.to_thread(lambda: [_verdict(corpus, one) for one in asked])

    @router.get("/corpus", summary="Counts and settings of the archive")
    async def corpus_() -> CorpusDocument:
        corpus = await answering.corpus()
        return _figures(corpus, await asyncio.to_thread(archive.counted, corpus))

    return router


def _page(corpus: Corpus, asked: ListRequest) -> ArticleList:
    first, last = (day.isoformat() if day else None for day in (asked.published_from, asked.published_to))

    def listed(generation: str) -> ArticleList:
        found, total = corpus.catalog.articles_page(
            generation,
            outlet=asked.outlet,
            published_from=first,
            published_to=last,
            offset=asked.offset,
            limit=asked.limit,
        )
        return ArticleList(articles=list(map(summary_of, found)), total=total, offset=asked.offset)

    return in_one_generation(corpus, listed) or ArticleList(articles=[], total=0, offset=asked.offset)


def known(corpus: Corpus, article_id: str) -> Article:
    """Return the article from the current snapshot. Raises `RefusedRequest` (404) if it is not there."""
    found = current_version(corpus, article_id)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> RefusedRequest:
    return RefusedRequest(404, "there is no such article", where="article_id", do="see /v1/articles")


def _text(corpus: Corpus, article_id: str) -> ArticleText:
    def read(generation: str) -> ArticleText:
        return _told(corpus.catalog.articles(generation, [article_id])[article_id], generation)

    try:
        told = in_one_generation(corpus, read)
    except NotInGeneration:
        told = None
    if told is None:
        raise _unknown()
    return told


def _told(found: Article, generation: str) -> ArticleText:
    return ArticleText(
        **summary_of(found).model_dump(),
        text=found.text,
        encoding=found.rendition.encoding,
        extractor=found.rendition.extractor,
        body=[SpanDocument.of(span) for span in found.body],
        pages=list(found.pages),
        generation=generation,
    )


def summary_of(article: Article) -> ArticleSummary:
    """Return the metadata that an article states."""
    return ArticleSummary(
        **article_fields(article),
        language=article.language,
        author=article.author.value if article.author else None,
        section=article.section.value if article.section else None,
    )


def _verdict(corpus: Corpus, asked: QuoteRequest) -> QuoteVerdict:
    now = current_version(corpus, asked.article_id)
    if now is None:
        return QuoteVerdict(result="missing", holds=False)
    same = now.is_version(asked.sha256, asked.text_sha256 or "")
    if same and Span(asked.start, asked.end).of(now.text) == asked.quote:
        return QuoteVerdict(result="ok", holds=True)
    found = place_of(asked.quote, now.text)
    if not same or found is None:
        return QuoteVerdict(result="changed", holds=False)
    return QuoteVerdict(result="moved", holds=False, found=SpanDocument.of(found))


def _figures(corpus: Corpus, told: Overview) -> CorpusDocument:
    return CorpusDocument(
        name=corpus.name,
        articles=told.articles,
        passages=told.passages,
        outlets={name: count for name, count in told.outlets if name},
        languages=dict(told.languages),
        first=told.first,
        last=told.last,
        undated=told.undated,
        quarantined=len(told.quarantined),
        generation=told.generation,
        created_at=told.created_at,
        embedding_model=corpus.embedder.name,
        fingerprint=corpus.embedder.fingerprint,
        generator=corpus.answerer.name,
    )
