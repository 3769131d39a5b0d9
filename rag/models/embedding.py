"""Embedding models: text → unit vectors, by sentence-transformers in this process or by an OpenAI-compatible endpoint.

A model is any sentence-transformers name or folder. Its fingerprint determines which vectors may be compared: an index
made with another fingerprint is never searched. Only this module and `rag.models.bundled` import a model library for
embeddings.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from rag.errors import BadSetting, ModelError
from rag.models import bundled
from rag.models.llm import is_this_machine, message_of
from rag.store.locks import hash_file
from rag.store.private import make_private, write_whole
from rag.text.normalise import sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx
    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from rag.config import Settings


# Cache of vectors of questions, claims and quotes.

_MOST: Final = 4096
"""Maximum number of cached vectors: 6 MB with the bundled model."""


class Remembering:
    """Caches the query vectors of an embedder. Thread-safe."""

    def __init__(self, embedder: Embedder, most: int = _MOST) -> None:
        self._embedder = embedder
        self._most = most
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimension), in order. Raises what the embedder raises."""
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= zip(missing, self._embedder.encode_queries(missing), strict=True)
        with self._lock:
            for text in texts:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if not texts:
            return self._embedder.encode_queries(texts)
        return np.stack([known[text] for text in texts])


# Embeddings by an OpenAI-compatible endpoint: protocol, retries and limits.
#
# An endpoint reports neither its weights nor its token counts. So the model is identified by its name and one vector
# (`probe`), and tokens are counted with the bundled model's tokenizer.

_PROBE: Final = "إسناد الخبر إلى من قاله. Attribution of the news to whoever told it."
"""Fixed text whose vector distinguishes models behind the same name."""
_CONNECT_SECONDS: Final = 5.0
_BATCH: Final = 16
"""Number of texts per request."""
_ANSWER_SECONDS: Final = 120.0
"""Time-out for one batch in seconds; for a question it is `_QUERY_SECONDS`."""
_QUERY_SECONDS: Final = 20.0
_TRIES, _QUERY_TRIES = 6, 2
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_LARGEST_BYTES: Final = 256 * 2**20


class _Passing(Exception):
    """A transient failure, with the seconds after which the endpoint asks to retry; None if it does not say."""

    def __init__(self, what: str, after: float | None = None) -> None:
        self.what, self.after = what, after
        super().__init__(what)


@dataclass(frozen=True)
class _EndpointEmbedder:
    """A model behind an endpoint, with its prompts; the fields are those of `Embedder`.

    `fingerprint` is a hash of the name, revision, dimension and prompts: the same model has the same fingerprint at any
    URL. `probe` is its vector of `_PROBE`, shape (dimension,). Thread-safe.
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
    endpoint: _Endpoint = field(repr=False)
    models_dir: Path = field(repr=False)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text with the bundled model's tokenizer: an approximation for chunking, the same
        everywhere."""
        encoded = self._tokenizer.encode_batch([sound(text) for text in texts], add_special_tokens=False)
        return [len(one.ids) for one in encoded]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of passages or sentences, shape (len(texts), dimension), in order.

        Raises `ModelError` if the endpoint is unreachable for longer than a minute, refuses, or returns invalid
        vectors.
        """
        return self._encode(texts, self.passage_prompt, _TRIES, _ANSWER_SECONDS)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions, shape (len(texts), dimension). Raises what `encode_passages` raises, but
        sooner."""
        return self._encode(texts, self.query_prompt, _QUERY_TRIES, _QUERY_SECONDS)

    def _encode(self, texts: Sequence[str], prompt: str, tries: int, seconds: float) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        # Sorted by length: an endpoint pads a batch to its longest text.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), self.batch):
            places = order[start : start + self.batch]
            found = self.endpoint.embed([prompt + texts[place] for place in places], tries, seconds)
            if found.shape[1] != self.dimension:
                what = f"it now returns vectors of {found.shape[1]} numbers instead of {self.dimension}"
                raise ModelError(what, where=self.endpoint.where, do="check which model it serves")
            rows[places] = found
        return rows

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(bundled.ensure(self.models_dir) / "tokenizer.json"))


def _load_endpoint(settings: Settings) -> _EndpointEmbedder:
    """Connect to the model at `embedding_url` and request one vector.

    Raises `BadSetting` if no model name is set, `ModelError` if the endpoint is unreachable or returns no vector.
    """
    name, revision = settings.embedding_model, settings.embedding_revision or ""
    if name == "bundled" or not settings.embedding_url:
        what = "embedding_url is set, but embedding_model is not"
        raise BadSetting(what, where="settings", do="set embedding_model to the name that the endpoint uses")
    key = settings.embedding_key.get_secret_value() if settings.embedding_key else None
    endpoint = _Endpoint(settings.embedding_url, name, key, _CONNECT_SECONDS)
    query, passage = settings.embedding_query_prompt or "", settings.embedding_passage_prompt or ""
    (probe,) = endpoint.embed([passage + _PROBE], _QUERY_TRIES, _QUERY_SECONDS)
    parts = ["endpoint", name, revision, len(probe), query, passage]
    return _EndpointEmbedder(
        name=name,
        revision=revision,
        dimension=len(probe),
        max_tokens=settings.passage_tokens,
        fingerprint=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        query_prompt=query,
        passage_prompt=passage,
        batch=_BATCH,
        probe=probe,
        endpoint=endpoint,
        models_dir=settings.models_dir,
    )


class _Endpoint:
    """Client of ``POST {url}/embeddings``. The key is never in a message or log. Thread-safe."""

    def __init__(self, url: str, model: str, key: str | None, connect_seconds: float) -> None:
        self.where = url
        self._model = model
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._connect_seconds = connect_seconds
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None

    def embed(self, texts: list[str], tries: int, seconds: float) -> NDArray[np.float32]:
        """Unit vectors of `texts`, shape (n, dimension), in order, by one request with at most `tries` attempts.

        `seconds` is the time-out of an attempt. Raises `ModelError`.
        """
        body = {"model": self._model, "input": [sound(text) for text in texts], "encoding_format": "float"}
        wait = _FIRST_WAIT
        for last in (*[False] * (tries - 1), True):
            try:
                return _rows(self._post(body, seconds), len(texts), self.where)
            except _Passing as error:
                if last:
                    do = (
                        "check that the endpoint runs and that embedding_url is right; vectors computed so far are kept"
                    )
                    raise ModelError(f"the embeddings endpoint {error.what}", where=self.where, do=do) from error
                time.sleep(min(wait if error.after is None else error.after, _LONGEST_WAIT))
                wait *= 2
        raise AssertionError("the last attempt returns or raises")

    def _post(self, body: dict[str, Any], seconds: float) -> bytes:
        import httpx

        timeout = httpx.Timeout(seconds, connect=self._connect_seconds)
        url = f"{self.where.rstrip('/')}/embeddings"
        data = b""
        try:
            with self._opened().stream("POST", url, json=body, headers=self._headers, timeout=timeout) as response:
                for part in response.iter_bytes():
                    data += part
                    if len(data) > _LARGEST_BYTES:
                        raise ModelError("the embeddings endpoint sent a response that is too large", where=self.where)
        except httpx.TimeoutException as error:
            raise _Passing("did not respond in time") from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise _Passing(f"cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            raise ModelError(f"the request to the embeddings endpoint failed: {error}", where=self.where) from error
        if response.status_code != httpx.codes.OK:
            self._refused(response.status_code, message_of(data), response.headers.get("retry-after", ""))
        return data

    def _refused(self, status: int, message: str, after: str) -> None:
        reason = f": {message}" if message else ""
        if status == 429 or status >= 500:
            raise _Passing(f"is unavailable ({status}){reason}", float(after) if after.isdecimal() else None)
        what, do = f"refused ({status}){reason}", "check the log of the endpoint"
        if status in (401, 403):
            what, do = f"rejected the key ({status})", "set ISNAD_EMBEDDING_KEY to a key of this endpoint"
        elif status == 404 or 300 <= status < 400:
            do = "correct embedding_url (most end in /v1) or embedding_model"
        raise ModelError(f"the embeddings endpoint {what}", where=self.where, do=do)

    def _opened(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(follow_redirects=False, trust_env=not is_this_machine(self.where))
            return self._client


def _rows(data: bytes, count: int, where: str) -> NDArray[np.float32]:
    """Vectors of a response, ordered by `index` and normalised to length 1."""
    try:
        found = {one["index"]: one["embedding"] for one in json.loads(data)["data"]}
        rows = np.array([found[place] for place in range(count)], np.float32)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        do = "check that the URL is that of an embeddings API (most end in /v1)"
        raise ModelError("the endpoint's response contains no embeddings", where=where, do=do) from error
    lengths = np.linalg.norm(rows, axis=1, keepdims=True) if rows.ndim == 2 else np.zeros(1)
    if len(found) != count or not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise ModelError("the endpoint returned invalid vectors", where=where, do="check which model it serves")
    unit: NDArray[np.float32] = rows / lengths
    return unit


_PASSAGE_PROMPTS = ("passage", "document", "corpus")


class Embedder(Protocol):
    """An embedding model with its prompts, in this process or behind an endpoint.

    `dimension` is the length of a vector; `max_tokens` the maximum number of tokens (by `count_tokens`) of a passage
    that the model reads without truncation; `batch` the batch size; `fingerprint` a hexadecimal hash of everything that
    affects a vector.
    """

    @property
    def name(self) -> str: ...
    @property
    def revision(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...
    @property
    def batch(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def query_prompt(self) -> str: ...
    @property
    def passage_prompt(self) -> str: ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...
    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]: ...
    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class LoadedEmbedder:
    """A sentence-transformers model in this process."""

    name: str
    revision: str
    dimension: int
    max_tokens: int
    fingerprint: str
    query_prompt: str
    passage_prompt: str
    batch: int
    model: SentenceTransformer = field(repr=False)

    @property
    def encoder(self) -> Any:
        """The transformers model inside, whose tensors a reader may share."""
        return self.model[0].model

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, without its prompt and special tokens."""
        if not texts:
            return []
        tokenizer: Any = self.model.tokenizer
        encoded = tokenizer(
            [sound(text) for text in texts],
            add_special_tokens=False,
            truncation=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of passages or sentences, shape (len(texts), dimension), in order.

        Raises `ModelError` if the model returns a value that is not finite.
        """
        return self._encode(texts, self.passage_prompt)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions, shape (len(texts), dimension). Raises what `encode_passages` raises."""
        return self._encode(texts, self.query_prompt)

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        # sentence-transformers sorts by length before batching, and restores the order.
        vectors: NDArray[np.float32] = self.model.encode(
            [sound(text) for text in texts],
            prompt=prompt,
            batch_size=self.batch,
            normalize_embeddings=True,
            show_progress_bar=False,
        ).astype(np.float32, copy=False)
        if not np.isfinite(vectors).all():
            raise ModelError("the embedding model returned a vector with a value that is not finite", where=self.name)
        return vectors


def load(settings: Settings) -> Embedder:
    """Load the configured model, or connect to its endpoint; the bundled model is built if missing.

    Raises `ModelError` if the files are missing and cannot be fetched, or are not a model; also what `_load_endpoint`
    raises.
    """
    if settings.embedding_url:
        return _load_endpoint(settings)
    name, revision = settings.embedding_model, settings.embedding_revision or ""
    if name == "bundled":
        folder = bundled.ensure(settings.models_dir)
        name, revision = bundled.NAME, bundled.FOLDER
        weights = bundled.weights_sha256(folder) or ""
    else:
        folder = find_folder(name, settings.embedding_revision, "embedding model")
        weights = _hash_folder(folder, settings.models_dir / "hashes.json")
        name = folder.name if Path(name).is_dir() else name
    model = _open(folder)
    query = settings.embedding_query_prompt
    query = model.prompts.get("query", "") if query is None else query
    passage = settings.embedding_passage_prompt
    if passage is None:
        passage = next((model.prompts[key] for key in _PASSAGE_PROMPTS if model.prompts.get(key)), "")
    dimension = model.get_embedding_dimension()
    if not dimension or not model.max_seq_length:
        raise ModelError(
            "this is not a text embedding model", where=str(folder), do="set embedding_model to another model"
        )
    parts = [name, revision, dimension, query, passage, weights]
    return LoadedEmbedder(
        name=name,
        revision=revision,
        dimension=dimension,
        max_tokens=model.max_seq_length - len(model.tokenizer(passage)["input_ids"]),
        fingerprint=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        query_prompt=query,
        passage_prompt=passage,
        batch=_BATCH,
        model=model,
    )


def _open(folder: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # transformers prints a progress bar to standard error at every load.
    logging.disable_progress_bar()
    try:
        return SentenceTransformer(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"the embedding model cannot be loaded: {error}",
            where=str(folder),
            do="delete the folder, then fetch or build the model again",
        ) from error


def _hash_folder(folder: Path, cache: Path) -> str:
    """Hash over the files of a model; each file's hash is cached in `cache` by its path, size and modification time."""
    try:
        known: dict[str, str] = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    files = sorted({path for pattern in _MODEL_FILES for path in folder.rglob(pattern) if path.is_file()})
    keys = {path: f"{path.resolve()}|{path.stat().st_size}|{path.stat().st_mtime_ns}" for path in files}
    hashes = {path: known.get(key) or hash_file(path) for path, key in keys.items()}
    fresh = {key: hashes[path] for path, key in keys.items()}
    if not fresh.items() <= known.items():
        make_private(cache.parent)
        write_whole(cache, json.dumps(known | fresh).encode())
    named = [[path.relative_to(folder).as_posix(), hashes[path]] for path in files]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


_MODEL_FILES: Final = ("*.safetensors", "*.bin", "*.json", "*.txt", "*.model")


def find_folder(name: str, revision: str | None, what: str) -> Path:
    """Local folder of a model: the given folder, or the snapshot of a hub model, which is fetched if that is allowed.

    `what` names the model in errors. Raises `ModelError` if it is not on this machine and cannot be fetched.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import HF_HUB_OFFLINE
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    do = "give a folder of a model or `bundled`, or fetch the model where there is network access"
    if folder.is_absolute() or name.startswith((".", "~")):
        raise ModelError("there is no such folder", where=name, do=do)
    try:
        return Path(snapshot_download(name, revision=revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        if isinstance(error, HFValidationError) or HF_HUB_OFFLINE:
            raise ModelError(f"the {what} is not on this machine", where=name, do=do) from error
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=[*_MODEL_FILES, "*/*.json"]))
    except (LocalEntryNotFoundError, HfHubHTTPError, OfflineModeIsEnabled, OSError) as error:
        raise ModelError(f"the {what} cannot be fetched: {error}", where=name, do=do) from error
