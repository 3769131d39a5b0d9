"""Question sets of three forms: what is read, and that a wrong one is refused with its line and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from eval_corpus import FILES

from eval.sets import BadSet, Gold, QuestionSet, read_beir, read_jsonl, read_set, read_squad, set_format, without
from rag.types import Span

TEXTS = {source: [text] for source, text in FILES.items()}


def jsonl(tmp_path: Path, *lines: dict[str, Any] | str) -> Path:
    path = tmp_path / "set.jsonl"
    text = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def line(**fields: Any) -> dict[str, Any]:
    return {"id": "q1", "question": "كم ضيف حضر؟", "accepted": ["300 ضيف"]} | fields


def test_our_own_form_is_read_with_quotes_and_spans(tmp_path: Path) -> None:
    at = FILES["library.txt"].index("300 ضيف")
    places = [
        {"file": "library.txt", "quote": "300 ضيف"},
        {"file": "library.txt", "start": at, "end": at + 7},
        {"file": "port.txt"},
    ]
    path = jsonl(tmp_path, line(evidence=places, tags=["count"]), "", line(id=2, answerable=False, accepted=[]))
    read = read_jsonl(path, TEXTS)
    first, second = read.questions
    assert first.gold == (Gold("library.txt", Span(at, at + 7)), Gold("port.txt"))
    assert (first.language, first.answerable, first.tags) == ("ar", True, ("count",))
    assert (second.id, second.answerable, second.gold) == ("2", False, ())


def test_a_quote_that_stands_twice_answers_at_both_places(tmp_path: Path) -> None:
    path = jsonl(tmp_path, line(evidence=[{"file": "a.txt", "quote": "نعم"}]))
    read = read_jsonl(path, {"a.txt": ["نعم ثم نعم"]})
    assert [one.span for one in read.questions[0].gold] == [(0, 3), (7, 10)]


def test_the_seed_questions_are_such_a_set() -> None:
    seeds = Path(__file__).parents[2] / "seeds"
    texts = {path.name: [path.read_bytes().decode()] for path in seeds.glob("*.txt")}
    read = read_jsonl(seeds / "questions.jsonl", texts)
    assert len(read.questions) == 64
    assert sum(one.answerable for one in read.questions) == 48


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (line(evidence=[{"file": "library.txt", "quote": "301 ضيف"}]), "does not contain '301 ضيف'"),
        (line(evidence=[{"file": "libary.txt"}]), "no file 'libary.txt' → did you mean library.txt"),
        (line(evidence=[{"file": "library.txt", "start": 0, "end": 10_000}]), "no such span"),
        (line(evidence=[{"file": "library.txt", "start": 5, "end": 5}]), "no such span"),
        (line(evidence=[{"file": "library.txt", "start": 0, "end": 3, "quote": "xyz"}]), "has other words at"),
        (line(evidence=[{"file": "library.txt", "start": 0}]), "needs start and end"),
        (line(evidence=[{"file": "library.txt", "quotes": "x"}]), "evidence.0.quotes"),
        (line(question="  "), "question"),
        (line(question=7), "question"),
        (line(language="fr"), "language"),
        (line(answerable="yes"), "answerable"),
        (line(accepted=[], answerable=True), "it is answerable but has no answer"),
        (line(accepted=[]), "is not marked as unanswerable"),
        (line(answerable=False), "not answerable but has an answer"),
        (line(draft=True), "still a draft"),
        ({"id": "q1", "question": "?", "acepted": ["x"]}, "no field 'acepted' → did you mean accepted"),
        ("{", "invalid JSON"),
        ("[" * 100_000, "invalid JSON"),
        ("[]", "not a JSON object"),
        (line(id="same"), "'same' occurs twice"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_reason(
    tmp_path: Path, wrong: dict[str, Any] | str, reason: str
) -> None:
    path = jsonl(tmp_path, line(id="same"), wrong)
    with pytest.raises(BadSet) as told:
        read_jsonl(path, TEXTS)
    assert reason in str(told.value)
    assert f"{path}:2" in str(told.value)


def test_fields_of_other_names_are_named_and_pass(tmp_path: Path) -> None:
    assert read_jsonl(jsonl(tmp_path, line(author="me")), TEXTS).ignored == ("author",)


def test_an_empty_set_and_one_that_is_not_there_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(BadSet, match="no questions"):
        read_jsonl(tmp_path / "empty.jsonl", TEXTS)
    with pytest.raises(BadSet, match="no such file"):
        read_jsonl(tmp_path / "none.jsonl", TEXTS)
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSet, match="UTF-8"):
        read_jsonl(tmp_path / "latin.jsonl", TEXTS)


ARABIC, ENGLISH = "افتتح الوزير المكتبة. حضر 300 ضيف.", "The minister opened the library. 300 guests came."


def squad(path: Path, *paragraphs: tuple[str, list[dict[str, Any]]], title: str = "t") -> Path:
    content = {
        "version": "1",
        "data": [{"title": title, "paragraphs": [{"context": c, "qas": q} for c, q in paragraphs]}],
    }
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def qa(name: str, question: str, context: str, answer: str | None, shift: int = 0) -> dict[str, Any]:
    answers = [] if answer is None else [{"text": answer, "answer_start": context.index(answer) + shift}]
    return {"id": name, "question": question, "answers": answers}


def test_squad_brings_its_paragraphs_and_where_the_answers_stand(tmp_path: Path) -> None:
    asked = [qa("1", "كم ضيفا حضر؟", ARABIC, "300 ضيف"), {**qa("2", "من غاب؟", ARABIC, None), "is_impossible": True}]
    read = read_squad(squad(tmp_path / "x.json", (ARABIC, asked)))
    assert [text.text for text in read.texts] == [ARABIC]
    first, second = read.questions
    (place,) = first.gold
    assert place.span is not None
    assert place.span.of(ARABIC) == "300 ضيف"
    assert (second.answerable, second.gold, second.accepted) == (False, (), ())


def test_an_offset_that_counts_from_elsewhere_is_moved_to_the_nearest_place_with_the_words(tmp_path: Path) -> None:
    twice = "حضر 300 ضيف ثم غادر 300  ضيف."
    for shift, answer, words in ((2, "300", "300"), (14, "300", "300"), (18, "300 ضيف", "300  ضيف")):
        asked = {"id": "1", "question": "كم؟", "answers": [{"text": answer, "answer_start": shift}]}
        (place,) = read_squad(squad(tmp_path / "x.json", (twice, [asked]))).questions[0].gold
        assert place.span is not None
        assert place.span.of(twice) == words
        assert place.span.start == (4 if shift == 2 else 20)


def test_an_offset_below_zero_counts_from_elsewhere_too(tmp_path: Path) -> None:
    context = "حضر 300 ضيف"
    read = read_squad(squad(tmp_path / "x.json", (context, [qa("1", "كم؟", context, "300", shift=-len(context))])))
    (place,) = read.questions[0].gold
    assert place.span == Span(4, 7)


def test_english_questions_over_a_parallel_arabic_file_find_the_arabic_places(tmp_path: Path) -> None:
    english = squad(tmp_path / "en.json", (ENGLISH, [qa("1", "How many guests came?", ENGLISH, "300 guests")]))
    arabic = squad(tmp_path / "ar.json", (ARABIC, [qa("1", "كم ضيفا حضر؟", ARABIC, "300 ضيف")]))
    read = read_squad(english, arabic)
    (question,) = read.questions
    assert [text.text for text in read.texts] == [ARABIC]
    assert question.language == "en"
    assert question.accepted == ("300 guests", "300 ضيف")
    assert question.gold[0].span == (ARABIC.index("300"), ARABIC.index("300") + 7)
    with pytest.raises(BadSet, match="9 is not in"):
        read_squad(squad(tmp_path / "other.json", (ENGLISH, [qa("9", "Who?", ENGLISH, "300 guests")])), arabic)


def test_a_paragraph_that_begins_another_of_its_title_answers_too_and_both_are_taken_out_together(
    tmp_path: Path,
) -> None:
    longer = f"{ARABIC} ثم غادر الجميع."
    path = squad(tmp_path / "x.json", (ARABIC, [qa("1", "كم ضيفا حضر؟", ARABIC, "300 ضيف")]), (longer, []))
    read = read_squad(path)
    assert len({one.source for one in read.questions[0].gold}) == 2
    assert len({text.family for text in read.texts}) == 1


def in_squad(*questions: dict[str, Any]) -> str:
    """A file with these questions, all of one id, about the context ``c``."""
    qas = [{"id": 1, "question": "q", **question} for question in questions]
    return json.dumps({"data": [{"paragraphs": [{"context": "c", "qas": qas}]}]})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[]", "no list `data`"),
        ('{"data": [{}]}', "no list `paragraphs`"),
        ('{"data": [{"paragraphs": [{"qas": []}]}]}', "no `context`"),
        ('{"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "1"}]}]}]}', "the question is missing"),
        ('{"data": [{"paragraphs": [{"context": "c", "qas": [{"question": "q"}]}]}]}', "no id"),
        (
            '{"data": [{"paragraphs": [{"context": "c", "qas": [{"id": 1, "question": "q", "answers": '
            '[{"text": "x", "answer_start": 0}]}]}]}]}',
            "is not in its context",
        ),
        (in_squad({"answers": {"text": ["c"], "answer_start": [0]}}), r"qas\[0\]: `answers` is not a list of objects"),
        (in_squad({"answers": ["c"]}), "not a list of objects"),
        (in_squad({"answers": []}), r"qas\[0\]: it has no answer and is not marked as impossible"),
        (in_squad({"is_impossible": True, "answers": [{"text": "c", "answer_start": 0}]}), "is impossible but has an"),
        (in_squad({"is_impossible": "false", "answers": []}), "neither true nor false"),
        (in_squad({"is_impossible": True}, {"is_impossible": True}), r"qas\[1\]: the id '1' occurs twice, first at"),
        ("nothing", "invalid JSON"),
        ('{"data": []}', "no questions"),
    ],
)
def test_a_wrong_squad_file_is_refused_with_its_place(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(BadSet, match=reason):
        read_squad(tmp_path / "x.json")


def beir(folder: Path, qrels: str = "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td/2\t0\n") -> Path:
    (folder / "qrels").mkdir()
    documents = [{"_id": "d1", "title": "Library", "text": ARABIC}, {"_id": "d/2", "text": ENGLISH}]
    queries = [{"_id": "q1", "text": "كم ضيفا حضر؟"}, {"_id": "q2", "text": "never judged"}]
    for name, rows in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "qrels" / "test.tsv").write_text(qrels)
    return folder


def test_beir_brings_documents_queries_and_grades(tmp_path: Path) -> None:
    read = read_beir(beir(tmp_path))
    (question,) = read.questions
    assert [text.text for text in read.texts] == [f"Library\n\n{ARABIC}", ENGLISH]
    assert question.gold == (Gold("set/d1.txt", None, 2),)
    assert set(read.names.values()) == {"d1", "d/2"}
    assert all("/" not in text.source.removeprefix("set/") for text in read.texts)


def test_trec_judgements_of_four_columns_are_read_too(tmp_path: Path) -> None:
    (question,) = read_beir(beir(tmp_path, "q1 0 d1 1\n")).questions
    assert question.gold == (Gold("set/d1.txt", None, 1),)


@pytest.mark.parametrize(
    ("qrels", "reason"),
    [
        ("q1 0 d9 1\n", "no document 'd9'"),
        ("q9 0 d1 1\n", "no query 'q9'"),
        ("q1 d1 x 1 2\n", "columns"),
        ("a\tb\tc\nq1\td1\tgood", "not a grade"),
        ("q1\td1\t1.0", "'1.0' is not a grade"),
        ("q1\td1\t1\nq1\td1\t0", "'d1' has two different judgements"),
    ],
)
def test_a_wrong_judgement_is_refused_with_its_line(tmp_path: Path, qrels: str, reason: str) -> None:
    with pytest.raises(BadSet, match=reason) as told:
        read_beir(beir(tmp_path, qrels))
    assert f"test.tsv:{qrels.rstrip().count(chr(10)) + 1}" in str(told.value)


def test_a_document_twice_an_empty_one_and_missing_files_are_refused(tmp_path: Path) -> None:
    folder = beir(tmp_path)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "text": "x"}\n{"_id": "d1", "text": "y"}\n')
    with pytest.raises(BadSet, match=r"corpus.jsonl:2.*twice"):
        read_beir(folder)
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "text": ""}\n')
    with pytest.raises(BadSet, match="empty"):
        read_beir(folder)
    (folder / "queries.jsonl").unlink()
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "text": "x"}\n')
    with pytest.raises(BadSet, match=r"queries.jsonl.*no such file"):
        read_beir(folder)


def test_the_form_is_known_by_the_name_unless_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("")
    assert set_format(tmp_path) == "beir"
    assert set_format(Path("a.jsonl")) == "jsonl"
    assert set_format(Path("a.json")) == "squad"
    assert set_format(tmp_path / "x.txt", "squad") == "squad"
    with pytest.raises(BadSet, match="does not show its format"):
        set_format(tmp_path / "x.txt")
    with pytest.raises(BadSet, match="no format 'csv'"):
        set_format(Path("a.json"), "csv")
    with pytest.raises(BadSet, match="parallel"):
        read_set(Path("a.jsonl"), "jsonl", dict, texts=Path("b.json"))


def test_what_is_taken_out_is_not_answerable_any_more_and_the_rest_stays(tmp_path: Path) -> None:
    texts = [" ".join(f"{chr(0x627 + number % 26)}{number}{word}" for word in "أبتث") for number in range(40)]
    paragraphs = [(text, [qa(str(number), "كم؟", text, text.split()[0])]) for number, text in enumerate(texts)]
    read = read_squad(squad(tmp_path / "x.json", *paragraphs))
    half = without(read, 0.5)
    kept = {text.source for text in half.texts}
    assert 10 < len(kept) < 30
    for question, whole in zip(half.questions, read.questions, strict=True):
        assert question.answerable == (whole.gold[0].source in kept)
        assert question.gold == (whole.gold if question.answerable else ())
    assert without(read, 0.5) == half
    assert without(read, 0) is read


def test_nothing_is_taken_out_of_a_users_own_corpus() -> None:
    with pytest.raises(BadSet, match="includes no texts"):
        without(QuestionSet("own", "0", (*read_seed_question(),)), 0.5)


def read_seed_question() -> tuple[Any, ...]:
    from eval_corpus import QUESTIONS

    return QUESTIONS.questions
