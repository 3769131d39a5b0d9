"""The reader's network: one BERT encoder that reads question and passage together, with its heads, and its inference.

Import it only where a network is made: it imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import nn

from rag.types import Span

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer
    from transformers import BertModel

BEGIN, PAD, END = 0, 1, 2
"""Special tokens of XLM-R's vocabulary: ``<s> question </s> passage </s>``."""
FROZEN_LAYERS: Final = 4
"""Layers that stay the embedding model's own, and so are in no file of weights."""
QUESTION_TOKENS: Final = 64
WINDOW_TOKENS: Final = 256
STRIDE_TOKENS: Final = 128
"""A passage longer than a window is read in windows that begin so many tokens apart."""
ANSWER_TOKENS: Final = 30


class ReaderNetwork(nn.Module):
    """Encoder with a span head (start and end logits of each token; the null answer is at ``<s>``) and a relevance
    head.

    The encoder's embedding table, and its first `FROZEN_LAYERS` layers, may be those of another model in memory.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        hidden = encoder.config.hidden_size
        self.encoder = encoder
        self.span = nn.Linear(hidden, 2)
        self.relevance = nn.Linear(hidden, 1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of starts and of ends, (batch, tokens) each, and of relevance, (batch,).

        `ids` and `mask` are (batch, tokens).
        """
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        spans = self.span(hidden).float()
        return spans[..., 0], spans[..., 1], self.relevance(hidden[:, 0]).squeeze(-1).float()

    def train(self, mode: bool = True) -> ReaderNetwork:
        """As torch's, but what is frozen drops nothing out: on a CPU the draws cost a third of a step."""
        super().train(mode)
        for frozen in frozen_parts(self.encoder):
            frozen.eval()
        return self

    def trained_names(self) -> list[str]:
        """Names of the parameters that training changes, in order."""
        return [name for name, parameter in self.named_parameters() if parameter.requires_grad]


def make(folder: Path) -> ReaderNetwork:
    """A network whose encoder is the embedding model in a sentence-transformers `folder`; the heads are random.

    Embeddings and the first `FROZEN_LAYERS` layers need no gradient.
    """
    from transformers import BertModel

    # Without dropout of attention torch takes its fused kernel: 2.5 → 1.5 s a step on two cores.
    encoder = BertModel.from_pretrained(
        str(folder), add_pooling_layer=False, local_files_only=True, attention_probs_dropout_prob=0.0
    )
    return with_heads(encoder)


def with_heads(encoder: BertModel) -> ReaderNetwork:
    """A network over an encoder in memory."""
    network = ReaderNetwork(encoder)
    for frozen in frozen_parts(encoder):
        frozen.requires_grad_(requires_grad=False)
    return network


def frozen_parts(encoder: BertModel) -> list[nn.Module]:
    """The parts of an encoder that training leaves as they are."""
    return [encoder.embeddings, *encoder.encoder.layer[:FROZEN_LAYERS]]


def load_trained(network: ReaderNetwork, weights: dict[str, torch.Tensor]) -> None:
    """Put trained weights into the network. Raises `ValueError` where their names are others than it trains."""
    wanted = set(network.trained_names())
    if wanted != set(weights):
        raise ValueError(f"other weights than this network's: {sorted(wanted ^ set(weights))[:4]}")
    network.load_state_dict(weights, strict=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage: the `span` in it that answers best; None where the passage has no token.

    `score` is the span's logits less the null answer's, `relevance` the logit that the passage answers at all.
    """

    span: Span | None
    score: float
    relevance: float


@torch.inference_mode()
def read(
    network: ReaderNetwork, tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]], *, batch: int = 16
) -> list[Reading]:
    """Read (question, passage) pairs, in their order. Spans are in code points of the passage.

    A passage longer than `WINDOW_TOKENS` is read in overlapping windows; the best of them counts.
    """
    network.eval()
    windows = [window for place, pair in enumerate(pairs) for window in _windows(tokenizer, place, *pair)]
    windows.sort(key=lambda window: len(window.ids))  # so that little is padding
    best: dict[int, Reading] = {}
    for start in range(0, len(windows), batch):
        chunk = windows[start : start + batch]
        for window, reading in zip(chunk, _read(network, chunk), strict=True):
            before = best.get(window.place)
            if before is None or reading.score > before.score:
                best[window.place] = reading
    return [best.get(place, Reading(None, float("-inf"), float("-inf"))) for place in range(len(pairs))]


@dataclass(frozen=True, slots=True)
class _Window:
    place: int
    ids: list[int]
    base: int
    offsets: list[tuple[int, int]]


def _windows(tokenizer: Tokenizer, place: int, question: str, passage: str) -> list[_Window]:
    asked = tokenizer.encode(question, add_special_tokens=False).ids[:QUESTION_TOKENS]
    encoded = tokenizer.encode(passage, add_special_tokens=False)
    last = max(1, len(encoded.ids) - WINDOW_TOKENS + STRIDE_TOKENS)
    return [
        _Window(
            place,
            [BEGIN, *asked, END, *encoded.ids[start : start + WINDOW_TOKENS], END],
            len(asked) + 2,
            encoded.offsets[start : start + WINDOW_TOKENS],
        )
        for start in range(0, last, STRIDE_TOKENS)
        if encoded.ids
    ]


def _read(network: ReaderNetwork, windows: Sequence[_Window]) -> list[Reading]:
    length = max(len(window.ids) for window in windows)
    ids = torch.full((len(windows), length), PAD)
    mask = torch.zeros(len(windows), length, dtype=torch.long)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        mask[row, : len(window.ids)] = 1
    starts, ends, relevance = network(ids, mask)
    readings = []
    for row, window in enumerate(windows):
        count = len(window.offsets)
        first = starts[row, window.base : window.base + count]
        last = ends[row, window.base : window.base + count]
        scores = first[:, None] + last[None, :]
        allowed = torch.ones(count, count, dtype=torch.bool)
        allowed = allowed.triu() & ~allowed.triu(ANSWER_TOKENS)
        best = int(scores.masked_fill(~allowed, float("-inf")).argmax())
        begin, end = divmod(best, count)
        null = float(starts[row, 0] + ends[row, 0])
        span = Span(window.offsets[begin][0], window.offsets[end][1])
        readings.append(Reading(span, float(scores[begin, end]) - null, float(relevance[row])))
    return readings
