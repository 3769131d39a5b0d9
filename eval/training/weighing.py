"""Fit the weights of a reader's logits and the fused score (`rag.retrieve.rerank.Weighing`) on development questions.

Each question is asked twice: with the results of the product's search, and with those results without the articles that
answer it. There are three fits, each by maximum likelihood with a small ridge penalty:

* the order: a conditional logit (McFadden 1974) of the answering passage among the passages read;
* the probability that the archive answers: logistic regression on the first passage in that order;
* the probability that the short answer is right: the same, with the target that its F1 with an answer is at least half.
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
"""Ridge penalty per question, on the weights of standardised features."""
LEAST: Final = 30
"""Minimum number of questions of a direction for a separate fit."""
MOST_OF_SEARCH: Final = 10.0
"""Maximum weight of the fused score in a probability. Users' own questions share fewer words with the texts than those
of the sets, so that their scores are lower by about .1 (docs/benchmarks.md): at the maximum-likelihood weight, 22,
every third Arabic question of the seeds would be refused. The limit lowers the area under the curve on development
questions by .003 to .04.
"""
RIGHT: Final = 0.5
"""Minimum token F1 with an accepted answer for a short answer to count as right."""


@dataclass(frozen=True, slots=True)
class ReadQuestion:
    """A question with the passages that were read for it.

    `features` has shape (passages, 3): fused score, relevance, span score. `holds`, shape (passages,), marks the
    passages that answer; it is all False if those were removed. `right`, shape (passages,), is the F1 of each passage's
    span with the accepted answers.
    """

    direction: str
    features: Floats
    holds: NDArray[np.bool_]
    right: Floats


def fit(asked: Sequence[ReadQuestion]) -> dict[str, Any]:
    """Fit the weighing, in the format of a weights file. Raises `ValueError` if all questions have the same outcome."""
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
    """Fit bias and weights for each direction of languages, and for all directions under ``""``.

    The range of the fused score differs by direction, so each direction has its own bias. The weights are shared,
    because a single direction has few questions.
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
    """Fit the weights (bias 0, fused, relevance, span) that rank the answering passages first.

    Raises `ValueError` if no question has both an answering passage and another one.
    """
    told = [one for one in asked if one.holds.any() and not one.holds.all()]
    if not told:
        raise ValueError("no question has both a passage that answers and one that does not")
    scale = np.concatenate([one.features for one in told]).std(axis=0) + 1e-9

    def loss(weights: Floats) -> float:
        total = RIDGE * len(told) * float(weights @ weights)
        for one in told:
            scores = (one.features / scale) @ weights
            total += _log_sum(scores) - _log_sum(scores[one.holds])
        return total

    return np.array([0.0, *(_least(loss, 3) / scale)])


def fit_logistic(features: Floats, yes: NDArray[np.bool_], known: Floats | None = None) -> list[float]:
    """Fit bias and weights of the log-odds of `yes`.

    `features` has shape (questions, n); `known`, shape (questions,), is a fixed part of the log-odds. Raises
    `ValueError` if all questions have the same outcome.
    """
    if yes.all() or not yes.any():
        raise ValueError("all questions have the same outcome")
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


# The archive and questions for the fit: the reader's development splits, with news as distractors.
#
# The archive has the Arabic texts of the odd XQuAD articles, of ARCD, MLQA and TyDi, and `NEWS` of ANT's articles,
# which are neither training data nor distractors of the benchmarks. The questions are those of the development splits
# and of TyDi's fold that is not used for training (`eval.training.examples`): Arabic ones, and XQuAD's English ones.

NEWS: Final = slice(900, 1800)
_SEARCHED: Final = 40
"""Number of passages to retrieve, so that enough are left after removing all that answer."""
_READ: Final = 8
_DEVELOPMENT: Final[dict[str, Split]] = {"xquad": "dev", "arcd": "dev", "mlqa": "dev", "tydi": "test"}
"""The split of each set. Authors of TyDi's questions had not seen the text, so those share fewer words with it."""
_SETS: Final = (
    ("xquad", "xquad.ar.json"),
    ("arcd", "arcd-train.json"),
    ("mlqa", "mlqa-dev-ar.json.xz"),
    ("tydi", "tydiqa-ar.json.xz"),
)


def write_set(data: Path, folder: Path) -> tuple[Path, dict[str, str]]:
    """Write the archive's texts and questions as one SQuAD file; return its path, and the English questions by id.

    The ids of questions in a development split start with ``dev``.
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
    """Yield every development question twice: read with its search results, and without the articles that answer it.

    `corpus` must not have a reader.
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
    """Yield one question read with its first passages, and with the first passages of articles without an answer."""
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
