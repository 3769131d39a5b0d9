from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from rag.retrieve.filters import FilterColumns, StatedColumns, phrase_forms
from rag.text.normalise import whole_words
from rag.types import Filters


@dataclass(frozen=True)
class Meta:
    id: str
    source: str
    outlet: str | None
    published: str | None
    language: str = "ar"


ARTICLES = [
    Meta("one", "2017/a.txt", "قناة الجزيرة", "2017-01-26T08:31:00+01:00"),
    Meta("two", "2017/b.txt", "رويترز", "2017-02-01"),
    Meta("three", "c.txt", None, None),
]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"one", "two", "three"}),
        (Filters(published_from="2017-01-26"), {"one", "two"}),
        (Filters(published_to="2017-01-26"), {"one"}),
        (Filters(published_from="2017-01-27", published_to="2017-01-31"), set()),
        (Filters(outlet="قناةُ  الجزيره"), {"one"}),
        (Filters(outlet="رويترز", published_to="2017-01-31"), set()),
        (Filters(source="c.txt"), {"three"}),
        (Filters(source="2017/*"), {"one", "two"}),
    ],
    ids=["none", "from that day", "to that day", "between", "outlet in normal form", "both", "path", "pattern"],
)  # fmt: skip
def test_an_article_passes_only_what_it_states(filters: Filters, expected: set[str]) -> None:
    passing = StatedColumns(len(ARTICLES), enumerate(ARTICLES)).passing(filters)
    assert {article.id for article, passes in zip(ARTICLES, passing, strict=True) if passes} == expected


def columns_of(generation: str, articles: list[Meta], read: list[Meta], before: FilterColumns | None) -> FilterColumns:
    """Two passages of each article; reading the metadata of all articles fails if there are earlier columns."""

    def metas(beside: str | None) -> list[Meta]:
        assert beside == (f"before {generation}" if before else None)
        return read

    ids = [f"{one.id}@{place}" for one in sorted(articles, key=lambda one: one.id) for place in (0, 9)]
    numbers = np.repeat(np.arange(len(articles), dtype=np.int32), 2)
    return FilterColumns(generation, metas, numbers, ids, lambda _: np.zeros(0, np.int64), before=before)


def test_the_columns_of_a_generation_take_what_an_earlier_one_has_read() -> None:
    first = columns_of("before third", ARTICLES, ARTICLES, None)
    assert first.days(np.arange(6)).tolist() == ["2017-01-26"] * 2 + [""] * 2 + ["2017-02-01"] * 2
    # The second, of which nothing is asked, reads nothing. The third has another first article and one more.
    changed = [Meta("one", "2018/a.txt", "رويترز", "2018-01-01"), Meta("four", "d.txt", "وكالة سانا", None)]
    now = [*changed, ARTICLES[1]]
    second = columns_of("second", ARTICLES, [], first)
    third = columns_of("third", now, changed, second)
    alone = columns_of("third", now, now, None)
    for filters in (
        *(Filters(outlet=name) for name in ("رويترز", "وكالة سانا", "قناة الجزيرة")),
        *(Filters(source=name) for name in ("2017/*", "2018/a.txt", "c.txt")),
        Filters(published_from="2017-02-01"),
    ):
        mine, whole = third.among(filters), alone.among(filters)
        assert mine
        assert whole
        assert (mine.count, mine.every().tolist()) == (whole.count, whole.every().tolist())
    assert third.days(np.arange(6)).tolist() == alone.days(np.arange(6)).tolist()


def test_an_article_passes_in_its_own_language() -> None:
    articles = [ARTICLES[0], Meta("four", "d.txt", None, None, "en")]
    passing = StatedColumns(2, enumerate(articles)).passing(Filters(language="en"))
    assert passing.tolist() == [False, True]


@pytest.mark.parametrize(
    ("phrase", "text", "holds"),
    [
        ("بيان جنيف", "صدر بيانُ جنيڤ", False),
        ("بيان جنيف", "صدر بَيان جنيف.", True),
        ("بيان جنيف", "وبيان جنيف", True),
        ("بيان جنيف", "فلبيان جنيف", True),
        ("بيان جنيف", "بيانات جنيف", False),
        ("بيان جنيف", "بيان في جنيف", False),
        ("بيان جنيف", "بيان: جنيف", True),
        ("القمة", "للقمه", True),
        ("القمة", "بالقمة", True),
        ("قمة", "القمة", False),
        ("تاب", "كتاب", False),
        ("سورية", "السورية", False),
        ("سورية", "سوريه", True),
        ("٢٠١٥", "عام 2015", True),
        ("Assad", "Assad's army", True),
        ("assad", "Assadist", False),
    ],
)
def test_a_phrase_is_compared_by_whole_normalised_words(phrase: str, text: str, holds: bool) -> None:
    words = whole_words(text)
    forms = phrase_forms(phrase)
    at = range(len(words) - len(forms) + 1)
    assert any(all(words[i + j] in form for j, form in enumerate(forms)) for i in at) == holds
