"""Members of generations are ranges, and each generation keeps its own, whatever else is started or removed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_corpus import read, split
from soak import times
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from rag.store import writes
from rag.store.catalog import Catalog
from rag.store.schema import VersionKey, generations
from rag.types import Article, Passage

CORPUS = "archive"
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where waiting for the disk costs nothing."""
FILES = st.dictionaries(st.sampled_from(["a.txt", "b.txt", "c.txt", "d.txt"]), st.sampled_from(["س.\n", "س.\nع.\n"]))


class Model:
    """A catalog, and what each of its listed generations must have: the versions of its articles, by id."""

    def __init__(self, folder: Path) -> None:
        self.catalog = Catalog.open(folder / "catalog.sqlite3", create=True)
        self.files: dict[str, str] = {}
        self.listed: dict[str, set[Article]] = {}
        self.current: str | None = None
        with self.catalog.transaction() as connection:
            writes.record_root(connection, CORPUS, "/x")
            # The numbers of the generations below have six digits and seven.
            row = {"id": "999997-aaaaaaaa", "corpus": CORPUS, "fingerprint": "f", "rules": "r", "created_at": ""}
            connection.execute(insert(generations).values(passages=0, **row))

    def write(self, files: dict[str, str]) -> None:
        with self.catalog.transaction() as connection:
            writes.forget_sources(connection, CORPUS, self.files)
            for source, text in files.items():
                article = read(text.encode(), corpus=CORPUS, source=source)
                writes.record_article(connection, article, split(article, lambda _: [1], 9), "r", None)
        self.files = files

    def start(self, *, switch: bool, same: bool = False) -> str:
        wanted = {read(text.encode(), corpus=CORPUS, source=source) for source, text in self.files.items()}
        same_as = self.current if same else None
        with self.catalog.transaction() as connection:
            changed = self.current is None or writes.has_changes(connection, CORPUS, self.current)
            if self.current == max(self.listed, key=number, default=None) is not None:
                assert changed == (wanted != self.listed[self.current])
            generation_id = writes.start_generation(connection, CORPUS, "f", "r", same_as)
        if switch:
            with self.catalog.transaction() as connection:
                writes.switch(connection, CORPUS, generation_id)
            self.listed[generation_id] = self.listed[same_as] if same_as else wanted
            self.current = generation_id
        return generation_id

    def remove(self, generation_id: str) -> None:
        with suppress(IntegrityError), self.catalog.transaction() as connection:
            writes.remove_generation(connection, generation_id)
        if generation_id != self.current:
            self.listed.pop(generation_id, None)

    def check(self) -> None:
        for one, articles in self.listed.items():
            assert self.catalog.members(one) == keys(articles)
            ordered = sorted(articles, key=lambda article: article.source)
            passages = passages_of(articles)
            assert list(self.catalog.iterate_passages(one)) == passages
            assert [passage.id for passage in self.catalog.passages(one, [p.id for p in passages])] == [
                passage.id for passage in passages
            ]
            for two, others in self.listed.items():
                changes = self.catalog.changes(one, two)
                assert sorted(changes.added) == sorted(keys(articles - others))
                assert sorted(changes.removed) == sorted(keys(others - articles))
                new = [article for article in ordered if article not in others]
                assert [meta.id for meta in self.catalog.articles_meta(one, two)] == [article.id for article in new]
                assert list(self.catalog.iterate_passages(one, two)) == passages_of(new)
        current = self.catalog.current(CORPUS)
        if current:
            assert current.id == self.current
            assert current.count == len(list(self.catalog.iterate_passages(current.id)))
            assert self.catalog.counts(CORPUS).articles == len(self.listed[current.id])


def passages_of(articles: Iterable[Article]) -> list[Passage]:
    """Passages of the articles, by article id and start."""
    ordered = sorted(articles, key=lambda article: article.id)
    return [passage for article in ordered for passage in split(article, lambda _: [1], 9)]


def number(generation_id: str) -> int:
    return int(generation_id.partition("-")[0])


def keys(articles: set[Article]) -> set[VersionKey]:
    return {VersionKey(article.id, article.sha256, "r") for article in articles}


@settings(max_examples=times(25, 1000), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(["switch", "killed", "failed", "same", "remove"]), FILES, st.integers(0, 9)),
        min_size=1,
        max_size=9,
    )
)
def test_each_generation_keeps_its_members_whatever_is_started_killed_or_removed(
    steps: list[tuple[str, dict[str, str], int]],
) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        model = Model(Path(folder))
        for what, files, which in steps:
            if what == "remove" and model.listed:
                model.remove(sorted(model.listed, key=number)[which % len(model.listed)])
            elif what == "same" and model.current:
                model.start(switch=True, same=True)
            elif what != "remove":
                model.write(files)
                started = model.start(switch=what == "switch")
                if what == "failed":
                    model.remove(started)
            model.check()
        model.catalog.close()


def test_a_generation_that_is_not_listed_has_no_members(tmp_path: Path) -> None:
    model = Model(tmp_path)
    model.write({"a.txt": "س.\n"})
    first = model.start(switch=True)
    gone = f"{first.partition('-')[0]}-00000000"
    assert model.catalog.members(gone) == set()
    assert list(model.catalog.iterate_passages(gone)) == []
    assert model.catalog.changes(first, gone).added == [*model.catalog.members(first)]
    assert model.catalog.changes(gone, first).removed == [*model.catalog.members(first)]


def test_a_version_that_comes_back_is_no_change_and_is_told_by_its_newest_generation(tmp_path: Path) -> None:
    model = Model(tmp_path)
    one, two = {"a.txt": "س.\n", "b.txt": "س.\n"}, {"b.txt": "س.\n"}
    ids = []
    for files in (one, two, one):
        model.write(files)
        ids.append(model.start(switch=True))
    article = read(b"\xd8\xb3.\n", corpus=CORPUS, source="a.txt")
    assert model.catalog.changes(ids[2], ids[0]).added == []
    assert [key.article_id for key in model.catalog.changes(ids[2], ids[1]).added] == [article.id]
    assert model.catalog.version(article.id, article.sha256) == article
    model.remove(ids[0])
    model.check()
    with pytest.raises(IntegrityError), model.catalog.transaction() as connection:
        writes.remove_generation(connection, ids[2])
    model.check()
