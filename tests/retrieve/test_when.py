from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from rag.retrieve.question import Period, period_of

FIRST, LAST = date(1000, 1, 1), date(9999, 12, 31)
YEAR = Period(date(2016, 1, 1), date(2016, 12, 31))
MAY = Period(date(2016, 5, 1), date(2016, 5, 31))


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("ماذا حدث في سوتشي في 2016؟", YEAR),
        ("ماذا حدث في سوتشي عام ٢٠١٦؟", YEAR),
        ("من فاز بالجائزة خلال سنة 2016", YEAR),
        ("What happened in Sochi in 2016?", YEAR),
        ("Who won during the year 2016?", YEAR),
        ("ماذا قال الوزير في مايو 2016؟", MAY),
        ("ماذا قال الوزير في أيار 2016؟", MAY),
        ("What did the minister say in May 2016?", MAY),
        ("من زار موسكو في ديسمبر 2015؟", Period(date(2015, 12, 1), date(2015, 12, 31))),
        ("من زار موسكو يوم 3 مايو 2016؟", Period(date(2016, 5, 3), date(2016, 5, 4))),
        ("Who came on 31 December 2016?", Period(date(2016, 12, 31), date(2017, 1, 1))),
        ("كم مرة زارها منذ 2015؟", Period(date(2015, 1, 1), LAST)),
        ("كم مرة زارها منذ عام 2015؟", Period(date(2015, 1, 1), LAST)),
        ("How often since May 2016?", Period(date(2016, 5, 1), LAST)),
        ("من كان الوزير قبل 2015؟", Period(FIRST, date(2014, 12, 31))),
        ("Who was minister before May 2016?", Period(FIRST, date(2016, 4, 30))),
        ("كم بلغ السعر بين 2014 و2016؟", Period(date(2014, 1, 1), date(2016, 12, 31))),
        ("كم بلغ السعر من عام 2014 إلى عام 2016؟", Period(date(2014, 1, 1), date(2016, 12, 31))),
        ("What did it cost between 2014 and 2016?", Period(date(2014, 1, 1), date(2016, 12, 31))),
        ("هل وقعت في 2014 أم في 2016؟", None),
        ("ما القرار رقم 2016؟", None),
        ("كم دفع في 2016.5 مرة؟", None),
        ("في 30 فبراير 2016؟", None),
        ("من زار سوتشي؟", None),
        ("ماذا قال في مايو؟", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_time_that_a_question_names(question: str, period: Period | None) -> None:
    assert period_of(question) == period


def test_a_period_has_its_first_and_last_day_and_no_article_without_one() -> None:
    days = np.array(["2016-04-30", "2016-05-01", "2016-05-31", "2016-06-01", ""])
    assert MAY.has(days).tolist() == [False, True, True, False, False]
    assert Period(FIRST, LAST).has(days).tolist() == [True, True, True, True, False]
