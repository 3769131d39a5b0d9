"""The collections of a Chroma server, one a generation: made, found, counted and removed over HTTP.

A generation's id is in the name, and no other generation ever has it: what a collection holds never changes once it
answers. The server has no authentication of its own; a key is for the proxy before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import IndexUnusable
from rag.index.files import REBUILD

if TYPE_CHECKING:
    from rag.config import Settings

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 60.0


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
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
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
