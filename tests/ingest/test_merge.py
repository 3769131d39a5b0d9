"""Segments are merged aside: nothing is lost, and what was ingested meanwhile is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import query
from fake_vectors import FakeEmbedder
from small_corpus import fill

from rag.config import Settings
from rag.errors import CatalogError
from rag.index import layout
from rag.index.build import build
from rag.index.verify import verify_folder
from rag.ingest.merge import merge, merge_aside
from rag.ingest.sync import IngestReport, ingest
from rag.retrieve.search import Current
from rag.store.catalog import catalog_of

CORPUS = "archive"
CITIES = ["حلب", "دمشق", "حمص", "بيروت", "بغداد", "طرابلس", "القاهرة", "تونس"]
quick = partial(build, verify=verify_folder)


class Archive:
    """An archive of one-sentence articles that grew file by file until its segments are due."""

    def __init__(self, home: Path) -> None:
        self.files = home / "files"
        self.settings = Settings(data_dir=home / "data", corpus=CORPUS, reader="off")
        self.texts: dict[str, str] = {}

    def take(self, **texts: str | None) -> IngestReport:
        """Write or remove files, and ingest."""
        self.texts = {name: text for name, text in {**self.texts, **texts}.items() if text is not None}
        fill(self.files, {f"{name}.txt": text for name, text in self.texts.items()})
        return ingest(
            self.files, settings=self.settings, corpus=CORPUS, embedder=FakeEmbedder(), build=quick, allow_deletes=True
        )

    def segments(self) -> int:
        with catalog_of(self.settings, CORPUS) as catalog:
            current = catalog.current(CORPUS)
            assert current is not None
            folder = self.settings.generations_dir(CORPUS) / current.id
            verify_folder(folder)
            return len(layout.Manifest.read(folder).segments)

    def found(self) -> dict[str, list[tuple[str, float]]]:
        """The source and score of every hit, for a question after each city."""
        with (
            catalog_of(self.settings, CORPUS) as catalog,
            Current(catalog, CORPUS, self.settings, FakeEmbedder()) as search,
        ):
            results = {city: search(replace(query(f"من وصل إلى {city}؟"), top_k=20)) for city in CITIES}
            return {
                city: [(found.articles[hit.passage.article_id].source, hit.score) for hit in found.hits]
                for city, found in results.items()
            }


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path)
    made.take(**{f"a{n}": f"وصل الوفد رقم {n} إلى {city} صباح اليوم.\n" for n, city in enumerate(CITIES)})
    made.take(a0=f"عاد الوفد من {CITIES[0]} مساء أمس.\n", a1=None, b=f"وصل الوزير إلى {CITIES[2]}.\n")
    made.take(c=f"وصل السفير إلى {CITIES[3]}.\n", a2=None, a3=None)
    return made


def test_a_merge_changes_no_hit_and_no_score(archive: Archive) -> None:
    before = archive.found()
    assert archive.segments() == 2
    assert merge(archive.settings, CORPUS, quick)
    assert archive.segments() == 1
    assert archive.found() == before
    assert not merge(archive.settings, CORPUS, quick)
    report = archive.take()
    assert (report.switched, report.unchanged) == (False, len(archive.texts))


def test_what_is_ingested_while_a_merge_builds_is_in_the_merged_index(archive: Archive) -> None:
    def meanwhile(*arguments: Any, **options: Any) -> None:
        quick(*arguments, **options)
        if "base" not in options:
            archive.take(d=f"وصل الملك إلى {CITIES[4]}.\n", b=None, c=f"غادر السفير {CITIES[3]}.\n")

    assert merge(archive.settings, CORPUS, meanwhile)
    merged = archive.found()
    assert {source for hits in merged.values() for source, _ in hits} == {f"{name}.txt" for name in archive.texts}
    archive.take()
    ingest(archive.files, settings=archive.settings, corpus=CORPUS, embedder=FakeEmbedder(), build=quick, rebuild=True)
    assert archive.segments() == 1
    assert archive.found() == merged


def stopped(*_arguments: Any, **_options: Any) -> None:
    raise KeyboardInterrupt


def full(folder: Path, *_arguments: Any, **_options: Any) -> None:
    (folder.parent / layout.SEGMENTS / folder.name).mkdir()
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(("build_index", "error"), [(stopped, KeyboardInterrupt), (full, CatalogError)])
def test_a_merge_that_ends_early_leaves_the_index_as_it_was(
    archive: Archive, build_index: Callable[..., None], error: type[BaseException]
) -> None:
    before = archive.found()
    with pytest.raises(error):
        merge(archive.settings, CORPUS, build_index)
    assert archive.found() == before
    archive.take(d=f"وصل الملك إلى {CITIES[4]}.\n")
    folder = archive.settings.generations_dir(CORPUS)
    with catalog_of(archive.settings, CORPUS) as catalog:
        kept = catalog.counts(CORPUS).generations
    assert len([path for path in folder.glob("0*") if path.is_dir()]) == kept == 2, "nothing is left of the merge"
    assert merge(archive.settings, CORPUS, quick)


def test_a_second_merge_at_the_same_time_does_nothing(archive: Archive) -> None:
    second: list[bool] = []

    def meanwhile(*arguments: Any, **options: Any) -> None:
        second.append(merge(archive.settings, CORPUS, quick))
        quick(*arguments, **options)

    assert merge(archive.settings, CORPUS, meanwhile)
    assert second == [False]


def test_a_reader_of_the_earlier_generation_goes_on_while_segments_are_merged(archive: Archive) -> None:
    with (
        catalog_of(archive.settings, CORPUS) as catalog,
        Current(catalog, CORPUS, archive.settings, FakeEmbedder()) as search,
    ):
        asked = query(f"من وصل إلى {CITIES[5]}؟")
        before = search(asked)
        assert merge(archive.settings, CORPUS, quick)
        after = search(asked)
    assert before.snapshot != after.snapshot
    assert [(hit.passage.id, hit.score) for hit in before.hits] == [(hit.passage.id, hit.score) for hit in after.hits]


def merge_quickly(settings: Settings) -> None:
    merge(settings, CORPUS, quick)


def test_a_merge_aside_runs_in_another_process_and_only_if_segments_are_due(archive: Archive) -> None:
    before = archive.found()
    process = merge_aside(archive.settings, merge_quickly)
    assert process is not None
    process.join(120)
    assert process.exitcode == 0
    assert (archive.segments(), archive.found()) == (1, before)
    assert merge_aside(archive.settings, merge_quickly) is None
