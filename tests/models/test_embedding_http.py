"""Embeddings from an endpoint: real vectors over the real protocol, and endpoints that misbehave."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from builders import query
from fake_vectors import vectors
from numpy.typing import NDArray
from small_corpus import fill

from rag.config import Settings
from rag.corpus import ingest_folder, open_corpus
from rag.errors import BadSetting, ModelError, WrongModel
from rag.models import embedding
from rag.models import embedding as embedding_http
from rag.models.embedding import LoadedEmbedder

KEY = "s3cret-k3y"
Reply = tuple[int, dict[str, str], Any]
Embed = Callable[[list[str]], NDArray[np.float32]]


class Served:
    """An endpoint: `embed` makes its vectors; each of `first` is sent instead, before any of those."""

    def __init__(self, embed: Embed, *first: Reply) -> None:
        self.embed = embed
        self.first = list(first)
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.url = ""

    def answer(self, asked: dict[str, Any]) -> Reply:
        self.asked.append(asked)
        if self.first:
            return self.first.pop(0)
        rows = self.embed(asked["input"])
        data = [{"object": "embedding", "index": n, "embedding": row.tolist()} for n, row in enumerate(rows)]
        # In any order: `index` says which is which.
        return 200, {}, {"object": "list", "data": data[::-1], "model": asked["model"]}


@contextmanager
def serving(served: Served) -> Iterator[Served]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            served.keys.append(self.headers.get("Authorization"))
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, headers, content = served.answer(asked) if self.path == "/v1/embeddings" else (404, {}, {})
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing is written to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        served.url = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def at(served: Served, data: Path, **changes: Any) -> Settings:
    return Settings(data_dir=data, embedding_url=served.url, embedding_model="m", embedding_key=KEY, **changes)  # type: ignore[arg-type]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited between two tries, which take no time."""
    waited: list[float] = []
    monkeypatch.setattr(embedding_http.time, "sleep", waited.append)
    return waited


def test_vectors_over_the_protocol_are_those_of_the_model_itself(
    embedder: LoadedEmbedder, settings: Settings, tmp_path: Path
) -> None:
    """As a server does that has the same model: what it is sent is embedded as it is, prompt and all."""

    def encode(texts: list[str]) -> NDArray[np.float32]:
        return embedder.model.encode(texts, prompt="", normalize_embeddings=True, show_progress_bar=False)

    texts = ["زار المعلم سوتشي أمس، والتقى هناك وزير الخارجية الروسي.", "القمح", "Wheat rose in Cairo.", "سعر \ud800"]
    texts += [f"خبر {n}" for n in range(16)]
    prompts = {"embedding_query_prompt": "query: ", "embedding_passage_prompt": "passage: "}
    with serving(Served(encode)) as served:
        there = at(served, settings.data_dir, **prompts)
        remote = embedding.load(there)
        assert remote.dimension == embedder.dimension
        for ours, theirs in (
            (remote.encode_passages(texts), embedder.encode_passages(texts)),
            (remote.encode_queries(texts), embedder.encode_queries(texts)),
        ):
            assert np.abs(ours - theirs).max() < 1e-5
        assert remote.encode_queries([]).shape == (0, embedder.dimension)
        assert remote.count_tokens(texts) == embedder.count_tokens(texts)
        assert max(len(asked["input"]) for asked in served.asked) == 16
        assert {(asked["model"], asked["encoding_format"]) for asked in served.asked} == {("m", "float")}

        folder = fill(
            tmp_path / "articles", {"a.txt": "زار المعلم سوتشي أمس.\n", "b.txt": "ارتفع سعر القمح في القاهرة.\n"}
        )
        found = []
        for one in (settings, there.model_copy(update={"data_dir": tmp_path / "there"})):
            (tmp_path / "there").mkdir(exist_ok=True)
            if not (one.data_dir / "models").exists():
                (one.data_dir / "models").symlink_to(settings.models_dir.resolve())
            one = one.model_copy(update={"generator": "extractive"})
            ingest_folder(folder, one)
            with open_corpus(one) as corpus:
                found.append(corpus.search(query("من زار سوتشي؟")))
    assert [hit.passage for hit in found[0].hits] == [hit.passage for hit in found[1].hits]
    assert [hit.score for hit in found[0].hits] == pytest.approx([hit.score for hit in found[1].hits], abs=1e-5)


def test_a_model_is_the_same_at_any_url_and_another_under_another_name_revision_or_prompt(tmp_path: Path) -> None:
    with serving(Served(vectors)) as one, serving(Served(vectors)) as two:
        same = [embedding.load(at(served, tmp_path)).fingerprint for served in (one, two)]
        others = [
            embedding.load(at(one, tmp_path).model_copy(update=changes)).fingerprint
            for changes in (
                {"embedding_model": "n"},
                {"embedding_revision": "2"},
                {"embedding_query_prompt": "q "},
                {"embedding_passage_prompt": "p "},
            )
        ]
    assert same[0] == same[1]
    assert len({same[0], *others}) == 5


def test_another_model_behind_the_same_name_is_noticed(settings: Settings, tmp_path: Path) -> None:
    folder = fill(tmp_path / "articles", {"a.txt": "زار المعلم سوتشي أمس.\n"})
    with serving(Served(vectors)) as served:
        there = at(served, settings.data_dir, generator="extractive")
        assert ingest_folder(folder, there).switched
        # The same model on another machine: half precision and another order of sums.
        served.embed = lambda texts: (3 * vectors(texts)).astype(np.float16).astype(np.float32)
        assert not ingest_folder(folder, there).switched
        open_corpus(there).close()
        served.embed = lambda texts: vectors([text[::-1] for text in texts])
        for use in (lambda: ingest_folder(folder, there), lambda: open_corpus(there)):
            with pytest.raises(WrongModel, match="embedding_revision"):
                use()
        anew = there.model_copy(update={"embedding_revision": "2"})
        assert ingest_folder(folder, anew).switched
        open_corpus(anew).close()


@pytest.mark.parametrize(
    ("reply", "waited"),
    [
        ((429, {"Retry-After": "7"}, {"error": {"message": "slow down"}}), 7.0),
        ((503, {}, {}), 0.5),
        ((503, {"Retry-After": "3600"}, {}), 30.0),
        ((500, {"Retry-After": "soon"}, b"<html>"), 0.5),
    ],
    ids=["429", "503", "503 for an hour", "500"],
)
def test_what_may_pass_is_waited_for_as_long_as_is_asked(
    tmp_path: Path, waits: list[float], reply: Reply, waited: float
) -> None:
    with serving(Served(vectors, reply)) as served:
        assert embedding.load(at(served, tmp_path)).dimension == 32
    assert waits == [waited]
    assert len(served.asked) == 2


def test_a_passage_is_tried_more_often_than_a_question(tmp_path: Path, waits: list[float]) -> None:
    with serving(Served(vectors)) as served:
        model = embedding.load(at(served, tmp_path))
        for ask, tries in ((model.encode_queries, 2), (model.encode_passages, 6)):
            served.first = [(503, {}, {"error": "loading the model"})] * 9
            served.asked.clear()
            with pytest.raises(ModelError, match="loading the model"):
                ask(["خبر"])
            assert len(served.asked) == tries
    assert waits == [0.5, 0.5, 1, 2, 4, 8]


def test_an_endpoint_that_is_away_says_so(tmp_path: Path, waits: list[float]) -> None:
    with serving(Served(vectors)) as served:
        model = embedding.load(at(served, tmp_path))
    with pytest.raises(ModelError, match="cannot be reached"):
        model.encode_queries(["خبر"])
    assert waits == [0.5]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ((401, {}, {"error": "no"}), "set ISNAD_EMBEDDING_KEY"),
        ((404, {}, {"error": {"message": "no model m"}}), "no model m → correct embedding_url"),
        ((301, {"Location": "http://127.0.0.1:9/v1/embeddings"}, {}), "correct embedding_url"),
        ((400, {}, {"error": "too long"}), "too long"),
        ((200, {}, b"<html>"), "contains no embeddings"),
        ((200, {}, {"data": [{"index": 1, "embedding": [1.0]}]}), "contains no embeddings"),
        ((200, {}, {"data": [{"index": 0, "embedding": ["a"]}]}), "contains no embeddings"),
        ((200, {}, b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'), "invalid vectors"),
        ((200, {}, {"data": [{"index": 0, "embedding": [0.0, 0.0]}]}), "invalid vectors"),
        ((200, {}, {"data": [{"index": 0, "embedding": 0.5}]}), "invalid vectors"),
        ((200, {}, {"data": [{"index": n, "embedding": [1.0]} for n in range(2)]}), "invalid vectors"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_does_not_pass_is_said_at_once_and_never_with_the_key(
    tmp_path: Path, waits: list[float], caplog: pytest.LogCaptureFixture, reply: Reply, says: str
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(Served(vectors, reply)) as served, pytest.raises(ModelError, match=says) as raised:
        embedding.load(at(served, tmp_path))
    assert served.keys == [f"Bearer {KEY}"]
    assert waits == []
    assert KEY not in str(raised.value) + caplog.text + repr(at(served, tmp_path))


def test_a_model_of_another_dimension_is_an_error(tmp_path: Path) -> None:
    with serving(Served(vectors)) as served:
        model = embedding.load(at(served, tmp_path))
        served.embed = lambda texts: vectors(texts)[:, :8]
        with pytest.raises(ModelError, match="8 numbers instead of 32"):
            model.encode_queries(["خبر"])


def test_an_endpoint_without_a_model_named_is_a_bad_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="set embedding_model"):
        embedding.load(Settings(data_dir=tmp_path, embedding_url="http://127.0.0.1:1/v1"))
