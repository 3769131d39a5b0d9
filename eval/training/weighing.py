"""Fits how a reader's logits and the fused score are weighed (`rag.retrieve.rerank.Weighing`), on development
questions.

Each question is asked twice: of what the product's search finds for it, and of what it finds when everything that
answers is taken out of the archive. Three fits, each by maximum likelihood with a small ridge:

* the order: a conditional logit (McFadden 1974) of the passage that answers among those that were read;
* the probability that the archive answers: logistic regression on the first passage in that order;
* the probability that the words pointed at are right: the same, on whether they reach half of the F1 with an answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eval.corpora import CurrentTexts as Texts
from eval.metrics import token_f1
from eval.sets import read_squad
from eval.training.examples import Split, is_in_split, load_published
from rag.retrieve.rerank import to_read

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from eval.corpora import Places
    from eval.sets import Question
    from rag.corpus import Corpus
    from rag.models.reader import Reads
    from rag.types import Found, Hit

    Floats = NDArray[np.float64]

RIDGE: Final = 1e-3
"""Of the weights of standardised features, a question."""
LEAST: Final = 30
"""Questions of a direction, below which it has no fit of its own."""
MOST_OF_SEARCH: Final = 10.0
"""The most that the fused score may weigh in a probability. Questions of a person's own share fewer words with the
texts than those of the sets, so that their scores are lower by about .1 (docs/benchmarks.md): at the likeliest weight,
22, every third Arabic question of the seeds would be refused. On development questions the area under the curve
falls by .003 to .04 for it.
"""
RIGHT: Final = 0.5
"""Token F1 with an accepted answer from which words are counted as right."""


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """A question with the passages that were read for it.

    `features` is (passages, 3): fused score, relevance, span score. `holds` says which passages answer, and is all
    False where what answers was taken out; `right` the F1 of each passage's span with the accepted answers.
    """

    direction: str
    features: Floats
    holds: NDArray[np.bool_]
    right: Floats


def fit(asked: Sequence[ReadQuestion]) -> dict[str, Any]:
    """The weighing in the form in which a file of weights keeps it. Raises `ValueError` for questions of one kind."""
    order = fit_order(asked)
    places = [int((one.features @ order[1:]).argmax()) for one in asked]
    first = np.stack([one.features[at] for one, at in zip(asked, places, strict=True)])
    directions = [one.direction for one in asked]
    answers = np.array([one.holds[at] for one, at in zip(asked, places, strict=True)])
    right = np.array([one.right[at] >= RIGHT for one, at in zip(asked, places, strict=True)])
    return {
        "order": order.tolist(),
        "answers": fit_by_direction(first, answers, directions),
        "short": fit_by_direction(first, right, directions),
    }


def fit_by_direction(features: Floats, yes: NDArray[np.bool_], directions: Sequence[str]) -> dict[str, list[float]]:
    """Bias and weights for each direction of languages, and for all under ``""``.

    The fused score lies elsewhere in each direction, so that each has a bias of its own; all else weighs the same, for
    one direction alone has few questions.
    """
    names = sorted(set(directions))
    own = np.array([[name == one for name in names] for one in directions], dtype=np.float64)
    slopes = fit_logistic(np.concatenate([features, own], axis=1), yes)[1 : 1 + features.shape[1]]
    if slopes[0] > MOST_OF_SEARCH:
        rest = np.concatenate([features[:, 1:], own], axis=1)
        known = MOST_OF_SEARCH * features[:, 0]
        slopes = [MOST_OF_SEARCH, *fit_logistic(rest, yes, known)[1 : features.shape[1]]]
    known = features @ np.array(slopes)
    found = {"": [fit_logistic(np.zeros((len(yes), 0)), yes, known)[0], *slopes]}
    for name in names:
        mine = np.array([one == name for one in directions])
        if mine.sum() >= LEAST and yes[mine].any() and not yes[mine].all():
            found[name] = [fit_logistic(np.zeros((int(mine.sum()), 0)), yes[mine], known[mine])[0], *slopes]
    return found


def fit_order(asked: Sequence[ReadQuestion]) -> Floats:
    """Weights (bias 0, fused, relevance, span) under which the passages that answer come first."""
    told = [one for one in asked if one.holds.any() and not one.holds.all()]
    if not told:
        raise ValueError("no question has a passage that answers and one that does not")
    scale = np.concatenate([one.features for one in told]).std(axis=0) + 1e-9

    def loss(weights: Floats) -> float:
        total = RIDGE * len(told) * float(weights @ weights)
        for one in told:
            scores = (one.features / scale) @ weights
            total += _log_sum(scores) - _log_sum(scores[one.holds])
        return total

    return np.array([0.0, *(_least(loss, 3) / scale)])


def fit_logistic(features: Floats, yes: NDArray[np.bool_], known: Floats | None = None) -> list[float]:
    """Bias and weights of the log-odds of `yes`; `features` is (questions, n), `known` a part of them, (questions,)."""
    if yes.all() or not yes.any():
        raise ValueError("all questions are of one kind")
    centre, scale = features.mean(axis=0), features.std(axis=0) + 1e-9
    standard = (features - centre) / scale
    offset = np.zeros(len(yes)) if known is None else known
    sign = np.where(yes, 1.0, -1.0)

    def loss(weights: Floats) -> float:
        margins = sign * (offset + weights[0] + standard @ weights[1:])
        return float(np.logaddexp(0, -margins).sum() + RIDGE * len(yes) * weights[1:] @ weights[1:])

    weights = _least(loss, 1 + features.shape[1])
    slopes = weights[1:] / scale
    return [float(weights[0] - slopes @ centre), *map(float, slopes)]


def _least(loss: Callable[[Floats], float], size: int) -> Floats:
    from scipy.optimize import minimize

    found: Floats = minimize(loss, np.zeros(size), method="L-BFGS-B").x
    return found


def _log_sum(scores: Floats) -> float:
    top = float(scores.max())
    return top + float(np.log(np.exp(scores - top).sum()))


# The archive and the questions on which a reader's weighing is fitted: its development splits, among news.
#
# The archive holds the Arabic texts of the odd XQuAD articles, of ARCD, MLQA and TyDi, and `NEWS` of ANT's articles
# that are neither trained on nor among the distractors of the benchmarks. Asked are the questions of the development
# splits, and of TyDi's fold that is not trained on (`eval.training.examples`): Arabic ones, and XQuAD's English ones.

NEWS: Final = slice(900, 1800)
_SEARCHED: Final = 40
"""Passages that are searched for, so that enough are left when all that answer are taken out."""
_READ: Final = 8
_DEVELOPMENT: Final[dict[str, Split]] = {"xquad": "dev", "arcd": "dev", "mlqa": "dev", "tydi": "test"}
"""TyDi's questions, which people asked who had not seen the text, share fewer words with it than the others do."""
_SETS: Final = (
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
    for source, name in _SETS:
        every = load_published(data, name)["data"]
        for number, title in enumerate(every):
            if source == "xquad" and number % 2 == 0:
                continue
            split = "dev" if is_in_split(source, number, len(every), _DEVELOPMENT[source]) else "rest"
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


def asked_of(corpus: Corpus, reader: Reads, path: Path, english: dict[str, str]) -> Iterator[ReadQuestion]:
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


def _asked(corpus: Corpus, reader: Reads, texts: Texts, question: Question) -> Iterator[ReadQuestion]:
    found = corpus.search(corpus.query(question.question, language=question.language, top_k=_SEARCHED))
    yield from read_twice(reader, question, found, texts.places(question))


def read_twice(reader: Reads, question: Question, found: Found, places: Places) -> Iterator[ReadQuestion]:
    """One question with its first passages, and with the first of those that lie in articles without an answer."""
    answering = {place.source for place in question.gold}
    others = [hit for hit in found.hits if found.articles[hit.passage.article_id].source not in answering]
    both = to_read(found.hits, _READ), to_read(others, _READ)
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
        yield ReadQuestion(
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
