"""The corpus of a question set: an existing one, or one built from the texts that the set includes.

Included texts are ingested with the product's own ingest. The whole text counts as the body of its article; distractors
are ordinary articles.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.records import Unit
from eval.sets import BadSet, Gold, Question, QuestionSet
from rag.errors import BadInput, IndexUnusable, IsnadError
from rag.extract.base import Refusal
from rag.extract.formats import original, read_articles
from rag.folders import Roots, scan
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.store.private import make_private
from rag.text.decode import decode
from rag.text.normalise import has_letters, language
from rag.types import Article, Citation, Evidence, Hit, Passage, Span

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.corpus import Corpus
    from rag.models.embedding import Embedder


# The gold places of a question in an ingested corpus: which passages, articles and sentences contain them.
#
# Passages with the same words are equivalent, as in a search.


def _overlap(one: Span, other: Span) -> int:
    """Return the number of code points that two spans share."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def lies_at(span: Span, gold: Span) -> bool:
    """Whether a span contains a gold span, lies in it, or overlaps it by at least half of the shorter one."""
    return 2 * _overlap(span, gold) >= min(span.end - span.start, gold.end - gold.start) > 0


class CurrentTexts(Mapping[str, Sequence[str]]):
    """The texts of one snapshot by source file, read on access."""

    def __init__(self, catalog: Catalog, generation: str) -> None:
        self._catalog = catalog
        self._generation = generation
        metas = catalog.articles_meta(generation)
        self._ids = {meta.source: meta.id for meta in metas}
        self.languages = {meta.source: meta.language for meta in metas}

    @classmethod
    def current(cls, catalog: Catalog, corpus: str) -> CurrentTexts:
        """Return the texts of the current snapshot. Raises `IndexUnusable` if there is none."""
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
        """Return the gold places of a question in this snapshot, without places in files that it does not have."""
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
    """The gold places of one question.

    `articles` are their sources; `spans` are the places with a known span; `passages` are sets of passage ids, one per
    place: the passage that contains it, several if it crosses their boundaries, all of its article if its span is not
    known. Places in the same passage are one entry. `sources` maps article ids to sources, `texts` sources to texts.
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
        """Return the places with a known span, with their text."""
        return [
            _unit(place, place.span.of(self._texts[place.source])) for place in self.spans if place.span is not None
        ]

    def of_hit(self, hit: Hit) -> list[int]:
        """Return the passage units that a hit covers, directly or by a passage with the same words."""
        names = {hit.passage.id, *hit.duplicates}
        return [at for at, held in enumerate(self.passages) if names & held]

    def of_articles(self, hit: Hit) -> list[int]:
        """Return the article units that a hit covers."""
        sources = {self._sources.get(name.rpartition("@")[0]) for name in (hit.passage.id, *hit.duplicates)}
        return [at for at, source in enumerate(self.articles) if source in sources]

    def of_sentence(self, item: Evidence) -> list[int]:
        """Return the gold spans at an evidence sentence, or at the same sentence of a passage with the same words."""
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
        """Return the gold spans at a span of a file; for places without a span see `holds`."""
        return [
            at
            for at, place in enumerate(self.spans)
            if place.source == source and place.span and lies_at(span, place.span)
        ]

    def holds(self, source: str, span: Span) -> bool:
        """Whether a span of a file is at a gold span, or in an article that is gold as a whole."""
        whole = source in self.articles and all(place.source != source for place in self.spans)
        return whole or bool(self.of_span(source, span))


def _held(place: Gold, passages: Sequence[Passage]) -> Iterator[str]:
    """Yield the ids of the passages that contain most of a place; all of them if it is the whole article."""
    if place.span is None:
        yield from (passage.id for passage in passages)
        return
    shares = [_overlap(passage.span, place.span) for passage in passages]
    most = max(shares, default=0)
    yield from (passage.id for passage, share in zip(passages, shares, strict=True) if share == most > 0)


def _unit(place: Gold, text: str = "") -> Unit:
    start, end = place.span or (None, None)
    return Unit(source=place.source, start=start, end=end, grade=place.grade, text=text)


# Checks that citations are slices of their files, which are read from the disk again, not from the index.


class Slices:
    """Checks citations against the files of a corpus; reads each version of a file once."""

    def __init__(self, roots: Roots, limit: int) -> None:
        self._roots = roots
        self._limit = limit
        self._texts: dict[tuple[str, str], str | None] = {}

    def valid(self, citation: Citation) -> bool:
        """Whether the quote equals the file's text at the span, and the file has the indexed SHA-256."""
        version = (citation.source, citation.sha256)
        if version not in self._texts:
            self._texts[version] = self._text(citation)
        text = self._texts[version]
        return text is not None and citation.span.of(text) == citation.quote

    def _text(self, citation: Citation) -> str | None:
        try:
            return decode(original(self._roots, citation.article, self._limit))[0]
        except IsnadError:  # the file is missing, has changed or is not text any more: no quote of it is valid
            return None


_HOME = "eval"
"""Subfolder of the data folder for corpora of sets without a name, separate from the user's own corpora."""
_SET, _DISTRACTORS = "set", "distractors"

_Progress = Callable[[str, int, int], None]


@contextmanager
def open_with(
    of: QuestionSet,
    settings: Settings,
    distractors: Path | None = None,
    progress: _Progress | None = None,
    embedder: Embedder | None = None,
    *,
    calibrated: bool = True,
) -> Iterator[Corpus]:
    """Open the corpus of a set; if the set includes texts, first build the corpus or sync it with them.

    `embedder` and `calibrated` as for `open_corpus`. A corpus that is built has the name in `settings.corpus`, else a
    generated name in a separate data folder. Raises `BadInput` if a corpus of that name was built from another folder,
    or if distractors are given for a set without texts.
    """
    from rag.corpus import open_corpus
    from rag.models.embedding import load

    if of.texts:
        embedder = embedder or load(settings)
        settings = _made(of, settings, distractors, progress, embedder)
    elif distractors:
        do = "leave out --distractors, or ingest that folder too"
        raise BadInput("the set includes no texts, so it cannot have distractors", where="--distractors", do=do)
    with open_corpus(settings, embedder=embedder, calibrated=calibrated) as corpus:
        yield corpus


def _made(
    of: QuestionSet, settings: Settings, distractors: Path | None, progress: _Progress | None, embedder: Embedder
) -> Settings:
    from rag.index.build import build
    from rag.ingest.sync import Extraction, ingest

    texts = hashlib.sha256("\0".join(f"{text.source}\0{text.text}" for text in of.texts).encode("utf-8", "replace"))
    name = settings.corpus or f"set-{texts.hexdigest()[:16]}{'-among' if distractors else ''}"
    home = settings.data_dir / _HOME
    files = home / "files" / name
    if settings.corpus is None:
        settings = _aside(settings, home)
    # This corpus is only for evaluation, so it stays on this machine, even if the user's corpora are on servers.
    settings = settings.model_copy(update={"corpus": name, "catalog_url": None, "chroma_url": None})
    _must_be_ours(settings, name, files)
    _write(of, files / _SET)
    _copy(distractors, files / _DISTRACTORS)
    ingest(
        files,
        settings=settings,
        corpus=name,
        embedder=embedder,
        build=build,
        progress=progress,
        allow_deletes=True,
        extraction=Extraction(read=_read),
    )
    return settings


def _aside(settings: Settings, home: Path) -> Settings:
    """Return the same settings with a separate data folder, which shares the models."""
    make_private(home)
    make_private(settings.models_dir)
    models = home / settings.models_dir.name
    if not models.exists():
        models.symlink_to(settings.models_dir.resolve())
    return settings.model_copy(
        update={"data_dir": home, "names_file": settings.names_to_read, "outlets_file": settings.outlets_to_read}
    )


def _must_be_ours(settings: Settings, name: str, files: Path) -> None:
    path = settings.corpus_dir(name) / CATALOG_FILE
    if not path.is_file():
        return
    with Catalog.open(path) as catalog:
        roots = catalog.roots(name)
    if roots is not None and roots != Roots.of(files):
        raise BadInput(
            f"the corpus {name} was ingested from another folder, {roots.named}",
            where="--corpus",
            do="give the name of a new corpus: it is built from the texts of the set",
        )


def _write(of: QuestionSet, folder: Path) -> None:
    """Sync a folder with the texts of a set; leave files that already have the right content."""
    make_private(folder)
    wanted = {Path(text.source).name: text for text in of.texts}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        try:
            data = text.text.encode()
        except UnicodeEncodeError as error:
            what = f"the text {text.name or text.source!r} is not valid Unicode"
            raise BadSet(what, where=of.name, do="save the set as UTF-8") from error
        path = folder / name
        if not (path.is_file() and path.read_bytes() == data):
            path.write_bytes(data)


def _copy(distractors: Path | None, folder: Path) -> None:
    """Sync a folder with the files of another folder that can be articles."""
    if folder.exists() and distractors is None:
        shutil.rmtree(folder)
    if distractors is None:
        return
    wanted = {file.source: distractors / file.source for file in scan(distractors.resolve()).files}
    if not wanted:
        raise BadInput("it contains no articles", where=str(distractors), do="give a folder of text files")
    for path in list(folder.rglob("*")) if folder.exists() else []:
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for source, path in wanted.items():
        to = folder / source
        status = path.stat()
        if not (to.is_file() and (to.stat().st_size, to.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)):
            make_private(to.parent)
            shutil.copyfile(path, to)  # without its permissions
            os.utime(to, ns=(status.st_atime_ns, status.st_mtime_ns))


def _read(data: bytes, *, source: str, **rest: Any) -> Iterator[Article | Refusal]:
    """Read a text of the set as an article whose body is the whole text; read any other file as usual."""
    for article in read_articles(data, source=source, **rest):
        if isinstance(article, Article) and source.startswith(f"{_SET}/"):
            body = (Span(0, len(article.text)),) if has_letters(article.text) else ()
            own = language(article.text)
            yield replace(
                article, body=body, title=None, outlet=None, published=None, author=None, section=None, language=own
            )
        else:
            yield article
