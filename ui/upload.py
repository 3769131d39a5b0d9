"""Files that a user adds from the page: into the folder of the corpus, then through the same ingest as any other.

Nothing that is there is overwritten, and a file appears under its name whole or not at all.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import unicodedata
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import gradio as gr

from rag.assemble import Corpus, ingest_folder
from rag.errors import BadInput, IsnadError
from rag.files import EXTENSIONS
from rag.overview import overview
from ui import render, side
from ui.opening import awaited
from ui.terminal import report_lines
from ui.tongue import language_asked
from ui.words import word

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

        def told(what: str, done: int, total: int) -> None:
            progress((done, total), desc=what)

        try:
            corpus = await awaited(self._opening)
            lines = await asyncio.to_thread(_take, corpus, [Path(file) for file in files or []], told)
            now = await asyncio.to_thread(overview, corpus.catalog, corpus.name)
        except IsnadError as error:
            return render.failure(word("upload_failed", language), error.what, error.do), None, gr.skip()
        said = word("upload_done", language, report=" · ".join(lines))
        return render.question(said), None, side.archive(now, language)


def _take(corpus: Corpus, files: list[Path], told: Any) -> list[str]:
    root = Path(corpus.catalog.root(corpus.name) or "")
    if not root.is_dir():
        raise BadInput("the folder of the corpus is not there", where=str(root), do="put it back, then add the files")
    try:
        for file in files:
            _place(file, root)
    finally:
        for file in files:
            file.unlink(missing_ok=True)  # the copy that the page sent; nothing else ever deletes it
    # By its name: where settings name none, the corpus that is read need not be the one that an ingest would make.
    settings = corpus.settings.model_copy(update={"corpus": corpus.name})
    report = ingest_folder(root, settings, embedder=corpus.embedder, progress=told)
    return report_lines(report)


def _place(file: Path, root: Path) -> None:
    """Copy a file into the folder under a free name. Raises `BadInput` for a name or place that cannot be used."""
    kept = "".join(c for c in unicodedata.normalize("NFC", file.stem) if c.isalnum() or c in " ._-()").strip(" .")
    stem = kept.encode()[:LONGEST_NAME].decode(errors="ignore")
    suffix = file.suffix.lower()
    if suffix not in EXTENSIONS or not stem:
        raise BadInput(f"{file.name!r} is not taken", where="upload", do=f"use files of type {', '.join(EXTENSIONS)}")
    waiting = root / f".{secrets.token_hex(8)}.part"  # of its own: two browsers may send one name at once
    try:
        shutil.copyfile(file, waiting)
        with waiting.open("rb") as written:
            os.fsync(written.fileno())
        for count in range(1, 1000):
            name = root / f"{stem}{f' ({count})' if count > 1 else ''}{suffix}"
            try:
                os.link(waiting, name)  # fails where the name is taken: nothing is overwritten
            except FileExistsError:
                continue
            return
        raise BadInput(f"there are too many files named {stem}", where=str(root), do="give it another name")
    except OSError as error:
        raise BadInput(f"the file cannot be kept: {error.strerror}", where=str(root), do="check the folder") from error
    finally:
        waiting.unlink(missing_ok=True)
