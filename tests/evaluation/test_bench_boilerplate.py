"""The marked pages: their marks are of their texts, and the rules stay as good on them as docs/benchmarks.md says."""

from __future__ import annotations

import pytest

from eval.bench.boilerplate import FIELDS, HALVES, Marked, Score, annotated_pages, score
from rag.extract.page_model import Page
from rag.types import Span, Stated


def test_a_score_counts_lines_and_fields_by_hand() -> None:
    title = Stated("عنوان", Span(0, 5))
    marks = Marked(
        "p",
        "made up",
        "tune",
        "عنوان\nخبر\n\nشارك\nرابط\n",
        frozenset({1, 4, 5}),
        dict.fromkeys(FIELDS) | {"title": title},
    )

    def read(text: str) -> Page:
        from rag.extract.bylines import split_lines
        from rag.extract.outlets import Outlets

        page = Page(text, split_lines(text), Outlets(()))
        page.outside = {0, 1, 2}  # the title, the news and a button: of 3 that are no news 2, and one of news
        page.section = Stated("خبر", Span(6, 9))
        return page

    found = score([marks], read)
    assert (found.outside, found.said, found.right, found.news, found.lost) == (3, 3, 2, 1, 1)
    assert (found.precision, found.recall, found.loss) == (2 / 3, 2 / 3, 1.0)
    assert found.fields["title", "missed"] == found.fields["section", "invented"] == 1
    assert found.fields["outlet", "right"] == 1
    assert (Score().precision, Score().recall, Score().loss) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("half", HALVES)
def test_marks_are_of_lines_and_words_that_are_there(half: str) -> None:
    pages = annotated_pages(half)
    assert len({page.name for page in pages}) == len(pages) >= 40
    for page in pages:
        lines = page.text.split("\n")
        assert all(lines[number - 1].strip() for number in page.outside), page.name
        for stated in page.fields.values():
            assert stated is None or stated.span.of(page.text).strip() == stated.span.of(page.text) != "", page.name


@pytest.mark.parametrize(
    ("half", "precision", "recall", "right"),
    [("tune", 1.0, 0.99, dict.fromkeys(FIELDS, 46)),
     ("held", 0.995, 0.98, {"title": 42, "outlet": 42, "author": 40, "published": 44, "section": 44})],
)  # fmt: skip
def test_the_rules_do_not_fall_behind(half: str, precision: float, recall: float, right: dict[str, int]) -> None:
    found = score(annotated_pages(half))
    assert found.lost == 0
    assert found.precision >= precision
    assert found.recall >= recall
    for name, least in right.items():
        assert found.fields[name, "right"] >= least, name
        assert found.fields[name, "invented"] == 0, name
