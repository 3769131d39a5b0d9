"""The command `isnad` over the real seeds, the real embedding model and no language model."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from isnad_command import GUARD, Isnad

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"


def document(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    lines = done.stdout.decode().splitlines()
    assert len(lines) == 1, done.stderr.decode()
    return dict(json.loads(lines[0]))


def check_citations(answer: dict[str, Any]) -> None:
    """What a stranger can check with nothing but the files."""
    assert answer["citations"]
    for citation in answer["citations"]:
        data = (SEEDS / citation["source"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == citation["sha256"]
        text = data.decode(citation["encoding"])
        assert hashlib.sha256(text.encode()).hexdigest() == citation["text_sha256"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]


@pytest.mark.parametrize(
    ("question", "language", "source", "words"),
    [
        ("من السفير الروسي في القاهرة؟", "ar", "004_0de9aa0111919dd0.txt", "كيربتشينكو"),
        ("Who is the Russian ambassador in Damascus?", "en", "004_0de9aa0111919dd0.txt", "كينشاك"),
    ],
)
def test_a_question_in_each_language_is_answered_with_slices_of_the_files(
    isnad: Isnad, question: str, language: str, source: str, words: str
) -> None:
    done = isnad("ask", question, "--json")
    assert done.returncode == 0, done.stderr.decode()
    answer = document(done)
    check_citations(answer)
    assert (answer["version"], answer["language"], answer["status"]) == (1, language, "answered")
    assert (answer["question"], answer["generator"], answer["cut"]) == (question, "extractive", False)
    assert any(c["source"] == source and words in c["quote"] for c in answer["citations"])
    assert {number for claim in answer["claims"] for number in claim["citations"]} == {
        citation["number"] for citation in answer["citations"]
    }


def test_a_question_that_the_articles_do_not_answer_is_not_in_the_corpus(isnad: Isnad) -> None:
    done = isnad("ask", "ما أفضل طريقة لطهي المكرونة بالجبن في الفرن؟", "--json")
    assert done.returncode == 3
    answer = document(done)
    assert (answer["status"], answer["claims"], answer["citations"]) == ("not_in_corpus", [], [])
    assert answer["text"]
    assert answer["evidence"]


def test_a_person_gets_the_answer_and_its_numbered_sources(isnad: Isnad) -> None:
    done = isnad("ask", "من السفير الروسي في القاهرة؟")
    shown = done.stdout.decode()
    assert done.returncode == 0
    assert "المصادر" in shown
    assert "[1]" in shown
    assert "004_0de9aa0111919dd0.txt" in shown


def test_typed_filters_are_applied_and_told(isnad: Isnad) -> None:
    question = "من السفير الروسي في القاهرة؟"
    done = isnad("ask", f"{question} -كيربتشينكو file:00*", "--json")
    answer = document(done)
    assert answer["understood"] == [{"key": "without", "value": "كيربتشينكو"}, {"key": "file", "value": "00*"}]
    assert answer["searched"] == question
    assert answer["evidence"]
    assert not any("كيربتشينكو" in item["text"] for item in answer["evidence"])
    shown = isnad("ask", f"{question} «لا يوجد مثل هذا»")
    assert shown.returncode == 3
    assert "بلفظه: لا يوجد مثل هذا" in shown.stderr.decode()
    assert "لا مقالة يرد فيها بلفظه" in shown.stdout.decode()
    wrong = isnad("ask", f"{question} after:tomorrow")
    assert wrong.returncode == 2
    assert "after:tomorrow is not a date" in wrong.stderr.decode()


def test_questions_from_standard_input_get_one_document_a_line_and_a_bad_one_its_error(started_isnad: Isnad) -> None:
    lines = "من السفير الروسي في القاهرة؟\n\nWho is Maria Zakharova?\r\n".encode() + b"\xd3\xc7\n"
    done = started_isnad("ask", "-", "--json", stdin=lines)
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert done.returncode == 2
    assert len(answers) == 4
    check_citations(answers[0])
    assert "empty" in answers[1]["error"]["what"]
    assert answers[2]["question"] == "Who is Maria Zakharova?"
    assert "UTF-8" in answers[3]["error"]["what"]


def test_chat_will_not_listen_beyond_this_machine_without_a_key(isnad: Isnad) -> None:
    done = isnad("chat", "--host", "0.0.0.0")
    assert done.returncode == 2
    assert "ISNAD_PASSWORD" in done.stderr.decode()


def test_chat_over_nothing_says_what_to_do_and_opens_no_page(isnad: Isnad) -> None:
    done = isnad("chat", "--corpus", "nothing")
    assert done.returncode == 1
    assert "isnad ingest FOLDER --corpus nothing" in done.stderr.decode()


def test_nothing_leaves_the_machine(started_isnad: Isnad) -> None:
    assert started_isnad("ask", "من السفير الروسي في القاهرة؟", "--json").returncode == 0
    assert started_isnad.attempts() == ""


def test_the_guard_of_the_network_sees_what_it_should(isnad: Isnad, tmp_path: Path) -> None:
    log = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(GUARD), "NETWORK_LOG_OF_THE_TESTS": str(log)}
    code = "import socket; socket.getaddrinfo('example.org', 80)"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    assert done.returncode != 0
    assert "example.org" in log.read_text(encoding="utf-8")


def test_ingesting_the_same_folder_again_does_nothing(isnad: Isnad) -> None:
    done = isnad("ingest", str(SEEDS), "--corpus", "seeds")
    assert done.returncode == 0
    assert "5 unchanged" in done.stdout.decode()
    assert "0 texts embedded, still" in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("ask", ""), 2, "empty"),
        (("ask", "س" * 2001), 2, "2001 characters"),
        (("ask", "من؟", "--corpus", "nowhere"), 1, "isnad ingest"),
        (("ask", "من؟", "--corpus", "../x"), 2, "corpus"),
        (("ask", "من؟", "--language", "fr"), 2, "ar or en"),
        (("ask", "من؟", "--set", "topk=3"), 2, "topk"),
        (("ask", "من؟", "--set", "top_k"), 2, "NAME=VALUE"),
        (("ask", "من؟", "--generator", "poet"), 2, "generator"),
        (("ask", "من؟", "--from", "yesterday"), 2, "yesterday"),
        (("ask", "من؟", "--generator", "writer", "--set", "llm_url=http://127.0.0.1:9/v1"), 2, "llm_model"),
        (("ingest", "no-such-folder", "--corpus", "x"), 2, "no-such-folder"),
        (("ingest", "README.md", "--corpus", "x"), 2, "README.md"),
        (("frobnicate",), 2, "frobnicate"),
        (("ask",), 2, "question"),
    ],
)
def test_bad_use_is_one_clear_error_and_an_exit_code(
    isnad: Isnad, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = isnad(*arguments)
    error = done.stderr.decode()
    assert done.returncode == code, error
    assert said in error
    assert "Traceback" not in error
    assert done.stdout == b""


def test_an_unknown_setting_in_the_environment_is_refused(isnad: Isnad) -> None:
    done = isnad("ask", "من؟", ISNAD_TOPK="3")
    assert done.returncode == 2
    assert "ISNAD_TOPK" in done.stderr.decode()


def test_an_index_of_another_model_is_refused_and_says_how_to_rebuild(isnad: Isnad) -> None:
    done = isnad("ask", "من؟", ISNAD_EMBEDDING_QUERY_PROMPT="question: ")
    assert done.returncode == 1
    assert "another embedding model" in done.stderr.decode()
    assert "isnad ingest" in done.stderr.decode()


def test_a_model_that_does_not_answer_leaves_the_evidence_and_says_so(isnad: Isnad) -> None:
    done = isnad(
        "ask",
        "من السفير الروسي في القاهرة؟",
        "--json",
        ISNAD_GENERATOR="writer",
        ISNAD_LLM_URL="http://127.0.0.1:9/v1",
        ISNAD_LLM_MODEL="m",
    )
    answer = document(done)
    assert done.returncode == 0
    assert [notice["kind"] for notice in answer["notices"]] == ["llm"]
    check_citations(answer)


def test_another_folder_under_another_name_leaves_the_first_corpus_alone(isnad: Isnad, tmp_path: Path) -> None:
    before = document(isnad("ask", "من السفير الروسي في القاهرة؟", "--json", "--corpus", "seeds"))
    (tmp_path / "one.txt").write_text("افتتح الوزير المعرض في مدينة نزوى صباح الأربعاء أمام الجمهور.\n", "utf-8")
    assert isnad("ingest", str(tmp_path), "--corpus", "other").returncode == 0
    done = isnad("ask", "من؟")
    assert done.returncode == 2
    assert "other, seeds" in done.stderr.decode()
    after = document(isnad("ask", "من السفير الروسي في القاهرة؟", "--json", "--corpus", "seeds"))
    assert after["generation"] == before["generation"]
    assert after["citations"] == before["citations"]
    shutil.rmtree(isnad.data_dir / "corpora" / "other")


def test_doctor_finds_what_is_there(isnad: Isnad) -> None:
    done = isnad("doctor", "--corpus", "seeds")
    shown = done.stdout.decode()
    assert done.returncode == 0, shown
    for what in ("Python", "torch", "disk", "embedding model", "reader", "language model", "names", "outlets", "index"):
        assert f"ok      {what}:" in shown
    assert "5 articles" in shown


def test_doctor_says_what_to_do_about_what_is_missing(isnad: Isnad) -> None:
    done = isnad("doctor", "--corpus", "nowhere", ISNAD_EMBEDDING_MODEL="/no/such/model")
    shown = done.stdout.decode()
    assert done.returncode == 4
    assert "MISSING embedding model" in shown
    assert "isnad ingest FOLDER" in shown


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, ui.cli.main\n"
        "heavy = {'torch', 'numpy', 'pydantic', 'sqlalchemy', 'chromadb', 'llama_index', 'sentence_transformers'}\n"
        "sys.exit(sorted(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
