from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from rag.config import Settings
from rag.errors import ModelError
from rag.models import embedding
from rag.models.embedding import Embedder


def tiny_model(folder: Path, seed: int = 0) -> Path:
    """A sentence-transformers folder of a few kilobytes, with random weights and two words."""
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, set_seed

    folder.mkdir(parents=True)
    config = BertConfig(
        vocab_size=4, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=16, architectures=["BertModel"],
    )  # fmt: skip
    set_seed(seed)
    save_file(BertModel(config).state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(config.to_json_string())
    tokenizer = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1, "القمح": 2, "غال": 3}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]"}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 16, **special})
    )
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"))
    (folder / "modules.json").write_text(
        json.dumps(
            [
                {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
                for n, (path, kind) in enumerate(kinds)
            ]
        )
    )
    pool(folder, "mean")
    return folder


def pool(folder: Path, how: str) -> None:
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"embedding_dimension": 8, "pooling_mode": how}))


def test_rows_are_unit_vectors_in_the_order_of_the_texts(embedder: Embedder) -> None:
    texts = ["زار المعلم سوتشي أمس، والتقى هناك وزير الخارجية الروسي سيرغي لافروف.", "القمح", "ارتفع سعر القمح اليوم."]
    rows = embedder.encode_passages(texts)
    assert rows.shape == (3, embedder.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)
    alone = np.concatenate([embedder.encode_passages([text]) for text in texts])
    assert np.abs(rows - alone).max() < 1e-4


def test_a_question_and_a_passage_of_the_same_words_have_different_prompts(embedder: Embedder) -> None:
    assert embedder.query_prompt == "query: "
    assert embedder.passage_prompt == "passage: "
    text = "زار المعلم سوتشي"
    assert float(embedder.encode_queries([text])[0] @ embedder.encode_passages([text])[0]) < 0.999


def test_nothing_to_embed_gives_no_rows(embedder: Embedder) -> None:
    assert embedder.encode_passages([]).shape == (0, embedder.dimension)
    assert embedder.count_tokens([]) == []


def test_tokens_are_counted_without_prompt_and_special_tokens(embedder: Embedder) -> None:
    one, two, none = embedder.count_tokens(["القمح", "القمح القمح", ""])
    assert one >= 1
    assert two == 2 * one
    assert none == 0


def test_a_passage_of_max_tokens_is_read_whole(embedder: Embedder) -> None:
    (each,) = embedder.count_tokens(["القمح"])
    words = " ".join(["القمح"] * (embedder.max_tokens // each))
    assert len(embedder.model.tokenizer(embedder.passage_prompt + words)["input_ids"]) <= 512


def test_a_lone_surrogate_is_embedded_as_a_question_mark(embedder: Embedder) -> None:
    odd, plain = embedder.encode_queries(["سوتشي \ud800", "سوتشي ?"])
    assert np.array_equal(odd, plain)


def load(settings: Settings, folder: Path, **changes: object) -> Embedder:
    return embedding.load(settings.model_copy(update={"embedding_model": str(folder), **changes}))


def test_the_same_files_elsewhere_have_the_same_fingerprint(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    one, two = load(settings, tiny_model(tmp_path / "1" / "m")), load(settings, tiny_model(tmp_path / "2" / "m"))
    assert one.fingerprint == two.fingerprint
    assert (one.dimension, one.name, one.query_prompt, one.passage_prompt) == (8, "m", "", "")
    assert np.linalg.norm(one.encode_passages(["القمح غال"])) == pytest.approx(1.0)


def test_other_weights_pooling_or_prompts_have_another_fingerprint(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    folder = tiny_model(tmp_path / "1" / "m")
    fingerprints = [
        load(settings, folder).fingerprint,
        load(settings, folder, embedding_query_prompt="q ").fingerprint,
        load(settings, folder, embedding_passage_prompt="p ").fingerprint,
        load(settings, tiny_model(tmp_path / "2" / "m", seed=1)).fingerprint,
    ]
    pool(folder, "cls")
    fingerprints.append(load(settings, folder).fingerprint)
    assert len(set(fingerprints)) == 5


def test_a_model_that_gives_no_numbers_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = tiny_model(tmp_path / "m")
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: values * np.nan for name, values in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    with pytest.raises(ModelError, match="not finite"):
        load(Settings(data_dir=tmp_path), folder).encode_queries(["القمح"])


@pytest.mark.parametrize("name", ["nobody/no-such-model", "not a name at all", "/no/such/folder", "./none"])
def test_a_model_that_is_not_here_is_refused_at_once(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    start = time.monotonic()
    with pytest.raises(ModelError, match="give a folder of a model"):
        embedding.load(Settings(data_dir=tmp_path, embedding_model=name))
    assert time.monotonic() - start < 5


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "modules.json").write_text("[")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(Settings(data_dir=tmp_path), tmp_path / "model")
