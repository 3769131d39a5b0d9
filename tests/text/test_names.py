"""Names in one script, places in both, and the strict rule for Arabic words."""

from __future__ import annotations

import pytest

from rag.text.name_shapes import is_common
from rag.text.names import places
from rag.text.normalise import forms, same, words
from rag.verify.names import NameReading, missing

SOCHI = "التقى الرئيس الروسي فلاديمير بوتين مع وزير الخارجية والمغتربين وليد المعلم أمس في مدينة سوتشي الروسية."
TALKS = (
    "Russian President Vladimir Putin met Syrian Foreign Minister Walid Muallem; Sergei Lavrov joined them in Sochi."
)


def absent(claim: str, *quotes: str, question: str = "") -> list[str]:
    return [
        name.span.of(claim)
        for name in missing(NameReading.of(claim), [NameReading.of(quote) for quote in quotes], question)
    ]


@pytest.mark.parametrize(
    ("claim", "names"),
    [
        ("التقى بوتين وليد المعلم أمس", []),
        ("اجتمع الرئيس بوتين بالمعلم في سوتشي", []),
        ("التقى ميدفيديف وليد المعلم", ["ميدفيديف"]),
        ("التقى بوتين فيصل المقداد", ["فيصل المقداد"]),
        ("زار بوتين سوريا", ["سوريا"]),
        ("التقى بوتين المعلم بحضور سيرغي لافروف", ["سيرغي لافروف"]),
        ("التقى بوتين المعلم بحضور Lavrov", ["Lavrov"]),
    ],
)
def test_an_arabic_name_that_no_quote_has_is_missing(claim: str, names: list[str]) -> None:
    assert absent(claim, SOCHI) == names


@pytest.mark.parametrize(
    ("claim", "names"),
    [
        ("Putin met Walid Muallem in Sochi.", []),
        ("The talks between President Putin and Syria's foreign minister took place in Sochi.", []),
        ("PUTIN's guest was Muallem.", []),
        ("Medvedev met Muallem.", ["Medvedev"]),
        ("In Sochi, Putin met Bashar al-Jaafari.", ["Bashar", "Jaafari"]),
        ("Sergei Putin met Muallem.", ["Sergei Putin"]),
        ("NATO was not there.", ["NATO"]),
        ("Negotiations went on.", []),
    ],
)
def test_an_english_name_that_no_quote_has_is_missing(claim: str, names: list[str]) -> None:
    assert absent(claim, TALKS) == names


def test_a_place_is_checked_across_scripts() -> None:
    assert absent("The Syrian minister flew to Vienna and Moscow.", "زار الوزير السوري فيينا ثم موسكو.") == []
    assert absent("The Syrian minister flew to Geneva.", "زار الوزير السوري فيينا.") == ["Geneva"]
    assert absent("زار الوزير السوري فيينا", "The minister of Syria visited Vienna.") == []


@pytest.mark.parametrize(
    ("claim", "quote", "names"),
    [
        ("Putin spoke in Moscow.", "تحدث بوتين في موسكو.", []),
        ("Medvedev spoke in Moscow.", "تحدث بوتين في موسكو.", ["Medvedev"]),
        ("David Collins landed at Sullivan Bay.", "وصل ديفيد كولينز إلى خليج سوليفان.", []),
        ("تحدث لافروف إلى كيري", "Sergei Lavrov spoke to John Kerry.", []),
        ("تحدث لافروف إلى ماركوني", "Sergei Lavrov spoke to John Kerry.", ["ماركوني"]),
        ("It was held in Russia.", "عقد في موسكو.", []),
    ],
)
def test_a_name_is_known_across_scripts_by_its_consonants(claim: str, quote: str, names: list[str]) -> None:
    assert [
        name.span.of(claim) for name in missing(NameReading.of(claim), [NameReading.of(quote)]) if name.sure
    ] == names


def test_a_word_that_arabic_would_translate_is_doubted_and_not_refused() -> None:
    [name] = missing(NameReading.of("They met at the Great Theatre."), [NameReading.of("اجتمعوا في المسرح الكبير.")])
    assert not name.sure


def test_a_name_in_the_question_excuses_nothing_but_the_word_asked_about_is_excused() -> None:
    quote = "شدد لافروف على محاربة داعش."
    assert absent("شدد ميدفيديف على محاربة داعش", quote, question="متى تحدث ميدفيديف؟") == ["ميدفيديف"]
    assert absent("زنتوف لافروف محاربة داعش", quote) == ["زنتوف"]
    assert absent("ديدن لافروف محاربة داعش", quote, question="ما ديدن لافروف؟") == []


@pytest.mark.parametrize(
    "name",
    [
        "بوتين",
        "ميدفيديف",
        "لافروف",
        "المعلم",
        "كيري",
        "بايدن",
        "كاميرون",
        "بيسكوف",
        "زاخاروفا",
        "الأسد",
        "أوباما",
        "ماكرون",
        "أردوغان",
        "السيسي",
        "محمد",
        "محمود",
        "خالد",
        "سعيد",
        "حسن",
        "حسين",
        "كريم",
        "صالح",
        "ناصر",
        "منصور",
        "سالم",
        "فيصل",
        "بشار",
        "عباس",
        "الحريري",
        "الصدر",
        "المالكي",
        "العبادي",
        "جنبلاط",
        "ميركل",
    ],
)
def test_a_usual_name_is_no_ordinary_word(name: str) -> None:
    assert not any(is_common(word) for word in words(name))


@pytest.mark.parametrize(
    "word",
    [
        "قال",
        "وأكدت",
        "سيبحث",
        "المباحثات",
        "بلقائه",
        "والوزراء",
        "للرئيس",
        "اتفاقيات",
        "وفي",
        "بأن",
        "تريد",
        "سيجتمع",
        "والوزيران",
    ],
)
def test_a_word_of_reporting_is_ordinary_with_its_clitics(word: str) -> None:
    assert all(is_common(found) for found in words(word))


@pytest.mark.parametrize(("one", "other"), [("صالح", "صالحي"), ("سليم", "سليمان"), ("حسن", "حسين"), ("احمد", "محمد")])
def test_two_names_are_not_one(one: str, other: str) -> None:
    assert not same(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("بموسكو", "وموسكو"), ("المباحثات", "مباحثاته"), ("للوزير", "الوزير"), ("وبالعراق", "العراق")]
)
def test_clitics_and_endings_make_no_other_word(one: str, other: str) -> None:
    assert same(one, other)


def test_a_first_letter_that_belongs_to_the_name_stays() -> None:
    assert "يصل" not in forms("فيصل")
    assert "يري" not in forms("كيري")


@pytest.mark.parametrize(
    ("arabic", "english"),
    [
        ("سورية", "Syria"),
        ("سوريا", "Syrian"),
        ("السوريين", "Syrians"),
        ("فيينا", "Vienna"),
        ("موسكو", "Moscow"),
        ("الأميركي", "United States"),
        ("للسعودية", "Saudi Arabia"),
        ("والاتحاد الأوروبي", "European Union"),
        ("بلاروسيا", "Belarus"),
        ("داعش", "ISIS"),
    ],
)
def test_a_place_has_one_code_in_both_scripts(arabic: str, english: str) -> None:
    [first], [second] = places(arabic, words(arabic)), places(english, words(english))
    assert not first.codes.isdisjoint(second.codes)


def test_small_letters_name_no_place() -> None:
    text = "he told us who made turkey soup"
    assert places(text, words(text)) == []
