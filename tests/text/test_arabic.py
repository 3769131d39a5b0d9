"""`rag.text.normalise`: the normal form maps back to the text, and tokens are those of the normal form."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.dates import MONTHS
from rag.text.normalise import has_letters, language, normal_form, normalise, question_language, tokens

ALPHABET = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءأإآٱىئؤةـًٌٍَُِّْٰٕٓٔ٠١٢۳۴ 123aBcÉéßΣςİ،؟.“”\r\n\u200f\u202b\u2069😀👩🏽ﻻﷺﹶﱞ가가"
texts = st.text(st.sampled_from(ALPHABET), max_size=60)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("مُحَمَّد", "محمد"),
        ("الرَّئيسُ", "الرييس".replace("يي", "ئي")),
        ("أحمد إبراهيم آل ٱلأمير", "احمد ابراهيم ال الامير"),
        ("مدرسة على", "مدرسه علي"),
        ("ســـوريا", "سوريا"),
        ("٢٢٥٤ و۲۲۵۴", "2254 و2254"),
        ("\u202bدمشق\u202c\u200f", "دمشق"),
        ("ﻻ ﷲ", "لا الله"),
        ("ي\u0654", "ئ"),
        ("ا\u0654", "ا"),
        ("Kremlin ＫＢ", "kremlin kb"),
        ("کتاب ایران", "كتاب ايران"),
    ],
)
def test_the_normal_form_is_what_the_rules_say(text: str, normal: str) -> None:
    assert normalise(text)[0] == normal


def test_offsets_lead_back_to_the_letters_of_the_text() -> None:
    normal, offsets = normalise("قالَ الرَّئيسُ: ٣٠٠")
    start = normal.index("الرئيس")
    assert "قالَ الرَّئيسُ: ٣٠٠"[offsets[start] : offsets[start + 6]] == "الرَّئيسُ"
    assert normal[-3:] == "300"
    assert offsets[-3:] == [16, 17, 18]


def test_one_character_that_becomes_many_gives_each_its_offset() -> None:
    normal, offsets = normalise("قال ﷺ ثم")
    assert normal == "قال صلي الله عليه وسلم ثم"
    assert offsets == [0, 1, 2, 3, *[4] * 18, 5, 6, 7]


@given(texts)
def test_offsets_never_decrease_and_lie_in_the_text(text: str) -> None:
    normal, offsets = normalise(text)
    assert len(normal) == len(offsets)
    assert offsets == sorted(offsets)
    assert all(0 <= offset < len(text) for offset in offsets)


@given(st.text(max_size=40) | texts)
def test_pieces_compose_as_the_whole_text_does(text: str) -> None:
    """What `normalise` builds piece by piece is what the tokens' normal form makes at once."""
    stray = {ord(mark): None for mark in map(chr, [*range(0xFE70, 0xFE80), *range(0xFC5E, 0xFC64)])}
    whole = unicodedata.normalize("NFKC", text.translate(stray))
    assert normalise(text)[0] == normalise(whole)[0]


@given(texts)
def test_a_normal_form_is_stable_for_its_letters(text: str) -> None:
    normal = normalise(text)[0]
    assert tokens(normal) == tokens(text)


def test_vocalised_and_bare_words_have_the_same_tokens() -> None:
    assert tokens("مُحَمَّدٌ رَسُولٌ") == tokens("محمد رسول")
    assert tokens("وزير الخارجية") == tokens("وزيرُ الخارجيّه")


def test_a_prefix_of_the_definite_article_is_stemmed_away() -> None:
    assert tokens("الكتاب") == tokens("كتاب")


def test_english_words_stay_whole_and_numbers_are_ascii() -> None:
    assert tokens("The Kremlin's talks, ٢٠١٥") == ["the", "kremlin", "s", "talks", "2015"]


def test_punctuation_and_emoji_have_no_tokens() -> None:
    assert tokens("،؛؟ “” … 😀") == []


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("التقى الرئيس الروسي فلاديمير بوتين وزير الخارجية السوري", "ar"),
        ("قال المتحدث باسم شركة گوگل إن الشركة تعمل في عدد كبير من الدول العربية وفي غيرها من بلدان العالم كله، وأضاف "
         "أن الإدارة ستواصل الاستثمار في المنطقة وفي مشاريعها الجديدة خلال السنوات القليلة المقبلة بحسب البيان", "ar"),
        ("رئیس جمهور ایران گفت که پاسخ کشور به این گزارش چه خواهد بود", "und"),
        ("وزیر اعظم نے کہا ہے کہ پاکستان میں انتخابات وقت پر ہوں گے", "und"),
        ("The president of the republic said that he was ready for talks with the opposition.", "en"),
        ("Le président de la république a déclaré que les négociations étaient prêtes.", "und"),
        ("De president van de republiek zei dat hij klaar was voor gesprekken met de oppositie.", "und"),
        ("Президент заявил о готовности к переговорам", "und"),
        ("12345", "und"),
        ("", "und"),
    ],
)  # fmt: skip
def test_the_language_of_an_article(text: str, tag: str) -> None:
    assert language(text) == tag


@pytest.mark.parametrize(
    ("question", "tag"),
    [
        ("من زار سوتشي؟", "ar"),
        ("Sochi?", "en"),
        ("ما هو NATO؟", "ar"),
        ("Who is لافروف in the talks?", "en"),
        ("؟", "en"),
    ],
)
def test_the_language_of_a_question_is_that_of_most_of_its_letters(question: str, tag: str) -> None:
    assert question_language(question) == tag


@pytest.mark.parametrize(
    ("text", "expected"), [("... 123 ؟", False), ("", False), ("ا", True), ("x1", True), ("_", False)]
)
def test_has_letters(text: str, expected: bool) -> None:
    assert has_letters(text) is expected


def test_month_names_are_in_normal_form_so_that_they_can_be_matched() -> None:
    unaccented = {name for name in MONTHS if not set(name) & set("éû")}
    assert {normalise(name)[0] for name in unaccented} == unaccented


@pytest.mark.parametrize(
    ("name", "month"),
    [("حزيران", 6), ("جوان", 6), ("يونيو", 6), ("June", 6), ("آذار", 3), ("تشرين الأول", 10), ("جويلية", 7), ("آب", 8)],
)
def test_a_month_has_one_number_in_every_family_of_names(name: str, month: int) -> None:
    assert MONTHS[normalise(name)[0]] == month


@given(
    st.text(alphabet="\u0627\u0644\u064a\u0654\u064f\u0640\ufefb\ufdf2\ufe70e\u0301İßﬁ①١Ⅳ\u1100\u1161 ", max_size=12)
)
def test_the_normal_form_without_offsets_is_the_one_with_them(text: str) -> None:
    assert normal_form(text) == normalise(text)[0]
