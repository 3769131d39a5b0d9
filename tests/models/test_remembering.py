"""Vectors that are remembered are those of the model, and no text is embedded twice while it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.models.embedding import Remembering


class Lengths:
    """A text's vector says how long it is; `seen` are the texts that were embedded."""

    fingerprint = "lengths"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.seen += texts
        return np.array([[len(text), 1] for text in texts], np.float32).reshape(len(texts), 2)


def test_a_text_is_embedded_once_and_vectors_come_in_the_order_asked() -> None:
    model: Any = Lengths()
    remembering = Remembering(model)
    assert remembering.encode_queries(["aa", "b", "aa"]).tolist() == [[2, 1], [1, 1], [2, 1]]
    assert remembering.encode_queries(["b", "ccc"]).tolist() == [[1, 1], [3, 1]]
    assert model.seen == ["aa", "b", "ccc"]
    assert remembering.encode_queries([]).shape == (0, 2)


def test_what_was_not_asked_for_the_longest_is_forgotten_first() -> None:
    model: Any = Lengths()
    remembering = Remembering(model, most=2)
    for texts in (["a"], ["b"], ["a"], ["c"], ["a"], ["b"]):
        remembering.encode_queries(texts)
    assert model.seen == ["a", "b", "c", "b"]
    assert len(remembering.encode_queries(["x", "y", "z"])) == 3
