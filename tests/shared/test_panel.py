"""The panel of a source: cut into segments, it is the article, and the marked ones are the cited slice."""

from __future__ import annotations

from builders import article
from hypothesis import given
from hypothesis import strategies as st

from rag.types import Span
from ui.shared.source_view import lines, reference

texts = st.text(st.sampled_from("اب \n\r\tَ👍\u202e\u2028<"), max_size=60)
spans = st.tuples(st.integers(0, 70), st.integers(0, 70)).map(lambda pair: Span(*sorted(pair)))


@given(texts, st.none() | spans, st.none() | spans, st.lists(spans, max_size=4))
def test_the_segments_are_the_text_whatever_is_cited(
    text: str, cited: Span | None, words: Span | None, also: list[Span]
) -> None:
    shown = lines(text, cited, words, also)
    assert "".join(segment.text for line in shown for segment in line) == text
    assert all(segment.text for line in shown for segment in line)
    assert all("\n" not in "".join(segment.text for segment in line)[:-1] for line in shown)


@given(texts, spans, st.data())
def test_the_marked_segments_are_the_cited_slice(text: str, cited: Span, data: st.DataObject) -> None:
    first = data.draw(st.integers(cited.start, cited.end))
    words = Span(first, data.draw(st.integers(first, cited.end)))
    also = data.draw(st.lists(spans, max_size=3))
    shown = [segment for line in lines(text, cited, words, also) for segment in line]
    assert "".join(one.text for one in shown if one.kind in {"cited", "words"}) == cited.of(text)
    assert "".join(one.text for one in shown if one.kind == "words") == words.of(text)


@given(texts, st.lists(spans, max_size=4))
def test_other_citations_cover_exactly_their_slices(text: str, also: list[Span]) -> None:
    covered = {at for span in also for at in range(span.start, span.end)}
    shown = [segment for line in lines(text, None, None, also) for segment in line]
    assert "".join(one.text for one in shown if one.kind == "also") == "".join(
        character for at, character in enumerate(text) if at in covered
    )


def test_a_quote_over_two_lines_is_marked_in_both() -> None:
    assert lines("أ ب\nج د", Span(2, 5)) == [[("أ ", ""), ("ب\n", "cited")], [("ج", "cited"), (" د", "")]]


def test_a_quote_with_its_reference_names_all_that_finds_it_again() -> None:
    one = article("زار المعلم سوتشي.", source="أخبار/1.txt", outlet="سانا", title="زيارة")
    said = reference(one, Span(4, 10), "ar")
    assert said.startswith("«المعلم»\n")
    for part in ("سانا", "زيارة", "أخبار/1.txt", "4–10", one.sha256):
        assert part in said
