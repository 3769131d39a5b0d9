"""Drafts: what a model sends becomes spans of the source or whole sentences, and nothing else."""

from threading import Event as Cancel

import pytest
from builders import article, found, query, says
from hypothesis import given
from hypothesis import strategies as st

from rag.evidence import select
from rag.generators import Pointed, Refused, Written, point, reader
from rag.prompt import pointing_grammar
from rag.replies.writing import Cutter, writer
from rag.types import End, Prompt

TEXT = "استقبل الرئيس الروسي فلاديمير بوتين وزير الخارجية وليد المعلم في مدينة سوتشي. شارك 12 وفدًا في اللقاء."
EVIDENCE = select(found(article("مقدمة قصيرة. " + TEXT)), 3)


def marked(reply: str) -> str | None:
    draft = point(reply, EVIDENCE)
    return draft.marked.of(draft.evidence.article.text) if draft and draft.marked else None


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("الرئيس الروسي فلاديمير بوتين", "الرئيس الروسي فلاديمير بوتين"),
        ("مدينة سوتشي.", "مدينة سوتشي"),
        ("  12\nوفدًا", "12 وفدًا"),
        ("الرئيس السوري", None),
        ("الرئيس فلاديمير", None),
        ("سوتشي. شارك", None),
        ("١٢ وفدًا", None),
        ("none", None),
        ("", None),
    ],
)
def test_a_reply_points_only_at_words_that_stand_together_in_one_sentence(reply: str, words: str | None) -> None:
    assert marked(reply) == words


@pytest.mark.parametrize(
    ("sentence", "reply", "words"),
    [
        ("جرى الحديث عنه قبل أكثر من 3 سنوات في بيان جنيف.", "3 سنوات", "أكثر من 3 سنوات"),
        ("قُتل ما لا يقل عن 40 شخصًا.", "40 شخصًا.", "ما لا يقل عن 40 شخصًا"),
        ("More than 300 people came.", "300 people", "More than 300 people"),
        ("جاء من 3 مدن.", "3 مدن.", "3 مدن"),
    ],
)
def test_a_figure_keeps_the_words_that_qualify_it(sentence: str, reply: str, words: str) -> None:
    draft = point(reply, select(found(article(sentence)), 1))
    assert draft is not None
    assert draft.marked is not None
    assert draft.marked.of(sentence) == words


@given(st.text(alphabet="12 سوتشي.بن", max_size=12))
def test_what_is_pointed_at_is_always_inside_its_sentence(reply: str) -> None:
    draft = point(reply, EVIDENCE)
    if draft and draft.marked:
        assert draft.evidence.span.contains(draft.marked)
        assert draft.marked.start < draft.marked.end


def test_a_reader_that_says_none_refuses() -> None:
    drafts = list(reader(says("no", "ne"))(query("من؟"), EVIDENCE, Cancel()))
    assert drafts == [Refused(), End("stop")]


def test_a_reader_hands_on_the_span_and_the_end() -> None:
    pointed, end = reader(says("مدينة", " سوتشي."))(query("أين؟"), EVIDENCE, Cancel())
    assert isinstance(pointed, Pointed)
    assert end == End("stop")


def test_the_prompt_is_in_the_language_of_the_question_and_numbers_the_evidence() -> None:
    asked: list[Prompt] = []
    list(reader(says("none", prompts=asked))(query("Who?", "en"), EVIDENCE, Cancel()))
    list(writer(says("none", prompts=asked))(query("من؟"), EVIDENCE, Cancel()))
    assert asked[0].messages[0].content.startswith("Copy")
    assert all(item.text in asked[0].messages[-1].content for item in EVIDENCE)
    assert asked[1].messages[0].content.startswith("أجب")
    assert f"[2] {EVIDENCE[1].text}" in asked[1].messages[-1].content


def test_the_grammar_has_a_rule_for_each_word_and_escapes_quotation_marks() -> None:
    evidence = select(found(article('قال "نعم\\لا" أمس.')), 1)
    assert pointing_grammar(evidence) == "\n".join(
        [
            'root ::= "none" | s1w0 | s1w1 | s1w2',
            's1w0 ::= "قال" (" " s1w1)?',
            's1w1 ::= "\\"نعم\\\\لا\\"" (" " s1w2)?',
            's1w2 ::= "أمس."',
        ]
    )


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
