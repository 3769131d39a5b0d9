"""Cosines of claims and quotes, each quote embedded once."""

from __future__ import annotations

from typing import Any

import pytest
from fake_vectors import FakeEmbedder

from rag import nearness
from rag.nearness import Nearness


class Counting(FakeEmbedder):
    """Notes each text that it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_queries(self, texts: Any) -> Any:
        self.asked += texts
        return super().encode_queries(texts)


def near(embedder: Any) -> Nearness:
    return Nearness(embedder)


def test_the_figures_are_cosines_whatever_was_asked_before() -> None:
    embedder = Counting()
    one, other = near(embedder), near(FakeEmbedder())
    one(["زار سوتشي"], ["التقيا في سوتشي"])
    claims, quotes = ["زار سوتشي", "غادر الوفد", "غادر الوفد"], ["التقيا في سوتشي", "غادر الوفد", "التقيا في سوتشي"]
    vectors = FakeEmbedder().encode_queries([*claims, *quotes])
    expected = [float(vectors[at] @ vectors[at + 3]) for at in range(3)]
    assert one(claims, quotes) == pytest.approx(expected, abs=1e-6)
    assert one(claims, quotes) == pytest.approx(other(claims, quotes), abs=1e-6)
    assert one(["غادر الوفد"], ["غادر الوفد"]) == pytest.approx([1.0])


def test_a_quote_is_embedded_once_for_all_claims() -> None:
    embedder = Counting()
    similarity = near(embedder)
    for claim in ("a", "b", "c"):
        similarity([claim] * 3, ["x", "y", "z"])
    assert sorted(embedder.asked) == ["a", "b", "c", "x", "y", "z"]


def test_only_so_many_quotes_are_kept_and_the_last_used_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearness, "KEPT", 2)
    embedder = Counting()
    similarity = near(embedder)
    for quote in ("x", "y", "x", "z", "x", "y"):
        similarity(["a"], [quote])
    assert [text for text in embedder.asked if text != "a"] == ["x", "y", "z", "y"]


def test_nothing_is_near_to_nothing() -> None:
    assert near(Counting())([], []) == []
