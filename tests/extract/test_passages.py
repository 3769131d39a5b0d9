"""`rag.extract.chunking`: passages tile each body span, keep to the budget, and cut a sentence only where they must."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.extract.chunking import split
from rag.text.normalise import has_letters
from rag.types import Article, Passage, Rendition, Span

Counter = Callable[[list[str]], list[int]]


def article(text: str, *body: tuple[int, int]) -> Article:
    spans = tuple(Span(*span) for span in body) or (Span(0, len(text)),)
    return Article("a" * 24, "seeds", "a.txt", "b" * 64, text, Rendition("c" * 64, "utf-8"), spans)


def words(texts: list[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def characters(texts: list[str]) -> list[int]:
    return [len(text) for text in texts]


def texts_of(passages: list[Passage]) -> list[str]:
    return [passage.text for passage in passages]


PIECES = [
    "قالَ الرَّئيسُ", "مُحَمَّد", "بيان. بيان. ", "said he", "2254", "😀", "👩🏽‍🚀", ".",
    "؟ ", "، ", "؛", "…", " ", " ", "\n", "\r\n\r\n",
    "\u200f", "\u202b", "”", "“", "سوريا" * 8,
]  # fmt: skip
bodies = st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join)


@given(st.lists(bodies, min_size=1, max_size=4), st.integers(1, 30), st.sampled_from([words, characters]))
def test_passages_tile_each_body_span_that_has_letters(parts: list[str], budget: int, count: Counter) -> None:
    text = "||".join(parts)
    body, start = [], 0
    for part in parts:
        body.append((start, start + len(part)))
        start += len(part) + 2
    passages = split(article(text, *body), count, budget)
    for start, end in body:
        inside = [passage for passage in passages if start <= passage.span.start < end]
        if not has_letters(text[start:end]):
            assert inside == []
            continue
        assert "".join(passage.text for passage in inside) == text[start:end]
        assert all(passage.span.of(text) == passage.text and has_letters(passage.text) for passage in inside)
    for passage in passages:
        edges = [passage.span.start, *(sentence.end for sentence in passage.sentences)]
        assert [sentence.start for sentence in passage.sentences] == edges[:-1]
        assert edges[-1] == passage.span.end
        assert passage.id == Passage.make_id("a" * 24, "b" * 64, passage.span)
    assert len({passage.id for passage in passages}) == len(passages)


@given(
    st.lists(st.sampled_from(["قال", "بوتين،", "نعم.", "said", "ثم؛", "أمس"]), min_size=1, max_size=60),
    st.integers(1, 20),
)
def test_no_passage_is_over_the_budget(chosen: list[str], budget: int) -> None:
    assert all(words([passage.text])[0] <= budget for passage in split(article(" ".join(chosen)), words, budget))


def test_whole_sentences_fill_a_passage_up_to_the_budget() -> None:
    text = "وصل المعلم أمس. والتقى بوتين.\nثم غادر سوتشي. وعاد."
    assert texts_of(split(article(text), words, 6)) == ["وصل المعلم أمس. والتقى بوتين.\n", "ثم غادر سوتشي. وعاد."]


def test_the_last_passage_is_not_a_crumb_where_sentences_can_be_shared_evenly() -> None:
    text = "واحد اثنان. " * 5
    sizes = words(texts_of(split(article(text), words, 8)))
    assert sizes == [4, 6] or sizes == [6, 4]


def test_a_sentence_over_the_budget_is_cut_at_a_clause_mark() -> None:
    text = "التقى بوتين المعلم في سوتشي أمس، وبحث معه العلاقات بين البلدين"
    assert texts_of(split(article(text), words, 6)) == [
        "التقى بوتين المعلم في سوتشي أمس، ",
        "وبحث معه العلاقات بين البلدين",
    ]


def test_without_a_clause_mark_it_is_cut_at_a_space_and_without_a_space_anywhere() -> None:
    assert texts_of(split(article("قال بوتين نعم أمس"), words, 2)) == ["قال بوتين ", "نعم أمس"]
    assert texts_of(split(article("سوريا" * 4), characters, 10)) == ["سورياسوريا"] * 2


def test_a_stretch_without_letters_joins_its_neighbour() -> None:
    text = "2015\n***\nقال بوتين.\n12 34 56 78\n"
    assert texts_of(split(article(text), words, 9)) == [text]


def test_a_body_without_letters_has_no_passage() -> None:
    assert split(article("2015 ... ١٢٣ 😀"), words, 5) == []


def test_no_passage_crosses_from_one_body_span_to_another() -> None:
    text = "قال بوتين.\nشارك\nوعاد."
    assert texts_of(split(article(text, (0, 10), (16, 21)), words, 99)) == ["قال بوتين.", "وعاد."]


def test_all_sentences_are_counted_in_one_call() -> None:
    calls: list[int] = []

    def count(texts: list[str]) -> list[int]:
        calls.append(len(texts))
        return words(texts)

    split(article("قال بوتين. وعاد المعلم. ثم غادر."), count, 10)
    assert calls == [3]


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        split(article("قال"), words, 0)
