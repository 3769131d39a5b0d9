"""Markdown: the text is the file, and code, pictures and definitions are no news."""

from __future__ import annotations

import pytest
from extracted_articles import checked, news, read_or_refused, reason
from hypothesis import given
from hypothesis import strategies as st

from rag.extract import markdown
from rag.extract.base import Extracted

FILE = """---
title: "مكتبة متنقلة تجوب أحياء الواحة"
outlet: صحيفة الواحة
author: 'هدى المصري'
date: 2020-04-05T09:30:00+03:00
section: ثقافة # عن المكتبات
layout: post
---

# مكتبة متنقلة تجوب أحياء الواحة

أعلنت بلدية الواحة، الأحد، افتتاح **أول مكتبة متنقلة** في [المدينة](https://waha.example/city)، وتضم 4 آلاف كتاب.

![حافلة المكتبة](bus.jpg)

```python
print("ليس خبراً")
```

## متى تبدأ الجولة؟

ومن المقرر أن تبدأ الجولة الأولى يوم 14 نيسان من حي المرفأ، على أن تصل إلى القرى الشرقية في الصيف.

---

[city]: https://waha.example/city
<!-- ملاحظة للمحرر -->
"""


def read(text: str | bytes) -> Extracted:
    (article,) = markdown.extract(text.encode() if isinstance(text, str) else text)
    return checked(article)


def test_the_text_is_the_file_itself() -> None:
    assert read(FILE).text == FILE
    assert read(FILE.replace("\n", "\r\n")).text == FILE.replace("\n", "\r\n")


def test_the_front_matter_states_the_facts_where_they_stand() -> None:
    for text in (FILE, FILE.replace("\n", "\r\n")):
        article = read(text)
        facts = [article.title, article.outlet, article.author, article.published, article.section]
        assert [fact and fact.value for fact in facts] == [
            "مكتبة متنقلة تجوب أحياء الواحة", "صحيفة الواحة", "هدى المصري", "2020-04-05", "ثقافة"
        ]  # fmt: skip
        assert article.published is not None
        assert article.published.span.of(text) == "2020-04-05T09:30:00+03:00"
        assert article.title is not None
        assert article.title.span.start == text.index("مكتبة")


def test_the_body_is_the_news_with_its_marks() -> None:
    body = news(read(FILE))
    assert "**أول مكتبة متنقلة** في [المدينة](https://waha.example/city)" in body
    assert "## متى تبدأ الجولة؟" in body
    for words in ("layout", "هدى", "print", "![", "ملاحظة", "[city]", "---"):
        assert words not in body


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# خطة جديدة للنقل #\n\nقال الوزير إن الخطة تبدأ في نيسان المقبل وتشمل عشرين حياً.", "خطة جديدة للنقل"),
        ("---\n\nقال الوزير إن الخطة تبدأ في نيسان المقبل وتشمل عشرين حياً.", None),
        ("---\ntitle:\ndate: غداً\n---\nقال الوزير إن الخطة تبدأ في نيسان المقبل وتشمل عشرين حياً من المدينة.", None),
        ("---\ncover:\n  title: صورة\n---\nقال الوزير إن الخطة تبدأ في نيسان المقبل وتشمل عشرين حياً من المدينة.", None),
        ("+++\ntitle = 'خطة جديدة'\n+++\nقال الوزير إن الخطة تبدأ في نيسان المقبل.", "خطة جديدة"),
    ],
)  # fmt: skip
def test_the_title_of_a_file(text: str, title: str | None) -> None:
    found = read(text).title
    assert (found and found.value) == title


def test_a_standfirst_is_news_where_the_front_matter_states_the_title() -> None:
    lead = "قال الوزير إن الخطة تبدأ في نيسان وإنها تشمل عشرين حياً من أحياء المدينة القديمة والجديدة."
    article = read(f"---\ntitle: خطة للنقل في المدينة.\n---\nأول مشروع من نوعه\n\n{lead}\n")
    assert article.title is not None
    assert article.title.value == "خطة للنقل في المدينة."
    assert news(article) == f"أول مشروع من نوعه {lead}"


def test_a_fence_that_is_never_closed_hides_what_follows_and_one_of_another_kind_does_not_close_it() -> None:
    article = read(
        "قال الوزير إن الخطة تبدأ في نيسان.\n\n~~~\nرمز\n```\nرمز آخر\n~~~~\nوأضاف أنها تشمل عشرين حياً.\n\n```\nأخير"
    )
    assert news(article) == "قال الوزير إن الخطة تبدأ في نيسان. وأضاف أنها تشمل عشرين حياً."


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03" * 30, "binary"),
        ("خبر".encode() + b"\xd8\xd8\xd8" + "خبر".encode(), "damaged utf-8"),
        (b"caf\xe9 na\xefve", "encoding cannot be told"),
        (b"---\n***\n123\n", "no letters"),
        ("\ufffd".encode() * 50 + b"a", "letters were lost"),
    ],
)
def test_what_cannot_be_read_rightly_is_refused_with_its_reason(data: bytes, why: str) -> None:
    assert why in reason(markdown.extract, data)


LINES = st.sampled_from(
    ["---", "+++", "title: خبر", "date: 2020-01-01", "author: ''", "```", "~~~~", "# خبر", "![a](b)", "[a]: b",
     "| a | b |", "|---|---|", "<!-- -->", "قال الوزير إن الخطة تبدأ في نيسان المقبل.", "", " ", "\u2028", "title : ؟"]
)  # fmt: skip


@given(st.lists(LINES | st.text(max_size=20), max_size=20), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_text_is_read_or_refused(lines: list[str], newline: str) -> None:
    read_or_refused(markdown.extract, newline.join(lines).encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refused(markdown.extract, b"# " + data)
