"""`POST /v1/check`: a text of the caller's own in, each of its sentences out, with slices of the archive."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from rag.corpus import Corpus
from rag.errors import BadInput
from ui.api.answers import Answering
from ui.middleware.streaming import CLIENT_LEFT, while_connected
from ui.middleware.telemetry import note
from ui.shared.check_documents import CheckDocument, CheckRequest
from ui.shared.problems import PROBLEMS, no_parameters

PATH = "/v1/check"
ESCAPED = 6
"""Bytes of a character in JSON, at most: ``\\u0634``; one beyond the first plane takes two of them."""


def served(corpus: Corpus, asked: CheckRequest) -> Corpus:
    """The corpus that is served. Raises `BadInput` where a request names another."""
    if asked.corpus not in {None, corpus.name}:
        raise BadInput("this server has another corpus", where="corpus", do=f"ask {corpus.name}, or name none")
    return corpus


def check_routes(answering: Answering) -> APIRouter:
    """Texts held against the archive."""
    router = APIRouter(tags=["answers"], responses=PROBLEMS, dependencies=[Depends(no_parameters)])

    @router.post(PATH, response_model=CheckDocument, summary="Check a text of your own, sentence by sentence")
    async def check(request: Request, asked: CheckRequest) -> Response:
        corpus = served(await answering.corpus(), asked)
        checked = await while_connected(request, answering.check(corpus, asked.text, asked.filters.filters()))
        if checked is None:
            return Response(status_code=CLIENT_LEFT)
        note(request, sentences=len(checked), citations=sum(len(one.citations) for one in checked))
        return JSONResponse(CheckDocument.of(checked).model_dump(mode="json"))

    return router
