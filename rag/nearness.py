"""How near texts are in meaning: cosines under the embedding model. Quotes are embedded once, for several claims ask.

It refuses to know what is near enough.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rag.embedding import Embedder

KEPT: Final = 256
"""Quotes whose vectors are kept, those used last; about 400 KB."""


class Nearness:
    """A `Similarity`: the cosine of each pair, in [-1, 1]; both sides are encoded as questions are."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, claims: list[str], quotes: list[str]) -> list[float]:
        texts = list(dict.fromkeys([*claims, *quotes]))
        with self._lock:
            vectors = {text: self._kept[text] for text in texts if text in self._kept}
        unknown = [text for text in texts if text not in vectors]
        if unknown:
            vectors.update(zip(unknown, self._embedder.encode_queries(unknown), strict=True))
        with self._lock:
            for quote in quotes:
                self._kept[quote] = vectors[quote]
                self._kept.move_to_end(quote)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return [float(vectors[a] @ vectors[b]) for a, b in zip(claims, quotes, strict=True)]
