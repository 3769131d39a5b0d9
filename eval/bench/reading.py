"""Benchmark of the reader against search alone: ranking, answer sentences, short answers and abstention.

Uses the questions of XQuAD's articles with an even index (from 0), on which no reader was trained, with the news
articles of all benchmarks as distractors. Abstention: each question is asked twice, of the whole archive and of the
archive without the articles that answer it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from eval.bench.data import existing, read_news
from eval.corpora import CurrentTexts as Texts
from eval.corpora import Places
from eval.metrics import Estimate, area_under_curve, exact_match, mean, token_f1
from eval.sets import read_squad
from rag.generate.generators import marked_in, near
from rag.retrieve.evidence import select
from rag.types import Found, Query

if TYPE_CHECKING:
    from pathlib import Path

    from eval.sets import Question
    from rag.config import Settings
    from rag.models.embedding import Embedder
    from rag.retrieve.rerank import Rerank

_SEARCHED: Final = 40
"""Number of passages to retrieve, so that enough are left after removing those that answer."""
_SHOWN: Final = 3
_REFUSED: Final = 0.1
"""The share of answerable questions that an abstention threshold may refuse."""
_LEADS: Final = 0.7
SearchedQuestion = tuple["Question", Query, Found, Places]


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One question by search alone (`before`) and after reading (`after`); each value is in [0, 1].

    `before` and `after` are: whether the first passage answers, whether the first sentence does, whether one of five
    sentences does, the precision of the sentences shown, and the score for abstention with and without the articles
    that answer.
    """

    before: tuple[float, float, float, float, float, float]
    after: tuple[float, float, float, float, float, float]
    exact: float
    f1: float
    short: float
    short_without: float
    seconds: float


def is_measured(data: Path, language: str) -> set[str]:
    """Return the ids of the questions used for measurement."""
    titles = json.loads(existing(data, f"xquad.{language}.json").read_text(encoding="utf-8"))["data"]
    return {qa["id"] for title in titles[::2] for paragraph in title["paragraphs"] for qa in paragraph["qas"]}


def asked(data: Path, language: str, settings: Settings, embedder: Embedder, home: Path) -> Iterator[SearchedQuestion]:
    """Yield the questions in a language with their search results over the Arabic texts and 900 news articles."""
    from eval.bench.data import COUNT, write_texts
    from eval.corpora import open_with

    news = write_texts(read_news(data)[:COUNT], home / "news")
    texts = existing(data, "xquad.ar.json")
    questions = read_squad(existing(data, f"xquad.{language}.json"), texts if language != "ar" else None)
    wanted = is_measured(data, language)
    plain = settings.model_copy(
        update={"data_dir": home, "corpus": "xquad", "generator": "extractive", "reader": "off"}
    )
    with open_with(questions, plain, news, embedder=embedder) as corpus:
        known = Texts.current(corpus.catalog, corpus.name)
        for question in questions.questions:
            if question.id in wanted:
                query = corpus.query(question.question, language=question.language, top_k=_SEARCHED)
                yield question, query, corpus.search(query), known.places(question)


def measure_reading(read: Rerank, each: Iterable[SearchedQuestion], top_k: int) -> list[ReadingRow]:
    """Measure every question by search alone and with the reader."""
    return [_row(read, *one, top_k) for one in each]


def _row(read: Rerank, question: Question, query: Query, found: Found, places: Places, top_k: int) -> ReadingRow:
    answering = {place.source for place in question.gold}
    others = tuple(hit for hit in found.hits if found.articles[hit.passage.article_id].source not in answering)
    whole, without = (replace(found, hits=hits[:top_k]) for hits in (found.hits, others))
    began = time.monotonic()
    after = read(query, whole)
    seconds = time.monotonic() - began
    after_without = read(query, without)
    first = select(after, 1, query.searched)[0]
    marked = marked_in(first)
    said = marked.of(first.article.text) if marked else ""
    return ReadingRow(
        before=(*_order(query, whole, places), whole.hits[0].score, without.hits[0].score),
        after=(*_order(query, after, places), after.probability or 0.0, after_without.probability or 0.0),
        exact=exact_match(said, list(question.accepted)),
        f1=token_f1(said, list(question.accepted)),
        short=read.short_probability(query, after, first.hit) or 0.0,
        short_without=read.short_probability(query, after_without, after_without.hits[0]) or 0.0,
        seconds=seconds,
    )


def _order(query: Query, found: Found, places: Places) -> tuple[float, float, float, float]:
    evidence = select(found, 5, query.searched)
    answers = [bool(places.of_sentence(item)) for item in evidence]
    shown = len(near(evidence[:_SHOWN]))
    return (
        float(bool(places.of_hit(found.hits[0]))),
        float(answers[0]),
        float(any(answers)),
        sum(answers[:shown]) / shown,
    )


NAMES: Final = (
    "the first passage answers",
    "the first sentence answers",
    "… one of five",
    "precision of the sentences shown",
)


def table(rows: Sequence[ReadingRow], name: str) -> str:
    """Format as Markdown: search alone beside the reader."""
    lines = [f"| {name}, {len(rows)} questions | search alone | reader |", "|---|---|---|"]
    for at, label in enumerate(NAMES):
        before, after = (mean([side[at] for side in sides]) for sides in _sides(rows))
        lines.append(f"| {label} | {_told(before)} | {_told(after)} |")
    areas, false = [], []
    for side in _sides(rows):
        yes, no = [one[4] for one in side], [one[5] for one in side]
        areas.append(_told(area_under_curve(yes, no)))
        least = sorted(yes)[int(_REFUSED * len(yes))]
        false.append(_told(mean([float(one >= least) for one in no])))
    lines.append(f"| abstention: area under the curve | {areas[0]} | {areas[1]} |")
    lines.append(f"| … false answers at 10 % false refusals | {false[0]} | {false[1]} |")
    lines.append(f"| exact match, F1 of the marked words | – | {_told(mean([one.exact for one in rows]))}, "
                 f"{_told(mean([one.f1 for one in rows]))} |")  # fmt: skip
    led = [one for one in rows if one.short >= _LEADS]
    right = _told(mean([float(one.f1 >= 0.5) for one in led]))
    lines.append(
        f"| short answers (from {_LEADS} up): share; right (F1 ≥ 0.5) | – | {len(led) / len(rows):.3f}; {right} |"
    )
    seconds = sorted(one.seconds for one in rows)
    lines.append(
        f"| reading, seconds: p50, p95 | – | {seconds[len(rows) // 2]:.2f}, {seconds[int(0.95 * len(rows))]:.2f} |"
    )
    return "\n".join(lines)


def speed(read: Rerank, embedder: Embedder, each: Sequence[SearchedQuestion]) -> str:
    """Format as Markdown: milliseconds per passage of reading and of bare encoding, with one and two threads."""
    import torch

    before = torch.get_num_threads()
    lines = ["| threads | read, ms per passage | encode, ms per passage | ratio |", "|---|---|---|---|"]
    questions = each[:: max(1, len(each) // 24)][:24]
    for threads in (1, 2):
        torch.set_num_threads(threads)
        spent = [0.0, 0.0]
        count = 0
        for question, _, found, _ in questions:
            passages = [hit.passage for hit in found.hits[: read.count]]
            began = time.monotonic()
            read.reader.read(question.question, passages)
            middle = time.monotonic()
            embedder.encode_passages([one.text for one in passages])
            spent[0] += middle - began
            spent[1] += time.monotonic() - middle
            count += len(passages)
        own, bare = (1000 * one / count for one in spent)
        lines.append(f"| {threads} | {own:.1f} | {bare:.1f} | {own / bare:.2f} |")
    torch.set_num_threads(before)
    return "\n".join(lines)


def _sides(rows: Sequence[ReadingRow]) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    return [one.before for one in rows], [one.after for one in rows]


def _told(one: Estimate) -> str:
    if one.mean is None:
        return "–"
    interval = "" if one.low is None or one.high is None else f" ({one.low:.3f}–{one.high:.3f})"
    return f"{one.mean:.3f}{interval}"
