"""The gold places of a question in an ingested corpus: which passages, articles and sentences hold them.

Passages with the same words stand for each other, as they do in a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from eval.records import Unit
from eval.sets import Gold, Question
from rag.errors import IndexUnusable
from rag.store.catalog import Catalog
from rag.types import Evidence, Hit, Passage, Span


def overlap(one: Span, other: Span) -> int:
    """How many code points two spans share."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def lies_at(span: Span, gold: Span) -> bool:
    """Whether a span holds a gold one, stands in it, or shares half of the shorter of the two with it."""
    return 2 * overlap(span, gold) >= min(span.end - span.start, gold.end - gold.start) > 0


class CurrentTexts(Mapping[str, Sequence[str]]):
    """The texts of one generation by the file that they come from, read when asked for."""

    def __init__(self, catalog: Catalog, generation: str) -> None:
        self._catalog = catalog
        self._generation = generation
        metas = catalog.articles_meta(generation)
        self._ids = {meta.source: meta.id for meta in metas}
        self.languages = {meta.source: meta.language for meta in metas}

    @classmethod
    def current(cls, catalog: Catalog, corpus: str) -> CurrentTexts:
        """The generation that answers now. Raises `IndexUnusable` where there is none."""
        generation = catalog.current(corpus)
        if generation is None:
            do = f"run: isnad ingest FOLDER --corpus {corpus}"
            raise IndexUnusable(f"the corpus {corpus} has nothing to search", where=str(catalog.path), do=do)
        return cls(catalog, generation.id)

    def __getitem__(self, source: str) -> Sequence[str]:
        name = self._ids[source]
        return [self._catalog.articles(self._generation, [name])[name].text]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def places(self, question: Question) -> Places:
        """Where the gold of a question stands in this generation; places in files that it has not are left out."""
        gold = [place for place in question.gold if place.source in self._ids]
        ids = sorted({self._ids[place.source] for place in gold})
        passages = self._catalog.passages_of(self._generation, ids)
        articles = self._catalog.articles(self._generation, ids)
        return Places(
            gold,
            {place.source: passages[self._ids[place.source]] for place in gold},
            {self._ids[place.source]: place.source for place in gold},
            {place.source: articles[self._ids[place.source]].text for place in gold},
        )


class Places:
    """The gold of one question. `articles` are its sources, `spans` its places of known span, `passages` sets of ids.

    `passages` has an entry for each place: the passage that holds it, several where it crosses their bounds, all of its
    article where its span is not known; places that one passage holds are one entry. `sources` are the articles' by
    their ids, `texts` their texts by source.
    """

    def __init__(
        self,
        gold: Sequence[Gold],
        passages: Mapping[str, Sequence[Passage]],
        sources: Mapping[str, str],
        texts: Mapping[str, str],
    ) -> None:
        self.articles = list(dict.fromkeys(place.source for place in gold))
        self.spans = [place for place in gold if place.span is not None]
        self._texts = texts
        self._sources = sources
        self._grades = {source: max(one.grade for one in gold if one.source == source) for source in self.articles}
        self.passages: dict[frozenset[str], Gold] = {}
        for place in gold:
            held = frozenset(_held(place, passages[place.source]))
            known = self.passages.get(held)
            if held and (known is None or known.grade < place.grade):
                self.passages[held] = place

    def passage_units(self) -> list[Unit]:
        return [_unit(place) for place in self.passages.values()]

    def article_units(self) -> list[Unit]:
        return [Unit(source=source, grade=self._grades[source]) for source in self.articles]

    def span_units(self) -> list[Unit]:
        """The places of known span, with their words."""
        return [
            _unit(place, place.span.of(self._texts[place.source])) for place in self.spans if place.span is not None
        ]

    def of_hit(self, hit: Hit) -> list[int]:
        """Which passage units a hit covers, itself or by a passage with the same words."""
        names = {hit.passage.id, *hit.duplicates}
        return [at for at, held in enumerate(self.passages) if names & held]

    def of_articles(self, hit: Hit) -> list[int]:
        """Which article units a hit covers."""
        sources = {self._sources.get(name.rpartition("@")[0]) for name in (hit.passage.id, *hit.duplicates)}
        return [at for at, source in enumerate(self.articles) if source in sources]

    def of_sentence(self, item: Evidence) -> list[int]:
        """Which gold spans lie at a sentence that is shown, or at the same one of a passage with the same words."""
        start = item.hit.passage.span.start
        moved = {item.article.source: {item.span}}
        for name in set(item.hit.duplicates).difference(item.hit.near):
            source = self._sources.get(name.rpartition("@")[0])
            if source is not None:
                by = int(name.rpartition(":")[2].split("-")[0]) - start
                moved.setdefault(source, set()).add(Span(item.span.start + by, item.span.end + by))
        return [
            at
            for at, place in enumerate(self.spans)
            if place.span and any(lies_at(span, place.span) for span in moved.get(place.source, ()))
        ]

    def of_span(self, source: str, span: Span) -> list[int]:
        """Which gold spans lie at a span of a file; for places without one see `holds`."""
        return [
            at
            for at, place in enumerate(self.spans)
            if place.source == source and place.span and lies_at(span, place.span)
        ]

    def holds(self, source: str, span: Span) -> bool:
        """Whether a span of a file lies at gold, or in an article that answers as a whole."""
        whole = source in self.articles and all(place.source != source for place in self.spans)
        return whole or bool(self.of_span(source, span))


def _held(place: Gold, passages: Sequence[Passage]) -> Iterator[str]:
    """The ids of the passages that hold most of a place; of all where it is the whole article."""
    if place.span is None:
        yield from (passage.id for passage in passages)
        return
    shares = [overlap(passage.span, place.span) for passage in passages]
    most = max(shares, default=0)
    yield from (passage.id for passage, share in zip(passages, shares, strict=True) if share == most > 0)


def _unit(place: Gold, text: str = "") -> Unit:
    start, end = place.span or (None, None)
    return Unit(source=place.source, start=start, end=end, grade=place.grade, text=text)
