"""Public question sets and news as articles and questions: XQuAD, ARCD and ANT. Knows nothing of retrieval."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.errors import BadInput
from rag.text.normalise import tokens
from rag.types import Article, Language, Rendition, Span

NESTED = 0.75
"""Paragraphs of one title that share this many words tell the same; the others share less than half."""
DEFAULT_FOLDER = Path("../shared/data")
SOURCES = (
    "xquad.ar.json and xquad.en.json: github.com/google-deepmind/xquad (CC BY-SA 4.0); "
    "arcd-train.json: github.com/husseinmozannar/SOQAL (MIT); "
    "ant.tar.xz: github.com/antcorpus/antcorpus.data (Apache-2.0)"
)
_BODY = re.compile(r"<TEXT>\s*(.*?)\s*</TEXT>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the ids of the articles, here paragraphs, that answer it, the one it was asked about first."""

    text: str
    language: Language
    gold: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """`paragraphs` are those that the questions are about; `news` are distractors, in a fixed random order."""

    paragraphs: tuple[Article, ...]
    news: tuple[Article, ...]
    sets: tuple[QuestionSet, ...]


def read(folder: Path | None = None) -> Data:
    """Read the sources from `folder`, else from the folder in `ISNAD_DATA`. Raises `BadInput` when one is missing."""
    folder = folder_of(folder)
    xquad = _json(folder, "xquad.ar.json")
    arcd = _json(folder, "arcd-train.json")
    arabic_paragraphs, arabic = _squad("xquad", xquad, "ar")
    # The English file has the same paragraphs in the same order; only its questions are used.
    _, english = _squad("xquad", _json(folder, "xquad.en.json"), "en")
    arcd_paragraphs, arcd_questions = _squad("arcd", arcd, "ar")
    return Data(
        paragraphs=(*arabic_paragraphs, *arcd_paragraphs),
        news=tuple(read_news(folder)),
        sets=(
            QuestionSet("XQuAD ar", arabic),
            QuestionSet("XQuAD en → ar", english),
            QuestionSet("ARCD", tuple(replace(one, gold=one.gold[:1]) for one in arcd_questions)),
            QuestionSet("ARCD, nested too", arcd_questions),
        ),
    )


def read_news(folder: Path | None = None) -> list[Article]:
    """ANT's articles, in an order that has nothing to do with what they say. Raises as `read`."""
    return _news(existing(folder_of(folder), "ant.tar.xz"))


def news_files(folder: Path | None = None) -> list[tuple[str, bytes]]:
    """ANT's files as they are, with their names, in an order that has nothing to do with what they say."""
    with tarfile.open(existing(folder_of(folder), "ant.tar.xz")) as archive:
        files = [
            (member.name, file.read())
            for member in archive
            if member.name.endswith(".txt") and (file := archive.extractfile(member))
        ]
    return sorted(files, key=lambda file: hashlib.sha256(file[0].encode()).hexdigest())


def folder_of(named: Path | None) -> Path:
    """The folder of the public data: the one named, else `ISNAD_DATA`, else `DEFAULT_FOLDER`."""
    return named or Path(os.environ.get("ISNAD_DATA") or DEFAULT_FOLDER)


def existing(folder: Path, name: str) -> Path:
    """A file of the public data. Raises `BadInput`, which says where it comes from, when it is missing."""
    path = folder / name
    if not path.is_file():
        raise BadInput(
            "the benchmark's data is missing",
            where=str(path),
            do=f"put the files into a folder and name it in ISNAD_DATA; they are {SOURCES}",
        )
    return path


def _json(folder: Path, name: str) -> Any:
    return json.loads(existing(folder, name).read_text(encoding="utf-8"))


def _squad(name: str, content: Any, language: Language) -> tuple[list[Article], tuple[Question, ...]]:
    """The paragraphs of a file in SQuAD's form, each an article of its own, and the questions about them.

    A question's own paragraph answers it, and so does another of the same title that shares its words and holds
    the answer: in ARCD the second paragraph of a title mostly begins with the first.
    """
    articles: dict[str, Article] = {}
    questions: list[Question] = []
    for title in content["data"]:
        ids = {}
        for paragraph in title["paragraphs"]:
            text = paragraph["context"]
            ids[text] = articles.setdefault(text, make_article(f"{name}-{len(articles):04}", text)).id
        for paragraph in title["paragraphs"]:
            text = paragraph["context"]
            nested = {other: id_ for other, id_ in ids.items() if _overlap(text, other) > NESTED}
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]["text"] if qa["answers"] else text
                others = (id_ for other, id_ in nested.items() if other != text and answer in other)
                questions.append(Question(qa["question"].strip(), language, (ids[text], *others)))
    return list(articles.values()), tuple(questions)


def _overlap(one: str, other: str) -> float:
    """The share of the shorter text's different words that the other has."""
    first, second = set(tokens(one)), set(tokens(other))
    return len(first & second) / min(len(first), len(second))


def _news(path: Path) -> list[Article]:
    with tarfile.open(path) as archive:
        bodies = {
            Path(member.name).stem: _BODY.search(file.read().decode("utf-8"))
            for member in archive
            if member.name.endswith(".txt") and (file := archive.extractfile(member))
        }
    order = sorted(bodies, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return [make_article(f"ant-{name}", found[1]) for name in order if (found := bodies[name]) and found[1]]


def make_article(name: str, text: str, corpus: str = "bench") -> Article:
    """An article whose body is its whole text."""
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return Article(
        id=name,
        corpus=corpus,
        source=f"{name}.txt",
        sha256=sha256,
        text=text,
        rendition=Rendition(sha256, encoding="utf-8"),
        body=(Span(0, len(text)),),
        language="ar",
    )
