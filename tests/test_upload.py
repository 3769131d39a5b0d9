"""Files that a user adds: each under a name that was free, whole, in the folder of the corpus that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_chat import small_corpus

from rag.assemble import Corpus
from rag.errors import BadInput
from ui.upload import _place, _take


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
        _place(sent(tmp_path / "sent", "خبر.txt", text), root)
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
    _place(sent(tmp_path / "sent", name), root)
    assert [file.name for file in root.iterdir()] == [kept]


@pytest.mark.parametrize("letter", ["خ", "新", "a"])
def test_the_longest_name_that_a_disk_holds_is_taken(letter: str, root: Path, tmp_path: Path) -> None:
    name = letter * (250 // len(letter.encode())) + ".txt"
    for _ in range(2):
        _place(sent(tmp_path / "sent", name), root)
    assert len(list(root.iterdir())) == 2


@pytest.mark.parametrize("name", ["a.html", "a", ".txt", "؟؟.txt", "a.txt.exe"])
def test_a_file_of_another_kind_or_without_a_name_is_refused(name: str, root: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        _place(sent(tmp_path / "sent", name), root)
    assert list(root.iterdir()) == []


def test_a_corpus_whose_folder_is_away_takes_no_file(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "files" / "a.txt").unlink()
    (tmp_path / "files").rmdir()
    with pytest.raises(BadInput, match="folder of the corpus is not there"):
        _take(corpus, [sent(tmp_path / "sent", "b.txt")], lambda *_: None)


def test_an_upload_goes_into_the_corpus_that_is_asked_also_where_no_setting_names_it(
    corpus: Corpus, tmp_path: Path
) -> None:
    assert corpus.settings.corpus is None
    given = sent(tmp_path / "sent", "b.txt")
    _take(corpus, [given], lambda *_: None)
    assert corpus.catalog.counts("archive").articles == 2
    assert corpus.settings.existing_corpora() == ["archive"]
    assert not given.exists()
