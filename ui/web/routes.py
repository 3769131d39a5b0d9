"""HTTP routes that the page's script and links use. Errors become responses with a message in the page's language."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future
from posixpath import basename, splitext
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict

from rag.corpus import Corpus
from rag.errors import BadInput, IsnadError, SourceChanged, SourceGone
from rag.folders import Unreadable
from rag.retrieve.query_syntax import written
from rag.store.writes import now
from rag.types import MAX_QUESTION_CHARS, Span
from ui.middleware.gradio_patches import language_asked
from ui.middleware.sessions import browser_of
from ui.middleware.streaming import awaited
from ui.shared import export as exports
from ui.shared import i18n
from ui.shared.history import History, NoConversation, Reports
from ui.shared.i18n import word
from ui.shared.sheets import CSV, XLSX
from ui.shared.source_view import CitedSpan, current_version, file_of, labels, source_panel

if TYPE_CHECKING:
    from ui.web.views import Tables

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

logger = logging.getLogger("isnad")

SIBLINGS = 100
"""Maximum number of other citations that the panel of an article marks; no answer has as many."""


def health_routes(opening: Future[Corpus]) -> APIRouter:
    """Liveness, and readiness: the models are loaded and the corpus is open."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Alive", response_class=PlainTextResponse)
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @router.get(
        "/readyz",
        summary="Ready to answer",
        response_class=PlainTextResponse,
        responses={
            503: {"description": "Loading, or failed", "content": {"text/plain": {"schema": {"type": "string"}}}}
        },
    )
    def readyz() -> PlainTextResponse:
        if not opening.done():
            return PlainTextResponse("loading", 503)
        return PlainTextResponse("failed", 503) if opening.exception() else PlainTextResponse("ready")

    return router


def source_routes(opening: Future[Corpus]) -> APIRouter:
    """The panel of a cited version, and the original file of an article. Articles are named by opaque id only."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sources/{article_id}")
    async def source(
        request: Request,
        article_id: str,
        version: str = "",
        span: str = "",
        words: str | None = None,
        also: Annotated[list[str] | None, Query()] = None,
        brief: bool = False,
    ) -> JSONResponse:
        language = language_asked(request)
        try:
            cited = CitedSpan(
                article_id,
                version,
                _span(span),
                _span(words) if words else None,
                [_span(one) for one in (also or [])[:SIBLINGS]],
            )
            corpus = await awaited(opening)
            return JSONResponse(await asyncio.to_thread(source_panel, corpus, cited, language, brief=brief))
        except BadInput as error:
            return JSONResponse({"note": i18n.told(error, language)[0], "labels": labels(language)}, 404)
        except IsnadError as error:
            logger.warning("a source could not be shown: %s", error)
            return JSONResponse({"note": word("panel_failed", language), "labels": labels(language)}, 503)

    @router.get("/articles/{article_id}/file")
    async def file(request: Request, article_id: str, version: str = "") -> Response:
        language = language_asked(request)
        try:
            corpus = await awaited(opening)
            article = await asyncio.to_thread(current_version, corpus, article_id)
            if article is None:
                return PlainTextResponse(word("fault.no_article", language), 404)
            if version not in {"", article.sha256}:
                return PlainTextResponse(word("download.file_changed", language), 409)
            data = await asyncio.to_thread(file_of, corpus, article)
        except SourceChanged:
            return PlainTextResponse(word("download.file_changed", language), 409)
        except (SourceGone, Unreadable):
            return PlainTextResponse(word("download.file_gone", language), 404)
        except IsnadError as error:
            logger.warning("a file could not be given: %s", error)
            return PlainTextResponse(word("download.archive_failed", language), 503)
        return _download(data, "application/octet-stream", splitext(basename(article.source)))

    return router


def filter_routes() -> APIRouter:
    """The filters typed in a question, for the chips of the question box."""
    router = APIRouter(include_in_schema=False)

    @router.get("/understood")
    def understood(
        request: Request, question: Annotated[str, Query(max_length=MAX_QUESTION_CHARS)] = ""
    ) -> JSONResponse:
        language = language_asked(request)
        try:
            found = written(question)
        except BadInput as error:
            return JSONResponse({"filters": [], "note": " ".join(filter(None, i18n.told(error, language)))})
        shown = [
            {"label": word(f"understood.{one.key}", language), "value": one.value, "written": text}
            for one, text in found
        ]
        return JSONResponse({"filters": shown, "note": "", "lift": word("lift", language)})

    return router


def conversation_routes(history: History) -> APIRouter:
    """The exports of a conversation, to the browser that had it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/conversations/{conversation}/export.{suffix}")
    def export(request: Request, conversation: str, suffix: str) -> Response:
        language = language_asked(request)
        writers = {"md": (exports.markdown, "text/markdown"), "html": (exports.html, "text/html")}
        if suffix not in writers:
            return PlainTextResponse(word("download.no_format", language), 404)
        try:
            turns = history.turns(browser_of(request.cookies), conversation)
        except BadInput:
            return PlainTextResponse(word("download.no_conversation", language), 404)
        except IsnadError as error:
            logger.warning("a conversation could not be exported: %s", error)
            return PlainTextResponse(word("history_failed", language), 503)
        if not turns:
            return PlainTextResponse(word("download.no_conversation", language), 404)
        write, kind = writers[suffix]
        text = write(turns, language=language, exported_at=now())
        return _download(text.encode(), f"{kind}; charset=utf-8", (turns[0].question, f".{suffix}"))

    return router


class ReportBody(BaseModel):
    """A reader's word on an answer, and the right words if they know them."""

    model_config = ConfigDict(extra="forbid")

    word: str
    answer: str = ""


def report_routes(history: History, reports: Reports) -> APIRouter:
    """A reader's word on an answer of their own conversation."""
    router = APIRouter(include_in_schema=False)

    @router.post("/conversations/{conversation}/turns/{turn}/report")
    def report(request: Request, conversation: str, turn: str, said: ReportBody) -> JSONResponse:
        language = language_asked(request)
        try:
            turns = history.turns(browser_of(request.cookies), conversation)
            found = next((one for one in turns if one.id == turn), None)
            if found is None:
                return JSONResponse({"said": word("report.gone", language)}, 404)
            reports.add(found, said.word, said.answer)
        except NoConversation:
            return JSONResponse({"said": word("report.gone", language)}, 404)
        except BadInput as error:
            return JSONResponse({"said": i18n.told(error, language)[0]}, 422)
        except IsnadError as error:
            logger.warning("a report could not be kept: %s", error)
            return JSONResponse({"said": word("report.failed", language)}, 503)
        return JSONResponse({"said": word("report.kept", language)})

    return router


def table_routes(tables: Tables) -> APIRouter:
    """The tables of comparisons and batches, to the browser that made them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/views/{name}.{suffix}")
    def table(request: Request, name: str, suffix: str) -> Response:
        language = language_asked(request)
        kinds = {CSV: "text/csv; charset=utf-8", XLSX: XLSX_TYPE}
        write = tables.of(browser_of(request.cookies), name)
        if f".{suffix}" not in kinds:
            return PlainTextResponse(word("download.no_format", language), 404)
        if write is None:
            return PlainTextResponse(word("download.no_table", language), 404)
        data = write(f".{suffix}", str(request.base_url))
        return _download(data, kinds[f".{suffix}"], ("isnad", f".{suffix}"))

    return router


def _span(given: str) -> Span:
    start, dash, end = given.partition("-")
    if not (dash and start.isascii() and end.isascii() and start.isdigit() and end.isdigit() and len(given) < 24):
        raise BadInput(f"{given[:40]!r} is no span", where="span", do="write it as 10-20", kind="no_span")
    return Span(int(start), int(end))


def _download(data: bytes, kind: str, name: tuple[str, str]) -> Response:
    headers = {"content-disposition": exports.content_disposition(*name), "cache-control": "no-store"}
    return Response(data, media_type=kind, headers=headers)
