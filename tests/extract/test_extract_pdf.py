"""The text of PDF files: Arabic in the order in which it is read, by whatever program it was printed."""

from __future__ import annotations

import zlib

import pytest
from extracted_articles import FORMATS, checked, news, read_or_refused, reason
from hypothesis import given
from hypothesis import strategies as st
from made_documents import by_hand

from rag.extract import pdf
from rag.extract.base import Extracted
from rag.extract.isolation import ExtractJob, ExtractLimits, extract_apart
from rag.extract.pdf_layout import Letters, letters_of, logical

PRINTED = {
    "columns": "long", "dejavu": "news", "english": "english", "mixed": "mixed", "naskh": "mixed", "pages": "long",
    "vazir": "news", "visual": "news", "visual-mixed": "long", "words": "news",
}  # fmt: skip


def printed(name: str) -> bytes:
    return (FORMATS / "pdf" / f"{name}.pdf").read_bytes()


def source(name: str) -> list[str]:
    return (FORMATS / "pdf" / f"{name}.txt").read_text("utf-8").splitlines()


def read(data: bytes) -> Extracted:
    """The article, read in this process."""
    (article,) = pdf.extract(data)
    return checked(article)


@pytest.mark.parametrize(("name", "text"), PRINTED.items())
def test_a_printed_article_reads_as_its_source_paragraph_by_paragraph(name: str, text: str) -> None:
    article = read(printed(name))
    title, *paragraphs = source(text)
    assert article.text.splitlines()[-len(paragraphs) :] == paragraphs
    assert article.title is not None
    assert article.title.value == title
    assert news(article) == " ".join(paragraphs)


def test_another_process_reads_the_same_article() -> None:
    assert list(extract_apart(printed("pages"), ExtractJob(".pdf"))) == list(pdf.extract(printed("pages")))


def test_running_heads_stand_once_above_the_news_and_page_numbers_nowhere() -> None:
    article = read(printed("pages"))
    assert article.text.startswith("صحيفة الواحة اليومية\n\n")
    assert article.text.count("صحيفة الواحة اليومية") == 1
    assert "صحيفة" not in news(article)
    assert "صفحة" not in article.text


def test_a_table_is_read_row_by_row_and_no_row_runs_into_a_paragraph() -> None:
    lines = read(printed("table")).text.splitlines()
    assert lines[3:8] == [
        "الحي القراء الزيارات",
        "حي المرفأ القديم 120 قارئاً 14",
        "حي القلعة الشمالي 85 قارئاً 9",
        "ضاحية النخيل 1,204 قراء 22",
        "القرى الشرقية 640 قارئاً 31",
    ]
    assert [*lines[:3], *lines[8:]] == source("news")


def test_each_page_begins_where_its_first_words_stand() -> None:
    article = read(printed("pages"))
    firsts = ["صحيفة الواحة", "وذكر مدير السدود", "وتراجع منسوب"]
    assert [
        article.text[start : start + len(first)] for start, first in zip(article.pages, firsts, strict=True)
    ] == firsts


@pytest.mark.parametrize(
    ("seen", "read_as"),
    [
        ("ةنيدملا سلجم", "مجلس المدينة"),
        ("2019 راذآ 12 موي", "يوم 12 آذار 2019"),
        ("3,750 غلب", "بلغ 3,750"),
        ("%62.5 ةبسن", "نسبة 62.5%"),
        ("2020-5-7 موي", "يوم 7-5-2020"),
        ("0100 555 6 962+ فتاه", "هاتف +962 6 555 0100"),
        (".Delta Lines ةكرش", "شركة Delta Lines."),
        ("٢٠١٩ ماع", "عام ٢٠١٩"),
        ("،(118/2018 مقر)", "(رقم 118/2018)،"),
        ("»ريخ«", "«خير»"),
        ("،f(n) ةلادلا", "الدالة f(n)،"),
        (".COVID-19 ضرم", "مرض COVID-19."),
    ],
)
def test_a_line_is_read_back_from_how_it_looks(seen: str, read_as: str) -> None:
    mirrored = seen.replace("»ريخ«", "«ريخ»")
    assert logical([Letters(letter) for letter in mirrored], right_to_left=True) == read_as


def test_a_bracket_that_the_file_names_by_its_meaning_is_not_turned_round() -> None:
    units = [Letters(")", said=True), *map(Letters, "مقر"), Letters("(", said=True)]
    assert logical(units, right_to_left=True) == "(رقم)"


def test_an_arabic_name_in_a_latin_line_is_turned_round_where_it_stands() -> None:
    assert logical([Letters(letter) for letter in "called ةحاولا ةنيدم (the oasis)"], right_to_left=False) == (
        "called مدينة الواحة (the oasis)"
    )


@pytest.mark.parametrize(
    ("form", "letters"),
    [("ﻻ", "لا"), ("ﻣﺠﻠﺲ", "مجلس"), ("ﷲ", "الله"), ("ﷺ", "ﷺ"), ("ﬁ", "fi"), ("²", "²"), ("ـ", "ـ"), ("ﹰ", "ً"),
     ("\ue123", "\ufffd")],
)  # fmt: skip
def test_presentation_forms_become_letters_and_nothing_else_changes(form: str, letters: str) -> None:
    assert letters_of(form) == letters


def test_a_word_cut_by_a_hyphen_is_whole_again_and_a_hyphen_of_its_own_stays() -> None:
    def lines(*texts: bytes) -> bytes:
        return b"BT /F1 12 Tf 14 TL 50 700 Td " + b" ".join(b"(%s) Tj T*" % text for text in texts) + b" ET"

    filler = b"The council approved the plan after a very long deb-"
    assert (
        "long debate on Tuesday"
        in read(by_hand(lines(filler, b"ate on Tuesday evening, when nobody else was there."))).text
    )
    known = b"A well-known man said that nobody had seen the well-"
    assert "the well-known man" in read(by_hand(lines(known, b"known man on Tuesday evening, when nobody came."))).text


ENCRYPT = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"00" * 32, b"00" * 32)
ARABIC = "أقر مجلس المدينة مساء الثلاثاء خطة جديدة للنقل العام في المدينة".encode("cp1256").hex().encode()
WINDOWS = (b"/BaseFont/Helvetica", b"/BaseFont/Helvetica/Encoding/WinAnsiEncoding")
REFUSED = {
    "not a PDF": (b"<html><p>Hello</p></html>", "called .pdf and is none"),
    "a bare head": (b"%PDF-1.4", "damaged"),
    "half a file": (by_hand()[:400], "damaged"),
    "junk": (b"%PDF-1.4\n" + bytes(range(256)) * 20, "damaged"),
    "pictures only": (by_hand(b"q 100 0 0 100 0 0 cm Q"), "no text layer"),
    "encrypted": (by_hand(trailer=ENCRYPT), "encrypted"),
    "too many letters": (by_hand(b"BT /F1 1 Tf " + b"(aaaaaaaaaa) Tj " * 6_001 + b"ET"), "60,000 letters"),
    "Arabic written as Latin": (by_hand(b"BT /F1 12 Tf 50 700 Td <%s> Tj ET" % ARABIC).replace(*WINDOWS), "as Latin"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_rightly_is_refused_with_its_reason(case: str) -> None:
    data, why = REFUSED[case]
    assert why in reason(pdf.extract, data)


def test_a_page_tree_that_holds_itself_is_read_once_or_refused() -> None:
    read_or_refused(pdf.extract, by_hand(kids=b"2 0 R"))
    read_or_refused(pdf.extract, by_hand(kids=b"3 0 R 2 0 R 3 0 R"))


def test_an_object_that_refers_to_itself_is_refused() -> None:
    data = by_hand().replace(b"<</Type/Catalog/Pages 2 0 R>>", b"1 0 R".ljust(29))
    assert "damaged" in reason(pdf.extract, data)


def test_letters_without_a_meaning_are_not_taken_for_text() -> None:
    lost = by_hand(b"BT /F1 12 Tf 50 700 Td <" + b"8182838485868788" * 4 + b"> Tj (ab) Tj ET")
    assert "have no Unicode value in its fonts" in reason(pdf.extract, lost)


def test_a_bomb_is_stopped_by_its_memory_and_a_loop_by_its_time() -> None:
    bomb = by_hand(zlib.compress(b" " * 400_000_000, 9), entries=b"/Filter/FlateDecode")
    assert "more than 300 MiB" in reason(
        lambda data: extract_apart(data, ExtractJob(".pdf"), ExtractLimits(memory_mib=300)), bomb
    )
    slow = by_hand(b"q Q " * 2_000_000)
    assert "more than 0.5 seconds" in reason(
        lambda data: extract_apart(data, ExtractJob(".pdf"), ExtractLimits(seconds=0.5)), slow
    )


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refused(pdf.extract, b"%PDF-1.4\n" + data)


@given(
    st.lists(st.tuples(st.integers(0, 1_000_000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6),
    st.booleans(),
)
def test_a_file_with_some_bytes_changed_is_read_or_refused(changes: list[tuple[int, bytes]], arabic: bool) -> None:
    data = bytearray(printed("visual") if arabic else by_hand())
    for place, new in changes:
        place %= len(data)
        data[place : place + len(new)] = new
    read_or_refused(pdf.extract, bytes(data))
