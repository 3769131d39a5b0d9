"""A process that takes in or asks, started by the tests of servers: ``python server_process.py take|ask DATA FOLDER``.

`ask` reads a question a line and writes what it found, or the error, as a line of JSON. Settings come from the
environment; the vectors are those of `fake_vectors`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from builders import query
from fake_vectors import FakeEmbedder
from small_corpus import read_all, split

from rag.config import Settings, read_settings
from rag.errors import IsnadError
from rag.index.build import build_for
from rag.index.chroma import ChromaServer
from rag.ingest.sync import Extraction, IngestReport, ingest
from rag.retrieve.search import Current
from rag.store.catalog import catalog_of
from rag.types import Found

CORPUS = "أخبار"


def take(folder: Path, settings: Settings, corpus: str = CORPUS, **options: Any) -> IngestReport:
    options = {"build": build_for(settings, corpus), "embedder": FakeEmbedder(), **options}
    server = ChromaServer.of(settings, corpus)
    return ingest(
        folder,
        settings=settings,
        corpus=corpus,
        collections=server,
        extraction=Extraction(read=read_all, split=split),
        **options,
    )


def as_json(found: Found) -> dict[str, Any]:
    """The generation, and of each hit what may differ between two machines: nothing should."""
    hits = [
        [hit.passage.id, hit.passage.text, list(hit.best), hit.dense, hit.sentence, hit.keyword, hit.score]
        for hit in found.hits
    ]
    return {"generation": found.snapshot, "hits": hits, "sources": sorted(a.source for a in found.articles.values())}


def answer(current: Current, question: str) -> dict[str, Any]:
    try:
        return as_json(current(query(question)))
    except IsnadError as error:
        return {"error": type(error).__name__, "says": str(error)}


def main(what: str, data: Path, folder: Path) -> None:
    settings = read_settings(data_dir=data)
    if what == "take":
        try:
            said: dict[str, Any] = {"generation": take(folder, settings).generation}
        except IsnadError as error:
            said = {"error": type(error).__name__, "says": str(error)}
        sys.stdout.write(json.dumps(said) + "\n")
        return
    with catalog_of(settings, CORPUS) as catalog, Current(catalog, CORPUS, settings, FakeEmbedder()) as current:
        for line in sys.stdin:
            sys.stdout.write(json.dumps(answer(current, line.strip())) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
