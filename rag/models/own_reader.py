"""Readers of the user's own: an extractive reader of transformers, or a cross-encoder of sentence-transformers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event as Cancel
from typing import TYPE_CHECKING, Any, Final

from rag.errors import ModelError
from rag.models.hub import find_folder
from rag.models.reader import BATCH, STRIDE_TOKENS, WINDOW_TOKENS, Logits, Reads, Window, reading_of
from rag.types import Passage, Reading

if TYPE_CHECKING:
    from pathlib import Path

UNREAD: Final = float("-inf")


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
    return ExtractiveReader(name, model, AutoTokenizer.from_pretrained(str(folder), local_files_only=True))


def _cross_encoder(name: str, folder: Path) -> Reads:
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(folder), local_files_only=True)
    if model.num_labels != 1:
        raise ValueError(f"it gives {model.num_labels} numbers for a pair, and not one")
    return CrossEncoderReader(name, model)


@dataclass(frozen=True)
class ExtractiveReader:
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
            logit = Logits(float(starts[0] + ends[0]), starts[mine], ends[mine], UNREAD)
            windows.append(window)
            logits.append(logit)
        reading = reading_of(passage, windows, logits)
        return Reading(reading.score, reading.score, reading.span, reading.sentences)


@dataclass(frozen=True)
class CrossEncoderReader:
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
    return Reading(UNREAD, UNREAD, None)
