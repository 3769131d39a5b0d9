"""The corpus that a question set is asked of: one that is there, or one that is made of the texts that the set brings.

What a set brings is ingested by the product's own ingest. A text of a set is a body as a whole; distractors are
articles like any other.
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
from rag.extract.article import read_articles
from rag.extract.base import Refusal
from rag.extract.formats import original
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


# The gold places of a question in an ingested corpus: which passages, articles and sentences hold them.
#
# Passages with the same words stand for each other, as they do in a search.


def _overlap(one: Span, other: Span) -> int:
    """How many code points two spans share."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def lies_at(span: Span, gold: Span) -> bool:
    """Whether a span holds a gold one, stands in it, or shares half of the shorter of the two with it."""
    return 2 * _overlap(span, gold) >= min(span.end - span.start, gold.end - gold.start) > 0


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
    shares = [_overlap(passage.span, place.span) for passage in passages]
    most = max(shares, default=0)
    yield from (passage.id for passage, share in zip(passages, shares, strict=True) if share == most > 0)


def _unit(place: Gold, text: str = "") -> Unit:
    start, end = place.span or (None, None)
    return Unit(source=place.source, start=start, end=end, grade=place.grade, text=text)


# Is a citation still a slice of its file? Read from the disk again, not from the index.


class Slices:
    """Checks citations against the files of a corpus; each version of a file is read once."""

    def __init__(self, roots: Roots, limit: int) -> None:
        self._roots = roots
        self._limit = limit
        self._texts: dict[tuple[str, str], str | None] = {}

    def valid(self, citation: Citation) -> bool:
        """Whether the file's own words at the span are the quote, in a file of the indexed sha256."""
        version = (citation.source, citation.sha256)
        if version not in self._texts:
            self._texts[version] = self._text(citation)
        text = self._texts[version]
        return text is not None and citation.span.of(text) == citation.quote

    def _text(self, citation: Citation) -> str | None:
        try:
            return decode(original(self._roots, citation.article, self._limit))[0]
        except IsnadError:  # the file is gone, has changed or is no text any more: nothing in it holds
            return None


HOME = "eval"
"""Under the data folder: corpora of sets that are given no name, out of the way of the user's own."""
SET, DISTRACTORS = "set", "distractors"

Progress = Callable[[str, int, int], None]


@contextmanager
def opened(
    of: QuestionSet,
    settings: Settings,
    distractors: Path | None = None,
    progress: Progress | None = None,
    embedder: Embedder | None = None,
    *,
    calibrated: bool = True,
) -> Iterator[Corpus]:
    """The corpus of a set, open for questions; made, or brought in step, where the set brings its texts.

    `embedder` and `calibrated` are as `open_corpus` takes them. A corpus that is made bears the name in
    `settings.corpus`, else one of its own in a data folder of its own. Raises `BadInput` where a corpus of that name
    was made of something else, or distractors are given for one that is there.
    """
    from rag.corpus import open_corpus
    from rag.models.embedding import load

    if of.texts:
        embedder = embedder or load(settings)
        settings = _made(of, settings, distractors, progress, embedder)
    elif distractors:
        do = "leave it away, or ingest that folder too"
        raise BadInput("the set brings no texts to hide among distractors", where="--distractors", do=do)
    with open_corpus(settings, embedder=embedder, calibrated=calibrated) as corpus:
        yield corpus


def _made(
    of: QuestionSet, settings: Settings, distractors: Path | None, progress: Progress | None, embedder: Embedder
) -> Settings:
    from rag.index.build import build
    from rag.ingest.sync import Extraction, ingest

    texts = hashlib.sha256("\0".join(f"{text.source}\0{text.text}" for text in of.texts).encode("utf-8", "replace"))
    name = settings.corpus or f"set-{texts.hexdigest()[:16]}{'-among' if distractors else ''}"
    home = settings.data_dir / HOME
    files = home / "files" / name
    if settings.corpus is None:
        settings = _aside(settings, home)
    # It is made for this run: it stays on this machine, whatever servers keep the user's own.
    settings = settings.model_copy(update={"corpus": name, "catalog_url": None, "chroma_url": None})
    _must_be_ours(settings, name, files)
    _write(of, files / SET)
    _copy(distractors, files / DISTRACTORS)
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
    """The same settings in a data folder of their own, which shares the models."""
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
            f"the corpus {name} holds another folder, {roots.named}",
            where="--corpus",
            do="name a corpus that is not there yet: the texts of the set become one of their own",
        )


def _write(of: QuestionSet, folder: Path) -> None:
    """Bring a folder to the texts of a set, and write no file that has its bytes already."""
    make_private(folder)
    wanted = {Path(text.source).name: text for text in of.texts}
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        try:
            data = text.text.encode()
        except UnicodeEncodeError as error:
            what = f"the text {text.name or text.source!r} holds what is no text"
            raise BadSet(what, where=of.name, do="save the set as UTF-8") from error
        path = folder / name
        if not (path.is_file() and path.read_bytes() == data):
            path.write_bytes(data)


def _copy(distractors: Path | None, folder: Path) -> None:
    """Bring a folder to the files of another that can be articles."""
    if folder.exists() and distractors is None:
        shutil.rmtree(folder)
    if distractors is None:
        return
    wanted = {file.source: distractors / file.source for file in scan(distractors.resolve()).files}
    if not wanted:
        raise BadInput("there are no articles in it", where=str(distractors), do="name a folder of text files")
    for path in list(folder.rglob("*")) if folder.exists() else []:
        if path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for source, path in wanted.items():
        to = folder / source
        status = path.stat()
        if not (to.is_file() and (to.stat().st_size, to.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)):
            make_private(to.parent)
            shutil.copyfile(path, to)  # not its permissions
            os.utime(to, ns=(status.st_atime_ns, status.st_mtime_ns))


def _read(data: bytes, *, source: str, **rest: Any) -> Iterator[Article | Refusal]:
    """A text of the set is news from its first letter to its last; anything else is read as it always is."""
    for article in read_articles(data, source=source, **rest):
        if isinstance(article, Article) and source.startswith(f"{SET}/"):
            body = (Span(0, len(article.text)),) if has_letters(article.text) else ()
            own = language(article.text)
            yield replace(
                article, body=body, title=None, outlet=None, published=None, author=None, section=None, language=own
            )
        else:
            yield article
