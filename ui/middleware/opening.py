"""Opens the corpus beside the server, in a thread of its own, and says in the terminal how far it is."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import Future

from rag.config import Settings
from rag.corpus import Corpus, open_corpus
from rag.errors import IsnadError

logger = logging.getLogger("isnad")


def opened(settings: Settings) -> Corpus:
    """The corpus, its models loaded. Raises as `open_corpus`; a language model that does not load is told and left."""
    started = time.monotonic()
    logger.info("loading the embedding model and the index…")
    corpus = open_corpus(settings)
    logger.info(
        "the corpus %s is open after %.1f s (%s)", corpus.name, time.monotonic() - started, corpus.answerer.name
    )
    try:
        corpus.warm()
    except IsnadError as error:
        logger.warning("the language model is not ready, answers will be verbatim: %s", error)
    logger.info("ready after %.1f s", time.monotonic() - started)
    return corpus


async def awaited(opening: Future[Corpus]) -> Corpus:
    """The corpus, as soon as it is open. Raises `IsnadError` where it could not be opened, for whatever reason."""
    # Shielded: a browser that leaves while it waits must not end the opening for all others.
    waiting = asyncio.shield(asyncio.wrap_future(opening))
    await asyncio.wait([waiting])
    error = waiting.exception()
    if error is not None and not isinstance(error, IsnadError):
        raise IsnadError("the corpus could not be opened", do="see why in the terminal") from error
    return waiting.result()


def tell_failure(opening: Future[Corpus]) -> None:
    """Say in the terminal why a corpus could not be opened; the page says it too."""
    if not opening.cancelled() and (error := opening.exception()):
        logger.error("%s", error)
