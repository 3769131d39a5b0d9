"""Text in HTML: what a browser reads out of it is that text, whatever is in it, and Markdown takes none of it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.types import Span
from ui.shared.html import CONTROLS, exact, isolated, marked, plain, replaced, underlined

TRICKS = [
    "<script>alert(1)</script>",
    "&amp;&#x3C;b>",
    '" onmouseover="x',
    "\n\n# عنوان\n\n- [x](javascript:x)",
    "`code` **b** $$x$$ \\(y\\)",
    "\u202eمقلوب\u2066",
    "وَزِيرٌ 👩‍👩‍👧 ‏٣٠٠",
    "a\r\nb\tc\u2028de",
    "]]></div><!--",
]
texts = st.one_of(
    st.sampled_from(TRICKS),
    st.text(st.sampled_from("اب <>&\"'`\n\r\t$#*[]()\\\u202e\u2069\u0651👍"), max_size=30),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
)


class Read(HTMLParser):
    """The text of a piece of HTML, its tags, and the text inside each kind of tag."""

    def __init__(self, shown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.inside = "", [], {}
        self._open: list[str] = []
        self.feed(shown)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag in set(self._open):
            self.inside[tag] = self.inside.get(tag, "") + data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")


def through_the_chat(shown: str) -> str:
    return MarkdownIt("commonmark", {"html": True}).render(f"<div>{shown}</div>").removesuffix("\n")


def without_controls(text: str) -> str:
    return CONTROLS.sub("", text)


@given(texts)
def test_the_words_of_a_source_are_read_to_the_letter(text: str) -> None:
    read = Read(exact(text))
    assert read.text == text
    assert {tag for tag, _ in read.tags} <= {"bdi"}


@given(texts)
def test_each_bidi_control_of_a_source_stands_alone_in_an_isolate(text: str) -> None:
    read = Read(exact(text))
    assert read.inside.get("bdi", "") == "".join(CONTROLS.findall(text))


@given(texts)
def test_words_of_a_model_lose_their_bidi_controls_and_nothing_else(text: str) -> None:
    read = Read(plain(text))
    assert (read.text, read.tags) == (without_controls(text), [])


@given(texts, st.integers(0, 30), st.integers(0, 30))
def test_the_mark_holds_its_span(text: str, start: int, length: int) -> None:
    span = Span(min(start, len(text)), min(start + length, len(text)))
    read = Read(marked(text, span))
    assert read.text == text
    assert read.inside.get("mark", "") == span.of(text)


@given(texts, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))))
def test_what_is_underlined_is_what_the_spans_cover(text: str, pairs: list[tuple[int, int]]) -> None:
    spans = [Span(*pair) for pair in pairs]
    read = Read(underlined(text, spans))
    covered = {at for start, end in spans if end <= len(text) for at in range(start, end)}
    assert read.text == without_controls(text)
    assert read.inside.get("span", "") == without_controls("".join(c for at, c in enumerate(text) if at in covered))


@given(texts, st.lists(texts, max_size=3))
def test_pieces_are_shown_for_themselves_and_the_text_around_them_as_it_is(text: str, names: list[str]) -> None:
    read = Read(replaced(text + "".join(names), {name: isolated(name) for name in names}))
    assert without_controls(read.text) == without_controls(text + "".join(names))


@given(texts)
def test_markdown_passes_the_html_through_unchanged(text: str) -> None:
    for shown in (exact(text), plain(text), isolated(text), underlined(text, [Span(0, 2)]), marked(text, Span(0, 0))):
        assert not set("\n\r") & set(shown)
        assert through_the_chat(shown) == f"<div>{shown}</div>"


def test_the_longest_piece_is_taken_first() -> None:
    assert replaced("«سانا تنفي»", {"سانا": "<i>", "«سانا تنفي»": "<q>"}) == "<q>"


@pytest.mark.parametrize("text", ["نافذة", "سنا", "دنانير", "نَا", "ناً", "2نا"])
def test_a_short_name_inside_a_word_is_left_where_it_is(text: str) -> None:
    assert replaced(text, {"نا": "<bdi>نا</bdi>"}) == text


@pytest.mark.parametrize("text", ["{}", "قالت {} أمس", "«{}»", "({}): نعم", "{}،"])
def test_a_name_between_signs_or_spaces_is_isolated(text: str) -> None:
    assert replaced(text.format("نا"), {"نا": "<bdi>نا</bdi>"}) == text.format("<bdi>نا</bdi>")


def test_a_name_that_begins_and_ends_with_a_sign_needs_no_space_around_it() -> None:
    assert replaced("و«نا»ثم", {"«نا»": "<q>"}) == "و<q>ثم"


@pytest.mark.parametrize("text", ["\x00", "\x1b[31m", "\x7f", "\ud83d"])
def test_what_html_cannot_hold_shows_as_a_replacement_character(text: str) -> None:
    assert exact(text)[0] == "\N{REPLACEMENT CHARACTER}"
    exact(text).encode()


def test_a_mark_of_nothing_is_no_mark() -> None:
    assert marked("سوتشي", None) == "سوتشي"
