"""The handlers of the tab that checks a text: what is shown when it is stopped, fails, or waits for the models."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import alike
from small_chat import opened, small_corpus

from rag.corpus import Corpus
from rag.errors import IndexUnusable
from rag.generate.answer import Answerer
from rag.types import Found, Query
from ui.shared.i18n import WORDS

REQUEST: Any = SimpleNamespace(cookies={"isnad_language": "en"}, headers={}, session_hash="page")


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with small_corpus(tmp_path / "files", tmp_path / "data", {"خبر.txt": "زار الوزير سوتشي أمس.\n"}) as corpus:
        corpus.answerer = Answerer(corpus.search, similarity=alike)
        yield corpus


def checks(opening: Future[Corpus]) -> Any:
    from ui.web.handlers import CheckWiring

    return CheckWiring(opening)


async def shown(wired: Any, text: str, first: str = "") -> list[str]:
    return [values[0] async for values in wired.check(REQUEST, text, "", first, "")]


def test_a_check_says_what_happens_and_then_all_of_it(corpus: Corpus) -> None:
    busy, whole = asyncio.run(shown(checks(opened(corpus)), "زار الوزير سوتشي.\nزار الوزير باريس."))
    assert WORDS["checking"]["en"] in busy
    assert "Sentences supported: 1 of 2" in whole
    assert WORDS["check.stopped"]["en"] not in whole


def test_a_check_that_is_stopped_shows_what_it_has_and_says_so(corpus: Corpus) -> None:
    plain, wired, searched = corpus.search, checks(opened(corpus)), threading.Event()

    def stopping(query: Query) -> Found:
        if not searched.is_set():
            searched.set()
            wired.stop(REQUEST)
        return plain(query)

    corpus.search = stopping
    last = asyncio.run(shown(wired, "زار الوزير سوتشي.\n" * 40))[-1]
    assert WORDS["check.stopped"]["en"] in last
    assert "Sentences supported: 16 of 16" in last


@pytest.mark.parametrize(
    ("text", "first", "says"),
    [("…", "", "It contains no sentences"), ("One came.", "yesterday", "“yesterday” is not a date")],
)
def test_what_cannot_be_checked_is_told(corpus: Corpus, text: str, first: str, says: str) -> None:
    last = asyncio.run(shown(checks(opened(corpus)), text, first))[-1]
    assert says in last
    assert WORDS["error_check"]["en"] in last


def test_a_corpus_that_cannot_be_opened_is_told() -> None:
    failing = opened(IndexUnusable("torn", do="build it again"))
    last = asyncio.run(shown(checks(failing), "One came."))[-1]
    assert WORDS["fault.index"]["en"] in last


def test_what_nobody_foresaw_is_told_in_our_own_words(corpus: Corpus) -> None:
    def broken(_: Query) -> Found:
        raise RuntimeError("a secret")

    corpus.search = broken
    last = asyncio.run(shown(checks(opened(corpus)), "One came."))[-1]
    assert WORDS["error_check"]["en"] in last
    assert "secret" not in last
