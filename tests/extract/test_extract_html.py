"""Saved web pages: what they state, their news, and nothing that a reader would not see."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from extracted_articles import FORMATS, checked, news, read_or_refused, reason
from hypothesis import given
from hypothesis import strategies as st

from rag.extract import html
from rag.extract.base import Extracted
from rag.extract.html import stated_day
from rag.extract.isolation import ExtractJob, extract_apart

EXPECTED = json.loads((FORMATS / "html" / "expected.json").read_text("utf-8"))
NEWS = "<p>أعلنت بلدية الواحة، الأحد، افتتاح أول مكتبة متنقلة في المدينة، تضم 4 آلاف كتاب وتزور 22 حياً كل أسبوع.</p>"


def page(name: str) -> bytes:
    return (FORMATS / "html" / f"{name}.html").read_bytes()


def read(data: bytes | str) -> Extracted:
    (article,) = html.extract(data.encode() if isinstance(data, str) else data)
    return checked(article)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_news_of_a_page_is_found_whole(name: str) -> None:
    body = news(read(page(name)))
    assert [line for line in EXPECTED[name]["body"] if line not in body] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_a_page_states_what_it_states_and_nothing_more(name: str) -> None:
    article = read(page(name))
    found = {field: getattr(article, field) for field in ("title", "outlet", "author", "published", "section")}
    assert {field: stated and stated.value for field, stated in found.items()} == {
        field: EXPECTED[name][field] for field in found
    }


LONG = "The council approved the plan for the harbour on Tuesday after a debate of many hours in the city hall. "


def test_a_date_and_a_raised_figure_stay_in_their_sentence() -> None:
    day = '<time datetime="2018-03-04">4 March 2018</time>'
    lead = f"In the election of {day} the party won a third of 1,200<sup>2</sup> seats."
    body = news(read(f"<html><body><article><h1>Party wins</h1><p>{lead}</p><p>{LONG * 3}</p></article></body></html>"))
    assert "In the election of 4 March 2018 the party won a third of 1,200² seats." in body


def test_the_facts_are_those_of_the_article_with_the_title_of_the_page() -> None:
    def story(headline: str, day: str, author: str) -> dict[str, Any]:
        return {"@type": "https://schema.org/NewsArticle", "headline": headline, "datePublished": day,
                "author": {"name": author}}  # fmt: skip

    older = {"@type": "ItemList", "itemListElement": [{"item": story("Older story", "2011-01-01", "Bob Old")}]}
    own = story("Bridge falls", "2018-08-14", "Ann Lee")
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(one)}</script>' for one in (older, own))
    article = read(f"<html><head>{scripts}</head><body><h1>Bridge falls</h1><p>{LONG * 3}</p></body></html>")
    stated = (article.title, article.published, article.author)
    assert [one and one.value for one in stated] == ["Bridge falls", "2018-08-14", "Ann Lee"]


STANDFIRST = "Residents fear noise and traffic"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<meta property=og:title content='Council backs port'><meta property=og:site_name content=Ledger>", True),
        ('<script type="application/ld+json">{"@type":"NewsArticle","headline":"Council backs port",'
         '"author":{"name":"Ann Lee"},"articleSection":"City"}</script>', False),
        ("<title>Council backs port</title>", True),
        ("<meta property='og:title' content='Council backs port'>", "Harbour plan passes"),
    ],
)  # fmt: skip
def test_a_standfirst_is_no_title_where_the_page_states_one(head: str, title: bool | str) -> None:
    heading = f"<h1>{'Council backs port' if title is True else title}</h1>" if title else ""
    text = f"{heading}<h2>{STANDFIRST}</h2>{f'<p>{LONG}</p>' * 4}"
    article = read(f"<html><head>{head}</head><body><article>{text}</article></body></html>")
    assert article.title is not None
    assert article.title.value == "Council backs port"
    assert news(article).startswith(f"{STANDFIRST} {LONG[:20]}")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("json-ld", "ملفات تعريف الارتباط"),
        ("json-ld", "فيسبوك"),
        ("json-ld", "أسعار الخبز"),
        ("json-ld", "مشروع رائع"),
        ("json-ld", "الحقوق محفوظة"),
        ("open-graph", "منتخب الشباب"),
        ("microdata", "Bread prices"),
        ("graph", "newsletter"),
        ("graph", "Ferries to run"),
        ("graph", "Youth team"),
        ("teasers", "مهرجان الزيتون"),
        ("teasers", "يعقد المجلس جلسة"),
        ("windows-1256-tables", "منتخب الشباب"),
    ],
)
def test_what_surrounds_the_news_is_no_part_of_it(name: str, words: str) -> None:
    assert words.encode("cp1256" if "1256" in name else "utf-8") in page(name)
    assert words not in news(read(page(name)))


@pytest.mark.parametrize("words", ["نص في برنامج", "مخفي", "فعّل البرامج", "قالب", "تعليق محرر"])
def test_what_nobody_sees_is_not_in_the_text(words: str) -> None:
    assert words in page("hidden").decode()
    assert words not in read(page("hidden")).text


def test_the_text_begins_with_the_facts_in_the_words_of_the_page() -> None:
    article = read(page("json-ld"))
    assert article.text.split("\n\n")[0].splitlines() == [
        "مكتبة متنقلة تجوب أحياء الواحة",
        "صحيفة الواحة",
        "هدى المصري",
        "2020-04-05T09:30:00+03:00",
        "ثقافة",
    ]
    assert article.published is not None
    assert article.published.span.of(article.text) == "2020-04-05T09:30:00+03:00"


@pytest.mark.parametrize(
    ("words", "iso"),
    [
        ("2020-04-05", "2020-04-05"),
        ("2020-04-05T23:30:00-05:00", "2020-04-05"),
        ("20200405", "2020-04-05"),
        ("5 April 2020", "2020-04-05"),
        ("٥ نيسان ٢٠٢٠", "2020-04-05"),
        ("2020-13-05", None),
        ("2020-02-30T00:00", None),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00", None),
    ],
)
def test_a_machine_readable_date_is_the_day_that_it_states(words: str, iso: str | None) -> None:
    fact = stated_day(words)
    assert (fact and fact.value) == iso


def test_two_different_times_on_a_page_state_no_day() -> None:
    times = "<time datetime=2020-01-01>1</time><time datetime=2021-01-01>2</time>"
    assert read(f"<meta charset=utf-8><h1>مكتبة متنقلة</h1>{times}{NEWS}").published is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1256", "iso8859-6"])
def test_a_page_reads_the_same_in_every_encoding(encoding: str) -> None:
    words = "أعلنت بلدية الواحة افتتاح مكتبة متنقلة في المدينة تزور الأحياء كل أسبوع وتضم كتبا كثيرة للأطفال والكبار"
    data = f"<html><body><h1>مكتبة متنقلة</h1><p>{words}</p></body></html>".encode(encoding)
    assert words in news(read(data))


def test_a_page_of_another_encoding_is_read_as_it_declares() -> None:
    words = "Le conseil a approuvé le budget de l’année à une large majorité, après un débat très animé."
    head = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">'
    assert words in news(read(f"<html><head>{head}</head><body><p>{words}</p></body></html>".encode("cp1252")))


def test_utf8_is_read_as_such_whatever_the_page_declares() -> None:
    assert "افتتاح أول مكتبة" in news(read(f"<meta charset=windows-1256>{NEWS}"))


REFUSED = {
    "empty": (b"", "empty"),
    "binary": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)), "binary"),
    "no text": (b"<html><body><script>render()</script></body></html>", "shows no text"),
    "hidden text only": (f"<div hidden>{NEWS}</div>".encode(), "shows no text"),
    "damaged UTF-8": (f"<meta charset=utf-8>{NEWS}".encode()[:-9] + b"\xd9\xd9\xd9", "damaged utf-8"),
    "another encoding than declared": (b"<meta charset=shift_jis><p>\xe9\xff\x81\xfe caf\xe9</p>", "declares"),
    "no encoding that can be told": (b"<p>caf\xe9 na\xefve</p>", "encoding cannot be told"),
    "nested too deep": (("<div>" * 20_000 + NEWS).encode(), "nested too deep"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_rightly_is_refused_with_its_reason(case: str) -> None:
    data, why = REFUSED[case]
    assert why in reason(html.extract, data)


def test_entities_of_a_document_type_are_not_followed() -> None:
    kind = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    data = f"{kind}<html><body>{NEWS}<p>&x; نص بعده كلمات</p></body></html>"
    assert "root:" not in read(data).text


def test_a_page_is_read_in_another_process_as_in_this_one() -> None:
    data = f"<meta charset=utf-8><h1>مكتبة متنقلة</h1>{NEWS * 10}<script>{'x' * 300_000}</script>".encode()
    assert list(extract_apart(data, ExtractJob(".html"))) == list(html.extract(data))


def test_a_table_of_thousands_of_links_is_read_in_a_bounded_time() -> None:
    read(("<meta charset=utf-8>" + "<a href=/x>خبر جديد</a> " * 40_000 + NEWS).encode())


def test_a_page_reads_the_same_in_every_process() -> None:
    script = (
        "import sys; from rag.extract.html import extract\n"
        "sys.stdout.buffer.write(next(extract(sys.stdin.buffer.read())).text.encode())"
    )
    texts = {
        subprocess.run([sys.executable, "-c", script], input=page("graph"), capture_output=True, check=True,
                       env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert texts == {read(page("graph")).text.encode()}


PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<div>", "</div>", "<table><tr><td>", "<!--", "-->", "<script>", "</script>", "<h1>", "<title>",
        "<time datetime=2020-01-01>", "<meta property=og:title content='خبر'>", "<meta name=author content='\u202e'>",
        '<script type="application/ld+json">', '{"@type":"NewsArticle","headline":"\\ud800 خبر","author":[[{}]]}',
        '{"@graph":[{"@type":["NewsArticle",1],"publisher":{"@id":3},"datePublished":9}]}',
        "&#xD800;", "&#0;", "\0", "<", "خبر جديد.", NEWS,
        "<br>", "<li>", "<svg><p>", "<a rel=author>", "<p itemprop='author headline datePublished'>", "\u2028", "\x1b",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=12), max_size=40))
def test_any_markup_is_read_or_refused(pieces: list[str]) -> None:
    read_or_refused(html.extract, "".join(pieces).encode("utf-8", "surrogatepass"))


@given(
    st.sampled_from(list(EXPECTED)),
    st.lists(st.tuples(st.integers(0, 9_999), st.binary(min_size=1, max_size=6)), max_size=5),
)
def test_a_page_with_some_bytes_changed_is_read_or_refused(name: str, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(page(name))
    for place, new in changes:
        data[place % len(data) : place % len(data) + len(new)] = new
    read_or_refused(html.extract, bytes(data))
