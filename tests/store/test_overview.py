"""What a corpus holds is counted and listed over the current generation and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from small_corpus import HashModel, build, split
from views_archive import views_corpus

from rag.config import Settings
from rag.errors import Undecodable
from rag.ingest.sync import Extraction, ingest
from rag.store.catalog import Catalog, Overview, overview
from rag.store.schema import Quarantined
from rag.types import Article, Rendition, Span, Stated


def read(data: bytes, *, corpus: str, source: str, **_: object) -> Iterator[Article]:
    """A line of JSON (outlet, date, language) and the text."""
    if data == b"broken":
        raise Undecodable("broken UTF-8", where=source, do="save it as UTF-8")
    text = data.decode()
    outlet, published, language = json.loads(text.partition("\n")[0])
    yield Article(
        id=hashlib.sha256(f"{corpus}/{source}".encode()).hexdigest()[:16],
        corpus=corpus,
        source=source,
        sha256=hashlib.sha256(data).hexdigest(),
        text=text,
        rendition=Rendition(hashlib.sha256(data).hexdigest(), "utf-8"),
        body=(Span(text.index("\n") + 1, len(text)),),
        language=language,
        outlet=Stated(outlet, Span(0, 1)) if outlet else None,
        published=Stated(published, Span(0, 1)) if published else None,
    )


def take_in(tmp_path: Path, files: dict[str, tuple[object, str]]) -> Catalog:
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for source, (stated, text) in files.items():
        (folder / source).write_text(f"{json.dumps(stated)}\n{text}" if stated else text, encoding="utf-8")
    settings = Settings(data_dir=tmp_path / "data")
    ingest(
        folder,
        settings=settings,
        corpus="archive",
        embedder=HashModel(),
        build=build,
        extraction=Extraction(read=read, split=split),
        allow_deletes=True,
    )
    return Catalog.open(settings.corpus_dir("archive") / "catalog.sqlite3")


def test_outlets_languages_dates_and_quarantine_are_counted(tmp_path: Path) -> None:
    with take_in(
        tmp_path,
        {
            "a.txt": (["سانا", "2016-02-08", "ar"], "خبر أول"),
            "b.txt": (["سانا", "2015-11-30", "ar"], "خبر ثان"),
            "c.txt": ([None, None, "ar"], "خبر ثالث\nوبقيته"),
            "d.txt": (["Reuters", "2015-12-01", "en"], "News"),
            "e.txt": ([None, None, "und"], "Haber"),
            "f.txt": (None, "broken"),
        },
    ) as catalog:
        current = catalog.current("archive")
        assert current
        assert overview(catalog, "archive") == Overview(
            corpus="archive",
            articles=5,
            # Every line of a body is a passage, and the line of JSON above it is none: 1 + 1 + 2 + 1 + 1.
            passages=6,
            outlets=(("سانا", 2), (None, 2), ("Reuters", 1)),
            languages=(("ar", 3), ("en", 1), ("und", 1)),
            first="2015-11-30",
            last="2016-02-08",
            undated=2,
            quarantined=(Quarantined("f.txt", "broken UTF-8", "save it as UTF-8"),),
            generation=current.id,
            created_at=current.created_at,
            root=str((tmp_path / "folder").resolve()),
            days=("2015-11-30", "2015-12-01", "2016-02-08"),
        )


def test_what_an_earlier_generation_held_does_not_count(tmp_path: Path) -> None:
    take_in(tmp_path, {"a.txt": (["سانا", "2016-02-08", "ar"], "خبر")}).close()
    with take_in(tmp_path, {"b.txt": ([None, None, "en"], "News")}) as catalog:
        after = overview(catalog, "archive")
    assert (after.articles, after.outlets, after.languages) == (1, ((None, 1),), (("en", 1),))
    assert (after.first, after.last, after.undated) == (None, None, 1)


def test_a_corpus_without_a_generation_is_empty_and_still_names_its_quarantine(tmp_path: Path) -> None:
    with take_in(tmp_path, {"f.txt": (None, "broken")}) as catalog:
        empty = overview(catalog, "archive")
        assert (empty.articles, empty.passages, empty.generation, empty.created_at) == (0, 0, None, None)
        assert [file.source for file in empty.quarantined] == ["f.txt"]
        assert overview(catalog, "unknown").root is None


def listed(catalog: Catalog, corpus: str) -> set[tuple[str, ...]]:
    """Compare pages of articles with those of the metadata of all articles, sorted and filtered here, under each pair
    of filters; gives the lists that were found."""
    current = catalog.current(corpus)
    assert current
    every = catalog.articles_meta(current.id)
    outlets = [None, "no such outlet", *{one.outlet for one in every if one.outlet}]
    days: list[str | None] = [None, *sorted({one.published for one in every if one.published})]
    found = set()
    for outlet, first, last in product(outlets, days, days):
        fit = [
            one.id
            for one in every
            if outlet in (None, one.outlet)
            and ((first is None and last is None) or one.published is not None)
            and (one.published or "") >= (first or "")
            and (one.published or "") <= (last or "9999")
        ]
        found.add(tuple(fit))
        for offset, limit in ((0, 100), (0, 2), (1, 2), (len(fit), 1), (500, 3)):
            filters = {"outlet": outlet, "published_from": first, "published_to": last}
            page, total = catalog.articles_page(current.id, **filters, offset=offset, limit=limit)
            assert ([one.id for one in page], total) == (fit[offset : offset + limit], len(fit))
            assert {one.id: one for one in page} == catalog.articles(current.id, fit[offset : offset + limit])
    return found


def test_a_page_of_articles_is_that_part_of_all_that_pass_in_the_order_of_their_sources(tmp_path: Path) -> None:
    take_in(
        tmp_path, {"a.txt": (["سانا", "2016-02-08", "ar"], "خبر"), "gone.txt": ([None, None, "en"], "News")}
    ).close()
    stated: dict[str, tuple[object, str]] = {
        # By code points, as no locale sorts them.
        "B.txt": (["سانا", "2016-02-08", "ar"], "خبر أول"),
        "a.txt": (["سانا", "2016-02-09", "ar"], "خبر جديد"),
        "b.txt": (["Reuters", "2015-12-01", "en"], "News"),
        "é.txt": (["Reuters", None, "en"], "More news"),
        "أ.txt": ([None, "2016-02-08", "ar"], "خبر ثالث"),
        "\uffee.txt": ([None, None, "ar"], "خبر رابع"),
        "😀.txt": (["سانا", "2015-12-01", "ar"], "خبر خامس"),
    }
    with take_in(tmp_path, stated) as catalog:
        assert len(listed(catalog, "archive")) > 10
        assert catalog.articles_page("no such generation", limit=10) == ([], 0)
        current = catalog.current("archive")
        assert current
        page, _ = catalog.articles_page(current.id, limit=10)
    assert [one.source for one in page] == list(stated)


def test_articles_of_one_file_are_listed_by_member(tmp_path: Path) -> None:
    with views_corpus(tmp_path) as corpus:
        assert len(listed(corpus.catalog, corpus.name)) > 10
