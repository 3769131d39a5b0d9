"""Routes `/v1/saved`: saved questions, what they found, and the Atom feed of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse, Response

from ui.api.answers import Answering
from ui.middleware.streaming import CLIENT_LEFT, while_connected
from ui.middleware.telemetry import note
from ui.shared.problems import PROBLEMS, RefusedRequest, no_parameters
from ui.shared.saved import ATOM_TYPE, NoSavedQuestion, Saved, SavedDocument, SavedList, SaveRequest

_Id = Annotated[str, Path(alias="id", max_length=100, description="of a saved question")]


def saved_routes(answering: Answering, saved: Saved) -> APIRouter:
    """Build the routes for saved questions."""
    router = APIRouter(prefix="/v1/saved", tags=["saved"], responses=PROBLEMS, dependencies=[Depends(no_parameters)])

    @router.get("", summary="List the saved questions, with what they found and what of it is new")
    def listed() -> SavedList:
        return saved.list()

    @router.get(
        "/feed.atom",
        summary="What the saved questions found, as an Atom feed",
        response_class=Response,
        responses={200: {"content": {ATOM_TYPE: {"schema": {"type": "string"}}}}},
    )
    def feed(request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return Response(saved.atom(base, f"{base}/v1/saved/feed.atom"), media_type=ATOM_TYPE)

    @router.post("", status_code=201, response_model=SavedDocument, summary="Save a question, and ask it once")
    async def add(request: Request, asked: SaveRequest) -> Response:
        note(request, question=asked.question)
        corpus = await answering.corpus()
        filters = asked.filters.filters()
        made = saved.add(asked.question, name=asked.name, language=asked.language, filters=filters)
        working = answering.whole(lambda cancel: saved.run(corpus, made.id, cancel=cancel), "question", "try again")
        if await while_connected(request, working) is None:
            return Response(status_code=CLIENT_LEFT)
        return JSONResponse(saved.get(made.id).model_dump(mode="json"), status_code=201)

    @router.post("/run", summary="Ask the saved questions again that were not asked of the current index yet")
    async def run(request: Request) -> SavedList:
        corpus = await answering.corpus()
        await while_connected(
            request,
            answering.whole(lambda cancel: saved.run(corpus, cancel=cancel), "saved", "send it again: it goes on"),
        )
        return saved.list()

    @router.post("/{id}/look", summary="Mark what a saved question has found as seen; returns what was new")
    def look(id_: _Id) -> SavedDocument:
        try:
            return saved.look(id_)
        except NoSavedQuestion as error:
            raise _missing() from error

    @router.delete("/{id}", status_code=204, summary="Delete a saved question", response_class=Response)
    def remove(id_: _Id) -> Response:
        try:
            saved.remove(id_)
        except NoSavedQuestion as error:
            raise _missing() from error
        return Response(status_code=204)

    return router


def _missing() -> RefusedRequest:
    return RefusedRequest(404, "there is no such saved question", where="id", do="list them: GET /v1/saved")
