"""The archive and the questions on which a reader's weighing is fitted: its development splits, among news.

The archive holds the Arabic texts of the odd XQuAD articles, of ARCD, MLQA and TyDi, and `NEWS` of ANT's articles that
are neither trained on nor among the distractors of the benchmarks. Asked are the questions of the development splits,
and of TyDi's fold that is not trained on (`eval.training.examples`): Arabic ones, and XQuAD's English ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eval.corpora import CurrentTexts as Texts
from eval.metrics import token_f1
from eval.sets import read_squad
from eval.training.examples import Split, is_in_split, load_published
from eval.training.weighing import Asked
from rag.retrieve.rerank import to_read

if TYPE_CHECKING:
    from pathlib import Path

    from eval.corpora import Places
    from eval.sets import Question
    from rag.corpus import Corpus
    from rag.models.reader import Reads
    from rag.types import Found, Hit

NEWS: Final = slice(900, 1800)
SEARCHED: Final = 40
"""Passages that are searched for, so that enough are left when all that answer are taken out."""
READ: Final = 8
DEVELOPMENT: Final[dict[str, Split]] = {"xquad": "dev", "arcd": "dev", "mlqa": "dev", "tydi": "test"}
"""TyDi's questions, which people asked who had not seen the text, share fewer words with it than the others do."""
SETS: Final = (
    ("xquad", "xquad.ar.json"),
    ("arcd", "arcd-train.json"),
    ("mlqa", "mlqa-dev-ar.json.xz"),
    ("tydi", "tydiqa-ar.json.xz"),
)


def write_set(data: Path, folder: Path) -> tuple[Path, dict[str, str]]:
    """The archive's texts and questions as one file in SQuAD's form, and the English questions by the same ids.

    Ids begin with ``dev`` where the question is of a development split.
    """
    english: dict[str, str] = {}
    crossed = {
        qa["id"]: qa["question"]
        for title in load_published(data, "xquad.en.json")["data"]
        for paragraph in title["paragraphs"]
        for qa in paragraph["qas"]
    }
    titles: list[Any] = []
    for source, name in SETS:
        every = load_published(data, name)["data"]
        for number, title in enumerate(every):
            if source == "xquad" and number % 2 == 0:
                continue
            split = "dev" if is_in_split(source, number, len(every), DEVELOPMENT[source]) else "rest"
            for paragraph in title["paragraphs"]:
                for qa in paragraph["qas"]:
                    name = f"{split}:{source}:{number}:{qa['id']}"
                    if qa["id"] in crossed:
                        english[name] = crossed[qa["id"]]
                    qa["id"] = name
            titles.append({**title, "title": f"{source} {number}"})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "development.json"
    path.write_text(json.dumps({"version": "1", "data": titles}, ensure_ascii=False), encoding="utf-8")
    return path, english


def asked_of(corpus: Corpus, reader: Reads, path: Path, english: dict[str, str]) -> Iterator[Asked]:
    """Every development question, read with what is found for it, and with what is found when no text answers it.

    `corpus` must have no reader of its own.
    """
    texts = Texts.current(corpus.catalog, corpus.name)
    for question in read_squad(path).questions:
        if not question.id.startswith("dev:"):
            continue
        yield from _asked(corpus, reader, texts, question)
        if question.id in english:
            crossed = replace(question, question=english[question.id], language="en")
            yield from _asked(corpus, reader, texts, crossed)


def _asked(corpus: Corpus, reader: Reads, texts: Texts, question: Question) -> Iterator[Asked]:
    found = corpus.search(corpus.query(question.question, language=question.language, top_k=SEARCHED))
    yield from read_twice(reader, question, found, texts.places(question))


def read_twice(reader: Reads, question: Question, found: Found, places: Places) -> Iterator[Asked]:
    """One question with its first passages, and with the first of those that lie in articles without an answer."""
    answering = {place.source for place in question.gold}
    others = [hit for hit in found.hits if found.articles[hit.passage.article_id].source not in answering]
    both = to_read(found.hits, READ), to_read(others, READ)
    union = list({hit.passage.id: hit for hits in both for hit in hits}.values())
    readings = dict(
        zip(
            (hit.passage.id for hit in union),
            reader.read(question.question, [hit.passage for hit in union]),
            strict=True,
        )
    )
    for hits in both:
        if not hits:
            continue
        read = [replace(hit, reading=readings[hit.passage.id]) for hit in hits]
        yield Asked(
            direction=f"{question.language}-ar",
            features=np.array([_features(hit) for hit in read]),
            holds=np.array([bool(places.of_hit(hit)) for hit in read]),
            right=np.array([_right(hit, found, question.accepted) for hit in read]),
        )


def _features(hit: Hit) -> tuple[float, float, float]:
    if hit.reading is None:
        raise ValueError("the hit was not read")
    return hit.score, hit.reading.relevance, hit.reading.score


def _right(hit: Hit, found: Found, accepted: Sequence[str]) -> float:
    span = hit.reading.span if hit.reading else None
    return token_f1(span.of(found.articles[hit.passage.article_id].text), list(accepted)) if span else 0.0
