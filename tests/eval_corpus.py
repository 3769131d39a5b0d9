"""A corpus for evaluations that costs nothing: real catalog and files, fake index, a search by shared words."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from small_corpus import HashModel, fill, take_in

from eval.sets import Gold, Question, QuestionSet
from rag.config import Settings
from rag.corpus import Corpus
from rag.generate.answer import Answerer
from rag.retrieve.abstention import Policy
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.types import Answer, Found, Hit, Passage, Query, Span

FILES = {
    "port.txt": "وصلت السفينة إلى ميناء بورتسودان في الصباح.\nحملت السفينة 400 طن من القمح.\n",
    "library.txt": "افتتح الوزير مكتبة الإسكندرية الجديدة.\nحضر الافتتاح 300 ضيف من 12 دولة.\n",
    "match.txt": "فاز فريق دمشق في المباراة النهائية.\nسجل اللاعب هدفين في الشوط الأول.\n",
}
CITIES = {
    "طنطا": 110,
    "المنصورة": 120,
    "الزقازيق": 130,
    "أسيوط": 140,
    "سوهاج": 150,
    "قنا": 160,
    "أسوان": 170,
    "دمياط": 180,
}
FILES |= {f"harvest-{tons}.txt": f"بلغ محصول القطن في {city} {tons} طنا.\n" for city, tons in CITIES.items()}
POLICY = Policy(evidence_sentences=1, min_score={"ar": 0.3, "en": 0.3})


def gold(source: str, words: str) -> Gold:
    """Where words stand in a file of `FILES`."""
    at = FILES[source].index(words)
    return Gold(source, Span(at, at + len(words)))


QUESTIONS = QuestionSet(
    "small",
    "0" * 64,
    (
        Question(
            "q1", "إلى أي ميناء وصلت السفينة؟", "ar", True, ("بورتسودان",), (gold("port.txt", "ميناء بورتسودان"),)
        ),
        Question("q2", "كم طن من القمح حملت السفينة؟", "ar", True, ("400 طن",), (gold("port.txt", "400 طن"),)),
        Question("q3", "كم ضيف حضر الافتتاح؟", "ar", True, ("300 ضيف",), (gold("library.txt", "300 ضيف"),), ("count",)),
        Question("q4", "من سجل هدفين في الشوط الأول؟", "ar", True, ("اللاعب",), (gold("match.txt", "اللاعب"),)),
        *(
            Question(
                f"harvest-{tons}",
                f"كم بلغ محصول القطن في {city}؟",
                "ar",
                True,
                (f"{tons} طنا",),
                (gold(f"harvest-{tons}.txt", f"{tons} طنا"),),
            )
            for city, tons in CITIES.items()
        ),
        Question("q5", "ما سعر النفط؟", "ar", False),
        Question("q6", "متى اندلعت الحرب؟", "ar", False, (), (), ("off-topic",)),
    ),
)


def words(text: str) -> set[str]:
    return {word.strip("؟.") for word in text.split()}


class ByWords:
    """A search whose score is the share of the question's words that a passage has."""

    def __init__(self, catalog: Catalog, corpus: str) -> None:
        current = catalog.current(corpus)
        assert current is not None
        self._passages = list(catalog.iterate_passages(current.id))
        ids = sorted({passage.article_id for passage in self._passages})
        self._articles = catalog.articles(current.id, ids)
        self._generation = current.id

    def __call__(self, query: Query) -> Found:
        asked = words(query.searched)
        scored = [(len(asked & words(passage.text)) / len(asked), passage) for passage in self._passages]
        scored.sort(key=lambda one: -one[0])
        return self.found([(score, passage) for score, passage in scored[: query.top_k] if score > 0])

    def found(self, scored: list[tuple[float, Passage]]) -> Found:
        hits = [
            Hit(one, one.sentences[0], score, score, score, score, "both", (), (score,) * len(one.sentences))
            for score, one in scored
        ]
        return Found(tuple(hits), self._articles, self._generation, len(self._passages))

    def worst(self, query: Query) -> Found:
        """The same passages, as far from the right order as can be, none of them with the question's words."""
        asked = words(query.searched)
        return self.found([(0.9, passage) for passage in self._passages if not asked & words(passage.text)][:1])


class Answering:
    """Stands in the place of an `Answerer`: the answers of a real one, altered."""

    name = "extractive"

    def __init__(self, answerer: Answerer, alter: Callable[[Answer], Answer]) -> None:
        self.policy, self.read = answerer.policy, answerer.read
        self._answerer = answerer
        self._alter = alter

    def answer(self, query: Query) -> Answer:
        return self._alter(self._answerer.answer(query))


def small_corpus(home: Path, files: dict[str, str] | None = None) -> Corpus:
    """Ingest files and open them for questions; the answers are verbatim sentences."""
    folder = fill(home / "files", FILES if files is None else files)
    model = HashModel()
    take_in(folder, home / "data", model=model)
    settings = Settings(data_dir=home / "data", corpus="archive", generator="extractive")
    catalog = Catalog.open(settings.corpus_dir("archive") / CATALOG_FILE)
    search = ByWords(catalog, "archive")
    resources = ExitStack()
    resources.callback(catalog.close)
    embedder: Any = model
    return Corpus(
        "archive",
        settings,
        Answerer(search, policy=POLICY),
        search=search,
        catalog=catalog,
        embedder=embedder,
        warm=lambda: None,
        resources=resources,
    )
