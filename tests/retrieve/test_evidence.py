"""Which sentences an answer may rest on, and in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import article, found

from rag.retrieve.evidence import WORDS_WEIGHT, select
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


def test_of_two_near_sentences_the_one_with_the_words_of_the_question_comes_first() -> None:
    near = passage((0.9, 0.85, 0.1), 1.0)
    worded = replace(near, hits=(replace(near.hits[0], words=(0.0, 1.0, 0.0)),))
    assert [item.span for item in select(worded, 2)] == [Span(12, 24), Span(0, 11)]
    assert [item.score for item in select(worded, 2)] == pytest.approx([1 - 0.025 + WORDS_WEIGHT, 1.0])


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("كم قتيلا سقط؟", "سقط 12 قتيلا."),
        ("متى سقط القتلى؟", "سقطوا في 3 مايو 2015."),
        ("من سقط؟", "سقط القتلى هناك."),
    ],
)
def test_a_sentence_with_the_number_or_date_that_is_asked_for_goes_before_one_as_near(
    question: str, first: str
) -> None:
    sentences = ["سقط القتلى هناك.", "سقط 12 قتيلا.", "سقطوا في 3 مايو 2015."]
    told = found(*(article(text, source=f"{at}.txt") for at, text in enumerate(sentences)))
    # A number asked for is in a date too: the date comes after it only by its place.
    even = replace(told, hits=tuple(replace(hit, score=1.0 - at / 1000) for at, hit in enumerate(told.hits)))
    assert select(even, 3, question)[0].text == first


def test_a_heading_inside_an_article_is_no_evidence_unless_there_is_nothing_else() -> None:
    page = article("أسباب الأزمة\nاندلعت الأزمة بسبب خلاف على الحدود بين البلدين.", source="a.txt")
    assert [item.text for item in select(found(page), 3)] == ["اندلعت الأزمة بسبب خلاف على الحدود بين البلدين."]
    assert [item.text for item in select(found(article("أسباب الأزمة")), 3)] == ["أسباب الأزمة"]
    assert [item.text for item in select(found(article("غادر الوفد. ثم عاد")), 3)] == ["غادر الوفد."]
