"""Persons, speakers, topics, places and days of a sentence are whole, without torn particles, and certain."""

from __future__ import annotations

import pytest

from rag.text.mentions import (
    acts,
    days,
    districts,
    full_names,
    offices_held,
    persons,
    says,
    speakers,
    topics_said,
)
from rag.text.normalise import words


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("وأعلنت الناطقة باسم الخارجية ماريا زاخاروفا أن روسيا تحارب", "قالت الناطقة باسم الخارجية ماريا زاخاروفا"),
        ("وأشار رئيس حزب آفاق تونس إلى أن الاقتصاد صعب", "قال رئيس حزب آفاق تونس"),
        ("قال المتحدث باسم الكرملين خلال مؤتمر: سوريا", "قال المتحدث باسم الكرملين"),
        ("أكدت وزارة الصحة أن اللقاح آمن", "قالت وزارة الصحة"),
        ("وقال أحمد السافي إن الملفات كثيرة", "قال أحمد السافي"),
        ("وقال توفيق شهدورة عضو بجمعية أولياء التلاميذ إن الوضع صعب", "قال توفيق شهدورة"),
    ],
)
def test_who_speaks_keeps_the_gender_and_the_words_of_the_text(sentence: str, speaker: str) -> None:
    assert [one.words for one in speakers(sentence, "ar", "ar")] == [speaker]


@pytest.mark.parametrize(
    "sentence",
    [
        "أكد الرئيس بوتين استمرار سياسة بلاده في سوريا",  # استمرار is what he confirmed and not who he is
        "وأشار رئيس حزب آفاق تونس إلى تحسن الاقتصاد",
        "أكد وزير الخارجية ضرورة أن تستمر المفاوضات",  # ضرورة is what he stressed
        "قال إن الاقتصاد صعب",
        "وقال المصدر الأمني ذاته إن الاقتصاد صعب",
        "قال لافروف إن الاقتصاد صعب",  # one word may be « the minister » of the sentence before
        "وأكد الوزير الروسي أن الاقتصاد صعب",
        "قال نظيره الروسي سيرغي لافروف إن الاقتصاد صعب",  # whose counterpart?
        "قالت تقارير صحفية عديدة إن الاقتصاد صعب",
        "قال رئيس الحزب إن الاقتصاد صعب",  # of which party?
        "وقال عبد الرحمان إن الاقتصاد صعب",
        "قال وزير الخارجية (أمس) إن سوريا",
    ],
)
def test_in_doubt_nobody_speaks(sentence: str) -> None:
    assert list(speakers(sentence, "ar", "ar")) == []


def test_a_family_name_alone_is_the_full_name_that_its_article_gives() -> None:
    article = "التقى الوزير سيرغي لافروف ونظيره وليد المعلم. وقال لافروف إن الاقتصاد صعب."
    full = full_names(article)
    assert dict(full) == {"لافروف": "سيرغي لافروف", "المعلم": "وليد المعلم"}
    assert [one.words for one in speakers("وقال المعلم إن الاقتصاد صعب", "ar", "ar", full)] == ["قال وليد المعلم"]


def test_a_family_name_that_two_persons_share_names_neither() -> None:
    assert "الاسد" not in full_names(
        "زار بشار الأسد موسكو، وبقي ماهر الأسد. وكان حافظ الأسد رئيسا. وزار سامي الأسد باريس."
    )


@pytest.mark.parametrize(
    ("text", "name", "pronoun", "official"),
    [
        ("والتقى وزير الخارجية الروسي سيرغي لافروف أمس", "سيرغي لافروف", "هو", True),
        ("قالت وزيرة الصحة سميرة مرعي في تصريح", "سميرة مرعي", "هي", True),
        ("سجل اللاعب أحمد العكايشي هدفا", "أحمد العكايشي", "هو", False),
        ("وصل وليد المعلم إلى سوتشي", "وليد المعلم", "", False),
        ("حضر الحفل محمد زين العابدين اليوم", "محمد زين العابدين", "", False),
        ("بحضور وزير الشؤون المحلية ووليد المعلم", "وليد المعلم", "", False),  # the first و is « and »
    ],
)
def test_a_person_has_given_and_family_name_and_the_gender_of_the_office(
    text: str, name: str, pronoun: str, official: bool
) -> None:
    assert [(one.name, one.pronoun, one.official) for one in persons(text, words(text))] == [(name, pronoun, official)]


@pytest.mark.parametrize("text", ["التقى محمد أمس بالوفد", "قال عبد الرؤوف إن", "وصل الوفد الروسي إلى موسكو"])
def test_one_name_alone_is_no_full_name(text: str) -> None:
    assert persons(text, words(text)) == []


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("وأكد أن مكافحة الإرهاب تتقدم", ["مكافحة الإرهاب"]),
        ("وردا على سؤال حول سرقة النفط السوري قال", ["سرقة النفط السوري"]),
        ("وقال إن الجانبين الروسي والبحريني متفقان", []),  # the second adjective belongs to it
        ("يجب أن تبدأ المحادثات", []),  # a verb
        ("أكد أن هذه العملية صعبة", []),  # which operation?
        ("أكد أن مشروع القانون المتعلق بالنفط جاهز", []),  # concerning what?
        ("أكد أن بلاده الكبيرة آمنة", []),  # whose country?
        ("أكد أن موسم الظهير الأيمن لبرشلونة انتهى", []),  # cut too short
    ],
)
def test_a_topic_is_a_whole_definite_phrase(text: str, topics: list[str]) -> None:
    assert topics_said(text, words(text), 0) == topics


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        ("قررت السلطات الإسبانية اليوم رفع التحذير", ["قررت السلطات الإسبانية"]),
        ("ونشر الجيش الشعبي لكوريا الشمالية منصات صاروخية", ["نشر الجيش الشعبي لكوريا الشمالية"]),
        ("قرر مكتب مجلس النواب إرسال وفد", ["قرر مكتب مجلس النواب"]),
        ("رفض البيت الأبيض التعقيب على الحكم", []),  # التعقيب is what it refused
        ("قررت لجنة المالية والتخطيط إمهال الحكومة", []),  # cut too short
        ("قرر رئيس الجمهورية الباجي قايد السبسي تعيينه", []),  # cut inside a name
        ("قرر وزير الداخلية التركي أمس تعيينه", ["قرر وزير الداخلية التركي"]),
        ("رفض الوزير الروسي فكرة المؤتمر", []),  # which minister?
        ("قررت الدائرة الجنائية بالمحكمة الإفراج عنه", []),  # of which court?
    ],
)
def test_who_decided_is_a_whole_subject(text: str, decided: list[str]) -> None:
    assert acts(text, words(text)) == decided


def test_an_office_is_named_with_its_holder_if_it_is_complete() -> None:
    text = "استقبل وزير الخارجية السوري وليد المعلم رئيس الحزب سليم الرياحي"
    assert [(one.office, one.person.name) for one in offices_held(text, words(text))] == [
        ("وزير الخارجية السوري", "وليد المعلم")
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("انفجار بمدينة سوسة أمس", ["مدينة سوسة"]),
        ("في ولاية سيدي بوزيد", ["ولاية سيدي بوزيد"]),
        ("في مدينة سوتشي الروسية", ["مدينة سوتشي"]),
        ("في ولاية ثانية", []),
        ("على جزيرة جيونغ جيه-دو", []),  # the name goes on
    ],
)
def test_a_district_has_its_whole_name_without_the_preposition(text: str, named: list[str]) -> None:
    assert districts(text, words(text)) == named


def test_a_day_has_the_month_of_its_text_and_of_the_language_of_the_question() -> None:
    text = "صدر البيان في 30 حزيران/ يونيو عام 2012 ثم في 16 فيفري"
    assert [one.shown for one in days(text, "ar")] == ["30 حزيران 2012", "16 فيفري"]
    assert [one.shown for one in days(text, "en")] == ["30 June 2012", "16 February"]
    assert days("في 03/04/2012", "en") == []  # of March or of April


@pytest.mark.parametrize(
    ("text", "speech"),
    [("وأضاف أن الاقتصاد صعب", True), ("He said so.", True), ("استقبل الرئيس الوزير.", False), ("He came.", False)],
)
def test_a_verb_of_saying_is_recognised_in_both_languages(text: str, speech: bool) -> None:
    assert says(text) is speech
