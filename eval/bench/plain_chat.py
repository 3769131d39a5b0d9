"""Baseline for the chat page: plain `gr.ChatInterface` with the same answers, in a separate process."""

from __future__ import annotations

import argparse
import os

import uvicorn
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from rag.corpus import open_corpus


def main() -> None:
    """Serve until a signal stops it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    import gradio as gr

    app = FastAPI()

    @app.get("/readyz")
    def readyz() -> PlainTextResponse:
        return PlainTextResponse("ready")

    with open_corpus() as corpus:
        page = gr.ChatInterface(lambda question, _history: corpus.ask(question).text, analytics_enabled=False)
        uvicorn.run(gr.mount_gradio_app(app, page, path="/"), host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
