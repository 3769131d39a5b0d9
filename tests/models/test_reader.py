"""The reader that ships over the real seeds: whatever it points at stands in the file, and the archive is silent where
it has nothing to say.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from isnad_command import Isnad

from rag.config import Settings
from rag.corpus import Corpus, open_corpus
from rag.errors import BadSetting, ModelError
from rag.types import Answer, Done, Started

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def corpus(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    folder = tmp_path_factory.mktemp("reader") / "data"
    shutil.copytree(seeded, folder, symlinks=True)
    with open_corpus(Settings(data_dir=folder, corpus="seeds", reader="bundled")) as opened:
        yield opened


def holds(answer: Answer) -> None:
    for citation in answer.citations:
        text = (SEEDS / citation.source).read_bytes().decode(citation.article.rendition.encoding or "")
        assert text[citation.span.start : citation.span.end] == citation.quote
        if citation.marked:
            assert text[citation.marked.start : citation.marked.end] in citation.quote
    for short in answer.short:
        assert short.text in short.citation.quote


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("متى صدر بيان جنيف؟", "30 حزيران/ يونيو عام 2012"),
        ("من زار سوتشي؟", "سوتشي"),
        ("من السفير الروسي في القاهرة؟", "سيرغي كيربتشينكو"),
        ("Where did Putin receive Syria's foreign minister behind closed doors?", "سوتشي"),
        ("ما رقم القرار الدولي الذي ينص على الحوار السوري الشامل؟", "2254"),
    ],
)
def test_the_sentence_that_answers_comes_first(corpus: Corpus, question: str, words: str) -> None:
    answer = corpus.ask(question)
    holds(answer)
    assert answer.generator.startswith("reader:isnad-reader ")
    assert answer.status in {"answered", "partial"}
    assert answer.probability is not None
    assert words in answer.citations[0].quote


@pytest.mark.parametrize(
    "question", ["ما أفضل طريقة لطهي المكرونة بالجبن في الفرن؟", "How do I bake macaroni with cheese?"]
)
def test_what_the_articles_do_not_touch_is_not_answered_as_if_it_were(corpus: Corpus, question: str) -> None:
    answer = corpus.ask(question)
    assert answer.is_refusal
    assert answer.short == ()


def test_a_cancelled_question_ends_with_what_is_known(corpus: Corpus) -> None:
    cancel = Event()
    events = corpus.stream("من السفير الروسي في القاهرة؟", cancel=cancel)
    assert isinstance(next(events), Started)
    cancel.set()
    *_, last = events
    assert isinstance(last, Done)


def test_by_default_the_command_answers_with_the_reader_and_marks_what_it_points_at(isnad: Isnad) -> None:
    done = isnad(
        "ask", "--corpus", "seeds", "--json", "متى صدر بيان جنيف؟", ISNAD_GENERATOR="auto", ISNAD_READER="bundled"
    )
    (answer,) = map(json.loads, done.stdout.splitlines())
    assert answer["generator"].startswith("reader:isnad-reader ")
    assert 0 <= answer["probability"] <= 1
    first = answer["citations"][0]
    assert "30 حزيران" in first["quote"]
    assert first["start"] <= first["marked"]["start"] < first["marked"]["end"] <= first["end"]
    found = isnad("doctor", "--corpus", "seeds", ISNAD_READER="bundled").stdout.decode()
    assert "isnad-reader 1-" in found


def test_without_a_reader_everything_works_by_search_alone(corpus: Corpus) -> None:
    with open_corpus(corpus.settings.model_copy(update={"reader": "off"})) as plain:
        answer = plain.ask("من السفير الروسي في القاهرة؟")
        holds(answer)
        assert answer.generator == "extractive"
        assert answer.probability is None
    with pytest.raises(BadSetting, match="reader=off"):
        open_corpus(corpus.settings.model_copy(update={"reader": "off", "generator": "reader"}))
    with pytest.raises(ModelError, match="no such folder"):
        open_corpus(corpus.settings.model_copy(update={"reader": "/no/such/reader"}))
