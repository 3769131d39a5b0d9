"""`rag.text.decode`: every text comes back exactly or its bytes are refused; never one wrong letter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import Undecodable
from rag.text.decode import decode

ARTICLE = (
    "التقى الرئيس الروسي فلاديمير بوتين نائب رئيس الوزراء وزير الخارجية والمغتربين وليد المعلم أمس في مدينة سوتشي "
    "وأفاد بيان للكرملين بأن المباحثات ناقشت العلاقات السورية كما بحث لافروف مع الوزير وقت لاحق الثنائية بين البلدين "
    "شهد سعر الذهب ارتفاعا ملحوظا بنسبة على مستوى أسواق المال العالمية خلال شهر يناير الماضي قالت لجنة الانتخابات إن "
    "عدد الناخبين بلغ ألفا غادر الفريق ظهر اليوم ملعب المدينة بعد هزيمته أمام ضيفه هطلت أمطار غزيرة مؤخرا ثم"
)
WORDS = ARTICLE.split()
ENCODINGS = ["utf-8", "utf-8-sig", "cp1256", "iso8859-6", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
arabic = st.lists(st.sampled_from([*WORDS, "2254", "،", "3.5", "NATO", "\r\n", "؟"]), min_size=1, max_size=60).map(
    " ".join
)


@given(arabic.filter(lambda text: any("\u0621" <= c <= "\u064a" for c in text)), st.sampled_from(ENCODINGS))
def test_an_arabic_text_comes_back_exactly_or_is_refused(text: str, encoding: str) -> None:
    try:
        decoded = decode(text.encode(encoding))
    except Undecodable:
        if encoding in ("utf-16-le", "utf-16-be"):
            # A word or two without a mark could be control characters as well.
            assert len(text) < 8 or " " not in text
            return
        # One or two words of an 8-bit encoding may read well in both; a sentence never does.
        assert encoding in ("cp1256", "iso8859-6")
        assert len(" ".join(set(text.split()))) < 60
        return
    assert decoded.text == text


def test_a_word_that_is_repeated_is_no_more_evidence_than_one() -> None:
    with pytest.raises(Undecodable, match="confidence"):
        decode("بلغ بلغ بلغ بلغ بلغ بلغ".encode("iso8859-6"))


@given(st.binary(max_size=200) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_what_is_decoded_can_be_decoded_again_by_its_encoding(data: bytes) -> None:
    try:
        decoded = decode(data)
    except Undecodable:
        return
    assert data.decode(decoded.encoding) == decoded.text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_newlines_are_kept_and_the_mark_is_not(encoding: str) -> None:
    text = f"{ARTICLE}\r\n\r\n{ARTICLE}\n\t{ARTICLE}"
    decoded = decode(text.encode(encoding))
    assert decoded.text == text
    assert decoded.encoding == encoding


def test_quotes_and_dashes_of_windows_1256_are_read() -> None:
    text = f"موسكو – سانا “{ARTICLE}” … «داعش»"
    assert decode(text.encode("cp1256")) == (text, "cp1256")


def test_vocalised_text_is_read_in_both_arabic_encodings() -> None:
    text = "قَالَ الرَّئِيسُ إِنَّ الْمُبَاحَثَاتِ نَاقَشَتِ الْعَلَاقَاتِ بَيْنَ الْبَلَدَيْنِ فِي مَدِينَةِ سُوتْشِي"
    assert decode(text.encode("cp1256")).text == text
    assert decode(text.encode("iso8859-6")).text == text


@pytest.mark.parametrize(
    "text", ["Putin met al-Moallem in Sochi.", "Президент прибыл в Сочи", "大統領はソチに到着した"]
)
def test_other_languages_are_read_as_utf_8(text: str) -> None:
    assert decode(text.encode()).text == text


def test_english_with_curly_quotes_of_windows_is_read() -> None:
    text = "He said: “We’re ready” – and left…"
    assert decode(text.encode("cp1252")).text == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "no letters"),
        (b" \r\n\t 123 ... \n", "no letters"),
        ("؟؟ ١٢٣ 😀".encode(), "no letters"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00text text", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\xff\xc7", "binary"),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\x00\x01\x02\n", "binary"),
        (f"{ARTICLE}\0{ARTICLE}".encode(), "binary"),
        (f"{ARTICLE}\0{ARTICLE}".encode("cp1256"), "binary"),
        (ARTICLE.encode()[:-1], "damaged utf-8 at byte"),
        (ARTICLE.encode()[:200] + b"\xff" + ARTICLE.encode()[200:], "damaged utf-8 at byte 200"),
        (ARTICLE.encode() + ARTICLE.encode("cp1256"), "damaged utf-8 at byte"),
        (ARTICLE.encode("utf-16")[:-1], "damaged utf-16 at byte"),
        ("سوريا".encode("cp1256"), "cannot be told"),
        ("Le président a déclaré à la presse que l’été sera très chaud.".encode("cp1252"), "cannot be told"),
        ("Café".encode("latin-1"), "cannot be told"),
        ("Prezydent przybył do Soczi, gdzie rozmawiał o współpracy".encode("cp1250"), "cannot be told"),
        ("Президент прибыл в Сочи и провёл переговоры".encode("cp1251"), "cannot be told"),
        ("Президент прибыл в Сочи и провёл переговоры".encode("koi8-r"), "cannot be told"),
        ("Ο πρόεδρος έφτασε στο Σότσι".encode("iso8859-7"), "cannot be told"),
        ("הנשיא הגיע לסוצ'י אתמול".encode("cp1255"), "cannot be told"),
        ("总统昨天抵达索契并会见了外交部长".encode("gb18030"), "cannot be told"),
        (ARTICLE.encode().decode("cp1252", "replace").encode(), "encoded twice"),
        (("\ufffd\ufffd\ufffd قال " * 9).encode(), "letters were lost"),
    ],
)  # fmt: skip
def test_bytes_that_are_not_surely_text_are_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Undecodable, match=reason) as refusal:
        decode(data)
    assert refusal.value.do


@pytest.mark.parametrize("data", [b"0\x06", b"0\x06\x00\x06", b"'\x06D\x06"])
def test_a_few_control_characters_are_not_taken_for_arabic_in_utf_16(data: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(data)
