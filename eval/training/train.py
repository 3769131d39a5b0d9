"""Train the reader: losses, a schedule by time, and checkpoints, from which a stopped run resumes."""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from torch.nn import functional

from rag.models.reader_network import load_trained

if TYPE_CHECKING:
    from pathlib import Path

    from eval.training.batches import Batch, Batches
    from rag.models.reader_network import ReaderNetwork

logger = logging.getLogger("isnad.training")

NEVER: Final = -1e4
"""A logit whose softmax is zero."""
CHECKPOINT: Final = "checkpoint.pt"
LONGEST_STEP: Final = 60.0
"""Seconds counted for a step at most; a longer step was paused (``kill -STOP``)."""


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """Duration and learning rate: `minutes` is the total training time, over all resumed runs.

    The rate rises linearly over `warm_up` steps, and falls linearly to 0 over the training time.
    """

    minutes: float
    rate: float = 1.5e-4
    warm_up: int = 100
    decay: float = 0.01
    clip: float = 1.0
    save_minutes: float = 5.0


def loss_of(network: ReaderNetwork, batch: Batch) -> torch.Tensor:
    """Compute the loss of a batch: spans within each passage; spans and relevance among the passages of a question.

    Within a passage: cross-entropy of the first and the last token, including the null answer. Among passages: one
    softmax over the tokens of all passages of a question (shared normalisation: Clark and Gardner 2018, arXiv
    1710.10723), and one over their relevance (listwise, Cao et al. 2007). In addition, the logistic loss of each
    relevance, so that relevance is comparable across questions.
    """
    starts, ends, relevance = network(batch.ids, batch.mask)
    starts = starts.masked_fill(~batch.allowed, NEVER)
    ends = ends.masked_fill(~batch.allowed, NEVER)
    within = functional.cross_entropy(starts, batch.first) + functional.cross_entropy(ends, batch.last)
    pointwise = functional.binary_cross_entropy_with_logits(relevance, batch.answers.float())
    among = relevance.new_zeros(())
    groups = 0
    for question in set(batch.question.tolist()):
        rows = (batch.question == question).nonzero().squeeze(-1)
        if len(rows) == 1 or not batch.answers[rows[0]]:
            continue
        groups += 1
        among = among + functional.cross_entropy(relevance[rows][None], rows.new_zeros(1))
        for logits, target in ((starts, batch.first), (ends, batch.last)):
            # Exclude the null answers, because one of these passages contains the answer.
            words = torch.cat([logits[rows[0]], *logits[rows[1:], 1:]])
            words = torch.cat([words.new_full((1,), NEVER), words[1:]])
            among = among + 0.5 * functional.cross_entropy(words[None], target[rows[0]][None])
    total: torch.Tensor = within + 0.5 * pointwise + among / max(1, groups)
    return total


def train(network: ReaderNetwork, batches: Batches, plan: TrainingPlan, folder: Path) -> None:
    """Train for the rest of ``plan.minutes``; saves the state in `folder`, and resumes from it.

    Appends a JSON line to ``folder/log.jsonl`` about twice a minute.
    """
    folder.mkdir(parents=True, exist_ok=True)
    trained = {name: one for name, one in network.named_parameters() if one.requires_grad}
    matrices = [one for one in trained.values() if one.ndim > 1]
    vectors = [one for one in trained.values() if one.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": plan.decay}, {"params": vectors, "weight_decay": 0.0}],
        lr=plan.rate,
        betas=(0.9, 0.98),
        fused=True,
    )
    step, number, before = _resume(network, optimizer, folder)
    network.train()
    network.compile(dynamic=True)  # on two cores 2.9 → 2.1 s per step
    spent, last = before, time.monotonic()
    saved = told = last
    losses: deque[float] = deque(maxlen=100)
    for number, batch in batches.rounds(number):  # noqa: B020 - continues with the round of the checkpoint
        left = 1 - spent / 60 / plan.minutes
        if left <= 0:
            break
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * min(1.0, (step + 1) / plan.warm_up) * left
        loss = loss_of(network, batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(trained.values()), plan.clip)
        optimizer.step()
        step += 1
        losses.append(loss.item())
        now = time.monotonic()
        spent += min(now - last, LONGEST_STEP)
        last = now
        if now - told > 30:
            told = now
            _log(folder, step=step, round=number, seconds=round(spent), loss=round(sum(losses) / len(losses), 4))
        if now - saved > 60 * plan.save_minutes:
            saved = now
            _save(network, optimizer, folder, step, number + 1, spent, plan)
    _save(network, optimizer, folder, step, number + 1, spent, plan)


def _save(
    network: ReaderNetwork,
    optimizer: torch.optim.Optimizer,
    folder: Path,
    step: int,
    number: int,
    spent: float,
    plan: TrainingPlan,
) -> None:
    state = {
        "network": {name: one.detach() for name, one in network.named_parameters() if one.requires_grad},
        "optimizer": optimizer.state_dict(),
        "step": step,
        "round": number,
        "spent": spent,
        "plan": asdict(plan),
    }
    aside = folder / f"{CHECKPOINT}.aside"
    torch.save(state, aside)
    aside.replace(folder / CHECKPOINT)


def _resume(network: ReaderNetwork, optimizer: torch.optim.Optimizer, folder: Path) -> tuple[int, int, float]:
    """Restore the state; return the step, the round and the seconds of training so far, all 0 without a checkpoint."""
    if not (folder / CHECKPOINT).is_file():
        return 0, 0, 0.0
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    load_trained(network, state["network"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"]), int(state["round"]), float(state["spent"])


def load_checkpoint(network: ReaderNetwork, folder: Path) -> None:
    """Load the weights of the last checkpoint into the network. Raises `FileNotFoundError` if there is none."""
    load_trained(network, torch.load(folder / CHECKPOINT, weights_only=True)["network"])


def _log(folder: Path, **values: Any) -> None:
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(values) + "\n")
    logger.info("%s", values)
