"""Store unit vectors in Chroma through LlamaIndex, and query the ids of the nearest ones.

Chroma never gets a text, so it can never embed one. It runs in this process, with its database in a folder, or as a
server, where each segment is a collection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from rag.errors import IndexUnusable
from rag.index.layout import REBUILD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from rag.config import Settings


# Collections of a Chroma server, one per segment: created, checked and removed over HTTP.
#
# The name contains the id of the generation that the segment was built for, which is unique: a collection never changes
# once it is in use. Chroma has no authentication of its own; a key is for the proxy in front of it.

_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """The collections of one corpus. `prefix` separates them from those of other corpora on the server."""

    url: str
    prefix: str
    key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings, corpus: str) -> ChromaServer | None:
        """The configured server, None if Chroma runs in this process."""
        if settings.chroma_url is None:
            return None
        key = settings.chroma_key.get_secret_value() if settings.chroma_key else None
        return cls(settings.chroma_url, f"isnad-{hashlib.sha256(corpus.encode()).hexdigest()[:8]}", key)

    @property
    def where(self) -> str:
        """Location for messages: scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def name(self, segment: str) -> str:
        """Collection name of a segment; Chroma allows 3 to 512 ASCII letters, digits and three punctuation marks."""
        return f"{self.prefix}-{segment}"

    def open_client(self) -> Any:
        """A client with time-outs; the caller closes it. Raises `IndexUnusable` if the server is unreachable."""
        import chromadb
        import httpx
        from chromadb.config import Settings

        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        with self.index_errors():
            # Chroma's own client has no time-out, and sends a request before one can be set.
            httpx.get(f"{self.url.rstrip('/')}/api/v2/heartbeat", headers=headers, timeout=timeout).raise_for_status()
            client = chromadb.HttpClient(self.url, headers=headers, settings=Settings(anonymized_telemetry=False))
        client._server._session.timeout = timeout
        return client

    def holds(self, segment: str, count: int) -> bool:
        """Whether the server has the collection of a segment with `count` vectors. Raises as `index_errors`."""
        from chromadb.errors import NotFoundError

        with self.index_errors(), closing(self.open_client()) as client:
            try:
                collection = client.get_collection(self.name(segment), embedding_function=None)
            except NotFoundError:
                return False
            return int(collection.count()) == count

    def drop(self, segment: str) -> None:
        """Remove the collection of a segment if it exists. Raises what `index_errors` raises."""
        from chromadb.errors import NotFoundError

        with self.index_errors(), closing(self.open_client()) as client:
            try:
                client.delete_collection(self.name(segment))
            except NotFoundError:
                return

    @contextmanager
    def index_errors(self) -> Iterator[None]:
        """Translate errors of the client into `IndexUnusable`: server unreachable, timed out, or without the
        collection."""
        import httpx
        from chromadb.errors import ChromaError, NotFoundError

        try:
            yield
        except (httpx.HTTPError, ValueError) as error:
            raise self._away(error) from error
        except NotFoundError as error:
            raise IndexUnusable(
                "the Chroma server does not have this generation", where=self.where, do=REBUILD
            ) from error
        except ChromaError as error:
            raise IndexUnusable(
                f"the Chroma server refused the request: {error}", where=self.where, do=REBUILD
            ) from error

    def _away(self, error: Exception) -> IndexUnusable:
        import httpx

        # The client raises `ValueError` for a server that does not answer at all.
        what = "cannot be reached"
        if isinstance(error, httpx.TimeoutException):
            what = "does not respond"
        elif isinstance(error, httpx.HTTPStatusError):
            what = f"refused ({error.response.status_code})"
        do = "check that it runs and that chroma_url and chroma_key are right; no data is lost"
        return IndexUnusable(f"the Chroma server {what}", where=self.where, do=do, kind="chroma_away")


_COLLECTION = "passages"


_HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200}
LARGEST_BATCH = 5000
"""Chroma refuses more than 5461 records at once."""


def open_client(folder: Path) -> Any:
    """A client of the database in `folder`, which is created if missing; the caller closes it."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


class CollectionWriter:
    """Writes a new collection: in a new database in `folder`, or on a `server`, named after the segment that
    `folder` belongs to. A context manager: on exit the data is durable."""

    def __init__(self, folder: Path, server: ChromaServer | None = None) -> None:
        self._folder = folder
        self._server = server

    def __enter__(self) -> Self:
        from llama_index.vector_stores.chroma import ChromaVectorStore

        self._client = self._server.open_client() if self._server else open_client(self._folder)
        name = self._server.name(self._folder.parent.name) if self._server else _COLLECTION
        with _index_errors(self._server):
            collection = self._client.create_collection(name, embedding_function=None, configuration={"hnsw": _HNSW})
        self._store = ChromaVectorStore.from_collection(without_functions(collection))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add unit vectors of shape (len(ids), dimension) with these ids, which must be new."""
        from llama_index.core.schema import TextNode

        for start in range(0, len(ids), LARGEST_BATCH):
            part = slice(start, start + LARGEST_BATCH)
            rows = vectors[part].tolist()
            nodes = [TextNode(id_=name, embedding=row) for name, row in zip(ids[part], rows, strict=True)]
            with _index_errors(self._server):
                self._store.add(nodes)


def without_functions(collection: Any) -> Any:
    """The collection without the schema and configuration that the server or the database sent with it.

    When records are added, Chroma's client builds the embedding functions named there, with their arguments: a server
    could make it load a model that executes code. Isnad sends vectors and needs neither.
    """
    collection._model.serialized_schema = None
    collection._model.configuration_json = {}
    return collection


def _index_errors(server: ChromaServer | None) -> AbstractContextManager[None]:
    return server.index_errors() if server else nullcontext()


class CollectionReader:
    """Reads an existing collection of a database or server.

    Bypasses LlamaIndex's store, which would build a node for each of a hundred neighbours: 5 ms of the 7 ms of a query,
    only to return ids.
    """

    def __init__(self, folder: Path, server: ChromaServer | None = None) -> None:
        """Raises `IndexUnusable` if the collection is missing or unreadable, or the server is unreachable."""
        self._folder, self._server = folder, server
        if server:
            self._client = server.open_client()
            try:
                with server.index_errors():
                    name = server.name(folder.parent.name)
                    self._collection = without_functions(self._client.get_collection(name, embedding_function=None))
            except IndexUnusable:
                self._client.close()
                raise
            return
        from chromadb.errors import ChromaError

        database = folder / "chroma.sqlite3"
        # Chroma silently creates a new, empty database for a missing or empty file.
        if not database.is_file() or not database.stat().st_size:
            raise IndexUnusable("the index is damaged: its database is missing", where=str(database), do=REBUILD)
        try:
            self._client = open_client(folder)
        except (ChromaError, ValueError) as error:
            raise self._torn(error) from error
        try:
            self._collection = without_functions(self._client.get_collection(_COLLECTION, embedding_function=None))
        except (ChromaError, ValueError) as error:
            self._client.close()
            raise self._torn(error) from error

    def count(self) -> int:
        """Number of vectors according to the database, which does not prove that its vector index has them."""
        with _index_errors(self._server):
            return int(self._collection.count())

    def nearest(self, vector: NDArray[np.float32], k: int) -> list[str]:
        """Ids of about the `k` nearest vectors to a unit vector, nearest first. Raises `IndexUnusable`."""
        from chromadb.errors import ChromaError

        try:
            with _index_errors(self._server):
                found = self._collection.query(query_embeddings=[vector], n_results=k, include=[])
        except ChromaError as error:
            raise self._torn(error) from error
        return list(found["ids"][0])

    def close(self) -> None:
        """Close the files; may be called twice."""
        self._client.close()

    def _torn(self, error: Exception) -> IndexUnusable:
        return IndexUnusable(f"the index is damaged: {error}", where=str(self._folder), do=REBUILD)
