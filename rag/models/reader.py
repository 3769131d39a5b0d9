"""Reader: a question and a passage, read together by one encoder, which points at the words that answer.

The reader that ships (docs/reader.md) is multilingual-e5-small with its upper layers trained as a cross-encoder with
heads for the span of the answer (Devlin et al. 2019, arXiv 1810.04805) and for relevance. Its embedding table and lower
layers are those of the embedding model, and where that is loaded already they are shared in memory. Any extractive
reader or cross-encoder of the user's own takes its place by the setting `reader`.

It knows passages and their texts, and nothing of search or answers. Torch is imported where a model is loaded.
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
from rag.models.hub import find_folder
from rag.store.locks import hash_file
from rag.text.normalise import sound
from rag.types import Passage, Reading, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

QUESTION_TOKENS: Final = 64
"""Tokens of a question that are read; the words that tell what is asked come first in both languages."""
WINDOW_TOKENS: Final = 256
STRIDE_TOKENS: Final = 128
"""A passage longer than a window is read in windows that begin so many tokens apart."""
ANSWER_TOKENS: Final = 30
"""The longest short answer."""
BATCH: Final = 8
"""Windows read at once; a cancelled question ends between two batches."""
WEIGHTS: Final = "reader.safetensors"
FORMAT: Final = "isnad-reader-1"
_BITS: Final = 127
"""The largest weight of a row, in 8 bits with a sign."""


class Reads(Protocol):
    """Something that reads passages. `name` and `version` say which; `points` whether it gives spans."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def points(self) -> bool: ...

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]: ...


class Window(NamedTuple):
    """A question with some tokens of a passage, as the encoder reads them: ``<s> question </s> passage </s>``.

    `base` is the place of the passage's first token in `ids`; `offsets` are the tokens' in code points of the passage.
    """

    place: int
    ids: list[int]
    base: int
    offsets: list[tuple[int, int]]


class Logits(NamedTuple):
    """What the heads say of one window: start and end logits of the null answer and of each token; relevance."""

    null: float
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    relevance: float


def windows_of(tokenizer: Tokenizer, place: int, question: str, passage: str) -> list[Window]:
    """The windows of one passage; none where it has no token."""
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
"""XLM-R's ids of ``<s>``, padding and ``</s>``."""


def reading_of(passage: Passage, windows: Sequence[Window], logits: Sequence[Logits]) -> Reading:
    """What a passage's windows say together: its best span within one sentence, and each sentence's share of the mass.

    The mass of a sentence is the mean of the probabilities that the answer starts and that it ends in it, given that
    the passage answers.
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
    """Score (less the null answer's), first and last token of the best span that lies in one sentence."""
    count = len(one.start)
    scores = one.start[:, None] + one.end[None, :]
    places = np.arange(count)
    length = places[None, :] - places[:, None]
    allowed = (length >= 0) & (length < ANSWER_TOKENS) & (sentence[:, None] == sentence[None, :])
    best = int(np.where(allowed, scores, -np.inf).argmax())
    first, last = divmod(best, count)
    return float(scores[first, last]) - one.null, first, last


def _trimmed(text: str, begin: int, end: int) -> tuple[int, int]:
    """Without the white space and the punctuation at its edges; a bracket stays where its other half is inside."""
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
    """A reader over a torch network; `run` gives the logits of a batch of windows."""

    name: str
    version: str
    tokenizer: Tokenizer
    network: Any
    points: bool = True

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]:
        """Read a question with passages, in their order. Once `cancel` is set the rest is read no more.

        Of a passage that was not read, or that has no token, relevance and score are -inf.
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
        ordered = sorted(windows, key=lambda window: len(window.ids))  # so that little is padding
        for start in range(0, len(ordered), BATCH):
            if cancel is not None and cancel.is_set():
                return
            batch = ordered[start : start + BATCH]
            yield from zip(batch, run(self.network, batch), strict=True)


def run(network: Any, windows: Sequence[Window]) -> list[Logits]:
    """The logits of a batch of windows by a `rag.models.reader_network.ReaderNetwork`."""
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


class ReaderWeights:
    """A file of a reader's weights: matrices as whole numbers of 8 bits with a scale a row, all else as it is.

    Raises `ModelError` for a file that is missing, torn or of another kind.
    """

    def __init__(self, path: Path) -> None:
        from safetensors import SafetensorError, safe_open

        self.path = path
        do = "install Isnad again, or name another reader (`reader=off` for none)"
        try:
            with safe_open(str(path), "np") as file:
                described = json.loads((file.metadata() or {}).get("isnad", "{}"))
                self._arrays: dict[str, NDArray[Any]] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, ValueError, SafetensorError) as error:
            raise ModelError(f"the reader's weights cannot be read: {error}", where=str(path), do=do) from error
        if not isinstance(described, dict) or described.get("format") != FORMAT:
            raise ModelError("these are no weights of a reader", where=str(path), do=do)
        self.described: dict[str, Any] = described

    @cached_property
    def version(self) -> str:
        """The version that the file states and the first digits of its hash."""
        return f"{self.described['version']}-{hash_file(self.path)[:12]}"

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """All arrays in full, by the network's names."""
        whole: dict[str, NDArray[np.float32]] = {}
        for name, array in self._arrays.items():
            if name.endswith(".scale"):
                continue
            scale = self._arrays.get(f"{name}.scale")
            whole[name] = array.astype(np.float32) * (1.0 if scale is None else scale[:, None])
        return whole


def write_weights(path: Path, arrays: dict[str, NDArray[np.float32]], described: dict[str, Any]) -> None:
    """Write a reader's weights, matrices in 8 bits a weight with a scale for each row (symmetric, per channel)."""
    from safetensors.numpy import save_file

    stored: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array.ndim != 2 or array.shape[0] < 16:  # a head of two rows costs nothing in full
            stored[name] = array.astype(np.float32)
            continue
        scale = np.maximum(np.abs(array).max(axis=1), 1e-12) / _BITS
        stored[name] = np.round(array / scale[:, None]).astype(np.int8)
        stored[f"{name}.scale"] = scale.astype(np.float32)
    aside = path.with_suffix(".new")
    save_file(stored, str(aside), metadata={"isnad": json.dumps({"format": FORMAT, **described})})
    aside.replace(path)


def shipped() -> Path:
    """The file of weights that ships in the package."""
    return Path(str(resources.files("rag.models") / WEIGHTS))


def load_shipped(encoder: Any, weights: Path | None = None) -> tuple[NetworkReader, dict[str, Any]]:
    """The reader that ships, and how its scores are weighed (see `rag.retrieve.rerank.Weighing.of`).

    It stands over the `encoder` (a transformers ``BertModel``) of the bundled embedding model; `weights` is another
    file of its kind. Raises `ModelError` where that cannot be used, or was trained over another model.
    """
    from tokenizers import Tokenizer

    from rag.models.reader_network import over

    found = ReaderWeights(weights or shipped())
    folder = Path(encoder.config._name_or_path)
    try:
        network = over(encoder, found.tensors())
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except (ValueError, RuntimeError, OSError) as error:
        raise ModelError(
            f"the reader does not go with the embedding model: {error}", where=str(found.path), do="install Isnad again"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return NetworkReader(found.described["name"], found.version, tokenizer, network), found.described["weighing"]


# Readers of the user's own: an extractive reader of transformers, or a cross-encoder of sentence-transformers.

_UNREAD: Final = float("-inf")


def load_own(name: str) -> Reads:
    """The reader in a folder, or of that name on a hub. Raises `ModelError` for one that is neither kind of model."""
    folder = find_folder(name, None, "reader")
    do = "name a model for question answering or a cross-encoder, or `bundled`"
    try:
        kinds = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures") or [""]
        if kinds[0].endswith("ForQuestionAnswering"):
            return _extractive(name, folder)
        if kinds[0].endswith("ForSequenceClassification"):
            return _cross_encoder(name, folder)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, AttributeError) as error:
        raise ModelError(f"the reader cannot be loaded: {error}", where=str(folder), do=do) from error
    raise ModelError(f"this is a {kinds[0] or 'model of another kind'} and no reader", where=str(folder), do=do)


def _extractive(name: str, folder: Path) -> Reads:
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    model = AutoModelForQuestionAnswering.from_pretrained(str(folder), local_files_only=True).eval()
    return _ExtractiveReader(name, model, AutoTokenizer.from_pretrained(str(folder), local_files_only=True))


def _cross_encoder(name: str, folder: Path) -> Reads:
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(folder), local_files_only=True)
    if model.num_labels != 1:
        raise ValueError(f"it gives {model.num_labels} numbers for a pair, and not one")
    return _CrossEncoderReader(name, model)


@dataclass(frozen=True)
class _ExtractiveReader:
    """A model with a span head alone: the score of its best span is its relevance too."""

    name: str
    model: Any
    tokenizer: Any
    version: str = ""
    points: bool = True

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]:
        """As `rag.models.reader.NetworkReader.read`."""
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
    """A model that says how well a passage answers, and not where."""

    name: str
    model: Any
    version: str = ""
    points: bool = False

    def read(self, question: str, passages: Sequence[Passage], cancel: Cancel | None = None) -> list[Reading]:
        """As `rag.models.reader.NetworkReader.read`, without spans."""
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
