"""Waiting for the corpus: who waits gets it or an error of ours, and who leaves takes it from nobody."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future

import pytest

from rag.corpus import Corpus
from rag.errors import IndexUnusable, IsnadError
from ui.middleware.streaming import awaited


def test_an_error_of_ours_is_handed_on() -> None:
    opening: Future[Corpus] = Future()
    opening.set_exception(IndexUnusable("no index", do="ingest"))
    with pytest.raises(IndexUnusable, match="no index"):
        asyncio.run(awaited(opening))


def test_any_other_error_becomes_one_that_shows_nothing_of_it() -> None:
    opening: Future[Corpus] = Future()
    opening.set_exception(OSError("/secret/place"))
    with pytest.raises(IsnadError) as caught:
        asyncio.run(awaited(opening))
    assert "/secret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_one_who_leaves_while_it_opens_does_not_end_the_opening() -> None:
    opening: Future[str] = Future()

    async def run() -> object:
        leaving, staying = (asyncio.create_task(awaited(opening)) for _ in range(2))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert not opening.cancelled()
        opening.set_result("the corpus")
        return await staying

    assert asyncio.run(run()) == "the corpus"
