"""The bundled verifier: its weights file, and what it says about real claims."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from rag.config import Settings
from rag.corpus import verify_of
from rag.errors import ModelError
from rag.models.embedding import Embedder
from rag.models.reader import PackedWeights, write_weights
from rag.models.verifier import FORMAT, load_shipped
from rag.models.verifier_network import VerifierNetwork, over


@pytest.fixture
def encoder() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=5, num_attention_heads=2, intermediate_size=32)
    return BertModel(config, add_pooling_layer=False).eval()


def test_weights_are_read_as_they_were_written_but_for_their_last_bits(encoder: BertModel, tmp_path: Path) -> None:
    network = VerifierNetwork(encoder).eval()
    arrays = {name: one.detach().numpy() for name, one in network.named_parameters()}
    path = tmp_path / "verifier.safetensors"
    write_weights(path, arrays, {"name": "tiny", "version": "7", "weights": {"bias": 0.5}}, FORMAT)
    packed = PackedWeights(path, FORMAT)
    assert packed.version.startswith("7-")
    again = over(encoder, packed.tensors())
    ids = torch.tensor([[0, 5, 6, 2, 7, 2]])
    mask = ids != 1
    for one, other in zip(network(network.below(ids, mask), mask), again(again.below(ids, mask), mask), strict=True):
        assert torch.allclose(one, other, atol=0.05)


def test_weights_of_another_network_or_kind_are_refused(encoder: BertModel, tmp_path: Path) -> None:
    arrays = {name: one.detach().numpy() for name, one in VerifierNetwork(encoder).named_parameters()}
    arrays.pop("support.weight")
    with pytest.raises(ValueError, match=r"support\.weight"):
        over(encoder, arrays)
    write_weights(tmp_path / "reader.safetensors", arrays, {"name": "tiny", "version": "1"})
    with pytest.raises(ModelError, match="does not contain verifier weights"):
        load_shipped(encoder, tmp_path / "reader.safetensors")
    with pytest.raises(ModelError, match="weights cannot be read"):
        load_shipped(encoder, tmp_path / "missing.safetensors")


def test_without_a_verifier_the_rules_check_alone(tmp_path: Path, embedder: Embedder) -> None:
    assert verify_of(Settings(data_dir=tmp_path, verifier="off"), embedder) is None
