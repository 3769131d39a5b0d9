"""Routes `/v1/timeline` and `/v1/compare`: views of the archive that need no language model."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from rag.generate.compare import compare
from rag.generate.timeline import timeline
from ui.api.answers import Answering
from ui.middleware.streaming import CLIENT_LEFT, while_connected
from ui.middleware.telemetry import note
from ui.shared.problems import PROBLEMS, no_parameters
from ui.shared.view_schemas import (
    CompareRequest,
    ComparisonDocument,
    TimelineDocument,
    TimelineRequest,
    comparison_json,
    timeline_json,
)

COMPARE_PATH = "/v1/compare"


def view_routes(answering: Answering) -> APIRouter:
    """Build the routes for timelines and comparisons."""
    router = APIRouter(tags=["views"], responses=PROBLEMS, dependencies=[Depends(no_parameters)])

    @router.post("/v1/timeline", response_model=TimelineDocument, summary="List the evidence of a question by day")
    async def by_day(request: Request, asked: TimelineRequest) -> Response:
        note(request, question=asked.question)
        corpus = await answering.corpus()
        make = partial(
            timeline,
            corpus,
            asked.question,
            language=asked.language,
            filters=asked.filters.filters(),
            top_k=asked.top_k,
        )
        working = answering.whole(lambda cancel: make(cancel=cancel), "question", "set a smaller top_k")
        made = await while_connected(request, working)
        if made is None:
            return Response(status_code=CLIENT_LEFT)
        note(request, citations=len(made.entries) + len(made.undated))
        return JSONResponse(timeline_json(made))

    @router.post(COMPARE_PATH, response_model=ComparisonDocument, summary="Ask each outlet the same questions")
    async def by_outlet(request: Request, asked: CompareRequest) -> Response:
        note(request, question=" | ".join(asked.questions))
        corpus = await answering.corpus()
        make = partial(
            compare,
            corpus,
            asked.questions,
            outlets=asked.outlets,
            language=asked.language,
            filters=asked.filters.filters(),
        )
        working = answering.whole(lambda cancel: make(cancel=cancel), "questions", "send fewer questions or outlets")
        made = await while_connected(request, working)
        if made is None:
            return Response(status_code=CLIENT_LEFT)
        note(request, citations=sum(cell.citation is not None for row in made.rows for cell in row.cells))
        return JSONResponse(comparison_json(made))

    return router
