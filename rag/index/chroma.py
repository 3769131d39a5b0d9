"""The bridge to Chroma: unit vectors in, through LlamaIndex; ids of the nearest out. Knows nothing of texts.

Chroma never sees a text, so it can never be asked to embed one. It runs inside this process, over a folder, or as a
server, where a generation is a collection.
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


# The collections of a Chroma server, one a generation: made, found, counted and removed over HTTP.
#
# A generation's id is in the name, and no other generation ever has it: what a collection holds never changes once it
# answers. The server has no authentication of its own; a key is for the proxy before it.

_CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """Where the collections of one corpus are. `prefix` keeps those of other corpora on the server apart."""

    url: str
    prefix: str
    key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings, corpus: str) -> ChromaServer | None:
        """The server that the settings name, None where Chroma runs inside."""
        if settings.chroma_url is None:
            return None
        key = settings.chroma_key.get_secret_value() if settings.chroma_key else None
        return cls(settings.chroma_url, f"isnad-{hashlib.sha256(corpus.encode()).hexdigest()[:8]}", key)

    @property
    def where(self) -> str:
        """What is named in messages: scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def name(self, generation_id: str) -> str:
        """The collection of a generation; Chroma takes ASCII letters, digits and three signs, from 3 to 512."""
        return f"{self.prefix}-{generation_id}"

    def open_client(self) -> Any:
        """A client with time-outs. Close it. Raises `IndexUnusable` when the server is away."""
        import chromadb
        import httpx
        from chromadb.config import Settings

        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        with self.told():
            # Chroma's own client waits for ever, and asks the server before a time-out can be set.
            httpx.get(f"{self.url.rstrip('/')}/api/v2/heartbeat", headers=headers, timeout=timeout).raise_for_status()
            client = chromadb.HttpClient(self.url, headers=headers, settings=Settings(anonymized_telemetry=False))
        client._server._session.timeout = timeout
        return client

    def holds(self, generation_id: str, count: int) -> bool:
        """Whether the server has the collection of a generation, with so many vectors. Raises as `told`."""
        from chromadb.errors import NotFoundError

        with self.told(), closing(self.open_client()) as client:
            try:
                collection = client.get_collection(self.name(generation_id), embedding_function=None)
            except NotFoundError:
                return False
            return int(collection.count()) == count

    def drop(self, generation_id: str) -> None:
        """Remove the collection of a generation, if there is one. Raises as `told`."""
        from chromadb.errors import NotFoundError

        with self.told(), closing(self.open_client()) as client:
            try:
                client.delete_collection(self.name(generation_id))
            except NotFoundError:
                return

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what the client raises into `IndexUnusable`: the server is away, silent, or has no such collection."""
        import httpx
        from chromadb.errors import ChromaError, NotFoundError

        try:
            yield
        except (httpx.HTTPError, ValueError) as error:
            raise self._away(error) from error
        except NotFoundError as error:
            raise IndexUnusable("the Chroma server has no such generation", where=self.where, do=REBUILD) from error
        except ChromaError as error:
            raise IndexUnusable(f"the Chroma server refused: {error}", where=self.where, do=REBUILD) from error

    def _away(self, error: Exception) -> IndexUnusable:
        import httpx

        # A server that does not answer at all is a `ValueError` of the client.
        what = "cannot be reached"
        if isinstance(error, httpx.TimeoutException):
            what = "is silent"
        elif isinstance(error, httpx.HTTPStatusError):
            what = f"refused ({error.response.status_code})"
        do = "see that it runs and that chroma_url and chroma_key are right; nothing is lost meanwhile"
        return IndexUnusable(f"the Chroma server {what}", where=self.where, do=do, kind="chroma_away")


COLLECTION = "passages"


HNSW = {"space": "cosine", "ef_construction": 200, "ef_search": 200}
LARGEST_BATCH = 5000
"""Chroma refuses more than 5461 records at once."""


def open_client(folder: Path) -> Any:
    """A client of the database in `folder`, which is made where it is missing. Close it."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))


class CollectionWriter:
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


class CollectionReader:
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
