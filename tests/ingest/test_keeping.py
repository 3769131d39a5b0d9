"""The commands that look after a corpus, over a small one with an index of the real kind and no model."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fake_vectors import FakeEmbedder
from small_corpus import fill
from typer.testing import CliRunner, Result

from rag.config import Settings
from rag.index import build as generation
from rag.index.verify import verify_folder
from rag.ingest.sync import ingest
from rag.models import embedding
from ui.cli.main import app

FILES = {"a.txt": "وصل الوفد إلى حلب صباح اليوم.\n", "b.txt": "وصل الوفد إلى دمشق مساء أمس.\n", "empty.txt": ""}


class Named(FakeEmbedder):
    name = "fake"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the corpus `news`, whose data lie beside it."""
    monkeypatch.setenv("ISNAD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("ISNAD_GENERATOR", "extractive")
    monkeypatch.setattr(embedding, "load", lambda settings: Named())
    settings = Settings(data_dir=tmp_path / "data")
    build = partial(generation.build, verify=verify_folder)
    folder = fill(tmp_path / "folder", FILES)
    ingest(folder, settings=settings, corpus="news", embedder=FakeEmbedder(), build=build)
    return folder


def isnad(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def document(*arguments: str) -> Any:
    return json.loads(isnad(*arguments, "--json").output)


def test_the_quarantine_is_a_list_of_sources_with_their_reasons(folder: Path) -> None:
    (one,) = document("quarantine")
    assert (one["source"], one["reason"]) == ("empty.txt", "it is empty")
    assert one["do"]
    assert isnad("quarantine").output == "empty.txt: it is empty → fill it or delete it\n"
    (folder / "empty.txt").write_text("وصل الوفد إلى حمص.\n")
    assert document("quarantine")[0]["source"] == "empty.txt", "only a retry reads"
    assert isnad("quarantine", "--retry", "--json").stdout == "[]\n"
    assert isnad("quarantine").stdout == ""


def test_a_deep_look_says_what_is_wrong_with_an_exit_code_of_its_own(folder: Path, tmp_path: Path) -> None:
    found = document("doctor", "--deep")
    deep = found["deep"]
    assert deep["findings"] == []
    assert deep["looked"] == {"files": 2, "articles": 2, "passages": 2, "vectors": 2}
    assert {"name", "passed", "found", "do"} == set(found["checks"][0])
    (folder / "a.txt").write_text("وصل الوفد إلى حماة.\n")
    (note,) = document("doctor", "--deep")["deep"]["findings"]
    assert (note["where"], note["wrong"]) == ("a.txt", False)
    rows = next((tmp_path / "data" / "corpora" / "news" / "generations").rglob("passages.npy"))
    rows.write_bytes(rows.read_bytes()[:-1] + b"\x7f")
    done = isnad("doctor", "--deep", "--json")
    assert done.exit_code == 4
    told = json.loads(done.output)
    assert told["passed"] is False
    assert ["passages.npy has changed" in one["what"] for one in told["deep"]["findings"] if one["wrong"]] == [True]
    text = isnad("doctor", "--deep")
    assert text.exit_code == 4
    assert "WRONG   " in text.output
    assert "note    a.txt" in text.output


def test_a_deep_look_at_nothing_looks_at_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISNAD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("ISNAD_GENERATOR", "extractive")
    monkeypatch.setattr(embedding, "load", lambda settings: Named())
    assert "deep" not in document("doctor", "--deep")


def test_a_corpus_is_kept_and_put_back_by_two_commands(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "kept.db"
    done = isnad("backup", str(file))
    assert done.exit_code == 0
    assert "corpus news, 2 articles, 2 passages" in done.output
    there = isnad("restore", str(file), "--yes")
    assert "pass --force" in str(there.exception)
    elsewhere = ("--data-dir", str(tmp_path / "other"))
    assert isnad("restore", str(file), "--yes", *elsewhere).stdout == "corpus news: 2 articles, 2 passages\n"
    assert document("doctor", "--deep", *elsewhere)["deep"]["findings"] == []
    wrong = isnad("restore", str(file), "--corpus", "another", *elsewhere)
    assert "--corpus news" in str(wrong.exception)


def test_a_dry_run_and_a_watch_exclude_each_other(folder: Path) -> None:
    assert "leave out --watch" in str(isnad("ingest", str(folder), "--dry-run", "--watch").exception)
    done = isnad("ingest", str(folder), "--dry-run", "--corpus", "news")
    assert done.output.startswith("would be: 2 unchanged, 1 in quarantine\n")
    (folder / "a.txt").unlink()
    (folder / "b.txt").unlink()
    done = isnad("ingest", str(folder), "--dry-run", "--corpus", "news")
    assert "  deleted: a.txt\n  deleted: b.txt\n" in done.output
    assert "2 of 2 articles would be deleted" in str(done.exception)
