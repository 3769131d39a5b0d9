"""The corpus that a question set is asked of: one that is there, or one that is made of the texts that the set brings.

What a set brings is ingested by the product's own ingest. A text of a set is a body as a whole; distractors are
articles like any other.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.sets import BadSet, QuestionSet
from rag.errors import BadInput
from rag.extract.article import read_articles
from rag.extract.base import Refusal
from rag.folders import scan
from rag.roots import Roots
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.store.private import make_private
from rag.text.normalise import has_letters, language
from rag.types import Article, Span

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.corpus import Corpus
    from rag.models.embedding import Embedder

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
) -> Iterator[Corpus]:
    """The corpus of a set, open for questions; made, or brought in step, where the set brings its texts.

    `embedder` is the settings' own, where it is loaded already. A corpus that is made bears the name in
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
    with open_corpus(settings, embedder=embedder) as corpus:
        yield corpus


def _made(
    of: QuestionSet, settings: Settings, distractors: Path | None, progress: Progress | None, embedder: Embedder
) -> Settings:
    from rag.index.build import build
    from rag.ingest.sync import ingest

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
        read=_read,
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
