"""The reader's network and its files: what is written is read again, what is torn is told, a span is a slice."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import BertConfig, BertForQuestionAnswering, BertForSequenceClassification, BertModel

from eval.training.measure import passage_of
from rag.errors import ModelError
from rag.models import bundled
from rag.models.embedding import Embedder, LoadedEmbedder
from rag.models.reader import NetworkReader, PackedWeights, load_own, load_shipped, shipped_weights, write_weights
from rag.models.reader_network import ReaderNetwork, load_trained, over

SMALL = {"hidden_size": 16, "num_hidden_layers": 5, "num_attention_heads": 2, "intermediate_size": 32}


@pytest.fixture(scope="module")
def tokenizer(models: Path) -> Tokenizer:
    return Tokenizer.from_file(str(models / bundled.FOLDER / "tokenizer.json"))


@pytest.fixture(scope="module")
def network() -> ReaderNetwork:
    """The network's form, very small, with random weights."""
    torch.manual_seed(0)
    return ReaderNetwork(BertModel(BertConfig(vocab_size=250037, **SMALL), add_pooling_layer=False)).eval()


@pytest.fixture(scope="module")
def reader(network: ReaderNetwork, tokenizer: Tokenizer) -> NetworkReader:
    return NetworkReader("tiny", "0", tokenizer, network)


def arrays(network: ReaderNetwork) -> dict[str, np.ndarray]:
    return {name: one.detach().numpy() for name, one in network.named_parameters() if one.requires_grad}


def test_weights_are_read_as_they_were_written_but_for_the_rounding(network: ReaderNetwork, tmp_path: Path) -> None:
    path = tmp_path / "reader.safetensors"
    write_weights(path, arrays(network), {"name": "tiny", "version": "7"})
    weights = PackedWeights(path)
    assert weights.version.startswith("7-")
    read = weights.tensors()
    assert read.keys() == arrays(network).keys()
    for name, array in arrays(network).items():
        step = np.abs(array).max(axis=-1, keepdims=True) / 127 if array.ndim == 2 else 0
        assert (np.abs(read[name] - array) <= step / 2 + 1e-7).all(), name
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    same = over(network.encoder, read)
    ids = torch.tensor([[0, 5, 6, 2, 7, 8, 2]])
    for one, other in zip(same(ids, torch.ones_like(ids)), network(ids, torch.ones_like(ids)), strict=True):
        assert torch.allclose(one, other, atol=0.05)


@pytest.mark.parametrize("content", [None, b"", b"\x10", b"PK\x03\x04 a zip", "half"])
def test_a_file_that_is_missing_torn_or_another_is_a_clear_error(
    content: bytes | str | None, network: ReaderNetwork, tmp_path: Path
) -> None:
    path = tmp_path / "reader.safetensors"
    if content == "half":
        write_weights(path, arrays(network), {"name": "tiny", "version": "1"})
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        PackedWeights(path)
    assert caught.value.where == str(path)
    assert "reader=off" in caught.value.do


def test_other_safetensors_are_no_weights_of_a_reader(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(3, np.float32)}, str(tmp_path / "other.safetensors"))
    with pytest.raises(ModelError, match="does not contain reader weights"):
        PackedWeights(tmp_path / "other.safetensors")


def test_weights_of_another_network_are_refused(network: ReaderNetwork) -> None:
    with pytest.raises(ValueError, match="names of the weights"):
        load_trained(network, {"span.weight": torch.zeros(2, 16)})
    wrong = {name: torch.from_numpy(one) for name, one in arrays(network).items()} | {"span.weight": torch.zeros(2, 8)}
    with pytest.raises(ValueError, match=r"span\.weight has shape"):
        load_trained(network, wrong)


def test_the_reader_that_ships_shares_what_the_embedder_has_in_memory(embedder: Embedder) -> None:
    assert isinstance(embedder, LoadedEmbedder)
    reader, weighing = load_shipped(embedder.encoder)
    table = embedder.encoder.embeddings.word_embeddings.weight
    assert reader.network.encoder.embeddings.word_embeddings.weight.data_ptr() == table.data_ptr()
    assert weighing.keys() == {"order", "answers", "short"}
    assert reader.name == "isnad-reader"
    assert shipped_weights().stat().st_size < 25_000_000
    before = embedder.encode_queries(["من زار سوتشي؟"])
    reader.read("من زار سوتشي؟", [passage_of("زار المعلم سوتشي.")])
    assert np.array_equal(before, embedder.encode_queries(["من زار سوتشي؟"]))


ODD = st.text(alphabet=st.sampled_from("اب تج.؟! \n\r\t😀👩‍👩‍👧中文é«»\u202e\u0640\u064b12٣٤,"), max_size=400)


@settings(max_examples=40)
@given(ODD, ODD)
def test_a_span_is_always_words_of_one_sentence(reader: NetworkReader, question: str, text: str) -> None:
    (reading,) = reader.read(question, [passage_of(text)])
    passage = passage_of(text)
    assert len(reading.sentences) == len(passage.sentences)
    if reading.span is not None:
        assert reading.span.of(text).strip() == reading.span.of(text) != ""
        assert sum(one.start < reading.span.end and reading.span.start < one.end for one in passage.sentences) == 1
        assert sum(reading.sentences) == pytest.approx(1.0)


def test_long_empty_and_broken_input_is_read(reader: NetworkReader) -> None:
    long = "زار الوزير مدينة سوتشي يوم الاثنين. " * 200
    readings = reader.read("من زار سوتشي؟ " * 150, [passage_of(long), passage_of(""), passage_of("Paris. \ud800")])
    assert readings[0].span is not None
    assert readings[0].span.of(long) in long
    assert readings[1].span is None
    assert readings[1].relevance == float("-inf")
    assert reader.read("who \udc00?", [passage_of("Paris.")])[0].span is not None


def test_reading_is_the_same_each_time_and_whatever_is_read_beside_it(reader: NetworkReader) -> None:
    texts = [passage_of(text) for text in ("زار المعلم سوتشي.", "غادر الوفد مساء الاثنين بعد لقاء طويل.", "Paris.")]
    once, twice = (reader.read("من زار سوتشي؟", texts) for _ in range(2))
    assert once == twice
    for alone, beside in zip((reader.read("من زار سوتشي؟", [one])[0] for one in texts), once, strict=True):
        assert alone.relevance == pytest.approx(beside.relevance, abs=1e-4)
        assert alone.span == beside.span


@pytest.fixture
def own(models: Path, tmp_path: Path) -> Path:
    """A folder with the bundled model's tokenizer, for a model of one's own."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        if (models / bundled.FOLDER / name).is_file():
            shutil.copy(models / bundled.FOLDER / name, folder)
    return folder


def test_an_extractive_reader_of_ones_own_points(own: Path) -> None:
    torch.manual_seed(0)
    BertForQuestionAnswering(BertConfig(vocab_size=250037, **SMALL)).save_pretrained(own)
    reader = load_own(str(own))
    assert reader.points
    text = "زار المعلم سوتشي. غادر أمس. " * 100
    (reading, empty) = reader.read("من زار سوتشي؟", [passage_of(text), passage_of("")])
    assert reading.span is not None
    assert reading.span.of(text) in text
    assert len(reading.sentences) == 200
    assert empty.span is None


def test_a_cross_encoder_of_ones_own_tells_relevance_alone(own: Path) -> None:
    torch.manual_seed(0)
    BertForSequenceClassification(BertConfig(vocab_size=250037, num_labels=1, **SMALL)).save_pretrained(own)
    reader = load_own(str(own))
    assert not reader.points
    readings = reader.read("من زار سوتشي؟", [passage_of("زار المعلم سوتشي."), passage_of("غادر أمس.")])
    assert [one.span for one in readings] == [None, None]
    assert readings[0].relevance != readings[1].relevance


def test_another_model_is_no_reader(own: Path) -> None:
    BertModel(BertConfig(vocab_size=100, **SMALL)).save_pretrained(own)
    with pytest.raises(ModelError, match="BertModel, not a reader"):
        load_own(str(own))
    with pytest.raises(ModelError, match="no such folder"):
        load_own(str(own / "nowhere"))
    with pytest.raises(ModelError, match="reader is not on this machine"):
        load_own("somebody/some-reader")
