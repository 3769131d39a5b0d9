"""Sheets: what is read and written as CSV and XLSX; no cell is a formula, and no file is half written."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from builders import points
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from views_archive import EREM, REUTERS, SANA, views_corpus

from rag.errors import BadInput
from rag.generate.compare import compare
from rag.types import Span
from ui.shared import sheets
from ui.shared.sheets import absolute_link, comparison_bytes, link_base, read_sheet, sheet_bytes

NAMES = frozenset({"question", "سؤال"})
EVIL = ["=1+1", "+49 30", "-rm", "@SUM(A1)", "\tx", '=HYPERLINK("http://evil.example","هنا")', "'=kept", "-5", "+3.2"]


def csv_cells(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_text_comes_back_as_it_was_written(suffix: str) -> None:
    rows = [["سؤال", "ملاحظة"], ["من زار سوتشي، ومتى؟", 'قال "نعم"\nثم غادر; غدا'], ["Who, when?", None]]
    back = read_sheet(sheet_bytes({"one": rows}, suffix), suffix, NAMES)
    assert [[cell or None for cell in row] for row in back] == rows


def test_numbers_and_days_of_a_workbook_stay_what_they_are() -> None:
    noon = datetime(2016, 5, 4, 12)  # noqa: DTZ001  (a workbook knows no zones)
    rows = [["question", "n", "day"], ["من؟", 5, noon], ["من؟", 2.5, None]]
    assert read_sheet(sheet_bytes({"one": rows}, ".xlsx"), ".xlsx") == rows
    assert csv_cells(sheet_bytes({"one": [[-5, date(2016, 5, 4), True]]}, ".csv")) == [["-5", "2016-05-04", "True"]]


def test_no_cell_is_a_formula() -> None:
    cells = csv_cells(sheet_bytes({"one": [EVIL]}, ".csv"))[0]
    assert cells == [
        *("'=1+1", "'+49 30", "'-rm", "'@SUM(A1)", "'\tx", "'" + EVIL[5], "'=kept", "-5", "+3.2"),
    ]
    assert read_sheet(sheet_bytes({"one": [EVIL]}, ".csv"), ".csv")[0][:6] == EVIL[:6]
    data = sheet_bytes({"one": [EVIL, ["#N/A", "\x00\x01", "س" * 40_000]]}, ".xlsx")
    [first, second] = load_workbook(io.BytesIO(data))["one"].iter_rows()
    assert [cell.value for cell in first] == EVIL
    assert {cell.data_type for cell in (*first, *second) if cell.value} == {"s"}
    assert first[0].quotePrefix
    assert [cell.value for cell in second][:2] == ["#N/A", "\ufffd\ufffd"]
    assert len(second[2].value) == 32_767
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert b"<f>" not in packed.read("xl/worksheets/sheet1.xml")


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=3), min_size=1, max_size=4))
def test_every_cell_of_csv_is_harmless(rows: list[list[str]]) -> None:
    for row in csv_cells(sheet_bytes({"one": rows}, ".csv")):
        for cell in row:
            number = cell[1:].replace(".", "").replace(",", "").isdigit()
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("question;n\nمن زار، ومتى؟;1\n".encode(), [["question", "n"], ["من زار، ومتى؟", "1"]]),
        ("n\tسؤال\n1\tمن, ومتى؟\n".encode("utf-8-sig"), [["n", "سؤال"], ["1", "من, ومتى؟"]]),
        ("سؤال,n\nمن زار سوتشي الروسية أمس؟,1\n".encode("cp1256"), [["سؤال", "n"], ["من زار سوتشي الروسية أمس؟", "1"]]),
        (b"question\r\n\r\nwho?\r\n\r\n", [["question"], [None], ["who?"]]),
        (b"", []),
    ],
)  # fmt: skip
def test_csv_is_read_by_its_own_delimiter_and_encoding(data: bytes, expected: list[list[str]]) -> None:
    assert read_sheet(data, ".csv", NAMES) == expected


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * (sheets.MOST_UNPACKED + 1))
    return out.getvalue()


def empty_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("a.txt", b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "suffix", "what"),
    [
        (b"PK\x03\x04 damaged", ".xlsx", "not a valid XLSX"),
        (b"question\nwho?\n", ".xlsx", "not a valid XLSX"),
        (empty_zip(), ".xlsx", "not a valid XLSX"),
        (bomb(), ".xlsx", "unpacks to more"),
        (b'question\n"who?\n', ".csv", "not a valid CSV table"),
        (b"\x00\x01\x02\xff" * 50, ".csv", "."),
        (b"question\n" + b"who?\n" * 10_001, ".csv", "more than 10000 rows"),
        (b"who?," * 201 + b"x\n", ".csv", "200 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(data: bytes, suffix: str, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        read_sheet(data, suffix)


def test_a_workbook_that_is_too_long_or_has_nothing_is_seen() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("one")
    for _ in range(10_001):
        sheet.append(["who?"])
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(BadInput, match="more than 10000 rows"):
        read_sheet(out.getvalue(), ".xlsx")
    assert read_sheet(sheet_bytes({"one": []}, ".xlsx"), ".xlsx") == []


def test_links_lead_to_the_page_of_a_source() -> None:
    link = absolute_link("https://news.example.org/", "a1", "ff00", Span(3, 9), Span(4, 5))
    assert link == "https://news.example.org/#source/a1/ff00/3-9/4-5"
    assert absolute_link("", "a1", "ff00", Span(3, 9)) == ""
    for wrong in ("news.example.org", "javascript:alert(1)", "https://a b"):
        with pytest.raises(BadInput):
            link_base(wrong)


def test_a_comparison_is_a_table_and_a_row_for_each_quote(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("12 عاملا", "14 عاملا")) as corpus:
        made = compare(corpus, ["كم عاملا قتل؟"], outlets=[SANA, REUTERS, EREM])
    [header, sana, reuters, erem] = csv_cells(comparison_bytes(made, ".csv", "http://127.0.0.1:7860"))
    told = dict(zip(header, sana, strict=True))
    assert told["link"].startswith("http://127.0.0.1:7860/#source/")
    citation = made.rows[0].cells[0].citation
    assert citation is not None
    assert citation.article.text[int(told["start"]) : int(told["end"])] == told["quote"]
    assert [told[name] for name in ("question", "agreement", "outlet", "status", "short answer", "group", "date")] == [
        *("كم عاملا قتل؟", "differ", SANA, "answered", "12 عاملا", "1", "2016-05-04")
    ]
    assert told["file"] == "news.jsonl (fire-sana)"
    assert (reuters[4], reuters[6]) == ("14 عاملا", "2")
    assert erem[3:] == ["nothing found", *[""] * 9]
    book = load_workbook(io.BytesIO(comparison_bytes(made, ".xlsx")))
    assert book.sheetnames == ["table", "quotes"]
    assert [[cell.value for cell in row] for row in book["table"].iter_rows()] == [
        ["question", "agreement", SANA, REUTERS, EREM],
        ["كم عاملا قتل؟", "differ", "12 عاملا", "14 عاملا", None],
    ]
    assert book["table"].sheet_view.rightToLeft
