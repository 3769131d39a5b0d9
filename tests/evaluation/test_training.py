"""The training of the reader: what is trained on and what is not, and that targets are the answer's own words."""

from __future__ import annotations

import io
import json
import lzma
import tarfile
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from eval.bench.data import read_news
from eval.metrics import area_under_curve, normal_arabic, token_f1
from eval.training.batches import Batches, Mix
from eval.training.examples import MEASURED_NEWS, SETS, Example, Examples, Negatives, pieces, read
from eval.training.measure import measure
from eval.training.train import TrainingPlan, load_checkpoint, loss_of, train
from rag.errors import BadInput
from rag.models import bundled
from rag.models.reader import NetworkReader
from rag.models.reader_network import ReaderNetwork

ARTICLES = 48
CITIES = ["سوتشي", "دمشق", "بيروت", "عمان", "تونس", "الرباط"]


def squad(language: str, count: int) -> dict[str, Any]:
    """Articles of two paragraphs, each with a question; every fifth question has no answer."""
    data = []
    for number in range(count):
        paragraphs = []
        for part in range(2):
            city = CITIES[(number + part) % len(CITIES)]
            if language == "ar":
                context = f"زار الوزير رقم {number} مدينة {city} في اليوم {part} والتقى نظيره هناك."
                question, answer = f"أي مدينة زار الوزير رقم {number} في اليوم {part}؟", city
            else:
                context = f"Minister {number} visited town-{number}-{part} and met colleagues there."
                question, answer = f"Where did minister {number} go?", f"town-{number}-{part}"
            qas = [{"question": question, "answers": [{"text": answer, "answer_start": context.index(answer)}]}]
            if number % 5 == 3:
                qas.append({"question": f"?{number}", "answers": [], "is_impossible": True})
            paragraphs.append({"context": context, "qas": qas})
        data.append({"title": str(number), "paragraphs": paragraphs})
    return {"data": data}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The public files in small: their forms, with texts made here."""
    folder = tmp_path_factory.mktemp("data")
    for _, name, language in SETS:
        raw = json.dumps(squad("en" if language == "en" else "ar", ARTICLES)).encode()
        (folder / name).write_bytes(lzma.compress(raw) if name.endswith(".xz") else raw)
    for code in ("ar", "en"):
        (folder / f"xquad.{code}.json").write_text(json.dumps(squad(code, ARTICLES)), encoding="utf-8")
    with tarfile.open(folder / "ant.tar.xz", "w:xz") as archive:
        for number in range(MEASURED_NEWS + 10):
            body = f"<TEXT>\nزار الوزير رقم {number} القاهرة. وعاد منها.\n</TEXT>".encode()
            member = tarfile.TarInfo(f"ant/{number}.txt")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return folder


@pytest.fixture(scope="module")
def examples(folder: Path) -> Examples:
    return read(folder, "train")


@pytest.fixture(scope="module")
def negatives(examples: Examples) -> Negatives:
    return Negatives(examples)


@pytest.fixture(scope="module")
def tokenizer(models: Path) -> Tokenizer:
    return Tokenizer.from_file(str(models / bundled.FOLDER / "tokenizer.json"))


@pytest.fixture
def network() -> ReaderNetwork:
    """The network's form, very small, with random weights."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=250037, hidden_size=16, num_hidden_layers=5, num_attention_heads=2, intermediate_size=32
    )
    return ReaderNetwork(BertModel(config, add_pooling_layer=False))


MIX = Mix({"squad": 1.0, "arcd": 1.0, "xquad-en-ar": 1.0}, passage_tokens=(40,))


def test_no_text_is_in_two_splits(folder: Path, examples: Examples) -> None:
    def articles(one: Examples) -> set[str]:
        return {text.article for text in one.texts if text.source != "ant"}

    dev, test = read(folder, "dev"), read(folder, "test")
    assert articles(examples).isdisjoint(articles(dev) | articles(test))
    assert articles(dev).isdisjoint(articles(test))
    assert all(len(found) for found in (dev.texts, test.texts))


def test_the_even_articles_of_xquad_are_never_trained_on(folder: Path, examples: Examples) -> None:
    numbers = {int(text.article.rpartition("/")[2]) for text in examples.texts if text.source.startswith("xquad")}
    assert numbers == set(range(1, ARTICLES - 4, 2))
    tested = {int(one.article.rpartition("/")[2]) for one in read(folder, "test").texts if "xquad" in one.source}
    assert tested == set(range(0, ARTICLES, 2))


def test_the_news_that_benchmarks_search_among_are_not_trained_on(examples: Examples) -> None:
    assert len({text.article for text in examples.texts if text.source == "ant"}) == 10


def test_an_answer_is_a_slice_of_its_text(examples: Examples) -> None:
    answered = [one for found in examples.by_source.values() for one in found if one.start is not None]
    assert len(answered) > 100
    assert all(one.answer in CITIES or one.answer.startswith("town-") for one in answered)


def test_an_english_question_is_asked_over_the_arabic_text(examples: Examples) -> None:
    one = examples.by_source["xquad-en-ar"][0]
    assert one.question == "Where did minister 1 go?"
    assert one.query == "أي مدينة زار الوزير رقم 1 في اليوم 0؟"
    assert (one.answer, one.text.language) == ("دمشق", "ar")


def test_an_answer_that_stands_at_two_places_is_left_out_where_nothing_says_which(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    twice = {"context": "Paris is Paris.", "qas": [{"question": "Where?", "answers": [{"text": "Paris"}]}]}
    (tmp_path / "squad-train.json.xz").unlink()
    data = {"data": [{"paragraphs": [twice]}] * 30}
    (tmp_path / "squad-train.json.xz").write_bytes(lzma.compress(json.dumps(data).encode()))
    assert "squad" not in read(tmp_path, "train", news=False).by_source


def test_made_questions_are_about_the_passages_that_are_already_there(
    folder: Path, examples: Examples, tmp_path: Path
) -> None:
    article = read_news(folder)[MEASURED_NEWS]
    start = article.text.index("القاهرة")
    line = {"article": article.id, "piece": [0, len(article.text)], "answer": [start, start + 7], "kind": "where"}
    lines = [line | {"question": "أين؟"}, line | {"question": "where?", "query": "أين؟"}]
    made = tmp_path / "made.jsonl"
    made.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in lines), encoding="utf-8")
    found = read(folder, "train", made=made)
    first, second = found.by_source["news"]
    assert (first.answer, first.query, second.question, second.query) == ("القاهرة", "أين؟", "where?", "أين؟")
    assert first.text is found.texts[first.text.id]
    assert first.text.article == article.id
    assert found.texts == examples.texts
    assert "news" not in read(folder, "dev", made=made).by_source


def test_a_made_question_about_no_passage_of_the_news_is_refused(folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.jsonl"
    line = {"article": "ant-none", "piece": [0, 9], "question": "؟", "answer": [0, 1], "kind": "who"}
    made.write_text(json.dumps(line), encoding="utf-8")
    with pytest.raises(BadInput, match="passage"):
        read(folder, "train", made=made)


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="squad-train"):
        read(tmp_path, "train")


def test_a_passage_that_holds_the_answer_is_no_negative(examples: Examples, negatives: Negatives) -> None:
    for one in examples.by_source["arcd"][:10]:
        found = negatives.of(one)
        assert found
        assert not any(one.answer and one.answer in text.text for text in found)
        assert one.text not in found


def test_pieces_of_an_article_tile_it(folder: Path) -> None:
    from eval.bench.data import make_article

    article = make_article("a", "قال الوزير إن الميزانية تكفي. " * 100)
    cut = list(pieces(article))
    assert "".join(span.of(article.text) for span in cut) == article.text
    assert all(span.end - span.start <= 800 for span in cut)


def test_targets_are_the_tokens_of_the_answer(examples: Examples, negatives: Negatives, tokenizer: Tokenizer) -> None:
    answers = {one.answer.replace("-", "") for found in examples.by_source.values() for one in found}
    seen = 0
    for _, batch in islice(Batches(examples.by_source, negatives, tokenizer, MIX, seed=1).rounds(0), 10):
        for row in range(len(batch.ids)):
            first, last = int(batch.first[row]), int(batch.last[row])
            if first:
                told = (
                    tokenizer.decode(batch.ids[row, first : last + 1].tolist())
                    .strip()
                    .replace("-", "")
                    .replace(" ", "")
                )
                assert told in answers
                assert bool(batch.allowed[row, first])
                seen += 1
            else:
                assert last == 0
    assert seen > 20


def test_rows_of_a_question_follow_each_other_and_the_first_has_the_answer(
    examples: Examples, negatives: Negatives, tokenizer: Tokenizer
) -> None:
    _, batch = next(Batches(examples.by_source, negatives, tokenizer, MIX, seed=1).rounds(0))
    numbers = batch.question.tolist()
    assert numbers == sorted(numbers)
    assert not any(batch.answers[row] for row in range(1, len(numbers)) if numbers[row] == numbers[row - 1])


def test_a_round_is_the_same_whenever_it_is_drawn(
    examples: Examples, negatives: Negatives, tokenizer: Tokenizer
) -> None:
    def third() -> list[torch.Tensor]:
        batches = Batches(examples.by_source, negatives, tokenizer, MIX, seed=1)
        return [batch.ids for number, batch in islice(batches.rounds(3), 5) if number == 3]

    assert all(torch.equal(one, other) for one, other in zip(third(), third(), strict=True))


def test_training_lowers_the_loss_goes_on_after_a_kill_and_ends_by_the_clock(
    network: ReaderNetwork, examples: Examples, negatives: Negatives, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    batches = Batches(examples.by_source, negatives, tokenizer, MIX, seed=1)
    _, batch = next(batches.rounds(0))
    before = float(loss_of(network.eval(), batch).detach())
    frozen = network.encoder.embeddings.word_embeddings.weight.detach().clone()
    with torch.compiler.set_stance("force_eager"):  # to compile takes ten times as long as these steps
        train(network, batches, TrainingPlan(minutes=0.05, rate=3e-3, warm_up=1), tmp_path)
    after = float(loss_of(network.eval(), batch).detach())
    assert after < before
    assert torch.equal(frozen, network.encoder.embeddings.word_embeddings.weight)
    torch.manual_seed(1)
    other = ReaderNetwork(BertModel(network.encoder.config, add_pooling_layer=False))
    other.encoder.embeddings.load_state_dict(network.encoder.embeddings.state_dict())
    for one, its in zip(other.encoder.encoder.layer, network.encoder.encoder.layer, strict=True):
        one.load_state_dict(its.state_dict())
    load_checkpoint(other, tmp_path)
    assert float(loss_of(other.eval(), batch).detach()) == pytest.approx(after, rel=1e-5)
    # The clock has run out: a second run in the same folder changes nothing.
    train(other, batches, TrainingPlan(minutes=0.05), tmp_path)
    assert float(loss_of(other.eval(), batch).detach()) == pytest.approx(after, rel=1e-5)


def test_measures_compare_words_as_the_search_does() -> None:
    def f1(said: str, gold: str) -> float:
        return token_f1(said, [gold])

    assert normal_arabic("الأردُنّ") == "اردن"
    assert f1("في سوتشي", "سوتشي") == pytest.approx(2 / 3)
    assert (f1("the Black Sea", "Black Sea"), f1("دمشق", "سوتشي"), f1("", "سوتشي")) == (1.0, 0.0, 0.0)


def test_the_area_is_the_chance_that_an_answer_outranks_a_passage_without() -> None:
    assert area_under_curve([3.0, 1.0], [2.0, 1.0]).mean == pytest.approx((2 + 0.5) / 4)
    assert area_under_curve([1.0], []).mean is None


def test_measuring_counts_every_answered_question(
    network: ReaderNetwork, examples: Examples, negatives: Negatives, tokenizer: Tokenizer
) -> None:
    reader = NetworkReader("tiny", "", tokenizer, network.eval())
    some: list[Example] = examples.by_source["arcd"][:8]
    measured = measure(reader, some, negatives)
    assert measured.exact.n == measured.f1.n == sum(one.start is not None for one in some)
    assert measured.exact.mean is not None
    assert measured.f1.mean is not None
    assert 0 <= measured.exact.mean <= measured.f1.mean <= 1
    with pytest.raises(ValueError, match="no example"):
        measure(reader, [one for one in some if one.start is None], negatives)
