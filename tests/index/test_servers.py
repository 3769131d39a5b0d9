"""A catalog on PostgreSQL and vectors on a Chroma server, both real: one process takes in, others answer.

What holds on one machine holds here: nothing is lost, nothing is stale, and what is away is said to be.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import query
from fake_vectors import FakeEmbedder
from server_process import CORPUS, as_json, take
from servers import PASSWORD, Chroma, Postgres
from small_corpus import LIST_MEMBERS, fill

from rag.config import Settings
from rag.errors import BadInput, BadSetting, CatalogError, CorpusBusy, IndexUnusable
from rag.index import generations
from rag.index.build import build_for
from rag.index.chroma import ChromaServer
from rag.index.generations import Making, make_here
from rag.ingest.backup import OnServer, backup, restore
from rag.ingest.repeated_lines import LEAST
from rag.retrieve.search import Current
from rag.store import writes
from rag.store.catalog import catalog_of
from rag.store.database import catalog_errors
from rag.store.postgres import server_address
from ui.cli import maintenance
from ui.cli.maintenance import deeper

FIRST = {"a.txt": "افتتح الوزير معرض التمور في نزوى صباح أمس.\n", "b.txt": "وصل القطار الجديد إلى محطة الميناء.\n"}
SECOND = {**FIRST, "a.txt": "أغلق الوزير معرض التمور في صور مساء أمس.\n"}
DATES = "معرض التمور"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    server = Chroma(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


@pytest.fixture
def at(postgres: Postgres, chroma: Chroma, tmp_path: Path) -> Iterator[Callable[[str], Settings]]:
    """Settings of a machine by its name: a data folder of its own, and both servers; an empty database."""

    def settings(machine: str) -> Settings:
        return Settings(data_dir=tmp_path / machine, catalog_url=postgres.url, chroma_url=chroma.url)  # type: ignore[arg-type]

    yield settings
    postgres.revive()
    chroma.revive()
    for (schema,) in postgres.run("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'isnad%'"):
        postgres.run(f'DROP SCHEMA "{schema}" CASCADE')


class Asking:
    """A process that answers, with a data folder of its own."""

    def __init__(self, settings: Settings) -> None:
        self._process = process("ask", settings, Path(), stdin=subprocess.PIPE)

    def __call__(self, question: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate(timeout=30)


def process(what: str, settings: Settings, folder: Path, **options: Any) -> subprocess.Popen[str]:
    here = Path(__file__).parents[1]
    assert settings.catalog_url
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(here.parent), str(here)]),
        "ISNAD_CATALOG_URL": settings.catalog_url.get_secret_value(),
        "ISNAD_CHROMA_URL": str(settings.chroma_url),
    }
    command = [sys.executable, str(here / "server_process.py"), what, str(settings.data_dir), str(folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, **options)


def test_a_page_of_articles_has_the_same_order_on_a_server(at: Callable[[str], Settings], tmp_path: Path) -> None:
    names = ["B.txt", "a.txt", "b.txt", "é.txt", "أ.txt", "😀.txt"]  # by code points
    generation = take(fill(tmp_path / "articles", {name: f"خبر {name}.\n" for name in names}), at("writer")).generation
    assert generation
    with catalog_of(at("one"), CORPUS) as catalog:
        page, total = catalog.articles_page(generation, offset=1, limit=4)
        assert ([one.source for one in page], total) == (names[1:5], 6)
        assert catalog.articles_page(generation, outlet="سانا", published_from="2015-01-01", limit=4) == ([], 0)


def test_one_process_takes_in_and_two_others_answer_whatever_is_killed(
    at: Callable[[str], Settings], postgres: Postgres, chroma: Chroma, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    writer = process("take", at("writer"), folder)
    first = json.loads(writer.communicate(timeout=120)[0])["generation"]
    readers = [Asking(at("one")), Asking(at("two"))]
    before = [reader(DATES) for reader in readers]
    assert before[0] == before[1]
    assert before[0]["generation"] == first
    assert before[0]["hits"][0][1] == FIRST["a.txt"]

    # A switch is seen by the next question.
    fill(folder, SECOND)
    second = take(folder, at("writer")).generation
    after = [reader(DATES) for reader in readers]
    assert after[0] == after[1]
    assert after[0]["generation"] == second
    assert after[0]["hits"][0][1] == SECOND["a.txt"]
    # A machine keeps the files of what it reads.
    kept = [path.name for path in at("one").generations_dir(CORPUS).glob("0*") if path.is_dir()]
    assert kept == [second]

    postgres.kill()
    for said in (readers[0](DATES), json.loads(process("take", at("writer"), folder).communicate(timeout=120)[0])):
        assert said["error"] == "CatalogError"
        assert "cannot be reached" in said["says"]
        assert PASSWORD not in said["says"]
    postgres.start()
    assert [reader(DATES) for reader in readers] == after

    chroma.kill()
    fill(folder, FIRST)
    with pytest.raises(IndexUnusable, match="Chroma server cannot be reached"):
        take(folder, at("writer"))
    assert [reader(DATES)["error"] for reader in readers] == ["IndexUnusable"] * 2
    chroma.start()
    assert [reader(DATES) for reader in readers] == after, "what could not be made is not answered from"
    third = take(folder, at("writer"))
    # The vectors of what could not be indexed then were kept.
    assert (third.embedded, third.switched) == (0, True)
    again = [reader(DATES) for reader in readers]
    assert again[0] == again[1]
    assert again[0]["generation"] == third.generation
    assert [hit[1:] for hit in again[0]["hits"]] == [hit[1:] for hit in before[0]["hits"]]
    for reader in readers:
        reader.close()


def test_a_connection_that_is_reset_at_rest_gives_way_to_a_new_one(
    at: Callable[[str], Settings], tmp_path: Path
) -> None:
    settings = at("one")
    take(fill(tmp_path / "articles", FIRST), settings)
    with catalog_of(settings, CORPUS) as catalog:
        before = catalog.current(CORPUS)
        resets = [ConnectionResetError(104, "Connection reset by peer")]
        ping = type(catalog.engine.dialect).do_ping

        def reset_once(dialect: Any, connection: Any) -> bool:
            if resets:
                raise resets.pop()
            return ping(dialect, connection)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(catalog.engine.dialect), "do_ping", reset_once)
            assert catalog.current(CORPUS) == before
        assert resets == []


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset"), BrokenPipeError(32, "pipe"), TimeoutError()])
def test_a_socket_that_breaks_within_a_transaction_is_told_as_the_server(error: OSError) -> None:
    with (
        pytest.raises(CatalogError, match="does not answer or closed the connection"),
        catalog_errors("postgresql://host/db"),
    ):
        raise error


def test_a_file_and_servers_give_the_same_answers(
    at: Callable[[str], Settings], postgres: Postgres, chroma: Chroma, tmp_path: Path
) -> None:
    lines = [
        f"خبر {n} عن المدينة {n % 7} والسوق {n % 13}. وقال الوزير {n % 5} إن السعر {n} ارتفع.\n" for n in range(120)
    ]
    folder = fill(tmp_path / "articles", {f"{n}.txt": "".join(lines[n * 10 : n * 10 + 10]) for n in range(12)})
    answers = []
    for name, changes in (
        ("file", {"catalog_url": None, "chroma_url": None}),
        ("vectors", {"catalog_url": None}),
        ("catalog", {"chroma_url": None}),
        ("both", {}),
    ):
        settings = at(name).model_copy(update=changes)
        take(folder, settings, corpus="c")
        # Where the catalog is shared, on a machine that has nothing yet.
        settings = at(f"{name} elsewhere").model_copy(update=changes) if settings.catalog_url else settings
        with catalog_of(settings, "c") as catalog, Current(catalog, "c", settings, FakeEmbedder()) as current:
            found = [as_json(current(query(f"السوق {n} المدينة السعر {n}"))) for n in range(0, 120, 9)]
        answers.append([{**one, "generation": ""} for one in found])
        # Of another corpus in the same database there is nothing.
        if settings.catalog_url:
            postgres.run("DROP SCHEMA isnad_c CASCADE")
    assert all(answer == answers[0] for answer in answers)
    assert all(one["hits"] for one in answers[0])


def test_a_second_writer_is_refused_at_once_and_names_the_first(at: Callable[[str], Settings], tmp_path: Path) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    seen: list[str] = []

    def build(*args: Any, **options: Any) -> None:
        with pytest.raises(CorpusBusy, match=f"isnad .* {os.getpid()} is writing"):
            take(folder, at("two"))
        take(fill(tmp_path / "others", FIRST), at("two"), corpus="another")
        seen.append("refused")
        build_for(at("one"), CORPUS)(*args, **options)

    assert take(folder, at("one"), build=build).switched
    assert seen == ["refused"]
    assert not take(folder, at("two")).switched, "the right to write ends with the connection"


def test_a_writer_whose_connection_is_lost_writes_nothing_more(
    at: Callable[[str], Settings], postgres: Postgres, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    take(folder, at("one"))
    fill(folder, SECOND)

    def build(*args: Any, **options: Any) -> None:
        build_for(at("one"), CORPUS)(*args, **options)
        postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'isnad %'")
        # The corpus is free, and another takes it in between.
        assert take(folder, at("two")).switched

    with pytest.raises(CatalogError, match=r"closed the connection|connection was lost|stopping"):
        take(folder, at("one"), build=build)
    with catalog_of(at("three"), CORPUS) as catalog:
        current = catalog.current(CORPUS)
        assert current
        assert [passage.text for passage in catalog.iterate_passages(current.id)] == [*SECOND.values()]
    assert not take(folder, at("one")).switched


def test_what_readers_elsewhere_may_read_is_kept_for_a_while_and_then_removed_with_its_collection(
    at: Callable[[str], Settings], postgres: Postgres, chroma: Chroma, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    mine = lambda: {name for name in chroma.collections() if name in names}  # noqa: E731
    server = ChromaServer.of(at("one"), CORPUS)
    assert server
    made = [take(fill(folder, files), at("one")).generation or "" for files in (FIRST, SECOND, FIRST)]
    names = {server.name(one) for one in made}
    with catalog_of(at("one"), CORPUS) as catalog:
        assert catalog.counts(CORPUS).generations == 3
        assert mine() == names
        # The first stopped answering when the second began.
        past = (datetime.now(UTC) - generations.GRACE - timedelta(seconds=1)).isoformat(timespec="seconds")
        postgres.run(f"""UPDATE "isnad_{CORPUS}".generations SET switched_at = '{past}' WHERE id < '{made[2]}'""")
        take(folder, at("one"))
        # The second is the one before the current: it always stays, and so does the segment that it has of the first.
        assert catalog.counts(CORPUS).generations == 2
        assert mine() == names
        take(folder, at("one"), rebuild=True)
        last = take(folder, at("one"), rebuild=True).generation
        postgres.run(f"""UPDATE "isnad_{CORPUS}".generations SET switched_at = '{past}' WHERE id < '{last}'""")
        take(folder, at("one"))
        assert mine() == set()


def test_a_generation_that_goes_while_its_files_are_made_is_not_read(
    at: Callable[[str], Settings], tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    take(folder, at("one"))
    with catalog_of(at("two"), CORPUS) as catalog, Current(catalog, CORPUS, at("two"), FakeEmbedder()) as current:
        members = catalog.iterate_passages

        def going(generation_id: str, beside: str | None = None) -> Iterator[Any]:
            yield next(members(generation_id, beside))
            catalog.iterate_passages = members  # type: ignore[method-assign]
            take(fill(folder, SECOND), at("one"))
            with catalog_of(at("one"), CORPUS) as other, other.transaction() as connection:
                writes.remove_generation(connection, generation_id)

        catalog.iterate_passages = going  # type: ignore[method-assign]
        with pytest.raises(IndexUnusable, match="removed during the read"):
            current(query(DATES))
        assert current(query(DATES)).hits[0].passage.text == SECOND["a.txt"]
        made = at("two").generations_dir(CORPUS)
        assert len([path for path in made.glob("0*") if path.is_dir()]) == 1


def test_a_collection_that_the_server_lost_is_made_again_without_embedding(
    at: Callable[[str], Settings], chroma: Chroma, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    settings = at("one").model_copy(update={"catalog_url": None})
    first = take(folder, settings)
    server = ChromaServer.of(settings, CORPUS)
    assert server
    assert first.generation
    with catalog_of(settings, CORPUS) as catalog, Current(catalog, CORPUS, settings, FakeEmbedder()) as current:
        server.drop(first.generation)
        with pytest.raises(IndexUnusable, match="does not have this generation"):
            current(query(DATES))
        again = take(folder, settings)
        assert (again.switched, again.embedded) == (True, 0)
        assert current(query(DATES)).hits[0].passage.text == FIRST["a.txt"]


def test_a_deep_look_and_a_backup_know_that_the_vectors_are_on_a_server(
    at: Callable[[str], Settings], chroma: Chroma, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    settings = at("one").model_copy(update={"catalog_url": None, "corpus": CORPUS})
    first = take(folder, settings)
    server = ChromaServer.of(settings, CORPUS)
    assert server
    assert first.generation
    found = deeper(settings)
    assert found
    assert found.findings == []
    home, file = settings.corpus_dir(CORPUS), tmp_path / "backup"
    backup(home, CORPUS, file)
    take(fill(folder, SECOND), settings)
    restore(file, home, CORPUS, build_for(settings, CORPUS), force=True, collections=server)
    with catalog_of(settings, CORPUS) as catalog, Current(catalog, CORPUS, settings, FakeEmbedder()) as current:
        assert current(query(DATES)).hits[0].passage.text == FIRST["a.txt"]
    server.drop(first.generation)
    again = take(folder, settings).generation
    assert again
    server.drop(again)
    found = deeper(settings)
    assert found
    assert ["does not have this generation" in one.what for one in found.findings] == [True]


def saved_to(file: Path, settings: Settings, *, force: bool = False) -> Path:
    backup(settings.corpus_dir(CORPUS), CORPUS, file, force=force, server=OnServer.of(settings, CORPUS))
    return file


def restored(file: Path, settings: Settings, *, force: bool = False, **options: Any) -> None:
    options = {"build": build_for(settings, CORPUS), "collections": ChromaServer.of(settings, CORPUS), **options}
    home, server = settings.corpus_dir(CORPUS), OnServer.of(settings, CORPUS)
    restore(file, home, CORPUS, force=force, server=server, **options)


def hits(settings: Settings) -> list[Any]:
    """What a machine finds for `DATES`, without the generation, whose id is never the same."""
    with catalog_of(settings, CORPUS) as catalog, Current(catalog, CORPUS, settings, FakeEmbedder()) as current:
        return list(as_json(current(query(DATES)))["hits"])


def rows(file: Path) -> dict[str, list[Any]]:
    """All rows of a backup but those of the generations, with the types in which SQLite stores them."""
    with closing(sqlite3.connect(file)) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for name in names:
            columns = [row[1] for row in opened.execute(f"PRAGMA table_info({name})")]
            if "generation_id" not in columns and name != "generations":
                typed = ", ".join(f'"{column}", typeof("{column}")' for column in columns)
                found[name] = sorted(map(repr, opened.execute(f"SELECT {typed} FROM {name}")))
        return found


def test_a_backup_of_either_kind_of_catalog_can_be_restored_into_either(
    at: Callable[[str], Settings], postgres: Postgres, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    (folder / "broken.txt").write_bytes(b"\xff\xfe\x00")
    one = at("one")
    take(folder, one)
    (one.corpus_dir(CORPUS)).mkdir(parents=True)
    (one.corpus_dir(CORPUS) / "saved.json").write_text('{"questions": []}', encoding="utf-8")
    before, first = hits(one), saved_to(tmp_path / "first.db", one)
    assert first.stat().st_mode & 0o777 == 0o600
    stored = rows(first)
    assert [len(stored[name]) for name in ("versions", "sources", "quarantine")] == [2, 2, 1]
    with closing(sqlite3.connect(first)) as opened:
        assert opened.execute("SELECT DISTINCT typeof(whole) FROM versions").fetchall() == [("null",)], "no JSON null"

    # Onto the server again, while a machine reads the state that is replaced.
    take(fill(folder, SECOND), one)
    with catalog_of(at("two"), CORPUS) as catalog, Current(catalog, CORPUS, at("two"), FakeEmbedder()) as current:
        assert as_json(current(query(DATES)))["hits"] != before
        with pytest.raises(BadInput, match="--force"):
            restored(first, one)
        restored(first, one, force=True)
        assert as_json(current(query(DATES)))["hits"] == before
    assert rows(saved_to(tmp_path / "again.db", one)) == stored

    # Into a file on a machine without the server, and from that file to an empty server.
    alone = at("alone").model_copy(update={"catalog_url": None, "chroma_url": None, "corpus": CORPUS})
    restored(first, alone)
    assert hits(alone) == before
    found = deeper(alone)
    assert found
    assert [one for one in found.findings if one.wrong] == []
    assert (alone.corpus_dir(CORPUS) / "saved.json").read_text(encoding="utf-8") == '{"questions": []}'
    postgres.run(f'DROP SCHEMA "isnad_{CORPUS}" CASCADE')
    moved = saved_to(tmp_path / "moved.db", alone)
    assert rows(moved) == stored
    restored(moved, at("new"))
    assert hits(at("three")) == before
    model = FakeEmbedder()
    assert take(fill(folder, FIRST), at("new"), embedder=model).embedded == 0
    assert not list((tmp_path / "new").rglob(".catalog*")), "no copy of the catalog is left here"


def test_the_commands_back_up_and_restore_a_catalog_on_a_server(
    at: Callable[[str], Settings], postgres: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    take(fill(tmp_path / "articles", FIRST), at("one"))
    file = tmp_path / "kept.db"
    options: dict[str, Any] = {"corpus": CORPUS, "data_dir": tmp_path / "one"}
    options["settings"] = [f"catalog_url={postgres.url}", f"chroma_url={at('one').chroma_url}"]
    maintenance.backup(file, **options)
    maintenance.restore(file, force=True, yes=True, **options)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"{file}: corpus {CORPUS}, 2 articles, 2 passages, ")
    assert said[1] == f"corpus {CORPUS}: 2 articles, 2 passages"


def test_a_backup_of_a_server_is_one_state_and_nothing_is_restored_while_another_process_writes(
    at: Callable[[str], Settings], tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    take(folder, at("one"))
    kept: list[Path] = []

    def build(*args: Any, **options: Any) -> None:
        kept.append(saved_to(tmp_path / "kept.db", at("two")))
        with pytest.raises(CorpusBusy, match="is writing"):
            restored(kept[0], at("two"), force=True)
        build_for(at("one"), CORPUS)(*args, **options)

    second = take(fill(folder, SECOND), at("one"), build=build)
    assert (len(kept), second.switched) == (1, True)
    newer = hits(at("one"))
    restored(kept[0], at("two"), force=True)
    assert [hit[1] for hit in hits(at("one"))] == [FIRST["a.txt"], FIRST["b.txt"]]
    # It goes on where the ingest was when it was saved: everything was read and embedded.
    third = take(folder, at("one"))
    assert (third.added, third.changed, third.embedded, third.switched) == (0, 0, 0, True)
    assert hits(at("one")) == newer


def test_a_restore_onto_a_server_that_fails_in_the_middle_replaces_nothing(
    at: Callable[[str], Settings], postgres: Postgres, chroma: Chroma, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    take(folder, at("one"))
    kept = saved_to(tmp_path / "kept.db", at("one"))
    take(fill(folder, SECOND), at("one"))
    before = hits(at("one")), rows(saved_to(tmp_path / "before.db", at("one"))), chroma.collections()
    schema = f'"isnad_{CORPUS}"'

    # The server ends the connection at the first row of the last table.
    postgres.run(
        f"CREATE FUNCTION {schema}.stop() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'"
    )
    postgres.run(f"CREATE TRIGGER stop AFTER INSERT ON {schema}.sources EXECUTE FUNCTION {schema}.stop()")
    with pytest.raises(CatalogError, match=r"closed the connection|stopping"):
        restored(kept, at("one"), force=True)
    postgres.run(f"DROP FUNCTION {schema}.stop CASCADE")

    # A value that SQLite accepts and PostgreSQL does not.
    forged = tmp_path / "forged.db"
    forged.write_bytes(kept.read_bytes())
    with closing(sqlite3.connect(forged)) as opened, opened:
        opened.execute("UPDATE versions SET title_start = 'one'")
    with pytest.raises(CatalogError, match="table versions has the wrong type"):
        restored(forged, at("one"), force=True)

    after = hits(at("one")), rows(saved_to(tmp_path / "after.db", at("one"))), chroma.collections()
    assert after == before
    # Where there was nothing, there is nothing.
    postgres.run(f"DROP SCHEMA {schema} CASCADE")
    with pytest.raises(CatalogError, match="wrong type"):
        restored(forged, at("new"))
    assert not postgres.run(f"SELECT 1 FROM pg_namespace WHERE nspname = 'isnad_{CORPUS}'")
    with pytest.raises(IndexUnusable, match="nothing was ingested yet"):
        saved_to(tmp_path / "nothing.db", at("new"))
    assert not (tmp_path / "nothing.db").exists()
    restored(kept, at("new"))
    assert [hit[1] for hit in hits(at("new"))] == [FIRST["a.txt"], FIRST["b.txt"]]


def test_questions_wait_for_a_new_generation_only_as_long_as_an_older_one_could_not_answer_them(
    at: Callable[[str], Settings], tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    first = take(folder, at("one"))
    with catalog_of(at("two"), CORPUS) as catalog, Current(catalog, CORPUS, at("two"), FakeEmbedder()) as current:
        assert current(query(DATES)).snapshot == first.generation
        second = take(fill(folder, SECOND), at("one"))
        row = catalog.current(CORPUS)
        assert row
        go = threading.Event()
        made = current._make_files

        def slowly(generation: Any) -> None:
            assert go.wait(60)
            made(generation)

        current._making = Making(slowly, patience=0.2)
        assert current(query(DATES)).snapshot == first.generation
        go.set()
        assert current._making.ready(row, needed=True)
        assert current(query(DATES)).snapshot == second.generation


def test_two_readers_of_a_machine_make_its_files_once(at: Callable[[str], Settings], tmp_path: Path) -> None:
    take(fill(tmp_path / "articles", FIRST), at("one"))
    made: list[str] = []
    together = threading.Barrier(2)

    def build(folder: Path, *args: Any) -> None:
        made.append(folder.name)
        build_for(at("two"), CORPUS, filled=True)(folder, *args)

    def read() -> None:
        with catalog_of(at("two"), CORPUS) as catalog:
            row = catalog.current(CORPUS)
            assert row
            together.wait(30)
            make_here(catalog, row, at("two").generations_dir(CORPUS) / row.id, build)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(read), threads.submit(read)]:
            done.result()
    assert len(made) == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://isnad:wrong-one@127.0.0.1:{port}/archives", "correct the name or the password"),
        ("postgresql://isnad:s3cret-Pa55@127.0.0.1:{port}/nothing", "no such database"),
        ("postgresql://isnad:s3cret-Pa55@127.0.0.1:1/archives", "cannot be reached"),
        ("postgresql://isnad:s3cret-Pa55@127.0.0.1:{port}/archives?sslmode=require", "check that PostgreSQL runs"),
    ],
    ids=["password", "database", "away", "no encryption"],
)
def test_what_is_wrong_with_a_server_is_said_without_its_password(
    postgres: Postgres, tmp_path: Path, url: str, says: str
) -> None:
    settings = Settings(data_dir=tmp_path, catalog_url=url.format(port=postgres.port))  # type: ignore[arg-type]
    with pytest.raises(CatalogError, match=says) as raised:
        catalog_of(settings, "c")
    assert "wrong-one" not in str(raised.value)
    assert PASSWORD not in str(raised.value)


def test_nothing_taken_in_yet_is_said_and_nothing_is_made(postgres: Postgres, at: Callable[[str], Settings]) -> None:
    with pytest.raises(IndexUnusable, match="nothing was ingested yet"):
        catalog_of(at("one"), "unknown")
    assert not postgres.run("SELECT 1 FROM pg_namespace WHERE nspname = 'isnad_unknown'")


def test_a_url_or_a_name_that_postgresql_cannot_have_is_a_bad_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="too long"):
        server_address("postgresql://host/db", "خ" * 30)
    settings = Settings(data_dir=tmp_path, catalog_url="postgresql://host/db?target=any")  # type: ignore[arg-type]
    with pytest.raises(BadSetting, match="remove the other options"):
        catalog_of(settings, "c")


def test_a_catalog_of_an_older_isnad_is_brought_up_by_the_writer_and_by_no_reader(
    at: Callable[[str], Settings], postgres: Postgres, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "articles", FIRST)
    take(folder, at("one"))
    postgres.run(f"""UPDATE "isnad_{CORPUS}".meta SET value = '1' WHERE name = 'schema_version'""")
    for name in ("author", "author_start", "author_end", "section", "section_start", "section_end", "pages", "whole"):
        postgres.run(f"""ALTER TABLE "isnad_{CORPUS}".versions DROP COLUMN {name}""")
    for statement in LIST_MEMBERS:
        postgres.run(f"""SET search_path TO "isnad_{CORPUS}"; {statement}""")
    with pytest.raises(CatalogError, match="older Isnad"):
        catalog_of(at("two"), CORPUS)
    assert not take(folder, at("one")).switched
    with catalog_of(at("two"), CORPUS) as catalog:
        assert catalog.counts(CORPUS).articles == 2


def test_lines_that_many_articles_repeat_are_taken_out_on_a_server_too(
    at: Callable[[str], Settings], tmp_path: Path
) -> None:
    promotion = "موعد يومي مع أبرز الأحداث على الساحة الوطنية"
    texts = {
        f"{n}.txt": "\n".join(
            [*(f"زار الوزير {n} مدينة {k} وبحث فيها أمورا كثيرة مع سكانها." for k in range(5)), promotion]
        )
        for n in range(LEAST)
    }
    folder = fill(tmp_path / "articles", texts)
    report = take(folder, at("one"))
    assert (report.added, report.repeated, report.switched) == (LEAST, LEAST, True)
    with catalog_of(at("two"), CORPUS) as catalog:
        current = catalog.current(CORPUS)
        assert current is not None
        passages = list(catalog.iterate_passages(current.id))
        assert {one.article_id for one in passages} == {meta.id for meta in catalog.articles_meta(current.id)}
        assert not any(promotion in passage.text for passage in passages)
    again = take(folder, at("one"))
    assert (again.unchanged, again.repeated, again.switched) == (LEAST, LEAST, False)


def test_a_silent_chroma_server_is_said_to_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from rag.index import chroma as server

    monkeypatch.setattr(server, "_ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        silent = ChromaServer(f"http://127.0.0.1:{listening.getsockname()[1]}", "isnad")
        with pytest.raises(IndexUnusable, match="does not respond"):
            silent.holds("000001-aaaaaaaa", 1)


def test_the_key_goes_to_the_proxy_before_chroma_and_into_no_message() -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    seen: list[str | None] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers.get("Authorization"))
            self.send_error(401)

        def log_message(self, *_: Any) -> None:
            """Nothing is written to the terminal."""

    with HTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        Thread(target=partial(proxy.serve_forever, 0.05), daemon=True).start()
        server = ChromaServer(f"http://127.0.0.1:{proxy.server_port}", "isnad", "k3y")
        with pytest.raises(IndexUnusable, match="401") as raised:
            server.drop("000001-aaaaaaaa")
        proxy.shutdown()
    assert seen == ["Bearer k3y"]
    assert "k3y" not in str(raised.value) + repr(server)
