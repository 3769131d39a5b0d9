"""Files that a user adds: each under a name that was free, whole, in the folder of the corpus that is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from small_chat import opened, small_corpus

from rag.config import Settings
from rag.corpus import Corpus, formats_of
from rag.errors import BadInput, CorpusBusy
from rag.store.locks import writer_lock
from ui.shared.history import History
from ui.shared.saved import Saved
from ui.web.conversation import Talk
from ui.web.handlers import CheckWiring, Upload, Wiring, _place, _take
from ui.web.page import page
from ui.web.views import SavedWiring, Tables, ViewWiring


def sent(folder: Path, name: str, text: str = "خبر جديد.\n") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"a.txt": "خبر.\n"}) as corpus:
        yield corpus


def test_nothing_that_is_there_is_overwritten(root: Path, tmp_path: Path) -> None:
    for text in ("أول", "ثان", "ثالث"):
        _place([sent(tmp_path / "sent", "خبر.txt", text)], root, {".txt"})
    assert {file.name: file.read_text(encoding="utf-8") for file in root.iterdir()} == {
        "خبر.txt": "أول",
        "خبر (2).txt": "ثان",
        "خبر (3).txt": "ثالث",
    }


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("..txt.TXT", "txt.txt"),
        ("\u202egpj.txt", "gpj.txt"),
        ("-rf *.txt", "-rf.txt"),
        ("a\nb.txt", "ab.txt"),
        ("<img src=x>.txt", "img srcx.txt"),
    ],
)
def test_a_name_keeps_letters_and_loses_what_could_do_harm(name: str, kept: str, root: Path, tmp_path: Path) -> None:
    _place([sent(tmp_path / "sent", name)], root, {".txt"})
    assert [file.name for file in root.iterdir()] == [kept]


@pytest.mark.parametrize("letter", ["خ", "新", "a"])
def test_the_longest_name_that_a_disk_holds_is_taken(letter: str, root: Path, tmp_path: Path) -> None:
    name = letter * (250 // len(letter.encode())) + ".txt"
    for _ in range(2):
        _place([sent(tmp_path / "sent", name)], root, {".txt"})
    assert len(list(root.iterdir())) == 2


@pytest.mark.parametrize("name", ["a.html", "a", ".txt", "؟؟.txt", "a.txt.exe"])
def test_a_file_of_another_kind_or_without_a_name_is_refused(name: str, root: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        _place([sent(tmp_path / "sent", name)], root, {".txt"})
    assert list(root.iterdir()) == []


def test_the_page_offers_every_type_of_file_that_is_read(tmp_path: Path) -> None:
    opening, known = opened(None), formats_of(Settings())
    wired = Wiring(Talk(opening, History(tmp_path / "h.sqlite3")))
    views, saved = ViewWiring(opening, Tables()), SavedWiring(opening, Saved(tmp_path / "saved.json", "archive"))
    shown = page(wired, CheckWiring(opening), views, saved, upload=Upload(opening).take, endings=known)
    (box,) = [one for one in shown.blocks.values() if isinstance(one, gr.File)]
    assert {".txt", ".pdf", ".jsonl", ".zip"} <= set(known) == set(box.file_types or ())


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_of_files_that_are_sent_together_all_are_taken_or_none(bad: int, root: Path, tmp_path: Path) -> None:
    files = [sent(tmp_path / "sent", f"{at}.html" if at == bad else f"{at}.txt") for at in range(3)]
    with pytest.raises(BadInput):
        _place(files, root, {".txt"})
    assert list(root.iterdir()) == []


def test_a_disk_that_fills_in_the_middle_keeps_none_of_the_files(root: Path, tmp_path: Path) -> None:
    files = [sent(tmp_path / "sent", "a.txt"), tmp_path / "sent" / "gone.txt"]
    with pytest.raises(BadInput, match="cannot be kept"):
        _place(files, root, {".txt"})
    assert list(root.iterdir()) == []


def test_files_whose_ingest_is_refused_are_taken_out_of_the_folder_again(corpus: Corpus, tmp_path: Path) -> None:
    before = sorted((tmp_path / "files").iterdir())
    with writer_lock(corpus.settings.corpus_dir("archive")), pytest.raises(CorpusBusy):
        _take(corpus, [sent(tmp_path / "sent", "b.txt")], lambda *_: None)
    assert sorted((tmp_path / "files").iterdir()) == before
    assert corpus.catalog.counts("archive").articles == 1


@pytest.mark.parametrize(
    ("language", "told", "more"),
    [("ar", "هذا الملف لا يُقبل: «a.exe»", ".txt"), ("en", "“a.exe” is not accepted.", "Use files of type .csv,")],
)
def test_a_refused_file_is_told_in_the_language_of_the_interface(
    language: str, told: str, more: str, corpus: Corpus, tmp_path: Path
) -> None:
    request: Any = SimpleNamespace(cookies={"isnad_language": language}, headers={})
    said, _, _ = asyncio.run(Upload(opened(corpus)).take([str(sent(tmp_path / "sent", "a.exe"))], request))
    assert told in said
    assert more in said


def test_the_report_counts_what_was_added_and_what_is_in_quarantine(corpus: Corpus, tmp_path: Path) -> None:
    request: Any = SimpleNamespace(cookies={"isnad_language": "ar"}, headers={})
    files = [str(sent(tmp_path / "sent", "b.txt")), str(sent(tmp_path / "sent", "c.txt", ""))]
    said, _, archive = asyncio.run(Upload(opened(corpus)).take(files, request))
    assert "المقالات المضافة: 1 · في الحجر: 1" in said
    assert "c.txt" in archive


def test_a_corpus_whose_folder_is_away_takes_no_file(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "files" / "a.txt").unlink()
    (tmp_path / "files").rmdir()
    given = sent(tmp_path / "sent", "b.txt")
    with pytest.raises(BadInput, match="folder of the corpus is not there"):
        _take(corpus, [given], lambda *_: None)
    assert not given.exists()


def test_an_upload_goes_into_the_corpus_that_is_asked_also_where_no_setting_names_it(
    corpus: Corpus, tmp_path: Path
) -> None:
    assert corpus.settings.corpus is None
    given = sent(tmp_path / "sent", "b.txt")
    _take(corpus, [given], lambda *_: None)
    assert corpus.catalog.counts("archive").articles == 2
    assert corpus.settings.existing_corpora() == ["archive"]
    assert not given.exists()
