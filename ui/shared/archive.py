"""What is told of the archive before anybody asks: counted and drawn once for each generation, and kept.

To count 100 000 articles takes a second, to draw example questions takes forty searches; every page asks for both, and
a program for the figures as often as it likes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Lock

from rag.corpus import Corpus
from rag.retrieve.suggestions import example_questions, sample_articles
from rag.store.overview import Overview, overview
from rag.types import Language


class Archive:
    """What was told last. Safe to call from any thread: what two pages ask for at once is counted once."""

    def __init__(self) -> None:
        self._counting = Lock()
        self._counted: Overview | None = None
        self._drawn: dict[Language, tuple[str, ...]] = {}

    def counted(self, corpus: Corpus) -> Overview:
        """The overview of the current generation. Raises `CatalogError` when the catalog cannot be read."""
        with self._counting:
            return self._count(corpus)

    def told(self, corpus: Corpus, language: Language) -> tuple[Overview, tuple[str, ...]]:
        """The overview and the example questions of the current generation. Raises what the catalog or search does."""
        with self._counting:
            counted = self._count(corpus)
            if language not in self._drawn:
                policy = corpus.answerer.policy
                self._drawn[language] = example_questions(
                    sample_articles(corpus.catalog, corpus.name),
                    corpus.search,
                    language=language,
                    is_clear=partial(policy.clear, language),
                )
            return counted, self._drawn[language]

    def _count(self, corpus: Corpus) -> Overview:
        current = corpus.catalog.current(corpus.name)
        if self._counted is None or current is None or self._counted.generation != current.id:
            self._counted, self._drawn = overview(corpus.catalog, corpus.name), {}
        # An ingest that takes nothing in makes no generation, and may put files into quarantine all the same.
        return replace(self._counted, quarantined=tuple(corpus.catalog.quarantined(corpus.name)))

    def examples(self, language: Language) -> tuple[str, ...] | None:
        """The example questions, if they were drawn already."""
        return self._drawn.get(language)
