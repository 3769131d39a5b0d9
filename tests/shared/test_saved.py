"""Saved questions over an archive that changes: what is new, what is not, and the feed of it."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Cancel
from threading import Thread
from typing import Any
from xml.etree import ElementTree

import pytest
from builders import points
from small_corpus import HashModel, fill, take_in
from views_archive import by_words

from rag.config import Settings
from rag.corpus import Corpus
from rag.errors import BadInput, CatalogError
from rag.generate.answer import Answerer
from rag.retrieve.abstention import Policy
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.types import Filters, Found, Query
from ui.shared import saved as module
from ui.shared.saved import ATOM, NoSavedQuestion, Saved, SavedUnusable, saved_json

DEAD = "كم عدد قتلى الحريق؟"
TWELVE, FOURTEEN = "بلغ عدد قتلى الحريق 12 شخصا.\n", "ارتفع عدد قتلى الحريق إلى 14 شخصا.\n"
RAIN = "هطل المطر على المدينة أمس.\n"


class Archive:
    """A folder of news, the corpus of it, and the saved questions over it; time goes on by an hour a reading."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.files: dict[str, str] = {}
        self.at = datetime(2026, 1, 1, tzinfo=UTC)
        self.saved = Saved(home / "data" / "corpora" / "archive" / "saved.json", "archive", clock=self.clock)
        self.error: Exception | None = None

    def clock(self) -> str:
        self.at += timedelta(hours=1)
        return self.at.isoformat(timespec="seconds")

    def change(self, **files: str | None) -> None:
        for name, text in files.items():
            self.files.pop(f"{name}.txt", None)
            if text is not None:
                self.files[f"{name}.txt"] = text
        take_in(fill(self.home / "files", self.files), self.home / "data", allow_deletes=True)

    @contextmanager
    def corpus(self) -> Iterator[Corpus]:
        settings = Settings(data_dir=self.home / "data", corpus="archive")
        with Catalog.open(settings.corpus_dir("archive") / CATALOG_FILE) as catalog:
            inner = by_words(catalog, "archive")

            def search(query: Query) -> Found:
                if self.error:
                    raise self.error
                return inner(query)

            policy = Policy(answer_probability=0.5, clear_probability=0.5, short_probability=0.7)
            answerer = Answerer(search, kind="reader", read=points("12 شخصا", "14 شخصا", "15 شخصا"), policy=policy)
            model: Any = HashModel()
            yield Corpus(
                *("archive", settings, answerer),
                search=search,
                catalog=catalog,
                embedder=model,
                warm=lambda: None,
                resources=ExitStack(),
            )

    def run(self, **more: Any) -> module.RunReport:
        with self.corpus() as corpus:
            return self.saved.run(corpus, **more)

    def new(self) -> list[str]:
        [one] = self.saved.list().questions
        return [item.citation.quote for item in one.found if item.new]

    def found(self) -> list[str]:
        [one] = self.saved.list().questions
        return sorted(item.citation.quote for item in one.found)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path)
    made.change(one=TWELVE, rain=RAIN)
    return made


def test_what_is_found_as_a_question_is_saved_is_not_new_and_what_comes_later_is(archive: Archive) -> None:
    made = archive.saved.add(DEAD, name="الحريق")
    assert (made.name, made.asked_at, made.found) == ("الحريق", None, [])
    assert archive.run() == module.RunReport(asked=1, new=0)
    assert (archive.found(), archive.new()) == ([TWELVE.strip()], [])
    archive.change(two=FOURTEEN)
    assert archive.run() == module.RunReport(asked=1, new=1)
    assert archive.new() == [FOURTEEN.strip()]
    assert archive.found() == sorted([TWELVE.strip(), FOURTEEN.strip()])
    assert archive.saved.list().new == 1


def test_a_question_is_asked_again_only_of_another_index(archive: Archive) -> None:
    archive.saved.add(DEAD)
    assert archive.run().asked == 1
    assert archive.run() == module.RunReport()
    archive.change(three="خبر آخر تماما.\n")
    assert archive.run() == module.RunReport(asked=1, new=0)


def test_a_look_marks_what_was_found_as_seen_and_still_says_what_was_new(archive: Archive) -> None:
    id_ = archive.saved.add(DEAD).id
    archive.run()
    archive.change(two=FOURTEEN)
    archive.run()
    looked = archive.saved.look(id_)
    assert [item.citation.quote for item in looked.found if item.new] == [FOURTEEN.strip()]
    after = archive.saved.get(id_)
    assert (after.new, after.looked_at is not None) == (0, True)
    archive.change(three="بلغ عدد قتلى الحريق 15 شخصا.\n")
    archive.run()
    assert archive.new() == ["بلغ عدد قتلى الحريق 15 شخصا."]


@pytest.mark.parametrize(
    "files",
    [
        {"one": "مقدمة.\n" + TWELVE},
        {"one": None, "moved": TWELVE},
        {"copy": TWELVE},
        {"one": "بَلَغ عددُ قتلى، الحريقِ: 12 شخصا!\n"},
        {"rain": None},
    ],
    ids=["a new version", "moved", "copied", "with tashkeel", "another article gone"],
)
def test_the_same_sentence_is_not_new(archive: Archive, files: dict[str, str | None]) -> None:
    archive.saved.add(DEAD)
    archive.run()
    archive.change(**files)
    assert archive.run() == module.RunReport(asked=1, new=0)
    assert (len(archive.found()), archive.new()) == (1, [])


def test_a_sentence_with_another_figure_is_new(archive: Archive) -> None:
    archive.saved.add(DEAD)
    archive.run()
    archive.change(one=TWELVE.replace("12", "15"))
    assert archive.run().new == 1
    assert archive.found() == archive.new() == [TWELVE.replace("12", "15").strip()]


def test_what_was_gone_for_a_while_is_not_new_when_it_comes_back(archive: Archive) -> None:
    archive.saved.add(DEAD)
    archive.run()
    archive.change(one=None)
    archive.run()
    assert archive.found() == []
    archive.change(one=TWELVE)
    assert archive.run().new == 0
    assert (archive.found(), archive.new()) == ([TWELVE.strip()], [])


def test_what_nobody_has_looked_at_stays_while_the_archive_has_it(archive: Archive) -> None:
    id_ = archive.saved.add(DEAD).id
    archive.run()
    archive.change(two=FOURTEEN)
    archive.run()
    archive.change(three="خبر آخر تماما.\n")
    with archive.corpus() as corpus:
        corpus._search = lambda _: Found((), {}, "another")
        archive.saved.run(corpus)
    assert archive.found() == archive.new() == [FOURTEEN.strip()]
    archive.change(two=None)
    archive.run()
    assert archive.new() == []
    assert archive.saved.get(id_).new == 0


def test_filters_in_the_question_and_beside_it_apply(archive: Archive) -> None:
    made = archive.saved.add(f"{DEAD} file:two*", filters=Filters(published_from="20160101"))
    assert [(one.key, one.value) for one in made.understood] == [("file", "two*")]
    assert made.filters.filters().published_from == "2016-01-01"
    archive.saved.remove(made.id)
    archive.saved.add(f"{DEAD} file:two*")
    archive.run()
    assert archive.found() == []
    archive.change(two=FOURTEEN, three=TWELVE)
    archive.run()
    assert archive.new() == [FOURTEEN.strip()]


def test_a_question_that_fails_keeps_what_it_found_and_is_asked_again(archive: Archive) -> None:
    archive.saved.add(DEAD)
    archive.run()
    archive.change(two=FOURTEEN)
    archive.error = CatalogError("the disk is away", where="/secret", do="mount it")
    report = archive.run()
    assert [str(error) for _, error in report.errors] == ["/secret: the disk is away → mount it"]
    [one] = archive.saved.list().questions
    assert (one.error, one.new, len(one.found)) == ("the disk is away → mount it", 0, 1)
    archive.error = None
    assert archive.run() == module.RunReport(asked=1, new=1)
    assert archive.saved.list().questions[0].error is None


def test_a_cancelled_run_changes_nothing(archive: Archive) -> None:
    archive.saved.add(DEAD)
    cancel = Cancel()
    cancel.set()
    assert archive.run(cancel=cancel) == module.RunReport()
    assert archive.saved.list().questions[0].asked_at is None


def test_a_removed_question_is_gone_and_an_unknown_one_is_an_error(archive: Archive) -> None:
    id_ = archive.saved.add(DEAD).id
    archive.saved.remove(id_)
    assert archive.saved.list().questions == []
    for call in (archive.saved.remove, archive.saved.look, archive.saved.get):
        with pytest.raises(NoSavedQuestion):
            call(id_)


def test_what_cannot_be_asked_is_not_saved(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    for question in ("", "outlet:سانا", f"{DEAD} after:soon", "س" * 2001):
        with pytest.raises(BadInput):
            archive.saved.add(question)
    with pytest.raises(BadInput, match="a filter is too long"):
        archive.saved.add(DEAD, filters=Filters(outlet="س" * 501))
    monkeypatch.setattr(module, "MOST_SAVED", 1)
    archive.saved.add(DEAD)
    with pytest.raises(BadInput, match="already 1 saved"):
        archive.saved.add("متى؟")
    assert len(archive.saved.list().questions) == 1


def test_the_file_is_for_its_owner_only_and_whole_at_any_moment(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.saved.add(DEAD)
    path = archive.home / "data" / "corpora" / "archive" / "saved.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(SavedUnusable, match="No space left"):
            archive.saved.add("متى؟")
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.new")) + list(path.parent.glob(".saved*.new"))
    path.write_bytes(before[:-20])
    with pytest.raises(SavedUnusable, match="damaged"):
        archive.saved.list()


def test_questions_added_at_the_same_time_are_all_kept(archive: Archive) -> None:
    threads = [Thread(target=archive.saved.add, args=(f"سؤال {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.question for one in archive.saved.list().questions) == [f"سؤال {n}" for n in range(8)]


def elements(feed: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(feed)


def texts(parent: ElementTree.Element, path: str) -> list[str | None]:
    return [one.text for one in parent.findall("/".join(f"{{{ATOM}}}{part}" for part in path.split("/")))]


def test_the_feed_has_what_atom_asks_for_and_the_quotes_to_the_letter(archive: Archive) -> None:
    words = "بلغ عدد قتلى الحريق 14 شخصا <b>&amp; \u202eقال\x07.\n"
    id_ = archive.saved.add(DEAD, name="الحريق").id
    archive.run()
    archive.change(two=words)
    archive.run()
    feed = elements(archive.saved.atom("http://host/", "http://host/v1/saved/feed.atom"))
    assert feed.tag == f"{{{ATOM}}}feed"
    for required in ("id", "title", "updated"):
        assert len(texts(feed, required)) == 1
    assert texts(feed, "id")[0].startswith("urn:uuid:")  # type: ignore[union-attr]
    entries = feed.findall(f"{{{ATOM}}}entry")
    assert len(entries) == 2
    assert texts(feed, "entry/content") == [words.strip().replace("\x07", "\N{REPLACEMENT CHARACTER}"), TWELVE.strip()]
    assert texts(feed, "entry/author/name") == ["two.txt", "one.txt"]
    assert texts(feed, "entry/updated") == sorted(texts(feed, "entry/updated"), reverse=True)  # type: ignore[type-var]
    assert texts(feed, "updated") == texts(feed, "entry/updated")[:1]
    for moment in texts(feed, "entry/updated"):
        assert re.fullmatch(r"2026-01-01T\d\d:00:00Z", moment or "")
    terms = [[one.get("term") for one in entry.findall(f"{{{ATOM}}}category")] for entry in entries]
    assert terms == [[id_, "new"], [id_]]
    links = [one.get("href") or "" for one in feed.findall(f"{{{ATOM}}}entry/{{{ATOM}}}link[@rel='alternate']")]
    assert all(link.startswith("http://host/#source/") for link in links)
    assert len(set(texts(feed, "entry/id"))) == 2
    assert feed.find(f"{{{ATOM}}}link").get("href") == "http://host/v1/saved/feed.atom"  # type: ignore[union-attr]


def test_an_entry_keeps_its_id_and_time_when_its_file_is_ingested_again(archive: Archive) -> None:
    archive.saved.add(DEAD)
    archive.run()
    before = elements(archive.saved.atom())
    archive.change(one="مقدمة.\n" + TWELVE)
    archive.run()
    after = elements(archive.saved.atom())
    for path in ("id", "entry/id", "entry/updated", "entry/content"):
        assert texts(after, path) == texts(before, path)


def test_a_feed_of_nothing_is_a_feed(tmp_path: Path) -> None:
    feed = elements(Saved(tmp_path / "saved.json", "archive").atom())
    assert (texts(feed, "updated"), texts(feed, "entry/id")) == (["1970-01-01T00:00:00Z"], [])
    assert not (tmp_path / "saved.json").exists()


def test_the_json_says_what_is_new_with_citations_that_can_be_checked(archive: Archive) -> None:
    archive.saved.add(DEAD)
    archive.run()
    archive.change(two=FOURTEEN)
    archive.run()
    document = saved_json(archive.saved.list())
    assert (document["version"], document["corpus"], document["new"]) == (1, "archive", 1)
    [question] = document["questions"]
    assert [item["new"] for item in question["found"]] == [True, False]
    for item in question["found"]:
        citation = item["citation"]
        text = archive.files[citation["source"]]
        assert text[citation["start"] : citation["end"]] == citation["quote"]
