"""Torch network of the bundled reader: an encoder with a span head and a relevance head.

A third head, for claims, could be added next to them.
"""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from transformers import BertModel

FROZEN_LAYERS: Final = 4
"""Number of layers that are identical to the embedding model's, and therefore not in the weights file."""


class ReaderNetwork(nn.Module):
    """Encoder with a span head (start and end logits of each token; the null answer is at ``<s>``) and a relevance
    head.

    The encoder's embedding table and its first `FROZEN_LAYERS` layers may be shared with another model in memory.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        hidden = encoder.config.hidden_size
        self.encoder = encoder
        self.span = nn.Linear(hidden, 2)
        self.relevance = nn.Linear(hidden, 1)
        for frozen in self.frozen_parts():
            frozen.requires_grad_(requires_grad=False)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Logits of starts and of ends, (batch, tokens) each, and of relevance, (batch,).

        `ids` and `mask` are (batch, tokens).
        """
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        spans = self.span(hidden).float()
        return spans[..., 0], spans[..., 1], self.relevance(hidden[:, 0]).squeeze(-1).float()

    def frozen_parts(self) -> list[nn.Module]:
        """Modules that training does not change."""
        return [self.encoder.embeddings, *self.encoder.encoder.layer[:FROZEN_LAYERS]]

    def trained_names(self) -> list[str]:
        """Names of the parameters that training changes, in order."""
        frozen = {id(one) for part in self.frozen_parts() for one in part.parameters()}
        return [name for name, parameter in self.named_parameters() if id(parameter) not in frozen]


def make(folder: Path) -> ReaderNetwork:
    """Network whose encoder is the embedding model in a sentence-transformers `folder`; the heads are random."""
    from transformers import BertModel

    # Training sees little of its data twice, so dropout would prevent nothing; on two cores its random draws take a
    # third of a step, and without attention dropout torch uses its fused kernel.
    encoder = BertModel.from_pretrained(
        str(folder),
        add_pooling_layer=False,
        local_files_only=True,
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
    )
    return ReaderNetwork(encoder)


def over(encoder: BertModel, weights: Mapping[str, Any]) -> ReaderNetwork:
    """Network with trained `weights` (arrays by name) over an encoder in memory, whose frozen parts it shares.

    Raises `ValueError` if the names or shapes of the weights differ from those that the network trains.
    """
    from transformers import BertModel

    config = deepcopy(encoder.config)
    with torch.device("meta"):
        network = ReaderNetwork(BertModel(config, add_pooling_layer=False))
    network.encoder.embeddings = encoder.embeddings
    for place in range(FROZEN_LAYERS):
        network.encoder.encoder.layer[place] = encoder.encoder.layer[place]
    load_trained(network, {name: torch.from_numpy(array) for name, array in weights.items()}, assign=True)
    return network.eval()


def load_trained(network: ReaderNetwork, weights: Mapping[str, torch.Tensor], *, assign: bool = False) -> None:
    """Load trained weights into the network; with `assign`, uses the tensors themselves.

    Raises `ValueError` if their names or shapes differ from those that the network trains.
    """
    wanted = set(network.trained_names())
    if wanted != set(weights):
        raise ValueError(f"the names of the weights differ from the network's: {sorted(wanted ^ set(weights))[:4]}")
    shapes = {name: tuple(one.shape) for name, one in network.named_parameters() if name in wanted}
    for name, tensor in weights.items():
        if tuple(tensor.shape) != shapes[name]:
            raise ValueError(f"{name} has shape {tuple(tensor.shape)} instead of {shapes[name]}")
    network.load_state_dict(dict(weights), strict=False, assign=assign)
