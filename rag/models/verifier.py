"""Verifier: reads a claim together with its quote; is it borne out, and which of its words are not?

The bundled verifier (docs/reader.md) has the embedding model's table and lower layers, like the reader, and upper
layers of its own with two heads: one for the claim, and one for each of its words, as in LettuceDetect (Kovács and
Recski 2025, arXiv 2502.17125).

Torch is imported only when the model is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rag.errors import ModelError
from rag.models.reader import SPECIAL, PackedWeights, tokenizer_of
from rag.text.normalise import sound
from rag.types import Span, Verified

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLAIM_TOKENS: Final = 96
QUOTE_TOKENS: Final = 192
"""Maximum number of tokens of a claim and of its quote that are read."""
BATCH: Final = 16
WEIGHTS: Final = "verifier.safetensors"
FORMAT: Final = "isnad-verifier-1"
_WORD: Final = re.compile(r"\w+(?:['’.,]\w+)*")


@dataclass(frozen=True)
class NetworkVerifier:
    """A verifier with a torch network (`rag.models.verifier_network.VerifierNetwork`)."""

    name: str
    version: str
    tokenizer: Tokenizer
    network: Any
    weights: Mapping[str, float] = field(default_factory=dict)

    def verify(self, claims: Sequence[str], quotes: Sequence[str]) -> list[Verified]:
        """Read each claim with its quote, in order. Longer ones are cut to `CLAIM_TOKENS` and `QUOTE_TOKENS`."""
        import torch

        begin, padding, end = SPECIAL
        encoded = []
        for place, (claim, quote) in enumerate(zip(claims, quotes, strict=True)):
            one = self.tokenizer.encode(sound(claim), add_special_tokens=False)
            other = self.tokenizer.encode(sound(quote), add_special_tokens=False).ids[:QUOTE_TOKENS]
            both = [begin, *one.ids[:CLAIM_TOKENS], end, *other, end]
            encoded.append((len(both), place, both, one.offsets[:CLAIM_TOKENS]))
        encoded.sort()  # by length, to minimise padding
        found: dict[int, Verified] = {}
        for start in range(0, len(encoded), BATCH):
            batch = encoded[start : start + BATCH]
            ids = torch.full((len(batch), batch[-1][0]), padding)
            mask = torch.zeros(ids.shape, dtype=torch.bool)
            for row, (length, _, its, _) in enumerate(batch):
                ids[row, :length] = torch.tensor(its)
                mask[row, :length] = True
            with torch.inference_mode():
                support, wrong = (one.numpy() for one in self.network(self.network.below(ids, mask), mask))
            for row, (_, place, _, offsets) in enumerate(batch):
                logits = [float(one) for one in wrong[row, 1 : 1 + len(offsets)]]
                words = tuple(by_word(claims[place], offsets, logits))
                found[place] = Verified(float(support[row]), words, self.weights)
        return [found[place] for place in range(len(encoded))]


def by_word(claim: str, offsets: Sequence[tuple[int, int]], logits: Sequence[float]) -> list[tuple[Span, float]]:
    """The highest logit of the tokens of each word."""
    made = []
    for word in _WORD.finditer(claim):
        inside = [
            logit
            for (first, last), logit in zip(offsets, logits, strict=True)
            if first < word.end() and word.start() < last
        ]
        if inside:
            made.append((Span(*word.span()), max(inside)))
    return made


def load_shipped(encoder: Any, weights: Path | None = None) -> NetworkVerifier:
    """Load the bundled verifier over the `encoder` (a transformers ``BertModel``) of the bundled embedding model.

    `weights` is an alternative weights file. Raises `ModelError` if that is invalid, or was trained for another model.
    """
    from rag.models.verifier_network import over

    found = PackedWeights(weights or Path(str(resources.files("rag.models") / WEIGHTS)), FORMAT)
    try:
        network = over(encoder, found.tensors())
        tokenizer = tokenizer_of(encoder)
    except (ValueError, RuntimeError, OSError) as error:
        raise ModelError(
            f"the verifier does not match the embedding model: {error}", where=str(found.path), do="reinstall Isnad"
        ) from error
    return NetworkVerifier(found.described["name"], found.version, tokenizer, network, found.described["weights"])
