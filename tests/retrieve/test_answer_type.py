from __future__ import annotations

import pytest

from rag.retrieve.question import answer_type, offers


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("كم عدد القتلى؟", "number"),
        ("بكم بيع المنزل؟", "number"),
        ("ما نسبة الناخبين؟", "number"),
        ("How many people were killed?", "number"),
        ("What percentage of voters stayed home?", "number"),
        ("متى زار الوزير سوتشي؟", "date"),
        ("في أي عام تأسست الشركة؟", "date"),
        ("When did Muallem visit Sochi?", "date"),
        ("In which year was it founded?", "date"),
        ("لماذا علق الحوار؟", "reason"),
        ("ما سبب تعليق الحوار؟", "reason"),
        ("Why were the talks put off?", "reason"),
        ("What was the cause of the fire?", "reason"),
        ("What is the population of Tunis?", "number"),
        ("What was the date of the attack?", "date"),
        ("إمتى وصل الوزير؟", "date"),
        ("ليش علقوا الحوار؟", "reason"),
        ("لماذا استقال الوزير في عام 2015؟", "reason"),
        ("من زار سوتشي في عام 2015؟", None),
        ("ما المدينة التي تبعد 20 كم عن حلب؟", None),
        ("ما المسبب؟", None),
        ("من زار سوتشي؟", None),
        ("Who said that the time had come?", None),
        ("", None),
    ],
)
def test_the_words_of_a_question_say_what_it_asks_for(question: str, kind: str | None) -> None:
    assert answer_type(question) == kind


def test_a_number_of_the_question_itself_is_no_answer() -> None:
    assert offers("قتل 12 شخصا.", "number", "كم شخصا قتل؟")
    assert not offers("صدر القرار 2254.", "number", "كم دولة أيدت القرار 2254؟")
    assert not offers("لم يقتل أحد.", "number", "كم شخصا قتل؟")


def test_a_reason_is_told_by_what_gives_it() -> None:
    assert offers("علق الحوار لأن الوفد لم يصل.", "reason", "لماذا علق الحوار؟")
    assert offers("علق الحوار بسبب القصف.", "reason", "لماذا علق الحوار؟")
    assert offers("The talks were put off because of the shelling.", "reason", "Why were they put off?")
    assert not offers("علق الحوار في جنيف.", "reason", "لماذا علق الحوار؟")
    assert not offers("The talks were put off.", "reason", "Why were they put off?")


def test_a_year_alone_is_a_date_and_another_number_is_not() -> None:
    assert offers("في عام 2012 عقد المؤتمر.", "date", "متى عقد المؤتمر؟")
    assert offers("It opened on 3 May.", "date", "When did it open?")
    assert not offers("حضره 300 شخص.", "date", "متى عقد المؤتمر؟")


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("كم عدد الوفود؟", True),
        ("متى صدر البيان؟", True),
        ("ومتى كان ذلك؟", True),
        ("وفي أي عام كان ذلك؟", True),
        ("And when was that?", True),
        ("ما رقم القرار الدولي؟", True),
        ("في أي عام وقعت الحرب؟", True),
        ("How many officials came?", True),
        ("When did they meet?", True),
        ("In what year was it built?", True),
        ("من زار سوتشي؟", False),
        ("أين التقيا؟", False),
        ("Who met whom?", False),
        ("ما الذي تراكم في المدينة؟", False),
        ("لماذا غادر؟", False),
    ],
)
def test_a_question_that_asks_for_a_figure_is_told_from_one_that_asks_for_a_name(question: str, figure: bool) -> None:
    assert (answer_type(question) in {"number", "date"}) is figure
