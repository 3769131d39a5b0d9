"""`isnad check` over the real seeds and the real embedding model: what it prints, its exit codes, what it refuses."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builders import article
from isnad_command import ROOT, Isnad

from rag.errors import BadInput
from ui.cli.check import line_of, read_text

SEEDS = ROOT / "seeds"
TRUE = "التقى بوتين وليد المعلم أمس في سوتشي، وأفاد بيان للكرملين بأن المباحثات ناقشت العلاقات الروسية السورية."
ALTERED = "صدر بيان جنيف في 30 تموز 2012."
ENGLISH = "The Geneva statement was issued on June 30, 2012 [1]."
DRAFT = f"# من زار سوتشي؟\r\n{TRUE} {ALTERED}\r\n\r\n1. {ENGLISH}\r\nMacron visited Paris \x1b[31mtoday.\r\n"


def sentences(done: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    [line] = done.stdout.decode().splitlines()
    document = json.loads(line)
    assert list(document) == ["sentences"]
    return list(document["sentences"])


def test_each_sentence_comes_out_with_its_support_its_slices_and_its_problems(isnad: Isnad, tmp_path: Path) -> None:
    (tmp_path / "draft.txt").write_bytes(DRAFT.encode())
    done = isnad("check", str(tmp_path / "draft.txt"), "--json")
    assert done.returncode == 4, done.stderr.decode()
    question, true, altered, english, absent = got = sentences(done)
    for one in got:
        assert set(one) == {"text", "start", "end", "support", "score", "citations", "problems"}
        assert DRAFT[one["start"] : one["end"]] == one["text"]
        for citation in one["citations"]:
            data = (SEEDS / citation["source"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == citation["sha256"]
            assert data.decode(citation["encoding"])[citation["start"] : citation["end"]] == citation["quote"]
    assert (true["text"], true["support"], len(true["citations"])) == (TRUE, "supported", 2)
    assert (english["text"], english["support"], english["problems"]) == (ENGLISH, "supported", [])
    assert altered["support"] == "unsupported"
    assert altered["score"] < 0.1 < true["score"]
    [problem] = altered["problems"]
    assert (problem["kind"], ALTERED[problem["start"] : problem["end"]]) == ("date", "30 تموز 2012")
    assert "30 حزيران" in altered["citations"][0]["quote"]
    assert [one["kind"] for one in question["problems"]] == ["question"]
    assert absent["support"] == "unsupported"


def test_a_text_that_the_articles_bear_out_passes_from_standard_input_too(started_isnad: Isnad) -> None:
    done = started_isnad("check", "-", stdin=f"\ufeff{TRUE}\nمن حضر؟\n".encode())
    assert done.returncode == 0, done.stderr.decode()
    shown = done.stdout.decode()
    assert "✓ مُسنَد" in shown
    assert "000_71bfb0259a7d3286.txt · السطر 2" in shown
    assert "1 of 1 sentences supported" in done.stderr.decode()


def test_a_person_reads_what_is_wrong_and_no_letter_steers_the_terminal(isnad: Isnad) -> None:
    done = isnad("check", "-", stdin=DRAFT.encode())
    assert done.returncode == 4
    shown = done.stdout.decode()
    assert "✗ غير مُسنَد · السطر 2" in shown
    assert "✗ not supported · line 5" in shown
    assert "التاريخ «30 تموز 2012»" in shown
    assert "\x1b" not in shown


def test_filters_limit_what_is_quoted(isnad: Isnad) -> None:
    done = isnad("check", "-", "--json", "--source", "004_0de9aa0111919dd0.txt", stdin=TRUE.encode())
    assert done.returncode == 4
    [one] = sentences(done)
    assert {citation["source"] for citation in one["citations"]} == {"004_0de9aa0111919dd0.txt"}


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (["-"], b"", "it is empty"),
        (["-"], b" \n--\n", "the text has no sentence"),
        (["-"], "زار\0المعلم".encode(), "binary"),
        (["-"], "Le président est âgé.".encode("latin-1"), "the encoding cannot be told"),
        (["-"], "زار المعلم".encode()[:-1], "damaged utf-8"),
        (["-"], b"x" * 200_001, "the limit is 200000"),
        (["-", "--corpus", "nowhere"], b"One came.", "isnad ingest FOLDER --corpus nowhere"),
        (["-", "--from", "yesterday"], b"One came.", "not a valid day"),
        (["missing.txt"], b"", "there is no such file"),
        (["seeds"], b"", "it is a folder"),
    ],
)
def test_what_cannot_be_checked_is_one_clear_error(isnad: Isnad, arguments: list[str], stdin: bytes, says: str) -> None:
    done = isnad("check", *arguments, stdin=stdin)
    assert done.returncode == (1 if "nowhere" in arguments else 2)
    [line] = done.stderr.decode().splitlines()
    assert says in line
    assert "→" in line
    assert not done.stdout


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="it is a pipe"):
        read_text(str(tmp_path / "pipe"), 100)
    with pytest.raises(BadInput, match="it is a device"):
        read_text("/dev/null", 100)


def test_a_file_is_read_as_it_is_and_no_further_than_it_may(tmp_path: Path) -> None:
    path = tmp_path / "draft.txt"
    path.write_bytes("\ufeffواحد\r\nاثنان\r".encode())
    assert read_text(str(path), 100) == "واحد\r\nاثنان\r"
    path.write_bytes(b"x" * 1000)
    with pytest.raises(BadInput, match="longer than 10 characters"):
        read_text(str(path), 10)


def test_lines_are_counted_by_every_kind_of_line_break() -> None:
    text = article("a\nb\r\nc\rd").text
    assert [line_of(text, text.index(letter)) for letter in "abcd"] == [1, 2, 3, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1256"])
def test_a_text_is_read_in_any_encoding_that_an_article_may_have(tmp_path: Path, encoding: str) -> None:
    text = "أعلنت وزارة الصحة في دمشق اليوم.\r\nوقال الوزير إن عدد المصابين ارتفع.\n"
    (tmp_path / "draft.txt").write_bytes(text.encode(encoding))
    assert read_text(str(tmp_path / "draft.txt"), 100) == text
