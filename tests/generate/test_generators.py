"""Drafts: what a reader or a writer proposes becomes spans of the source or whole sentences, and nothing else."""

from dataclasses import replace
from threading import Event as Cancel

import pytest
from builders import article, found, query, says
from hypothesis import given
from hypothesis import strategies as st

from rag.generate.generators import Refused, Written, marked_in, near
from rag.generate.writer import Cutter, writer
from rag.retrieve.evidence import select
from rag.types import End, Prompt, Reading, Span

TEXT = "استقبل الرئيس الروسي فلاديمير بوتين وزير الخارجية وليد المعلم في مدينة سوتشي. شارك 12 وفدًا في اللقاء."
EVIDENCE = select(found(article("مقدمة قصيرة. " + TEXT)), 3)


@given(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)))
def test_what_is_pointed_at_is_always_inside_its_sentence(start: int, end: int) -> None:
    span = Span(start, end) if start < end else None
    for item in EVIDENCE:
        reading = Reading(1.0, 1.0, span)
        marked = marked_in(replace(item, hit=replace(item.hit, reading=reading)))
        assert marked is None or (item.span.contains(marked) and marked.start < marked.end)
        assert (marked is None) == (span is None or not item.span.contains(span))


def test_what_lies_far_behind_the_best_is_not_near() -> None:
    read = [replace(item, bears=chance) for item, chance in zip(EVIDENCE, (0.6, 0.3, 0.29), strict=True)]
    assert near(read) == read[:2]
    scored = [replace(item, score=score) for item, score in zip(EVIDENCE, (1.0, 0.96, 0.95), strict=True)]
    assert near(scored) == scored[:2]


def test_the_prompt_is_in_the_language_of_the_question_and_numbers_the_evidence() -> None:
    asked: list[Prompt] = []
    list(writer(says("none", prompts=asked))(query("من؟"), EVIDENCE, Cancel()))
    assert asked[0].messages[0].content.startswith("أجب")
    assert f"[2] {EVIDENCE[1].text}" in asked[0].messages[-1].content


def pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("They met in Sochi. [1] He left. [2]", ["They met in Sochi. [1]", "He left. [2]"]),
        ("They met in Sochi [1]. He left [2].", ["They met in Sochi [1].", "He left [2]."]),
        ("It rose 4.5 percent [1]. Then it fell.", ["It rose 4.5 percent [1].", "Then it fell."]),
        ("التقيا في سوتشي [1]. ثم غادر [2].", ["التقيا في سوتشي [1].", "ثم غادر [2]."]),
        ("قال ذلك. [1][2] ثم غادر.", ["قال ذلك. [1][2]", "ثم غادر."]),
        ("[1] They met in Sochi. [2] He left.", ["[1] They met in Sochi.", "[2] He left."]),
        ("one line\nanother", ["one line", "another"]),
        ("", []),
    ],
)
def test_a_stream_is_cut_into_sentences_with_their_markers(reply: str, expected: list[str], size: int) -> None:
    cutter = Cutter()
    given = [sentence for piece in pieces(reply, size) for sentence in cutter.feed(piece)]
    assert [*given, *cutter.rest()] == expected


def test_a_sentence_is_handed_on_before_the_stream_ends() -> None:
    cutter = Cutter()
    assert list(cutter.feed("First one [1]. Sec")) == ["First one [1]."]
    assert list(cutter.feed("ond one [1].")) == []
    assert cutter.rest() == ["Second one [1]."]


def test_the_last_sentence_of_a_reply_that_was_cut_is_not_whole() -> None:
    drafts = list(writer(says("They met [1]. He did", finish="length"))(query("Who?", "en"), EVIDENCE, Cancel()))
    assert drafts == [Written("They met [1]."), Written("He did", whole=False), End("length")]


@pytest.mark.parametrize("reply", ["None.", "none [1]", "**none**", "None.\nThe sentences do not answer it."])
def test_a_writer_that_says_none_refuses(reply: str) -> None:
    assert list(writer(says(reply))(query("Who?", "en"), EVIDENCE, Cancel())) == [Refused(), End("stop")]
