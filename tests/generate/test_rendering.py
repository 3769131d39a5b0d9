"""Arabic words of a short answer in English: what is certain, what stays in Arabic, and where names are spelled."""

from __future__ import annotations

import time
from functools import partial

import pytest
from builders import article, found, points, query
from hypothesis import given
from hypothesis import strategies as st

from rag.generate.answer import Answerer
from rag.generate.rendering import _table, english
from rag.text.names import OwnNames
from rag.text.normalise import ARABIC, normal_form
from rag.types import Answer

RENDERED = [
    # places
    ("سوتشي", "Sochi"),
    ("مدينة سوتشي الروسية", "Russian city of Sochi"),
    ("العاصمة الروسية موسكو", "Russian capital, Moscow"),
    ("لبنان", "Lebanon"),
    ("الولايات المتحدة", "United States"),
    ("سلطنة عمان", "Oman"),
    ("تونس العاصمة", "Tunis"),
    ("شمال سوريا", "northern Syria"),
    ("مطار القاهرة الدولي", "Cairo International Airport"),
    ("في القاهرة", "in Cairo"),
    ("في الولايات المتحدة", "in the United States"),
    ("بالقاهرة", "in Cairo"),
    ("في موسكو ودمشق", "in Moscow and Damascus"),
    ("الولايات المتحدة والاتحاد الأوروبي وروسيا", "United States, the European Union and Russia"),
    ("القاهرة وبيروت ودمشق", "Cairo, Beirut and Damascus"),
    ("القاهرة، مصر", "Cairo, Egypt"),
    ("البوسنة والهرسك", "Bosnia and Herzegovina"),
    # dates
    ("30 حزيران/ يونيو 2012", "30 June 2012"),
    ("30 حزيران (يونيو) 2012", "30 June 2012"),
    ("الثلاثاء 12 نوفمبر 2014", "Tuesday 12 November 2014"),
    ("١٧ أيلول ٢٠١٥", "17 September 2015"),
    ("الثامن من فيفري 2007", "8 February 2007"),
    ("الحادي والعشرين من مايو", "21 May"),
    ("17 رمضان 1435 هـ", "17 Ramadan 1435"),
    ("في عام 2014", "in 2014"),
    ("منذ عام 2011", "since 2011"),
    ("عام 44 قبل الميلاد", "44 BC"),
    ("القرن التاسع عشر", "19th century"),
    ("نهاية عام 2014", "the end of 2014"),
    ("يوم الخميس الماضي", "last Thursday"),
    ("مساء أمس", "yesterday evening"),
    ("خلال عام 2016", "during 2016"),
    ("الاثنين والثلاثاء", "Monday and Tuesday"),
    # figures
    ("اثني عشر", "12"),
    ("خمسة وعشرين شخصا", "25 people"),
    ("٣ وزراء", "3 ministers"),
    ("نحو 300 ضيف", "about 300 guests"),
    ("45 بالمئة", "45 per cent"),
    ("٤٥٪", "45 per cent"),
    ("12,5 في المائة", "12.5 per cent"),
    ("مليون ونصف المليون دينار تونسي", "1.5 million Tunisian dinars"),
    ("5 ملايين دولار أمريكي", "5 million US dollars"),
    ("12 ألف لاجئ", "12,000 refugees"),
    ("15,300 كيلومتر مربع", "15,300 square kilometres"),
    ("ثلاث سنوات وستة أشهر", "3 years and 6 months"),
    ("عامين", "2 years"),
    ("2011 و2012", "2011 and 2012"),
    ("3 ملايين و200 ألف لاجئ", "3.2 million refugees"),
    ("دولار واحد", None),
    # nationalities, bodies, offices
    ("روسي", "Russian"),
    ("الروسية", "Russian"),
    ("السوريين", "Syrians"),
    ("الصينيون", "Chinese"),
    ("الروس", None),
    ("السوريين والصينيين", "Syrians and the Chinese"),
    ("الأمم المتحدة", "United Nations"),
    ("مجلس الأمن الدولي", "UN Security Council"),
    ("الجيش السوري", "Syrian army"),
    ("وزارة الخارجية الروسية", "Russian foreign ministry"),
    ("وزير الخارجية الروسي", "Russian foreign minister"),
    ("وزيرة الدفاع الألمانية", "German defence minister"),
    ("وزير الخارجية الأمريكي", "US secretary of state"),
    ("نائب وزير الخارجية الروسي", "Russian deputy foreign minister"),
    ("السفير الروسي في القاهرة", "Russian ambassador in Cairo"),
    ("الرئيس المصري السابق", "former Egyptian president"),
    ("رئيس الحكومة التونسية", "head of the Tunisian government"),
    ("ملك الأردن", "king of Jordan"),
    ("الخارجية الروسية", "Russian foreign ministry"),
    ("فلاديمير بوتين ووزير الخارجية الروسي", "Vladimir Putin and the Russian foreign minister"),
    ("رئيس تونس", "president of Tunisia"),
    # persons
    ("فيصل المقداد", "Faisal Mekdad"),
    ("سيرغي لافروف", "Sergey Lavrov"),
    ("الملك عبد الله", "King Abdullah"),
    ("وزير الخارجية الروسي سيرغي لافروف", "Russian foreign minister Sergey Lavrov"),
    ("سيرغي لافروف، وزير الخارجية الروسي", "Sergey Lavrov, Russian foreign minister"),
    ("خالد الماجدي", "Khaled al-Majidi"),
    ("أحمد الصيد", "Ahmed Essid"),
    ("جورج بوش", "George Bush"),
    ("«محمد حسنين»", None),
    ("محمد بن سلمان", "Mohammed bin Salman"),
    (
        "فيصل المقداد، والمستشارة السياسية برئاسة الجمهورية، بثينة شعبان",
        "Faisal Mekdad and political adviser at the presidency Bouthaina Shaaban",
    ),
]
"""Worked by hand; what follows stays in Arabic."""

ARABIC_STAYS = [
    "تونس",  # Tunisia, Tunis
    "عمان",  # Oman, Amman
    "الجزائر",  # Algeria, Algiers
    "سورية",  # Syria, Syrian
    "البندقية",  # Venice, a rifle
    "مالي",  # Mali, financial
    "المصري",  # a surname too
    "روماني",  # Romanian, Roman
    "على",  # on; علي is a name
    "جده",  # his grandfather; جدة is a city
    "نيسان",  # April, Nissan
    "مارس",  # March, he practised
    "كريم",  # a name, generous
    "محمد",  # a given name alone
    "فيصل البركاني",  # no usual spelling
    "الدكتور فيصل البركاني",
    "نائبه فيصل المقداد",  # his deputy
    "النائب محمد علي",  # a deputy, a member of parliament
    "وزير الدولة",
    "وزير التعليم الأمريكي",  # of no such office
    "وزير الخارجية الروسية",  # the adjective is of the ministry
    "ست",  # six, a lady
    "24 ولاية",  # provinces, states
    "5 أهداف",  # goals, targets
    "ليلة الجمعة",  # Friday night, the night before
    "خمسة بالألف",
    "1.234 شخصا",  # 1234, or 1.234
    "3,125 مليون دينار",  # 3.125 million
    "1,250 دينار",  # and a quarter
    "ألفا شخص",  # a thousand, two thousand
    "ثلث السكان",
    "12-14 نوفمبر",
    "32 يناير",
    "30 حزيران/ يوليو 2012",  # two months
    "دمشق وريفها",
    "عام 2012 و2013",
    "زيارة رسمية لبحث آخر تطورات الأزمة السورية",
    "الروسي فلاديمير بوتين والوفد المرافق",
    "تنظيم مؤتمر دولي",
    "لروسيا",
    "بعشرين",
    "لثمان سنوات",  # for eight years
    "الثلاثة",  # the three
    "في اليوم",  # a day
    "خلال اليوم",
    "العمل الروسية",
    "يوسف مارس",  # practised
    "بوتين وزير الخارجية السوري",  # استقبل بوتين …
    "الثقافة التونسية",  # culture, or its ministry
    "البريطانية، لندن",  # no list
    "الأميركية، نهاية أبريل",
    "ألف",
    "كروسيا",
    "Sochi",
    "2014",
    "",
    "؟",
]


@pytest.mark.parametrize(("words", "rendered"), RENDERED)
def test_words_that_are_certain_are_rendered(words: str, rendered: str | None) -> None:
    assert english(words) == rendered


@pytest.mark.parametrize("words", ARABIC_STAYS)
def test_words_that_are_not_certain_stay_in_arabic(words: str) -> None:
    assert english(words) is None


# ---- spellings of names


def test_the_users_own_spelling_comes_before_the_usual_one() -> None:
    own = OwnNames.of([("فيصل المقداد", "Feisal Mikdad"), ("سمر القيرواني", "Samar Kairouani")])
    assert english("فيصل المقداد", own) == "Feisal Mikdad"
    assert english("فيصل المقداد وسمر القيرواني", own) == "Feisal Mikdad and Samar Kairouani"


def test_a_name_that_two_entries_of_the_user_spell_stays_in_arabic() -> None:
    own = OwnNames.of([("فيصل المقداد", "Feisal Mikdad"), ("فيصل المقداد", "Faysal Mokdad")])
    assert english("فيصل المقداد", own) is None


@pytest.mark.parametrize(
    ("words", "text", "rendered"),
    [
        ("فيصل البركاني", "said Faisal al-Barkani, who", "Faisal al-Barkani"),
        ("حسين البركاني", "said Hussein Barkani, who", "Hussein Barkani"),
        ("حسن البركاني", "said Hussein Barkani, who", None),
        ("محمد عباس", "president Mahmud Abbas said", "Mohammed Abbas"),
        ("سعد الفيصل", "Prince Saud al-Faisal met", "Saad al-Faisal"),
        ("عمر سعيد", "Amir Saeed spoke", "Omar Saeed"),
        ("حسين البركاني", "said Hassan Barkani, who", None),
        ("نيكولاس بلفور", "met Nicolas Balfour’s son", "Nicolas Balfour"),
        ("عبد الرحمن الشرقاوي", "by Abdel Rahman El-Sharqawi in", "Abdel Rahman El-Sharqawi"),
        ("فيصل البركاني", "said faisal barkani", None),
        ("فيصل البركاني", "said Faisal. Barkani was", None),
        ("فيصل البركاني", "Faisal Barkani, Faisal Barkani and Feisal Barkani", "Faisal Barkani"),
        ("لافروفسكي", "in Lavrovsky street", "Lavrovsky"),
        ("الوزير", "the Wazir", None),
    ],
)
def test_a_name_is_spelled_as_the_texts_beside_it_spell_the_same_consonants_and_long_vowels(
    words: str, text: str, rendered: str | None
) -> None:
    assert english(words, beside=["زار الوزير سوتشي.", text]) == rendered


# ---- what always holds

PIECES = """
و في من ال محمد علي الأسد ، , / ( ) % ٪ 12 ١٢ 1.5 مليون دولار عام نوفمبر الثلاثاء سوتشي روسيا الروسي وزير الخارجية رئيس
نائب السفير مدينة العاصمة القرن التاسع عشر خمسة وعشرين نحو أكثر من « » - . Sochi هـ ـ قبل الميلاد
"""
texts = st.one_of(
    st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join),
    st.text(max_size=40),
    st.text("اأبتوعلي ،.1٢%/()\n", max_size=30),
)


@given(texts)
def test_a_rendering_has_no_arabic_and_is_never_an_error(text: str) -> None:
    rendered = english(text, beside=["Mohammed al-Assad of Sochi"])
    if rendered is not None:
        assert rendered.strip() == rendered != ""
        assert not ARABIC.search(rendered)
        assert not any(one.isdecimal() and not one.isascii() for one in rendered)


def test_an_answer_of_many_unknown_words_takes_no_time() -> None:
    english("سوتشي")
    beside = ["Jean-Marc Balfour met Nicolas Brevert in Lavrovsky Street. " * 1000] * 8
    start = time.perf_counter()
    assert english(" و".join(f"بركانيوف{letter}" for letter in "بتثجحخدذرزسشصضطظعغفق"), beside=beside) is None
    assert time.perf_counter() - start < 10


def test_the_tables_hold_words_as_they_are_looked_up() -> None:
    for section in ("countries", "places", "cities", "bodies", "titles", "persons", "given", "family", "qualifiers"):
        for keys, name in _table(section).items():
            said = " ".join(keys)
            assert not set(said) & set("أإآٱـ"), said
            assert normal_form(said)
            assert name
            assert not ARABIC.search(name), said


# ---- in an answer


def answered(text: str, asked: str, words: str) -> Answer:
    asked_in = "en" if asked.isascii() else "ar"
    return Answerer(lambda _: found(article(text)), kind="reader", read=points(words)).answer(query(asked, asked_in))


def test_an_english_question_has_its_short_answer_in_english_beside_the_words_of_the_file() -> None:
    answer = answered("وصل المعلم إلى مدينة سوتشي برفقة فيصل المقداد.", "Who went with him?", "فيصل المقداد")
    [short] = answer.short
    assert (short.text, short.rendered, short.shown) == (
        *("فيصل المقداد", "Faisal Mekdad"),
        "Faisal Mekdad (فيصل المقداد)",
    )


def test_an_arabic_question_has_the_words_of_the_file_alone() -> None:
    [short] = answered("وصل المعلم إلى مدينة سوتشي برفقة فيصل المقداد.", "من رافقه؟", "فيصل المقداد").short
    assert (short.rendered, short.shown) == (None, "فيصل المقداد")


def test_english_words_and_words_that_are_not_certain_have_no_rendering() -> None:
    [short] = answered("The minister visited Sochi.", "Where did he go?", "Sochi").short
    assert short.rendered is None
    [short] = answered("وصل الوزير إلى تونس.", "Where did he go?", "تونس").short
    assert (short.rendered, short.shown) == (None, "تونس")


def test_the_evidence_spells_a_name_that_no_table_has() -> None:
    latin, arabic = (
        article("Faisal al-Barkani is a writer.", source="a.txt"),
        article("وصل فيصل البركاني.", source="b.txt"),
    )
    reading = points("فيصل البركاني", "Faisal")
    answer = Answerer(lambda _: found(arabic, latin), kind="reader", read=reading).answer(query("Who arrived?", "en"))
    assert "Faisal al-Barkani" in [one.rendered for one in answer.short]


def test_the_archive_spells_a_name_that_the_evidence_has_in_arabic_alone() -> None:
    asked: list[str] = []

    def latin_in(text: str) -> list[str]:
        asked.append(text)
        return ["Faisal al-Barkani", "Faisal Mekdad"]

    search = partial(found, article("وصل فيصل البركاني إلى سوتشي."))
    answerer = Answerer(lambda _: search(), kind="reader", read=points("فيصل البركاني"), latin_in=latin_in)
    [short] = answerer.answer(query("Who arrived?", "en")).short
    assert (short.rendered, asked) == ("Faisal al-Barkani", ["فيصل البركاني"])
    assert answerer.answer(query("من وصل؟")).short[0].rendered is None
    assert asked == ["فيصل البركاني"]
