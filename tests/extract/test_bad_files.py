"""Files as no archive should be: each is indexed to the letter or left out with its reason, and none does harm."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from bad_files import AR, Refused, Skipped, Text, write_all
from small_corpus import HashModel, audit, build
from soak import LONG
from typer.testing import CliRunner

from rag.config import Settings
from rag.corpus import formats_of
from rag.ingest.sync import Extraction, IngestReport, ingest
from rag.store.catalog import Catalog
from rag.types import Article
from ui.cli.main import app
from ui.shared.terminal import one_line, report_lines


def take_in(folder: Path, data: Path, max_file_mb: float = 2.0) -> IngestReport:
    """By the real rules for files, text and passages."""
    settings = Settings(data_dir=data, max_file_mb=max_file_mb)
    formats = formats_of(settings)
    return ingest(
        folder, settings=settings, corpus="archive", embedder=HashModel(), build=build, extraction=Extraction(formats)
    )


def articles(data: Path) -> dict[str, Article]:
    with Catalog.open(data / "corpora" / "archive" / "catalog.sqlite3") as catalog:
        current = catalog.current("archive")
        assert current
        ids = [meta.id for meta in catalog.articles_meta(current.id)]
        return {article.name: article for article in catalog.articles(current.id, ids).values()}


def test_each_bad_file_is_indexed_to_the_letter_or_left_out_with_its_reason(tmp_path: Path) -> None:
    expected = write_all(tmp_path / "folder")
    assert len(expected) >= 40
    report = take_in(tmp_path / "folder", tmp_path / "data")
    texts = {source: article.text for source, article in articles(tmp_path / "data").items()}
    reasons = {file.name: file.reason for file in report.quarantined}
    skipped = {entry.source: entry.reason for entry in report.skipped}
    assert texts == {source: one.text for source, one in expected.items() if isinstance(one, Text)}
    for found, kind in ((reasons, Refused), (skipped, Skipped)):
        says = {source: one.says for source, one in expected.items() if isinstance(one, kind)}
        assert found.keys() == says.keys()
        assert [f"{source}: {found[source]}" for source in says if not re.search(says[source], found[source])] == []
    assert all(file.do for file in report.quarantined)
    assert [finding for finding in audit(tmp_path / "data") if finding.wrong] == []
    again = take_in(tmp_path / "folder", tmp_path / "data")
    assert (again.unchanged, again.switched, again.quarantined) == (len(texts), False, report.quarantined)

    lines = [one_line(line) for line in report_lines(report)]
    assert len(lines) == 2 + len(reasons) + len(skipped)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "".join(lines))


def test_names_cannot_fake_a_line_of_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text(AR)
    (folder / "b\n  deleted: everything \u202e\x1b[31m.txt").write_text("")
    take_in(folder, tmp_path / "data")
    monkeypatch.setenv("ISNAD_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    shown = r"b\n  deleted: everything \u202e\x1b[31m.txt: it is empty"
    for command in (["quarantine"], ["ingest", str(folder), "--dry-run"]):
        done = CliRunner().invoke(app, [*command, "--corpus", "archive"])
        assert done.exit_code == 0
        assert shown in done.output
        assert not any(line.startswith("  deleted") for line in done.output.splitlines())


def test_a_file_that_grows_while_it_is_read_is_never_indexed_in_half(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "still.txt").write_text("خبر من حمص.\n")
    unit, done = AR.encode(), threading.Event()
    (folder / "grows.txt").write_bytes(unit)

    def writes() -> None:
        with (folder / "grows.txt").open("ab", buffering=0) as file:
            while not done.is_set() and file.tell() < 2**20:
                file.write(unit)

    thread = threading.Thread(target=writes)
    thread.start()
    try:
        for _ in range(5):
            report = take_in(folder, tmp_path / "data")
            text = articles(tmp_path / "data").get("grows.txt")
            assert text is None or text.text == AR * (len(text.text) // len(AR))
            assert all("changed while it was read" in file.reason for file in report.quarantined)
    finally:
        done.set()
        thread.join()
    take_in(folder, tmp_path / "data")
    assert articles(tmp_path / "data")["grows.txt"].text.encode() == (folder / "grows.txt").read_bytes()


@pytest.mark.skipif(not LONG, reason="make soak tries it: it reads 100 MB")
def test_a_line_of_100_megabytes_is_refused_or_read_whole(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text(AR)
    with (folder / "sparse.txt").open("wb") as file:
        file.truncate(100 * 2**20)
    line = "كلمة " * (100 * 2**20 // 9)
    (folder / "line.txt").write_text(line)
    assert {file.reason for file in take_in(folder, tmp_path / "data").quarantined} == {
        "it is too large: 100.0 MiB, the limit is 2 MiB"
    }
    report = take_in(folder, tmp_path / "data", max_file_mb=200)
    assert [(file.source, file.reason) for file in report.quarantined] == [
        ("sparse.txt", "the file is binary, not text")
    ]
    assert articles(tmp_path / "data")["line.txt"].text == line
