"""Numbers in words and in the digits of three scripts; the spellers below are an oracle of their own."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.text.numbers import numbers

ENGLISH_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
ENGLISH_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

# The noun counted decides: a masculine one takes ثلاثة, a feminine one ثلاث.
ONES = {
    "m": ["_", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"],
    "f": ["_", "واحدة", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر"],
}
TENS = {
    "nominative": ["_", "_", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون"],
    "oblique": ["_", "_", "عشرين", "ثلاثين", "أربعين", "خمسين", "ستين", "سبعين", "ثمانين", "تسعين"],
}
HUNDREDS = {
    "مئة": ["_", "مئة", "مئتان", "ثلاثمئة", "أربعمئة", "خمسمئة", "ستمئة", "سبعمئة", "ثمانمئة", "تسعمئة"],
    "مائة": ["_", "مائة", "مائتين", "ثلاثمائة", "أربعمائة", "خمسمائة", "ستمائة", "سبعمائة", "ثمانمائة", "تسعمائة"],
}
SCALES = {10**6: ("مليون", "مليونان", "ملايين", "مليونا"), 10**3: ("ألف", "ألفان", "آلاف", "ألفا")}


def english(value: int) -> str:
    if value < 20:
        return ENGLISH_ONES[value]
    if value < 100:
        return ENGLISH_TENS[value // 10] + (f"-{ENGLISH_ONES[value % 10]}" if value % 10 else "")
    if value < 1000:
        return f"{ENGLISH_ONES[value // 100]} hundred" + (f" and {english(value % 100)}" if value % 100 else "")
    scale, name = (10**6, "million") if value >= 10**6 else (1000, "thousand")
    rest = value % scale
    joint = " and " if 0 < rest < 100 else " "
    return f"{english(value // scale)} {name}" + (f"{joint}{english(rest)}" if rest else "")


def arabic(value: int, gender: str, case: str, hundred: str) -> str:
    parts = []
    for scale, (one, two, few, many) in SCALES.items():
        count, value = divmod(value, scale)
        if count in (1, 2):
            parts.append((one, two)[count - 1])
        elif count:  # 3 to 10 take the plural, 11 to 99 the accusative, whole hundreds the genitive singular
            last = count % 100
            form = few if 3 <= last <= 10 else one if last in (0, 1, 2) else many
            parts.append(f"{below_thousand(count, 'm', case, hundred)} {form}")
    if value:
        parts.append(below_thousand(value, gender, case, hundred))
    return " و".join(parts) if parts else "صفر"


def below_thousand(value: int, gender: str, case: str, hundred: str) -> str:
    parts = [HUNDREDS[hundred][value // 100]] if value >= 100 else []
    low = value % 100
    if 0 < low <= 10:
        parts.append(ONES[gender][low])
    elif low == 11:
        parts.append("أحد عشر" if gender == "m" else "إحدى عشرة")
    elif low == 12:
        parts.append("اثنا عشر" if gender == "m" else "اثنتي عشرة")
    elif 12 < low < 20:
        parts.append(f"{ONES[gender][low % 10]} {'عشر' if gender == 'm' else 'عشرة'}")
    elif low:
        parts += [ONES[gender][low % 10]] if low % 10 else []
        parts.append(TENS[case][low // 10])
    return " و".join(parts)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, 999_999_999))
def test_an_english_number_in_words_reads_back(value: int) -> None:
    assert [number.value for number in numbers(f"They counted {english(value)}.")] == [value]


@settings(deadline=None, max_examples=500)
@given(
    st.one_of(st.integers(0, 9_999), st.integers(0, 999_999_999)),
    st.sampled_from("mf"),
    st.sampled_from(["nominative", "oblique"]),
    st.sampled_from(["مئة", "مائة"]),
)
def test_an_arabic_number_in_words_reads_back_in_each_gender_case_and_spelling(
    value: int, gender: str, case: str, hundred: str
) -> None:
    text = f"بلغ العدد {arabic(value, gender, case, hundred)}."
    assert [number.value for number in numbers(text)] == [value]


@given(st.integers(0, 10**12))
def test_the_digits_of_three_scripts_are_equal(value: int) -> None:
    indic = str(value).translate({ord("0") + n: chr(0x660 + n) for n in range(10)})
    persian = str(value).translate({ord("0") + n: chr(0x6F0 + n) for n in range(10)})
    assert [number.value for number in numbers(f"{value} / {indic} / {persian}")] == [value] * 3


@given(st.integers(1000, 10**12), st.sampled_from([",", "٬", "\u00a0", "\u202f", " "]))
def test_a_separator_of_thousands_changes_nothing(value: int, separator: str) -> None:
    assert [number.value for number in numbers(f"{value:,}".replace(",", separator))] == [value]


@given(st.text(alphabet="ثلاثةمئ ومليونألف 0123٤٥,.٫٪%-[]الـ\u064b three hundred and", max_size=60))
def test_any_text_gives_spans_in_order_that_lie_inside_it(text: str) -> None:
    spans = [number.span for number in numbers(text)]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(first.end <= second.start for first, second in pairwise(spans))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("٣٠٠ و300 وثلاثمئة وثلاثمائة", [300, 300, 300, 300]),
        ("مئتان", [200]),
        ("ألفين", [2000]),
        ("مليونان", [2_000_000]),
        ("ملياري دولار", [2_000_000_000]),
        ("ثلاثة وعشرين", [23]),
        ("ثلاثةً وعشرين", [23]),
        ("2.5 million", [2_500_000]),
        ("مليونين ونصف المليون", [2_500_000]),
        ("two and a half million", [2_500_000]),
        ("3 ملايين و200 ألف", [3_200_000]),
        ("$3bn", [3_000_000_000]),
        ("١٢٫٥", [Fraction(25, 2)]),
        ("12,5", [Fraction(25, 2)]),
        ("3-5", [3, 5]),
        ("من 3 إلى 5", [3, 5]),
        ("three, four", [3, 4]),
        ("ثلاثة وأربعة", [3, 4]),
        ("خمسة ملايين ونصف مليون", [5_500_000]),
        ("مليون وثلاثة أرباع", [1_750_000]),
        ("5 بالألف", [5, 1000]),
        ("a quarter of a million", [250_000]),
        ("three quarters of a million", [750_000]),
        ("four of a hundred", [4, 100]),
        ("two dozen", [24]),
        ("$1.2 bn", [1_200_000_000]),
        ("5 mln", [5_000_000]),
        ("$3m", [3_000_000]),
        ("2½ million", [2_500_000]),
        ("3¼%", [Fraction(13, 4)]),
        ("2011 -2012", [2011, 2012]),
        ("2011،2012", [2011, 2012]),
        ("S-300", [300]),
        ("-5", [-5]),
        ("In 2000 five people", [2000, 5]),
        ("a dozen", [12]),
        ("three quarters", [Fraction(3, 4)]),
        ("ثلاثة أرباع", [Fraction(3, 4)]),
        ("no figure at all", []),
        ("لست هنا يوم الأحد أو الاثنين", []),
    ],
)
def test_a_writing_has_its_value(text: str, values: list[int | Fraction]) -> None:
    assert [number.value for number in numbers(text)] == values


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("30%", "percent", 30),
        ("٣٠٪", "percent", 30),
        ("30 في المئة", "percent", 30),
        ("ثلاثين بالمائة", "percent", 30),
        ("thirty percent", "percent", 30),
        ("30 per cent", "percent", 30),
        ("الثالث", "ordinal", 3),
        ("والثالثة", "ordinal", 3),
        ("third", "ordinal", 3),
        ("3rd", "ordinal", 3),
        ("twenty-first", "ordinal", 21),
        ("الحادي والعشرون", "ordinal", 21),
        ("الثالث عشر", "ordinal", 13),
        ("القرن العشرين", "either", 20),
        ("القمة الـ33", "either", 33),
        ("آلاف المدنيين", "plural", 1000),
        ("عشرات الآلاف", "plural", 10_000),
        ("hundreds of thousands", "plural", 100_000),
    ],
)
def test_a_writing_has_its_kind(text: str, kind: str, value: int) -> None:
    [number] = numbers(text)
    assert (number.kind, number.value) == (kind, value)


def test_the_decimal_of_agencies_has_its_whole_part_first_or_last() -> None:
    (number,) = numbers("بلغ السعر 37ر112 دولار")
    assert number.readings == (Fraction("37.112"), Fraction("112.37"))


def test_a_span_covers_the_number_and_its_sign() -> None:
    text = "ارتفع بنسبة ١٢٫٥ في المئة أمس"
    [number] = numbers(text)
    assert number.span.of(text) == "١٢٫٥ في المئة"


def test_one_as_a_pronoun_demands_nothing_but_one_hundred_does() -> None:
    assert [number.certain for number in numbers("one of them")] == [False]
    assert [number.certain for number in numbers("أحد الوزراء")] == [False]
    assert [number.certain for number in numbers("one hundred")] == [True]


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("30%", "30", False),
        ("30%", "ثلاثين بالمئة", True),
        ("third", "three", False),
        ("third", "الثالث", True),
        ("20th", "العشرين", True),
        ("1.234", "1,234", True),
        ("thousands", "1000", False),
        ("thousands", "آلاف", True),
    ],
)
def test_a_number_agrees_in_value_and_in_sense(one: str, other: str, agree: bool) -> None:
    [first], [second] = numbers(one), numbers(other)
    assert first.agrees(second) is agree
    assert second.agrees(first) is agree
