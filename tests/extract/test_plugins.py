"""An extractor of the user's own: a few lines of Python that read a type of file."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.config import Settings, read_settings
from rag.corpus import formats_of
from rag.errors import BadSetting, Undecodable
from rag.extract.formats import read_articles
from rag.types import Article

CODE = """
import re

from rag.extract.base import Extracted
from rag.types import Span, Stated


def extract(data):
    text = data.decode()
    title = re.search("<TITLE>(.*?)</TITLE>", text, re.S)
    body = re.search("<TEXT>(.*?)</TEXT>", text, re.S)
    yield Extracted(
        text,
        title=Stated(title[1], Span(*title.span(1))),
        body=(Span(*body.span(1)),),
    )
"""
PAGE = "<DOC>\n<TITLE>زيارة إلى سوتشي</TITLE>\n<TEXT>\nزار المعلم سوتشي.\n</TEXT>\n</DOC>\n"


def code(tmp_path: Path, text: str = CODE) -> Settings:
    (tmp_path / "ant.py").write_text(text, encoding="utf-8")
    return read_settings(extractors=f".xml={tmp_path / 'ant.py'}:extract", data_dir=tmp_path)


def read(settings: Settings, data: str = PAGE) -> Article:
    (one,) = read_articles(data.encode(), corpus="c", source="a.XML", formats=formats_of(settings))
    assert isinstance(one, Article)
    return one


def test_a_function_of_a_few_lines_reads_a_type_of_file(tmp_path: Path) -> None:
    one = read(code(tmp_path))
    assert one.text == PAGE
    assert [span.of(one.text).strip() for span in one.body] == ["زار المعلم سوتشي."]
    assert one.title is not None
    assert one.title.value == one.title.span.of(PAGE) == "زيارة إلى سوتشي"
    assert one.rendition.extractor is not None
    assert one.rendition.extractor.startswith("ant.extract/")


def test_changed_code_reads_its_files_again(tmp_path: Path) -> None:
    before = formats_of(code(tmp_path))[".xml"].version
    assert formats_of(code(tmp_path, CODE + "\n# other\n"))[".xml"].version != before
    assert formats_of(code(tmp_path))[".xml"].version == before


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise KeyError('x')", r"ant\.extract/\w{12} failed: KeyError"),
        ("yield 'text'", "it returned str instead of Extracted"),
        ("yield Extracted('خبر', body=(Span(0, 99),))", "body span"),
        ("yield Extracted('خبر', title=Stated('x', Span(2, 9)))", "stated field is outside the text"),
        ("yield Extracted('خبر', pages=(2, 1))", "page offsets"),
        ("return 5", "failed: TypeError"),
        ("yield Extracted(b'text')", "its text has the type bytes"),
        ("yield Extracted('خبر', title=Stated(5, Span(0, 1)))", "the span of a stated field has no words"),
        ("yield Extracted('خبر', published=Stated('8/2/2016', Span(0, 1)))", "failed: ValueError"),
        ("yield Extracted('خبر', published=Stated('20160208', Span(0, 1)))", "is not an ISO 8601 day"),
        ("yield Extracted('خبر', member='')", "needs a member"),
        ("yield Extracted('خبر', member='a\\nb')", "needs a member"),
        ("yield Extracted('خبر')\n    yield Extracted('آخر')", "needs a member"),
        ("yield Extracted('خبر \\0')", "contains a NUL"),
        ("yield Extracted('خبر \\ud800')", "a lone surrogate"),
    ],
)
def test_whatever_is_wrong_with_it_is_told_with_its_name(tmp_path: Path, body: str, says: str) -> None:
    settings = code(tmp_path, CODE.split("def extract", 1)[0] + f"def extract(data):\n    {body}\n")
    with pytest.raises(Undecodable, match=says):
        list(read_articles(PAGE.encode(), corpus="c", source="a.xml", formats=formats_of(settings)))


def test_of_several_articles_the_one_that_is_no_text_is_refused_by_its_name(tmp_path: Path) -> None:
    body = "yield Extracted('خبر', member='one')\n    yield Extracted('\\0', member='two')"
    settings = code(tmp_path, CODE.split("def extract", 1)[0] + f"def extract(data):\n    {body}\n")
    one, two = read_articles(PAGE.encode(), corpus="c", source="a.xml", formats=formats_of(settings))
    assert isinstance(one, Article)
    assert not isinstance(two, Article)
    assert (one.member, two.member) == ("one", "two")


@pytest.mark.parametrize(
    ("text", "says"), [("def other(data): ...", "has no function extract"), ("import nowhere", "ModuleNotFoundError")]
)
def test_code_that_cannot_be_used_is_a_bad_setting(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadSetting, match=says):
        formats_of(code(tmp_path, text))


@pytest.mark.parametrize("given", ["xml=a.py:f", ".xml=a.py", ".xml", ".x/ml=a:f", ".xml=a.py:1f"])
def test_a_setting_of_another_form_is_refused(given: str) -> None:
    with pytest.raises(BadSetting, match="extractors"):
        read_settings(extractors=given)


def test_a_column_that_no_article_has_is_refused() -> None:
    with pytest.raises(BadSetting, match="no field 'headline'"):
        read_settings(columns="headline=title")
    assert read_settings(columns="text=story, title=head").columns == {"text": "story", "title": "head"}


@pytest.mark.parametrize(
    ("time", "day"), [("15/10/2016 - 09:30", "2016-10-15"), ("2016-10-15T09:30", "2016-10-15"), ("Saturday", None)]
)
def test_the_extractor_of_the_docs_reads_both_forms_of_date(time: str, day: str | None) -> None:
    root = Path(__file__).parents[2]
    settings = read_settings(extractors=f".xml={root / 'docs' / 'ant_extractor.py'}:extract")
    one = read(settings, f"<TIME>{time}</TIME>\n<TEXT>أعلنت الوزارة.</TEXT>")
    assert (one.published.value if one.published else None) == day


def test_the_extractor_of_the_docs_reads_an_article_of_ant() -> None:
    root = Path(__file__).parents[2]
    settings = read_settings(extractors=f".xml={root / 'docs' / 'ant_extractor.py'}:extract")
    one = read(
        settings,
        "<DOC>\n<DOCNO>JA-1</DOCNO>\n<SRC>Jawhara FM</SRC>\n<CAT>culture</CAT>\n<TITLE>منح الدولة</TITLE>\n"
        "<TIME>2017-01-26T08:31:00+01:00</TIME>\n<AUTHOR></AUTHOR>\n<TEXT>\nأعلنت الوزارة.\nوأفادت.\n</TEXT>\n</DOC>\n",
    )
    assert [span.of(one.text) for span in one.body] == ["أعلنت الوزارة.\nوأفادت."]
    assert one.author is None
    assert {
        name: stated and (stated.value, stated.span.of(one.text))
        for name in ("title", "outlet", "published", "section")
        for stated in [getattr(one, name)]
    } == {
        "title": ("منح الدولة", "منح الدولة"),
        "outlet": ("Jawhara FM", "Jawhara FM"),
        "published": ("2017-01-26", "2017-01-26"),
        "section": ("culture", "culture"),
    }
