"""Word documents: their words as they stand when all changes are taken, and nothing else."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import pytest
from extracted_articles import FORMATS, checked, news, read_or_refused, reason
from hypothesis import given
from hypothesis import strategies as st
from made_documents import SPACE, p, packed, r

from rag.extract import docx
from rag.extract.base import Extracted

REPORT = (FORMATS / "docx" / "report.docx").read_bytes()


def read(data: bytes) -> Extracted:
    (article,) = docx.extract(data)
    return checked(article)


def test_a_report_reads_paragraph_by_paragraph_its_table_row_by_row() -> None:
    article = read(REPORT)
    title, *paragraphs = (FORMATS / "pdf" / "news.txt").read_text("utf-8").splitlines()
    rows = ["الخط | الطول", "خط الميناء | 14 كم", "خط القلعة | 9 كم"]
    assert article.text.splitlines() == [
        title, "", "كتب: نادر عيسى", "13 آذار 2019", *paragraphs[:3], *rows, "المواعيد", *paragraphs[3:]
    ]  # fmt: skip
    assert "للاستعمال الداخلي" not in article.text


def test_a_report_states_its_title_author_and_date_where_it_shows_them() -> None:
    article = read(REPORT)
    assert article.title is not None
    assert article.title.value == "مجلس المدينة يقرّ خطة النقل الجديدة"
    assert article.author is not None
    assert article.author.value == "نادر عيسى"
    assert article.published is not None
    assert (article.published.value, article.published.span.of(article.text)) == ("2019-03-13", "13 آذار 2019")


def test_the_account_that_wrote_a_document_is_no_author_where_the_document_does_not_say_so() -> None:
    core = (
        '<c:coreProperties xmlns:c="x" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:creator>Microsoft Office User</dc:creator><dc:title>Document1</dc:title></c:coreProperties>"
    )
    article = read(packed(p(r("قال الوزير إن الميزانية تكفي ثلاث سنوات.")), docProps__core=core))
    assert (article.author, article.title) == (None, None)


def test_the_byline_of_a_document_goes_before_the_account_that_wrote_it() -> None:
    core = (
        '<c:coreProperties xmlns:c="x" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:creator>Lee</dc:creator></c:coreProperties>"
    )
    body = p(r("Motorway bridge falls in Genoa")) + p(r("By Ann Lee")) + p(r("The bridge fell on Tuesday. " * 8))
    article = read(packed(body, docProps__core=core))
    assert article.author is not None
    assert article.author.value == "Ann Lee"


@pytest.mark.parametrize(
    ("paragraph", "words"),
    [
        (p(r("قال الوز"), r("ير أمس")), "قال الوزير أمس"),
        (p(r("بلغ "), f"<w:del>{r('ثلاثة')}</w:del>", f"<w:ins>{r('أربعة')}</w:ins>"), "بلغ أربعة"),
        (p(f"<w:moveFrom>{r('أمس ')}</w:moveFrom>", r("قال "), f"<w:moveTo>{r('أمس')}</w:moveTo>"), "قال أمس"),
        (p(f"<w:hyperlink>{r('وكالة النهر')}</w:hyperlink>", r(" قالت")), "وكالة النهر قالت"),
        (p("<w:r><w:t>قال</w:t><w:br/><w:t>أمس</w:t><w:tab/><w:t>هنا</w:t></w:r>"), "قال أمس هنا"),
        (p("<w:r><w:t>COVID</w:t><w:noBreakHyphen/><w:t>19</w:t><w:softHyphen/></w:r>"), "COVID-19"),
        (p(r("بلغ 1,200"), '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r>'), "بلغ 1,200²"),
        (p(r("ظاهر"), "<w:r><w:rPr><w:vanish/></w:rPr><w:t> مخفي</w:t></w:r>"), "ظاهر"),
        (p("<w:r><w:fldChar/><w:instrText> PAGE </w:instrText></w:r>", r("صفحة أولى")), "صفحة أولى"),
        (f"<w:sdt><w:sdtContent>{p(r('في حقل'))}</w:sdtContent></w:sdt>", "في حقل"),
        (p("<w:r><w:txbxContent>" + p(r("في إطار")) + "</w:txbxContent></w:r>", r("قبله")), "قبله في إطار"),
        (p("<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>", r("فقرة")), "فقرة"),
    ],
)  # fmt: skip
def test_the_words_of_a_paragraph(paragraph: str, words: str) -> None:
    assert news(read(packed(paragraph))) == words


def test_notes_stand_after_the_text_and_a_deleted_row_does_not_stand() -> None:
    notes = f'<w:footnotes {SPACE}><w:footnote w:id="1">{p(r("المصدر: دائرة الإحصاء."))}</w:footnote></w:footnotes>'
    cell = f"<w:tc>{p(r('خلية'))}</w:tc>"
    table = f"<w:tbl><w:tr>{cell}{cell}</w:tr><w:tr><w:trPr><w:del/></w:trPr>{cell}</w:tr></w:tbl>"
    article = read(packed(p(r("بلغ الإنتاج 96 ألف طن.")) + table, word__footnotes=notes))
    assert article.text.splitlines() == ["بلغ الإنتاج 96 ألف طن.", "خلية | خلية", "المصدر: دائرة الإحصاء."]


def test_a_document_of_the_strict_standard_reads_as_one_of_the_other() -> None:
    usual = packed(p(r("قال الوزير أمس")))
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(usual)) as old, zipfile.ZipFile(file, "w") as new:
        xml = old.read("word/document.xml").replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        )
        new.writestr("word/document.xml", xml)
    assert news(read(file.getvalue())) == "قال الوزير أمس"


def entity(declaration: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "word/document.xml",
            f"<!DOCTYPE d [{declaration}]><w:document {SPACE}><w:body>{p(r('قال &a; الوزير'))}</w:body></w:document>",
        )
    return file.getvalue()


def damaged() -> bytes:
    data = bytearray(packed(p(r("قال الوزير أمس " * 200))))
    data[60:80] = b"\xff" * 20
    return bytes(data)


NAMES = "zyxwvutsrqponmlkj"
LAUGHS = "<!ENTITY z 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in pairwise(NAMES + "a")
)
REFUSED = {
    "no zip": (b"Hello, this is no document at all.", "cannot be unpacked"),
    "half a file": (REPORT[:5_000], "cannot be unpacked"),
    "damaged inside": (damaged(), "broken"),
    "an old or encrypted document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "encrypted"),
    "another kind of zip": (packed("").replace(b"word/document", b"word/dxcument"), "no Word document"),
    "no text": (packed(p() + p(r("  "))), "no text"),
    "no XML": (packed("<w:p><w:r>"), "no XML"),
    "an external entity": (entity("<!ENTITY a SYSTEM 'file:///etc/passwd'>"), "entities"),
    "a billion laughs": (entity(LAUGHS), "no XML"),
    "a bomb": (packed(p(r("ه" * 9_000_000))), "unpacks to more than 16 MiB"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_rightly_is_refused_with_its_reason(case: str) -> None:
    data, why = REFUSED[case]
    assert why in reason(docx.extract, data)


@given(st.binary(max_size=500))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refused(docx.extract, b"PK\x03\x04" + data)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=6)), min_size=1, max_size=5), st.booleans()
)
def test_a_file_with_some_bytes_changed_is_read_or_refused(changes: list[tuple[int, bytes]], stored: bool) -> None:
    data = bytearray(packed(p(r("قال الوزير أمس")) * 5, compress=zipfile.ZIP_STORED) if stored else REPORT)
    for place, new in changes:
        data[place % len(data) : place % len(data) + len(new)] = new
    read_or_refused(docx.extract, bytes(data))
