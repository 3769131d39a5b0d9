"""Which texts are embedded, and where their vectors are kept. Knows no model and no index.

A vector belongs to the exact text that was embedded and to the fingerprint of the model, not to a file: a
renamed file, or a sentence that ten agencies print, is embedded once.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import and_, insert, select
from sqlalchemy.engine import Connection

from rag.errors import CatalogError, ModelError, WrongModel
from rag.store.schema import sha256_of, vectors
from rag.text.normalise import has_letters
from rag.types import Passage

T = TypeVar("T")

CHUNK = 500
"""Values in one ``IN (…)``: below the limit of every database."""

PROBE_KEY = "probe"
"""Stands where vectors have the hash of their text, which it cannot be."""
SAME_MODEL = 0.999
"""The least cosine of two probes of one model: servers, batches and half precision move it by 0.0001 at most."""

WINDOW = 8192
"""Texts that are sorted by length together: bounds the memory, and hardly costs any padding."""


class Embedder(Protocol):
    """What ingest asks of an embedding model."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def max_tokens(self) -> int: ...

    @property
    def batch(self) -> int: ...

    def count_tokens(self, texts: list[str]) -> list[int]: ...

    def encode_passages(self, texts: list[str]) -> NDArray[np.float32]:
        """(n texts) → (n, dimension), each row of length 1."""
        ...


@runtime_checkable
class Probed(Protocol):
    """An embedder whose fingerprint does not say all: `probe` is the vector that its model gives for one text."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def probe(self) -> NDArray[np.float32]: ...


def embedded_text(text: str) -> str:
    """The text that is embedded for a passage or a sentence: without the white space around it."""
    return text.strip()


def texts_of(passage: Passage) -> Iterator[str]:
    """The embedded texts of a passage: its own, then those of its sentences that have letters."""
    offset = passage.span.start
    spans = (passage.span, *passage.sentences)
    return embeddable(passage.text[span.start - offset : span.end - offset] for span in spans)


def embeddable(texts: Iterable[str]) -> Iterator[str]:
    """Those of `texts` that are embedded; a line of figures or signs has no meaning that a model could see."""
    return (embedded_text(text) for text in texts if has_letters(text))


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def read_vectors(connection: Connection, texts: Sequence[str], fingerprint: str) -> NDArray[np.float32]:
    """Stored vectors of `texts`, (n, dimension), in their order; a text without letters has a zero vector.

    Raises `CatalogError` when a text with letters has none.
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
    """See that the model behind an endpoint is still the one that made the vectors of its fingerprint.

    The first probe is kept where `keep` is true. Raises `WrongModel` when the model's is another.
    """
    if not isinstance(embedder, Probed):
        return
    here = and_(vectors.c.text_sha256 == PROBE_KEY, vectors.c.fingerprint == embedder.fingerprint)
    data = connection.execute(select(vectors.c.data).where(here)).scalar()
    if data is None:
        if keep:
            row = {"text_sha256": PROBE_KEY, "fingerprint": embedder.fingerprint}
            connection.execute(insert(vectors).values(**row, data=embedder.probe.astype("<f4").tobytes()))
        return
    cosine = float(np.frombuffer(data, dtype="<f4") @ embedder.probe)
    if cosine < SAME_MODEL:
        raise WrongModel(
            f"the endpoint's model is another than the one that made this index (cosine {cosine:.3f} for one text)",
            where="embedding_model",
            do="serve that model again; or give this one a word in embedding_revision, and ingest again",
        )


def missing_texts(connection: Connection, texts: Iterable[str], fingerprint: str) -> dict[str, str]:
    """Those of `texts` (already as `embedded_text` gives them) that have no vector yet, by their hash."""
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
    embedder: Embedder,
    batch: int,
    progress: Callable[[int, int], None],
) -> int:
    """Embed what has no vector yet, the like in length together, the longest of many first; how many texts that were.

    `batch` texts at a time are embedded and kept: that is the most that a kill loses. `passages` is called
    twice: to count, and to embed window by window, so that memory hardly grows with the corpus (8 bytes a text). Raises
    `ModelError` when the model gives what is not a vector.
    """
    # The same text may come again in another window: the first 8 bytes of its hash are enough to count it once.
    seen = array("Q")
    for window in _windows(passages()):
        with transaction() as connection:
            seen.extend(int(key[:16], 16) for key in missing_texts(connection, window, embedder.fingerprint))
    hashes, done = np.frombuffer(seen, np.uint64), 0
    hashes.sort()
    total = min(1, len(hashes)) + int(np.count_nonzero(hashes[1:] != hashes[:-1]))
    del seen, hashes
    progress(done, total)
    for window in _windows(passages()) if total else ():
        with transaction() as connection:
            missing = missing_texts(connection, window, embedder.fingerprint)
        # The longest first: the memory that they needed serves all that come after.
        for part in chunks(sorted(missing.items(), key=lambda item: (-len(item[1]), item[0])), batch):
            encoded = _checked(embedder.encode_passages([text for _, text in part]), len(part))
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
        if len(window) >= WINDOW:
            yield window
            window = set()
    if window:
        yield window


def _checked(encoded: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    if encoded.ndim != 2 or len(encoded) != count or not np.isfinite(encoded).all():
        raise ModelError(
            f"the embedding model gave {encoded.shape} for {count} texts, or numbers that are none",
            do="choose another embedding_model",
        )
    return encoded.astype("<f4")
