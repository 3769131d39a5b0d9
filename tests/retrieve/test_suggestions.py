"""Candidate questions are drawn from articles and are well formed in both languages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import article
from small_corpus import fill, take_in

from rag.retrieve.question import asks_for_a_clause
from rag.retrieve.suggestions import askable, drawn, sample_articles
from rag.store.catalog import Catalog
from rag.types import Article, Citation, Language, Span

TERROR = article(
    "قال وزير الخارجية الروسي سيرغي لافروف إن مكافحة الفساد تتقدم. قيل الكثير عن الإرهاب في سورية. "
    "وعاد الحديث عن الإرهاب بسورية. وتناول مكافحة الفساد أيضا.",
    source="terror.txt",
)
MEAT = article("ضبطت الشرطة لحوما فاسدة.", source="meat.txt", title="صفاقس : حجز 114 كلغ من اللحوم غير صالحة للاستهلاك")


def questions(one: Article, language: Language) -> list[str]:
    return list(dict.fromkeys(asked.question for asked in askable(one, language)))


def test_a_subject_in_a_place_is_asked_about_in_both_languages_without_prefixes() -> None:
    assert "ماذا قيل عن الإرهاب في سوريا؟" in questions(TERROR, "ar")
    assert "What does the archive say about terrorism in Syria?" in questions(TERROR, "en")


def test_a_speaker_is_asked_for_what_the_sentence_says_he_spoke_of() -> None:
    assert "ماذا قال وزير الخارجية الروسي سيرغي لافروف عن مكافحة الفساد؟" in questions(TERROR, "ar")
    assert "What did the foreign minister of Russia say about the fight against corruption?" in questions(TERROR, "en")


def test_a_headline_that_is_a_noun_phrase_is_asked_about_without_its_place() -> None:
    assert questions(MEAT, "ar") == ["ماذا ورد عن حجز 114 كلغ من اللحوم غير صالحة للاستهلاك؟"]
    assert questions(MEAT, "en") == []


@pytest.mark.parametrize(
    "title",
    [
        "المؤبد لمسؤول صيني اتهم بقبول رشوة",  # opens with no happening
        "زيارة الرئيس إلى باريس تثير جدلا",  # a sentence: the visit stirs
        "لقاء الوزير مع نظيره يتأجل مرة أخرى",
        "وفاة الفنان الكبير.. صور من الجنازة",
        "اعتقال رجل في برلين؟",
        "وفاة شاب",
    ],
)
def test_a_headline_that_cannot_stand_after_about_is_left_alone(title: str) -> None:
    assert [one for one in askable(article("خبر.", title=title), "ar") if one.kind == "report"] == []


def test_where_refugees_come_from_is_not_where_they_are() -> None:
    one = article("وصل عدد من اللاجئين السوريين. اللاجئين السوريين كثر. دعم الاقتصاد اللبناني. الاقتصاد صعب.")
    assert "What does the archive say about the economy in Lebanon?" in questions(one, "en")
    assert not any("refugees in" in question for question in questions(one, "en"))


def test_a_country_of_two_words_takes_its_article_and_its_newspaper_name() -> None:
    one = article("قيل عن أمريكا وبريطانيا شيء. وقيل عن بريطانيا وأمريكا شيء آخر.")
    assert "What does the archive say about Britain and the United States?" in questions(one, "en")
    assert "ماذا قيل عن الولايات المتحدة وبريطانيا؟" in questions(one, "ar")


def test_an_example_in_english_has_no_arabic_word() -> None:
    one = article(
        "قال وزير التربية ناجي جلول إن المدارس تفتح. وأكد ناجي جلول أن المدارس آمنة.", title="خبر المدارس في هذا اليوم"
    )
    assert questions(one, "en") == []
    drawn_too = [asked.question for asked in drawn(one, [one.body[0]], "en")]
    assert "What did ناجي جلول say?" in drawn_too
    assert "What is the position of ناجي جلول?" in drawn_too


def test_what_is_named_in_passing_is_not_asked_about() -> None:
    assert questions(article("مرّ بباريس. ثم عاد إلى بيته."), "ar") == []
    assert questions(article("مرّ بباريس. ثم عاد إلى باريس."), "ar") == ["ما الذي وقع في باريس؟", "ماذا قيل عن باريس؟"]


def test_a_question_what_was_said_asks_for_a_clause_so_that_no_reader_looks_for_a_name() -> None:
    english = replace(
        article(
            "Foreign Minister Ahmed Hassan said that terrorism in Syria goes on. Terrorism is back in Syria.",
            title="Foreign minister speaks of terrorism in Syria",
        ),
        language="en",
    )
    asked = [*questions(TERROR, "ar"), *questions(MEAT, "ar"), *questions(TERROR, "en"), *questions(english, "en")]
    assert "What did Foreign Minister Ahmed Hassan say about terrorism?" in asked
    assert "What does the report with the headline ‘Foreign minister speaks of terrorism in Syria’ say?" in asked
    said = [question for question in asked if question.startswith(("ماذا", "What d"))]
    assert len(said) > 5
    assert all(map(asks_for_a_clause, said))


def test_who_holds_an_office_what_somebody_is_and_what_happened_when_are_asked_for() -> None:
    one = article("التقى وزير الخارجية السوري وليد المعلم في 3 أيار 2016 بالوفد. وقررت السلطات الإسبانية اليوم رفعه.")
    assert questions(one, "ar") == [
        "من هو وزير الخارجية السوري؟",
        "ما منصب وليد المعلم؟",
        "ما الذي وقع في 3 أيار 2016؟",
        "ماذا قررت السلطات الإسبانية؟",
    ]
    assert questions(one, "en") == ["Who is the foreign minister of Syria?", "What happened on 3 May 2016?"]


def test_an_answer_to_who_holds_an_office_marks_the_holder() -> None:
    one = article("التقى وزير الخارجية السوري وليد المعلم الرئيس بوتين.")
    (asked,) = [asked for asked in askable(one, "ar") if asked.kind == "held"]
    whole = Span(0, len(one.text))
    for marked, answers in (("وليد المعلم", True), ("الرئيس بوتين", False)):
        at = one.text.index(marked)
        assert asked.is_answered_by(Citation.cut(1, one, whole, Span(at, at + len(marked)))) is answers


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("وقال لافروف إن مكافحة الفساد تتقدم", True),  # by his family name
        ("وقال لافروف إن السياحة تتقدم", False),
        ("وقال بوتين إن مكافحة الفساد تتقدم", False),
        ("وقال إن مكافحة الفساد تتقدم", False),
    ],
)
def test_a_sentence_answers_a_question_only_if_it_names_its_subjects(sentence: str, named: bool) -> None:
    asked = next(one for one in askable(TERROR, "ar") if one.kind == "speaker")
    other = article(sentence, source="other.txt")
    assert asked.is_named_in(other, Span(0, len(sentence)), "ar") is named


def test_a_speaker_may_be_named_before_the_sentence_but_its_topic_may_not() -> None:
    asked = next(one for one in askable(TERROR, "ar") if one.kind == "speaker")
    other = article("اجتمع لافروف بالوفد. وقال إن مكافحة الفساد تتقدم. وشكره.", source="other.txt")
    at = other.text.index("وقال")
    assert asked.is_named_in(other, Span(at, len(other.text)), "ar")
    assert not asked.is_named_in(other, Span(other.text.index("وشكره"), len(other.text)), "ar")


def test_the_sample_is_small_spread_and_the_same_each_time(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", {f"{number}.txt": f"خبر رقم {number}\n" for number in range(30)})
    take_in(folder, tmp_path / "data")
    with Catalog.open(tmp_path / "data" / "corpora" / "archive" / "catalog.sqlite3") as catalog:
        assert len(sample_articles(catalog, "archive")) == 30
        some = sample_articles(catalog, "archive", 7)
        assert len({one.id for one in some}) == 7
        assert sample_articles(catalog, "archive", 7) == some
        assert sample_articles(catalog, "unknown") == []
