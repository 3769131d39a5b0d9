"""The seed corpus is what its README says, and every quote of its questions stands in its file."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

SEEDS = Path(__file__).parent.parent / "seeds"
README = (SEEDS / "README.md").read_text(encoding="utf-8")
HASHES = dict(re.findall(r"^\| `(\d{3}_\w+\.txt)` .*`([0-9a-f]{64})` \|$", README, flags=re.MULTILINE))
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]
NOT_ANSWERABLE = [question for question in QUESTIONS if not question["answerable"]]
FIELDS = {"id", "language", "question", "answerable", "accepted", "evidence", "tags"}


def text_of(name: str) -> str:
    return (SEEDS / name).read_bytes().decode("utf-8")


def spans_in_readme() -> list[tuple[str, int, int, str]]:
    """Each `[start, end)` of the README with the file whose section it stands in and the words after it."""
    found = []
    for section in README.split("\n## ")[1:]:
        name = section.splitlines()[0]
        for start, end, words in re.findall(r"\[(\d+), (\d+)\)\s`([^`]*)`", section):
            found.append((name, int(start), int(end), words))
    return found


def test_the_readme_lists_the_five_articles_and_no_other_file_is_there() -> None:
    assert len(HASHES) == 5
    assert sorted(HASHES) == sorted(path.name for path in SEEDS.glob("*.txt"))


@pytest.mark.parametrize("name", sorted(HASHES))
def test_an_article_has_the_sha256_that_the_readme_lists(name: str) -> None:
    assert hashlib.sha256((SEEDS / name).read_bytes()).hexdigest() == HASHES[name]


def test_every_span_of_the_readme_names_the_words_beside_it() -> None:
    spans = spans_in_readme()
    assert {name for name, *_ in spans} == set(HASHES)
    assert len(spans) == len(re.findall(r"\[\d+, \d+\)", README))
    for name, start, end, words in spans:
        assert text_of(name)[start:end] == words, (name, start, end)


def test_every_question_has_the_same_fields_and_an_id_of_its_own() -> None:
    assert all(set(question) == FIELDS for question in QUESTIONS)
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question["question"] for question in QUESTIONS}) == len(QUESTIONS)
    assert all(question["question"].endswith({"ar": "؟", "en": "?"}[question["language"]]) for question in QUESTIONS)


def test_half_the_questions_are_arabic_and_a_quarter_of_each_half_is_not_answerable() -> None:
    counts = Counter((question["language"], question["answerable"]) for question in QUESTIONS)
    assert len(QUESTIONS) >= 40
    assert counts["ar", True] + counts["ar", False] == counts["en", True] + counts["en", False] == len(QUESTIONS) / 2
    assert counts["ar", False] == counts["en", False] == len(QUESTIONS) / 8


def test_the_questions_are_spread_over_all_five_articles_in_both_languages() -> None:
    asked = {(question["language"], place["file"]) for question in ANSWERABLE for place in question["evidence"]}
    assert asked == {(language, name) for language in ("ar", "en") for name in HASHES}


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_every_quote_is_its_slice_and_holds_an_accepted_answer(question: dict[str, Any]) -> None:
    assert question["accepted"]
    assert all(form.strip() == form != "" for form in question["accepted"])
    assert question["evidence"]
    for place in question["evidence"]:
        assert text_of(place["file"])[place["start"] : place["end"]] == place["quote"] != ""
        assert any(form in place["quote"] for form in question["accepted"])


@pytest.mark.parametrize("question", NOT_ANSWERABLE, ids=lambda question: question["id"])
def test_a_question_that_is_not_answerable_has_no_answer_and_no_evidence(question: dict[str, Any]) -> None:
    assert question["accepted"] == []
    assert question["evidence"] == []


def test_no_evidence_lies_in_the_teaser_of_another_article_or_in_a_site_footer() -> None:
    footer_starts = {"002_4f27e9a80bd9e1eb.txt": 6332, "003_a814876c6c4b835e.txt": 4126}
    for question in ANSWERABLE:
        for place in question["evidence"]:
            assert place["end"] <= footer_starts.get(place["file"], place["end"]), question["id"]
    for name, start in footer_starts.items():
        assert text_of(name)[start:].lstrip().startswith(("انظر ايضاً", "الأكثر قراءة"))


def test_a_parallel_tag_joins_one_question_of_each_language_on_the_same_evidence() -> None:
    pairs: dict[str, list[dict[str, Any]]] = {}
    for question in QUESTIONS:
        for tag in question["tags"]:
            if tag.startswith("parallel-"):
                pairs.setdefault(tag, []).append(question)
    assert len(pairs) == 8
    for pair in pairs.values():
        assert sorted(question["language"] for question in pair) == ["ar", "en"]
        assert pair[0]["evidence"] == pair[1]["evidence"]
