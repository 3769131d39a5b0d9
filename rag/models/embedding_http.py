"""Text → vectors by an OpenAI-compatible endpoint: its protocol, its retries and its limits. Knows no model.

An endpoint says neither what its weights are nor how it counts tokens. So the name and one vector stand for the model
(`probe`), and the bundled model's tokenizer counts.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rag.errors import BadSetting, ModelError
from rag.models import bundled
from rag.models.llm_http import is_this_machine, message_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import httpx
    from numpy.typing import NDArray

    from rag.config import Settings

PROBE: Final = "إسناد الخبر إلى من قاله. Attribution of the news to whoever told it."
"""What every model is asked once: its vector tells one model from another behind the same name."""
ANSWER_SECONDS: Final = 120.0
"""For one batch; a question waits no longer than `QUERY_SECONDS`."""
QUERY_SECONDS: Final = 20.0
TRIES, QUERY_TRIES = 6, 2
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
LARGEST_BYTES: Final = 256 * 2**20


class _Passing(Exception):
    """What may pass by itself, and the seconds that the endpoint asks for; None where it says nothing."""

    def __init__(self, what: str, after: float | None = None) -> None:
        self.what, self.after = what, after
        super().__init__(what)


@dataclass(frozen=True)
class EndpointEmbedder:
    """A model behind an endpoint, with its prompts; the fields are those of `rag.models.embedding.Embedder`.

    `fingerprint` is of the name, the revision, the dimension and the prompts: the same model is the same at any URL.
    `probe` is its vector of `PROBE`, (dimension,). Threads may share it.
    """

    name: str
    revision: str
    dimension: int
    max_tokens: int
    fingerprint: str
    query_prompt: str
    passage_prompt: str
    batch: int
    probe: NDArray[np.float32] = field(repr=False)
    endpoint: Endpoint = field(repr=False)
    models_dir: Path = field(repr=False)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens of the bundled model each text has: near enough to split by, and the same everywhere."""
        encoded = self._tokenizer.encode_batch([_sound(text) for text in texts], add_special_tokens=False)
        return [len(one.ids) for one in encoded]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of passages or sentences, of shape (len(texts), dimension), in the texts' order.

        Raises `ModelError` when the endpoint is away for longer than a minute, refuses, or gives what is no vector.
        """
        return self._encode(texts, self.passage_prompt, TRIES, ANSWER_SECONDS)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions, of shape (len(texts), dimension). Raises as `encode_passages`, but sooner."""
        return self._encode(texts, self.query_prompt, QUERY_TRIES, QUERY_SECONDS)

    def _encode(self, texts: Sequence[str], prompt: str, tries: int, seconds: float) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        # The like in length together: an endpoint pads a batch to its longest text.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), self.batch):
            places = order[start : start + self.batch]
            found = self.endpoint.embed([prompt + texts[place] for place in places], tries, seconds)
            if found.shape[1] != self.dimension:
                what = f"it gives vectors of {found.shape[1]} numbers now, not of {self.dimension}"
                raise ModelError(what, where=self.endpoint.where, do="see which model it serves")
            rows[places] = found
        return rows

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(bundled.ensure(self.models_dir) / "tokenizer.json"))


def load_endpoint(settings: Settings) -> EndpointEmbedder:
    """The model that the settings name at `embedding_url`, which is asked for one vector.

    Raises `BadSetting` when no name is set, `ModelError` when the endpoint is away or gives no vector.
    """
    name, revision = settings.embedding_model, settings.embedding_revision or ""
    if name == "bundled" or not settings.embedding_url:
        what = "embedding_url is set and embedding_model is not"
        raise BadSetting(what, where="settings", do="name the model as the endpoint does: embedding_model")
    key = settings.embedding_key.get_secret_value() if settings.embedding_key else None
    endpoint = Endpoint(settings.embedding_url, name, key, settings.connect_seconds)
    query, passage = settings.embedding_query_prompt or "", settings.embedding_passage_prompt or ""
    (probe,) = endpoint.embed([passage + PROBE], QUERY_TRIES, QUERY_SECONDS)
    parts = ["endpoint", name, revision, len(probe), query, passage]
    return EndpointEmbedder(
        name=name,
        revision=revision,
        dimension=len(probe),
        max_tokens=settings.passage_tokens,
        fingerprint=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        query_prompt=query,
        passage_prompt=passage,
        batch=settings.embedding_batch,
        probe=probe,
        endpoint=endpoint,
        models_dir=settings.models_dir,
    )


class Endpoint:
    """``POST {url}/embeddings``. Its key is in no message and no log. Threads may share it."""

    def __init__(self, url: str, model: str, key: str | None, connect_seconds: float) -> None:
        self.where = url
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._connect_seconds = connect_seconds
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def embed(self, texts: list[str], tries: int, seconds: float) -> NDArray[np.float32]:
        """Unit vectors of `texts` as they are, (n, dimension), in their order; one request, tried so often.

        An answer is waited for for `seconds`. Raises `ModelError`.
        """
        body = {"model": self._model, "input": [_sound(text) for text in texts], "encoding_format": "float"}
        wait = FIRST_WAIT
        for last in (*[False] * (tries - 1), True):
            try:
                return _rows(self._post(body, seconds), len(texts), self.where)
            except _Passing as error:
                if last:
                    do = "see that the endpoint runs and that embedding_url is right; what was embedded is kept"
                    raise ModelError(f"the endpoint of embeddings {error.what}", where=self.where, do=do) from error
                time.sleep(min(wait if error.after is None else error.after, LONGEST_WAIT))
                wait *= 2
        raise AssertionError("the last try returns or raises")

    def _post(self, body: dict[str, Any], seconds: float) -> bytes:
        import httpx

        timeout = httpx.Timeout(seconds, connect=self._connect_seconds)
        url = f"{self.where.rstrip('/')}/embeddings"
        data = b""
        try:
            with self._opened().stream("POST", url, json=body, headers=self._headers, timeout=timeout) as response:
                for part in response.iter_bytes():
                    data += part
                    if len(data) > LARGEST_BYTES:
                        raise ModelError("the endpoint of embeddings sends without end", where=self.where)
        except httpx.TimeoutException as error:
            raise _Passing("is silent") from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise _Passing(f"cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            raise ModelError(f"the endpoint of embeddings: {error}", where=self.where) from error
        if response.status_code != httpx.codes.OK:
            self._refused(response.status_code, message_of(data), response.headers.get("retry-after", ""))
        return data

    def _refused(self, status: int, message: str, after: str) -> None:
        reason = f": {message}" if message else ""
        if status == 429 or status >= 500:
            raise _Passing(f"is not able to now ({status}){reason}", float(after) if after.isdecimal() else None)
        what, do = f"refused ({status}){reason}", "see the log of the endpoint"
        if status in (401, 403):
            what, do = f"does not let us in ({status})", "set ISNAD_EMBEDDING_KEY to a key of this endpoint"
        elif status == 404 or 300 <= status < 400:
            do = "correct embedding_url (most end in /v1) or embedding_model"
        raise ModelError(f"the endpoint of embeddings {what}", where=self.where, do=do)

    def _opened(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(follow_redirects=False, trust_env=not is_this_machine(self.where))
            return self._client


def _rows(data: bytes, count: int, where: str) -> NDArray[np.float32]:
    """The vectors of an answer in the order of their `index`, each of length 1."""
    try:
        found = {one["index"]: one["embedding"] for one in json.loads(data)["data"]}
        rows = np.array([found[place] for place in range(count)], np.float32)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        do = "see that the URL is that of an API of embeddings (most end in /v1)"
        raise ModelError("the endpoint sent what are no embeddings", where=where, do=do) from error
    lengths = np.linalg.norm(rows, axis=1, keepdims=True) if rows.ndim == 2 else np.zeros(1)
    if len(found) != count or not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ModelError("the endpoint sent vectors that are none", where=where, do="see which model it serves")
    unit: NDArray[np.float32] = rows / lengths
    return unit


def _sound(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
