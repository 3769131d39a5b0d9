"""A corpus against a dict, whatever is done to its folder and whenever it is killed; the real index, and real searches.

A kill is the disk as it is at one statement to the database, one embedding or one passage of the build: the data
folder is copied at that moment, and the copy goes on in its place.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from fake_vectors import FakeEmbedder
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from numpy.typing import NDArray
from small_corpus import Vectors, audit, fill
from soak import times
from sqlalchemy import Engine, event

from rag.config import Settings
from rag.index import build as generation
from rag.index.verify import verify_folder
from rag.ingest.backup import backup, restore
from rag.ingest.check import index_differences
from rag.ingest.dry_run import foresee
from rag.ingest.merge import merge
from rag.ingest.sync import ingest
from rag.retrieve.search import Current
from rag.store.catalog import Catalog
from rag.types import Passage, Query

CITIES = ["حلب", "دمشق", "حمص", "بيروت", "بغداد", "طرابلس"]
TEXTS = st.lists(
    st.sampled_from([f"وصل الوفد إلى {city} صباح اليوم.\n" for city in CITIES] + ["٣٠٠ 500\n"]), min_size=1, max_size=3
).map("".join)
NAMES = st.sampled_from([f"{folder}{name}.txt" for folder in ("", "2016/") for name in "abc"])
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where waiting for the disk costs nothing."""
MOMENTS = st.integers(1, 90)


class Killed(BaseException):
    """The process is gone."""


class Disk:
    """Counts what is done, and keeps the data folder as it is when the count comes to `at`."""

    def __init__(self, data: Path, at: int) -> None:
        self.data, self.left, self.image = data, at, data.with_name("image")

    def tick(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            shutil.copytree(self.data, self.image)
            raise Killed


@contextmanager
def killed_at(data: Path, at: int) -> Iterator[Callable[..., None]]:
    """The block is killed at that moment, if it comes so far; gives what counts the moments beside the database's."""
    disk = Disk(data, at)
    event.listen(Engine, "before_cursor_execute", disk.tick)
    event.listen(Engine, "commit", disk.tick)
    try:
        with suppress(Killed):
            yield disk.tick
    finally:
        event.remove(Engine, "before_cursor_execute", disk.tick)
        event.remove(Engine, "commit", disk.tick)
    if disk.image.exists():
        shutil.rmtree(data)
        disk.image.rename(data)


class Corpus(RuleBasedStateMachine):
    """`wanted` is what the folder holds, `answered` what questions are answered from: source → text."""

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp(dir=MEMORY))
        self.folder, self.data = self.base / "folder", self.base / "data"
        self.settings = Settings(data_dir=self.data)
        self.home = self.settings.corpus_dir("archive")
        self.home.mkdir(parents=True)
        self.wanted: dict[str, str] = {}
        self.answered: dict[str, str] = {}
        self.kept: dict[str, str] | None = None

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    @initialize(files=st.dictionaries(NAMES, TEXTS, min_size=1, max_size=4), at=st.none() | MOMENTS)
    def begin(self, files: dict[str, str], at: int | None) -> None:
        """The first ingest, which may be killed too."""
        self.wanted = files
        if at is None:
            self.ingest()
        else:
            self.ingest_that_is_killed(at, rebuild=False)

    @rule(changes=st.lists(st.tuples(st.sampled_from(["write", "rename", "delete"]), NAMES, NAMES, TEXTS), min_size=1))
    def change(self, changes: list[tuple[str, str, str, str]]) -> None:
        for what, name, to, text in changes[:4]:
            if what == "write":
                self.wanted[name] = text
            elif what == "rename" and name in self.wanted:
                self.wanted[to] = self.wanted.pop(name)
            elif what == "delete" and len(self.wanted) > 1:
                self.wanted.pop(name, None)

    @rule(city=st.sampled_from(CITIES))
    def ingest(self, city: str = CITIES[0]) -> None:
        fill(self.folder, self.wanted)
        foreseen = foresee([self.folder], settings=self.settings, corpus="archive", allow_deletes=True)
        report = self._ingest()
        assert report.quarantined == foreseen.quarantined
        if self.answered and not self.after_kill:
            counts = (report.added, report.changed, report.renamed, report.deleted, report.unchanged)
            told = (foreseen.added, foreseen.changed, foreseen.renamed, foreseen.deleted)
            assert counts == (*map(len, told), foreseen.unchanged)
        self.answered, self.after_kill = self.good, False
        if self.answered:
            self.ask(city)

    @rule(at=MOMENTS, rebuild=st.booleans())
    def ingest_that_is_killed(self, at: int, rebuild: bool) -> None:
        fill(self.folder, self.wanted)
        with killed_at(self.data, at) as tick:
            self._ingest(tick, rebuild=rebuild)
        self._now_either(self.good)

    @precondition(lambda self: self.answered)
    @rule(at=st.none() | MOMENTS)
    def merge(self, at: int | None) -> None:
        with killed_at(self.data, at or 0) as tick:
            merge(self.settings, "archive", partial(slow_build, tick))
        self._now_either(self.answered)

    @precondition(lambda self: self.answered)
    @rule()
    def back_up(self) -> None:
        backup(self.home, "archive", self.base / "kept.db", force=True)
        self.kept = dict(self.answered)

    @precondition(lambda self: self.kept)
    @rule(at=st.none() | MOMENTS)
    def restore(self, at: int | None) -> None:
        assert self.kept is not None
        with killed_at(self.data, at or 0) as tick:
            restore(self.base / "kept.db", self.home, "archive", partial(slow_build, tick), force=True)
        if at is None:
            assert self._answers() == self.kept
        self._now_either(self.kept)

    def ask(self, city: str) -> None:
        having = {source for source, text in self.answered.items() if city in text}
        with (
            Catalog.open(self.home / "catalog.sqlite3") as catalog,
            Current(catalog, "archive", self.settings, FakeEmbedder()) as search,
        ):
            found = search(Query(f"وصل الوفد إلى {city}", f"وصل الوفد إلى {city}", "ar", top_k=20))
        for hit in found.hits:
            article = found.articles[hit.passage.article_id]
            assert self.answered[article.source] == article.text
            assert hit.passage.span.of(article.text) == hit.passage.text
        # Which comes first is for the scores: a short text without the city may stand nearer than a long one with it.
        assert not having or not having.isdisjoint(found.articles[hit.passage.article_id].source for hit in found.hits)

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert self._answers() == self.answered
        files = sorted((path.name, path.stat().st_mtime_ns) for path in self.home.rglob("*"))
        if files != self.looked_at and (self.home / "catalog.sqlite3").exists():
            self.looked_at = files
            found = audit(self.data, check=partial(index_differences, verify=verify_folder))
            assert [finding for finding in found if finding.wrong] == []

    after_kill = False
    looked_at: list[tuple[str, int]] | None = None

    @property
    def good(self) -> dict[str, str]:
        """Those of the files that hold words."""
        return {source: text for source, text in self.wanted.items() if any(map(str.isalpha, text))}

    def _ingest(self, tick: Callable[..., None] = lambda *_: None, *, rebuild: bool = False) -> Any:
        class Counting(FakeEmbedder):
            def encode_passages(self, texts: Any) -> NDArray[np.float32]:
                tick()
                return super().encode_passages(texts)

        return ingest(
            self.folder,
            settings=self.settings,
            corpus="archive",
            embedder=Counting(),
            build=partial(slow_build, tick),
            allow_deletes=True,
            rebuild=rebuild,
        )

    def _now_either(self, new: dict[str, str]) -> None:
        now = self._answers()
        assert now in (self.answered, new)
        self.answered, self.after_kill = now, True

    def _answers(self) -> dict[str, str]:
        path = self.home / "catalog.sqlite3"
        if not path.exists():
            return {}
        with Catalog.open(path, create=True) as catalog:
            current = catalog.current("archive")
            if current is None:
                return {}
            ids = [meta.id for meta in catalog.articles_meta(current.id)]
            return {article.source: article.text for article in catalog.articles(current.id, ids).values()}


def slow_build(
    tick: Callable[..., None],
    folder: Path,
    passages: Iterable[Passage],
    vectors: Vectors,
    fingerprint: str,
    **options: Any,
) -> None:
    """The real index, built and verified in this process."""

    def counted() -> Iterator[Passage]:
        for passage in passages:
            tick()
            yield passage

    generation.build(folder, counted(), vectors, fingerprint, verify_folder, **options)
    tick()


TestCorpus = Corpus.TestCase
TestCorpus.settings = settings(
    max_examples=times(8, 500),
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
