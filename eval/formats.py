"""Which form a question set has, and who reads it. Knows no form itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

from eval.beir import read_beir
from eval.jsonl import read_jsonl
from eval.sets import BadSet, QuestionSet
from eval.squad import read_squad

Format = Literal["jsonl", "squad", "beir"]
FORMATS: tuple[str, ...] = get_args(Format)

Articles = Callable[[], Mapping[str, Sequence[str]]]
"""The texts of the corpus by file; asked only for a set that is about a corpus that is there already."""


def format_of(path: Path, named: str | None = None) -> Format:
    """The form that is named, else the one that the path looks like. Raises `BadSet` where neither tells."""
    if named is not None:
        for known in get_args(Format):
            if named == known:
                return known  # type: ignore[no-any-return]
        raise BadSet(f"there is no format {named!r}", where="--format", do=f"use one of {', '.join(FORMATS)}")
    if path.is_dir():
        return "beir"
    if path.suffix.lower() in {".jsonl", ".json"}:
        return "jsonl" if path.suffix.lower() == ".jsonl" else "squad"
    if not path.exists():
        raise BadSet("there is no such file", where=str(path), do="name a question set")
    raise BadSet("its name does not tell its form", where=str(path), do=f"say --format {'|'.join(FORMATS)}")


def read_set(path: Path, format_: Format, articles: Articles, texts: Path | None = None) -> QuestionSet:
    """The question set in `path`. Raises `BadSet` with the place and the reason for one that cannot be used."""
    if texts is not None and format_ != "squad":
        raise BadSet("only a set in SQuAD's form has a parallel file", where="--texts", do="leave it away")
    if format_ == "jsonl":
        return read_jsonl(path, articles())
    return read_beir(path) if format_ == "beir" else read_squad(path, texts)
