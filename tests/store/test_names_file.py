"""The file of the user's own names: what it may hold, what it is told of a bad line, and what it does in a corpus."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fake_vectors import FakeEmbedder, vectors
from numpy.typing import NDArray

from rag.config import Settings
from rag.corpus import ingest_folder, open_corpus, own_names
from rag.errors import BadSetting
from rag.text.names import read_names

VISIT = "زار محمود عباس موسكو أمس."
GOOD = "# people\r\nمحمود عباس\tأبو مازن\tMahmoud Abbas\r\n\r\nشي جين بينغ = Xi Jinping = Xi\n"


class Alike(FakeEmbedder):
    """Everything that is asked or claimed means the same, which is nearest to a sentence about a ship."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return vectors(["The ship went to Basra yesterday."] * len(texts))


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "names.tsv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("before", ["", "\ufeff"])
def test_a_name_a_line_between_tabs_or_signs_of_equality(before: str, tmp_path: Path) -> None:
    path = written(tmp_path, before + GOOD)
    names = read_names(path)
    assert names.entries == (("محمود عباس", "أبو مازن", "Mahmoud Abbas"), ("شي جين بينغ", "Xi Jinping", "Xi"))
    assert names.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("nothing", ["", "# nobody yet\n", "\n \n"])
def test_a_file_without_names_knows_nobody(nothing: str, tmp_path: Path) -> None:
    names = read_names(written(tmp_path, nothing))
    assert not names
    assert names.across("Who is Xi?") == {}


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("محمود عباس".encode(), "only one spelling"),
        (b"Xi Jinping = Xi Jinping", "only one spelling"),
        ("محمود عباس\t\tAbbas".encode(), "empty"),
        (b"\tXi", "empty"),
        ("شي\0 = Xi".encode(), "NUL"),
        ("محمود عباس\tMahmoud".encode("cp1256"), "not UTF-8"),
        ("الوزير = the".encode(), "'الوزير' is an ordinary word"),
        ("شي جين بينغ = the".encode(), "'the' is an ordinary word"),
        ("شي جين بينغ = 2254".encode(), "no letters"),
        (b"Xi = " + b"Xi " * 13, "more than 12 words"),
    ],
)
def test_a_line_that_cannot_be_used_is_an_error_with_its_number(line: bytes, what: str, tmp_path: Path) -> None:
    path = written(tmp_path, "# اسماء\nماري كوري = Marie Curie\n".encode() + line + b"\n")
    with pytest.raises(BadSetting, match=what) as caught:
        read_names(path)
    assert caught.value.where == f"{path}, line 3"
    assert caught.value.do


def test_a_file_that_is_named_must_be_there_and_one_that_is_not_named_need_not(tmp_path: Path) -> None:
    named = Settings(data_dir=tmp_path, names_file=tmp_path / "mine.tsv")
    with pytest.raises(BadSetting, match="no such file") as caught:
        own_names(named)
    assert str(tmp_path / "mine.tsv") in caught.value.where
    with pytest.raises(BadSetting, match="cannot be read"):
        own_names(Settings(data_dir=tmp_path, names_file=tmp_path))
    assert not own_names(Settings(data_dir=tmp_path))
    written(tmp_path, GOOD)
    assert len(own_names(Settings(data_dir=tmp_path)).entries) == 2
    (tmp_path / "mine.tsv").write_text("ماري كوري = Marie Curie", encoding="utf-8")
    assert own_names(named).entries == (("ماري كوري", "Marie Curie"),)


def test_a_corpus_knows_the_names_of_its_users(tmp_path: Path) -> None:
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "a.txt").write_text(f"{VISIT}\n", encoding="utf-8")
    (articles / "b.txt").write_text("Where did the ship go? The ship went to Basra yesterday.\n", encoding="utf-8")
    settings = Settings(data_dir=tmp_path / "data", generator="extractive")
    ingest_folder(articles, settings, embedder=Alike())  # type: ignore[arg-type]
    claim = "Abu Mazen visited Moscow yesterday."

    def opened() -> tuple[list[str], list[str]]:
        with open_corpus(settings, embedder=Alike()) as corpus:  # type: ignore[arg-type]
            [checked] = corpus.check(claim)
            found = corpus.search(corpus.query("Where did Abu Mazen go?"))
        return [problem.kind for problem in checked.problems], [
            hit.passage.text for hit in found.hits if hit.found_by != "dense"
        ]

    problems, texts = opened()
    assert problems
    assert VISIT not in texts
    written(settings.data_dir, "محمود عباس = أبو مازن = Abu Mazen\n")
    problems, texts = opened()
    assert problems == []
    assert VISIT in texts
    written(settings.data_dir, "محمود عباس\n")
    with pytest.raises(BadSetting, match="only one spelling"):
        opened()
