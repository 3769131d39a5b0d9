"""A file that holds many articles, in step with the catalog: each counted, each kept apart, the bad ones named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from small_corpus import HashModel, build, split

from rag.config import Settings
from rag.errors import BadInput
from rag.extract.formats import formats
from rag.ingest.sync import Extraction, IngestReport, ingest
from rag.store.catalog import Catalog
from rag.types import Article

NEWS = {"n1": "زار المعلم سوتشي.", "n2": "عاد الوزير إلى دمشق.", "n3": "اجتمع المجلس.", "n4": "غادر الوفد."}


def write(tmp_path: Path, rows: dict[str, str], *more: str, name: str = "news.jsonl") -> None:
    lines = [json.dumps({"id": id_, "text": text}, ensure_ascii=False) for id_, text in rows.items()]
    (tmp_path / "folder").mkdir(exist_ok=True)
    (tmp_path / "folder" / name).write_text("\n".join([*lines, *more]) + "\n", encoding="utf-8")


def take_in(tmp_path: Path, model: HashModel | None = None, *, allow_deletes: bool = False) -> IngestReport:
    settings = Settings(data_dir=tmp_path / "data")
    return ingest(
        tmp_path / "folder",
        settings=settings,
        corpus="archive",
        embedder=model or HashModel(),
        build=build,
        extraction=Extraction(formats(limit=settings.max_file_bytes), split=split),
        allow_deletes=allow_deletes,
    )


def held(tmp_path: Path) -> dict[str | None, str]:
    """What the generation that answers holds, by member."""
    return {one.member: one.text for one in articles(tmp_path)}


def articles(tmp_path: Path) -> list[Article]:
    with Catalog.open(tmp_path / "data" / "corpora" / "archive" / "catalog.sqlite3") as catalog:
        current = catalog.current("archive")
        assert current is not None
        ids = [meta.id for meta in catalog.articles_meta(current.id)]
        return list(catalog.articles(current.id, ids).values())


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.added, report.changed, report.renamed, report.deleted, report.unchanged


def test_every_row_is_an_article_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, NEWS)
    assert counts(take_in(tmp_path)) == (4, 0, 0, 0, 0)
    assert held(tmp_path) == NEWS
    assert len({one.id for one in articles(tmp_path)}) == 4
    assert {one.source for one in articles(tmp_path)} == {"news.jsonl"}
    assert counts(take_in(tmp_path)) == (0, 0, 0, 0, 4)


def test_of_a_changed_file_only_what_is_new_is_embedded(tmp_path: Path) -> None:
    write(tmp_path, NEWS)
    take_in(tmp_path)
    ids = {one.member: one.id for one in articles(tmp_path)}
    model = HashModel()
    later = {"n0": "خبر جديد.", **NEWS, "n2": "عاد الوزير إلى حلب."}
    del later["n4"]
    write(tmp_path, later)
    assert counts(take_in(tmp_path, model)) == (1, 1, 0, 1, 2)
    assert sorted(model.seen) == ["خبر جديد.", "عاد الوزير إلى حلب."]
    assert held(tmp_path) == later
    assert all(ids[one.member] == one.id for one in articles(tmp_path) if one.member in ids)


def test_a_bad_row_is_named_and_the_others_answer(tmp_path: Path) -> None:
    write(tmp_path, NEWS, "{", '{"title": "بلا نص"}', json.dumps({"id": "n1", "text": "مكرر"}))
    report = take_in(tmp_path)
    assert held(tmp_path) == NEWS
    assert [(one.source, one.member) for one in report.quarantined] == [
        ("news.jsonl", "line 5"),
        ("news.jsonl", "line 6"),
        ("news.jsonl", "n1"),
    ]
    again = take_in(tmp_path)
    assert counts(again) == (0, 0, 0, 0, 4)
    assert again.quarantined == report.quarantined
    write(tmp_path, NEWS)
    assert take_in(tmp_path).quarantined == ()


def test_a_file_whose_rows_are_all_bad_holds_nothing_and_says_why(tmp_path: Path) -> None:
    write(tmp_path, NEWS)
    write(tmp_path, {}, "{خبر", "[]", name="bad.jsonl")
    report = take_in(tmp_path)
    assert [(one.name, one.reason.split(": ")[:2]) for one in report.quarantined] == [
        ("bad.jsonl", ["it holds no article", "line 1"])
    ]
    assert report.quarantined[0].reason.endswith("(and 1 more)")
    assert counts(report) == (4, 0, 0, 0, 0)


def test_a_renamed_file_is_renamed_article_for_article(tmp_path: Path) -> None:
    write(tmp_path, NEWS)
    take_in(tmp_path)
    (tmp_path / "folder" / "news.jsonl").rename(tmp_path / "folder" / "old.jsonl")
    model = HashModel()
    assert counts(take_in(tmp_path, model)) == (0, 0, 4, 0, 0)
    assert model.seen == []
    assert {one.source for one in articles(tmp_path)} == {"old.jsonl"}


def test_a_file_that_lost_most_of_its_rows_stops_unless_it_is_meant(tmp_path: Path) -> None:
    write(tmp_path, NEWS)
    take_in(tmp_path)
    write(tmp_path, {"n1": NEWS["n1"]})
    with pytest.raises(BadInput, match="3 of 4 articles would be deleted"):
        take_in(tmp_path)
    assert held(tmp_path) == NEWS
    assert counts(take_in(tmp_path, allow_deletes=True)) == (0, 0, 0, 3, 1)
    assert held(tmp_path) == {"n1": NEWS["n1"]}


def test_a_file_that_is_broken_in_the_middle_is_not_half_taken(tmp_path: Path) -> None:
    write(tmp_path, NEWS)
    (tmp_path / "folder" / "table.csv").write_text('text\n"خبر أول"\n"خبر ثان\n', encoding="utf-8")
    report = take_in(tmp_path)
    assert [(one.source, one.member) for one in report.quarantined] == [("table.csv", None)]
    assert held(tmp_path) == NEWS
