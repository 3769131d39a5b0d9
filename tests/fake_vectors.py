"""A model of embeddings for tests: a text's vector is the sum of one fixed random direction per word."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DIMENSION = 32


def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit rows: texts that share words are near, texts that share none are not. Texts without words are refused."""
    rows = np.stack([np.sum([_direction(word) for word in text.split()], axis=0) for text in texts])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).standard_normal(DIMENSION)


class FakeEmbedder:
    """Questions are embedded as passages are."""

    fingerprint = "fake"
    dimension = DIMENSION
    max_tokens = 500
    batch = 16

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return vectors(texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return vectors(texts)
