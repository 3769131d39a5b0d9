"""A run from the first question to the report: what is written, what goes on after a kill, what each fault moves."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ir_measures
import pytest
from eval_corpus import FILES, POLICY, QUESTIONS, Answering, ByWords, small_corpus
from ir_measures import R

from eval.compare import failures
from eval.records import read_records
from eval.run import RECORDS, REPORT, Options, read_report, run
from eval.sets import Question, QuestionSet
from rag.corpus import Corpus
from rag.errors import BadInput, CorpusBusy
from rag.generate.answer import Answerer
from rag.retrieve.abstention import Policy
from rag.store.locks import writer_lock
from rag.text.names import OwnNames
from rag.types import Answer, ShortAnswer, Span


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path) as opened:
        yield opened


def by_words(corpus: Corpus) -> ByWords:
    """The index under the corpus, whose order a test may spoil."""
    search = corpus._search
    assert isinstance(search, ByWords)
    return search


def report_of(corpus: Corpus, out: Path, of: QuestionSet = QUESTIONS, **options: Any) -> dict[str, Any]:
    return run(of, corpus, out, Options(**options))


def mean(report: dict[str, Any], group: str, name: str) -> float | None:
    return report[group][name]["mean"]


def test_a_perfect_system_gets_perfect_figures(corpus: Corpus, tmp_path: Path) -> None:
    report = report_of(corpus, tmp_path / "out")
    for group, name, value in [
        ("retrieval", "recall@1", 1.0),
        ("retrieval", "span_recall@1", 1.0),
        ("retrieval", "article_mrr@5", 1.0),
        ("answers", "contains", 1.0),
        ("answers", "language", 1.0),
        ("answers", "exact_match", 0.0),
        ("citations", "quote_validity", 1.0),
        ("citations", "gold_precision", 1.0),
        ("citations", "gold_recall", 1.0),
        ("citations", "recall/lexical", 1.0),
        ("abstention", "false_answers", 0.0),
        ("abstention", "false_refusals", 0.0),
        ("abstention", "clear_false_answers", 0.0),
        ("abstention", "unclear", 0.0),
        ("abstention", "auc", 1.0),
        ("abstention", "wrong", 0.0),
    ]:
        assert mean(report, group, name) == value, name
    assert report["retrieval"]["recall@1"]["n"] == 12
    assert report["abstention"]["false_answers"]["n"] == 2
    assert report["by"]["tag"]["count"]["questions"] == {"n": 1, "answerable": 1}
    assert report["by"]["language"]["ar"]["questions"] == {"n": 14, "answerable": 12}


def test_every_measure_has_mean_low_high_and_n(corpus: Corpus, tmp_path: Path) -> None:
    report = read_report(tmp_path / "out") if report_of(corpus, tmp_path / "out") else {}
    for group in ("retrieval", "answers", "citations", "abstention", "cost"):
        for name, value in report[group].items():
            assert value.keys() == {"mean", "low", "high", "n"}, name
            if value["mean"] is not None and value["low"] is not None:
                assert value["low"] <= value["mean"] <= value["high"], name
    assert "NaN" not in (tmp_path / "out" / REPORT).read_text()


def test_the_run_file_gives_trec_eval_the_same_recall(corpus: Corpus, tmp_path: Path) -> None:
    report = report_of(corpus, tmp_path / "out", retrieval_only=True)
    run_file = list(ir_measures.read_trec_run(str(tmp_path / "out" / "run.trec")))
    qrels = list(ir_measures.read_trec_qrels(str(tmp_path / "out" / "qrels.trec")))
    assert ir_measures.calc_aggregate([R @ 1], qrels, run_file)[R @ 1] == mean(report, "retrieval", "article_recall@1")


def test_a_search_only_asks_no_generator(corpus: Corpus, tmp_path: Path) -> None:
    corpus.answerer = Answering(Answerer(corpus.search, policy=POLICY), lambda answer: 1 / 0)  # type: ignore[assignment]
    report = report_of(corpus, tmp_path / "out", retrieval_only=True)
    assert report["answers"] == report["citations"] == {}
    assert mean(report, "abstention", "false_answers") == 0.0
    assert report["run"]["generator"] == "retrieval only"


@pytest.mark.parametrize("retrieval_only", [True, False], ids=["searched", "answered"])
def test_what_is_told_as_no_clear_answer_is_counted_apart(corpus: Corpus, tmp_path: Path, retrieval_only: bool) -> None:
    corpus.answerer = Answerer(corpus.search, policy=replace(POLICY, clear_score={"ar": 2.0}))
    near_miss = Question("q7", "متى وصلت السفينة إلى ميناء طنطا؟", "ar", False)
    of = replace(QUESTIONS, questions=(*QUESTIONS.questions, near_miss))
    report = report_of(corpus, tmp_path / "out", of, retrieval_only=retrieval_only)
    assert mean(report, "abstention", "false_answers") == pytest.approx(1 / 3, abs=1e-5)
    assert mean(report, "abstention", "wrong") == pytest.approx(1 / 15, abs=1e-5)
    for name, value in {"clear_false_answers": 0.0, "unclear": 1.0, "clear_wrong": 0.0}.items():
        assert mean(report, "abstention", name) == value, name


def test_a_run_that_was_killed_in_a_line_goes_on_behind_the_last_whole_one(corpus: Corpus, tmp_path: Path) -> None:
    out = tmp_path / "out"
    whole = report_of(corpus, out)
    lines = (out / RECORDS).read_bytes().split(b"\n")
    (out / RECORDS).write_bytes(b"\n".join(lines[:3]) + b"\n" + lines[3][:40])
    asked: list[str] = []
    search = corpus.search
    corpus.search = lambda query: asked.append(query.question) or search(query)  # type: ignore[func-returns-value]
    again = report_of(corpus, out)
    assert len(asked) == len(QUESTIONS.questions) - 3
    assert [one.id for one in read_records(out / RECORDS)] == [one.id for one in QUESTIONS.questions]
    assert again["questions"].keys() == whole["questions"].keys()
    assert again["retrieval"] == whole["retrieval"]


def test_a_folder_of_another_run_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    report_of(corpus, tmp_path / "out")
    with pytest.raises(BadInput, match="other conditions"):
        report_of(corpus, tmp_path / "out", retrieval_only=True)
    fewer = replace(QUESTIONS, questions=QUESTIONS.questions[:2])
    with pytest.raises(BadInput, match="questions_sha256"):
        report_of(corpus, tmp_path / "out", fewer)
    for foreign in ("[]", "{"):
        (tmp_path / "out" / "run.json").write_text(foreign)
        with pytest.raises(BadInput, match=r"run\.json is not one of Isnad"):
            report_of(corpus, tmp_path / "out")


def test_a_run_says_which_names_of_the_users_own_it_knew(corpus: Corpus, tmp_path: Path) -> None:
    report_of(corpus, tmp_path / "out")
    corpus.names = OwnNames.of([("شي جين بينغ", "Xi Jinping")], sha256="f" * 64)
    assert report_of(corpus, tmp_path / "other")["run"]["names_sha256"] == "f" * 64
    with pytest.raises(BadInput, match="names_sha256"):
        report_of(corpus, tmp_path / "out")


def test_no_key_is_written_down(corpus: Corpus, tmp_path: Path) -> None:
    corpus.settings = corpus.settings.model_copy(update={"llm_key": "hush-hush", "token": "hush-hush"})
    report_of(corpus, tmp_path / "out")
    assert all(b"hush-hush" not in path.read_bytes() for path in (tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    "questions",
    [
        (Question("q", "ما سعر النفط؟", "ar", False),),
        (QUESTIONS.questions[0],),
        (Question("q", "zzz?", "en", True, ("x",)),),
        QUESTIONS.questions[:12],
        QUESTIONS.questions[12:],
    ],
    ids=["one, not answerable", "one, answerable", "no hits and no gold", "all answerable", "none answerable"],
)
@pytest.mark.parametrize("retrieval_only", [True, False])
def test_degenerate_sets_give_numbers_or_none(
    corpus: Corpus, tmp_path: Path, questions: tuple[Question, ...], retrieval_only: bool
) -> None:
    report = report_of(corpus, tmp_path / "out", replace(QUESTIONS, questions=questions), retrieval_only=retrieval_only)
    text = json.dumps(report, allow_nan=False)
    assert text
    assert report["set"]["questions"] == len(questions)


def test_a_search_without_gold_places_is_held_against_the_accepted_answers(corpus: Corpus, tmp_path: Path) -> None:
    known = QUESTIONS.questions[0]
    told, untold = replace(known, id="told", gold=()), replace(known, id="untold", gold=(), accepted=("zzz",))
    questions = replace(QUESTIONS, questions=(known, told, untold))
    found = report_of(corpus, tmp_path / "out", questions, retrieval_only=True)
    assert [found["questions"][one.id]["abstention.wrong"] for one in questions.questions] == [0.0, 0.0, 1.0]


def test_all_scores_equal_gives_an_area_of_one_half(corpus: Corpus, tmp_path: Path) -> None:
    search = by_words(corpus)
    corpus.search = lambda query: search.found([(0.5, passage) for passage in search._passages])
    report = report_of(corpus, tmp_path / "out", retrieval_only=True)
    assert mean(report, "abstention", "auc") == 0.5


Fault = Callable[[Corpus], None]


def noise(corpus: Corpus) -> None:
    corpus.search = by_words(corpus).worst


def wrong_sentences(corpus: Corpus) -> None:
    corpus.answerer = Answerer(by_words(corpus).worst, policy=POLICY)


def never_refuses(corpus: Corpus) -> None:
    search = by_words(corpus)
    corpus.answerer = Answerer(
        lambda query: search(query) if search(query).hits else search.worst(query),
        policy=Policy(evidence_sentences=1),
    )


def altered(corpus: Corpus, alter: Callable[[Answer], Answer]) -> None:
    corpus.answerer = Answering(Answerer(corpus.search, policy=POLICY), alter)  # type: ignore[assignment]


def said(answer: Answer, change: Callable[[str], str]) -> Answer:
    return replace(answer, claims=tuple(replace(claim, text=change(claim.text)) for claim in answer.claims))


def wrong_language(corpus: Corpus) -> None:
    altered(corpus, lambda answer: said(answer, lambda text: f"The archive says the following about it: {text}"))


def altered_figure(corpus: Corpus) -> None:
    altered(corpus, lambda answer: said(answer, lambda text: re.sub(r"\d{3}", "999", text)))


def altered_file(corpus: Corpus) -> None:
    path = Path(corpus.catalog.roots("archive").named) / "library.txt"
    path.write_text(FILES["library.txt"].replace("300", "200"), encoding="utf-8")


def marked(answer: Answer) -> Answer:
    """The first letters of each quote marked: they stand in the other quotes too."""
    marks = (replace(one, marked=Span(one.span.start, one.span.start + 2)) for one in answer.citations)
    return replace(answer, citations=tuple(marks))


def test_words_that_are_marked_in_a_quote_are_not_taken_for_the_answers_own(corpus: Corpus, tmp_path: Path) -> None:
    several = Policy(evidence_sentences=3)
    corpus.answerer = Answering(Answerer(corpus.search, policy=several), marked)  # type: ignore[assignment]
    report_of(corpus, tmp_path / "out")
    claims = [claim for one in read_records(tmp_path / "out" / RECORDS) if one.answer for claim in one.answer.claims]
    assert len(claims) >= 12
    assert {len(re.findall(r"\w+", claim.own)) for claim in claims} <= {1, 2}, {claim.own for claim in claims}


def pointed(answer: Answer) -> Answer:
    """The first letter of the last quote is the short answer."""
    if not answer.citations:
        return answer
    last = answer.citations[-1]
    return replace(
        answer,
        short=(ShortAnswer(last, Span(last.span.start, last.span.start + 1), 0.5),),
        probability=0.25,
    )


def test_the_short_answer_is_what_is_held_against_the_accepted_ones(corpus: Corpus, tmp_path: Path) -> None:
    altered(corpus, pointed)
    report_of(corpus, tmp_path / "out")
    told = [one.answer for one in read_records(tmp_path / "out" / RECORDS) if one.answer and one.answer.citations]
    assert len(told) >= 12
    assert [one.short for one in told] == [one.citations[-1].quote[0] for one in told]
    assert {one.probability for one in told} == {0.25}


@pytest.mark.parametrize(
    ("fault", "found_by"),
    [
        (noise, "retrieval.recall@1"),
        (wrong_sentences, "citations.gold_precision"),
        (wrong_sentences, "answers.contains"),
        (never_refuses, "abstention.false_answers"),
        (wrong_language, "answers.language"),
        (altered_figure, "citations.recall/lexical"),
        (altered_figure, "answers.contains"),
        (altered_file, "citations.quote_validity"),
    ],
)
def test_a_planted_fault_is_found_by_its_measure_and_stopped_by_the_gate(
    corpus: Corpus, tmp_path: Path, fault: Fault, found_by: str
) -> None:
    before = report_of(corpus, tmp_path / "before")
    assert failures(before, {}, before) == []
    fault(corpus)
    after = report_of(corpus, tmp_path / "after")
    group, _, name = found_by.partition(".")
    assert mean(after, group, name) != mean(before, group, name)
    assert found_by in {failure.name for failure in failures(after, {}, before)}


def test_a_question_that_cannot_be_asked_is_told_before_any_is_asked(corpus: Corpus, tmp_path: Path) -> None:
    bad = replace(QUESTIONS, questions=(*QUESTIONS.questions, Question("long", "س" * 3000, "ar", False)))
    with pytest.raises(BadInput, match=r"'long': .*3000 characters"):
        report_of(corpus, tmp_path / "out", bad)
    assert not (tmp_path / "out" / RECORDS).exists()


def test_a_second_run_into_the_same_folder_is_refused_at_once(corpus: Corpus, tmp_path: Path) -> None:
    with writer_lock(tmp_path / "out", "run"), pytest.raises(CorpusBusy, match="is writing to this run"):
        report_of(corpus, tmp_path / "out")
    assert report_of(corpus, tmp_path / "out")["questions"]
