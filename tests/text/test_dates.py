"""Dates in the months of every Arabic land and in English."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.dates import DateMention, Day, dates, days_of
from rag.types import Context, Span

Parts = tuple[int | None, int | None, int | None]


def parts(text: str) -> list[Parts]:
    return [(mention.day, mention.month, mention.year) for mention in dates(text)]


@pytest.mark.parametrize(
    "text",
    [
        "30 حزيران/ يونيو عام 2012",
        "30 يونيو 2012",
        "٣٠ حَزِيران ٢٠١٢",
        "30 جوان 2012",
        "الثلاثين من يونيو 2012",
        "30 من شهر حزيران عام 2012",
        "30 يونيو (حزيران) 2012",
        "30 June 2012",
        "30th of June, 2012",
        "June 30, 2012",
        "June 30th 2012",
        "2012-06-30",
        "30/06/2012",
        "30/6/2012",
    ],
)
def test_every_form_of_a_day_is_the_same_day(text: str) -> None:
    [mention] = dates(f"قبل {text} وبعده")
    assert (mention.day, mention.month, mention.year) == (30, 6, 2012)
    assert mention.span.of(f"قبل {text} وبعده") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14 تشرين الثاني 2021", [(14, 11, 2021)]),
        ("14 تشرين الأول 2021", [(14, 10, 2021)]),
        ("كانون الثاني", [(None, 1, None)]),
        ("وفي كانون الأول الماضي", [(None, 12, None)]),
        ("في شتنبر 2020", [(None, 9, 2020)]),
        ("28-30 June", [(28, 6, None), (30, 6, None)]),
        ("28 و29 حزيران", [(28, 6, None), (29, 6, None)]),
        ("May 3-4, 2016", [(3, 5, 2016), (4, 5, 2016)]),
        ("May 3 and 4 people died", [(3, 5, None)]),
        ("in 2012", [(None, None, 2012)]),
        ("منذ عام ألفين واثني عشر", [(None, None, 2012)]),
        ("في 11 الشهر الجاري", [(11, None, None)]),
        ("They may march on the town", []),
        ("in May", [(None, 5, None)]),
        ("القرار الدولي 2254", []),
        ("مارس الوزير ضغوطا", []),
        ("2000 people", []),
    ],
)
def test_a_text_states_these_dates(text: str, expected: list[Parts]) -> None:
    assert parts(text) == expected


def test_an_ambiguous_order_of_day_and_month_gives_both_readings_in_one_place() -> None:
    assert parts("03/04/2012") == [(4, 3, 2012), (3, 4, 2012)]
    assert len({mention.span for mention in dates("03/04/2012")}) == 1


@pytest.mark.parametrize(
    ("text", "weekday"),
    [("Monday", 0), ("الاثنين", 0), ("الإثنين", 0), ("والأربعاء", 2), ("يوم الجُمعة", 4), ("Sunday", 6)],
)
def test_a_weekday_has_the_same_number_in_both_languages(text: str, weekday: int) -> None:
    assert [mention.weekday for mention in dates(text)] == [weekday]


@pytest.mark.parametrize(
    ("text", "days"), [("أمس", -1), ("yesterday", -1), ("أمس الأول", -2), ("اليوم", 0), ("tomorrow", 1)]
)
def test_a_day_told_from_today_stays_one(text: str, days: int) -> None:
    assert [mention.from_today for mention in dates(text)] == [days]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("وصل اليوم", Day(2, 6, 2015)),
        ("وصل في اليوم التالي", None),
        ("اليوم العالمي للمرأة", None),
        ("500 ألف برميل في اليوم", None),
        ("وصل يوم الأحد", Day(31, 5, 2015)),
        ("الأحد المقبل", Day(7, 6, 2015)),
        ("the coming Sunday", Day(7, 6, 2015)),
        ("last Sunday", Day(31, 5, 2015)),
    ],
)
def test_a_day_of_a_report_from_tuesday_the_second_of_june(text: str, day: Day | None) -> None:
    assert days_of(dates(text), Context("2015-06-02", "")) == ({day} if day else set())


def test_a_date_states_less_than_itself_and_not_more() -> None:
    full = DateMention(Span(0, 1), 30, 6, 2012)
    assert full.states(DateMention(Span(0, 1), month=6, year=2012))
    assert not DateMention(Span(0, 1), month=6, year=2012).states(full)
    assert not full.states(DateMention(Span(0, 1), 30, 7, 2012))


@given(st.text(alphabet="30 /-.,2012حزيران يونيو عام of June May الاثنين\u064e", max_size=60))
def test_any_text_gives_spans_that_lie_inside_it(text: str) -> None:
    assert all(0 <= mention.span.start < mention.span.end <= len(text) for mention in dates(text))
