"""The persons, organisations and places that a text names: what is found, with its span, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.entities import KINDS, find_names, name_key, names_and_words


def named(text: str) -> list[tuple[str, str]]:
    """Kind and words of each certain name, in order."""
    return [(mention.kind, mention.span.of(text)) for mention in find_names(text) if not mention.open]


def persons(text: str) -> list[str]:
    return [words for kind, words in named(text) if kind == "person"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("قال وزير الخارجية الروسي سيرغي لافروف إن بلاده مستعدة.", ["سيرغي لافروف"]),
        ("التقى الرئيس الفرنسي فرانسوا هولاند نظيره أمس.", ["فرانسوا هولاند"]),
        ("أكد محمد بن سلمان أن الخطة جاهزة.", ["محمد بن سلمان"]),
        ("وزار عبد الفتاح السيسي القاهرة.", ["عبد الفتاح السيسي"]),
        ("استقبل الباجي قائد السبسي وفدا.", ["الباجي قائد السبسي"]),
        ("لقاء بشار الأسد ووليد المعلم", ["بشار الأسد", "وليد المعلم"]),
        ("ومحمد الناصر حاضر.", ["محمد الناصر"]),
        ("كلمة لنبيل القروي اليوم", ["نبيل القروي"]),
        ("حضر نور الدين الطبوبي وحسين العباسي.", ["نور الدين الطبوبي", "حسين العباسي"]),
        ("قال الرئيس أبو مازن إن الوفد عاد.", ["أبو مازن"]),
        ("وصف الرئيسُ مُحَمَّد النّاصر اللقاء", ["مُحَمَّد النّاصر"]),
        ("President Vladimir Putin met Sergei Lavrov in Moscow.", ["Vladimir Putin", "Sergei Lavrov"]),
        ("Talks with Bashar al-Assad continue.", ["Bashar al-Assad"]),
    ],
)
def test_a_person_is_a_given_name_or_a_title_with_the_names_that_follow(text: str, found: list[str]) -> None:
    assert persons(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "وعلى هامش اللقاء قال إن الاتفاق قريب.",  # على is not علي
        "على اللغات الأخرى",
        "قال محمد أمس إنه مسافر.",  # a given name alone
        "ترامب ثاقب الرأي",  # a family name that begins nothing
        "جميل الصبر، وكريم الطباع، ونجاح المهمة",
        "نقل إلى مستشفى فرحات حشاد بسوسة",  # a place that is named after him
        "في ملعب الطيب المهيري",
        "في شارع الحبيب بورقيبة",
        "لصالح الشركة",
        "The White House and Wall Street closed on Monday.",
        "Michael said nothing.",
    ],
)
def test_words_that_only_look_like_a_person_are_none(text: str) -> None:
    assert persons(text) == []


def test_a_list_of_names_is_cut_where_the_next_person_begins() -> None:
    text = "هشام المناعي بدر الدين القمودي أحمد الورغي"
    assert persons(text) == ["هشام المناعي", "بدر الدين القمودي", "أحمد الورغي"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("عاد من الولايات المتحدة الأمريكية إلى روسيا.", ["الولايات المتحدة الأمريكية", "روسيا"]),
        ("وفي باريس وبلندن", ["باريس", "لندن"]),
        ("سافر للقاهرة", ["لقاهرة"]),
        ("دعم هند صبري", []),  # not India, which has its article
        ("أذان المغرب", []),
        ("زار ملك المغرب", ["المغرب"]),
        ("البنين والبنات", []),
        ("فاز ريال مدريد", []),
        ("Talks in Geneva about Syria", ["Geneva", "Syria"]),
        ("Michael Jordan won.", []),
        ("It is up to us.", []),
    ],
)
def test_a_place_is_one_of_the_table_with_its_article_and_not_part_of_another_name(text: str, found: list[str]) -> None:
    assert [words for kind, words in named(text) if kind == "place"] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("أعلنت وزارة الداخلية اليوم", ["وزارة الداخلية"]),
        ("أعلنت وزارة الخارجية الروسية في بيان", ["وزارة الخارجية الروسية"]),
        ("قالت وزارة التعليم العالي والبحث العلمي إن", ["وزارة التعليم العالي والبحث العلمي"]),
        ("بيان حركة «النهضة» أمس", ["حركة «النهضة"]),
        ("وكالة تونس أفريقيا للأنباء", ["وكالة تونس أفريقيا للأنباء"]),
        ("تنظيم داعش الإرهابي", ["تنظيم داعش الإرهابي"]),
        ("وزارة جديدة", []),
        ("حركة المرور في المدينة", []),
        ("The UN and NATO met; who said so?", ["UN", "NATO"]),
    ],
)
def test_an_organisation_is_in_a_table_or_has_a_known_end(text: str, found: list[str]) -> None:
    assert [words for kind, words in named(text) if kind == "organisation"] == found


def test_where_an_organisation_ends_is_left_to_the_archive() -> None:
    [mention] = [one for one in find_names("وقع حزب العمال بيانا") if one.open]
    assert (mention.kind, mention.words) == ("organisation", ("حزب", "العمال"))
    # A purpose without its object is no name, and an institution has more than its general word.
    assert not [one for one in find_names("الجبهة الشعبية لتحرير شيء") if one.open]
    assert not [one for one in find_names("قالت المؤسسة العسكرية أمس") if one.open]


@pytest.mark.parametrize(
    "text", ["", " ", "؟!", "بن", "عبد", "أبو", "د.", "«", "A", "al-", "محمد", "وزارة", "\ud800 محمد"]
)
def test_a_text_may_end_anywhere(text: str) -> None:
    assert named(text) == []


# What stands in the place of a word without being one, beside words of every class.
MARKED = ("ـ", "ــ", "\ufe71", "\u0640\u064b", "\u200f", "ʼ")
BESIDE = ("مؤسسة", "حزب", "الباتسابي", "هواوي", "محمد", "بن", "وزير", "و", "A")


@given(st.lists(st.sampled_from(MARKED + BESIDE), max_size=8), st.sampled_from([" ", "", "-"]))
def test_marks_without_a_letter_are_no_words(parts: list[str], between: str) -> None:
    mentions, words = names_and_words(between.join(parts))
    assert all(words)
    assert all(mention.words for mention in mentions)


def test_a_dash_of_tatweel_ends_a_name() -> None:
    assert [words for _, words in named("والي جندوبة حسن الخديمي ـ محمد بودن")] == ["حسن الخديمي", "محمد بودن"]
    assert named("قالت مؤسسة هواوي ـ إن") == named("قالت مؤسسة هواوي - إن")


def test_the_words_of_a_mention_are_those_of_its_span() -> None:
    text = "وقال للرئيس الأمريكي باراك أوباما ووزير الخارجية جون كيري في واشنطن إن وزارة الدفاع حاضرة، كما في سوريا."
    for mention in find_names(text):
        assert mention.kind in KINDS
        assert 0 <= mention.span.start < mention.span.end <= len(text)
        assert len(mention.span.of(text).split()) == len(mention.words)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أنجيلا ميركل", "انجيلا ميركل"),
        ("فاطمة الزهراء", "فاطمه الزهراء"),
        ("عبد الله بن علي", "عبدالله بن على".replace("ى", "ي")),
        ("مُحَمَّد", "محمد"),
        ("الباجي قائد السبسي", "الباجي قايد السبسي"),
        ("Bashar al-Assad", "Bashar Assad"),
        ("François Hollande", "Francois Hollande"),
    ],
)
def test_spellings_that_differ_only_in_letter_forms_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)
