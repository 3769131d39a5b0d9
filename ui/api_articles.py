"""`/v1/articles`, `/v1/citations/verify`, `/v1/corpus`: what the archive holds, and whether a quote stands in it."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import Response

from rag.assemble import Corpus
from rag.overview import overview
from rag.rows import ArticleMeta
from rag.types import Article, Span
from ui import export
from ui.api_answers import Answering
from ui.api_documents import (
    SHA256,
    ArticleList,
    ArticleSummary,
    ArticleText,
    CorpusDocument,
    QuoteRequest,
    QuoteVerdict,
)
from ui.problems import PROBLEMS, Refusal
from ui.schemas import SpanDocument
from ui.sources import current_version, file_of

PAGE = 100
QUOTES_AT_ONCE = 200


def article_routes(answering: Answering) -> APIRouter:
    """Articles, their files, and quotes held against them."""
    router = APIRouter(prefix="/v1", tags=["archive"], responses=PROBLEMS)

    @router.get("/articles", summary="List the articles")
    async def articles(
        outlet: Annotated[str | None, Query(max_length=500)] = None,
        published_from: date | None = None,
        published_to: date | None = None,
        offset: Annotated[int, Query(ge=0, le=1 << 31)] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    ) -> ArticleList:
        corpus = await answering.corpus()
        metas, generation = await asyncio.to_thread(_metas, corpus)
        fit = [one for one in metas if _fits(one, outlet, published_from, published_to)]
        shown = await asyncio.to_thread(_versions, corpus, generation, [one.id for one in fit[offset : offset + limit]])
        return ArticleList(articles=[_summary(one) for one in shown], total=len(fit), offset=offset)

    @router.get("/articles/{article_id}", summary="An article with its text")
    async def article(article_id: str) -> ArticleText:
        corpus = await answering.corpus()
        return await asyncio.to_thread(_text, corpus, article_id)

    @router.get(
        "/articles/{article_id}/file",
        summary="The original file",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def file(article_id: str) -> Response:
        corpus = await answering.corpus()
        found = await asyncio.to_thread(_known, corpus, article_id)
        data = await asyncio.to_thread(file_of, corpus, found)
        name = found.source.rpartition("/")[2]
        stem, dot, suffix = name.rpartition(".")
        headers = {"content-disposition": export.content_disposition(stem or name, dot + suffix if stem else "")}
        return Response(data, media_type="application/octet-stream", headers=headers)

    @router.get("/citations/verify", summary="Does this quote stand there?")
    async def verify_one(
        article_id: Annotated[str, Query(max_length=200)],
        sha256: Annotated[str, Query(pattern=SHA256)],
        start: Annotated[int, Query(ge=0, le=1 << 40)],
        end: Annotated[int, Query(ge=0, le=1 << 40)],
        quote: Annotated[str, Query(min_length=1, max_length=100_000)],
    ) -> QuoteVerdict:
        asked = QuoteRequest(article_id=article_id, sha256=sha256, start=start, end=end, quote=quote)
        corpus = await answering.corpus()
        return await asyncio.to_thread(_verdict, corpus, asked)

    @router.post("/citations/verify", summary="Do these quotes stand there?")
    async def verify_many(
        asked: Annotated[list[QuoteRequest], Body(max_length=QUOTES_AT_ONCE)],
    ) -> list[QuoteVerdict]:
        corpus = await answering.corpus()
        return await asyncio.to_thread(lambda: [_verdict(corpus, one) for one in asked])

    @router.get("/corpus", summary="The archive in figures")
    async def corpus_() -> CorpusDocument:
        corpus = await answering.corpus()
        return await asyncio.to_thread(_corpus, corpus)

    return router


def _metas(corpus: Corpus) -> tuple[list[ArticleMeta], str]:
    generation = corpus.catalog.current(corpus.name)
    return (corpus.catalog.articles_meta(generation.id), generation.id) if generation else ([], "")


def _versions(corpus: Corpus, generation: str, ids: list[str]) -> list[Article]:
    found = corpus.catalog.articles(generation, ids) if ids else {}
    return [found[one] for one in ids]


def _fits(meta: ArticleMeta, outlet: str | None, first: date | None, last: date | None) -> bool:
    if outlet is not None and meta.outlet != outlet:
        return False
    if first is None and last is None:
        return True
    day = meta.published
    return day is not None and (not first or first.isoformat() <= day) and (not last or day <= last.isoformat())


def _known(corpus: Corpus, article_id: str) -> Article:
    found = current_version(corpus, article_id)
    if found is None:
        raise Refusal(404, "there is no such article", where="article_id", do="see /v1/articles")
    return found


def _text(corpus: Corpus, article_id: str) -> ArticleText:
    found, generation = _known(corpus, article_id), corpus.catalog.current(corpus.name)
    return ArticleText(
        **_summary(found).model_dump(),
        text=found.text,
        text_sha256=found.rendition.text_sha256,
        encoding=found.rendition.encoding,
        extractor=found.rendition.extractor,
        body=[SpanDocument.of(span) for span in found.body],
        generation=generation.id if generation else "",
    )


def _summary(article: Article) -> ArticleSummary:
    return ArticleSummary(
        article_id=article.id,
        source=article.source,
        sha256=article.sha256,
        title=article.title.value if article.title else None,
        outlet=article.outlet.value if article.outlet else None,
        published=article.published.value if article.published else None,
        language=article.language,
    )


def _verdict(corpus: Corpus, asked: QuoteRequest) -> QuoteVerdict:
    now = current_version(corpus, asked.article_id)
    if now is None:
        return QuoteVerdict(result="missing", holds=False)
    if now.sha256 == asked.sha256 and Span(asked.start, asked.end).of(now.text) == asked.quote:
        return QuoteVerdict(result="ok", holds=True)
    at = now.text.find(asked.quote)
    if now.sha256 != asked.sha256 or at < 0:
        return QuoteVerdict(result="changed", holds=False)
    return QuoteVerdict(result="moved", holds=False, found=SpanDocument(start=at, end=at + len(asked.quote)))


def _corpus(corpus: Corpus) -> CorpusDocument:
    told = overview(corpus.catalog, corpus.name)
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
