"""BEIR and TREC: a folder of ``corpus.jsonl``, ``queries.jsonl`` and judgements → a question set with its texts.

The form is that of Thakur et al. 2021: ``_id``, ``title`` and ``text``; judgements are ``qrels/SPLIT.tsv`` with a
heading (query-id, corpus-id, score), or a TREC file ``qrels`` of four columns (query, iteration, document, grade).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.reading import hash_files, objects, read_text
from eval.sets import BadSet, Gold, Question, QuestionSet, Text
from rag.text.normalise import question_language

SPLITS = ("qrels/test.tsv", "qrels/dev.tsv", "qrels/train.tsv", "qrels.tsv", "qrels.txt", "qrels")
"""Where judgements are looked for, in this order; the first that is there counts."""
_PLAIN = re.compile(r"[\w-]{1,80}", re.ASCII)


def read_beir(folder: Path) -> QuestionSet:
    """The queries that are judged, and all documents. A grade of 0 or less is no answer.

    Raises `BadSet` with file, line and reason: a file that is missing, a line that is not of the form, an id twice, a
    judgement of a query or document that is not there.
    """
    texts: dict[str, Text] = {}
    for where, line in objects(folder / "corpus.jsonl"):
        name = _field(line, "_id", where)
        if name in texts:
            raise BadSet(f"the id {name!r} is there twice", where=where, do="give each document its own")
        title, text = str(line.get("title") or "").strip(), str(line.get("text") or "").strip()
        if not (title or text):
            raise BadSet("the document is empty", where=where, do="give it a text, or take it out")
        texts[name] = Text(_source(name), "\n\n".join(part for part in (title, text) if part), name)
    queries: dict[str, str] = {}
    for where, line in objects(folder / "queries.jsonl"):
        name = _field(line, "_id", where)
        if name in queries:
            raise BadSet(f"the id {name!r} is there twice", where=where, do="give each query its own")
        queries[name] = _field(line, "text", where)
    path = next((folder / name for name in SPLITS if (folder / name).is_file()), None)
    if path is None:
        raise BadSet("there are no judgements", where=str(folder), do=f"add one of {', '.join(SPLITS)}")
    gold: dict[str, dict[str, int]] = defaultdict(dict)
    for where, query, document, grade in _judgements(path):
        if query not in queries or document not in texts:
            what = f"query {query!r}" if query not in queries else f"document {document!r}"
            raise BadSet(f"there is no {what}", where=where, do="take the line out, or add what it names")
        if gold[query].get(document, grade) != grade:
            said = f"{document!r} is judged twice for {query!r}, and not alike"
            raise BadSet(said, where=where, do="take one of the two out")
        gold[query][document] = grade
    questions = (
        Question(
            id=name,
            question=" ".join(text.split()),
            language=question_language(text),
            answerable=any(grade > 0 for grade in gold[name].values()),
            gold=tuple(Gold(texts[one].source, None, grade) for one, grade in gold[name].items() if grade > 0),
        )
        for name, text in queries.items()
        if name in gold
    )
    sha256 = hash_files(folder / "corpus.jsonl", folder / "queries.jsonl", path)
    return QuestionSet(folder.resolve().name, sha256, tuple(questions), tuple(texts.values()))


def _source(name: str) -> str:
    """A file's name for a document: its id where that is a plain one, else the id's hash."""
    plain = name if _PLAIN.fullmatch(name) else hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"set/{plain}.txt"


def _judgements(path: Path) -> Iterator[tuple[str, str, str, int]]:
    for number, line in enumerate(read_text(path).split("\n"), 1):
        where = f"{path}:{number}"
        parts = line.split("\t") if "\t" in line else line.split()
        if not line.strip() or (number == 1 and parts[-1].strip()[:1].isalpha()):
            continue  # a heading names its columns
        if len(parts) not in {3, 4}:
            raise BadSet("a judgement has three or four columns", where=where, do="mend the line")
        query, document, grade = parts[0].strip(), parts[-2].strip(), parts[-1].strip()
        try:
            yield where, query, document, int(grade)
        except ValueError as error:
            raise BadSet(f"{grade!r} is no grade", where=where, do="write a whole number") from error


def _field(line: Mapping[str, object], name: str, where: str) -> str:
    value = line.get(name)
    if not isinstance(value, str | int) or not str(value).strip():
        raise BadSet(f"there is no {name}", where=where, do="give it one")
    return str(value)
