"""Source panel: the text of a cited article version with its spans marked, and whether the file has changed since.

Also the archive's overview and example questions, cached for each index snapshot.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Literal, NamedTuple, TypeVar

from rag.corpus import Corpus
from rag.errors import BadInput, IsnadError, NotInGeneration, SourceChanged
from rag.extract.formats import original
from rag.folders import Roots
from rag.generate.answerable import example_questions
from rag.retrieve.suggestions import sample_articles
from rag.store.catalog import Overview, overview
from rag.types import Article, Language, Span
from ui.shared.html import direction_of
from ui.shared.i18n import LANGUAGES, word
from ui.shared.schemas import AnswerDocument, split_version

_logger = logging.getLogger(__name__)

# Overview and example questions of the archive: computed once for each index snapshot, and cached.
#
# Counting 100,000 articles takes a second, and testing example questions takes several. Every page requests both, and
# API clients may request the counts at any rate.

_Examples = Mapping[Language, tuple[str, ...]]
EXAMPLES = 6
"""Example questions of the opening page: half in each language, or all in one if the archive answers none in the
other."""


class Archive:
    """Cache of the overview and the example questions. Thread-safe: concurrent requests compute them once."""

    def __init__(self) -> None:
        self._counting, self._starting = Lock(), Lock()
        self._counted: Overview | None = None
        self._drawn: tuple[str | None, _Examples, bool] = None, {}, False
        """Snapshot, its example questions so far, and whether they are all."""
        self._drawing: Future[None] | None = None

    def counted(self, corpus: Corpus) -> Overview:
        """Return the overview of the current snapshot. Raises `CatalogError` if the catalog cannot be read."""
        with self._counting:
            return self._count(corpus)

    def draw(self, corpus: Corpus, first: Language) -> Future[None]:
        """Search the example questions of the current snapshot in a thread of their own, those in the language `first`
        first, and return its future; `examples` has those found so far.

        One thread serves all pages, and none of the server's waits for it. The future raises as the catalog and search
        do; the next call then tries again.
        """
        with self._starting:
            if self._drawing is None or self._drawing.done():
                self._drawing = Future()
                Thread(target=self._run, args=(corpus, first, self._drawing), name="examples", daemon=True).start()
            return self._drawing

    def _run(self, corpus: Corpus, first: Language, drawing: Future[None]) -> None:
        try:
            snapshot = self.counted(corpus).generation
            if self._drawn[0] != snapshot or not self._drawn[2]:
                self._draw(corpus, snapshot, first)
            drawing.set_result(None)
        except IsnadError as error:
            drawing.set_exception(error)
        except Exception as error:
            _logger.exception("the search for example questions failed")
            drawing.set_exception(error)

    def _draw(self, corpus: Corpus, snapshot: str | None, first: Language) -> None:
        articles = sample_articles(corpus.catalog, corpus.name)
        found: dict[Language, tuple[str, ...]] = {}
        order = sorted(LANGUAGES, key=lambda one: one != first)
        for language in order:
            found[language] = ()
            for question in example_questions(corpus, articles, language=language, count=EXAMPLES // 2):
                found[language] += (question,)
                self._drawn = snapshot, dict(found), False
        for one, other in (order, order[::-1]):
            if found[one] and not found[other]:
                found[one] = tuple(example_questions(corpus, articles, language=one, count=EXAMPLES))
        self._drawn = snapshot, dict(found), True

    def _count(self, corpus: Corpus) -> Overview:
        current = corpus.catalog.current(corpus.name)
        if self._counted is None or current is None or self._counted.generation != current.id:
            self._counted = overview(corpus.catalog, corpus.name)
        # An ingest that adds no article creates no snapshot, but may still put files into quarantine.
        return replace(self._counted, quarantined=tuple(corpus.catalog.quarantined(corpus.name)))

    @property
    def known(self) -> Overview | None:
        """Return the cached overview; None before the first count."""
        return self._counted

    @property
    def examples(self) -> _Examples | None:
        """Return the example questions found so far, a language without any missing until all are found; None before
        the first is found in the snapshot that was counted last."""
        snapshot, found, _ = self._drawn
        return found if found and self._counted and self._counted.generation == snapshot else None

    @property
    def complete(self) -> bool:
        """Return whether `examples` are all of the snapshot that was counted last."""
        return self.examples is not None and self._drawn[2]


# Lines of an article for the source panel, split into segments, each a slice of the text.
#
# All segments joined are the article's text. Those of kind ``cited`` and ``words`` joined are the cited slice, so the
# browser only creates text nodes and never searches for the quote.

_Kind = Literal["", "cited", "words", "also"]


class _Segment(NamedTuple):
    """A part of a line with one highlight."""

    text: str
    kind: _Kind


def lines(
    text: str, cited: Span | None = None, words: Span | None = None, also: Sequence[Span] = ()
) -> list[list[_Segment]]:
    """Split a text into lines with their line ends, and each line into segments with one highlight.

    All spans are in code points of `text`. `words` lies inside `cited`; `also` are the other citations of the article.
    """
    cuts = {at for span in (cited, words, *also) if span for at in span}
    shown = []
    for found in re.finditer(r"[^\n]*\n|[^\n]+", text):
        start, end = found.span()
        inside = sorted({start, end, *(cut for cut in cuts if start < cut < end)})
        shown.append([_Segment(text[a:b], _kind(a, cited, words, also)) for a, b in pairwise(inside)])
    return shown


def reference(article: Article, span: Span, language: Language) -> str:
    """Return the quote with its full reference, for the clipboard."""
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
    """The target of a citation chip: article version, quote span, span of the short answer, and other citations.

    Spans are in code points of the article's text.
    """

    article_id: str
    version: str
    span: Span
    words: Span | None = None
    also: Sequence[Span] = ()


def source_panel(corpus: Corpus, cited: CitedSpan, language: Language, *, brief: bool = False) -> dict[str, Any]:
    """Return the source panel of a citation as JSON values. If the file has changed, says so and marks nothing.

    `verified` is true only if the file was read now and is the one that was cited. `place` is where the quote is, as
    shares of the text in [0, 1]: start and length. With `brief`, for a popover, the text and rarer fields are left out.
    Raises `BadInput` for an unknown article or a span outside its text.
    """
    now = current_version(corpus, cited.article_id)
    if now is not None and not now.is_version(*split_version(cited.version)):
        return _shown(now, language, note=word("panel_changed", language), brief=brief)
    then = now or corpus.catalog.version(cited.article_id, *split_version(cited.version))
    if then is None:
        raise BadInput("there is no such article", where=cited.article_id, kind="no_article")
    state = _file_state(corpus, then)
    if state == "changed":
        return _shown(then, language, note=word("panel_changed_since", language), file=False, brief=brief)
    for span in (cited.span, *cited.also, *([cited.words] if cited.words else [])):
        if not 0 <= span.start < span.end <= len(then.text):
            raise BadInput(f"it has no characters {span.start}–{span.end}", where=then.source, kind="no_span")
    if cited.words and not cited.span.contains(cited.words):
        raise BadInput("the short answer lies outside the quote", where=then.source, kind="no_span")
    note = word("fault.no_article", language) if now is None else None
    verified = now is not None and state == "same"
    return _shown(then, language, note=note, cited=cited, file=now is not None, verified=verified, brief=brief)


def changed_versions(corpus: Corpus, documents: Iterable[AnswerDocument]) -> frozenset[tuple[str, str]]:
    """Return the (article id, version) pairs in these answers' citations and evidence whose file has changed."""
    found = {
        (one.article_id, one.version) for document in documents for one in (*document.citations, *document.evidence)
    }
    states: dict[tuple[str, str], _FileState] = {}  # the articles of one file share its bytes: it is read once
    return frozenset(version for version in found if _has_changed(corpus, *version, states))


def current_version(corpus: Corpus, article_id: str) -> Article | None:
    """Return the article from the current snapshot; None if it is not there."""
    try:
        return in_one_generation(corpus, lambda one: corpus.catalog.articles(one, [article_id])[article_id])
    except NotInGeneration:
        return None


def in_one_generation(corpus: Corpus, read: Callable[[str], T]) -> T | None:
    """Call `read` with the id of the current snapshot, and again with the next if an ingest replaced it meanwhile.

    Returns None if nothing was ingested. Raises what `read` raises for a snapshot that is still current.
    """
    generation = corpus.catalog.current(corpus.name)
    while generation is not None:
        try:
            return read(generation.id)
        except NotInGeneration:
            newer = corpus.catalog.current(corpus.name)
            if newer is not None and newer.id == generation.id:
                raise
            generation = newer
    return None


def file_of(corpus: Corpus, article: Article) -> bytes:
    """Return the bytes of the article's original file. Raises as `rag.extract.formats.original`."""
    roots = corpus.catalog.roots(corpus.name) or Roots.of(Path())
    return original(roots, article, corpus.settings.max_file_bytes)


def _has_changed(corpus: Corpus, article_id: str, version: str, states: dict[tuple[str, str], _FileState]) -> bool:
    now = current_version(corpus, article_id)
    if now is not None and not now.is_version(*split_version(version)):
        return True
    then = now or corpus.catalog.version(article_id, *split_version(version))
    if then is None:
        return True
    file = then.source, then.sha256
    if file not in states:
        states[file] = _file_state(corpus, then)
    return states[file] == "changed"


_FileState = Literal["same", "changed", "unread"]


def _file_state(corpus: Corpus, article: Article) -> _FileState:
    """Whether the file's content is what was indexed; ``unread`` if the file is missing: its text is in the catalog."""
    try:
        file_of(corpus, article)
    except SourceChanged:
        return "changed"
    except IsnadError:
        return "unread"
    return "same"


def _shown(
    article: Article,
    language: Language,
    *,
    note: str | None,
    cited: CitedSpan | None = None,
    file: bool = True,
    verified: bool = False,
    brief: bool = False,
) -> dict[str, Any]:
    length = len(article.text)
    # The mark keeps the two figures in their order in an Arabic line.
    span = f"\u200e{cited.span.start}–{cited.span.end}" if cited else ""
    fields = [
        (word("field.outlet", language), article.outlet.value if article.outlet else None),
        (
            word("field.published", language),
            article.published.value if article.published else word("undated", language),
        ),
        (word("field.author", language), article.author.value if article.author and not brief else None),
        (word("field.section", language), article.section.value if article.section and not brief else None),
        (word("field.file", language), article.source),
        (word("field.member", language), article.member),
        (word("field.page", language), _page_of(article, cited)),
        (word("field.span", language), word("field.span_of", language, span=span, all=length) if cited else None),
    ]
    spans = (cited.span, cited.words, cited.also) if cited else ()
    return {
        "title": article.title.value if article.title else None,
        "source": article.source,
        "fields": [(name, value) for name, value in fields if value],
        "note": note,
        "reference": reference(article, cited.span, language) if cited else None,
        "quote": cited.span.of(article.text) if cited else None,
        "verified": verified,
        "place": (cited.span.start / length, len(cited.span.of(article.text)) / length) if cited else None,
        "direction": direction_of(article.language),
        "file": f"/articles/{article.id}/file?version={article.sha256}" if file else None,
        "lines": [] if brief else lines(article.text, *spans),
        "labels": labels(language),
    }


def _page_of(article: Article, cited: CitedSpan | None) -> str | None:
    page = article.page_at(cited.span.start) if cited else None
    return None if page is None else str(page)


def labels(language: Language) -> dict[str, str]:
    """Return the labels of the panel's controls."""
    keys = ("close", "previous", "next", "copy", "copied", "not_copied", "download", "source", "open_source", "matches")
    # The page fills in the two figures.
    return {key: word(key, language) for key in keys} | {"place": word("source_place", language, n="{n}", all="{all}")}
