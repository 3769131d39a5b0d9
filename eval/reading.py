"""The files of question sets as text and JSON, with the place of whatever is wrong in them. Knows no form of a set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eval.sets import BadSet
from rag.store.durable import hash_file


def read_text(path: Path) -> str:
    """The file's text, a byte order mark excluded. Raises `BadSet` where it is missing or no UTF-8."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadSet("there is no such file", where=str(path), do="name a question set") from error
    except (OSError, ValueError) as error:
        raise BadSet(f"it cannot be read: {error}", where=str(path), do="save it as UTF-8") from error


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON objects of a file that has one a line, each after its place ``FILE:LINE``; empty lines do not count."""
    for number, line in enumerate(read_text(path).split("\n"), 1):
        where = f"{path}:{number}"
        if not line.strip():
            continue
        try:
            read = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadSet(f"this is no JSON: {error}", where=where, do="write one object a line") from error
        if not isinstance(read, dict):
            raise BadSet("this is no JSON object", where=where, do="write one object a line")
        yield where, read


def places(words: str, text: str) -> Iterator[int]:
    """Where `words` begin in `text`, in code points, overlapping ones too."""
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def hash_files(*paths: Path) -> str:
    """One sha256 for all of these files: the file's own where it is one, else that of all of theirs."""
    each = [hash_file(path) for path in paths]
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()
