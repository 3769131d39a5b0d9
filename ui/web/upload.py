"""Files that a user adds from the page: into the folder of the corpus, then through the same ingest as any other.

Nothing that is there is overwritten, and of the files that are sent together all are taken, each whole, or none.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import unicodedata
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from rag.corpus import Corpus, formats_of, ingest_folder
from rag.errors import BadInput, IsnadError
from rag.ingest.sync import Report
from rag.roots import Roots
from rag.store.overview import overview
from rag.types import Language
from ui import umask
from ui.middleware.opening import awaited
from ui.middleware.tongue import language_asked
from ui.middleware.upload_folder import forget
from ui.shared import faults
from ui.shared.i18n import word
from ui.web import render, side

logger = logging.getLogger("isnad")

LONGEST_NAME = 200
"""In bytes of UTF-8; with the number of a copy it stays under the 255 of a file system."""


class Upload:
    """Takes uploaded files into a corpus."""

    def __init__(self, opening: Future[Corpus]) -> None:
        self._opening = opening

    async def take(
        self,
        files: list[str] | None,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  (how Gradio finds it)
    ) -> tuple[Any, Any, Any]:
        """The report of the ingest, an empty file box, the archive as it is now."""
        language = language_asked(request)

        def tell(what: str, done: int, total: int) -> None:
            progress((done, total), desc=word(f"progress.{what}", language), unit="")

        try:
            corpus = await awaited(self._opening)
            report = await asyncio.to_thread(_take, corpus, [Path(file) for file in files or []], tell)
            now = await asyncio.to_thread(overview, corpus.catalog, corpus.name)
        except IsnadError as error:
            logger.warning("files could not be added: %s", error)
            return render.failure(word("upload_failed", language), *faults.told(error, language)), None, gr.skip()
        return render.question(_said(report, language)), None, side.archive(now, language)


def _take(corpus: Corpus, files: list[Path], tell: Any) -> Report:
    """Add all of the files, or none. Raises as `_place` and `rag.corpus.ingest_folder`."""
    roots = corpus.catalog.roots(corpus.name) or Roots.of(Path())
    folders = [folder for _, folder in roots.folders]
    root = folders[0]  # of several the first takes what is added
    try:
        if not root.is_dir():
            raise BadInput(
                "the folder of the corpus is not there",
                where=str(root),
                do="put it back, then add the files",
                kind="upload_folder",
            )
        placed = _place(files, root, formats_of(corpus.settings))
    finally:
        forget(files)  # the copies that the page sent; nothing else deletes them before they are old
    # By its name: where settings name none, the corpus that is read need not be the one that an ingest would make.
    settings = corpus.settings.model_copy(update={"corpus": corpus.name})
    with _all_or_none(placed):
        return ingest_folder(folders, settings, embedder=corpus.embedder, progress=tell)


def _said(report: Report, language: Language) -> str:
    """What the ingest did; of files in quarantine only how many, for the archive below names them."""
    counts = (
        ("report.added", report.added),
        ("report.changed", report.changed),
        ("report.deleted", report.deleted),
        ("report.quarantined", len(report.quarantined)),
    )
    return " · ".join(word(key, language, n=n) for key, n in counts if n or key == "report.added")


def _place(files: list[Path], root: Path, endings: Collection[str]) -> list[Path]:
    """Copy files into the folder under free names, all of them or none; returns where they are.

    `endings` are the types of file that are read.

    Raises `BadInput` for a name or place that cannot be used.
    """
    named = [(file, *_name(file, endings)) for file in files]
    placed: list[Path] = []
    waiting: list[Path] = []
    try:
        with _all_or_none(placed):
            for file, _, _ in named:
                waiting.append(root / f".{secrets.token_hex(8)}.part")  # of its own: two browsers may send one name
                _copy(file, waiting[-1])
            for (_, stem, suffix), whole in zip(named, waiting, strict=True):
                placed.append(_link(whole, root, stem, suffix))
    except OSError as error:
        raise BadInput(f"the file cannot be kept: {error.strerror}", where=str(root), do="check the folder") from error
    finally:
        for one in waiting:
            one.unlink(missing_ok=True)
    return placed


@contextmanager
def _all_or_none(placed: list[Path]) -> Iterator[None]:
    """Takes the files out of the folder again where what follows fails."""
    try:
        yield
    except BaseException:
        for one in placed:
            one.unlink(missing_ok=True)
        raise


def _name(file: Path, endings: Collection[str]) -> tuple[str, str]:
    """The stem and suffix under which an uploaded file may be kept. Raises `BadInput` where there are none."""
    kept = "".join(c for c in unicodedata.normalize("NFC", file.stem) if c.isalnum() or c in " ._-()").strip(" .")
    stem = kept.encode()[:LONGEST_NAME].decode(errors="ignore")
    suffix, types = file.suffix.lower(), ", ".join(sorted(endings))
    if suffix not in endings or not stem:
        raise BadInput(
            f"{file.name!r} is not taken",
            where="upload",
            do=f"use files of type {types}",
            kind="upload_kind",
            name=file.name,
            types=types,
        )
    return stem, suffix


def _copy(file: Path, target: Path) -> None:
    shutil.copyfile(file, target)
    mode = umask.file_mode()
    if mode is not None:
        target.chmod(mode)  # an article in the user's own folder
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _link(whole: Path, root: Path, stem: str, suffix: str) -> Path:
    """Give a whole file the first free name: nothing is overwritten."""
    for count in range(1, 1000):
        name = root / f"{stem}{f' ({count})' if count > 1 else ''}{suffix}"
        try:
            os.link(whole, name)  # fails where the name is taken
        except FileExistsError:
            continue
        return name
    raise BadInput(
        f"there are too many files named {stem}",
        where=str(root),
        do="give it another name",
        kind="upload_names",
        name=stem,
    )
