"""Reader: a cross-encoder for a question and a passage that scores relevance and extracts the answer span.

The bundled reader (docs/reader.md) is multilingual-e5-small with its upper layers trained as a cross-encoder with heads
for the answer span (Devlin et al. 2019, arXiv 1810.04805) and for relevance. Its embedding table and lower layers are
those of the embedding model, and are shared in memory if that is loaded. The setting `reader` selects any other
extractive reader or cross-encoder.

Torch is imported only when a model is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from threading import Event as Cancel
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np

from rag.errors import ModelError
from rag.models.embedding import find_folder
from rag.store.locks import hash_file
from rag.text.normalise import sound
from rag.types import Passage, Reading, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

QUESTION_TOKENS: Final = 64
"""Maximum number of question tokens that are read; the words that determine what is asked come first in both
languages."""
WINDOW_TOKENS: Final = 256
STRIDE_TOKENS: Final = 128
"""Offset, in tokens, between the windows of a passage that is longer than one window."""
ANSWER_TOKENS: Final = 30
"""Maximum length of a short answer, in tokens."""
BATCH: Final = 8
"""Number of windows per batch; cancellation takes effect between two batches."""
WEIGHTS: Final = "reader.safetensors"
FORMAT: Final = "isnad-reader-1"
_BITS: Final = 127
"""Largest quantised weight of a row: 8 bits, signed."""


class Reads(Protocol):
    """A reader. `name` and `version` identify it; `points` is whether it gives spans."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def points(self) -> bool: ...

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]: ...


class Window(NamedTuple):
    """A question with some tokens of a passage, as encoder input: ``<s> question </s> passage </s>``.

    `base` is the index of the passage's first token in `ids`; `offsets` are the tokens' offsets in code points of the
    passage.
    """

    place: int
    ids: list[int]
    base: int
    offsets: list[tuple[int, int]]


class Logits(NamedTuple):
    """Output of the heads for one window: start and end logits of the null answer and of each token; relevance."""

    null: float
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    relevance: float


def windows_of(tokenizer: Tokenizer, place: int, question: str, passage: str) -> list[Window]:
    """Windows of one passage; none if it has no token."""
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
    encoded = tokenizer.encode(sound(passage), add_special_tokens=False)
    begin, _, end = SPECIAL
    return [
        Window(
            place,
            [begin, *asked, end, *encoded.ids[start : start + WINDOW_TOKENS], end],
            len(asked) + 2,
            encoded.offsets[start : start + WINDOW_TOKENS],
        )
        for start in range(0, max(1, len(encoded.ids) - WINDOW_TOKENS + STRIDE_TOKENS), STRIDE_TOKENS)
        if encoded.ids
    ]


SPECIAL: Final = (0, 1, 2)
"""XLM-R's token ids of ``<s>``, padding and ``</s>``."""


def reading_of(passage: Passage, windows: Sequence[Window], logits: Sequence[Logits]) -> Reading:
    """Combine the windows of a passage: its best span within one sentence, and each sentence's share of the
    probability.

    A sentence's share is the mean of the probabilities that the answer starts and that it ends in it, given that the
    passage answers.
    """
    if not windows:
        return Reading(float("-inf"), float("-inf"), None, (0.0,) * len(passage.sentences))
    bounds = np.array([one.end - passage.span.start for one in passage.sentences])
    mass = np.zeros(len(bounds))
    best: tuple[float, Span | None] = (float("-inf"), None)
    tops = [max(float(getattr(one, side).max()) for one in logits) for side in ("start", "end")]
    for window, one in zip(windows, logits, strict=True):
        starts = np.array([offset[0] for offset in window.offsets])
        sentence = np.minimum(np.searchsorted(bounds, starts, side="right"), len(bounds) - 1)
        for side, top in zip((one.start, one.end), tops, strict=True):
            np.add.at(mass, sentence, np.exp(side - top))
        score, first, last = _best_span(one, sentence)
        if score > best[0]:
            begin, end = window.offsets[first][0], window.offsets[last][1]
            begin, end = _trimmed(passage.text, begin, end)
            span = Span(passage.span.start + begin, passage.span.start + end) if begin < end else None
            best = (score, span)
    relevance = max(one.relevance for one in logits)
    return Reading(relevance, best[0], best[1], tuple((mass / max(mass.sum(), 1e-12)).tolist()))


def _best_span(one: Logits, sentence: NDArray[np.int64]) -> tuple[float, int, int]:
    """Score (minus that of the null answer), first and last token of the best span within one sentence."""
    count = len(one.start)
    scores = one.start[:, None] + one.end[None, :]
    places = np.arange(count)
    length = places[None, :] - places[:, None]
    allowed = (length >= 0) & (length < ANSWER_TOKENS) & (sentence[:, None] == sentence[None, :])
    best = int(np.where(allowed, scores, -np.inf).argmax())
    first, last = divmod(best, count)
    return float(scores[first, last]) - one.null, first, last


def _trimmed(text: str, begin: int, end: int) -> tuple[int, int]:
    """Trim white space and punctuation at the edges; a bracket stays if its counterpart is inside."""
    while begin < end and _is_edge(text, begin, begin, end):
        begin += 1
    while begin < end and _is_edge(text, end - 1, begin, end):
        end -= 1
    return begin, end


_PAIRS: Final = {"(": ")", "[": "]", "«": "»", "“": "”"}
_CLOSING: Final = {close: opened for opened, close in _PAIRS.items()}


def _is_edge(text: str, at: int, begin: int, end: int) -> bool:
    character, words = text[at], text[begin:end]
    if character in _PAIRS:
        return _PAIRS[character] not in words
    if character in _CLOSING:
        return _CLOSING[character] not in words
    return character.isspace() or character in ".,،؛;:!?؟\"'…-–—ـ"


@dataclass(frozen=True)
class NetworkReader:
    """A reader with a torch network; `run_network` returns the logits of a batch of windows."""

    name: str
    version: str
    tokenizer: Tokenizer
    network: Any
    points: bool = True

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]:
        """Read a question with passages, in order. Once `cancel` is set, no further batch is read.

        A passage that was not read, or that has no token, has relevance and score -inf.
        """
        question = sound(question)
        windows = [
            window
            for place, one in enumerate(passages)
            for window in windows_of(self.tokenizer, place, question, one.text)
        ]
        found: dict[int, tuple[list[Window], list[Logits]]] = {}
        for window, logits in self._logits(windows, cancel):
            mine = found.setdefault(window.place, ([], []))
            mine[0].append(window)
            mine[1].append(logits)
        return [reading_of(one, *found.get(place, ([], []))) for place, one in enumerate(passages)]

    def _logits(self, windows: Sequence[Window], cancel: Cancel | None) -> Iterator[tuple[Window, Logits]]:
        ordered = sorted(windows, key=lambda window: len(window.ids))  # sorted by length, to minimise padding
        for start in range(0, len(ordered), BATCH):
            if cancel is not None and cancel.is_set():
                return
            batch = ordered[start : start + BATCH]
            yield from zip(batch, run_network(self.network, batch), strict=True)


def run_network(network: Any, windows: Sequence[Window]) -> list[Logits]:
    """Logits of a batch of windows from a `rag.models.reader_network.ReaderNetwork`."""
    import torch

    length = max(len(window.ids) for window in windows)
    ids = torch.full((len(windows), length), SPECIAL[1])
    mask = torch.zeros(len(windows), length, dtype=torch.long)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        mask[row, : len(window.ids)] = 1
    with torch.inference_mode():
        starts, ends, relevance = (one.numpy() for one in network(ids, mask))
    return [
        Logits(
            float(starts[row, 0] + ends[row, 0]),
            starts[row, window.base : window.base + len(window.offsets)],
            ends[row, window.base : window.base + len(window.offsets)],
            float(relevance[row]),
        )
        for row, window in enumerate(windows)
    ]


class PackedWeights:
    """A file of weights: matrices as 8-bit integers with one scale per row, other arrays unquantised.

    Raises `ModelError` if the file is missing, damaged or not of this `format`.
    """

    def __init__(self, path: Path, format: str = FORMAT) -> None:  # noqa: A002
        from safetensors import SafetensorError, safe_open

        self.path = path
        model = format.split("-")[1]
        do = f"reinstall Isnad, or set another {model} (`{model}=off` for none)"
        try:
            with safe_open(str(path), "np") as file:
                described = json.loads((file.metadata() or {}).get("isnad", "{}"))
                self._arrays: dict[str, NDArray[Any]] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, ValueError, SafetensorError) as error:
            raise ModelError(f"the {model}'s weights cannot be read: {error}", where=str(path), do=do) from error
        if not isinstance(described, dict) or described.get("format") != format:
            raise ModelError(f"the file does not contain {model} weights", where=str(path), do=do)
        self.described: dict[str, Any] = described

    @cached_property
    def version(self) -> str:
        """The version stated in the file and the first digits of its hash."""
        return f"{self.described['version']}-{hash_file(self.path)[:12]}"

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """All arrays, dequantised, by the network's parameter names."""
        whole: dict[str, NDArray[np.float32]] = {}
        for name, array in self._arrays.items():
            if name.endswith(".scale"):
                continue
            scale = self._arrays.get(f"{name}.scale")
            whole[name] = array.astype(np.float32) * (1.0 if scale is None else scale[:, None])
        return whole


def write_weights(
    path: Path,
    arrays: dict[str, NDArray[np.float32]],
    described: dict[str, Any],
    format: str = FORMAT,  # noqa: A002
) -> None:
    """Write weights: matrices quantised to 8 bits with one scale per row (symmetric, per channel)."""
    from safetensors.numpy import save_file

    stored: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array.ndim != 2 or array.shape[0] < 16:  # a head of two rows is small enough to stay unquantised
            stored[name] = array.astype(np.float32)
            continue
        scale = np.maximum(np.abs(array).max(axis=1), 1e-12) / _BITS
        stored[name] = np.round(array / scale[:, None]).astype(np.int8)
        stored[f"{name}.scale"] = scale.astype(np.float32)
    aside = path.with_suffix(".new")
    save_file(stored, str(aside), metadata={"isnad": json.dumps({"format": format, **described})})
    aside.replace(path)


def shipped_weights() -> Path:
    """Path of the weights in the package."""
    return Path(str(resources.files("rag.models") / WEIGHTS))


def tokenizer_of(encoder: Any) -> Tokenizer:
    """The tokenizer of the model that an `encoder` was loaded from, without truncation or padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(encoder.config._name_or_path) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def load_shipped(encoder: Any, weights: Path | None = None) -> tuple[NetworkReader, dict[str, Any]]:
    """Load the bundled reader; also returns its score weights (see `rag.retrieve.rerank.Weighing.of`).

    It uses the `encoder` (a transformers ``BertModel``) of the bundled embedding model; `weights` is an alternative
    weights file. Raises `ModelError` if that is invalid, or was trained for another model.
    """
    from rag.models.reader_network import over

    found = PackedWeights(weights or shipped_weights())
    try:
        network = over(encoder, found.tensors())
        tokenizer = tokenizer_of(encoder)
    except (ValueError, RuntimeError, OSError) as error:
        raise ModelError(
            f"the reader does not match the embedding model: {error}", where=str(found.path), do="reinstall Isnad"
        ) from error
    return NetworkReader(found.described["name"], found.version, tokenizer, network), found.described["weighing"]


# Readers of the user: an extractive reader of transformers, or a cross-encoder of sentence-transformers.

_UNREAD: Final = float("-inf")


def load_own(name: str) -> Reads:
    """Load the reader from a folder or hub name. Raises `ModelError` if it is neither kind of model."""
    folder = find_folder(name, None, "reader")
    do = "set reader to a question answering model or a cross-encoder, or to `bundled`"
    try:
        kinds = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures") or [""]
        if kinds[0].endswith("ForQuestionAnswering"):
            return _extractive(name, folder)
        if kinds[0].endswith("ForSequenceClassification"):
            return _cross_encoder(name, folder)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        raise ModelError(f"the reader cannot be loaded: {error}", where=str(folder), do=do) from error
    raise ModelError(f"this is a {kinds[0] or 'model of another kind'}, not a reader", where=str(folder), do=do)


def _extractive(name: str, folder: Path) -> Reads:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    model = AutoModelForQuestionAnswering.from_pretrained(str(folder), local_files_only=True).eval()
    return _ExtractiveReader(name, model, AutoTokenizer.from_pretrained(str(folder), local_files_only=True))


def _cross_encoder(name: str, folder: Path) -> Reads:
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(folder), local_files_only=True)
    if model.num_labels != 1:
        raise ValueError(f"it gives {model.num_labels} scores for a pair instead of one")
    return _CrossEncoderReader(name, model)


@dataclass(frozen=True)
class _ExtractiveReader:
    """A reader with a span head only: the score of its best span is also its relevance."""

    name: str
    model: Any
    tokenizer: Any
    version: str = ""
    points: bool = True

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]:
        """As `NetworkReader.read`."""
        return [self._one(question, one) if not (cancel and cancel.is_set()) else _unread(one) for one in passages]

    def _one(self, question: str, passage: Passage) -> Reading:
        import torch

        encoded = self.tokenizer(
            question,
            passage.text,
            truncation="only_second",
            max_length=min(self.tokenizer.model_max_length, 2 * WINDOW_TOKENS),
            stride=STRIDE_TOKENS,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            padding=True,
            return_tensors="pt",
        )
        offsets, rows = encoded.pop("offset_mapping").tolist(), len(encoded["input_ids"])
        encoded.pop("overflow_to_sample_mapping")
        with torch.inference_mode():
            out = self.model(**encoded)
        windows, logits = [], []
        for row in range(rows):
            mine = [at for at, part in enumerate(encoded.sequence_ids(row)) if part == 1]
            if not mine:
                continue
            starts, ends = out.start_logits[row].numpy(), out.end_logits[row].numpy()
            window = Window(0, [], mine[0], [tuple(offsets[row][at]) for at in mine])
            logit = Logits(float(starts[0] + ends[0]), starts[mine], ends[mine], _UNREAD)
            windows.append(window)
            logits.append(logit)
        reading = reading_of(passage, windows, logits)
        return Reading(reading.score, reading.score, reading.span, reading.sentences)


@dataclass(frozen=True)
class _CrossEncoderReader:
    """A reader that gives relevance without spans."""

    name: str
    model: Any
    version: str = ""
    points: bool = False

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]:
        """As `NetworkReader.read`, without spans."""
        import torch

        found: list[Reading] = []
        for start in range(0, len(passages), BATCH):
            batch = passages[start : start + BATCH]
            if cancel is not None and cancel.is_set():
                found += map(_unread, batch)
                continue
            pairs = [(question, one.text) for one in batch]
            logits = self.model.predict(pairs, activation_fn=torch.nn.Identity(), show_progress_bar=False)
            found += [Reading(float(one), float(one), None) for one in logits]
        return found


def _unread(_: Passage) -> Reading:
    return Reading(_UNREAD, _UNREAD, None)
