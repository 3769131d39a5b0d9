"""The real local model as reader over the real seeds: whatever it points at stands in the file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.assemble import Corpus, open_corpus
from rag.config import Settings

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="module")
def corpus(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    folder = tmp_path_factory.mktemp("reader") / "data"
    shutil.copytree(seeded, folder, symlinks=True)
    with open_corpus(Settings(data_dir=folder, corpus="seeds", generator="reader")) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("من السفير الروسي في القاهرة؟", "السفير الروسي في القاهرة سيرغي كيربتشينكو"),
        ("Where did Putin receive Syria's foreign minister behind closed doors?", "مدينة سوتشي"),
        ("ما رقم القرار الدولي الذي ينص على الحوار السوري الشامل؟", "2254"),
    ],
)
def test_the_local_model_answers_with_slices_of_the_files(corpus: Corpus, question: str, sentence: str) -> None:
    answer = corpus.ask(question)
    assert answer.generator == "reader:qwen2.5-coder-1.5b-instruct-q4_k_m"
    assert answer.status == "answered"
    assert not answer.cut
    assert answer.usage is not None
    assert answer.timings.first_token is not None
    for citation in answer.citations:
        text = (SEEDS / citation.source).read_bytes().decode(citation.article.rendition.encoding or "")
        assert text[citation.span.start : citation.span.end] == citation.quote
        if citation.marked:
            assert text[citation.marked.start : citation.marked.end] in citation.quote
    assert any(sentence in citation.quote for citation in answer.citations)


def test_what_the_articles_do_not_touch_is_not_in_the_corpus(corpus: Corpus) -> None:
    assert corpus.ask("ما أفضل طريقة لطهي المكرونة بالجبن في الفرن؟").is_refusal


def test_a_cancelled_question_ends_with_what_is_known(corpus: Corpus) -> None:
    from threading import Event

    from rag.types import Done, Started

    cancel = Event()
    events = corpus.stream("من السفير الروسي في القاهرة؟", cancel=cancel)
    assert isinstance(next(events), Started)
    cancel.set()
    *_, last = events
    assert isinstance(last, Done)
    assert last.answer.cut
