"""A search always reads the generation that is current, from first to last, and keeps it while it does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from builders import query
from fake_vectors import FakeEmbedder
from small_corpus import fill

from rag.config import Settings
from rag.errors import IndexUnusable, WrongModel
from rag.index.build import build
from rag.index.verify import verify_folder
from rag.ingest.sync import IngestReport, ingest
from rag.retrieve.search import Current
from rag.store.catalog import CATALOG_FILE, GENERATIONS, Catalog

FIRST = {"a.txt": "افتتح الوزير معرض التمور في نزوى صباح أمس.\n", "b.txt": "وصل القطار الجديد إلى محطة الميناء.\n"}
SECOND = {**FIRST, "a.txt": "أغلق الوزير معرض التمور في صور مساء أمس.\n"}


def take_in(tmp_path: Path, files: dict[str, str]) -> IngestReport:
    folder = fill(tmp_path / "articles", files)
    return ingest(
        folder,
        settings=Settings(data_dir=tmp_path / "data"),
        corpus="news",
        embedder=FakeEmbedder(),
        build=partial(build, verify=verify_folder),
    )


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    take_in(tmp_path, FIRST)
    with Catalog.open(tmp_path / "data" / "corpora" / "news" / CATALOG_FILE) as opened:
        yield opened


def current(catalog: Catalog, tmp_path: Path, corpus: str = "news", embedder: object = None) -> Current:
    return Current(catalog, corpus, Settings(data_dir=tmp_path / "data"), embedder or FakeEmbedder())  # type: ignore[arg-type]


def test_a_question_after_an_ingest_reads_the_new_generation(catalog: Catalog, tmp_path: Path) -> None:
    with current(catalog, tmp_path) as search:
        before = search(query("معرض التمور"))
        assert before.hits[0].passage.text.strip() == FIRST["a.txt"].strip()
        report = take_in(tmp_path, SECOND)
        after = search(query("معرض التمور"))
        assert after.hits[0].passage.text.strip() == SECOND["a.txt"].strip()
        assert (before.snapshot, after.snapshot) == (before.snapshot, report.generation)
        assert before.snapshot != after.snapshot


def test_what_was_found_keeps_its_own_version_of_the_text(catalog: Catalog, tmp_path: Path) -> None:
    with current(catalog, tmp_path) as search:
        found = search(query("معرض التمور"))
        take_in(tmp_path, SECOND)
        take_in(tmp_path, FIRST | {"a.txt": "نص آخر تماما لا صلة له بما سبق.\n"})
        for hit in found.hits:
            assert hit.passage.span.of(found.articles[hit.passage.article_id].text) == hit.passage.text


def test_a_generation_that_is_open_is_kept_and_let_go_when_the_reader_leaves(catalog: Catalog, tmp_path: Path) -> None:
    home = tmp_path / "data" / "corpora" / "news" / GENERATIONS
    search = current(catalog, tmp_path)
    first = search(query("القطار")).snapshot
    for number in range(3):
        take_in(tmp_path, FIRST | {"c.txt": f"الخبر رقم {number} من النشرة المسائية.\n"})
    assert (home / first).is_dir()
    search.close()
    take_in(tmp_path, FIRST)
    assert not (home / first).exists()


def test_threads_share_it_while_generations_change(catalog: Catalog, tmp_path: Path) -> None:
    wrong: list[tuple[str, str]] = []
    with current(catalog, tmp_path) as search:
        stop = threading.Event()

        def ask() -> None:
            while not stop.is_set():
                found = search(query("معرض التمور"))
                versions = {(one.article_id, one.sha256) for one in catalog.members(found.snapshot)}
                hits = {(hit.passage.article_id, hit.passage.sha256) for hit in found.hits}
                wrong.extend(sorted(hits - versions))

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        for files in (SECOND, FIRST):
            take_in(tmp_path, files)
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_another_model_is_refused_and_a_corpus_without_an_index_says_what_to_run(
    catalog: Catalog, tmp_path: Path
) -> None:
    other = FakeEmbedder()
    other.fingerprint = "another"
    with current(catalog, tmp_path, embedder=other) as search, pytest.raises(WrongModel, match="isnad ingest"):
        search.refresh()
    with current(catalog, tmp_path, corpus="empty") as search, pytest.raises(IndexUnusable, match="isnad ingest"):
        search.refresh()


def test_many_questions_are_asked_of_one_generation_whatever_is_ingested_meanwhile(
    catalog: Catalog, tmp_path: Path
) -> None:
    with current(catalog, tmp_path) as search:
        asked = search.many([query("معرض التمور")] * 2 + [query("القطار")])
        first = next(asked)
        take_in(tmp_path, SECOND)
        assert {one.snapshot for one in asked} == {first.snapshot}
        assert search(query("القطار")).snapshot != first.snapshot


def test_many_questions_find_what_each_finds_alone(catalog: Catalog, tmp_path: Path) -> None:
    queries = [query("معرض التمور"), query("القطار")]
    with current(catalog, tmp_path) as search:
        assert list(search.many(queries)) == [search(one) for one in queries]
        assert list(search.many([])) == []
