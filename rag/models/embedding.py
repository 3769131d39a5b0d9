"""Text → vectors: the one file, with `rag.models.bundled`, that names a model library for them.

A model runs here, or behind an endpoint (`rag.models.embedding_http`); nothing above knows which.

A model is any sentence-transformers name or folder. Its fingerprint says which vectors may be compared: an
index made under another fingerprint is never searched. Knows nothing of passages, indexes or the catalog.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rag.errors import ModelError
from rag.models import bundled
from rag.models.embedding_http import load_endpoint
from rag.models.hub import MODEL_FILES, find_folder
from rag.store.durable import hash_file
from rag.store.private import make_private_file
from rag.text.normalise import sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sentence_transformers import SentenceTransformer

    from rag.config import Settings

_PASSAGE_PROMPTS = ("passage", "document", "corpus")


class Embedder(Protocol):
    """A model with its prompts, wherever it runs.

    `dimension` is the length of a vector; `max_tokens` the most tokens (as `count_tokens` counts) of a passage
    that the model reads whole; `fingerprint` a hexadecimal hash over everything that a vector depends on.
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
        """How many tokens each text has, without its prompt and the special tokens."""
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
        """Unit vectors of passages or sentences, of shape (len(texts), dimension), in the texts' order.

        Raises `ModelError` when the model gives something that is not a number.
        """
        return self._encode(texts, self.passage_prompt)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of questions, of shape (len(texts), dimension). Raises as `encode_passages`."""
        return self._encode(texts, self.query_prompt)

    def _encode(self, texts: Sequence[str], prompt: str) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        # sentence-transformers sorts by length before it batches, and gives back the order it was given.
        vectors: NDArray[np.float32] = self.model.encode(
            [sound(text) for text in texts],
            prompt=prompt,
            batch_size=self.batch,
            normalize_embeddings=True,
            show_progress_bar=False,
        ).astype(np.float32, copy=False)
        if not np.isfinite(vectors).all():
            raise ModelError("the embedding model gave a vector that is not a number", where=self.name)
        return vectors


def load(settings: Settings) -> Embedder:
    """The model that the settings name, at their endpoint or loaded here; the bundled one is made where it is missing.

    Raises `ModelError` when its files are not here and cannot be fetched, or are not a model; as `load_endpoint`.
    """
    if settings.embedding_url:
        return load_endpoint(settings)
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
        raise ModelError("this is not a model of text embeddings", where=str(folder), do="name another")
    parts = [name, revision, dimension, query, passage, weights]
    return LoadedEmbedder(
        name=name,
        revision=revision,
        dimension=dimension,
        max_tokens=model.max_seq_length - len(model.tokenizer(passage)["input_ids"]),
        fingerprint=hashlib.sha256(json.dumps(parts).encode()).hexdigest(),
        query_prompt=query,
        passage_prompt=passage,
        batch=settings.embedding_batch,
        model=model,
    )


def _open(folder: Path) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    # transformers draws a bar on standard error at every load.
    logging.disable_progress_bar()
    try:
        return SentenceTransformer(str(folder), local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"the embedding model cannot be loaded: {error}",
            where=str(folder),
            do="remove the folder and fetch or make the model again",
        ) from error


def _hash_folder(folder: Path, cache: Path) -> str:
    """One hash over the files of a model; each file's is kept in `cache` under its path, size and time of change."""
    try:
        known: dict[str, str] = json.loads(cache.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    files = sorted({path for pattern in MODEL_FILES for path in folder.rglob(pattern) if path.is_file()})
    keys = {path: f"{path.resolve()}|{path.stat().st_size}|{path.stat().st_mtime_ns}" for path in files}
    hashes = {path: known.get(key) or hash_file(path) for path, key in keys.items()}
    fresh = {key: hashes[path] for path, key in keys.items()}
    if not fresh.items() <= known.items():
        aside = cache.with_suffix(f".{os.getpid()}")
        make_private_file(aside)
        aside.write_text(json.dumps(known | fresh), encoding="utf-8")
        aside.replace(cache)
    named = [[path.relative_to(folder).as_posix(), hashes[path]] for path in files]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()
