"""Questions are offered only if the archive answers them: examples to begin with, and follow-up questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Event as Cancel
from types import SimpleNamespace
from typing import Any

import pytest
from builders import article, found, says

from rag.generate.answer import Answerer
from rag.generate.answerable import ANSWERS, SEARCHES, example_questions, followups
from rag.retrieve.abstention import Policy
from rag.retrieve.question import NO_FILTERS, make_query
from rag.text.names import NONE, OwnNames
from rag.types import Answer, Article, Filters, Found, Language, Query

POLICY = Policy(evidence_sentences=1, min_score={"ar": 0.5, "en": 0.5}, clear_score={"ar": 0.8, "en": 0.8})
MEETING = "التقى الرئيس الروسي وزير الخارجية وليد المعلم في مدينة سوتشي."
OIL = "وقال وزير الخارجية الروسي سيرغي لافروف إن تهريب النفط مستمر عبر الحدود."
DECIDED = "وقررت السلطات الإسبانية اليوم رفع التحذير من السفر."
DAY = "وصدر بيان جنيف في 30 حزيران 2012 بعد مفاوضات طويلة."
NEWS = article(" ".join([MEETING, OIL, DECIDED, DAY]), source="news.txt")
SAID = "ماذا قال وزير الخارجية الروسي سيرغي لافروف عن تهريب النفط؟"
DECIDED_WHAT = "ماذا قررت السلطات الإسبانية؟"
ON_THE_DAY = "ما الذي وقع في 30 حزيران 2012؟"
ANSWERED_BY = {SAID: OIL, DECIDED_WHAT: DECIDED, ON_THE_DAY: DAY}


class Archive:
    """A corpus whose search finds, for each question, one sentence of an article; it notes what it is asked.

    `answers` are sentences by question, with a score of 1; any other question finds MEETING with the score `otherwise`.
    """

    def __init__(
        self,
        answers: dict[str, str],
        *,
        otherwise: float = 0.6,
        articles: tuple[Article, ...] = (NEWS,),
        names: OwnNames = NONE,
        **flags: Any,
    ) -> None:
        self.asked: list[Query] = []
        self.names = names
        self._answers, self._otherwise, self._articles = answers, otherwise, articles
        self.answerer = Answerer(self.search, policy=POLICY, **flags)

    def search(self, query: Query) -> Found:
        self.asked.append(query)
        score = 1.0 if query.searched in self._answers else self._otherwise
        every = found(*self._articles)
        first = [hit for hit in every.hits if self._answers.get(query.searched, MEETING) in hit.passage.text]
        return replace(every, hits=(replace(first[0], score=score),))

    def query(
        self,
        question: str,
        *,
        language: Language | None = None,
        filters: Filters = NO_FILTERS,
        history: tuple[tuple[str, str], ...] = (),
        top_k: int | None = None,
        typed: bool = False,
    ) -> Query:
        return make_query(question, language=language, filters=filters, history=history, typed=typed)

    def answer(self, question: str = "أين التقى الرئيس المعلم؟", **given: Any) -> Answer:
        answered = self.answerer.answer(self.query(question, **given))
        self.asked.clear()
        return answered


WHERE = {"أين التقى الرئيس المعلم؟": MEETING}


def test_follow_up_questions_ask_about_persons_acts_and_days_of_the_cited_article() -> None:
    archive = Archive(WHERE | ANSWERED_BY)
    assert followups(archive, archive.answer()) == (SAID, DECIDED_WHAT, ON_THE_DAY)


def test_a_question_that_would_be_refused_or_unclear_is_not_offered() -> None:
    for score in (0.4, 0.6):  # refused, and only the nearest
        archive = Archive(WHERE | {SAID: OIL}, otherwise=score)
        assert followups(archive, archive.answer()) == (SAID,)
        assert DECIDED_WHAT in [query.question for query in archive.asked]


def test_a_question_that_the_shown_sentence_answers_leads_nowhere() -> None:
    archive = Archive(WHERE | ANSWERED_BY | {DECIDED_WHAT: MEETING})
    assert followups(archive, archive.answer()) == (SAID, ON_THE_DAY)


def test_a_clear_answer_about_something_else_is_not_offered() -> None:
    archive = Archive(WHERE | {SAID: DECIDED, DECIDED_WHAT: DECIDED})
    assert followups(archive, archive.answer()) == (DECIDED_WHAT,)


def test_a_question_that_was_asked_already_is_not_offered() -> None:
    again = "ماذا قال سيرغي لافروف وزير الخارجية الروسي عن تهريب النفط أمس؟"
    archive = Archive(ANSWERED_BY | {again: MEETING, ON_THE_DAY: MEETING})
    assert followups(archive, archive.answer(again)) == (DECIDED_WHAT,)
    assert followups(archive, archive.answer(ON_THE_DAY, history=((SAID, OIL),))) == (DECIDED_WHAT,)


def test_it_is_asked_as_the_next_question_of_its_conversation_under_the_same_filters() -> None:
    archive = Archive(WHERE | ANSWERED_BY)
    filters = Filters(outlet="SANA")
    answer = archive.answer(filters=filters, history=(("من زار موسكو؟", "زارها الوزير."),))
    assert followups(archive, answer)
    first, *others = archive.asked
    assert first == answer.query
    for query in others:
        assert query.filters == filters
        assert query.history == (("من زار موسكو؟", "زارها الوزير."), (answer.query.searched, answer.text))
        assert query.searched == query.question  # it is complete: nothing of the history is added to it


def test_no_language_model_is_asked() -> None:
    archive = Archive(WHERE | ANSWERED_BY, generate=says("MODEL"), kind="writer")
    plain = Archive(WHERE | ANSWERED_BY)
    assert followups(archive, plain.answer()) == (SAID, DECIDED_WHAT, ON_THE_DAY)


def test_the_same_answer_gives_the_same_questions_and_at_most_as_many_as_are_wanted() -> None:
    archive = Archive(WHERE | ANSWERED_BY)
    answer = archive.answer()
    assert followups(archive, answer) == followups(archive, answer)
    assert followups(archive, answer, limit=1) == (SAID,)
    assert followups(archive, answer, limit=0) == ()


def test_two_spellings_of_a_person_are_not_both_asked_about() -> None:
    post = "وجدد وزير الخارجية الروسي سيرغى لافروف موقفه."
    asked = {f"ما منصب {name}؟": text for name, text in (("سيرغي لافروف", OIL), ("سيرغى لافروف", post))}
    archive = Archive(WHERE | asked, articles=(article(" ".join([MEETING, OIL, post])),))
    assert len(followups(archive, archive.answer())) == 1


def test_searches_and_answers_are_bounded() -> None:
    many = " ".join(f"وقررت وزارة الصحة في {day} شباط 2016 أمرا جديدا." for day in range(1, 29))
    long = article(f"{MEETING} {many}", source="long.txt")
    archive = Archive(WHERE, otherwise=0.9, articles=(long,))
    assert followups(archive, archive.answer()) == ()
    assert len(archive.asked) <= 1 + SEARCHES + ANSWERS


def test_none_are_found_once_it_is_cancelled_or_for_an_answer_that_was_cut_off() -> None:
    archive = Archive(WHERE | ANSWERED_BY)
    answer = archive.answer()
    cancel = Cancel()
    cancel.set()
    assert followups(archive, answer, cancel=cancel) == ()
    assert followups(archive, replace(answer, cut=True)) == ()
    assert archive.asked == []

    class Once(Cancel):
        """Set after the first candidate was searched."""

        def is_set(self) -> bool:
            return len(archive.asked) > 1

    assert followups(archive, answer, cancel=Once()) == ()
    assert len(archive.asked) <= 3


def test_a_refusal_offers_what_the_archive_does_answer_about_the_words_of_the_question() -> None:
    archive = Archive(ANSWERED_BY, otherwise=0.4)
    refused = archive.answer("ما سعر الليرة في مدينة سوتشي؟")
    assert refused.is_refusal
    assert followups(archive, refused) == (SAID, DECIDED_WHAT, ON_THE_DAY)
    assert followups(archive, archive.answer("ما سعر الليرة في القاهرة؟")) == ()


def test_an_english_question_names_a_person_as_its_user_does() -> None:
    said = "What did Lavrov say about oil?"
    asked = "Whom did Lavrov meet?"
    archive = Archive({asked: MEETING, said: OIL})
    assert said in followups(archive, archive.answer(asked))
    # With no spelling that is certain, there is no such question.
    archive = Archive({"Whom did they meet?": MEETING, said: OIL})
    assert followups(archive, archive.answer("Whom did they meet?")) == ()


def test_an_english_question_names_a_person_as_the_names_file_does() -> None:
    names = OwnNames.of([("سيرغي لافروف", "Sergey Lavrov")], "0")
    said = "What did Sergey Lavrov say about oil?"
    archive = Archive({"Whom did they meet?": MEETING, said: OIL}, names=names)
    assert said in followups(archive, archive.answer("Whom did they meet?"))


WHOM = "Whom did they meet?"


def test_an_english_question_names_a_person_as_is_usual_else_in_arabic() -> None:
    jalloul = "وقال وزير التربية ناجي جلول إن المدارس تفتح غدا."
    sergei, naji = "What did Sergey Lavrov say about oil?", "What did ناجي جلول say?"
    news = article(" ".join([MEETING, OIL, jalloul]), source="news.txt")
    archive = Archive({WHOM: MEETING, sergei: OIL, naji: jalloul}, articles=(news,))
    assert followups(archive, archive.answer(WHOM)) == (sergei, naji)


def test_a_person_is_asked_about_in_one_spelling() -> None:
    both = dict.fromkeys(("What did Sergey Lavrov say?", "What did سيرغي لافروف say?"), OIL)
    post = {"What is the position of سيرغي لافروف?": OIL}
    archive = Archive({WHOM: MEETING} | both | post, articles=(NEWS,))
    assert followups(archive, archive.answer(WHOM)) == ("What did Sergey Lavrov say?",)


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("بيان جنيف بعد مفاوضات طويلة", True),
        ("بيان جنيف : مفاوضات حزيران", True),  # the colon of a headline is no filter
        ("بيان مدينة جنيف يصدر في 30 حزيران بعد مفاوضات طويلة وصعبة", False),  # most words would be Arabic
        ("بيان «جنيف» بعد مفاوضات", False),  # read as a phrase that the news must have
        ("بيان جنيف -وثيقة", False),
    ],
)
def test_a_related_headline_is_asked_about_in_english_if_no_filter_is_read_in_it(title: str, asked: bool) -> None:
    one = article(f"{DAY_BEFORE} {DAY} {MEETING}", source="one.txt", title=title)
    question = f"What does the report with the headline ‘{title}’ say?"
    archive = Archive({"What of the Geneva paper?": DAY_BEFORE, question: DAY}, articles=(one,))
    found_for = followups(archive, archive.answer("What of the Geneva paper?"))
    assert found_for == ((question,) if asked else ())


DAY_BEFORE = "ومهدت مفاوضات طويلة لصدور بيان جنيف."


def examples(archive: Archive, *articles: Article, language: Language = "ar", count: int = 3) -> tuple[str, ...]:
    return tuple(example_questions(archive, articles, language=language, count=count))


def test_example_questions_are_answered_each_from_another_article() -> None:
    other = article("قرر مكتب مجلس النواب إرسال وفد.", source="other.txt")
    empty = [article("أهلا وسهلا.", source=f"{place}.txt") for place in range(12)]
    archive = Archive(ANSWERED_BY | {"ماذا قرر مكتب مجلس النواب؟": other.text}, articles=(NEWS, other))
    assert examples(archive, NEWS, other, *empty) == (SAID, "ماذا قرر مكتب مجلس النواب؟")
    assert examples(archive, NEWS, other, *empty, count=1) == (SAID,)


def test_in_a_small_archive_one_article_may_answer_several_examples() -> None:
    assert examples(Archive(ANSWERED_BY), NEWS) == (SAID, DECIDED_WHAT, ON_THE_DAY)


def test_no_example_is_offered_that_the_archive_refuses() -> None:
    archive = Archive({}, otherwise=0.6)
    assert examples(archive, NEWS) == ()
    assert archive.asked


@pytest.mark.parametrize("language", ["ar", "en"])
def test_a_corpus_that_yields_nothing_has_no_examples(language: Language) -> None:
    nothing: Callable[[Query], Found] = lambda query: Found((), {}, "g")  # noqa: E731
    archive: Any = SimpleNamespace(answerer=Answerer(nothing), names=NONE, query=Archive({}).query)
    for one in (article("أهلا وسهلا."), article("Merhaba dünya, بباريس!")):
        assert not list(example_questions(archive, [one], language=language))
    assert not list(example_questions(archive, [], language=language))


def test_no_more_than_two_questions_of_a_kind_are_offered_together() -> None:
    texts = [f"وقررت وزارة {name} اليوم رفع التحذير." for name in ("الصحة", "الداخلية", "التجارة", "المالية")]
    several = tuple(article(text, source=f"{place}.txt") for place, text in enumerate(texts))
    asked = [f"ماذا قررت وزارة {name}؟" for name in ("الصحة", "الداخلية", "التجارة", "المالية")]
    archive = Archive(dict(zip(asked, texts, strict=True)), articles=several)
    assert examples(archive, *several, count=4) == tuple(asked[:2])


def test_an_article_about_something_else_that_was_found_is_not_gone_on_with() -> None:
    other = article("وقررت وزارة الصحة اليوم إغلاق مصنع الحليب.", source="milk.txt")
    archive = Archive(WHERE | {"ماذا قررت وزارة الصحة؟": other.text}, articles=(article(MEETING), other))
    answer = archive.answer()
    search = archive.answerer.search

    def wide(query: Query) -> Found:
        """The question of the answer finds both."""
        return found(*archive._articles) if query == answer.query else search(query)

    archive.answerer.search = wide
    assert followups(archive, answer) == ()
