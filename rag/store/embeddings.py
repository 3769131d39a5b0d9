"""Store and compute embeddings: which texts are embedded, and where their vectors are stored.

A vector is keyed by the exact text and the model's fingerprint, not by file: a renamed file, or a sentence that ten
agencies print, is embedded once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, delete, insert, select
from sqlalchemy.engine import Connection

from rag.errors import CatalogError, ModelError, WrongModel
from rag.store.schema import generations, models, sha256_of, vectors
from rag.text.normalise import has_letters
from rag.types import Passage

T = TypeVar("T")

_CHUNK = 500
"""Number of values in one ``IN (…)``: below the limit of every database."""

_PROBE_KEY = "probe"
"""Key of the probe in the column for text hashes; it cannot equal a hash."""
_SAME_MODEL = 0.999
"""Minimum cosine of two probes of the same model: servers, batch sizes and half precision change it by at most
0.0001."""

_WINDOW = 8192
"""Number of texts sorted by length together: bounds memory with almost no extra padding."""


class PassageEmbedder(Protocol):
    """What an ingest needs from an embedding model."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def max_tokens(self) -> int: ...

    @property
    def batch(self) -> int: ...

    def count_tokens(self, texts: list[str]) -> list[int]: ...

    def encode_passages(self, texts: list[str]) -> NDArray[np.float32]:
        """(n texts) → (n, dimension), unit vectors."""
        ...


EncodeBatches = Callable[[Iterable[Sequence[str]]], Iterator[NDArray[np.float32]]]
"""Embeds batches of texts one by one or several at a time; yields the vectors of each, in order."""


@runtime_checkable
class Probed(Protocol):
    """An embedder whose fingerprint is not sufficient: `probe` is its model's vector of a fixed text."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def probe(self) -> NDArray[np.float32]: ...


def embedded_text(text: str) -> str:
    """The text that is embedded for a passage or sentence: without surrounding white space."""
    return text.strip()


def texts_of(passage: Passage) -> Iterator[str]:
    """Embedded texts of a passage: its own, then those of its sentences that have letters."""
    offset = passage.span.start
    spans = (passage.span, *passage.sentences)
    return embeddable(passage.text[span.start - offset : span.end - offset] for span in spans)


def embeddable(texts: Iterable[str]) -> Iterator[str]:
    """The `texts` that are embedded; a line of figures or symbols has no meaning for a model."""
    return (embedded_text(text) for text in texts if has_letters(text))


def chunks(items: Sequence[T], size: int = _CHUNK) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def read_vectors(connection: Connection, texts: Sequence[str], fingerprint: str) -> NDArray[np.float32]:
    """Stored vectors of `texts`, shape (n, dimension), in order; a text without letters has a zero vector.

    Raises `CatalogError` if a text with letters has none.
    """
    keys = [sha256_of(text) if has_letters(text) else None for text in map(embedded_text, texts)]
    found: dict[str, NDArray[np.float32]] = {}
    for part in chunks(sorted({key for key in keys if key})):
        rows = connection.execute(
            select(vectors.c.text_sha256, vectors.c.data).where(
                vectors.c.text_sha256.in_(part), vectors.c.fingerprint == fingerprint
            )
        )
        found |= {key: np.frombuffer(data, dtype="<f4") for key, data in rows}
    lost = sum(key is not None and key not in found for key in keys)
    if lost:
        raise CatalogError(f"{lost} of {len(texts)} texts have no vector", do="ingest the folder again with --rebuild")
    any_data = next(iter(found.values()), None)
    if any_data is None:
        data = connection.execute(select(vectors.c.data).where(vectors.c.fingerprint == fingerprint).limit(1)).scalar()
        any_data = np.frombuffer(data or b"", dtype="<f4")
    zero = np.zeros_like(any_data)
    return np.array([found[key] if key else zero for key in keys], dtype=np.float32).reshape(len(texts), len(zero))


def check_probe(connection: Connection, embedder: object, *, keep: bool = False) -> None:
    """Check that the model behind an endpoint is still the one that made the vectors with its fingerprint.

    If `keep`, the first probe is stored. Raises `WrongModel` if the model differs.
    """
    if not isinstance(embedder, Probed):
        return
    here = and_(vectors.c.text_sha256 == _PROBE_KEY, vectors.c.fingerprint == embedder.fingerprint)
    data = connection.execute(select(vectors.c.data).where(here)).scalar()
    if data is None:
        if keep:
            row = {"text_sha256": _PROBE_KEY, "fingerprint": embedder.fingerprint}
            _record_model(connection, embedder.fingerprint)
            connection.execute(insert(vectors).values(**row, data=embedder.probe.astype("<f4").tobytes()))
        return
    cosine = float(np.frombuffer(data, dtype="<f4") @ embedder.probe)
    if cosine < _SAME_MODEL:
        raise WrongModel(
            f"the endpoint serves another model than the one that made this index (cosine {cosine:.3f} for one text)",
            where="embedding_model",
            do="serve the earlier model again, or change embedding_revision and ingest again",
        )


def _record_model(connection: Connection, fingerprint: str) -> None:
    """Note that vectors of this model follow, so that they are found when it is in use no more."""
    if connection.execute(select(models).where(models.c.fingerprint == fingerprint)).first() is None:
        connection.execute(insert(models).values(fingerprint=fingerprint))


def remove_unused_vectors(connection: Connection, fingerprint: str) -> None:
    """Delete the vectors of every model but `fingerprint` and those of the listed generations."""
    used = select(generations.c.fingerprint)
    unused = select(models.c.fingerprint).where(models.c.fingerprint != fingerprint, models.c.fingerprint.not_in(used))
    for one in connection.execute(unused).scalars().all():
        for table in (vectors, models):
            connection.execute(delete(table).where(table.c.fingerprint == one))


def missing_texts(connection: Connection, texts: Iterable[str], fingerprint: str) -> dict[str, str]:
    """The `texts` (in the form of `embedded_text`) that have no vector yet, by hash."""
    wanted = {sha256_of(text): text for text in texts}
    for part in chunks(sorted(wanted)):
        known = connection.execute(
            select(vectors.c.text_sha256).where(vectors.c.text_sha256.in_(part), vectors.c.fingerprint == fingerprint)
        ).scalars()
        for key in known:
            del wanted[key]
    return wanted


def embed_missing(
    transaction: Callable[[], AbstractContextManager[Connection]],
    passages: Callable[[], Iterable[Passage]],
    embedder: PassageEmbedder,
    batch: int,
    progress: Callable[[int, int], None],
    encode: EncodeBatches | None = None,
) -> int:
    """Embed all texts without a vector, sorted by length within a window, longest first; returns their number.

    `batch` texts are embedded and committed at a time: a kill loses at most that much. `passages` is called twice, to
    count and to embed window by window, so memory hardly grows with the corpus (8 bytes per text). Raises `ModelError`
    if the model returns invalid vectors. `encode` embeds the batches; by default `embedder`, one after another.
    """
    encode = encode or partial(map, embedder.encode_passages)
    # The same text may occur in several windows: 8 bytes of its hash are enough to count it once.
    seen = array("Q")
    for window in _windows(passages()):
        with transaction() as connection:
            seen.extend(int(key[:16], 16) for key in missing_texts(connection, window, embedder.fingerprint))
    hashes, done = np.frombuffer(seen, np.uint64), 0
    hashes.sort()
    total = min(1, len(hashes)) + int(np.count_nonzero(hashes[1:] != hashes[:-1]))
    del seen, hashes
    progress(done, total)
    if total:
        with transaction() as connection:
            _record_model(connection, embedder.fingerprint)
    for window in _windows(passages()) if total else ():
        with transaction() as connection:
            missing = missing_texts(connection, window, embedder.fingerprint)
        # Longest first: later batches reuse the memory that the first ones allocated.
        parts = list(chunks(sorted(missing.items(), key=lambda item: (-len(item[1]), item[0])), batch))
        for part, found in zip(parts, encode([text for _, text in part] for part in parts), strict=True):
            encoded = _checked(found, len(part))
            rows = [
                {"text_sha256": key, "fingerprint": embedder.fingerprint, "data": vector.tobytes()}
                for (key, _), vector in zip(part, encoded, strict=True)
            ]
            with transaction() as connection:
                connection.execute(insert(vectors), rows)
            done += len(part)
            progress(done, total)
    return done


def _windows(passages: Iterable[Passage]) -> Iterator[set[str]]:
    window: set[str] = set()
    for passage in passages:
        window.update(texts_of(passage))
        if len(window) >= _WINDOW:
            yield window
            window = set()
    if window:
        yield window


def _checked(encoded: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    if encoded.ndim != 2 or len(encoded) != count or not np.isfinite(encoded).all():
        raise ModelError(
            f"the embedding model returned an array of shape {encoded.shape} for {count} texts, or non-finite numbers",
            do="choose another embedding_model",
        )
    return encoded.astype("<f4")
