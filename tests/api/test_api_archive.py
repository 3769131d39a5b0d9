"""`/v1/articles`, files, `/v1/citations/verify` and `/v1/corpus` of the running server, also while it is ingested."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_server import NEWS, QUESTION, Api, is_problem, running, served_api
from fake_vectors import FakeEmbedder
from small_chat import opened
from small_corpus import fill

from rag.config import Settings
from rag.corpus import Corpus
from rag.errors import CatalogError
from rag.generate.answer import Answerer, Policy
from rag.index.build import build
from rag.index.verify import verify_folder
from rag.ingest.sync import ingest
from rag.retrieve.search import Current
from rag.store.catalog import CATALOG_FILE, Catalog
from ui.server import make_app
from ui.shared.history import History

SOCHI = NEWS["سياسة/سوتشي.txt"]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with served_api(tmp_path) as api:
        yield api


def article_of(api: Api, source: str) -> dict[str, Any]:
    [found] = [one for one in api.client.get("/v1/articles").json()["articles"] if one["source"] == source]
    return found


def test_the_list_is_sorted_and_its_pages_join_to_the_whole(api: Api) -> None:
    whole = api.client.get("/v1/articles").json()
    assert [one["source"] for one in whole["articles"]] == sorted(NEWS)
    pages = [api.client.get("/v1/articles", params={"offset": at, "limit": 1}).json() for at in range(3)]
    assert [one for page in pages for one in page["articles"]] == whole["articles"]
    assert [page["total"] for page in pages] == [2, 2, 2]
    assert [page["offset"] for page in pages] == [0, 1, 2]


def test_filters_narrow_the_list(api: Api) -> None:
    # These files state neither outlet nor day.
    assert api.client.get("/v1/articles", params={"outlet": "سانا"}).json()["total"] == 0
    assert api.client.get("/v1/articles", params={"published_from": "1900-01-01"}).json()["total"] == 0


def test_an_article_has_its_text_and_its_hashes(api: Api) -> None:
    one = article_of(api, "سياسة/سوتشي.txt")
    whole = api.client.get(f"/v1/articles/{one['article_id']}").json()
    assert whole["text"] == SOCHI
    assert whole["sha256"] == whole["text_sha256"] == hashlib.sha256(SOCHI.encode()).hexdigest()
    assert whole["body"] == [{"start": 0, "end": len(SOCHI)}]
    assert whole["generation"] == api.client.get("/v1/corpus").json()["generation"]
    assert {name: whole[name] for name in one} == one


def test_a_file_is_given_byte_for_byte_until_it_changes(api: Api) -> None:
    one = article_of(api, "سياسة/سوتشي.txt")
    path = f"/v1/articles/{one['article_id']}/file"
    got = api.client.get(path)
    assert got.content == SOCHI.encode()
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    (api.folder / one["source"]).write_text(SOCHI.replace("12", "13"), encoding="utf-8")
    changed = is_problem(api.client.get(path), 409)
    assert str(api.folder) not in str(changed)
    (api.folder / one["source"]).unlink()
    is_problem(api.client.get(path), 410)


def test_an_unknown_article_is_a_404(api: Api) -> None:
    for name in ("x", "0" * 16, "%00", "%ED%A0%80", "a" * 200, "'; DROP TABLE versions; --"):
        for path in (f"/v1/articles/{name}", f"/v1/articles/{name}/file"):
            is_problem(api.client.get(path), 404)


def test_the_corpus_is_told_in_figures(api: Api) -> None:
    told = api.client.get("/v1/corpus").json()
    assert (told["articles"], told["passages"], told["undated"], told["quarantined"]) == (2, 3, 2, 0)
    assert told["generator"] == "extractive"
    assert told["fingerprint"] == "hash-1"


# ---- quotes


@pytest.fixture
def quote(api: Api) -> dict[str, Any]:
    """The first citation of an answer, as `/v1/citations/verify` takes it."""
    cited = api.ask().json()["citations"][0]
    return {name: cited[name] for name in ("article_id", "sha256", "start", "end", "quote")}


def verdicts(api: Api, cited: dict[str, Any], /, **altered: Any) -> str:
    """What both forms say of an altered quote."""
    asked = cited | altered
    one = api.client.get("/v1/citations/verify", params=asked).json()
    assert api.client.post("/v1/citations/verify", json=[asked]).json() == [one]
    assert one["holds"] is (one["result"] == "ok")
    return str(one["result"])


def test_every_citation_of_an_answer_holds(api: Api) -> None:
    asked = [
        {name: one[name] for name in ("article_id", "sha256", "start", "end", "quote")}
        for one in api.ask().json()["citations"]
    ]
    told = api.client.post("/v1/citations/verify", json=asked).json()
    assert [one["result"] for one in told] == ["ok"] * len(asked)


def test_an_altered_citation_does_not_hold(api: Api, quote: dict[str, Any]) -> None:
    assert verdicts(api, quote) == "ok"
    assert verdicts(api, quote, start=quote["start"] + 1, end=quote["end"] + 1) == "moved"
    assert verdicts(api, quote, start=quote["end"], end=quote["start"]) == "moved"
    assert verdicts(api, quote, end=1 << 40) == "moved"
    assert verdicts(api, quote, quote=quote["quote"].replace("سوتشي", "موسكو")) == "changed"
    assert verdicts(api, quote, quote=quote["quote"].replace("زار", "زارَ")) == "changed"
    assert verdicts(api, quote, sha256="0" * 64) == "changed"
    assert verdicts(api, quote, article_id="nobody") == "missing"
    found = api.client.get("/v1/citations/verify", params=quote | {"start": 3, "end": 9}).json()["found"]
    assert found == {"start": SOCHI.index(quote["quote"]), "end": SOCHI.index(quote["quote"]) + len(quote["quote"])}


def test_a_catalog_that_cannot_be_read_is_no_missing_article(
    api: Api, quote: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise CatalogError("the server cannot be reached", where="db.example")

    monkeypatch.setattr(api.corpus.catalog, "current", away)
    for path in ("/v1/citations/verify", f"/v1/articles/{quote['article_id']}"):
        response = api.client.get(path, params=quote if "verify" in path else {})
        assert (response.status_code, response.json()["detail"]) == (503, "the server cannot be reached")


@pytest.mark.parametrize(
    "altered", [{"sha256": "x"}, {"start": -1}, {"end": 1 << 41}, {"quote": ""}, {"quote": None}, {"x": 1}]
)
def test_what_is_no_citation_is_refused(api: Api, quote: dict[str, Any], altered: dict[str, Any]) -> None:
    is_problem(api.client.post("/v1/citations/verify", json=[quote | altered]), 422)


def test_too_many_quotes_at_once_are_refused(api: Api, quote: dict[str, Any]) -> None:
    assert len(api.client.post("/v1/citations/verify", json=[quote] * 200).json()) == 200
    is_problem(api.client.post("/v1/citations/verify", json=[quote] * 201), 422)


# ---- an archive that changes while it is asked


def state(number: int) -> dict[str, str]:
    """All files say which state they are of, so that an answer of two states shows."""
    lines = [f"زار المعلم سوتشي في الرحلة {number} رقم {at}. نقل الخبر مراسل {number}." for at in range(4)]
    return {f"خبر{at}.txt": line + "\n" for at, line in enumerate(lines)}


class Named(FakeEmbedder):
    name = "fake"


class Changing:
    """A corpus whose folder is taken in again and again; `texts` are all that it ever held, by their sha256."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = Settings(data_dir=home / "data", generator="extractive", api_at_once=16)
        self.embedder: Any = Named()
        self.texts: dict[str, str] = {}

    def take_in(self, number: int) -> None:
        files = state(number)
        self.texts |= {hashlib.sha256(text.encode()).hexdigest(): text for text in files.values()}
        fill(self.home / "files", files)
        self.ingest()

    def ingest(self) -> None:
        ingest(
            self.home / "files",
            settings=self.settings,
            corpus="archive",
            embedder=self.embedder,
            build=partial(build, verify=verify_folder),
            allow_deletes=True,
        )

    @contextmanager
    def served(self) -> Iterator[str]:
        with ExitStack() as stack:
            catalog = stack.enter_context(Catalog.open(self.settings.corpus_dir("archive") / CATALOG_FILE))
            search = stack.enter_context(Current(catalog, "archive", self.settings, self.embedder))
            corpus = Corpus(
                "archive",
                self.settings,
                Answerer(search, policy=Policy(evidence_sentences=4)),
                search=search,
                catalog=catalog,
                embedder=self.embedder,
                warm=lambda: None,
                resources=ExitStack(),
            )
            app = make_app(opened(corpus), History(self.home / "h.sqlite3"), self.settings, "127.0.0.1")
            yield stack.enter_context(running(app))


class Asker(threading.Thread):
    """Asks and reads until it is told to end; keeps the answers, and what failed."""

    def __init__(self, address: str, ended: threading.Event) -> None:
        super().__init__()
        self._address = address
        self._ended = ended
        self.answers: list[dict[str, Any]] = []
        self.failures: list[str] = []

    def run(self) -> None:
        with httpx.Client(base_url=self._address, timeout=60) as client:
            while not self._ended.is_set():
                try:
                    self._ask(client)
                except (httpx.HTTPError, KeyError, IndexError) as error:
                    self.failures.append(repr(error))

    def _ask(self, client: httpx.Client) -> None:
        got = client.post("/v1/answers", json={"question": QUESTION})
        listed = client.get("/v1/articles")
        shown = client.get(f"/v1/articles/{listed.json()['articles'][0]['article_id']}")
        self.failures += [one.text for one in (got, listed, shown) if one.status_code != 200]
        self.answers.append(got.json())


def test_figures_are_counted_once_for_each_generation_and_are_never_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, counted = Changing(tmp_path), []
    archive.take_in(0)
    count = Catalog.articles_meta

    def counting(self: Catalog, generation: str) -> Any:
        counted.append(generation)
        return count(self, generation)

    with archive.served() as address, httpx.Client(base_url=address) as client:
        monkeypatch.setattr(Catalog, "articles_meta", counting)
        first, *others = [client.get("/v1/corpus").json() for _ in range(3)]
        assert others == [first] * 2
        assert counted == [first["generation"]]
        archive.take_in(1)
        second = client.get("/v1/corpus").json()
        assert second["generation"] != first["generation"]
        assert client.get("/v1/corpus").json() == second
        assert counted.count(second["generation"]) == 1
        (tmp_path / "files" / "تالف.txt").write_bytes(b"\x81\x00\xff" * 40)
        archive.ingest()
        assert client.get("/v1/corpus").json() == second | {"quarantined": 1}


def test_a_switch_of_generations_drops_no_request_and_mixes_no_answer(tmp_path: Path) -> None:
    archive, ended = Changing(tmp_path), threading.Event()
    archive.take_in(0)
    with archive.served() as address:
        askers = [Asker(address, ended) for _ in range(4)]
        for one in askers:
            one.start()
        for number in range(1, 6):
            archive.take_in(number)
        ended.set()
        for one in askers:
            one.join(60)
    assert [failure for one in askers for failure in one.failures] == []
    states: dict[str, set[str]] = {}
    for answer in (answer for one in askers for answer in one.answers):
        assert answer["citations"]
        for cited in answer["citations"]:
            text = archive.texts[cited["sha256"]]
            assert text[cited["start"] : cited["end"]] == cited["quote"]
            states.setdefault(answer["generation"], set()).add(text.split("الرحلة ")[1].split()[0])
    assert all(len(said) == 1 for said in states.values())
    assert len(states) >= 3
