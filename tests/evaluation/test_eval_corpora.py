"""The corpora that sets are asked of: what a set brings stands in it to the letter, apart from the user's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.corpora import CurrentTexts, lies_at, open_with
from eval.sets import BadSet, Gold, Question, QuestionSet, SetText
from rag.config import Settings
from rag.errors import BadInput
from rag.models.embedding import Embedder
from rag.types import Span

ODD = "أول سطر\r\nوثانٍ مُشَكَّل 😀 و٣٠٠ ضيف.\r\n\r\nعنوان\r\nثالث يختم النص"
TEXTS = (
    SetText("set/000000.txt", ODD, "odd"),
    SetText("set/000001.txt", "The minister opened the library on Sunday. 300 guests came.", "plain"),
)


def small(*texts: SetText) -> QuestionSet:
    at = ODD.index("٣٠٠ ضيف")
    gold = (Gold("set/000000.txt", Span(at, at + 7)),)
    return QuestionSet(
        "small", "0" * 64, (Question("q", "كم ضيفا حضر؟", "ar", True, ("300 ضيف",), gold),), texts or TEXTS
    )


def test_texts_stand_in_a_corpus_of_their_own_to_the_letter(
    settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    news = tmp_path / "news"
    (news / "deep").mkdir(parents=True)
    (news / "deep" / "one.txt").write_text("ارتفعت أسعار القمح في الأسواق العالمية هذا الأسبوع.", encoding="utf-8")
    (news / "notes.md").write_text("no article", encoding="utf-8")
    settings = settings.model_copy(update={"generator": "extractive"})
    with open_with(small(), settings, news, embedder=embedder) as corpus:
        texts = CurrentTexts.current(corpus.catalog, corpus.name)
        assert set(texts) == {"set/000000.txt", "set/000001.txt", "distractors/deep/one.txt"}
        assert list(texts["set/000000.txt"]) == [ODD]
        places = texts.places(small().questions[0])
        (unit,) = places.passage_units()
        assert unit.source == "set/000000.txt"
        # A text of a set is body from end to end: the line that looks like a title can be found.
        generation = corpus.catalog.current(corpus.name)
        assert generation is not None
        found = [one.span for one in corpus.catalog.iterate_passages(generation.id) if "عنوان" in one.text]
        assert found
    assert not (settings.data_dir / "corpora").exists()

    with open_with(small(), settings, embedder=embedder) as corpus:
        assert set(CurrentTexts.current(corpus.catalog, corpus.name)) == {"set/000000.txt", "set/000001.txt"}


def test_a_named_corpus_of_something_else_is_left_alone(settings: Settings, embedder: Embedder, tmp_path: Path) -> None:
    from rag.corpus import ingest_folder

    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "a.txt").write_text("وصل الوزير إلى القاهرة صباح اليوم في زيارة رسمية.", encoding="utf-8")
    named = settings.model_copy(update={"corpus": "mine", "generator": "extractive"})
    ingest_folder(folder, named, embedder=embedder)
    with pytest.raises(BadInput, match="from another folder"), open_with(small(), named, embedder=embedder):
        pass
    with open_with(small(), named.model_copy(update={"corpus": "theirs"}), embedder=embedder) as corpus:
        assert corpus.name == "theirs"
    assert settings.model_copy(update={"corpus": "theirs"}).corpus_dir("theirs").is_dir()


def test_what_is_no_text_and_an_empty_folder_of_distractors_are_refused(
    settings: Settings, embedder: Embedder, tmp_path: Path
) -> None:
    with (
        pytest.raises(BadSet, match="not valid Unicode"),
        open_with(small(SetText("set/000000.txt", "a\ud800b")), settings, embedder=embedder),
    ):
        pass
    (tmp_path / "empty").mkdir()
    with (
        pytest.raises(BadInput, match="it contains no articles"),
        open_with(small(), settings, tmp_path / "empty", embedder=embedder),
    ):
        pass


@pytest.mark.parametrize(
    ("span", "gold", "lies"),
    [
        (Span(0, 100), Span(20, 30), True),
        (Span(22, 25), Span(20, 30), True),
        (Span(0, 25), Span(20, 30), True),
        (Span(0, 24), Span(20, 30), False),
        (Span(30, 60), Span(20, 30), False),
        (Span(5, 5), Span(0, 10), False),
    ],
)
def test_a_span_lies_at_gold_where_it_shares_half_of_the_shorter_one(span: Span, gold: Span, lies: bool) -> None:
    assert lies_at(span, gold) is lies
