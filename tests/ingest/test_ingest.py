"""Ingesting does exactly the needed work and no more, and refuses what cannot be meant."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from numpy.typing import NDArray
from small_corpus import HashModel, Vectors, build, fill, take_in

from rag.config import Settings
from rag.errors import BadInput, CatalogError, CorpusBusy, ModelError
from rag.index import build as generation
from rag.index import segment
from rag.ingest.sync import IngestReport, ingest
from rag.store.catalog import Catalog
from rag.store.embeddings import texts_of
from rag.store.locks import lease, writer_lock
from rag.types import Passage

FIVE = {f"{number}.txt": f"خبر رقم {number} س. نهاية.\n" for number in range(5)}


def opened(data: Path, corpus: str = "archive") -> Catalog:
    return Catalog.open(data / "corpora" / corpus / "catalog.sqlite3")


def answers(data: Path, corpus: str = "archive") -> dict[str, str]:
    """Source → text of what the current generation holds."""
    with opened(data, corpus) as catalog:
        current = catalog.current(corpus)
        if current is None:
            return {}
        ids = [meta.id for meta in catalog.articles_meta(current.id)]
        return {article.source: article.text for article in catalog.articles(current.id, ids).values()}


def did(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.added, report.changed, report.renamed, report.deleted, report.unchanged


def generations(data: Path) -> list[str]:
    folder = data / "corpora" / "archive" / "generations"
    return sorted(path.name for path in folder.glob("0*") if path.is_dir())


def test_a_folder_is_taken_in(tmp_path: Path) -> None:
    report = take_in(fill(tmp_path / "folder", FIVE), tmp_path)
    assert did(report) == (5, 0, 0, 0, 0)
    # Each of 5 passages has 2 sentences, of which "نهاية." is the same in all.
    assert (report.passages, report.embedded, report.switched) == (5, 5 + 5 + 1, True)
    assert answers(tmp_path) == FIVE
    assert generations(tmp_path) == [report.generation]


def test_the_same_folder_twice_does_nothing(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    first = take_in(folder, tmp_path)
    model = HashModel()
    second = take_in(folder, tmp_path, model=model)
    assert did(second) == (0, 0, 0, 0, 5)
    assert (second.embedded, model.seen, second.switched, second.generation) == (0, [], False, first.generation)


def test_a_file_at_rest_is_not_read_again(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE | {"empty.txt": ""})
    time.sleep(2.05)
    read: list[tuple[str, int, int]] = []
    take_in(folder, tmp_path, progress=lambda *told: read.append(told))
    assert ("read", 6, 6) in read
    read.clear()
    (folder / "3.txt").touch()
    report = take_in(folder, tmp_path, progress=lambda *told: read.append(told))
    assert [told for told in read if told[0] == "read"] == [("read", 0, 2), ("read", 1, 2), ("read", 2, 2)], (
        "the touched file, and the empty one, of which nothing was read"
    )
    assert did(report) == (0, 0, 0, 0, 5)


OPENED: list[str] = []
"""Names of text files that were opened; kept while `LISTENING` is not empty, for a hook cannot be taken out again."""
LISTENING: list[bool] = []


def hears(kind: str, arguments: tuple[Any, ...]) -> None:
    if LISTENING and kind == "open" and str(arguments[0]).endswith(".txt"):
        OPENED.append(Path(str(arguments[0])).name)


def test_a_file_that_did_not_change_costs_a_stat_and_is_not_opened(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE | {"2016/deep.txt": "خبر عميق س.\n"})
    time.sleep(2.05)
    sys.addaudithook(hears)
    LISTENING.append(True)
    try:
        take_in(folder, tmp_path)
        assert sorted(OPENED) == sorted([*FIVE, "deep.txt"]), "each is opened once"
        OPENED.clear()
        assert take_in(folder, tmp_path).unchanged == 6
        assert OPENED == []
        (folder / "1.txt").rename(folder / "one.txt")
        (folder / "2.txt").write_text("جديد س.\n")
        model = HashModel()
        assert did(take_in(folder, tmp_path, model=model)) == (0, 1, 1, 0, 4)
        assert set(OPENED) == {"one.txt", "2.txt"}
        assert model.seen == ["جديد س."]
    finally:
        LISTENING.clear()


def test_what_is_in_quarantine_is_read_again_when_told(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE | {"figures.txt": "٣٠٠\n"})
    time.sleep(2.05)
    reads: list[tuple[str, int, int]] = []
    assert [file.source for file in take_in(folder, tmp_path).quarantined] == ["figures.txt"]
    take_in(folder, tmp_path, progress=lambda *told: reads.append(told))
    assert ("read", 0, 0) in reads
    reads.clear()
    report = take_in(folder, tmp_path, retry=True, progress=lambda *told: reads.append(told))
    assert ("read", 1, 1) in reads
    assert (report.unchanged, [file.source for file in report.quarantined]) == (5, ["figures.txt"])


def test_each_kind_of_change_is_counted_and_only_new_texts_are_embedded(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    take_in(folder, tmp_path)
    (folder / "0.txt").unlink()
    (folder / "1.txt").rename(folder / "one.txt")
    (folder / "2.txt").write_text("خبر جديد س. نهاية.\n")
    (folder / "5.txt").write_text("سادس. نهاية.\n")
    model = HashModel()
    report = take_in(folder, tmp_path, model=model)
    assert did(report) == (1, 1, 1, 1, 2)
    assert sorted(model.seen) == sorted(["خبر جديد س. نهاية.", "خبر جديد س.", "سادس. نهاية.", "سادس."])
    assert answers(tmp_path).keys() == {"one.txt", "2.txt", "3.txt", "4.txt", "5.txt"}
    assert answers(tmp_path)["2.txt"] == "خبر جديد س. نهاية.\n"


def test_renaming_every_file_embeds_nothing_and_is_not_a_deletion(tmp_path: Path) -> None:
    take_in(fill(tmp_path / "folder", FIVE), tmp_path)
    renamed = {f"2016/{source}": text for source, text in FIVE.items()}
    report = take_in(fill(tmp_path / "folder", renamed), tmp_path)
    assert did(report) == (0, 0, 5, 0, 0)
    assert (report.embedded, answers(tmp_path)) == (0, renamed)


def test_texts_are_embedded_in_batches_of_like_length_the_longest_first(tmp_path: Path) -> None:
    batches: list[list[int]] = []

    class Noting(HashModel):
        def encode_passages(self, texts: list[str]) -> NDArray[np.float32]:
            batches.append([len(text) for text in texts])
            return super().encode_passages(texts)

    told: list[tuple[str, int, int]] = []
    files = {f"{number}.txt": "س" * (1 + 7 * number % 10) + "\n" for number in range(10)}
    take_in(fill(tmp_path / "folder", files), tmp_path, model=Noting(), progress=lambda *it: told.append(it))
    assert batches == [[10, 9, 8, 7], [6, 5, 4, 3], [2, 1]]
    assert [it for it in told if it[0] == "embed"] == [("embed", n, 10) for n in (0, 4, 8, 10)]


def test_another_model_or_other_rules_read_and_embed_anew(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    first = take_in(folder, tmp_path)
    second = take_in(folder, tmp_path, model=HashModel("hash-2"))
    assert (second.embedded, second.switched, did(second)) == (11, True, (0, 0, 0, 0, 5))
    with opened(tmp_path) as catalog:
        current = catalog.current("archive")
        assert current
        assert (current.fingerprint, current.count) == ("hash-2", 5)
        assert first.generation
        assert len(list(catalog.iterate_passages(first.generation))) == 5, "the one before can still be read"
        np.testing.assert_array_equal(catalog.vectors(["نهاية."], "hash-1")[0], HashModel().vector("نهاية."))


def test_vectors_of_a_model_go_when_no_generation_is_of_it_even_if_none_ever_was(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    take_in(folder, tmp_path)

    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(CatalogError, match="No space left"):
        take_in(folder, tmp_path, model=HashModel("hash-2"), build=fails)

    def fingerprints() -> set[str]:
        with opened(tmp_path) as catalog, catalog.transaction() as connection:
            return set(connection.exec_driver_sql("SELECT fingerprint FROM vectors").scalars())

    assert fingerprints() == {"hash-1", "hash-2"}
    take_in(folder, tmp_path)  # the model of before reads the files again, and "hash-2" is in use no more
    assert fingerprints() == {"hash-1"}
    for number in (2, 3):
        take_in(folder, tmp_path, model=HashModel(f"hash-{number}"))
    assert fingerprints() == {"hash-2", "hash-3"}, "those of the generation before stay, those of the one before it go"


@pytest.mark.parametrize("lost", [2, 3])
def test_losing_more_than_half_stops_before_anything_is_altered(tmp_path: Path, lost: int) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    take_in(folder, tmp_path)
    for number in range(lost):
        (folder / f"{number}.txt").unlink()
    (folder / "new.txt").write_text("جديد")
    if lost == 2:
        assert take_in(folder, tmp_path).deleted == 2
        return
    with pytest.raises(BadInput, match=r"3 of 5 articles .*--allow-deletes"):
        take_in(folder, tmp_path)
    with opened(tmp_path) as catalog, catalog.transaction() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sources").scalar() == 5
    assert answers(tmp_path) == FIVE
    assert did(take_in(folder, tmp_path, allow_deletes=True)) == (1, 0, 0, 3, 2)


def test_another_folder_with_the_same_names_is_not_taken_for_new_versions(tmp_path: Path) -> None:
    take_in(fill(tmp_path / "folder", FIVE), tmp_path)
    other = fill(tmp_path / "other", {source: f"شيء آخر {source} س" for source in FIVE})
    with pytest.raises(BadInput, match="5 of 5"):
        take_in(other, tmp_path)
    moved = shutil.copytree(tmp_path / "folder", tmp_path / "moved")
    report = take_in(moved, tmp_path)
    assert (did(report), report.switched) == ((0, 0, 0, 0, 5), False)


def test_a_corpus_of_another_name_is_not_affected(tmp_path: Path) -> None:
    take_in(fill(tmp_path / "folder", FIVE), tmp_path, corpus="first")
    take_in(fill(tmp_path / "other", {"0.txt": "آخر"}), tmp_path, corpus="second")
    assert answers(tmp_path, "first") == FIVE
    assert answers(tmp_path, "second") == {"0.txt": "آخر"}


@pytest.mark.parametrize("files", [[], ["README.md"], [".hidden.txt"]])
def test_a_folder_without_a_file_to_read_stops(tmp_path: Path, files: list[str]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in files:
        (folder / name).write_text("x")
    with pytest.raises(BadInput, match="no file to read"):
        take_in(folder, tmp_path, allow_deletes=True)


def test_an_emptied_folder_stops_and_with_leave_to_delete_leaves_nothing_to_ask(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    take_in(folder, tmp_path)
    fill(folder, {})
    with pytest.raises(BadInput, match="no file to read"):
        take_in(folder, tmp_path)
    assert answers(tmp_path) == FIVE
    report = take_in(folder, tmp_path, allow_deletes=True)
    assert (did(report), report.generation, report.switched) == ((0, 0, 0, 5, 0), None, True)
    assert answers(tmp_path) == {}
    with pytest.raises(BadInput):
        take_in(folder, tmp_path, allow_deletes=True)


def test_a_missing_folder_makes_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        take_in(tmp_path / "missing", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_bad_files_are_named_and_the_rest_is_taken_in(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE | {"empty.txt": "", "figures.txt": "٣٠٠ 500\n"})
    (folder / "broken.txt").write_bytes("حلب".encode()[:-1])
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(2**20 + 1)
    os.mkfifo(folder / "pipe.txt")
    (folder / "link.txt").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(folder)
    report = take_in(folder, tmp_path)
    assert [(file.source, file.reason) for file in report.quarantined] == [
        ("broken.txt", "broken UTF-8"),
        ("empty.txt", "it is empty"),
        ("figures.txt", "it holds no text to search"),
        ("huge.txt", "it is too large: 1.0 MiB, the limit is 1 MiB"),
    ]
    assert all(file.do for file in report.quarantined)
    assert {entry.source for entry in report.skipped} == {"link.txt", "loop", "pipe.txt"}
    assert answers(tmp_path) == FIVE
    again = take_in(folder, tmp_path)
    assert (again.quarantined, again.switched) == (report.quarantined, False)
    (folder / "broken.txt").write_text("حلب")
    (folder / "empty.txt").unlink()
    mended = take_in(folder, tmp_path)
    assert (mended.added, [file.source for file in mended.quarantined]) == (1, ["figures.txt", "huge.txt"])


def test_a_file_that_is_no_longer_text_is_withdrawn_and_too_many_of_them_stop(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    take_in(folder, tmp_path)
    for number in range(3):
        (folder / f"{number}.txt").write_bytes(b"\xff\xff")
    with pytest.raises(BadInput, match="3 of 5"):
        take_in(folder, tmp_path)
    assert answers(tmp_path) == FIVE
    with pytest.raises(BadInput, match="3 of 5"):
        take_in(folder, tmp_path)
    (folder / "0.txt").write_text(FIVE["0.txt"])
    report = take_in(folder, tmp_path)
    assert [file.source for file in report.quarantined] == ["1.txt", "2.txt"]
    assert answers(tmp_path).keys() == {"0.txt", "3.txt", "4.txt"}


def test_what_cannot_be_seen_now_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    base = Path(tempfile.mkdtemp())
    base.chmod(0o777)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(base))
    was = os.geteuid()
    try:
        if was == 0:
            os.seteuid(65534)  # permissions bind nobody who is root
        folder = fill(base / "folder", {"a.txt": "حلب", "closed/b.txt": "دمشق", "c.txt": "حمص"})
        take_in(folder, base / "data")
        (folder / "a.txt").chmod(0)
        (folder / "closed").chmod(0)
        report = take_in(folder, base / "data")
        assert [(file.source, file.reason) for file in report.quarantined] == [
            ("a.txt", "it cannot be read: Permission denied")
        ]
        assert report.skipped[0].source == "closed"
        assert (report.deleted, report.switched) == (0, False)
        assert answers(base / "data").keys() == {"a.txt", "closed/b.txt", "c.txt"}
        take_in(folder, base / "data", model=HashModel("hash-2"))
        assert answers(base / "data").keys() == {"a.txt", "closed/b.txt", "c.txt"}
        with opened(base / "data") as catalog:
            assert not catalog.missing(["حلب", "دمشق", "حمص"], "hash-2"), "what is kept has vectors of the new model"
        (folder / "closed").chmod(0o755)
    finally:
        os.seteuid(was)
        shutil.rmtree(base)


def test_an_ingest_while_another_writes_is_refused_at_once(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    with writer_lock(tmp_path / "corpora" / "archive"), pytest.raises(CorpusBusy, match=f"process {os.getpid()} "):
        take_in(folder, tmp_path)
    assert take_in(folder, tmp_path).added == 5


def test_a_failed_build_leaves_the_old_generation_and_nothing_of_its_own(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    first = take_in(folder, tmp_path)
    (folder / "5.txt").write_text("سادس")

    def fails(folder: Path, passages: Iterable[Passage], vectors: Vectors, fingerprint: str) -> None:
        folder.mkdir()
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    with pytest.raises(CatalogError, match="No space left"):
        take_in(folder, tmp_path, build=fails)
    assert generations(tmp_path) == [first.generation]
    with opened(tmp_path) as catalog:
        assert catalog.counts("archive").generations == 1
    assert answers(tmp_path) == FIVE
    mended = take_in(folder, tmp_path)
    assert (mended.embedded, mended.switched, mended.generation != first.generation) == (0, True, True)


def test_a_disk_that_is_full_of_what_is_spilled_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    with Path("/dev/full").open("w+b", 0) as full:
        monkeypatch.setattr(segment, "TemporaryFile", lambda **_: full)
        with pytest.raises(CatalogError, match="No space left"):
            take_in(folder, tmp_path, build=generation.build)
    assert generations(tmp_path) == []
    assert take_in(folder, tmp_path).embedded == 0


def test_a_model_that_gives_no_numbers_is_refused(tmp_path: Path) -> None:
    class Broken(HashModel):
        def encode_passages(self, texts: list[str]) -> NDArray[np.float32]:
            return super().encode_passages(texts) * np.float32("nan")

    with pytest.raises(ModelError):
        take_in(fill(tmp_path / "folder", FIVE), tmp_path, model=Broken())
    with opened(tmp_path) as catalog:
        assert catalog.counts("archive").vectors == 0


def test_a_lost_index_is_built_again_from_the_catalog(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    first = take_in(folder, tmp_path)
    shutil.rmtree(tmp_path / "corpora" / "archive" / "generations")
    second = take_in(folder, tmp_path)
    assert (second.embedded, second.switched, second.generation != first.generation) == (0, True, True)
    third = take_in(folder, tmp_path, rebuild=True)
    assert (third.embedded, third.switched) == (0, True)


def test_the_generation_before_and_every_leased_one_is_kept(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    ids: list[str] = []
    home = tmp_path / "corpora" / "archive" / "generations"
    ids.append(take_in(folder, tmp_path).generation or "")
    with lease(home / ids[0]):
        for number in (1, 2, 3):
            (folder / "0.txt").write_text(f"نسخة {number} س")
            ids.append(take_in(folder, tmp_path).generation or "")
        assert generations(tmp_path) == [ids[0], ids[2], ids[3]]
        with opened(tmp_path) as catalog:
            texts = [passage.text for passage in catalog.iterate_passages(ids[0])]
            assert sorted(texts) == sorted(FIVE.values())
            catalog.vectors(texts, "hash-1")
            assert catalog.missing(["نسخة 1 س"], "hash-1"), "what only a removed generation used is gone"
    take_in(folder, tmp_path)
    assert generations(tmp_path) == [ids[2], ids[3]]
    assert sorted(path.name for path in home.iterdir()) == sorted([*ids[2:], *(f"{name}.lease" for name in ids[2:])])
    with opened(tmp_path) as catalog:
        assert catalog.missing(["خبر رقم 0 س."], "hash-1")
        assert not catalog.missing(["نهاية."], "hash-1")


def test_a_full_disk_is_told_and_the_old_generation_answers(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    take_in(folder, tmp_path)
    fill(folder, FIVE | {f"more {number}.txt": f"المزيد {number} س. " * 99 for number in range(30)})
    # No file of the child may grow beyond so many bytes: writing fails as on a full disk, at several places.
    code = (
        "import resource, sys; from pathlib import Path; from small_corpus import take_in\n"
        "from rag.errors import CatalogError\n"
        "limit = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "try: take_in(Path(sys.argv[2]), Path(sys.argv[3]))\n"
        "except CatalogError as error: sys.exit(str(error))\n"
    )
    for limit in (4_000, 60_000, 250_000):
        command = [sys.executable, "-c", code, str(limit), str(folder), str(tmp_path)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
        child = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
        assert child.returncode == 1, child.stderr
        assert "→" in child.stderr
        assert "Traceback" not in child.stderr
        assert answers(tmp_path) == FIVE
    assert take_in(folder, tmp_path).added + take_in(folder, tmp_path).unchanged >= 35
    assert len(answers(tmp_path)) == 35


def test_a_catalog_without_permission_to_write_says_so(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", FIVE)
    take_in(folder, tmp_path)
    catalog = tmp_path / "corpora" / "archive" / "catalog.sqlite3"
    catalog.unlink()
    catalog.mkdir()
    with pytest.raises(CatalogError, match="cannot be opened"):
        take_in(folder, tmp_path)


def test_an_arabic_article_is_read_split_and_kept_by_the_real_rules(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    text = "زار المعلم سوتشي أمس.\r\nقتل 300 شخص في حلب؟ نعم. قالت الوكالة إن الوضع هادئ.\r\n" * 20
    (folder / "خبر.txt").write_bytes(text.encode("cp1256"))
    (folder / "utf8.txt").write_bytes(b"\xef\xbb\xbf" + text.encode())
    (folder / "pictures.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    settings = Settings(data_dir=tmp_path, passage_tokens=30)
    report = ingest(folder, settings=settings, corpus="archive", embedder=HashModel(), build=build)
    assert report.added == 2
    assert [file.source for file in report.quarantined] == ["pictures.txt"]
    assert report.generation
    with opened(tmp_path) as catalog:
        passages = list(catalog.iterate_passages(report.generation))
        articles = catalog.articles(report.generation, [passage.article_id for passage in passages])
        for article in articles.values():
            spans = [passage.span for passage in passages if passage.article_id == article.id]
            assert "".join(span.of(text) for span in spans) == "".join(span.of(text) for span in article.body)
            assert article.text == text
            assert len(spans) > 1


LINES = st.sampled_from(["حلب. دمشق.\n", "حمص.\n", "حمص. حماة. \n", "٣٠٠\n", "Aleppo. 300. حلب.\n", "إدلب.\n", " \n"])
TEXTS = st.lists(LINES, max_size=4).map("".join)
NAMES = st.sampled_from([f"{folder}{name}.txt" for folder in ("", "2016/") for name in "abcd"])


class Archive(RuleBasedStateMachine):
    """A corpus against a dict: source → text."""

    files = Bundle("files")

    def __init__(self) -> None:
        super().__init__()
        self.base = Path(tempfile.mkdtemp())
        self.folder = fill(self.base / "folder", {})
        self.expected: dict[str, str] = {}
        self.taken: dict[str, str] = {}
        self.kept: list[tuple[str | None, set[str]]] = []
        self.report: IngestReport | None = None

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    @rule(target=files, name=NAMES, text=TEXTS)
    def write(self, name: str, text: str) -> str:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        self.expected[name] = text
        return name

    @rule(target=files, name=consumes(files), to=NAMES)
    def rename(self, name: str, to: str) -> Any:
        if name not in self.expected:
            return multiple()
        (self.folder / to).parent.mkdir(exist_ok=True)
        (self.folder / name).rename(self.folder / to)
        self.expected[to] = self.expected.pop(name)
        return to

    @rule(name=consumes(files))
    def delete(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self.expected.pop(name, None)

    @rule()
    def ingest(self) -> None:
        model = HashModel()
        good = {name: text for name, text in self.expected.items() if any(map(str.isalpha, text))}
        if not self.expected and not self.taken:
            with pytest.raises(BadInput):
                take_in(self.folder, self.base, allow_deletes=True)
            return
        self.report = take_in(self.folder, self.base, model=model, allow_deletes=True)
        now, before = good, self.taken
        gone = [text for name, text in before.items() if name not in self.expected]
        new = [text for name, text in now.items() if name not in before]
        renamed = sum(min(gone.count(text), new.count(text)) for text in set(gone))
        same = sum(before.get(name) == text for name, text in now.items())
        assert did(self.report) == (
            len(new) - renamed,
            len(now) - len(new) - same,
            renamed,
            len(gone) - renamed,
            same,
        )
        assert {file.source for file in self.report.quarantined} == self.expected.keys() - good.keys()
        assert self.report.switched == (now != before)
        texts = self.texts(now)
        known = set().union(*(texts for _, texts in self.kept))
        assert sorted(model.seen) == sorted(texts - known)
        if self.report.switched:
            # What nothing answers any more is remembered for one generation, then forgotten.
            self.kept = [*self.kept[-1:], (self.report.generation, texts)] if now else self.kept[-1:]
        self.taken = dict(now)

    @staticmethod
    def texts(files: dict[str, str]) -> set[str]:
        lines = {line for text in files.values() for line in text.splitlines()}
        whole = lines | {f"{part.strip('. ')}." for line in lines for part in line.split(". ")}
        return {text.strip() for text in whole if any(map(str.isalpha, text))}

    @invariant()
    def the_catalog_holds_what_was_taken_in(self) -> None:
        if self.report is None:
            return
        with opened(self.base) as catalog:
            current = catalog.current("archive")
            if current is None:
                assert self.taken == {}
                return
            passages = list(catalog.iterate_passages(current.id))
            articles = catalog.articles(current.id, [meta.id for meta in catalog.articles_meta(current.id)])
            assert {article.source: article.text for article in articles.values()} == self.taken
            assert len(passages) == current.count
            for article in articles.values():
                own = [passage for passage in passages if passage.article_id == article.id]
                lines = article.text.splitlines(keepends=True)
                assert [passage.text for passage in own] == [line for line in lines if any(map(str.isalpha, line))]
            texts = [text for passage in passages for text in texts_of(passage)]
            assert not catalog.missing(texts, "hash-1")
            kept = set().union(*(texts for _, texts in self.kept))
            assert catalog.counts("archive").vectors == len(kept)


TestArchive = Archive.TestCase
TestArchive.settings = settings(
    max_examples=20, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
