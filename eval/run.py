"""Runs a question set over a corpus into a folder: a record a question as it is answered, then the report.

A run that was killed goes on where it stopped, in the same folder and under the same conditions only.
"""

from __future__ import annotations

import hashlib
import json
import platform
import resource
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.gold import CurrentTexts as Texts
from eval.judges import named
from eval.metrics import GROUPS
from eval.observe import observe
from eval.records import Record, Writer, read_records
from eval.sets import Question, QuestionSet
from eval.slices import Slices
from eval.summary import VERSION, summary
from eval.trec import write_trec
from rag.errors import BadInput
from rag.roots import Roots
from rag.store.locks import writer_lock

if TYPE_CHECKING:
    from eval.alce import Judge
    from rag.corpus import Corpus
    from rag.types import Query

RECORDS, CONDITIONS, REPORT = "records.jsonl", "run.json", "report.json"
PACKAGES = ("isnad-qa", "sentence-transformers", "chromadb", "llama-index-core", "torch", "bm25s")
OF_ANSWERS = frozenset(
    {
        *("passage_tokens", "max_file_mb", "max_question_chars", "embedding_model", "embedding_revision"),
        *("embedding_query_prompt", "embedding_passage_prompt", "top_k", "candidates", "keyword_weight", "name_weight"),
        "lexicon_weight",
        *(
            "evidence_sentences",
            "min_score_ar",
            "min_score_en",
            "clear_score_ar",
            "clear_score_en",
            "reader",
            "read_passages",
            "answer_probability",
            "clear_probability",
            "short_probability",
            "min_similarity",
        ),
        *("generator", "llm_url", "llm_model", "gguf", "connect_seconds", "first_token_seconds"),
        *("between_tokens_seconds", "total_seconds"),
    }
)
"""The settings that an answer depends on. No key is among them: keys are never written down."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a set is run: a search only, or answers too, judged by these (see `eval.judges`)."""

    retrieval_only: bool = False
    judges: tuple[str, ...] = ("lexical",)


def run(
    of: QuestionSet, corpus: Corpus, out: Path, options: Options, progress: Progress | None = None
) -> dict[str, Any]:
    """Ask every question that `out` has no record of yet, write the report there, and return it.

    Raises `BadInput` when `out` holds a run under other conditions, or a question that cannot be asked; `CorpusBusy`
    when another process runs into it; what search and answer raise, with all records before kept.
    """
    queries = {question.id: _query(corpus, question, of.name) for question in of.questions}
    conditions = _conditions(of, corpus, options)
    with suppress(OSError):  # the lock tells it
        out.mkdir(parents=True, exist_ok=True)
    with writer_lock(out, "run"):
        return _asked(of, corpus, out, options, queries, conditions, progress)


def _asked(
    of: QuestionSet,
    corpus: Corpus,
    out: Path,
    options: Options,
    queries: dict[str, Callable[[int], Query]],
    conditions: dict[str, Any],
    progress: Progress | None,
) -> dict[str, Any]:
    texts = Texts.current(corpus.catalog, corpus.name)
    roots = corpus.catalog.roots(corpus.name) or Roots.of(Path())
    _go_on(out, conditions)
    writer = Writer(out / RECORDS)
    writer.cut_torn()
    known = {record.id: record for record in read_records(out / RECORDS)} if (out / RECORDS).is_file() else {}
    slices = Slices(roots, corpus.settings.max_file_bytes)
    answer = None if options.retrieval_only else corpus.answerer.answer
    judges: Mapping[str, Judge] = {} if options.retrieval_only else named(options.judges, corpus)
    for number, question in enumerate(of.questions, 1):
        if question.id not in known:
            record = observe(
                question,
                queries[question.id],
                texts,
                corpus.search,
                corpus.answerer.policy,
                answer,
                slices.valid,
                judges,
            )
            writer.add(record)
            known[question.id] = record
        if progress:
            progress("questions", number, len(of.questions))
    records = [known[question.id] for question in of.questions]
    report = _report(of, records, conditions, answers=not options.retrieval_only)
    write_trec(out, records, of.names)
    write_json(out / REPORT, report)
    return report


def read_report(path: Path) -> dict[str, Any]:
    """The report in a file, or in the folder of a run. Raises `BadInput` for what is none."""
    path = path / REPORT if path.is_dir() else path
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"this is no report: {error}", where=str(path), do="name the folder of a run") from error
    if not isinstance(report, dict) or report.get("version") != VERSION or not {"questions", *GROUPS} <= set(report):
        raise BadInput("this is no report of this version", where=str(path), do="run the set again")
    return report


def _query(corpus: Corpus, question: Question, name: str) -> Callable[[int], Query]:
    def query(top_k: int) -> Query:
        return corpus.query(question.question, language=question.language, top_k=top_k or None)

    try:
        query(0)  # one that cannot be asked is told before the first is asked
    except BadInput as error:
        raise BadInput(error.what, where=f"{name}: {question.id!r}", do=error.do) from error
    return query


def _report(of: QuestionSet, records: list[Record], conditions: dict[str, Any], *, answers: bool) -> dict[str, Any]:
    return {
        "version": VERSION,
        "set": {
            "name": of.name,
            "sha256": of.sha256,
            "questions": len(records),
            "answerable": sum(record.answerable for record in records),
        },
        "run": {**conditions, "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024},
        **summary(records, answers=answers),
    }


def _conditions(of: QuestionSet, corpus: Corpus, options: Options) -> dict[str, Any]:
    """All that a record depends on, and what it was made with."""
    generation = corpus.catalog.current(corpus.name)
    members = (
        sorted((str(one.article_id), str(one.sha256)) for one in corpus.catalog.members(generation.id))
        if generation
        else []
    )
    settings = corpus.settings.model_dump(mode="json", include=set(OF_ANSWERS))
    policy = corpus.answerer.policy
    return {
        "set_sha256": of.sha256,
        "questions_sha256": hashlib.sha256("\n".join(map(repr, of.questions)).encode()).hexdigest(),
        "corpus": corpus.name,
        "corpus_sha256": hashlib.sha256(json.dumps(members).encode()).hexdigest(),
        "articles": len(members),
        "passages": generation.count if generation else 0,
        "embedding_fingerprint": corpus.embedder.fingerprint,
        "generator": "retrieval only" if options.retrieval_only else corpus.answerer.name,
        "judges": [] if options.retrieval_only else list(options.judges),
        "min_score": dict(policy.min_score),
        "clear_score": dict(policy.clear_score),
        "calibrated": dict(policy.calibrated),
        "names_sha256": corpus.names.sha256,
        "settings": settings,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def _go_on(out: Path, conditions: dict[str, Any]) -> None:
    """Keep the conditions of a new run; of one that goes on, see that they are the same."""
    path = out / CONDITIONS
    kept = None
    with suppress(FileNotFoundError):
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            kept = ()
        if not isinstance(kept, dict):
            raise BadInput("its run.json is none of ours", where=str(out), do="name another folder with --out")
    if kept is None:
        if (out / RECORDS).exists():
            raise BadInput("it has records and no run.json", where=str(out), do="name another folder with --out")
        write_json(path, conditions)
        return
    other = sorted(name for name in conditions if kept.get(name) != conditions[name])
    if other:
        what = f"it holds a run under other conditions ({', '.join(other)})"
        raise BadInput(what, where=str(out), do="name another folder with --out, or delete this one")


def write_json(path: Path, content: dict[str, Any], indent: int | None = 1) -> None:
    """Write a file whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=indent) + "\n", encoding="utf-8")
    beside.replace(path)
