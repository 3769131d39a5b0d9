"""A question that fits several reports says which one its answer begins with, and the days of the others."""

from __future__ import annotations

from dataclasses import replace

from builders import article, found, query

from rag.generate.answer import Answerer
from rag.types import Answer, Article, Found, Language, Span, Stated


def report(day: str | None, text: str, outlet: str = "سانا") -> Article:
    page = article(text, source=f"{day or 'undated'}-{outlet}.txt", outlet=outlet)
    return replace(page, published=Stated(day, Span(0, 1)) if day else None)


def holding(shares: list[float], *articles: Article) -> Found:
    """The sentence of each article holds that share of the question's words; their scores differ by a thousandth."""
    one = found(*articles)
    hits = [
        replace(hit, words=(share,), score=1 - place / 1000)
        for place, (hit, share) in enumerate(zip(one.hits, shares, strict=True))
    ]
    return replace(one, hits=tuple(hits))


def asked(search: Found, question: str = "من التقى لافروف في موسكو؟", language: Language = "ar") -> Answer:
    return Answerer(lambda _: search).answer(query(question, language))


def told(answer: Answer) -> list[str]:
    return [notice.message for notice in answer.notices if notice.kind == "several"]


FEBRUARY = report("2016-02-08", "التقى لافروف نظيره البحريني في موسكو.")
MARCH = report("2016-03-14", "التقى لافروف نظيره المصري في موسكو.", "الأهرام")


def test_the_first_is_named_and_the_other_with_its_day() -> None:
    assert told(asked(holding([0.9, 0.9], FEBRUARY, MARCH))) == [
        "يصدق السؤال على أكثر من خبر: يبدأ الجواب بخبر من سانا (2016-02-08)، "
        "ويصدق السؤال أيضا على خبر من الأهرام (2016-03-14)."
    ]
    assert told(asked(holding([0.9, 0.9], FEBRUARY, MARCH), "Whom did Lavrov meet?", "en")) == [
        "The question fits more than one report: the answer begins with سانا (2016-02-08); "
        "it also fits الأهرام (2016-03-14)."
    ]


def test_nothing_is_said_where_one_report_fits_alone() -> None:
    assert not told(asked(holding([0.9], FEBRUARY)))
    assert not told(asked(holding([0.9, 0.5], FEBRUARY, MARCH)))  # the other holds far fewer of the words
    same_day = report("2016-02-08", "استقبل لافروف في موسكو نظيره البحريني.", "رويترز")
    assert not told(asked(holding([0.9, 0.9], FEBRUARY, same_day)))


def test_nothing_is_said_where_a_day_is_not_known_or_the_question_names_one() -> None:
    assert not told(asked(holding([0.9, 0.9], report(None, "التقى لافروف نظيره."), MARCH)))
    assert not told(asked(holding([0.9, 0.9], FEBRUARY, MARCH), "من التقى لافروف في 8 شباط 2016؟"))


def test_nothing_is_said_of_what_lies_far_behind_or_was_refused() -> None:
    far = holding([0.9, 0.9], FEBRUARY, MARCH)
    far = replace(far, hits=(far.hits[0], replace(far.hits[1], score=0.5)))
    assert not told(asked(far))
    assert not told(asked(replace(far, hits=())))
