"""What an answer tells of reports that agree, and of such that differ: on pairs made by hand, and through an answer.

`tests/data/agreement.jsonl`: a question, two reports with their days, what a person would tell (`should`) and what is
told. Nothing is told wrongly; of the part ``held out`` no rule was made.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import alike, article, found, query

from rag.generate.agreement import agreement
from rag.generate.answer import Answerer
from rag.retrieve.evidence import select
from rag.types import Answer, Article, Citation, Notice, Span, Stated

FILE = Path(__file__).parents[1] / "data" / "agreement.jsonl"
PAIRS = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]


def report(text: str, day: str | None, source: str) -> Article:
    return replace(article(text, source=source), published=Stated(day, Span(0, 1)) if day else None)


def told(pair: dict[str, Any]) -> Notice | None:
    articles = [report(text, day, f"{place}.txt") for place, (text, day) in enumerate(pair["reports"])]
    every = found(*articles)
    if pair["one_story"]:
        every = replace(every, stories={articles[1].id: articles[0].id})
    items = sorted(select(every, 9, pair["question"]), key=lambda item: item.article.source)
    citations = [Citation.cut(at, item.article, item.span, None, item) for at, item in enumerate(items, start=1)]
    return agreement(items, citations, pair["question"], "ar" if "؟" in pair["question"] else "en")


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["id"] for pair in PAIRS])
def test_two_reports_are_compared_only_where_they_state_the_same_thing(pair: dict[str, Any]) -> None:
    notice = told(pair)
    assert (notice.kind if notice else None) == pair["told"]


def test_nothing_is_told_that_a_person_would_not_tell_and_most_of_what_one_would() -> None:
    assert all(pair["told"] in {None, pair["should"]} for pair in PAIRS)
    held_out = [pair for pair in PAIRS if pair["part"] == "held out" and pair["should"]]
    assert sum(pair["told"] is not None for pair in held_out) >= 0.8 * len(held_out)
    assert 2 * sum(pair["should"] is None for pair in PAIRS) >= len(PAIRS)


BANK = [
    "رفع البنك المركزي سعر الفائدة إلى 5 بالمائة.",
    "قال المحافظ إن البنك المركزي رفع سعر الفائدة إلى 5 بالمائة.",
    "أفاد تقرير بأن البنك المركزي رفع سعر الفائدة إلى 6 بالمائة.",
]


def ask(*articles: Article, stories: dict[str, str] | None = None) -> Answer:
    every = replace(found(*articles), stories=stories or {})
    return Answerer(lambda _: every, similarity=alike).answer(query("إلى كم رفع البنك المركزي سعر الفائدة؟"))


def test_an_answer_says_how_many_independent_sources_say_what_and_cites_each() -> None:
    answer = ask(*(report(text, "2017-02-07", f"{place}.txt") for place, text in enumerate(BANK)))
    (notice,) = answer.notices
    assert notice == Notice(
        "differ",
        "تختلف المصادر: مصدران مستقلان يذكران «5 بالمائة» (الملف 0.txt [1]، الملف 1.txt [2])؛ "
        "مصدر واحد يذكر «6 بالمائة» (الملف 2.txt [3]).",
    )
    assert [citation.number for citation in answer.citations] == [1, 2, 3]


def test_reports_of_different_days_are_told_with_their_days_and_only_once() -> None:
    days = ["2017-02-07", "2017-02-07", "2017-02-09"]
    articles = [report(text, day, f"{at}.txt") for at, (text, day) in enumerate(zip(BANK, days, strict=True))]
    (notice,) = ask(*articles).notices
    assert notice.kind == "changes"
    assert "«6 بالمائة» (الملف 2.txt 9 فبراير 2017 [3])" in notice.message


def test_a_comparison_names_the_outlets() -> None:
    outlets = ("سانا", "رويترز", "رويترز")
    articles = [
        replace(report(text, "2017-02-07", f"{at}.txt"), outlet=Stated(outlet, Span(0, 1)))
        for at, (text, outlet) in enumerate(zip(BANK, outlets, strict=True))
    ]
    (notice,) = ask(*articles).notices
    assert "«5 بالمائة» (سانا [1]، رويترز [2])؛ مصدر واحد يذكر «6 بالمائة» (رويترز [3])" in notice.message


def test_a_copy_is_no_second_source() -> None:
    articles = [report(text, None, f"{at}.txt") for at, text in enumerate((BANK[0], f"تونس (وات) - {BANK[0]}"))]
    answer = ask(*articles, stories={articles[1].id: articles[0].id})
    assert answer.notices == ()
    assert answer.independent == 1
    apart = ask(*(report(text, None, f"{at}.txt") for at, text in enumerate(BANK[:2])))
    assert [notice.kind for notice in apart.notices] == ["agree"]
    assert apart.independent == 2


def test_a_question_that_asks_for_no_figure_and_no_day_compares_nothing() -> None:
    every = found(*(report(text, None, f"{place}.txt") for place, text in enumerate(BANK)))
    assert Answerer(lambda _: every, similarity=alike).answer(query("من رفع سعر الفائدة؟")).notices == ()
