"""Baselines of the server benchmark, in a separate process: ``python -m eval.bench.plain_servers chat|search``.

`chat` is plain `gr.ChatInterface` with the same answers. `search` is LlamaIndex's `RetrieverQueryEngine` behind a
minimal FastAPI, with the same passages and embedding model and no language model: the cost of a search without Isnad.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel

from rag.corpus import Corpus, open_corpus


class PlainQuestion(BaseModel):
    question: str


def main() -> None:
    """Serve until a signal stops it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["chat", "search"])
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    app = FastAPI()

    @app.get("/readyz")
    def readyz() -> PlainTextResponse:
        return PlainTextResponse("ready")

    with open_corpus() as corpus:
        served = _add_chat(app, corpus) if given.kind == "chat" else _add_search(app, corpus)
        uvicorn.run(served, host="127.0.0.1", port=given.port, log_level="warning")


def _add_chat(app: FastAPI, corpus: Corpus) -> FastAPI:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    page = gr.ChatInterface(lambda question, _history: corpus.ask(question).text, analytics_enabled=False)
    served: FastAPI = gr.mount_gradio_app(app, page, path="/")
    return served


def _add_search(app: FastAPI, corpus: Corpus) -> FastAPI:
    engine = _engine(corpus)

    @app.post("/v1/search")
    def search(asked: PlainQuestion) -> list[dict[str, Any]]:
        return [{"text": one.text, "score": one.score} for one in engine.query(asked.question).source_nodes]

    return app


def _engine(corpus: Corpus) -> Any:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import MockLLM
    from llama_index.core.query_engine import RetrieverQueryEngine
    from llama_index.core.response_synthesizers.no_text import NoText
    from llama_index.core.schema import TextNode

    embedder = corpus.embedder

    class Same(BaseEmbedding):  # type: ignore[misc]  # LlamaIndex is untyped here
        def _get_query_embedding(self, query: str) -> list[float]:
            return [float(value) for value in embedder.encode_queries([query])[0]]

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return [float(value) for value in embedder.encode_passages([text])[0]]

    generation = corpus.catalog.current(corpus.name)
    passages = list(corpus.catalog.iterate_passages(generation.id)) if generation else []
    index = VectorStoreIndex([TextNode(id_=one.id, text=one.text) for one in passages], embed_model=Same())
    retriever = index.as_retriever(similarity_top_k=corpus.settings.top_k)
    # Constructed directly: the factory would require an OpenAI key.
    return RetrieverQueryEngine(retriever, response_synthesizer=NoText(llm=MockLLM()))


if __name__ == "__main__":
    main()
