"""Torch network of the bundled verifier: upper layers and two heads over the lower layers of the embedding model."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from rag.models.reader_network import FROZEN_LAYERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transformers import BertModel


class VerifierNetwork(nn.Module):
    """Is a claim borne out by a quote, and which of its tokens are not. The input is ``<s> claim </s> quote </s>``.

    The table and the first `FROZEN_LAYERS` layers are those of `encoder`, used and not changed, and not among this
    network's parameters.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        layers = encoder.encoder.layer
        self._lower = (encoder.embeddings, *layers[:FROZEN_LAYERS])
        self.layers = nn.ModuleList(deepcopy(one) for one in layers[FROZEN_LAYERS:])
        self.support = nn.Linear(encoder.config.hidden_size, 1)
        self.wrong = nn.Linear(encoder.config.hidden_size, 1)
        self.requires_grad_(requires_grad=True)

    def below(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Output of the shared layers, (batch, tokens, hidden), for `ids` and a boolean `mask`, (batch, tokens)."""
        hidden: torch.Tensor = self._lower[0](input_ids=ids)
        for layer in self._lower[1:]:
            hidden = layer(hidden, mask[:, None, None, :])
        return hidden

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits that the claim is borne out, (batch,), and that a token is not, (batch, tokens).

        `hidden` is the output of `below`.
        """
        for layer in self.layers:
            hidden = layer(hidden, mask[:, None, None, :])
        return self.support(hidden[:, 0]).squeeze(-1).float(), self.wrong(hidden).squeeze(-1).float()


def over(encoder: BertModel, weights: Mapping[str, Any]) -> VerifierNetwork:
    """Network with trained `weights` (arrays by name) over an encoder in memory.

    Raises `ValueError` if the names or shapes of the weights differ from the network's.
    """
    network = VerifierNetwork(encoder)
    wanted = {name: tuple(one.shape) for name, one in network.named_parameters()}
    given = {name: tuple(one.shape) for name, one in weights.items()}
    if wanted != given:
        raise ValueError(f"the weights differ from the network's: {sorted(wanted.items() ^ given.items())[:4]}")
    network.load_state_dict({name: torch.from_numpy(one) for name, one in weights.items()}, assign=True)
    return network.eval()
