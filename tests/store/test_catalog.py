"""The catalog gives back what was put in, byte for byte, and refuses loudly what is damaged or newer."""

from __future__ import annotations

import hashlib
import sqlite3
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_corpus import HashModel, fill, read, take_in
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from rag.errors import CatalogError, IndexUnusable
from rag.store import writes
from rag.store.catalog import Catalog
from rag.store.embeddings import embedded_text, texts_of
from rag.store.locks import lease
from rag.store.schema import (
    article_from_row,
    article_to_row,
    generation_number,
    passage_from_row,
    passage_to_row,
    tables,
)
from rag.text.normalise import has_letters
from rag.types import Article, Passage, Rendition, Span, Stated

ALEPPO = "حلب. زار وزير الخارجية وليد المعلم سوتشي. \nقتل ٣٠٠ شخص. 300.\n"
CAIRO = "القاهرة\r\nArab League.\n"


def archive(tmp_path: Path) -> tuple[Catalog, str]:
    """A catalog of two articles, and the id of its generation."""
    report = take_in(fill(tmp_path / "folder", {"حلب.txt": ALEPPO, "b/القاهرة.txt": CAIRO}), tmp_path / "data")
    assert report.generation
    return Catalog.open(tmp_path / "data" / "corpora" / "archive" / "catalog.sqlite3"), report.generation


def test_passages_come_back_in_the_order_asked(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    ids = [passage.id for passage in catalog.iterate_passages(generation)]
    assert [passage.id for passage in catalog.passages(generation, ids[::-1])] == ids[::-1]
    assert catalog.passages(generation, []) == []
    first = catalog.passages(generation, [ids[2], ids[0], ids[2]])
    assert [passage.text for passage in first] == [
        "القاهرة\r\n",
        "حلب. زار وزير الخارجية وليد المعلم سوتشي. \n",
        "القاهرة\r\n",
    ]


def test_passages_stream_by_article_id_and_start(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    aleppo, cairo = (
        read(text.encode(), corpus="archive", source=source).id
        for source, text in (("حلب.txt", ALEPPO), ("b/القاهرة.txt", CAIRO))
    )
    assert aleppo < cairo
    assert [passage.text for passage in catalog.iterate_passages(generation)] == [
        "حلب. زار وزير الخارجية وليد المعلم سوتشي. \n",
        "قتل ٣٠٠ شخص. 300.\n",
        "القاهرة\r\n",
        "Arab League.\n",
    ]


def test_sentences_come_back_with_their_passage(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    passage = next(iter(catalog.iterate_passages(generation)))
    start = passage.span.start
    assert [passage.text[a - start : b - start] for a, b in passage.sentences] == [
        "حلب. ",
        "زار وزير الخارجية وليد المعلم سوتشي. ",
        "\n",
    ]


def test_articles_come_back_whole(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    expected = read(ALEPPO.encode(), corpus="archive", source="حلب.txt")
    assert catalog.articles(generation, [expected.id]) == {expected.id: expected}


def test_a_passage_or_article_of_no_generation_is_an_error(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    (one, *_) = catalog.iterate_passages(generation)
    for ask in (
        lambda: catalog.passages(generation, ["unknown"]),
        lambda: catalog.articles(generation, ["unknown"]),
        lambda: catalog.passages("000009-none", [one.id]),
    ):
        with pytest.raises(CatalogError, match="not in this generation"):
            ask()


def test_a_version_is_found_as_long_as_a_kept_generation_lists_it(tmp_path: Path) -> None:
    catalog, first = archive(tmp_path)
    old = read(ALEPPO.encode(), corpus="archive", source="حلب.txt")
    new = read(ALEPPO.replace("٣٠٠", "٥٠٠").encode(), corpus="archive", source="حلب.txt")
    assert catalog.version(old.id, old.sha256) == old
    assert catalog.version(old.id, new.sha256) is None
    assert catalog.version("unknown", old.sha256) is None
    # A question that still reads the first generation keeps it from being collected.
    with lease(tmp_path / "data" / "corpora" / "archive" / "generations" / first):
        take_in(fill(tmp_path / "folder", {"حلب.txt": new.text, "b/القاهرة.txt": CAIRO}), tmp_path / "data")
        assert catalog.version(old.id, old.sha256) == old
        assert catalog.version(new.id, new.sha256) == new


def test_of_a_version_read_by_two_rules_the_current_generation_tells(tmp_path: Path) -> None:
    catalog, first = archive(tmp_path)
    old = read(ALEPPO.encode(), corpus="archive", source="حلب.txt")
    with lease(tmp_path / "data" / "corpora" / "archive" / "generations" / first):
        # Another model means other rules: the same file is read again.
        take_in(tmp_path / "folder", tmp_path / "data", model=HashModel("hash-2"))
        with catalog.transaction() as connection:
            connection.exec_driver_sql(
                "UPDATE versions SET language = 'fa' WHERE rules IN (SELECT rules FROM members WHERE since = ?)",
                (generation_number(first),),
            )
        again = catalog.version(old.id, old.sha256)
        assert again == old
        with catalog.transaction() as connection:
            writes.switch(connection, "archive", first)
        back = catalog.version(old.id, old.sha256)
        assert back
        assert back.language == "fa"


def test_vectors_are_those_of_the_text_that_was_embedded(tmp_path: Path) -> None:
    catalog, _ = archive(tmp_path)
    model = HashModel()
    texts = ["\n Arab League. ", "300.", "حلب.", "Arab League."]
    expected = [model.vector("Arab League."), np.zeros(8), model.vector("حلب."), model.vector("Arab League.")]
    np.testing.assert_array_equal(catalog.vectors(texts, "hash-1"), np.array(expected, np.float32))
    assert catalog.vectors([], "hash-1").shape == (0, 8)
    assert catalog.vectors(["٣٠٠"], "hash-1").tolist() == [[0.0] * 8]


def test_a_text_that_was_never_embedded_is_an_error_and_is_named_missing(tmp_path: Path) -> None:
    catalog, _ = archive(tmp_path)
    with pytest.raises(CatalogError, match="1 of 2 texts"):
        catalog.vectors(["حلب.", "دمشق."], "hash-1")
    with pytest.raises(CatalogError, match="1 of 1 texts"):
        catalog.vectors(["حلب."], "another model")
    missing = catalog.missing([" دمشق. ", "حلب.", "300"], "hash-1")
    assert missing == {hashlib.sha256("دمشق.".encode()).hexdigest(): "دمشق."}


def test_what_is_embedded_are_passages_and_sentences_trimmed_and_with_letters() -> None:
    text = "حلب. 300. \n"
    passage = Passage("p", "a", "0" * 64, Span(7, 18), (Span(7, 12), Span(12, 17), Span(17, 18)), text)
    assert list(texts_of(passage)) == ["حلب. 300.", "حلب."]
    assert embedded_text("\u00a0حلب \r\n") == "حلب"
    assert not has_letters("٣٠٠ – 300")


def test_counts_and_filters_are_those_of_the_current_generation(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    counts = catalog.counts("archive")
    assert (counts.articles, counts.passages, counts.quarantined, counts.generations) == (2, 4, 0, 1)
    # 4 passages and their sentences with letters: 1 + 1 + 2 + 1, of which 2 are their whole passage.
    assert counts.vectors == 4 + 1 + 1 + 2 + 1 - 2
    assert [meta.source for meta in catalog.articles_meta(generation)] == ["b/القاهرة.txt", "حلب.txt"]
    assert catalog.counts("another").articles == 0
    assert catalog.current("another") is None


def test_more_texts_than_a_statement_takes_values(tmp_path: Path) -> None:
    lines = "".join(f"خبر رقم {number} س\n" for number in range(1201))
    report = take_in(fill(tmp_path / "folder", {"a.txt": lines}), tmp_path / "data")
    assert (report.embedded, report.passages) == (1201, 1201)
    assert report.generation
    with Catalog.open(tmp_path / "data" / "corpora" / "archive" / "catalog.sqlite3") as catalog:
        passages = list(catalog.iterate_passages(report.generation))
        assert "".join(passage.text for passage in passages) == lines
        assert catalog.passages(report.generation, [passage.id for passage in passages]) == passages
        vectors = catalog.vectors([passage.text for passage in passages], "hash-1")
        np.testing.assert_array_equal(vectors[1200], HashModel().vector("خبر رقم 1200 س"))


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(has_letters),
    st.data(),
)
def test_any_article_and_passage_survives_its_row(text: str, data: st.DataObject) -> None:
    ends = st.integers(0, len(text))
    span = Span(*sorted(data.draw(st.tuples(ends, ends).filter(lambda pair: pair[0] != pair[1]))))
    cuts = sorted({span.start, span.end, *data.draw(st.lists(st.integers(span.start, span.end)))})
    sha = hashlib.sha256(text.encode()).hexdigest()
    stated = Stated("٢٠١٦", span)
    article = Article(
        "id", "c", "s.txt", sha, text, Rendition(sha, "cp1256"), (span,), "ar", stated, None, stated,
        stated, None, "m", (0, span.end),
    )  # fmt: skip
    assert article_from_row(article_to_row(article, "r")) == article  # type: ignore[arg-type]
    sentences = tuple(Span(a, b) for a, b in pairwise(cuts))
    passage = Passage(Passage.make_id("id", sha, span), "id", sha, span, sentences, span.of(text))
    assert passage_from_row(passage_to_row(passage, "r"), text) == passage  # type: ignore[arg-type]


def test_a_passage_whose_sentences_do_not_tile_it_is_never_stored() -> None:
    passage = Passage("p", "a", "0" * 64, Span(0, 9), (Span(0, 4), Span(5, 9)), "حلب. حلب.")
    with pytest.raises(ValueError, match="do not tile"):
        passage_to_row(passage, "r")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE versions SET text = replace(text, '٣٠٠', '٥٠٠')", "does not match its hash"),
        ("UPDATE passages SET cuts = '[0, 999]'", "outside its article"),
        ("UPDATE passages SET cuts = '[1, 3]'", "do not match its id"),
    ],
)
def test_altered_text_or_offsets_are_found_at_reading(tmp_path: Path, statement: str, says: str) -> None:
    catalog, generation = archive(tmp_path)
    with sqlite3.connect(catalog.path) as connection:
        connection.execute(statement)
    with pytest.raises(CatalogError, match=says):
        list(catalog.iterate_passages(generation))


def test_no_catalog_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="isnad ingest"):
        Catalog.open(tmp_path / "catalog.sqlite3")
    assert not (tmp_path / "catalog.sqlite3").exists()
    (tmp_path / "empty.sqlite3").touch()
    with pytest.raises(IndexUnusable, match="isnad ingest"):
        Catalog.open(tmp_path / "empty.sqlite3")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite3").write_text("this is a letter to the editor, and no database at all\n" * 99)
    for create in (False, True):
        with pytest.raises(CatalogError, match="not a catalog"):
            Catalog.open(tmp_path / "catalog.sqlite3", create=create)


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "catalog.sqlite3") as connection:
        connection.execute("CREATE TABLE recipes (name)")
    with pytest.raises(CatalogError, match="not a catalog"):
        Catalog.open(tmp_path / "catalog.sqlite3", create=True)


def test_a_newer_schema_is_refused_and_not_altered(tmp_path: Path) -> None:
    catalog, _ = archive(tmp_path)
    catalog.close()
    with sqlite3.connect(catalog.path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    for create in (False, True):
        with pytest.raises(CatalogError, match="newer Isnad"):
            Catalog.open(catalog.path, create=create)


def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    catalog.close()
    content = bytearray(catalog.path.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    catalog.path.write_bytes(content)
    with pytest.raises(CatalogError, match="damaged"), Catalog.open(catalog.path) as opened:
        list(opened.iterate_passages(generation))


def test_the_catalog_is_written_ahead_in_full_and_its_keys_hold(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    with catalog.transaction() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    assert pragmas == ["wal", 1, 2]
    with pytest.raises(IntegrityError), catalog.transaction() as connection:
        writes.remove_generation(connection, generation)
    assert catalog.current("archive"), "the generation that answers cannot be taken off the list"


def test_a_locked_catalog_says_so(tmp_path: Path) -> None:
    catalog, generation = archive(tmp_path)
    other = sqlite3.connect(catalog.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert list(catalog.iterate_passages(generation)), "reading goes on"
    with pytest.raises(CatalogError, match="another program has locked it"):
        point_at_nothing(catalog)
    other.close()


def point_at_nothing(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
        writes.switch(connection, "archive", None)


@pytest.mark.parametrize("table", tables.sorted_tables, ids=lambda table: table.name)
def test_every_table_can_be_made_in_postgresql(table: Table) -> None:
    sql = str(CreateTable(table).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
    assert f"CREATE TABLE {table.name}" in sql
    assert all(column.name in sql for column in table.columns)
