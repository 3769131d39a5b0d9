"""`rag.sources.repeated`: lines at the edges of many articles; expected sets come from counting by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rag.sources.repeated import LEAST, Edged, outside, repeated_lines

PROMO = "موعد يومي مع ابرز الاحداث"
SMS = "88591 - stc"


def articles(count: int, group: str = "a") -> list[Edged]:
    return [Edged(group, [PROMO, *(f"خبر {n} {k}" for k in range(9)), SMS]) for n in range(count)]


def test_a_line_under_many_articles_of_one_group_is_found_and_under_fewer_not() -> None:
    assert repeated_lines(lambda: articles(LEAST)) == {"a": {PROMO, SMS}}
    assert repeated_lines(lambda: articles(LEAST - 1)) == {}
    # Of another outlet the same line may be news.
    assert repeated_lines(lambda: articles(LEAST) + articles(LEAST - 1, "b")) == {"a": {PROMO, SMS}}


def test_copies_of_one_article_repeat_nothing() -> None:
    assert repeated_lines(lambda: [articles(1)[0]] * 50) == {}


def test_a_line_in_the_middle_of_articles_is_no_edge() -> None:
    middle = [
        Edged("a", [*(f"ا {n} {k}" for k in range(5)), PROMO, *(f"ب {n} {k}" for k in range(5))]) for n in range(20)
    ]
    assert repeated_lines(lambda: middle) == {}


def test_what_is_cut_stands_at_an_end_without_news_between() -> None:
    known = frozenset({PROMO, SMS})
    assert outside([PROMO, "خبر", "خبر اخر", SMS, SMS], known) == {0, 3, 4}
    assert outside(["خبر", PROMO, "خبر اخر"], known) == set()
    assert outside([PROMO, SMS], known) == set()  # nothing would be left


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.lists(st.sampled_from("xyzuvw"), max_size=7)), max_size=12),
    st.randoms(),
)
def test_the_order_of_articles_does_not_matter(rows: list[tuple[str, list[str]]], random: object) -> None:
    given_ones = [Edged(group, lines) for group, lines in rows]
    turned = list(given_ones)
    random.shuffle(turned)  # type: ignore[attr-defined]
    assert repeated_lines(lambda: given_ones, 2) == repeated_lines(lambda: turned, 2)
