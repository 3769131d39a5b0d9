"""Is what was found an answer? By its score, and by the figures that a question names and no article states."""

from __future__ import annotations

from dataclasses import replace
from threading import Event as Cancel

import pytest
from builders import alike, article, found, points, query, says

from rag.generate.answer import Answerer
from rag.generate.generators import GeneratorKind
from rag.retrieve.abstention import LONGEST, Policy, of_another_time, unstated_figures, unstated_names, verdict
from rag.retrieve.evidence import select
from rag.text.names import NONE, OwnNames
from rag.types import Article, Cited, Found, Notice, Span, Stated

BAND = Policy(
    min_score={"ar": 0.7, "en": 0.7},
    clear_score={"ar": 0.9, "en": 0.8},
    answer_probability=0.02,
    clear_probability=0.97,
)
TALKS = article("أكد لافروف دعم القرار 2254 في سوتشي. وصوت 162 عضوا عام 2015.")


@pytest.mark.parametrize(
    ("language", "score", "expected"),
    [
        ("ar", 0.69, "absent"),
        ("ar", 0.7, "unclear"),
        ("ar", 0.89, "unclear"),
        ("ar", 0.9, "clear"),
        ("en", 0.8, "clear"),
    ],
)
def test_a_score_is_below_the_archive_or_unclear_or_clear(language: str, score: float, expected: str) -> None:
    assert verdict(query("أين؟", language), found(TALKS, score=score), BAND) == expected


def test_nothing_found_is_absent_and_without_thresholds_all_is_clear() -> None:
    assert verdict(query("أين؟"), Found((), {}, "g"), Policy()) == "absent"
    assert verdict(query("أين؟"), found(TALKS, score=-0.5), Policy()) == "clear"


def test_what_reaches_a_threshold_that_was_fitted_is_clear() -> None:
    fitted = replace(BAND, calibrated={"ar-ar": 0.75})
    assert verdict(query("أين؟"), found(TALKS, score=0.76), fitted) == "clear"
    assert verdict(query("أين؟"), found(TALKS, score=0.74), fitted) == "absent"
    assert verdict(query("أين؟", "en"), found(TALKS, score=0.76), fitted) == "unclear"


RATE = "بلغت نسبة البطالة في تونس 15.2 بالمائة."
DAY = "2014-05-22"


def dated(text: str, published: str | None, title: str | None = None) -> Article:
    one = article(text, title=title)
    return replace(one, published=Stated(published, Span(0, 1)) if published else None)


def is_of_another_time(question: str, *articles: Article) -> bool:
    return of_another_time(question, select(found(*articles), 3, question))


@pytest.mark.parametrize(
    ("question", "text", "published", "another"),
    [
        pytest.param("كم بلغت نسبة البطالة سنة 2016؟", RATE, DAY, True, id="published in another year"),
        pytest.param("كم بلغت نسبة البطالة سنة ٢٠١٤؟", RATE, DAY, False, id="published in that year"),
        pytest.param("كم بلغت نسبة البطالة في ماي 2014؟", RATE, "2014-09-01", False, id="in another month of it"),
        pytest.param("كم بلغت نسبة البطالة سنة 2016؟", f"في 2016 {RATE}", "2017-01-03", False, id="the year is named"),
        pytest.param("كم بلغت نسبة البطالة سنة 2016؟", f"في 2013 {RATE}", None, True, id="undated, of another year"),
        pytest.param("كم بلغت نسبة البطالة سنة 2016؟", RATE, None, False, id="of any time"),
        pytest.param("كم بلغت نسبة البطالة منذ 2012؟", RATE, DAY, False, id="since then"),
        pytest.param("كم بلغت نسبة البطالة قبل 2012؟", RATE, DAY, True, id="before then"),
        pytest.param("كم بلغت نسبة البطالة بين 2012 و2015؟", RATE, DAY, False, id="between"),
        pytest.param("Who won the Nobel Prize 2016?", RATE, DAY, True, id="a bare year"),
        pytest.param("What was the unemployment rate?", RATE, DAY, False, id="no year"),
        pytest.param("What changed from the 1970s?", RATE, DAY, False, id="a decade"),
        pytest.param("ما الذي ينص عليه القرار 2254؟", RATE, DAY, False, id="no year but a number"),
        pytest.param("Who rescued the 2,000 migrants?", RATE, DAY, False, id="a quantity"),
        pytest.param("هل كانت نسبة 2015 أعلى من نسبة 2016؟", RATE, DAY, False, id="two years"),
    ],
)
def test_evidence_of_other_years_than_the_question_names(
    question: str, text: str, published: str | None, another: bool
) -> None:
    assert is_of_another_time(question, dated(text, published)) is another


def test_one_piece_of_evidence_of_that_time_is_enough_and_a_title_counts() -> None:
    question = "كم بلغت نسبة البطالة سنة 2016؟"
    other = replace(
        article("تراجعت نسبة البطالة إلى 14 بالمائة.", source="b.txt"), published=Stated("2016-05-22", Span(0, 1))
    )
    assert is_of_another_time(question, dated(RATE, DAY))
    assert not is_of_another_time(question, dated(RATE, DAY), other)
    assert not is_of_another_time(question, dated(RATE, DAY, title="حصيلة 2016"))


@pytest.mark.parametrize("kind", ["extractive", "reader"])
def test_what_is_of_another_time_is_shown_and_told_as_no_clear_answer(kind: GeneratorKind) -> None:
    # The year stands in the archive, so that the question is not refused; but not in what is nearest.
    hits = found(dated(RATE, DAY), article("فاز الترجي بكأس 2016.", source="b.txt"), score=0.99)
    read = None if kind == "extractive" else points("15.2 بالمائة")
    policy = replace(BAND, evidence_sentences=1, clear_probability=0.9)
    for year, status, told in (("2016", "partial", ["unclear"]), ("2014", "answered", [])):
        answerer = Answerer(lambda _: hits, kind=kind, read=read, policy=policy, similarity=alike)
        answer = answerer.answer(query(f"كم بلغت نسبة البطالة في تونس سنة {year}؟"))
        assert (answer.status, [notice.kind for notice in answer.notices]) == (status, told)
        assert answer.citations[0].quote == RATE
        assert all("الزمن" in notice.message for notice in answer.notices)


def lacking(question: str, *articles: Article) -> list[str]:
    return [span.of(question) for span in unstated_figures(question, found(*articles))]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("ما الذي ينص عليه القرار 1559؟", ["1559"], id="a figure that no article states"),
        pytest.param("ما الذي ينص عليه القرار 2254؟", [], id="one that an article states"),
        pytest.param("ما الذي ينص عليه القرار ٢٢٥٤؟", [], id="the same in other digits"),
        pytest.param("What did the 1,559 members say?", ["1,559"], id="with a separator"),
        pytest.param("How did the 162 members vote in 2016?", ["2016"], id="one of two"),
        pytest.param("من سافر مع 12 وزيرا؟", [], id="too small to tell"),
        pytest.param("ماذا قال مئتا عضو؟", [], id="in words"),
        pytest.param("What happened in the 1970s?", [], id="a decade"),
        pytest.param("أين التقيا؟", [], id="no figure at all"),
    ],
)
def test_figures_of_a_question_that_no_article_states(question: str, expected: list[str]) -> None:
    assert lacking(question, TALKS) == expected


def test_a_figure_anywhere_in_the_article_of_a_hit_is_stated() -> None:
    told = found(TALKS)
    first = replace(told, hits=told.hits[:1])
    assert "162" not in first.hits[0].passage.text
    assert unstated_figures("كيف صوت 162 عضوا؟", first) == []


def test_an_article_that_names_no_year_may_be_of_any_unless_it_says_when_it_was_published() -> None:
    undated = article("التقى الوزيران أمس في سوتشي.", source="undated.txt")
    published = replace(undated, published=Stated("2014-05-11", Span(0, 1)))
    assert lacking("من التقى في سوتشي عام 2013؟", undated) == []
    assert lacking("من التقى في سوتشي عام 2013؟", TALKS, undated) == []
    assert lacking("من التقى في سوتشي عام 2013؟", published) == ["2013"]
    assert lacking("من التقى في سوتشي عام 2014؟", published) == []
    assert lacking("ماذا ينص القرار 15590؟", undated) == ["15590"]


def test_an_article_that_is_too_long_to_read_whole_may_state_anything() -> None:
    long = article("أكد لافروف دعم القرار. " + "ا" * LONGEST)
    assert lacking("ماذا ينص القرار 15590؟", long) == []


def test_a_question_with_a_figure_that_no_article_states_is_refused_however_near_they_are() -> None:
    answerer = Answerer(lambda _: found(TALKS, score=1.2), policy=BAND)
    answer = answerer.answer(query("ماذا ينص القرار 1559؟"))
    assert answer.status == "not_in_corpus"
    assert len(answer.evidence) == 2
    assert answerer.answer(query("ماذا ينص القرار 2254؟")).status == "answered"


def test_a_follow_up_is_not_held_to_a_figure_or_a_name_that_it_replaces() -> None:
    figure = replace(query("What about resolution 2254?", "en"), searched="What about resolution 2254? (1559)")
    assert verdict(figure, found(TALKS), Policy()) == "clear"
    name = replace(query("And Lavrov?", "en"), searched="And Lavrov? (Macron)")
    answer = Answerer(lambda _: found(TALKS)).answer(name)
    assert (answer.status, answer.notices) == ("answered", ())


VISIT = article("التقى الرئيس فلاديمير بوتين بشار الأسد في سوتشي. وقال الوزير الفرنسي إن باريس تتابع.")
PARIS = article("President Emmanuel Macron met Assad in Sochi.", source="en.txt")


def not_named(question: str, *articles: Article, names: OwnNames = NONE) -> list[str]:
    return [span.of(question) for span in unstated_names(question, select(found(*articles), 3), names)]


@pytest.mark.parametrize(
    ("question", "told", "expected"),
    [
        pytest.param("When did Macron visit Sochi?", VISIT, ["Macron"], id="a name in no article, across scripts"),
        pytest.param("When did Macron visit Sochi?", PARIS, [], id="in the same script"),
        pytest.param("متى زار إيمانويل ماكرون سوتشي؟", VISIT, ["إيمانويل ماكرون"], id="a person, in Arabic"),
        pytest.param("متى زار إيمانويل ماكرون سوتشي؟", PARIS, [], id="a person, across scripts"),
        pytest.param("What did the Shiite bloc say?", article("قالت الكتلة الشيعية ذلك."), [], id="by its meaning"),
        pytest.param("What did the Houthis say?", article("قال الحوثيون ذلك."), [], id="a plural by its meaning"),
        pytest.param("What did Gaddafi say?", article("قال القذافي ذلك."), [], id="spelled in many ways"),
        pytest.param("Who leads the Houthis?", VISIT, ["Houthis"], id="such a name in no article"),
        pytest.param("متى زار بوتين القاهرة؟", VISIT, ["القاهرة"], id="a place that the gazetteer knows"),
        pytest.param("ماذا قالت القاهرة؟", article("قال وزير خارجية مصر ذلك."), [], id="a capital for its country"),
        pytest.param("When did Putin visit Cairo?", VISIT, ["Cairo"], id="such a place across scripts"),
        pytest.param("What happened in France?", VISIT, [], id="a country whose capital is named"),
        pytest.param("What did the Italian minister say?", VISIT, [], id="the adjective of a country is no name"),
        pytest.param("ماذا قال الوزير الإيطالي؟", VISIT, [], id="the same in Arabic"),
        pytest.param("When did Assad visit Sochi?", VISIT, [], id="a name of two consonants"),
        pytest.param("When did Assad speak?", article("قال السيد سعود إنه عاد."), ["Assad"], id="others with the two"),
        pytest.param("Who leads the AFC in Super Bowl XLIX?", VISIT, [], id="abbreviations and Roman numerals"),
        pytest.param("Who won the Championship?", VISIT, [], id="an ordinary word with a capital"),
        pytest.param("من التقى؟", VISIT, [], id="no name at all"),
        pytest.param("", VISIT, [], id="no question"),
    ],
)
def test_names_of_a_question_that_no_article_has(question: str, told: Article, expected: list[str]) -> None:
    assert not_named(question, told) == expected


def test_a_name_anywhere_in_an_article_of_the_evidence_is_named_and_one_of_other_articles_is_not() -> None:
    first = select(found(VISIT), 1)
    assert "باريس" not in first[0].hit.passage.text
    assert unstated_names("ماذا قالت باريس؟", first) == []
    assert unstated_names("ماذا قال ماكرون في لندن؟", first) == [Span(9, 15), Span(19, 23)]
    both = article("قال الوزير من لندن إنه عائد.", source="b.txt")
    assert unstated_names("ماذا قال بوتين في لندن؟", select(found(VISIT, both), 3)) == []
    assert unstated_names("ماذا قال بوتين في لندن؟", []) == []


def test_the_outlet_of_an_article_is_named_by_it() -> None:
    assert not_named("ماذا قالت رويترز؟", article("غادر الوفد.", outlet="رويترز")) == []
    assert not_named("ماذا قالت رويترز؟", article("غادر الوفد.", outlet="سانا")) == ["رويترز"]


def test_an_article_that_is_too_long_to_read_whole_may_name_anybody() -> None:
    assert not_named("ماذا قالت روما؟", article("التقى بوتين الأسد. " + "ا" * LONGEST)) == []


def test_the_users_own_names_are_names() -> None:
    names = OwnNames.of([("محمود عباس", "أبو مازن", "Mahmoud Abbas", "Abu Mazen")])
    told = article("التقى بوتين محمود عباس.")
    assert not_named("Who met Abu Mazen?", told, names=names) == []
    assert not_named("Who met Abu Mazen?", told) == ["Mazen"]
    assert not_named("Who met Abu Mazen?", VISIT, names=names) == ["Abu Mazen"]


@pytest.mark.parametrize("kind", ["extractive", "reader"])
def test_an_answer_about_somebody_whom_no_article_names_is_told_as_no_clear_answer(kind: GeneratorKind) -> None:
    read = None if kind == "extractive" else points("سوتشي")
    policy = replace(BAND, clear_probability=0.9)
    search = found(VISIT, score=0.99)
    answerer = Answerer(lambda _: search, kind=kind, read=read, policy=policy, similarity=alike)
    for name, status in (("إيمانويل ماكرون", "partial"), ("فلاديمير بوتين", "answered")):
        answer = answerer.answer(query(f"أين التقى {name} الأسد؟"))
        assert answer.status == status
        assert [name in notice.message for notice in answer.notices] == [True] * (status == "partial")
        assert all(notice.kind == "unclear" for notice in answer.notices)
        assert bool(answer.short) is (status == "answered" and kind == "reader")


def answers(kind: GeneratorKind, reply: str = "", *, score: float, question: str = "أين أكد ذلك؟") -> list[object]:
    generate, read = (says(reply), None) if kind == "writer" else (None, points(reply) if reply else None)
    search = found(TALKS, score=score)
    answerer = Answerer(lambda _: search, generate, kind=kind, read=read, similarity=alike, policy=BAND)
    return list(answerer.stream(query(question), Cancel()))


def test_an_answer_that_is_not_clear_says_so_before_its_first_sentence_and_keeps_all_of_it() -> None:
    unclear, clear = answers("extractive", score=0.85), answers("extractive", score=0.95)
    assert [type(event) for event in unclear[1:3]] == [Notice, Cited]
    assert [event for event in unclear if isinstance(event, Cited)] == [
        event for event in clear if isinstance(event, Cited)
    ]
    assert [event.kind for event in unclear if isinstance(event, Notice)] == ["unclear"]
    assert unclear[-1].answer.status == "partial"  # type: ignore[attr-defined]
    assert clear[-1].answer.status == "answered"  # type: ignore[attr-defined]
    assert not any(isinstance(event, Notice) for event in clear)


def test_what_was_read_is_judged_by_its_probability_and_not_by_the_score() -> None:
    answer = answers("reader", "سوتشي", score=0.1)[-1].answer  # type: ignore[attr-defined]
    assert answer.status == "partial"
    assert [notice.kind for notice in answer.notices] == ["unclear"]
    assert answer.citations[0].marked.of(TALKS.text) == "سوتشي"
    assert answer.short == ()
    answer = answers("reader", "حلب", score=0.99)[-1].answer  # type: ignore[attr-defined]
    assert (answer.status, [notice.kind for notice in answer.notices]) == ("partial", ["unclear"])


@pytest.mark.parametrize(
    ("chance", "expected"), [(0.19, "absent"), (0.2, "unclear"), (0.49, "unclear"), (0.5, "clear")]
)
def test_a_probability_is_absent_unclear_or_clear(chance: float, expected: str) -> None:
    policy = Policy(min_score={"ar": 2.0}, answer_probability=0.2, clear_probability=0.5)
    hits = replace(found(TALKS), probability=chance)
    assert verdict(query("أين؟"), hits, policy) == expected
    fitted = replace(policy, calibrated={"ar-ar": 0.19})
    assert verdict(query("أين؟"), hits, fitted) == "clear"
    assert verdict(query("أين؟"), replace(hits, hits=()), policy) == "absent"


def test_a_writer_says_itself_what_is_not_answered() -> None:
    answer = answers("writer", "أكد لافروف دعم القرار 2254 في سوتشي [1].", score=0.85)[-1].answer  # type: ignore[attr-defined]
    assert (answer.status, answer.notices) == ("answered", ())
