"""Questions made from news: what each rule asks and answers, in Arabic and word by word in English, and the filter."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from eval.bench.data import make_article
from eval.training.news_questions import (
    BATCH,
    Candidate,
    MadeQuestion,
    candidates,
    chosen,
    consistent,
    gather,
    in_english,
)
from rag.types import Span

RECEIVED = (
    "استقبل الرئيس الروسي فلاديمير بوتين وزير الخارجية السوري وليد المعلم في سوتشي مساء أمس الخميس 28 أفريل 2016."
)
SAID = "وأكد وزير الصحة سعيد العايدي أن الميزانية تكفي لبناء عشرة مستشفيات جديدة."
ARRESTED = "تمكنت وحدات الحرس البحري بمدينة سوسة من إيقاف 9 أنفار بسبب تهريب السجائر."


def asked(text: str, kind: str) -> set[tuple[str, str]]:
    """Questions of a kind with their answers, over many draws of the wording."""
    return {
        (one.question, one.answer.of(text))
        for seed in range(60)
        for one in candidates(text, Span(0, len(text)), random.Random(seed))
        if one.kind == kind
    }


@pytest.mark.parametrize(
    ("text", "kind", "question", "answer"),
    [
        (
            RECEIVED,
            "who",
            "من استقبل وزير الخارجية السوري وليد المعلم في سوتشي؟",
            "الرئيس الروسي فلاديمير بوتين",
        ),
        (
            RECEIVED,
            "when",
            "متى استقبل الرئيس الروسي فلاديمير بوتين وزير الخارجية السوري وليد المعلم في سوتشي؟",
            "مساء أمس الخميس 28 أفريل 2016",
        ),
        (
            RECEIVED,
            "where",
            "أين استقبل الرئيس الروسي فلاديمير بوتين وزير الخارجية السوري وليد المعلم؟",
            "سوتشي",
        ),
        (
            RECEIVED,
            "what",
            "من الذي استقبله الرئيس الروسي فلاديمير بوتين؟",
            "وزير الخارجية السوري وليد المعلم في سوتشي",
        ),
        (RECEIVED, "office", "من هو الرئيس الروسي؟", "فلاديمير بوتين"),
        (RECEIVED, "holder", "ما منصب وليد المعلم؟", "وزير الخارجية السوري"),
        (
            SAID,
            "who said",
            "من أكد أن الميزانية تكفي لبناء عشرة مستشفيات جديدة؟",
            "وزير الصحة سعيد العايدي",
        ),
        (
            SAID,
            "who said",
            "من قال إن الميزانية تكفي لبناء عشرة مستشفيات جديدة؟",
            "وزير الصحة سعيد العايدي",
        ),
        (
            SAID,
            "said what",
            "بماذا صرح وزير الصحة سعيد العايدي؟",
            "الميزانية تكفي لبناء عشرة مستشفيات جديدة",
        ),
        (ARRESTED, "where", "في أي مدينة تمكنت وحدات الحرس البحري من إيقاف 9 أنفار؟", "مدينة سوسة"),
        (
            ARRESTED,
            "how many",
            "كم نفرا تمكنت وحدات الحرس البحري بمدينة سوسة من إيقافهم بسبب تهريب السجائر؟",
            "9 أنفار",
        ),
        (ARRESTED, "why", "لماذا تمكنت وحدات الحرس البحري بمدينة سوسة من إيقاف 9 أنفار؟", "تهريب السجائر"),
        (ARRESTED, "what", "من ماذا تمكنت وحدات الحرس البحري؟", "إيقاف 9 أنفار بسبب تهريب السجائر"),
        (
            "دعا الاتحاد العام التونسي للشغل إلى تنفيذ إضراب عام.",
            "what",
            "إلى ماذا دعا الاتحاد العام التونسي للشغل؟",
            "تنفيذ إضراب عام",
        ),
        ("بلغ عدد القتلى في الحادث 50 شخصا.", "how many", "كم بلغ عدد القتلى في الحادث؟", "50"),
        (
            "فاز النجم الساحلي على النادي الإفريقي بنتيجة 3 - 1 في المباراة.",
            "score",
            "بأي نتيجة فاز النجم الساحلي على النادي الإفريقي؟",
            "3 - 1",
        ),
        (
            "نشب حريق كبير في مصنع للأثاث وفق ما أكده مدير المستشفى خالد حسين.",
            "who said",
            "من أكد أنه نشب حريق كبير في مصنع للأثاث؟",
            "مدير المستشفى خالد حسين",
        ),
    ],
)
def test_a_rule_asks_for_the_words_that_it_takes_out(text: str, kind: str, question: str, answer: str) -> None:
    assert (question, answer) in asked(text, kind)


def test_a_masculine_verb_asks_who_and_an_institution_keeps_its_feminine_verb() -> None:
    questions = {question for question, _ in asked(ARRESTED, "who")}
    assert any(question.startswith("من تمكن ") for question in questions)
    assert any(question.startswith(("أي جهة تمكنت ", "ما هي الجهة التي تمكنت ")) for question in questions)
    assert not any(question.startswith("من تمكنت ") for question in questions)


@pytest.mark.parametrize(
    "text",
    [
        "الطقس جميل اليوم في العاصمة.",  # no verb before its subject
        "وأضاف المصدر أن الأبحاث متواصلة للكشف عن بقية المتهمين.",  # nobody is named
        "قال الوزير إن الأسعار سترتفع في الأيام القادمة.",  # an office without what it is one of
    ],
)
def test_nothing_is_asked_where_nobody_is_named(text: str) -> None:
    assert not [one for seed in range(20) for one in candidates(text, Span(0, len(text)), random.Random(seed))]


def test_no_question_holds_its_answer_and_every_answer_is_in_its_sentence() -> None:
    text = " ".join([RECEIVED, SAID, ARRESTED])
    ends = [RECEIVED, f"{RECEIVED} {SAID}", text]
    for seed in range(30):
        for one in candidates(text, Span(0, len(text)), random.Random(seed)):
            assert one.answer.of(text) not in one.question
            first = next(len(end) for end in ends if one.answer.start < len(end))
            assert one.answer.end <= first


def test_the_same_seed_makes_the_same_questions() -> None:
    articles = [make_article(f"a{number}", f"{RECEIVED} {SAID} {ARRESTED}") for number in range(6)]
    assert gather(articles, 3) == gather(articles, 3)
    assert gather(articles, 3) != gather(articles, 4)


def test_few_passages_are_asked_the_same_question_and_kinds_have_their_shares() -> None:
    articles = [make_article(f"a{number}", f"{SAID} {SAID} {number}.") for number in range(40)]
    made = gather(articles, 1)
    assert max(Counter(one.question for one in made).values()) == 3
    kinds = Counter(one.kind for one in chosen([MadeQuestion("a", Span(0, 9), "؟", Span(0, 1), "who")] * 90, 100))
    assert kinds == {"who": 21}


def test_an_english_question_keeps_unknown_names_in_arabic() -> None:
    one = Candidate("who", "من استقبل المعلم في سوسة؟", Span(0, 1), "who", ("استقبل", "المعلم", "في", "سوسة"))
    assert in_english(one) == "who received المعلم in Sousse?"
    one = Candidate("what", "ماذا قرر مجلس الأمن؟", Span(0, 1), "what did", ("قرر", "مجلس", "الأمن"))
    assert in_english(one) == "what did decide council security?"


def test_no_english_question_is_made_of_words_that_no_table_has() -> None:
    assert in_english(Candidate("who", "؟", Span(0, 1), "who", ("استقبل", "المعلم", "بسيوني", "شقشوق"))) is None
    assert in_english(Candidate("who", "؟", Span(0, 1), "who", ("اخشوشن", "في", "سوسة"))) is None


def test_a_question_is_kept_where_the_reader_finds_its_answer_again() -> None:
    text = " \n زار الوزير سوسة."
    piece, answer = Span(0, len(text)), Span(text.index("سوسة"), text.index("سوسة") + 4)
    questions = ["same", "other", "unsure", "none"]
    made = [MadeQuestion("a", piece, question, answer, "where") for question in questions]
    at = text.strip().index("سوسة")

    def read(pairs: Sequence[tuple[str, str]]) -> list[tuple[Span | None, float]]:
        assert all(passage == text.strip() for _, passage in pairs)
        found: dict[str, tuple[Span | None, float]] = {
            "same": (Span(at, at + 4), 1.0),
            "other": (Span(0, 3), 1.0),
            "unsure": (Span(at, at + 4), -1.0),
            "none": (None, 1.0),
        }
        return [found[question] for question, _ in pairs]

    tried: Counter[str] = Counter()
    assert [one.question for one in consistent(made, {"a": text}, read, tried)] == ["same"]
    assert tried == {"where": 4}
    assert len(list(consistent(made[:1] * (BATCH + 1), {"a": text}, read))) == BATCH + 1
