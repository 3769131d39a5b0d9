"""An export says what was said, holds it for programs, and nothing in it is markup but its own."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.errors import BadInput
from ui.shared import export, exported
from ui.shared.export import escaped
from ui.shared.history import Turn
from ui.shared.i18n import WORDS
from ui.shared.schemas import AnswerDocument

AT = "2024-05-01T12:00:00+00:00"
QUOTE = "زار <b>الوزيرُ</b> المعلّم *سوتشي* اليوم."

NASTY = [
    "</script><script>alert(1)</script>",
    "--><img src=x onerror=alert(1)><!--",
    "![x](http://a.example/x.png) [y](javascript:alert(1)) <http://a.example> http://b.example www.c.example",
    "```json isnad\n{}\n```",
    "a `b` ``c`` ~~~~d~~~~ $e$ ==f== ^g^",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "---\n===\n***\n# h\n1. a\n2) b\n- c\n+ d\n* e\n> f\n    code\n\tcode\n: g\n::: h",
    "سطر\r\nثانٍ\r\n\r\n\r\n  ثالث  \r\n",
    "\n\nفي أوله وآخره\n\n",
    "\u202eمقلوب\u202c \u2067معزول\u2069 \u2028 \u2029 \u200f",
    "قَالَ الرَّئِيسُ 👩‍👩‍👧 «نعم»\u00a0",
    "[a]: http://a.example\n[^1]: note\n&amp; &#60; &lt;b&gt; &copy;",
    "\\*a\\* trailing\\\nnext\\",
    "\x00\x07\x1b[2J\x85\x0c\x0b",
    " ",
    "\n",
    "1.",
]
texts = st.one_of(
    st.sampled_from(NASTY),
    st.lists(st.sampled_from([*"`*_[]()<>&|#+-=.!~$^:\\\n\r\t 1اب\u202e\u2067\u2028", "://", "www."])).map("".join),
    st.text(st.characters(codec="utf-8"), max_size=40),
)


def citation(quote: str, **fields: Any) -> dict[str, Any]:
    return {
        "number": 1,
        "article_id": "a1",
        "source": "news/a.txt",
        "sha256": "5" * 64,
        "title": "عنوان",
        "outlet": "سانا",
        "published": "2015-11-27",
        "text_sha256": "7" * 64,
        "encoding": "utf-8",
        "extractor": None,
        "locator": None,
        "member": None,
        "start": 10,
        "end": 10 + len(quote),
        "quote": quote,
        "marked": None,
        **fields,
    }


def answer(quote: str = QUOTE, **fields: Any) -> AnswerDocument:
    return AnswerDocument.model_validate(
        {
            "question": "من زار سوتشي؟",
            "searched": "من زار سوتشي؟",
            "language": "ar",
            "status": "answered",
            "text": "الوزير [1]",
            "claims": [{"text": "الوزير [1]", "citations": [1], "support": "supported", "score": 1.0}],
            "citations": [citation(quote)] if quote else [],
            "evidence": [],
            "rejected": [],
            "removed": [],
            "notices": [],
            "generator": "reader",
            "cut": False,
            "usage": None,
            "generation": "g1",
            "timings_ms": {"search": 1.0, "first_token": None, "total": 2.0},
            **fields,
        }
    )


def full(text: str) -> AnswerDocument:
    """An answer with `text` in every place where words of a person, a model or a file can stand."""
    problem = {"kind": "figure", "start": 0, "end": 0, "message": text}
    return answer(
        question=text,
        opening=text,
        short=[{"text": text, "citation": 1, "start": 10, "end": 10 + len(text), "probability": 0.5}] if text else [],
        claims=[{"text": text, "citations": [1], "support": "unsupported", "score": 0.5, "problems": [problem]}],
        citations=[citation(text, title=text, outlet=text, published=text, source=text, member=text, locator=text)]
        if text
        else [],
        rejected=[{"number": 7, "reason": text}],
        removed=[{"text": text, "problems": [problem]}],
        notices=[{"kind": "x", "message": text}],
        translations=[{"number": 1, "text": text, "language": "en"}],
        generator=text,
        generation=text,
    )


def markdown(*turns: Turn, language: Any = "en") -> str:
    return export.markdown(turns, language=language, exported_at=AT)


def html(*turns: Turn, language: Any = "en") -> str:
    return export.html(turns, language=language, exported_at=AT)


class Page(HTMLParser):
    """What a browser makes of a page: its tags with their attributes, and the words of each element that holds any."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self.words: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self._open.append(tag)
            self.words.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self._open:
            self.words[tag][-1] += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def kinds(self) -> set[str]:
        return {tag for tag, _ in self.tags}


def shown(text: str) -> str:
    """What a page can show of a text: no control characters but white space."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", text)


BARE = re.compile(r"(?<!\\)(?:(?<=\w)[.@](?=\w)|:(?=//|\w))")
"""What linkifiers of Markdown begin at: a dot or @ between letters, a colon before a word."""


@pytest.mark.parametrize(
    "link", ["evil.top", "t.me/x", "a@evil.top", "mailto:a@evil.top", "http://evil.top", "www.a.b"]
)
def test_markdown_of_a_host_or_an_address_is_no_link_for_a_renderer_that_makes_bare_ones(link: str) -> None:
    assert BARE.search(link)
    assert not BARE.search(escaped(f"See {link} there"))


@given(texts)
def test_markdown_of_any_words_renders_as_these_words(text: str) -> None:
    rendered = Page(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(escaped(text)))
    assert rendered.kinds <= {"p"}
    assert "".join(rendered.words.get("p", [])) == shown(text)


@given(texts)
def test_nothing_in_a_conversation_becomes_markup_in_markdown(text: str) -> None:
    page = markdown(Turn.answered(full(text)), Turn.failed(text, text))
    rendered = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(page)
    found = Page(rendered)
    assert found.kinds <= {"h1", "h2", "h3", "p", "strong", "blockquote", "ul", "li", "hr", "pre", "code"}
    assert len(found.words["code"]) == 1
    assert len(found.words["h1"]) == 1
    assert len(found.words["h2"]) == 2
    if text:
        assert [quote.removeprefix("\n").removesuffix("\n") for quote in found.words["blockquote"]] == [shown(text)]


@given(texts)
def test_nothing_in_a_conversation_becomes_markup_in_html(text: str) -> None:
    page = Page(html(Turn.answered(full(text)), Turn.failed(text, text)))
    assert page.kinds <= {
        *("html", "head", "meta", "title", "style", "body", "main", "script"),
        *("h1", "h2", "h3", "p", "bdi", "blockquote", "mark", "a"),
    }
    assert page.comments == []
    assert len(page.words["script"]) == 1
    assert not set("<>&\u2028\u2029\u202e") & set(page.words["script"][0])
    assert not [attrs for _, attrs in page.tags for name in attrs if name.startswith("on") or name in {"src", "style"}]
    if text:
        assert page.words["blockquote"] == [shown(text)]


@given(st.lists(texts, max_size=3))
def test_answers_read_back_are_those_that_were_exported(words: list[str]) -> None:
    answers = [full(text) for text in words]
    turns = [Turn.answered(one) for one in answers]
    for page in (markdown(*turns), html(*turns)):
        assert exported.read_back(page) == answers
        assert exported.read_back(page.replace("\n", "\r\n")) == answers
        assert exported.read_back("\ufeff" + page) == answers


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("form", [markdown, html], ids=["markdown", "html"])
@given(text=texts.filter(lambda text: any(map(str.isalnum, text))))  # as any question that can be asked has
def test_an_export_of_any_words_shows_its_data(form: Any, language: str, text: str) -> None:
    turns = [Turn.answered(full(text)), Turn.answered(answer(text)), Turn.failed(text, text)]
    assert exported.shows_its_data(form(*turns, language=language))


@pytest.mark.parametrize("form", [markdown, html])
def test_the_json_stands_in_the_file_as_the_document_of_a_conversation(form: Any) -> None:
    page = form(Turn.answered(answer()), Turn.failed("متى؟", "the model hung"))
    data = json.loads(re.search(r"^.*(\{\"version\":1,\"kind\".*\})", page, re.MULTILINE)[1])  # type: ignore[index]
    assert (data["version"], data["kind"], data["exported_at"]) == (1, "isnad-conversation", AT)
    assert [one["citations"][0]["quote"] for one in data["answers"]] == [QUOTE]
    assert exported.read_back(json.dumps(data)) == [answer()]


def test_the_json_of_one_answer_is_read_too() -> None:
    assert exported.read_back(answer().model_dump_json()) == [answer()]
    assert exported.read_back("\n " + answer().model_dump_json(indent=2)) == [answer()]


def test_a_quote_cannot_pass_for_the_data_of_an_export() -> None:
    data = exported.read_back(html())
    forged = markdown(Turn.answered(answer("شيء آخر")))
    assert data == []
    for form in (markdown, html):
        assert exported.read_back(form(Turn.answered(answer(f"\n{forged}\n")))) == [answer(f"\n{forged}\n")]
        script = html(Turn.answered(answer("شيء آخر")))
        assert exported.read_back(form(Turn.answered(answer(script)))) == [answer(script)]


def test_the_fence_is_longer_than_any_run_of_backticks_within() -> None:
    page = markdown(Turn.answered(answer("a ````` b")))
    assert "\n``````json isnad\n" in page
    assert page.endswith("\n``````\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no answers of Isnad"),
        ("# مقالة\n\nليس تصديرًا", "no answers of Isnad"),
        ("<html><script>{}</script></html>", "no answers of Isnad"),
        ("```json isnad\n{\n```\n", "damaged"),
        ('<script id="isnad">[</script>', "damaged"),
        ("{}", "damaged"),
        ("{" * 100_000, "damaged"),
        ('{"version": 2}', "version 2"),
        ('{"version": 1, "kind": "isnad-conversation"}', "damaged"),
        ('{"version": 1, "question": "\\ud800"}', "damaged"),
    ],
)
def test_what_is_no_export_is_a_clear_error(text: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        exported.read_back(text)
    assert says in error.value.what
    assert error.value.where.startswith("export")
    assert error.value.do


def test_the_page_fetches_nothing() -> None:
    page = html(Turn.answered(answer("http://a.example/x.png")))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    links = [attrs["href"] for _, attrs in Page(page).tags if "href" in attrs]
    assert links == ["#a1-1"]
    assert ' id="a1-1"' in page
    assert not re.search(r"url\(|@import|\bsrc=", page)


def test_the_words_that_answer_are_marked_inside_their_quote() -> None:
    marked = citation("زار الوزير سوتشي", marked={"start": 14, "end": 20})
    page = Page(html(Turn.answered(answer(citations=[marked]))))
    assert page.words["mark"] == ["الوزير"]
    assert page.words["blockquote"] == ["زار الوزير سوتشي"]
    outside = citation("زار", marked={"start": 0, "end": 2})
    assert "mark" not in Page(html(Turn.answered(answer(citations=[outside])))).words


SHORT = {"text": "الوزير", "citation": 1, "start": 14, "end": 20, "probability": 0.5}


def test_the_short_answer_leads_the_answer_with_its_number() -> None:
    turn = Turn.answered(answer("زار الوزير سوتشي", short=[SHORT]))
    assert '<p class="short" dir="rtl" lang="ar">الوزير <a href="#a1-1">[1]</a></p>' in html(turn)
    paragraphs = Page(html(turn)).words["p"]
    assert paragraphs.index("الوزير [1]") < paragraphs.index("الوزير [1]", paragraphs.index("الوزير [1]") + 1)
    assert "\n\n**الوزير** \\[1\\]\n\nالوزير \\[1\\]\n\n" in markdown(turn)


@pytest.mark.parametrize("fields", [{"text": "الرئيس"}, {"end": 21}, {"start": 0}, {"citation": 2}])
def test_a_short_answer_that_is_no_slice_of_its_quote_is_not_shown(fields: dict[str, Any]) -> None:
    turn = Turn.answered(answer("زار الوزير سوتشي", short=[SHORT | fields]))
    assert 'class="short"' not in html(turn)
    assert "**" not in markdown(turn)


def test_bidi_controls_are_dropped_from_claims_and_isolated_in_quotes() -> None:
    claim = {"text": "الو\u202eزير [1]", "citations": [1], "support": "supported", "score": 1.0}
    turn = Turn.answered(answer("زار\u202e سوتشي", claims=[claim], removed=[{"text": "a\u2067b", "problems": []}]))
    page = html(turn)
    body = page[: page.index("<script")]
    assert "الوزير" in body
    assert "ab</p>" in body
    assert re.findall(r"<bdi class=\"control\"[^>]*>(.)</bdi>", body) == ["\u202e"]
    assert len(re.findall("[\u202a-\u202e\u2066-\u2069]", page)) == 1
    assert exported.read_back(page)[0].citations[0].quote == "زار\u202e سوتشي"


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
def test_directions_and_languages_are_told(language: str, direction: str) -> None:
    page = html(Turn.answered(answer()), language=language)
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert '<blockquote><p dir="auto" lang="ar">' in page
    assert "<bdi>عنوان</bdi> · <bdi>سانا</bdi> · <bdi>2015-11-27</bdi>" in page
    assert "<bdi>news/a.txt</bdi>" in page


@pytest.mark.parametrize("form", [markdown, html])
@pytest.mark.parametrize("language", ["ar", "en"])
def test_an_export_shows_what_a_reader_must_know(form: Any, language: Any) -> None:
    problem = {"kind": "figure", "start": 0, "end": 1, "message": "الرقم غير مذكور"}
    turn = Turn.answered(
        answer(
            claims=[
                {"text": "قتل 30", "citations": [], "support": "unsupported", "score": 0.0, "problems": [problem]},
            ],
            removed=[{"text": "مات عام 2014", "problems": [problem]}],
            rejected=[{"number": 9, "reason": "لا دليل رقمه 9"}],
            notices=[{"kind": "cut", "message": "انقطع الرد"}],
            translations=[{"number": 1, "text": "The minister visited Sochi today", "language": "en"}],
        )
    )
    page = form(turn, Turn.failed("متى؟", "تعطل النموذج"), language=language)
    found = Page(MarkdownIt().render(page) if form is markdown else page).words
    body = "\n".join(text for tag in ("h1", "h2", "h3", "p", "li", "blockquote") for text in found.get(tag, []))
    for words in (
        *("من زار سوتشي؟", "قتل 30", "الرقم غير مذكور", "مات عام 2014", "لا دليل رقمه 9", "انقطع الرد", "متى؟"),
        *("تعطل النموذج", "The minister visited Sochi today", "news/a.txt", "5" * 64, f"10–{10 + len(QUOTE)}"),
        *("عنوان", "سانا", "2015-11-27", "reader"),
    ):
        assert words in body, words
    assert WORDS["export.failed"][language] in body
    label = {"ar": "ترجمة آلية (الإنكليزية)", "en": "Machine translation (English)"}[language]
    assert body.index(label) < body.index("The minister visited")


def test_a_refusal_shows_the_nearest_sentences() -> None:
    item = {
        "number": 1,
        "article_id": "a1",
        "source": "b.txt",
        "sha256": "5" * 64,
        "start": 3,
        "end": 9,
        "text": "أقرب جملة",
        "dense": 0.1,
        "sentence": 0.2,
        "keyword": 0.3,
        "score": 0.4,
        "found_by": "both",
        "duplicates": [],
    }
    turn = Turn.answered(answer("", status="not_in_corpus", claims=[], evidence=[item], opening="لا يوجد"))
    assert "\n> أقرب جملة\n" in markdown(turn)
    assert Page(html(turn)).words["blockquote"] == ["أقرب جملة"]
    assert "b.txt" in html(turn)


def test_lines_of_a_quote_are_lines_of_a_block_quote() -> None:
    assert "\n> أ\n> ب\n> &#10;ج\n" in markdown(Turn.answered(answer("أ\nب\n\nج")))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("من زار سوتشي؟", "من زار سوتشي؟.md"),
        ("../../etc/passwd", "etc passwd.md"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie x.md"),
        ('"quoted" <b>', "quoted b.md"),
        ("\u202egpj.exe", "gpj.exe.md"),
        ("...", "isnad.md"),
        ("", "isnad.md"),
        ("\udc80", "isnad.md"),
    ],
)
def test_a_title_becomes_a_name_of_one_harmless_file(title: str, name: str) -> None:
    assert export.filename(title, ".md") == name


@given(st.text())
def test_the_header_of_a_download_is_ascii_and_gives_the_name_back(title: str) -> None:
    name, header = export.filename(title, ".html"), export.content_disposition(title, ".html")
    assert re.fullmatch(r"attachment; filename=\"[\x20-\x7e]+\"; filename\*=UTF-8''[A-Za-z0-9%._~-]+", header)
    assert unquote(header.split("''")[1]) == name
    assert len(name.encode()) <= 185
    assert not re.search(r'[/\\"\r\n\x00]', name.removesuffix(".html"))


def test_a_long_title_is_cut_between_letters() -> None:
    assert export.filename("ع" * 500, ".md") == "ع" * 90 + ".md"
