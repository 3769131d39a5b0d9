"""A reader's word on an answer: which line of a question set it becomes, and that the set can be run."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from builders import article, points

from eval.sets import read_jsonl
from rag.errors import BadInput
from rag.generate.answer import Answerer
from rag.types import Found, Hit, Passage, Query, Span
from ui.shared.history import DRAFTS, MOST_RIGHT, REPORTS, Reports, ReportsUnusable, Turn
from ui.shared.schemas import AnswerDocument

SOCHI = article("زار وفد من 12 وزيرا مدينة سوتشي أمس.")


def turn(question: str = "كم وزيرا زار سوتشي؟", *, found: bool = True) -> Turn:
    span = Span(0, len(SOCHI.text))
    passage = Passage("p", SOCHI.id, SOCHI.sha256, span, (span,), SOCHI.text)
    hits = (Hit(passage, span, 0.9, 0.9, 0.5, 0.9, "both", (), (0.9,), (1.0,)),) if found else ()
    answerer = Answerer(lambda _: Found(hits, {SOCHI.id: SOCHI}, "g1", 1), kind="reader", read=points("12 وزيرا"))
    return Turn.answered(AnswerDocument.of(answerer.answer(Query(question, question, "ar"))))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_what_is_right_missing_or_corrected_is_a_set_that_can_be_run(tmp_path: Path) -> None:
    reports = Reports(tmp_path)
    right, corrected, missing, refused = (
        turn(), turn("كم عدد الوزراء؟"), turn("من زار موسكو؟"), turn("من فاز؟", found=False)
    )  # fmt: skip
    reports.add(right, "right")
    reports.add(corrected, "wrong", " 12   وزيرا ")
    reports.add(missing, "missing")
    assert reports.add(refused, "right") == 4
    made = read_jsonl(tmp_path / REPORTS, {SOCHI.source: [SOCHI.text]})
    first, second, third, fourth = made.questions
    assert (first.answerable, first.accepted) == (True, ("12 وزيرا",))
    assert [gold.span for gold in first.gold] == [Span(0, len(SOCHI.text))]
    assert (second.accepted, [gold.source for gold in second.gold]) == (("12 وزيرا",), [SOCHI.source])
    assert [one.answerable for one in (third, fourth)] == [False, False]
    assert not (tmp_path / DRAFTS).read_text(encoding="utf-8")


def test_a_right_answer_that_no_evidence_holds_is_accepted_without_a_place(tmp_path: Path) -> None:
    Reports(tmp_path).add(turn(), "wrong", "2 وزيرا")  # inside «12 وزيرا», and not the same
    (line,) = lines(tmp_path / REPORTS)
    assert (line["accepted"], line["evidence"]) == (["2 وزيرا"], [])


@pytest.mark.parametrize("word", ["wrong", "unsupported"])
def test_what_a_person_must_complete_is_a_draft_in_a_file_of_its_own(tmp_path: Path, word: str) -> None:
    Reports(tmp_path).add(turn(), word)
    (line,) = lines(tmp_path / DRAFTS)
    assert (line["draft"], line["reported"]["word"], line["reported"]["shown"]) == (True, word, ["12 وزيرا"])
    assert lines(tmp_path / REPORTS) == []


def test_words_of_two_servers_are_all_kept(tmp_path: Path) -> None:
    servers = Reports(tmp_path), Reports(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: servers[number % 2].add(turn(), "right"), range(20)))
    assert len(lines(tmp_path / REPORTS)) == 20


def test_a_second_word_on_an_answer_takes_the_place_of_the_first(tmp_path: Path) -> None:
    reports, one = Reports(tmp_path), turn()
    reports.add(one, "unsupported")
    assert reports.add(one, "right") == 1
    assert lines(tmp_path / DRAFTS) == []
    assert [line["reported"]["word"] for line in lines(tmp_path / REPORTS)] == ["right"]
    assert reports.add(turn(), "right") == 2
    assert (tmp_path / REPORTS).stat().st_mode & 0o077 == 0


def test_a_line_that_holds_a_separator_of_lines_stays_one(tmp_path: Path) -> None:
    reports = Reports(tmp_path)
    reports.add(turn(), "wrong", "12\u2028وزيرا \x85")
    assert reports.add(turn("كم\u2028وزيرا؟"), "missing") == 2
    reports.add(turn(), "right")
    kept = (tmp_path / REPORTS).read_text(encoding="utf-8").split("\n")
    assert [json.loads(line)["reported"]["word"] for line in kept if line] == ["wrong", "missing", "right"]


def test_what_cannot_be_reported_is_told_and_changes_nothing(tmp_path: Path) -> None:
    reports = Reports(tmp_path / "folder")
    for given, word, right in (
        (turn(), "perhaps", ""),
        (turn(), "wrong", "x" * (MOST_RIGHT + 1)),
        (Turn.failed("من؟", "broken"), "right", ""),
    ):
        with pytest.raises(BadInput):
            reports.add(given, word, right)
    assert not (tmp_path / "folder").exists()
    (tmp_path / "folder").write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(ReportsUnusable):
        reports.add(turn(), "right")
