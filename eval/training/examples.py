"""Public question sets → training examples of the reader, and passages that look like an answer and are none.

What may be trained on, and what is for measuring only, is decided here and nowhere else:

* SQuAD 1.1 *train* (CC BY-SA 4.0), but for `HELD_ARTICLES` articles, which are the English development split;
* ARCD (MIT), MLQA *dev* Arabic (CC BY-SA 3.0): four of five articles, the fifth is the Arabic development split;
* TyDi QA Arabic, gold passage (Apache-2.0): four folds of five; the fifth is measured on;
* PQuAD (CC BY-SA 4.0), Persian, and HeQ (CC BY 4.0), Hebrew: also for questions that cannot be answered;
* XQuAD (CC BY-SA 4.0): the 24 articles with an odd number, counted from 0, questions in one language over texts in the
  other. The 24 even ones are for measuring only, and in the split `test` alone;
* ANT (Apache-2.0): passages of news that do not answer, but for the first `MEASURED_NEWS` articles of the benchmark's
  order, which are the distractors that the benchmarks search among. Questions about these passages are made by
  `eval.training.news_questions`, and read from its file.
"""

from __future__ import annotations

import json
import lzma
from collections import defaultdict
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from eval.bench.data import existing, read_news
from eval.sets import places
from rag.errors import BadInput
from rag.text.normalise import normal_form, tokens
from rag.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rag.types import Article, Span

HELD_ARTICLES: Final = 20
MEASURED_NEWS: Final = 2000
FOLDS: Final = 5
Split = Literal["train", "dev", "test"]
PIECE_CHARACTERS: Final = 700
"""News articles are cut into passages of whole sentences of about this length."""


@dataclass(frozen=True, slots=True)
class TrainingText:
    """A passage of a set; `article` names the article it is of, and `language` its BCP 47 language."""

    id: int
    source: str
    article: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """A question about a text. Without an answer (`start` is None) nothing in that text answers it.

    ``text.text[start:end]`` are the answer's words. `query` is the question in the language of the texts, for a keyword
    search.
    """

    source: str
    question: str
    query: str
    text: TrainingText
    start: int | None = None
    end: int | None = None

    @property
    def answer(self) -> str:
        return "" if self.start is None else self.text.text[self.start : self.end]


@dataclass
class Examples:
    """All texts and examples of one split, by set."""

    texts: list[TrainingText] = field(default_factory=list)
    by_source: dict[str, list[Example]] = field(default_factory=lambda: defaultdict(list))

    def add_text(self, source: str, article: str, language: str, text: str) -> TrainingText:
        made = TrainingText(len(self.texts), source, article, language, text)
        self.texts.append(made)
        return made

    @cached_property
    def articles(self) -> dict[str, list[TrainingText]]:
        """The texts by their article, in the order in which they were added."""
        found: dict[str, list[TrainingText]] = defaultdict(list)
        for text in self.texts:
            found[text.article].append(text)
        return found


SETS: Final = (
    ("squad", "squad-train.json.xz", "en"),
    ("arcd", "arcd-train.json", "ar"),
    ("mlqa", "mlqa-dev-ar.json.xz", "ar"),
    ("tydi", "tydiqa-ar.json.xz", "ar"),
    ("pquad", "pquad-validation.json.xz", "fa"),
    ("pquad", "pquad-test.json.xz", "fa"),
    ("heq", "heq-val.json.xz", "he"),
)


def read(folder: Path, split: Split, *, news: bool = True, made: Path | None = None) -> Examples:
    """The examples of a split, read from the published files in `folder`. Raises `BadInput` where one is missing.

    `made` is a file of `eval.training.news_questions`: the source ``news`` of the split ``train``, about the same texts
    that are passages without an answer for other questions. Raises `BadInput` where it is about other passages.
    """
    found = Examples()
    for source, name, language in SETS:
        _add_squad(found, source, f"{source}/{name}", load_published(folder, name)["data"], language, split)
    _add_crossed(found, folder, split)
    if news and split == "train":
        passages: dict[tuple[str, int], tuple[TrainingText, int]] = {}
        for article in read_news(folder)[MEASURED_NEWS:]:
            for piece in pieces(article):
                raw = piece.of(article.text)
                text = found.add_text("ant", article.id, "ar", raw.strip())
                passages[article.id, piece.start] = text, piece.end - len(raw.lstrip())
        if made is not None:
            found.by_source["news"] = list(_made(made, passages))
    return found


def _made(path: Path, passages: Mapping[tuple[str, int], tuple[TrainingText, int]]) -> Iterator[Example]:
    """The questions of a file about `passages`: article and start of the piece → its text and where that begins."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            one = json.loads(line)
            passage = passages.get((one["article"], one["piece"][0]))
            if passage is None or one["answer"][1] - passage[1] > len(passage[0].text):
                raise BadInput(
                    "a made question is about a passage that the news do not have",
                    where=f"{path}, line {number}",
                    do="make the file anew: python -m eval.training.news_questions",
                )
            text, begin = passage
            start, end = one["answer"]
            query = one.get("query", one["question"])
            yield Example("news", one["question"], query, text, start - begin, end - begin)


def pieces(article: Article) -> Iterator[Span]:
    """Spans of whole sentences, of about `PIECE_CHARACTERS` each, that tile the article's body."""
    for body in article.body:
        whole: Span | None = None
        for one in sentences(article.text, body):
            if whole is not None and one.end - whole.start > PIECE_CHARACTERS:
                yield whole
                whole = None
            whole = one if whole is None else type(one)(whole.start, one.end)
        if whole is not None:
            yield whole


def load_published(folder: Path, name: str) -> Any:
    """The JSON of a published file, unpacked where it is packed. Raises `BadInput` where it is missing."""
    raw = existing(folder, name).read_bytes()
    return json.loads((lzma.decompress(raw) if name.endswith(".xz") else raw).decode("utf-8-sig"))


def is_in_split(source: str, number: int, count: int, split: Split) -> bool:
    """Whether an article is in a split, by its place among the `count` articles of its file."""
    if source == "squad":
        return (number >= count - HELD_ARTICLES) == (split == "dev") and split != "test"
    if source == "tydi":
        return (number % FOLDS == 0) == (split == "test") and split != "dev"
    if source == "xquad":
        if number % 2 == 0:
            return split == "test"
        return split == ("dev" if number >= count - 4 else "train")
    if source in {"arcd", "mlqa"}:
        return (number % FOLDS == 0) == (split == "dev") and split != "test"
    return split == "train"


def _add_squad(found: Examples, source: str, prefix: str, data: Any, language: str, split: Split) -> None:
    for number, title in enumerate(data):
        if not is_in_split(source, number, len(data), split):
            continue
        for paragraph in title["paragraphs"]:
            text = found.add_text(source, f"{prefix}/{number}", language, paragraph["context"])
            for qa in paragraph["qas"]:
                example = _example(source, qa, text)
                if example:
                    found.by_source[source].append(example)


def _example(source: str, qa: Any, text: TrainingText) -> Example | None:
    question = qa["question"].strip()
    answers = qa.get("answers") or []
    if qa.get("is_impossible") or not answers:
        return Example(source, question, question, text)
    answer, start = answers[0]["text"], answers[0].get("answer_start")
    if start is None or text.text[start : start + len(answer)] != answer:
        found = list(places(answer, text.text))
        if len(found) != 1:
            return None  # it stands nowhere, or it cannot be told where the question means it
        start = found[0]
    return Example(source, question, question, text, start, start + len(answer)) if answer.strip() else None


def _add_crossed(found: Examples, folder: Path, split: Split) -> None:
    """XQuAD across languages: odd articles for training, of these the last two for development; the even are the test,
    with Arabic questions over Arabic too.
    """
    files = {code: load_published(folder, f"xquad.{code}.json")["data"] for code in ("ar", "en")}
    count = len(files["ar"])
    ways = (("en", "ar"), ("ar", "en"), *((("ar", "ar"),) if split == "test" else ()))
    for asked, told in ways:
        source = f"xquad-{asked}-{told}"
        for number, (questions, texts) in enumerate(zip(files[asked], files[told], strict=True)):
            if not is_in_split("xquad", number, count, split):
                continue
            for first, second in zip(questions["paragraphs"], texts["paragraphs"], strict=True):
                text = found.add_text(source, f"{source}/{number}", told, second["context"])
                for qa, parallel in zip(first["qas"], second["qas"], strict=True):
                    example = _example(source, parallel, text)
                    if example:
                        asked_in_both = replace(example, question=qa["question"].strip(), query=parallel["question"])
                        found.by_source[source].append(asked_in_both)


class Negatives:
    """Passages that a keyword search finds for a question and that do not hold its answer.

    The texts searched are those of the same language; news are among the Arabic ones. One search is remembered for each
    question.
    """

    def __init__(self, examples: Examples, *, proposals: int = 12) -> None:
        import bm25s

        self._proposals = proposals
        self._pools: dict[str, list[TrainingText]] = defaultdict(list)
        for text in examples.texts:
            self._pools[_pool(text)].append(text)
        self._articles = examples.articles
        self._indexes: dict[str, bm25s.BM25] = {}
        self._normal: dict[int, str] = {}
        self._known: dict[tuple[str, int], list[TrainingText]] = {}
        for name, texts in self._pools.items():
            index = bm25s.BM25()
            index.index([tokens(text.text) or [""] for text in texts], show_progress=False)
            self._indexes[name] = index

    def of(self, example: Example) -> Sequence[TrainingText]:
        """The likeliest passages that are no answer, likeliest first."""
        key = (example.question, example.text.id)
        if key not in self._known:
            self._known[key] = list(self._search(example))[: self._proposals]
        return self._known[key]

    def _search(self, example: Example) -> Iterator[TrainingText]:
        pool = self._pools[_pool(example.text)]
        index = self._indexes[_pool(example.text)]
        words = [word for word in tokens(example.query) if word in index.vocab_dict]
        if words:
            scores = index.get_scores(words)
            order = scores.argsort()[::-1][: 4 * self._proposals]
            found: Iterable[TrainingText] = (pool[place] for place in order if scores[place] > 0)
        else:
            found = self._articles[example.text.article]
        answer, own = normal_form(example.answer), normal_form(example.text.text)
        for text in found:
            normal = self._normal.setdefault(text.id, normal_form(text.text))
            if text.id != example.text.id and normal != own and not (answer and answer in normal):
                yield text


def _pool(text: TrainingText) -> str:
    # Across languages only the texts of the same set: others of its language would hold the answer untold.
    return text.source if text.source.startswith("xquad") else text.language
