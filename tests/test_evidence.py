"""Which sentences an answer may rest on, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import article, found

from rag.evidence import select
from rag.types import Found, Hit, Passage, Span

TEXT = "الأولى هنا. الثانية هنا. الثالثة هنا. "
CUTS = (Span(0, 12), Span(12, 25), Span(25, 38))


def passage(cosines: tuple[float, ...], score: float, source: str = "a.txt") -> Found:
    one = article(TEXT, source=source)
    whole = Span(0, len(TEXT))
    name = Passage.make_id(one.id, one.sha256, whole)
    best = max(range(3), key=lambda place: cosines[place])
    made = Passage(name, one.id, one.sha256, whole, CUTS, TEXT)
    hit = Hit(made, CUTS[best], 0.9, cosines[best], 0.5, score, "both", (), cosines)
    return Found((hit,), {one.id: one}, "g1", 1)


def test_a_sentence_is_scored_as_its_passage_with_its_own_cosine_in_the_best_ones_place() -> None:
    chosen = select(passage((0.7, 0.9, 0.8), 1.0), 3)
    assert [item.text for item in chosen] == ["الثانية هنا.", "الثالثة هنا.", "الأولى هنا."]
    assert [item.number for item in chosen] == [1, 2, 3]
    assert [item.sentence for item in chosen] == [0.9, 0.8, 0.7]
    assert [item.score for item in chosen] == pytest.approx([1.0, 0.95, 0.9])


def test_a_second_sentence_of_a_near_passage_comes_before_the_best_of_a_far_one() -> None:
    near, far = passage((0.85, 0.9, 0.1), 1.0), passage((0.8, 0.1, 0.1), 0.9, "b.txt")
    other = article("خبر آخر. " + TEXT[9:], source="b.txt")
    hit = replace(far.hits[0], passage=replace(far.hits[0].passage, article_id=other.id))
    both = Found((near.hits[0], hit), near.articles | {other.id: other}, "g1", 2)
    assert [(item.article.source, item.sentence) for item in select(both, 3)][:2] == [("a.txt", 0.9), ("a.txt", 0.85)]


def test_the_same_words_in_two_articles_are_shown_once_and_the_better_stands_for_both() -> None:
    first, second = article("قال الوزير نعم.", source="a.txt"), article("قالَ الوزيرُ نعم.", source="b.txt")
    (item,) = select(found(first, second), 5)
    assert item.article.source == "a.txt"


def test_the_white_space_around_a_sentence_is_left_out() -> None:
    (item,) = select(found(article("  قال نعم.  \n")), 5)
    assert (item.text, item.span) == ("قال نعم.", Span(2, 10))
