"""Measures of one question from its record, by group, and their summary over a run.

A measure that is not defined for a question is None.

A missing answer counts as zero if the question should have one.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

import numpy as np

from eval.records import AnswerRecord, Ranked, Record, Unit
from rag.text.normalise import has_letters, normalise, question_language

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# Citation recall and precision as defined by ALCE, with any entailment judge.
#
# Gao et al. 2023, "Enabling Large Language Models to Generate Text with Citations", section 4.3: the recall of a
# statement is 1 if it has citations and these together entail it. A citation is irrelevant if it alone does not entail
# the statement but the others without it do; the precision of a citation is 1 if its statement has recall 1 and it is
# not irrelevant. An answer's recall is the mean over its statements; its precision is the mean over all its citations.

Pair = tuple[str, str]
"""A premise and a hypothesis."""

Judge = Callable[[Sequence[Pair]], list[bool]]
"""Decides for each pair whether the premise entails the hypothesis."""


@dataclass(frozen=True, slots=True)
class CitedStatement:
    """A sentence of an answer without its citation numbers, and the texts that it cites."""

    text: str
    cited: tuple[str, ...]


def recall_and_precision(statements: Sequence[CitedStatement], judge: Judge) -> tuple[float, float]:
    """Compute an answer's citation recall and precision, in [0, 1]; both 0 without statements or citations."""
    if not statements:
        return 0.0, 0.0
    whole = judge([(_joined(one.cited), one.text) for one in statements])
    recalls = [bool(one.cited) and entailed for one, entailed in zip(statements, whole, strict=True)]
    relevant = sum(
        _relevant(one, judge) if len(one.cited) > 1 else len(one.cited)
        for one, recalled in zip(statements, recalls, strict=True)
        if recalled
    )
    citations = sum(len(one.cited) for one in statements)
    return sum(recalls) / len(statements), relevant / citations if citations else 0.0


def _relevant(statement: CitedStatement, judge: Judge) -> int:
    """Count the citations of an entailed statement that are not irrelevant."""
    alone = judge([(one, statement.text) for one in statement.cited])
    others = judge(
        [
            (_joined(statement.cited[:at] + statement.cited[at + 1 :]), statement.text)
            for at in range(len(statement.cited))
        ]
    )
    return sum(itself or not rest for itself, rest in zip(alone, others, strict=True))


def _joined(cited: Sequence[str]) -> str:
    return "\n".join(cited)


# Means with counts and 95 % bootstrap intervals (scipy), deterministic.
#
# Undefined values are None, never NaN: the mean of no values, the interval of one value.

_RESAMPLES = 2000
_CONFIDENCE = 0.95
_SEED = 20240101


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval and the number of questions."""

    mean: float | None
    low: float | None
    high: float | None
    n: int

    def json(self) -> dict[str, float | int | None]:
        """Return ``{"mean", "low", "high", "n"}``, rounded to six decimal places."""
        return {
            "mean": _rounded(self.mean),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "n": self.n,
        }


def mean(values: Sequence[float]) -> Estimate:
    """Compute the mean and its percentile bootstrap interval (Efron, Tibshirani 1993, chapter 13)."""
    return _mean(tuple(map(float, values)))


@lru_cache(maxsize=1024)
def _mean(values: tuple[float, ...]) -> Estimate:
    """Cached, because many measures of a report have the same values."""
    if not values:
        return Estimate(None, None, None, 0)
    given = np.array(values)
    centre = float(given.mean())
    if len(given) == 1 or len(set(values)) == 1:
        end = None if len(given) == 1 else centre
        return Estimate(centre, end, end, len(given))
    low, high = _bootstrap((given,), np.mean)
    return Estimate(centre, low, high, len(given))


def paired(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Compute the mean of the differences ``second - first`` of the same questions, and its interval."""
    return mean((np.asarray(second, dtype=float) - np.asarray(first, dtype=float)).tolist())


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> Estimate:
    """Compute the area under the ROC curve (Hanley, McNeil 1982); None if either sample is empty.

    It is how often a positive score is above a negative one, with ties counting half. The interval resamples both.
    """
    count = len(positive) + len(negative)
    if not positive or not negative:
        return Estimate(None, None, None, count)
    first, second = np.asarray(positive, dtype=float), np.asarray(negative, dtype=float)
    area = roc_area(first, second)
    if len(first) == 1 or len(second) == 1:
        return Estimate(area, None, None, count)
    low, high = _bootstrap((first, second), roc_area)
    return Estimate(area, low, high, count)


def _bootstrap(samples: tuple[Any, ...], statistic: Any) -> tuple[float, float]:
    from scipy.stats import bootstrap

    found = bootstrap(
        samples,
        statistic,
        vectorized=statistic is np.mean,
        confidence_level=_CONFIDENCE,
        n_resamples=_RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(found.low), float(found.high)


def roc_area(positive: ArrayLike, negative: ArrayLike) -> float:
    """Compute the area under the ROC curve alone; neither sample is empty."""
    high, ordered = np.asarray(positive, dtype=float), np.sort(np.asarray(negative, dtype=float))
    below = np.searchsorted(ordered, high, side="left")
    equal = np.searchsorted(ordered, high, side="right") - below
    return float((below + equal / 2).sum() / (len(high) * len(ordered)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


# Measures of short answers: exact match, token F1 and containment, in Arabic and English.
#
# English is normalised as in the official SQuAD script (Rajpurkar et al. 2016: lower case, no punctuation, no articles,
# single spaces); a test compares it with that script's text. Before that, Arabic digits and their punctuation become
# ASCII, because 300 also answers a question whose article says ٣٠٠. Arabic is normalised as for searching
# (`rag.text.normalise.normalise`), without punctuation and without the definite article at the start of a word. MLQA
# (Lewis et al. 2020) removes the article as well, but its rule removes every ال, even inside words.

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ASCII = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٪٫٬،؛؟«»", '01234567890123456789%.,,;?""')
_NO_WORD = re.compile(r"[^\w\s]")
_DEFINITE = re.compile(r"\bال(?=\w\w)")


def _normal_english(text: str) -> str:
    """Normalise as in the official SQuAD script, with Arabic digits mapped to ASCII."""
    return " ".join(_ARTICLES.sub(" ", text.translate(_ASCII).lower().translate(_PUNCTUATION)).split())


def normal_arabic(text: str) -> str:
    """Normalise an Arabic answer, with digits 0–9."""
    return " ".join(_DEFINITE.sub("", _NO_WORD.sub(" ", normalise(text)[0])).split())


def _normal(text: str, like: str) -> str:
    """Normalise `text` by the rules of the language of `like`."""
    return normal_arabic(text) if question_language(like) == "ar" else _normal_english(text)


def exact_match(answer: str, accepted: Sequence[str]) -> float:
    """Return 1 if the normalised answer equals an accepted one, else 0; 0 without an answer."""
    return _best(answer, accepted, lambda given, right: float(given == right != ""))


def token_f1(answer: str, accepted: Sequence[str]) -> float:
    """Return the token F1, in [0, 1], against the best-matching accepted answer."""
    return _best(answer, accepted, _f1)


def contains(answer: str, accepted: Sequence[str]) -> float:
    """Return 1 if the normalised answer contains an accepted one as whole words, else 0."""
    return _best(answer, accepted, lambda given, right: float(right != "" and f" {right} " in f" {given} "))


def _best(answer: str, accepted: Sequence[str], score: Callable[[str, str], float]) -> float:
    return max((score(_normal(answer, one), _normal(one, one)) for one in accepted), default=0.0)


def _f1(given: str, right: str) -> float:
    first, second = given.split(), right.split()
    common = sum((Counter(first) & Counter(second)).values())
    if not common:
        return 0.0
    precision, recall = common / len(first), common / len(second)
    return 2 * precision * recall / (precision + recall)


# Ranking measures of one question: recall, reciprocal rank, nDCG and hit rate at a cut-off.
#
# A ranking lists what each rank covers: indices of relevant units (passages, articles or gold spans). A unit counts
# once, at the first rank that covers it; units that one rank covers together count as one. If each rank covers at most
# one unit, as in a TREC run, the values equal those of trec_eval (``R@k``, ``RR@k``, ``nDCG@k``, ``Success@k`` of
# ir_measures): the gain of a unit is its grade, the discount is log2(rank + 1).

CUTS = (1, 3, 5, 10, 20)
"""The cut-offs in a report."""
DEPTH = max(CUTS)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The grade found at each rank (0 if it covers no new unit), and the grades of all units, highest first."""

    grades: tuple[int, ...]
    ideal: tuple[int, ...]

    @classmethod
    def of(cls, covered: Sequence[AbstractSet[int]], units: Sequence[int]) -> Ranking:
        """Build a ranking: `covered` are the unit indices at each rank, `units` the grade of each unit, from 1."""
        left = set(range(len(units)))
        joined: list[int] = []
        grades: list[int] = []
        for rank in covered:
            new = left & rank
            grade = max((units[unit] for unit in new), default=0)
            grades.append(grade)
            if new:
                joined.append(grade)
            left -= new
        return cls(tuple(grades), tuple(sorted([*joined, *(units[unit] for unit in left)], reverse=True)))

    def recall(self, k: int) -> float | None:
        """Return the share of the units that the first `k` ranks cover; None without units."""
        return sum(grade > 0 for grade in self.grades[:k]) / len(self.ideal) if self.ideal else None

    def hit_rate(self, k: int) -> float | None:
        """Return 1 if the first `k` ranks cover a unit, else 0; None without units."""
        return float(any(self.grades[:k])) if self.ideal else None

    def reciprocal_rank(self, k: int) -> float | None:
        """Return 1 / the first rank that covers a unit; 0 if none of the first `k` does; None without units."""
        if not self.ideal:
            return None
        return next((1 / rank for rank, grade in enumerate(self.grades[:k], 1) if grade), 0.0)

    def ndcg(self, k: int) -> float | None:
        """Return nDCG at `k`: discounted gain divided by the best possible one (Järvelin, Kekäläinen 2002)."""
        best = _gain(self.ideal[:k])
        return _gain(self.grades[:k]) / best if best else None

    def measures(self, prefix: str = "") -> dict[str, float | None]:
        """Return all measures at `CUTS`, by name."""
        found: dict[str, float | None] = {}
        for k in CUTS:
            found[f"{prefix}recall@{k}"] = self.recall(k)
            found[f"{prefix}hit_rate@{k}"] = self.hit_rate(k)
            found[f"{prefix}mrr@{k}"] = self.reciprocal_rank(k)
            found[f"{prefix}ndcg@{k}"] = self.ndcg(k)
        return found


def _gain(grades: Sequence[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


# Risk–coverage: the error rate of the answers, if only the most certain questions are answered.


class Point(NamedTuple):
    """With every question from `score` up answered: the share answered (`coverage`), and their error rate (`risk`)."""

    score: float
    coverage: float
    risk: float


def curve(scores: Sequence[float], wrong: Sequence[bool]) -> list[Point]:
    """Compute the risk–coverage curve (El-Yaniv, Wiener 2010), most certain first; equal scores are one point."""
    ordered = sorted(zip(scores, wrong, strict=True), key=lambda one: -one[0])
    points: list[Point] = []
    answered = mistaken = 0
    for score, group in groupby(ordered, key=lambda one: one[0]):
        for _, is_wrong in group:
            answered += 1
            mistaken += is_wrong
        points.append(Point(score, answered / len(ordered), mistaken / answered))
    return points


def area(points: Sequence[Point]) -> float | None:
    """Compute the area under a risk–coverage curve, in [0, 1]; lower is better. None for an empty curve."""
    before = total = 0.0
    for point in points:
        total += (point.coverage - before) * point.risk
        before = point.coverage
    return total if points else None


Group = Literal["retrieval", "answers", "citations", "abstention", "cost"]
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
Values = dict[Group, dict[str, float | None]]

_LESS_IS_BETTER: Final = frozenset(
    {
        "citations.rejected",
        "citations.unsupported",
        "citations.removed",
        "abstention.false_answers",
        "abstention.false_refusals",
        "abstention.wrong",
        "abstention.clear_false_answers",
        "abstention.clear_wrong",
        "abstention.unclear",
        "abstention.risk_coverage_area",
    }
)
"""Measures where lower is better, besides all of the group ``cost``."""

_UNCLEAR: Final = "unclear"
"""The `kind` of the notice on an unclear answer."""
SHOWN: Final = 3
"""In a search without answers, a question counts as right if its gold is in this number of sentences."""


def less_is_better(name: str) -> bool:
    """Whether lower values of a measure, named ``group.measure``, are better."""
    return name in _LESS_IS_BETTER or name.startswith("cost.")


def measures(record: Record, *, answers: bool) -> Values:
    """Compute the measures of one question; `answers` is False for a run with retrieval only."""
    return {
        "retrieval": retrieval(record),
        "answers": _answers(record) if answers else {},
        "citations": _citations(record) if answers else {},
        "abstention": _abstention(record, answers=answers),
        "cost": _cost(record, answers=answers),
    }


def retrieval(record: Record) -> dict[str, float | None]:
    """Compute recall, reciprocal rank, nDCG and hit rate by passage, article, and sentence at the gold span."""
    search = record.search
    if not record.answerable:
        return {}
    return {
        **ranking(search.passages, search.passage_units).measures(),
        **ranking(search.articles, search.article_units).measures("article_"),
        **ranking(search.sentences, search.span_units).measures("span_"),
    }


def ranking(ranked: Sequence[Ranked], units: Sequence[Unit]) -> Ranking:
    """Convert a recorded ranking and its units to a `Ranking`."""
    return Ranking.of([set(one.covers) for one in ranked], [unit.grade for unit in units])


def _answers(record: Record) -> dict[str, float | None]:
    answer = record.answer
    shown = answer is not None and answer.status != "not_in_corpus"
    found: dict[str, float | None] = {"language": _in_language(record, answer) if answer and shown else None}
    if record.answerable and record.accepted:
        short, text = (answer.short, answer.text) if answer and shown else ("", "")
        found["exact_match"] = exact_match(short, record.accepted)
        found["f1"] = token_f1(short, record.accepted)
        found["contains"] = contains(text, record.accepted)
    return found


def _in_language(record: Record, answer: AnswerRecord) -> float | None:
    """Return 1 if the answer's own text is all in the question's language, else 0; None if it only quotes."""
    own = [claim.own for claim in answer.claims if has_letters(claim.own)]
    return float(all(question_language(words) == record.language for words in own)) if own else None


def _citations(record: Record) -> dict[str, float | None]:
    answer = record.answer
    shown = answer is not None and answer.status != "not_in_corpus"
    cited = answer.citations if answer and shown else []
    found: dict[str, float | None] = {
        "quote_validity": sum(one.valid for one in cited) / len(cited) if cited else None,
        "rejected": float(answer.rejected) if answer and shown else None,
        "removed": float(answer.removed) if answer and shown else None,
        "unsupported": float(sum(not claim.supported for claim in answer.claims)) if answer and shown else None,
        "per_answer": float(len(cited)) if shown else None,
    }
    if record.answerable and record.search.article_units:
        found["gold_precision"] = sum(one.gold for one in cited) / len(cited) if cited else 0.0
        found["gold_recall"] = float(any(one.gold for one in cited))
    if record.answerable or shown:
        for judge, (recall, precision) in (answer.judged if answer else {}).items():
            found[f"recall/{judge}"] = recall if shown else 0.0
            found[f"precision/{judge}"] = precision if shown else 0.0
    return found


def _abstention(record: Record, *, answers: bool) -> dict[str, float | None]:
    refused = is_refused(record, answers=answers)
    wrong = not refused and not is_right(record, answers=answers)
    unclear = is_unclear(record, answers=answers)
    return {
        "false_refusals": float(refused) if record.answerable else None,
        "false_answers": None if record.answerable else float(not refused),
        "wrong": float(wrong),
        "clear_false_answers": None if record.answerable else float(not refused and not unclear),
        "clear_wrong": float(wrong and not unclear),
        "unclear": float(unclear) if record.answerable else None,
    }


def is_refused(record: Record, *, answers: bool) -> bool:
    """Whether the question was refused; for retrieval only, whether its score would be."""
    if not answers:
        return record.refused
    return record.answer is None or record.answer.status == "not_in_corpus"


def is_unclear(record: Record, *, answers: bool) -> bool:
    """Whether the answer is marked as unclear; for retrieval only, whether it would be."""
    if not answers:
        return record.unclear
    return record.answer is not None and _UNCLEAR in record.answer.notices


def is_right(record: Record, *, answers: bool) -> bool:
    """Whether the answer (for retrieval only, the evidence) is right.

    It is right if it contains an accepted answer or, without accepted answers, if it cites a gold place. For retrieval
    only, a gold place must be in the first `SHOWN` results; without gold places, an accepted answer. An unanswerable
    question is never right.
    """
    if not record.answerable:
        return False
    if answers:
        text = record.answer.text if record.answer else ""
        cited = record.answer.citations if record.answer else []
        return contains(text, record.accepted) > 0 if record.accepted else any(one.gold for one in cited)
    search = record.search
    spans = ranking(search.sentences, search.span_units)
    places = spans if spans.ideal else ranking(search.passages, search.passage_units)
    if not places.ideal:
        return contains("\n".join(one.text for one in search.sentences[:SHOWN]), record.accepted) > 0
    return bool(places.hit_rate(SHOWN))


def _cost(record: Record, *, answers: bool) -> dict[str, float | None]:
    answer = record.answer
    if not answers:
        return {"search_ms": record.search.milliseconds}
    return {
        "to_evidence_ms": answer.to_evidence if answer else None,
        "first_token_ms": answer.first_token if answer else None,
        "total_ms": answer.total if answer else None,
        "prompt_tokens": _or_none(answer.prompt_tokens if answer else None),
        "completion_tokens": _or_none(answer.completion_tokens if answer else None),
    }


def _or_none(count: int | None) -> float | None:
    return None if count is None else float(count)


# Aggregates records into a report, one JSON document: each measure with interval and count, in total and by group.

VERSION = 1
HEADLINES = frozenset(
    {
        *(f"retrieval.{level}{name}" for level in ("", "article_", "span_") for name in ("recall@1", "recall@5")),
        *(
            "retrieval.recall@20",
            "retrieval.hit_rate@1",
            "retrieval.hit_rate@5",
            "retrieval.mrr@10",
            "retrieval.ndcg@10",
        ),
        *("answers.exact_match", "answers.f1", "answers.contains", "answers.language"),
        *("citations.quote_validity", "citations.gold_precision", "citations.gold_recall"),
        *("abstention.false_answers", "abstention.clear_false_answers", "abstention.false_refusals"),
        *("abstention.unclear", "abstention.wrong"),
        *("cost.search_ms", "cost.total_ms"),
    }
)
"""The measures that are also reported for each direction, language and tag."""


def summarise(records: Sequence[Record], *, answers: bool) -> dict[str, Any]:
    """Aggregate the measures of a run: ``{group: {measure: {"mean", "low", "high", "n"}}}``, and three more parts.

    ``by[kind][name]`` has the `HEADLINES` for the questions of one direction, language or tag; ``curves`` are for
    plots; ``questions`` has the values of each question, by ``group.measure``.
    """
    values = {record.id: measures(record, answers=answers) for record in records}
    report: dict[str, Any] = _estimates(values.values())
    report["abstention"] |= {
        "auc": _auc(records).json(),
        "risk_coverage_area": _value(area(_curve(records, answers=answers)), len(records)),
    }
    report["by"] = {
        "direction": _by(records, values, lambda record: [record.direction]),
        "language": _by(records, values, lambda record: [record.language]),
        "tag": _by(records, values, lambda record: record.tags),
    }
    report["curves"] = {
        "recall": {level: _recall(records, level) for level in ("passages", "articles", "sentences")},
        "risk_coverage": [list(point) for point in _curve(records, answers=answers)],
        "scores": {
            "answerable": [record.search.score for record in records if record.answerable],
            "unanswerable": [record.search.score for record in records if not record.answerable],
        },
    }
    report["questions"] = {name: flat(each) for name, each in values.items()}
    return report


def flat(values: Values) -> dict[str, float]:
    """Flatten the values of one question to ``group.measure``, without None."""
    return {f"{group}.{name}": value for group in GROUPS for name, value in values[group].items() if value is not None}


def _estimates(values: Iterable[Values], only: frozenset[str] | None = None) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, list[float]]] = {group: defaultdict(list) for group in GROUPS}
    for each in values:
        for group in GROUPS:
            for name, value in each[group].items():
                if only is None or f"{group}.{name}" in only:
                    found[group][name] += [] if value is None else [value]
    return {group: {name: mean(of).json() for name, of in names.items()} for group, names in found.items()}


def _by(
    records: Sequence[Record], values: Mapping[str, Values], keys: Callable[[Record], Sequence[str]]
) -> dict[str, Any]:
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        for key in keys(record):
            groups[key].append(record)
    found = {}
    for key in sorted(groups):
        found[key] = _estimates((values[record.id] for record in groups[key]), HEADLINES)
        found[key]["abstention"]["auc"] = _auc(groups[key]).json()
        found[key]["questions"] = {"n": len(groups[key]), "answerable": sum(one.answerable for one in groups[key])}
    return found


def _auc(records: Sequence[Record]) -> Estimate:
    """Compute the AUC of the best score, answerable against unanswerable; a question without hits ranks lowest."""
    scores = [(float("-inf") if one.search.score is None else one.search.score, one.answerable) for one in records]
    return area_under_curve([one for one, right in scores if right], [one for one, right in scores if not right])


def _curve(records: Sequence[Record], *, answers: bool) -> list[Point]:
    """Compute the risk–coverage curve by the best score, over answered questions (retrieval only: all with hits)."""
    shown = [
        one for one in records if one.search.score is not None and not (answers and is_refused(one, answers=answers))
    ]
    points = curve(
        [one.search.score for one in shown if one.search.score is not None],
        [not is_right(one, answers=answers) for one in shown],
    )
    share = len(shown) / len(records) if records else 0.0
    return [Point(point.score, point.coverage * share, point.risk) for point in points]


def _recall(records: Sequence[Record], level: str) -> list[float | None]:
    """Compute the mean recall at each cut-off from 1 to `DEPTH`."""
    units = {"passages": "passage_units", "articles": "article_units", "sentences": "span_units"}[level]
    rankings = [ranking(getattr(one.search, level), getattr(one.search, units)) for one in records if one.answerable]
    means = []
    for k in range(1, DEPTH + 1):
        found = [value for each in rankings if (value := each.recall(k)) is not None]
        means.append(sum(found) / len(found) if found else None)
    return means


def _value(value: float | None, count: int) -> dict[str, Any]:
    return Estimate(value, None, None, count).json()
