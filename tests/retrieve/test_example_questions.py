"""Example questions are drawn from articles, well formed in both languages, and kept only when they are answered."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from builders import article, found
from small_corpus import fill, take_in

from rag.retrieve.abstention import Policy
from rag.retrieve.question import asks_for_a_clause
from rag.retrieve.suggestions import askable, example_questions, sample_articles, speakers
from rag.store.catalog import Catalog
from rag.types import Article, Found, Language, Query

CLEAR = partial(Policy(min_score={"ar": 0.8, "en": 0.7}).clear, "ar")
TERROR = article(
    "قال وزير الخارجية الروسي سيرغي لافروف إن مكافحة الفساد تتقدم. قيل الكثير عن الإرهاب في سورية. "
    "وعاد الحديث عن الإرهاب بسورية. وتناول مكافحة الفساد أيضا.",
    source="terror.txt",
)
MEAT = article("ضبطت الشرطة لحوما فاسدة.", source="meat.txt", title="صفاقس : حجز 114 كلغ من اللحوم غير صالحة للاستهلاك")


def questions(one: Article, language: Language) -> list[str]:
    return list(dict.fromkeys(asked.question for asked in askable(one, language)))


def in_article(*articles: Article, score: float = 1.0) -> Found:
    return found(*articles, score=score)


def test_a_subject_in_a_place_is_asked_about_in_both_languages_without_prefixes() -> None:
    assert "ماذا قيل عن الإرهاب في سوريا؟" in questions(TERROR, "ar")
    assert "What does the archive say about terrorism in Syria?" in questions(TERROR, "en")


def test_a_speaker_is_asked_for_what_the_sentence_says_he_spoke_of() -> None:
    assert "ماذا قال وزير الخارجية الروسي سيرغي لافروف عن مكافحة الفساد؟" in questions(TERROR, "ar")
    assert "What did the foreign minister of Russia say about the fight against corruption?" in questions(TERROR, "en")


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("وأعلنت الناطقة باسم الخارجية ماريا زاخاروفا أن روسيا تحارب", "قالت الناطقة باسم الخارجية ماريا زاخاروفا"),
        ("وأشار رئيس حزب آفاق تونس إلى أن الاقتصاد صعب", "قال رئيس حزب آفاق تونس"),
        ("قال المتحدث باسم الكرملين خلال مؤتمر: سوريا", "قال المتحدث باسم الكرملين"),
    ],
)
def test_who_speaks_keeps_the_gender_and_the_words_of_the_text(sentence: str, speaker: str) -> None:
    assert [one.words for one in speakers(sentence, "ar", "ar")] == [speaker]


@pytest.mark.parametrize(
    "sentence",
    [
        "أكد الرئيس بوتين استمرار سياسة بلاده في سوريا",  # استمرار is what he confirmed and not who he is
        "وأشار رئيس حزب آفاق تونس إلى تحسن الاقتصاد",
        "قال إن الاقتصاد صعب",
        "وقال المصدر الأمني ذاته إن الاقتصاد صعب",
        "قال لافروف إن الاقتصاد صعب",  # one word may be «the minister» of the sentence before
        "قال وزير الخارجية (أمس) إن سوريا",
    ],
)
def test_in_doubt_nobody_speaks(sentence: str) -> None:
    assert list(speakers(sentence, "ar", "ar")) == []


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


def test_what_is_named_in_passing_is_not_asked_about() -> None:
    assert questions(article("مرّ بباريس. ثم عاد إلى بيته."), "ar") == []
    assert questions(article("مرّ بباريس. ثم عاد إلى باريس."), "ar") == ["ماذا قيل عن باريس؟"]


def test_every_question_asks_for_a_clause_so_that_no_reader_looks_for_a_name() -> None:
    english = replace(
        article(
            "Foreign Minister Ahmed Hassan said that terrorism in Syria goes on. Terrorism is back in Syria.",
            title="Foreign minister speaks of terrorism in Syria",
        ),
        language="en",
    )
    asked = [*questions(TERROR, "ar"), *questions(MEAT, "ar"), *questions(TERROR, "en"), *questions(english, "en")]
    assert "What did Foreign Minister Ahmed Hassan say about terrorism?" in asked
    assert "What does the report “Foreign minister speaks of terrorism in Syria” say?" in asked
    assert all(asks_for_a_clause(question) for question in asked)


def test_only_questions_that_the_search_answers_from_their_sentence_are_kept() -> None:
    asked: list[str] = []

    def search(query: Query) -> Found:
        asked.append(query.question)
        # The first hit is the headline's article, whatever is asked.
        return in_article(MEAT, TERROR)

    kept = example_questions([TERROR, MEAT], search, language="ar", is_clear=CLEAR)
    assert kept == ("ماذا ورد عن حجز 114 كلغ من اللحوم غير صالحة للاستهلاك؟",)
    assert "ماذا قيل عن الإرهاب في سوريا؟" in asked


@pytest.mark.parametrize(("score", "kept"), [(0.8, 1), (0.799, 0)])
def test_a_score_under_the_threshold_of_its_language_is_no_answer(score: float, kept: int) -> None:
    def search(query: Query) -> Found:
        return in_article(MEAT, score=score)

    assert len(example_questions([MEAT], search, language="ar", is_clear=CLEAR)) == kept


def test_one_article_gives_one_question_and_searches_are_counted() -> None:
    asked: list[str] = []

    def search(query: Query) -> Found:
        asked.append(query.question)
        return in_article(TERROR)

    # The best hit is its first sentence: the speaker's.
    assert example_questions([TERROR], search, language="ar", is_clear=CLEAR) == (
        "ماذا قال وزير الخارجية الروسي سيرغي لافروف عن مكافحة الفساد؟",
    )
    asked.clear()
    example_questions([TERROR, MEAT], search, language="ar", is_clear=lambda _: False, tries=2)
    assert len(asked) == 2


def test_a_corpus_that_yields_nothing_has_no_examples() -> None:
    def search(query: Query) -> Found:
        raise AssertionError("nothing can be asked")

    assert example_questions([], search, language="ar", is_clear=CLEAR) == ()
    assert example_questions([article("أهلا وسهلا.")], search, language="en", is_clear=CLEAR) == ()
    assert (
        example_questions(
            [article("Merhaba dünya, بباريس!")], lambda query: Found((), {}, "g"), language="ar", is_clear=CLEAR
        )
        == ()
    )


def test_the_sample_is_small_spread_and_the_same_each_time(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", {f"{number}.txt": f"خبر رقم {number}\n" for number in range(30)})
    take_in(folder, tmp_path / "data")
    with Catalog.open(tmp_path / "data" / "corpora" / "archive" / "catalog.sqlite3") as catalog:
        assert len(sample_articles(catalog, "archive")) == 30
        some = sample_articles(catalog, "archive", 7)
        assert len({one.id for one in some}) == 7
        assert sample_articles(catalog, "archive", 7) == some
        assert sample_articles(catalog, "unknown") == []
