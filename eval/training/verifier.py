"""``python -m eval.training.verifier``: train the verifier on pairs of `eval.training.claim_pairs`.

Only the upper layers, at first the reader's, and the heads are trained, for a given time; the lower layers stay those
of the embedding model. Losses: the logistic loss of each pair, and of each token of the claims whose wrong words are
known.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from rag.models.reader import SPECIAL
from rag.models.verifier_network import VerifierNetwork

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

    from eval.bench.claims import ClaimRow
    from eval.training.claim_pairs import ClaimPair
    from rag.models.embedding import Embedder
    from rag.models.verifier import NetworkVerifier

CLAIM_TOKENS: Final = 64
QUOTE_TOKENS: Final = 128
BATCH_TOKENS: Final = 2048
CHECKPOINT: Final = "verifier.pt"
TOKEN_LOSS: Final = 1.0
"""Weight of the loss of the tokens."""
WRONG_WEIGHT: Final = 3.0
"""Weight of a wrong token; most are right."""

logger = logging.getLogger("isnad.training")


# Training.


class VerifierRow(NamedTuple):
    """Token ids of ``<s> claim </s> quote </s>``; for each token of the claim whether it is wrong; the pair's label."""

    ids: list[int]
    wrong: list[float]
    marked: bool
    true: bool


def row_of(pair: ClaimPair, tokenizer: Tokenizer) -> VerifierRow:
    begin, _, end = SPECIAL
    claim = tokenizer.encode(pair.claim, add_special_tokens=False)
    quote = tokenizer.encode(pair.quote, add_special_tokens=False).ids[:QUOTE_TOKENS]
    ids, offsets = claim.ids[:CLAIM_TOKENS], claim.offsets[:CLAIM_TOKENS]
    wrong = [float(any(first < span.end and span.start < last for span in pair.wrong)) for first, last in offsets]
    # People say only that a claim is false, and a false claim whose marks were cut off has none either.
    marked = pair.true or (pair.marked and any(wrong))
    return VerifierRow([begin, *ids, end, *quote, end], wrong, marked, pair.true)


@dataclass(frozen=True, slots=True)
class VerifierBatch:
    """`ids`, `mask`, `claim`, `known` and `wrong` have shape (rows, tokens), `true` (rows,).

    `claim` marks the tokens of the claim, `known` those of claims whose wrong words are known.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    claim: torch.Tensor
    known: torch.Tensor
    wrong: torch.Tensor
    true: torch.Tensor


def batch_of(rows: Sequence[VerifierRow]) -> VerifierBatch:
    length = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), length), SPECIAL[1])
    mask = torch.zeros(len(rows), length, dtype=torch.bool)
    claim = torch.zeros(len(rows), length, dtype=torch.bool)
    wrong = torch.zeros(len(rows), length)
    for place, row in enumerate(rows):
        ids[place, : len(row.ids)] = torch.tensor(row.ids)
        mask[place, : len(row.ids)] = True
        claim[place, 1 : 1 + len(row.wrong)] = True
        wrong[place, 1 : 1 + len(row.wrong)] = torch.tensor(row.wrong)
    known = claim & torch.tensor([row.marked for row in rows])[:, None]
    return VerifierBatch(ids, mask, claim, known, wrong, torch.tensor([float(row.true) for row in rows]))


def batches_of(rows: Sequence[VerifierRow]) -> list[VerifierBatch]:
    """Batches of rows of similar length."""
    made: list[VerifierBatch] = []
    several: list[VerifierRow] = []
    for row in sorted(rows, key=lambda one: len(one.ids)):
        if several and len(row.ids) * (len(several) + 1) > BATCH_TOKENS:
            made.append(batch_of(several))
            several = []
        several.append(row)
    return [*made, batch_of(several)] if several else made


def loss_of(network: VerifierNetwork, batch: VerifierBatch) -> torch.Tensor:
    with torch.no_grad():
        hidden = network.below(batch.ids, batch.mask)
    support, wrong = network(hidden, batch.mask)
    loss = functional.binary_cross_entropy_with_logits(support, batch.true)
    if batch.known.any():
        weight = torch.tensor(WRONG_WEIGHT)
        tokens = functional.binary_cross_entropy_with_logits(
            wrong[batch.known], batch.wrong[batch.known], pos_weight=weight
        )
        loss = loss + TOKEN_LOSS * tokens
    return loss


def measure(network: VerifierNetwork, batches: Sequence[VerifierBatch]) -> dict[str, float]:
    """The area under the curve of the support logit, its accuracy, and that of the least borne out token."""
    from eval.metrics import roc_area

    scores, least, labels = [], [], []
    network.eval()
    with torch.inference_mode():
        for batch in batches:
            support, wrong = network(network.below(batch.ids, batch.mask), batch.mask)
            scores.append(support.float().numpy())
            least.append(-wrong.float().masked_fill(~batch.claim, -99).max(dim=1).values.numpy())
            labels.append(batch.true.numpy() > 0)
    network.train()
    score, token, true = (np.concatenate(one) for one in (scores, least, labels))
    return {
        "area": round(float(roc_area(score[true], score[~true])), 4),
        "token area": round(float(roc_area(token[true], token[~true])), 4),
        "right": round(float(((score > 0) == true).mean()), 4),
    }


def train(
    network: VerifierNetwork, batches: list[VerifierBatch], held: list[VerifierBatch], options: argparse.Namespace
) -> None:
    """Train for ``options.minutes`` of wall time; the rate rises over 50 steps and falls linearly to 0 by the clock."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01)
    network.compile(dynamic=True)
    begun = saved = last = time.monotonic()
    spent, step, losses = 0.0, 0, []
    dice = random.Random(options.seed)  # noqa: S311 - not for security
    while True:
        dice.shuffle(batches)
        for batch in batches:
            left = 1 - spent / 60 / options.minutes
            if left <= 0:
                save(network, options.folder, step)
                logger.info("end: %s", measure(network, held))
                return
            for group in optimizer.param_groups:
                group["lr"] = options.rate * min(1.0, (step + 1) / 50) * left
            loss = loss_of(network, batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            step += 1
            losses.append(loss.item())
            now = time.monotonic()
            spent += min(now - last, 30.0)  # a longer step was paused
            last = now
            if now - saved > 150:
                save(network, options.folder, step)
                recent = losses[-100:]
                told = step, step / len(batches), now - begun, sum(recent) / len(recent), measure(network, held)
                logger.info("step %d, round %.2f, %.0f s, loss %.3f, %s", *told)
                saved = last = time.monotonic()


def save(network: VerifierNetwork, folder: Path, step: int) -> None:
    aside = folder / f"{CHECKPOINT}.aside"
    torch.save({"network": network.state_dict(), "step": step}, aside)
    aside.replace(folder / CHECKPOINT)


# Packing: the weights of rules and verifier are fitted with the quantised network, and stored with it.

NAME: Final = "isnad-verifier"


def fit_rows(data: Path) -> list[ClaimRow]:
    """The claims that the weights are fitted on: the written ones kept for it, and those of `tune` whose articles the
    verifier was not trained on."""
    from eval.bench import claims
    from eval.training.claim_pairs import CLAIMS, trained_titles, written
    from rag.types import Context

    trained = {f"xquad:{title}" for title in trained_titles(data)}
    lines = (CLAIMS / "tune.jsonl").read_text(encoding="utf-8").splitlines()
    tune = [
        row
        for row, line in zip(claims.read("tune"), lines, strict=True)
        if trained.isdisjoint(json.loads(line)["sources"])
    ]
    made = [
        claims.ClaimRow(
            f"written-{number}", one.true, one.kind, one.languages[:2], "ar", one.claim, (one.quote,), (Context(),)
        )
        for number, one in enumerate(written(data, "fit"))
    ]
    return [*tune, *made]


def fitted(rows: Sequence[ClaimRow], verifier: NetworkVerifier, embedder: Embedder) -> dict[str, float]:
    """Weights of the features of rules and verifier (logistic regression), each claim's row as for an answer."""
    from eval.training.weighing import fit_logistic
    from rag.corpus import similarity_of
    from rag.verify.claims import features_of

    similarity = similarity_of(embedder)
    read = verifier.verify([row.claim for row in rows], [" ".join(row.quotes) for row in rows])
    each = [
        features_of(
            row.claim,
            row.quotes,
            similarity=max(similarity([row.claim] * len(row.quotes), list(row.quotes))),
            contexts=row.contexts,
            verified=one,
        )
        for row, one in zip(rows, read, strict=True)
    ]
    names = sorted({name for one in each for name in one})
    features = np.array([[one.get(name, 0.0) for name in names] for one in each])
    bias, *weights = fit_logistic(features, np.array([row.true for row in rows]))
    return {"bias": bias, **dict(zip(names, weights, strict=True))}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.training.verifier", description=__doc__)
    parser.add_argument("pairs", type=Path, help="pairs made by eval.training.claim_pairs")
    parser.add_argument("folder", type=Path, help="folder of the checkpoint")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--longest", type=int, default=CLAIM_TOKENS + QUOTE_TOKENS + 3, help="tokens of a pair at most")
    parser.add_argument("--limit", type=int, default=0, help="train on this many pairs; 0: all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pack", type=Path, help="instead of training, fit the weights and write the network here")
    parser.add_argument("--version", default="1", help="the version stored in the packed weights")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)

    from eval.training.claim_pairs import DEVELOPMENT, read
    from rag.config import read_settings
    from rag.models import bundled
    from rag.models.reader import load_shipped

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    reader, _ = load_shipped(bundled.load_encoder(read_settings().models_dir))
    network = VerifierNetwork(reader.network.encoder)
    if options.pack:
        _pack(network, reader.tokenizer, options)
        return 0
    rows = [row_of(pair, reader.tokenizer) for pair in read(options.pairs)]
    rows = [row for row in rows if len(row.ids) <= options.longest]
    trained, held = rows[:-DEVELOPMENT], rows[-DEVELOPMENT:]
    if options.limit:
        trained = trained[: options.limit]
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "plan.json").write_text(json.dumps({**vars(options), "pairs": len(trained)}, default=str))
    network.train()
    train(network, batches_of(trained), batches_of(held), options)
    return 0


def _pack(network: VerifierNetwork, tokenizer: Tokenizer, options: argparse.Namespace) -> None:
    """Write the weights in 8 bits, with the weights of rules and verifier fitted for these quantised ones."""
    from eval.bench.data import folder_of
    from rag.config import read_settings
    from rag.models.embedding import load
    from rag.models.reader import PackedWeights, write_weights
    from rag.models.verifier import FORMAT, NetworkVerifier

    network.load_state_dict(torch.load(options.folder / CHECKPOINT, weights_only=True)["network"])
    arrays = {name: one.detach().numpy() for name, one in network.named_parameters()}
    described = {"name": NAME, "version": options.version}
    write_weights(options.pack, arrays, described, FORMAT)
    packed = {name: torch.from_numpy(one) for name, one in PackedWeights(options.pack, FORMAT).tensors().items()}
    network.load_state_dict(packed)
    verifier = NetworkVerifier(NAME, "", tokenizer, network.eval())
    weights = fitted(fit_rows(folder_of(None)), verifier, load(read_settings()))
    logger.info("fitted: %s", weights)
    write_weights(options.pack, arrays, {**described, "weights": weights}, FORMAT)


if __name__ == "__main__":
    sys.exit(main())
