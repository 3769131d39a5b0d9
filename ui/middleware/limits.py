"""How much the API takes at once, and what it says to those that are one too many."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from rag.corpus import Corpus
from ui.shared.problems import Refusal

RETRY_SECONDS = 1
LOADING_SECONDS = 5


class Limits:
    """Places for questions: `at_once` at the same time, `seconds` for each. Only the event loop's thread asks."""

    def __init__(self, at_once: int, seconds: float) -> None:
        self.at_once = at_once
        self.seconds = seconds
        self.running = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for as long as it is held. Raises `Refusal` (429) when there is none."""
        if self.running >= self.at_once:
            raise Refusal(
                429, f"{self.at_once} questions are in work already", do="try again", retry_after=RETRY_SECONDS
            )
        self.running += 1
        try:
            yield
        finally:
            self.running -= 1

    def must_be_open(self, opening: Future[Corpus]) -> None:
        """Raises `Refusal` (503) while the models are still loading."""
        if not opening.done():
            raise Refusal(503, "the models are still loading", do="try again", retry_after=LOADING_SECONDS)
