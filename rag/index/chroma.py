"""The bridge to Chroma: unit vectors in, through LlamaIndex; ids of the nearest out. Knows nothing of texts.

Chroma never sees a text, so it can never be asked to embed one. It runs inside this process, over a folder, or as a
server, where a generation is a collection.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Self

from rag.errors import IndexUnusable
from rag.index.files import REBUILD

COLLECTION = "passages"

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from rag.index.server import ChromaServer

HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200}
LARGEST_BATCH = 5000
"""Chroma refuses more than 5461 records at once."""


def open_client(folder: Path) -> Any:
    """A client of the database in `folder`, which is made where it is missing. Close it."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


class Writer:
    """A new collection: the only one of a new database in `folder`, or on a `server` under the name of the generation
    that `folder` is in. Open with ``with``; at its end everything is kept."""

    def __init__(self, folder: Path, server: ChromaServer | None = None) -> None:
        self._folder = folder
        self._server = server

    def __enter__(self) -> Self:
        from llama_index.vector_stores.chroma import ChromaVectorStore

        self._client = self._server.open_client() if self._server else open_client(self._folder)
        name = self._server.name(self._folder.parent.name) if self._server else COLLECTION
        with _told(self._server):
            collection = self._client.create_collection(name, embedding_function=None, configuration={"hnsw": HNSW})
        self._store = ChromaVectorStore.from_collection(without_functions(collection))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add unit vectors of shape (len(ids), dimension) under these ids, which must be new."""
        from llama_index.core.schema import TextNode

        for start in range(0, len(ids), LARGEST_BATCH):
            part = slice(start, start + LARGEST_BATCH)
            rows = vectors[part].tolist()
            nodes = [TextNode(id_=name, embedding=row) for name, row in zip(ids[part], rows, strict=True)]
            with _told(self._server):
                self._store.add(nodes)


def without_functions(collection: Any) -> Any:
    """The collection without the schema and configuration that the server or the database sent with it.

    Chroma's client builds the embedding functions which these name, with their arguments, as soon as records are added:
    a server could make it load a model that runs code of its own. Isnad sends vectors and needs neither.
    """
    collection._model.serialized_schema = None
    collection._model.configuration_json = {}
    return collection


def _told(server: ChromaServer | None) -> AbstractContextManager[None]:
    return server.told() if server else nullcontext()


class Reader:
    """The collection of a database, or of a server, that was written before.

    Read without LlamaIndex's store: that would make a node of each of a hundred neighbours, which takes 5 ms of
    the 7 that a query costs, to say no more than their ids.
    """

    def __init__(self, folder: Path, server: ChromaServer | None = None) -> None:
        """Raises `IndexUnusable` when there is none, or Chroma cannot read it, or the server is away."""
        self._folder, self._server = folder, server
        if server:
            self._client = server.open_client()
            try:
                with server.told():
                    name = server.name(folder.parent.name)
                    self._collection = without_functions(self._client.get_collection(name, embedding_function=None))
            except IndexUnusable:
                self._client.close()
                raise
            return
        from chromadb.errors import ChromaError

        database = folder / "chroma.sqlite3"
        # Chroma makes a new, empty database of a missing or empty file without a word.
        if not database.is_file() or not database.stat().st_size:
            raise IndexUnusable("the index is torn: its database is missing", where=str(database), do=REBUILD)
        try:
            self._client = open_client(folder)
        except (ChromaError, ValueError) as error:
            raise self._torn(error) from error
        try:
            self._collection = without_functions(self._client.get_collection(COLLECTION, embedding_function=None))
        except (ChromaError, ValueError) as error:
            self._client.close()
            raise self._torn(error) from error

    def count(self) -> int:
        """How many vectors the database says it holds, which proves nothing about its index of them."""
        with _told(self._server):
            return int(self._collection.count())

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[str]:
        """The ids of about the `k` vectors nearest to a unit vector, nearest first. Raises `IndexUnusable`."""
        from chromadb.errors import ChromaError

        try:
            with _told(self._server):
                found = self._collection.query(query_embeddings=[vector], n_results=k, include=[])
        except ChromaError as error:
            raise self._torn(error) from error
        return list(found["ids"][0])

    def close(self) -> None:
        """Let go of the files; harmless when done twice."""
        self._client.close()

    def _torn(self, error: Exception) -> IndexUnusable:
        return IndexUnusable(f"the index is torn: {error}", where=str(self._folder), do=REBUILD)
