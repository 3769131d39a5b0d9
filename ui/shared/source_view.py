"""A cited version of an article, as its panel shows it: is it still what was cited, and if so, where are the words?

It reads the catalog and the original file, and knows no page and no HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple, TypeVar

from rag.corpus import Corpus
from rag.errors import BadInput, CatalogError, IsnadError, SourceChanged
from rag.extract.formats import original
from rag.folders import Roots
from rag.retrieve.suggestions import example_questions, sample_articles
from rag.store.overview import Overview, overview
from rag.types import Article, Language, Span
from ui.shared.i18n import word
from ui.shared.schemas import AnswerDocument, split_version

# What is told of the archive before anybody asks: counted and drawn once for each generation, and kept.
#
# To count 100 000 articles takes a second, to draw example questions takes forty searches; every page asks for both,
# and a program for the figures as often as it likes.


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


# An article → what the panel of a source shows: its lines, cut into segments. Pure; every segment is a slice.
#
# The segments of all lines, joined, are the article's text, and those of kind ``cited`` and ``words``, joined, are
# the cited slice: the browser puts them into text nodes and looks for nothing.

_Kind = Literal["", "cited", "words", "also"]


class _Segment(NamedTuple):
    """A stretch of an article's text that is shown in one way."""

    text: str
    kind: _Kind


def lines(
    text: str, cited: Span | None = None, words: Span | None = None, also: Sequence[Span] = ()
) -> list[list[_Segment]]:
    """The lines of a text, each with its line end, cut where the way they are shown changes.

    `words` lie inside `cited`; `also` are the other citations of the article.
    """
    cuts = {at for span in (cited, words, *also) if span for at in span}
    shown = []
    for found in re.finditer(r"[^\n]*\n|[^\n]+", text):
        start, end = found.span()
        inside = sorted({start, end, *(cut for cut in cuts if start < cut < end)})
        shown.append([_Segment(text[a:b], _kind(a, cited, words, also)) for a, b in pairwise(inside)])
    return shown


def reference(article: Article, span: Span, language: Language) -> str:
    """The quote with all that a reader needs to find it again, for the clipboard."""
    stated = [stated.value for stated in (article.title, article.outlet, article.published) if stated]
    place = f"{word('field.span', language)} {span.start}–{span.end}"
    if page := article.page_at(span.start):
        place = f"{word('field.page', language)} {page} · {place}"
    return f"«{span.of(article.text)}»\n— " + " · ".join([*stated, article.name, place, f"sha256 {article.sha256}"])


def _kind(at: int, cited: Span | None, words: Span | None, also: Sequence[Span]) -> _Kind:
    if words and words.start <= at < words.end:
        return "words"
    if cited and cited.start <= at < cited.end:
        return "cited"
    return "also" if any(span.start <= at < span.end for span in also) else ""


T = TypeVar("T")


class CitedSpan(NamedTuple):
    """What a chip carries: a version of an article, a span of it, the words in it that answer, and its siblings."""

    article_id: str
    version: str
    span: Span
    words: Span | None = None
    also: Sequence[Span] = ()


def page(corpus: Corpus, cited: CitedSpan, language: Language) -> dict[str, Any]:
    """The panel of a citation, as JSON values; where the file has changed it says so and marks nothing.

    Raises `BadInput` when there is no such article, or no such span in it.
    """
    now = current_version(corpus, cited.article_id)
    if now is not None and not now.is_version(*split_version(cited.version)):
        return _shown(now, language, note=word("panel_changed", language))
    then = now or corpus.catalog.version(cited.article_id, *split_version(cited.version))
    if then is None:
        raise BadInput("there is no such article", where=cited.article_id, kind="no_article")
    if _differs(corpus, then):
        return _shown(then, language, note=word("panel_changed_since", language), file=False)
    for span in (cited.span, *cited.also, *([cited.words] if cited.words else [])):
        if not 0 <= span.start < span.end <= len(then.text):
            raise BadInput(f"there are no characters {span.start}–{span.end} in it", where=then.source, kind="no_span")
    if cited.words and not cited.span.contains(cited.words):
        raise BadInput("the words that answer lie outside the quote", where=then.source, kind="no_span")
    note = word("fault.no_article", language) if now is None else None
    return _shown(then, language, note=note, cited=cited, file=now is not None)


def changed_versions(corpus: Corpus, documents: Iterable[AnswerDocument]) -> frozenset[tuple[str, str]]:
    """Those of the versions that these answers cite or show whose file is another now."""
    found = {
        (one.article_id, one.version) for document in documents for one in (*document.citations, *document.evidence)
    }
    return frozenset(version for version in found if _has_changed(corpus, *version))


def current_version(corpus: Corpus, article_id: str) -> Article | None:
    """The article as the current generation has it."""
    try:
        return in_one_generation(corpus, lambda one: corpus.catalog.articles(one, [article_id])[article_id])
    except CatalogError:
        return None


def in_one_generation(corpus: Corpus, read: Callable[[str], T]) -> T | None:
    """What `read` makes of the current generation, by its id; of the next, if an ingest took that one away meanwhile.

    None where nothing was ingested. Raises what `read` raises of a generation that is still current.
    """
    generation = corpus.catalog.current(corpus.name)
    while generation is not None:
        try:
            return read(generation.id)
        except CatalogError:
            newer = corpus.catalog.current(corpus.name)
            if newer is not None and newer.id == generation.id:
                raise
            generation = newer
    return None


def file_of(corpus: Corpus, article: Article) -> bytes:
    """The bytes that the article was read from. Raises as `rag.extract.formats.original`."""
    roots = corpus.catalog.roots(corpus.name) or Roots.of(Path())
    return original(roots, article, corpus.settings.max_file_bytes)


def _has_changed(corpus: Corpus, article_id: str, version: str) -> bool:
    now = current_version(corpus, article_id)
    if now is not None and not now.is_version(*split_version(version)):
        return True
    then = now or corpus.catalog.version(article_id, *split_version(version))
    return then is None or _differs(corpus, then)


def _differs(corpus: Corpus, article: Article) -> bool:
    """Whether the file says something else by now. One that is away has not changed: its text is in the catalog."""
    try:
        file_of(corpus, article)
    except SourceChanged:
        return True
    except IsnadError:
        return False
    return False


def _shown(
    article: Article, language: Language, *, note: str | None, cited: CitedSpan | None = None, file: bool = True
) -> dict[str, Any]:
    fields = [
        (word("field.outlet", language), article.outlet.value if article.outlet else None),
        (word("field.published", language), article.published.value if article.published else None),
        (word("field.author", language), article.author.value if article.author else None),
        (word("field.section", language), article.section.value if article.section else None),
        (word("field.file", language), article.source),
        (word("field.member", language), article.member),
        (word("field.page", language), _page_of(article, cited)),
        (word("field.span", language), f"{cited.span.start}–{cited.span.end}" if cited else None),
    ]
    text = lines(article.text, cited.span, cited.words, cited.also) if cited else lines(article.text)
    return {
        "title": article.title.value if article.title else None,
        "source": article.source,
        "fields": [(name, value) for name, value in fields if value],
        "note": note,
        "reference": reference(article, cited.span, language) if cited else None,
        "quote": cited.span.of(article.text) if cited else None,
        "file": f"/articles/{article.id}/file?version={article.sha256}" if file else None,
        "lines": text,
        "labels": labels(language),
    }


def _page_of(article: Article, cited: CitedSpan | None) -> str | None:
    page = article.page_at(cited.span.start) if cited else None
    return None if page is None else str(page)


def labels(language: Language) -> dict[str, str]:
    """The words of the panel itself."""
    keys = ("close", "previous", "next", "copy", "copied", "not_copied", "download", "source")
    return {key: word(key, language) for key in keys}
