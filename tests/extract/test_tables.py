"""Tables of news: each row an article whose text is the row's own, its fields with their places."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import Undecodable
from rag.extract.base import Extracted, Refusal
from rag.extract.formats import formats, read_articles
from rag.extract.tables import NAMES, csv_rows, json_lines, json_list, tsv_rows
from rag.text.normalise import has_letters

ROW = {
    "id": "n1",
    "headline": "زيارة إلى سوتشي",
    "body": "زار المعلم سوتشي.\nوحضر اللقاء ١٢ مسؤولا.\n",
    "source": "سانا",
    "author": "أحمد علي",
    "date": "2015-06-29T10:00:00Z",
    "category": "سياسة",
}


def lines(*rows: Any) -> bytes:
    return "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows).encode()


def taken(found: Any) -> list[Extracted]:
    return [one for one in found if isinstance(one, Extracted)]


def refused(found: Any) -> list[tuple[str, str]]:
    return [(one.member, one.reason) for one in found if isinstance(one, Refusal)]


def test_a_row_is_a_text_that_begins_with_what_it_states() -> None:
    (one,) = taken(json_lines(lines(ROW), NAMES))
    assert one.text == (
        "زيارة إلى سوتشي\nسانا\nأحمد علي\n2015-06-29T10:00:00Z\nسياسة\n\nزار المعلم سوتشي.\nوحضر اللقاء ١٢ مسؤولا.\n"
    )
    assert one.body is not None
    assert [span.of(one.text) for span in one.body] == [ROW["body"]]
    assert one.member == "n1"
    assert one.published is not None
    assert one.published.value == "2015-06-29"
    for stated, value in (
        (one.title, "زيارة إلى سوتشي"),
        (one.outlet, "سانا"),
        (one.author, "أحمد علي"),
        (one.section, "سياسة"),
    ):
        assert stated is not None
        assert stated.value == stated.span.of(one.text) == value


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("2016-02-08", "2016-02-08"),
        ("8 شباط 2016", "2016-02-08"),
        ("٨ فبراير ٢٠١٦", "2016-02-08"),
        ("February 8, 2016", "2016-02-08"),
        ("أمس", None),
        ("2016-02-31", None),
        ("1454889600", None),
    ],
)
def test_a_date_is_stated_only_where_it_is_one(date: str, day: str | None) -> None:
    (one,) = taken(json_lines(lines({"text": "خبر", "date": date}), NAMES))
    assert (one.published.value if one.published else None) == day
    assert date in one.text


def test_long_addresses_that_differ_at_their_end_name_two_rows() -> None:
    address = "https://news.example/" + "%D8%A7" * 60
    rows = [{"url": f"{address}/{end}", "text": "زار المعلم سوتشي."} for end in ("gaza", "lebanon")]
    first, second = taken(json_lines(lines(*rows), NAMES))
    assert first.member != second.member
    assert all(one.member and len(one.member) <= 200 for one in (first, second))


def test_rows_without_an_id_are_named_by_their_place() -> None:
    found = list(
        json_lines(lines({"text": "خبر"}, "", "{", {"text": "آخر"}, {"text": "٣"}, [1], {"title": "بلا"}), NAMES)
    )
    assert [one.member for one in taken(found)] == ["line 1", "line 4"]
    assert [member for member, _ in refused(found)] == ["line 3", "line 5", "line 6", "line 7"]


@pytest.mark.parametrize("text", ["نص \0 فيه", "نص \ud800 فيه"])
def test_what_is_no_text_is_refused(text: str) -> None:
    data = json.dumps({"text": text}).encode()
    assert refused(json_lines(data, NAMES)) == [("line 1", "it contains a NUL character or a lone surrogate")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_table_is_told_by_its_names(delimiter: str) -> None:
    rows = [["العنوان", "النص", "التاريخ"], ["خبر", f'قال "نعم"{delimiter} ثم\nغادر', "2017-01-05"]]
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    (one,) = taken(csv_rows(file.getvalue().encode(), NAMES))
    assert one.body is not None
    assert one.body[0].of(one.text) == rows[1][1]
    assert one.member == "row 1"


def test_a_row_of_another_length_is_refused_and_an_empty_one_passed_over() -> None:
    found = list(tsv_rows("text\tdate\nخبر\t2016-01-01\n\t\nخبر\nآخر\t\n".encode(), NAMES))
    assert [one.member for one in taken(found)] == ["row 1", "row 4"]
    assert refused(found) == [("row 3", "it has 1 fields, but the first line has 2")]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"a,b\n1,2\n", "no letters|no column"),
        ("اسم,رقم\nخبر,2\n".encode(), "no column of it contains the text"),
        ('text\n"خبر\n'.encode(), "it is not a valid table"),
        (b"\xff\xfe\xff", "encoding|damaged|binary"),
        (b"", "empty"),
        (b"a" * 200_000, "no column of it contains the text"),
        ("النص,النص\nخبر,آخر\n".encode(), "two columns have the same name 'النص'"),
    ],
)
def test_what_is_no_table_of_news_says_why(data: bytes, says: str) -> None:
    with pytest.raises(Undecodable, match=says):
        list(csv_rows(data, NAMES))


def test_what_is_no_json_says_why() -> None:
    deep, long = "[" * 100_000, '{"n": ' + "1" * 5_000 + "}"
    found = refused(json_lines(lines("{خبر", deep, long), NAMES))
    assert [reason.removeprefix("it is not valid JSON: ") for _, reason in found] == [
        "Expecting property name enclosed in double quotes",
        "it is nested too deeply",
        "a number in it is too long",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_end_as_any_system_ends_lines(end: str) -> None:
    table = end.join(["title,text", f'أول,"سطر{end}وسطر"', "ثان,خبر", ""])
    found = taken(csv_rows(table.encode(), NAMES))
    assert [span.of(one.text) for one in found for span in one.body or ()] == [f"سطر{end}وسطر", "خبر"]


def test_a_long_field_is_no_error() -> None:
    long = "كلمة " * 40_000
    (one,) = taken(csv_rows(f'text\n"{long}"\n'.encode(), NAMES))
    assert one.body is not None
    assert one.body[0].of(one.text) == long


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ([{"text": "خبر"}, {"text": "آخر"}], ["row 1", "row 2"]),
        ({"articles": [{"text": "خبر"}], "total": 1}, ["row 1"]),
        ({"text": "خبر", "tags": ["سوريا"]}, ["row 1"]),
    ],
)
def test_a_json_file_is_a_list_or_one_article(value: Any, members: list[str]) -> None:
    assert [one.member for one in taken(json_list(json.dumps(value).encode(), NAMES))] == members


@pytest.mark.parametrize("data", [b"[1", b'"a"', b"[" * 100_000 + b"a"])
def test_what_is_no_list_of_articles_says_so(data: bytes) -> None:
    with pytest.raises(Undecodable):
        list(json_list(data, NAMES))


def test_the_columns_of_the_user_go_before_ours() -> None:
    known = formats({**NAMES, "text": ("story",)}, limit=1 << 20)
    row = lines({"story": "زار المعلم سوتشي.", "text": "ملخص"})
    (article,) = read_articles(row, corpus="c", source="a.jsonl", formats=known)
    assert not isinstance(article, Refusal)
    assert article.text == "زار المعلم سوتشي."


@given(
    st.lists(
        st.fixed_dictionaries(
            {"text": st.text(st.characters(codec="utf-8", exclude_characters="\0"))},
            optional={
                "title": st.text(st.characters(codec="utf-8", exclude_characters="\0")),
                "date": st.text("0123-٣ "),
            },
        ),
        max_size=4,
    ),
    st.booleans(),
)
def test_whatever_a_row_holds_is_kept_to_the_letter(rows: list[dict[str, str]], as_csv: bool) -> None:
    if as_csv:
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, ["text", "title", "date"], restval="")
        writer.writeheader()
        writer.writerows(rows)
        data, source = file.getvalue().encode(), "a.csv"
    else:
        data, source = lines(*rows), "a.jsonl"
    known = formats(limit=1 << 20)
    try:
        found = list(read_articles(data, corpus="c", source=source, formats=known))
    except Undecodable:
        return  # a few letters say too little of their encoding, and none are no text
    kept = [span.of(one.text) for one in found if not isinstance(one, Refusal) for span in one.body]
    assert kept == [row["text"] for row in rows if has_letters(row["text"])]
