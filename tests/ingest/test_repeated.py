"""`rag.ingest.repeated_lines`: lines at the ends of many articles; expected sets come from counting by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest
from builders import article
from hypothesis import given
from hypothesis import strategies as st

from rag.ingest.repeated_lines import LEAST, news_of, repeated_lines
from rag.types import Article, Span

PROMO = "موعد يومي مع أبرز الأحداث"
SMS = "88591 - stc"


def page(*lines: str, source: str = "a.txt", outlet: str | None = None) -> Article:
    return article("\n".join(lines) or "-", source=source, outlet=outlet)


def pages(count: int, outlet: str = "الخبر") -> list[Article]:
    return [page(PROMO, *(f"خبر {n} عن أمر {k} من الأمور" for k in range(9)), SMS, outlet=outlet) for n in range(count)]


def kept(one: Article, among: list[Article]) -> list[str]:
    return [span.of(one.text) for span in news_of(one, repeated_lines(among))]


def test_a_line_under_many_articles_of_one_outlet_is_no_news_and_under_fewer_it_is() -> None:
    many = pages(LEAST)
    assert kept(many[0], many) == ["\n".join(many[0].text.split("\n")[1:-1])]
    assert kept(many[0], many[1:]) == [many[0].text]


def test_a_sentence_with_a_figure_is_news_and_no_article_loses_all() -> None:
    fact = "وقتل في الحرب أكثر من 300 ألف شخص منذ 2011."
    many = [page(*one.text.split("\n")[:-1], fact, outlet="الخبر") for one in pages(LEAST)]
    assert all(kept(one, many)[-1].endswith(fact) for one in many)
    rates = [page("أسعار الصرف", *(f"{n}{k} 700 400 300 200" for k in range(7)), outlet="ب") for n in range(LEAST)]
    assert all(kept(one, rates) == [one.text] for one in rates)


def test_of_another_outlet_the_same_line_may_be_news() -> None:
    other = pages(LEAST - 1, "الشروق")
    assert kept(other[0], pages(LEAST) + other) == [other[0].text]


def test_where_no_outlet_is_stated_the_folder_stands_for_it() -> None:
    def of(folder: str, count: int) -> list[Article]:
        return [replace(one, outlet=None, source=f"{folder}/{n}.txt") for n, one in enumerate(pages(count))]

    apart, together = of("a", LEAST - 1) + of("b", LEAST - 1), of("a", LEAST)
    assert kept(apart[0], apart) == [apart[0].text]
    assert kept(together[0], together) != [together[0].text]


def test_another_spelling_of_the_line_is_the_line() -> None:
    many = pages(LEAST)
    many[0] = page(PROMO.replace("أ", "ا"), *many[0].text.split("\n")[1:], outlet="الخبر")
    assert kept(many[0], many) == ["\n".join(many[0].text.split("\n")[1:-1])]


def test_copies_of_one_article_repeat_nothing() -> None:
    one = pages(1)[0]
    assert kept(one, [one] * 50) == [one.text]


def test_a_short_text_that_many_sign_differently_is_news() -> None:
    copies = [page("زار الوزير سوتشي أمس الأول.", "وعاد إلى دمشق في المساء.", f"مراسلنا {n}") for n in range(20)]
    assert kept(copies[0], copies) == [copies[0].text]


def test_a_line_in_the_middle_of_articles_is_at_no_end() -> None:
    middle = [page(*(f"ا {n} {k}" for k in range(5)), "سطر", *(f"ب {n} {k}" for k in range(5))) for n in range(20)]
    assert repeated_lines(middle) == frozenset()


def test_a_paragraph_of_background_is_news_however_often_it_stands_there() -> None:
    background = "يذكر أن " + "الوزارة أعلنت الخطة " * 10
    many = [page(*(f"خبر {n} عن أمر {k} من الأمور " * 9 for k in range(9)), background) for n in range(20)]
    assert len(background) > 200
    assert repeated_lines(many) == frozenset()


def test_what_is_cut_stands_at_an_end_without_news_between() -> None:
    many = pages(LEAST)
    within = page("خبر آخر عن أمور كثيرة", PROMO, "خبر أخير عن أمور كثيرة", SMS, SMS, outlet="الخبر")
    assert kept(within, many) == [f"خبر آخر عن أمور كثيرة\n{PROMO}\nخبر أخير عن أمور كثيرة"]


def test_an_article_that_would_lose_more_than_half_keeps_all() -> None:
    many = pages(LEAST)
    for short in (page(PROMO, SMS, outlet="الخبر"), page(PROMO, "خبر قصير", outlet="الخبر")):
        assert kept(short, many) == [short.text]


def test_only_the_body_is_looked_at_and_its_other_ends_stay_where_they_are() -> None:
    """Two stretches of news with a menu between, and a title above that is as frequent as the promotion."""
    many = []
    for n in range(LEAST):
        first = "\n".join(["", PROMO, f"خبر {n} عن أمر من الأمور الكثيرة", f"ثم {n} عن أمر من الأمور"])
        second = "\n".join([f"أخيرا {n} عن أمر من الأمور الكثيرة", "  "])
        text = f"عنوان{first}\nقائمة\n{second}"
        body = (Span(5, 5 + len(first)), Span(len(text) - len(second), len(text)))
        many.append(replace(page(text, outlet="الخبر"), body=body))
    one = many[0]
    start = one.text.index("خبر 0")
    assert news_of(one, repeated_lines(many)) == (Span(start, one.body[0].end), one.body[1])


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.lists(st.sampled_from("xyzuvw"), max_size=7)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_the_order_of_articles_does_not_matter(rows: list[tuple[str, list[str]]], random: Random) -> None:
    given_ones = [page(*lines, outlet=outlet) for outlet, lines in rows]
    turned = list(given_ones)
    random.shuffle(turned)
    assert repeated_lines(given_ones, 2) == repeated_lines(turned, 2)


@given(st.lists(st.lists(st.sampled_from(["خ", "xx", "y", "zzz", "", "  ", "\u200f"]), max_size=9), max_size=9))
def test_what_is_left_is_a_part_of_the_body_with_at_least_half_of_it(rows: list[list[str]]) -> None:
    many = [page(*lines, outlet="a") for lines in rows]
    known = repeated_lines(many, 1)
    for one in many:
        news = news_of(one, known)
        assert all(any(whole.start <= span.start < span.end <= whole.end for whole in one.body) for span in news)
        left, whole = (
            re.sub(r"[\s\u200f]", "", "".join(span.of(one.text) for span in part)) for part in (news, one.body)
        )
        assert left in whole
        assert 2 * len(left) >= len(whole)


@pytest.mark.parametrize(
    ("last", "is_news"),
    [
        ("ولم تتبن أي جهة المسؤولية عن الهجوم.", True),
        ("Police have opened an investigation.", True),
        ("Reuters could not independently verify the account.", True),
        ("تابعونا عبر قناتنا على تيليغرام لمزيد من الأخبار.", False),
        ("Read the full story on our website.", False),
        ("Jane Roe, Gulf Courier", False),
    ],
)
def test_a_sentence_that_ends_many_reports_is_news_unless_it_speaks_to_the_readers(last: str, is_news: bool) -> None:
    many = [page(*one.text.split("\n")[:-1], last, outlet="الخبر") for one in pages(LEAST)]
    assert all(kept(one, many)[-1].endswith(last) == is_news for one in many)
