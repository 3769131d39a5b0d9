"""`isnad saved` over files that change, and the watch that asks again."""

from __future__ import annotations

import json
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fake_vectors import FakeEmbedder
from isnad_command import Isnad

from rag.config import Settings
from rag.errors import IsnadError
from ui.cli import ingest as command
from ui.shared.saved import Saved

NEWS = "أعلن المستشفى أن عدد قتلى الحريق في مصنع صفاقس بلغ 12 عاملا.\n"
LATER = "أعلن المحافظ أن عدد قتلى الحريق في مصنع صفاقس ارتفع إلى 14 عاملا.\n"
QUESTION = "كم عدد قتلى الحريق في مصنع صفاقس؟"
ATOM = "{http://www.w3.org/2005/Atom}"


def test_a_saved_question_is_asked_again_and_what_is_new_is_printed_and_written(isnad: Isnad, tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / "one.txt").write_text(NEWS, encoding="utf-8")
    at = ("--corpus", f"saved{time.monotonic_ns()}")
    assert isnad("ingest", str(folder), *at).returncode == 0
    added = isnad("saved", "add", QUESTION, "--name", "الحريق", *at)
    assert added.returncode == 0, added.stderr.decode()
    id_, _, told = added.stdout.decode().partition(": ")
    assert told == "1 sentence found now\n"
    (folder / "two.txt").write_text(LATER, encoding="utf-8")
    assert isnad("ingest", str(folder), *at).returncode == 0
    files = tmp_path / "saved.json", tmp_path / "feed.atom"
    ran = isnad("saved", "run", "--json", str(files[0]), "--atom", str(files[1]), *at)
    assert ran.returncode == 0, ran.stderr.decode()
    assert f"+ {LATER.strip()}" in ran.stdout.decode()
    assert NEWS.strip() not in ran.stdout.decode()
    assert "1 of 1 asked, 1 new" in ran.stderr.decode()
    document = json.loads(files[0].read_bytes())
    assert [item["citation"]["quote"] for item in document["questions"][0]["found"] if item["new"]] == [LATER.strip()]
    assert len(ElementTree.fromstring(files[1].read_bytes()).findall(f"{ATOM}entry")) == 2
    assert "1 new of 2" in isnad("saved", "list", *at).stdout.decode()
    looked = isnad("saved", "look", id_, *at).stdout.decode()
    assert f"+ {LATER.strip()}" in looked
    assert NEWS.strip() in looked
    assert json.loads(isnad("saved", "list", "--json", *at).stdout)["new"] == 0
    assert isnad("saved", "remove", id_, *at).returncode == 0
    assert isnad("saved", "remove", id_, *at).returncode == 2
    assert isnad("saved", "add", f"{QUESTION} after:soon", *at).returncode == 2


def test_files_of_saved_questions_are_for_a_watch_only(isnad: Isnad, tmp_path: Path) -> None:
    done = isnad("ingest", str(tmp_path), "--saved-json", str(tmp_path / "x.json"))
    assert done.returncode == 2
    assert "add --watch" in done.stderr.decode()


class Report:
    generation = "g1"


@pytest.mark.parametrize("damage", [b"{", b'{"version": 2}'])
def test_a_watch_goes_on_when_the_saved_questions_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: bytes
) -> None:
    home = tmp_path / "corpora" / "default"
    home.mkdir(parents=True)
    (home / "saved.json").write_bytes(damage)
    settings = Settings(data_dir=tmp_path)
    asking = command._SavedQuestions(settings, FakeEmbedder(), lambda _: None)  # type: ignore[arg-type]
    asking.ask(Report())  # type: ignore[arg-type]
    asking.close()
    assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyError("x"), IsnadError("it is away")])
def test_whatever_writing_raises_is_told_and_raised_no_further(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def write(_: Saved) -> None:
        raise error

    asking = command._SavedQuestions(Settings(data_dir=tmp_path), FakeEmbedder(), write)  # type: ignore[arg-type]
    asking.ask(Report())  # type: ignore[arg-type]
    assert capsys.readouterr().err.startswith("isnad: ")
