from __future__ import annotations

from dataclasses import dataclass

import pytest

from rag.retrieve.filters import StatedColumns
from rag.types import Filters


@dataclass(frozen=True)
class Meta:
    id: str
    source: str
    outlet: str | None
    published: str | None


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
