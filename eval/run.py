"""Run a question set on a corpus and write to a folder: a record after each question, then the report.

A stopped run resumes in the same folder, but only under the same conditions.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.corpora import CurrentTexts, Places, Slices
from eval.corpora import CurrentTexts as Texts
from eval.judges import judges_named
from eval.metrics import DEPTH, GROUPS, VERSION, CitedStatement, Judge, recall_and_precision, summarise
from eval.records import (
    AnswerRecord,
    CitationRecord,
    ClaimRecord,
    Ranked,
    Record,
    RecordWriter,
    SearchRecord,
    read_records,
    write_trec,
)
from eval.sets import Question, QuestionSet
from rag.citations import verbatim, without_markers
from rag.errors import BadInput
from rag.folders import Roots
from rag.retrieve.abstention import Policy, decisive_score, direction, unstated_figures, verdict
from rag.retrieve.evidence import select
from rag.store.locks import writer_lock
from rag.store.private import OF_USER, write_whole
from rag.types import Answer, Citation, Claim, Evidence, Found, Hit, Query
from rag.types import Search as Searches

if TYPE_CHECKING:
    from rag.corpus import Corpus


# Ask one question and record the search, the answer, and the gold places in both.

_Validity = Callable[[Citation], bool]


def _observe(
    question: Question,
    query: Callable[[int], Query],
    corpus: CurrentTexts,
    search: Searches,
    policy: Policy,
    answer: Callable[[Query], Answer] | None,
    valid: _Validity,
    judges: Mapping[str, Judge],
    clock: Callable[[], float] = time.monotonic,
) -> Record:
    """Ask one question and return its record.

    `query` makes its query for a number of passages; 0 means the product's own number. Without `answer`, only searches.
    """
    places = corpus.places(question)
    asked = query(0)
    started = clock()
    found = search(query(DEPTH))
    milliseconds = (clock() - started) * 1000
    answered = answer(asked) if answer else None
    product = replace(found, hits=found.hits[: asked.top_k])
    judged = verdict(asked, product, policy)
    return Record(
        id=question.id,
        question=question.question,
        language=question.language,
        direction=_direction(question, corpus, found),
        answerable=question.answerable,
        accepted=list(question.accepted),
        tags=list(question.tags),
        search=_search(found, question.question, places, milliseconds),
        refused=judged == "absent",
        unclear=judged == "unclear",
        unstated=bool(unstated_figures(asked.searched, product)),
        read=found.probability is not None,
        answer=_answer(answered, places, valid, judges) if answered else None,
    )


def _direction(question: Question, corpus: CurrentTexts, found: Found) -> str:
    """Return the direction, by the language of the gold article if known, else of the best hit."""
    known = next((corpus.languages[place.source] for place in question.gold if place.source in corpus.languages), None)
    return f"{question.language}-{known}" if known else direction(question.language, found)


def _search(found: Found, question: str, places: Places, milliseconds: float) -> SearchRecord:
    seen: dict[str, Ranked] = {}
    for hit in found.hits:
        seen.setdefault(hit.passage.article_id, _ranked(found, hit, places.of_articles(hit)))
    return SearchRecord(
        passages=[_ranked(found, hit, places.of_hit(hit)) for hit in found.hits],
        articles=list(seen.values()),
        sentences=[_sentence(item, places.of_sentence(item)) for item in select(found, DEPTH, question)],
        passage_units=places.passage_units(),
        article_units=places.article_units(),
        span_units=places.span_units(),
        score=decisive_score(found) if found.hits else None,
        milliseconds=milliseconds,
    )


def _ranked(found: Found, hit: Hit, covers: list[int]) -> Ranked:
    source, (start, end) = found.articles[hit.passage.article_id].source, hit.passage.span
    return Ranked(source=source, start=start, end=end, score=hit.score, covers=covers)


def _sentence(item: Evidence, covers: list[int]) -> Ranked:
    start, end = item.span
    return Ranked(source=item.article.source, start=start, end=end, score=item.score, covers=covers, text=item.text)


def _answer(answer: Answer, places: Places, valid: _Validity, judges: Mapping[str, Judge]) -> AnswerRecord:
    cited = {one.number: one for one in answer.citations}
    statements = [
        CitedStatement(
            without_markers(claim.text), tuple(_premise(cited[number]) for number in claim.citations if number in cited)
        )
        for claim in answer.claims
    ]
    usage, timings = answer.usage, answer.timings
    return AnswerRecord(
        status=answer.status,
        claims=[_claim(claim, answer.citations) for claim in answer.claims],
        citations=[_citation(one, places, valid) for one in answer.citations],
        short=_short(answer),
        probability=answer.probability,
        generator=answer.generator,
        rejected=len(answer.rejected),
        removed=len(answer.removed),
        notices=[notice.kind for notice in answer.notices],
        cut=answer.cut,
        to_evidence=timings.search,
        first_token=timings.first_token,
        total=timings.total,
        prompt_tokens=usage.prompt_tokens if usage else None,
        completion_tokens=usage.completion_tokens if usage else None,
        covered=sorted({at for one in answer.citations for at in places.of_span(one.source, one.span)}),
        judged={name: recall_and_precision(statements, judge) for name, judge in judges.items()},
    )


def _claim(claim: Claim, citations: Sequence[Citation]) -> ClaimRecord:
    own = without_markers(claim.text)
    taken: set[str | None] = set()
    for one in citations:
        quoted = [one.quote] + ([one.marked.of(one.article.text)] if one.marked else [])
        taken |= {*map(verbatim, quoted), one.source, one.title, one.outlet, one.published}
    for words in sorted(filter(None, taken), key=len, reverse=True):  # the quote before the marked part of it
        own = own.replace(words, " ")
    return ClaimRecord(
        text=claim.text,
        own=" ".join(own.split()),
        citations=list(claim.citations),
        supported=claim.support == "supported",
        problems=[problem.kind for problem in claim.problems],
    )


def _citation(citation: Citation, places: Places, valid: _Validity) -> CitationRecord:
    return CitationRecord(
        number=citation.number,
        source=citation.source,
        start=citation.span.start,
        end=citation.span.end,
        quote=citation.quote,
        marked=citation.marked.of(citation.article.text) if citation.marked else None,
        marked_at=citation.marked.start - citation.span.start if citation.marked else None,
        valid=valid(citation),
        gold=places.holds(citation.source, citation.span),
    )


def _short(answer: Answer) -> str:
    """Return the most probable short answer, else the marked words, else all quotes."""
    if answer.short:
        return answer.short[0].text
    pointed = next((one.marked.of(one.article.text) for one in answer.citations if one.marked), None)
    return pointed if pointed is not None else "\n".join(one.quote for one in answer.citations)


def _premise(citation: Citation) -> str:
    """Return the premise for a judge: the quote with the metadata of its article, as ALCE gives title and text."""
    told = (citation.title, citation.outlet, citation.published, citation.source, citation.quote)
    return "\n".join(part for part in told if part)


RECORDS, _CONDITIONS, REPORT = "records.jsonl", "run.json", "report.json"
_PACKAGES = ("isnad-qa", "sentence-transformers", "chromadb", "llama-index-core", "torch")
_OF_ANSWERS = frozenset(
    {
        *("passage_tokens", "max_file_mb", "embedding_model", "embedding_revision"),
        *("embedding_query_prompt", "embedding_passage_prompt", "top_k", "evidence_sentences"),
        *("reader", "read_passages", "answer_probability", "clear_probability", "short_probability"),
        *("generator", "llm_url", "llm_model", "answer_seconds"),
    }
)
"""The settings that an answer depends on, without API keys, which are never written to a file."""

_Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a run: retrieval only, or with answers, which the `judges` evaluate (see `eval.judges`)."""

    retrieval_only: bool = False
    judges: tuple[str, ...] = ("lexical",)


def run(
    of: QuestionSet, corpus: Corpus, out: Path, options: Options, progress: _Progress | None = None
) -> dict[str, Any]:
    """Ask every question that has no record in `out` yet, write the report there, and return it.

    Raises `BadInput` if `out` contains a run under other conditions, or for an invalid question; `CorpusBusy` if
    another process is running into `out`; and what search and answer raise (the records so far are kept).
    """
    queries = {question.id: _query(corpus, question, of.name) for question in of.questions}
    conditions = _conditions(of, corpus, options)
    with suppress(OSError):  # taking the lock raises it again
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
    progress: _Progress | None,
) -> dict[str, Any]:
    texts = Texts.current(corpus.catalog, corpus.name)
    roots = corpus.catalog.roots(corpus.name) or Roots.of(Path())
    _go_on(out, conditions)
    writer = RecordWriter(out / RECORDS)
    writer.cut_torn()
    known = {record.id: record for record in read_records(out / RECORDS)} if (out / RECORDS).is_file() else {}
    slices = Slices(roots, corpus.settings.max_file_bytes)
    answer = None if options.retrieval_only else corpus.answerer.answer
    judges: Mapping[str, Judge] = {} if options.retrieval_only else judges_named(options.judges, corpus)
    for number, question in enumerate(of.questions, 1):
        if question.id not in known:
            record = _observe(
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
    """Read the report from a file or from the folder of a run. Raises `BadInput` for anything else."""
    path = path / REPORT if path.is_dir() else path
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"this is not a report: {error}", where=str(path), do="give the folder of a run") from error
    if not isinstance(report, dict) or report.get("version") != VERSION or not {"questions", *GROUPS} <= set(report):
        raise BadInput("this is not a report of this version", where=str(path), do="run the set again")
    return report


def _query(corpus: Corpus, question: Question, name: str) -> Callable[[int], Query]:
    def query(top_k: int) -> Query:
        return corpus.query(question.question, language=question.language, top_k=top_k or None)

    try:
        query(0)  # report an invalid question before asking the first one
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
        "run": {**conditions, "peak_memory_bytes": _peak_memory()},
        **summarise(records, answers=answers),
    }


def _peak_memory() -> int:
    """Return the peak memory of this process, in bytes; 0 if the system does not report it."""
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _conditions(of: QuestionSet, corpus: Corpus, options: Options) -> dict[str, Any]:
    """Collect everything that a record depends on, with the versions used."""
    generation = corpus.catalog.current(corpus.name)
    members = (
        sorted((str(one.article_id), str(one.sha256)) for one in corpus.catalog.members(generation.id))
        if generation
        else []
    )
    settings = corpus.settings.model_dump(mode="json", include=set(_OF_ANSWERS))
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
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
    }


def _go_on(out: Path, conditions: dict[str, Any]) -> None:
    """Save the conditions of a new run; for a resumed run, check that they are the same."""
    path = out / _CONDITIONS
    kept = None
    with suppress(FileNotFoundError):
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            kept = ()
        if not isinstance(kept, dict):
            raise BadInput("its run.json is not one of Isnad", where=str(out), do="give another folder with --out")
    if kept is None:
        if (out / RECORDS).exists():
            raise BadInput("it has records but no run.json", where=str(out), do="give another folder with --out")
        write_json(path, conditions)
        return
    other = sorted(name for name in conditions if kept.get(name) != conditions[name])
    if other:
        what = f"it contains a run under other conditions ({', '.join(other)})"
        raise BadInput(what, where=str(out), do="give another folder with --out, or delete this one")


def write_json(path: Path, content: dict[str, Any], indent: int | None = 1) -> None:
    """Write a JSON file atomically."""
    write_whole(path, (json.dumps(content, ensure_ascii=False, indent=indent) + "\n").encode(), OF_USER)
