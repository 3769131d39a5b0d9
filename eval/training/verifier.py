"""``python -m eval.training.verifier``: train the verifier on pairs of `eval.training.claim_pairs`.

The reader's lower layers do not change, so their outputs are computed once and kept in memory; only the upper layers
and heads are trained, for a given time. Losses: the logistic loss of each pair, and of each token of the claims whose
wrong words are known.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import re
import sys
import time
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from rag.models.reader import SPECIAL
from rag.text.normalise import sound
from rag.types import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from eval.bench.claims import ClaimRow
    from eval.training.claim_pairs import ClaimPair
    from rag.models.embedding import Embedder
    from rag.models.reader_network import ReaderNetwork

LAYERS: Final = 4
"""Number of upper layers that the verifier has of its own; it shares the others with the reader."""
READ_CLAIM: Final = 96
READ_QUOTE: Final = 192
READ_BATCH: Final = 16
_WORD: Final = re.compile(r"\w+(?:['’.,]\w+)*")
CLAIM_TOKENS: Final = 64
QUOTE_TOKENS: Final = 96
BATCH_TOKENS: Final = 2048
CHECKPOINT: Final = "verifier.pt"
TOKEN_LOSS: Final = 1.0
"""Weight of the loss of the tokens."""
WRONG_WEIGHT: Final = 3.0
"""Weight of a wrong token; most are right."""
DEVELOPMENT: Final = 300
"""Number of pairs, the last of the file, that are measured and not trained on."""

logger = logging.getLogger("isnad.training")


# The network, and claims read with it.


class VerifierNetwork(nn.Module):
    """Upper layers and two heads over a reader's lower layers: is a claim borne out, and which of its tokens are not.

    The input is ``<s> claim </s> quote </s>``. The reader's encoder is used, not changed, and its parameters are not
    among this network's.
    """

    def __init__(self, reader: ReaderNetwork, layers: int = LAYERS) -> None:
        super().__init__()
        encoder = reader.encoder
        shared = len(encoder.encoder.layer) - layers
        self._lower = (encoder.embeddings, *encoder.encoder.layer[:shared])
        self.layers = nn.ModuleList(deepcopy(one) for one in encoder.encoder.layer[shared:])
        self.support = nn.Linear(encoder.config.hidden_size, 1)
        self.wrong = nn.Linear(encoder.config.hidden_size, 1)
        self.requires_grad_(requires_grad=True)

    def below(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Output of the shared layers, (batch, tokens, hidden), for `ids` and `mask` of shape (batch, tokens)."""
        hidden: torch.Tensor = self._lower[0](input_ids=ids)
        for layer in self._lower[1:]:
            hidden = layer(hidden, mask[:, None, None, :])
        return hidden

    def above(self, hidden: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits that the claim is borne out, (batch,), and that a token is not, (batch, tokens)."""
        for layer in self.layers:
            hidden = layer(hidden, mask[:, None, None, :])
        return self.support(hidden[:, 0]).squeeze(-1).float(), self.wrong(hidden).squeeze(-1).float()

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """As `above`, of token `ids`; `mask` is boolean."""
        return self.above(self.below(ids, mask), mask)


@dataclass(frozen=True, slots=True)
class Verified:
    """A claim read with its quote: logit that it is borne out, and for each word, (span, logit that it is not).

    Spans are in code points of the claim. Words beyond `READ_CLAIM` are missing.
    """

    support: float
    words: tuple[tuple[Span, float], ...]

    @property
    def least(self) -> float:
        """The logit of the least borne out word; -inf for a claim without words."""
        return max((logit for _, logit in self.words), default=float("-inf"))


@dataclass(frozen=True)
class NetworkVerifier:
    """A verifier with a torch network."""

    tokenizer: Tokenizer
    network: Any

    def verify(self, claims: Sequence[str], quotes: Sequence[str]) -> list[Verified]:
        """Read each claim with its quote, in order. Longer ones are cut to `READ_CLAIM` and `READ_QUOTE`."""
        begin, padding, end = SPECIAL
        encoded = []
        for place, (claim, quote) in enumerate(zip(claims, quotes, strict=True)):
            one = self.tokenizer.encode(sound(claim), add_special_tokens=False)
            other = self.tokenizer.encode(sound(quote), add_special_tokens=False).ids[:READ_QUOTE]
            both = [begin, *one.ids[:READ_CLAIM], end, *other, end]
            encoded.append((len(both), place, both, one.offsets[:READ_CLAIM]))
        encoded.sort()  # by length, to minimise padding
        found: dict[int, Verified] = {}
        for start in range(0, len(encoded), READ_BATCH):
            batch = encoded[start : start + READ_BATCH]
            ids = torch.full((len(batch), batch[-1][0]), padding)
            mask = torch.zeros(ids.shape, dtype=torch.bool)
            for row, (length, _, its, _) in enumerate(batch):
                ids[row, :length] = torch.tensor(its)
                mask[row, :length] = True
            with torch.inference_mode():
                support, wrong = (one.float().numpy() for one in self.network(ids, mask))
            for row, (_, place, _, offsets) in enumerate(batch):
                logits = [float(one) for one in wrong[row, 1 : 1 + len(offsets)]]
                found[place] = Verified(float(support[row]), tuple(by_word(claims[place], offsets, logits)))
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
    """`hidden` (rows, tokens, hidden size) is the output of the shared layers, in bfloat16.

    `mask`, `claim`, `known` and `wrong` have shape (rows, tokens), `true` (rows,). `claim` marks the tokens of the
    claim, `known` those of claims whose wrong words are known.
    """

    hidden: torch.Tensor
    mask: torch.Tensor
    claim: torch.Tensor
    known: torch.Tensor
    wrong: torch.Tensor
    true: torch.Tensor


def batch_of(network: VerifierNetwork, rows: Sequence[VerifierRow]) -> VerifierBatch:
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
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        hidden = network.below(ids, mask).to(torch.bfloat16)
    known = claim & torch.tensor([row.marked for row in rows])[:, None]
    return VerifierBatch(hidden, mask, claim, known, wrong, torch.tensor([float(row.true) for row in rows]))


def batches_of(network: VerifierNetwork, rows: Sequence[VerifierRow]) -> list[VerifierBatch]:
    """Batches of rows of similar length, with the output of the shared layers."""
    made: list[VerifierBatch] = []
    several: list[VerifierRow] = []
    begun = time.monotonic()
    for number, row in enumerate(sorted(rows, key=lambda one: len(one.ids))):
        if several and len(row.ids) * (len(several) + 1) > BATCH_TOKENS:
            made.append(batch_of(network, several))
            several = []
            if len(made) % 40 == 0:
                logger.info("%d of %d pairs below, %.0f s", number, len(rows), time.monotonic() - begun)
        several.append(row)
    return [*made, batch_of(network, several)] if several else made


def loss_of(network: VerifierNetwork, batch: VerifierBatch) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        support, wrong = network.above(batch.hidden, batch.mask)
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
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for batch in batches:
            support, wrong = network.above(batch.hidden, batch.mask)
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


# What a trained verifier adds to the rules.
#
# The fit is on the claims of `tune` whose articles are not trained on; reported are `held`, and the folds of ANS and
# FM2 that are kept for it.

MEASURED: Final = ("held", "ans", "fm2")


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """Claims with what the rules and the verifier say: `features` has shape (claims, 7), the rest (claims,)."""

    rows: Sequence[ClaimRow]
    true: NDArray[np.bool_]
    passes: NDArray[np.bool_]
    rules: NDArray[np.float64]
    support: NDArray[np.float64]
    least: NDArray[np.float64]

    @property
    def across(self) -> NDArray[np.float64]:
        return np.array([float(row.language != row.quote_language) for row in self.rows])

    @property
    def features(self) -> NDArray[np.float64]:
        """Log-odds of the rules, the verifier's logit, and that of the least borne out word, within a language and
        across; and whether across."""
        each = np.stack([self.rules, self.support, self.least], axis=1)
        across = self.across[:, None]
        return np.concatenate([each * (1 - across), each * across, across], axis=1)

    def of(self, chosen: NDArray[np.bool_]) -> JudgedRows:
        rows = [row for row, one in zip(self.rows, chosen, strict=True) if one]
        parts = (self.true, self.passes, self.rules, self.support, self.least)
        return JudgedRows(rows, *(one[chosen] for one in parts))  # type: ignore[arg-type]


def claim_rows(name: str, data: Path) -> list[ClaimRow]:
    """The claims of `tune` or `held`, or of the measured fold of ``ans`` or ``fm2``."""
    from eval.bench import claims
    from eval.training.claim_pairs import headlines, played
    from rag.types import Context

    if name in ("tune", "held"):
        return claims.read(name)
    found = (headlines if name == "ans" else played)(data, "measure")
    return [
        claims.ClaimRow(
            f"{name}-{number}",
            one.true,
            one.kind,
            one.languages[:2],
            one.languages[3:],
            one.claim,
            (one.quote,),
            (Context(),),
        )
        for number, one in enumerate(found)
    ]


def judged(rows: Sequence[ClaimRow], verifier: NetworkVerifier, embedder: Embedder) -> JudgedRows:
    """Judge claims by the rules of the product, and by the verifier."""
    from eval.bench import claims
    from rag.corpus import similarity_of
    from rag.retrieve.abstention import DEFAULT

    similarity = similarity_of(embedder)
    nearest = [max(similarity([row.claim] * len(row.quotes), list(row.quotes))) for row in rows]
    by_rules = claims.judge(rows, nearest, DEFAULT.min_similarity)
    read = verifier.verify([row.claim for row in rows], [" ".join(row.quotes) for row in rows])
    score = np.clip([one.verdict.score for one in by_rules], 1e-4, 1 - 1e-4)
    return JudgedRows(
        rows,
        np.array([row.true for row in rows]),
        np.array([one.passes for one in by_rules]),
        np.log(score / (1 - score)),
        np.array([one.support for one in read]),
        np.array([-max(one.least, -20.0) for one in read]),
    )


def fit_rows(data: Path) -> NDArray[np.bool_]:
    """Which claims of `tune` the fit may use: those whose articles the verifier was not trained on."""
    from eval.training.claim_pairs import CLAIMS, trained_titles

    trained = {f"xquad:{title}" for title in trained_titles(data)}
    lines = (CLAIMS / "tune.jsonl").read_text(encoding="utf-8").splitlines()
    return np.array([trained.isdisjoint(json.loads(line)["sources"]) for line in lines])


def table(name: str, one: JudgedRows, fitted: Sequence[float]) -> str:
    """As Markdown: areas under the curve, and false claims passed where as many true ones are lost, by direction."""
    from eval.metrics import roc_area

    both = one.features @ np.array(fitted[1:]) + fitted[0]
    lines = [
        f"| {name} | true | false | area: rules | verifier | its words | both | rules: true lost | false passed "
        "| both, at that loss | rules, at 10% lost | both |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    directions = np.array([row.direction for row in one.rows])
    for direction in ("all", *sorted(set(directions))):
        mine = np.ones(len(directions), bool) if direction == "all" else directions == direction
        true, false = mine & one.true, mine & ~one.true
        if not true.any() or not false.any():
            continue
        areas = [roc_area(each[true], each[false]) for each in (one.rules, one.support, one.least, both)]
        lost = 1 - one.passes[true].mean()
        passed = [(each[false] >= np.quantile(each[true], share)).mean()
                  for each, share in ((both, lost), (one.rules, 0.1), (both, 0.1))]  # fmt: skip
        cells = [f"{area:.3f}" for area in areas]
        cells += [f"{share:.1%}" for share in (lost, one.passes[false].mean(), *passed)]
        lines.append(f"| {direction} | {true.sum()} | {false.sum()} | {' | '.join(cells)} |")
    return "\n".join(lines)


def measure_claims(verifier: NetworkVerifier, embedder: Embedder, data: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield a table for `tune`, on which rules and verifier are weighed, and for each of the named sets."""
    from eval.training.weighing import fit_logistic

    tune = judged(claim_rows("tune", data), verifier, embedder).of(fit_rows(data))
    fitted = fit_logistic(tune.features, tune.true)
    yield f"weights: {[round(one, 2) for one in fitted]}"
    yield table("tune", tune, fitted)
    for name in names:
        yield table(name, judged(claim_rows(name, data), verifier, embedder), fitted)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.training.verifier", description=__doc__)
    parser.add_argument("pairs", type=Path, help="pairs made by eval.training.claim_pairs")
    parser.add_argument("folder", type=Path, help="folder of the checkpoint")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--layers", type=int, default=LAYERS, help="trained layers; 0: the heads alone")
    parser.add_argument("--longest", type=int, default=CLAIM_TOKENS + QUOTE_TOKENS + 3, help="tokens of a pair at most")
    parser.add_argument("--limit", type=int, default=0, help="train on this many pairs; 0: all")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--measure", nargs="*", choices=MEASURED, help="instead of training, measure the checkpoint on these claims"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)

    from eval.training.claim_pairs import read
    from rag.config import read_settings
    from rag.models import bundled
    from rag.models.reader import load_shipped

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    reader, _ = load_shipped(bundled.load_encoder(read_settings().models_dir))
    network = VerifierNetwork(reader.network, options.layers)
    if options.measure is not None:
        _measure(network, reader.tokenizer, options)
        return 0
    rows = [row_of(pair, reader.tokenizer) for pair in read(options.pairs)]
    rows = [row for row in rows if len(row.ids) <= options.longest]
    trained, held = rows[:-DEVELOPMENT], rows[-DEVELOPMENT:]
    if options.limit:
        trained = trained[: options.limit]
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "plan.json").write_text(json.dumps({**vars(options), "pairs": len(trained)}, default=str))
    network.train()
    train(network, batches_of(network, trained), batches_of(network, held), options)
    return 0


def _measure(network: VerifierNetwork, tokenizer: Tokenizer, options: argparse.Namespace) -> None:
    from eval.bench.data import folder_of
    from rag.config import read_settings
    from rag.models.embedding import load

    network.load_state_dict(torch.load(options.folder / CHECKPOINT, weights_only=True)["network"])
    verifier = NetworkVerifier(tokenizer, network.eval())
    for lines in measure_claims(verifier, load(read_settings()), folder_of(None), options.measure):
        sys.stdout.write(f"{lines}\n\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
