"""An archive of twelve articles whose days, outlets and figures are known, for the views that list and compare them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from small_corpus import HashModel, take_in

from rag.config import Settings
from rag.corpus import Corpus, formats_of
from rag.generate.answer import Answerer
from rag.retrieve.abstention import Policy
from rag.retrieve.filters import StatedColumns
from rag.retrieve.rerank import Rerank
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.text.normalise import tokens
from rag.types import Found, Hit, Query, Search

SANA, REUTERS, BOOM, EREM, DAILY, AGENCY = "سانا", "رويترز", "أخبار بووم", "إرم نيوز", "The Daily", "وكالة الخبر"

ROWS: list[dict[str, str]] = [
    {
        "id": "fire-sana",
        "title": "حريق في مصنع",
        "outlet": SANA,
        "published": "2016-05-04",
        "text": "اندلع حريق في مصنع للنسيج في صفاقس في 3 أيار 2016.\nوأدى الحريق إلى مقتل 12 عاملا.",
    },
    {
        "id": "fire-reuters",
        "title": "ضحايا حريق",
        "outlet": REUTERS,
        "published": "2016-05-04",
        "text": "قتل 14 عاملا في حريق مصنع النسيج في صفاقس.\nواندلع الحريق في 3 مايو 2016 بعد منتصف الليل.",
    },
    {
        "id": "fire-boom",
        "title": "الحريق بالأرقام",
        "outlet": BOOM,
        "published": "2016-05-05",
        "text": "بلغ عدد قتلى حريق مصنع صفاقس 12 عاملا.\nوقال الوالي إن النار أخمدت أمس.",
    },
    {
        "id": "fire-erem",
        "title": "زيارة الموقع",
        "outlet": EREM,
        "published": "",
        "text": "زار الوزير مصنع صفاقس المحترق يوم الاثنين.",
    },
    {
        "id": "fire-daily",
        "title": "Factory fire",
        "outlet": DAILY,
        "published": "2016-05-06",
        "text": "Twelve workers died in the Sfax textile factory fire, the governor said.",
    },
    {
        "id": "court-sana",
        "title": "القضاء",
        "outlet": SANA,
        "published": "2016-07-01",
        "text": "أغلقت المحكمة ملف حريق مصنع صفاقس في حزيران 2016.",
    },
    {
        "id": "history-reuters",
        "title": "مصنع قديم",
        "outlet": REUTERS,
        "published": "2017-01-15",
        "text": "يعود تأسيس مصنع النسيج في صفاقس إلى عام 1998.",
    },
    {
        "id": "fire-agency",
        "title": "حريق في مصنع",
        "outlet": AGENCY,
        "published": "2016-05-04",
        "text": "اندلع حريق في مصنع للنسيج في صفاقس في 3 أيار 2016.\nوأدى الحريق إلى مقتل 12 عاملا.",
    },
    {
        "id": "visit-sana",
        "title": "زيارة",
        "outlet": SANA,
        "published": "2016-05-02",
        "text": "زار فيصل المقداد مدينة سوتشي والتقى نظيره الروسي.",
    },
    {
        "id": "visit-daily",
        "title": "Visit",
        "outlet": DAILY,
        "published": "2016-05-03",
        "text": "Faisal Mekdad visited Sochi and met his Russian counterpart.",
    },
    {
        "id": "visit-erem",
        "title": "المقداد في روسيا",
        "outlet": EREM,
        "published": "2016-05-03",
        "text": "زار فيصل المقداد العاصمة موسكو والتقى نظيره الروسي.",
    },
    {
        "id": "oil-boom",
        "title": "النفط",
        "outlet": BOOM,
        "published": "2016-05-01",
        "text": "بلغ سعر برميل النفط 45 دولارا في لندن.",
    },
]


def write_rows(folder: Path) -> Path:
    """The folder with the archive in one file of JSON lines."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (json.dumps(row, ensure_ascii=False) for row in ROWS)
    (folder / "news.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def by_words(catalog: Catalog, corpus: str) -> Search:
    """A search that finds the passages that hold a word of the question, most first, of the articles that pass."""

    def search(query: Query) -> Found:
        current = catalog.current(corpus)
        assert current is not None
        metas = {meta.id: meta for meta in catalog.articles_meta(current.id)}
        passing = StatedColumns(len(metas), enumerate(metas.values())).passing(query.filters)
        through = {name for name, passes in zip(metas, passing.tolist(), strict=True) if passes}
        asked = set(tokens(query.searched))
        every = [one for one in catalog.iterate_passages(current.id) if one.article_id in through]
        shares = {one.id: len(asked & set(tokens(one.text))) / len(asked) for one in every}
        found = sorted((one for one in every if shares[one.id]), key=lambda one: -shares[one.id])[: query.top_k]
        hits = [
            Hit(one, one.sentences[0], 0.9, 0.9, 0.5, 0.9 + shares[one.id] / 100, "both", (), (0.9,), (shares[one.id],))
            for one in found
        ]
        articles = catalog.articles(current.id, sorted({one.article_id for one in found}))
        return Found(tuple(hits), articles, current.id, len(every))

    return search


@contextmanager
def views_corpus(
    home: Path, read: Rerank | None = None, policy: Policy | None = None, **settings: Any
) -> Iterator[Corpus]:
    """The archive as a corpus whose search and reader are fakes: every line is a passage of one sentence."""
    made = Settings(data_dir=home / "data", max_file_mb=1.0, **settings)
    take_in(write_rows(home / "files"), home / "data", formats=formats_of(made))
    with Catalog.open(made.corpus_dir("archive") / CATALOG_FILE) as catalog:
        search = by_words(catalog, "archive")
        policy = policy or Policy(answer_probability=0.5, clear_probability=0.5, short_probability=0.7)
        answerer = Answerer(search, kind="reader" if read else "extractive", read=read, policy=policy)
        model: Any = HashModel()
        yield Corpus(
            "archive",
            made,
            answerer,
            search=search,
            catalog=catalog,
            embedder=model,
            warm=lambda: None,
            resources=ExitStack(),
        )


@contextmanager
def real_views_corpus(settings: Settings, home: Path) -> Iterator[Corpus]:
    """The archive under the bundled embedding model and the bundled reader; `settings` have the models."""
    from rag.corpus import ingest_folder, open_corpus

    made = settings.model_copy(update={"corpus": "archive", "reader": "bundled"})
    assert ingest_folder(write_rows(home / "files"), made).added == len(ROWS)
    with open_corpus(made) as corpus:
        yield corpus
