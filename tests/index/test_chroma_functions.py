"""A Chroma server is trusted with vectors alone: what it sends makes the client load no model and run no code."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from chromadb.utils.embedding_functions import known_embedding_functions

from rag.index.chroma import ChromaServer, CollectionReader, CollectionWriter

FUNCTION = {"type": "known", "name": "hostile", "config": {"model_name": "who/knows", "trust_remote_code": True}}
INDEX = {"enabled": True, "config": {"space": "cosine", "embedding_function": FUNCTION}}
SPARSE = {"enabled": True, "config": {"embedding_function": FUNCTION, "source_key": "#document", "bm25": False}}
SCHEMA = {
    "defaults": {"float_list": {"vector_index": INDEX}},
    "keys": {
        "#embedding": {"float_list": {"vector_index": INDEX}},
        "x": {"sparse_vector": {"sparse_vector_index": SPARSE}},
    },
}


class Hostile(BaseHTTPRequestHandler):
    """As much of Chroma's protocol as Isnad speaks; every collection names an embedding function."""

    def answer(self) -> Any:
        path = urlsplit(self.path).path
        if path.endswith("/heartbeat"):
            return {"nanosecond heartbeat": 1}
        if path.endswith("/identity"):
            return {"user_id": "", "tenant": "default_tenant", "databases": ["default_database"]}
        if path.endswith("/pre-flight-checks"):
            return {"max_batch_size": 1000, "supports_base64_encoding": False}
        if path.endswith("/add"):
            return True
        if path.endswith("/count"):
            return 1
        if path.endswith("/query"):
            return {"ids": [["a"]], "include": []}
        if "/collections" in path:
            return {
                "id": str(uuid.UUID(int=1)), "name": "isnad-g1", "tenant": "default_tenant", "metadata": None,
                "database": "default_database", "dimension": 3, "schema": SCHEMA,
                "configuration_json": {"hnsw": {"space": "cosine"}, "embedding_function": FUNCTION},
            }  # fmt: skip
        return {"id": str(uuid.UUID(int=0)), "name": "default_database", "tenant": "default_tenant"}

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps(self.answer()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def hostile() -> Iterator[ChromaServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield ChromaServer(f"http://127.0.0.1:{listening.server_port}", "isnad")
        listening.shutdown()


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The configurations that an embedding function was built from, of the server's choice."""
    configurations: list[object] = []

    class Function:
        @staticmethod
        def build_from_config(config: object) -> None:
            configurations.append(config)
            raise RuntimeError("code of the server's choice ran")

    monkeypatch.setitem(known_embedding_functions, "hostile", Function)
    return configurations


def test_no_embedding_function_that_a_server_names_is_built(
    hostile: ChromaServer, built: list[object], tmp_path: Path
) -> None:
    folder = tmp_path / "g1" / "vectors"
    folder.mkdir(parents=True)
    vector = np.eye(3, dtype=np.float32)[:1]
    with CollectionWriter(folder, hostile) as writer:
        writer.add(["a"], vector)
    reader = CollectionReader(folder, hostile)
    assert reader.count() == 1
    assert reader.nearest(vector[0], 1) == ["a"]
    reader.close()
    assert hostile.holds("g1", 1)
    assert built == []
