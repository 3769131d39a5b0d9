"""Training batches of token ids with targets: each question with the passage that answers it, and with negatives.

The stream of batches depends only on the seed and the number of the round, so that a stopped run resumes exactly.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import torch

from rag.models.reader import QUESTION_TOKENS, SPECIAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tokenizers import Tokenizer

    from eval.training.examples import Example, Negatives, TrainingText

BEGIN, PAD, END = SPECIAL
GROUPS_A_ROUND: Final = 48
"""Number of groups drawn at once and sorted by length, which reduces padding."""


class TrainingRow(NamedTuple):
    """One question with one passage: token ids, indices of the answer's first and last token, start of the passage.

    The indices are (0, 0) for the null answer.
    """

    ids: list[int]
    first: int
    last: int
    base: int
    question: int
    """The number of the question within its batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of a batch: `ids`, `mask` and `allowed` have shape (rows, tokens); the others have shape (rows,).

    `allowed` marks the tokens of the passage and of the null answer. `answers` marks the rows that contain the answer.
    Rows of one `question` are adjacent.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    allowed: torch.Tensor
    first: torch.Tensor
    last: torch.Tensor
    question: torch.Tensor

    @property
    def answers(self) -> torch.Tensor:
        return self.first > 0


@dataclass(frozen=True, slots=True)
class Mix:
    """Sampling options: the weight of each source, the number of negatives per question, and the passage lengths.

    `negatives` and `passage_tokens` are sampled uniformly; `batch_tokens` limits rows × tokens of a batch.
    """

    weights: Mapping[str, float]
    negatives: tuple[int, ...] = (1, 1, 2, 3)
    passage_tokens: tuple[int, ...] = (140, 140, 140, 220)
    batch_tokens: int = 4000


class Batches:
    """An endless stream of batches, in rounds."""

    def __init__(
        self,
        by_source: Mapping[str, Sequence[Example]],
        negatives: Negatives,
        tokenizer: Tokenizer,
        mix: Mix,
        seed: int,
    ) -> None:
        self._by_source = {source: by_source[source] for source in mix.weights}
        self._negatives = negatives
        self._tokenizer = tokenizer
        self._mix = mix
        self._seed = seed

    def rounds(self, number: int) -> Iterator[tuple[int, Batch]]:
        """Yield batches from round `number` on, each with the number of its round."""
        while True:
            rng = random.Random(f"{self._seed}:{number}")  # noqa: S311 - not for security
            for batch in self._round(rng):
                yield number, batch
            number += 1

    def _round(self, rng: random.Random) -> list[Batch]:
        sources, weights = list(self._mix.weights), list(self._mix.weights.values())
        longest = rng.choice(self._mix.passage_tokens)
        groups: list[list[tuple[list[int], int, int, int]]] = []
        while len(groups) < GROUPS_A_ROUND:
            source = rng.choices(sources, weights)[0]
            group = self._group(rng, rng.choice(self._by_source[source]), longest)
            if group:
                groups.append(group)
        groups.sort(key=lambda group: max(len(row[0]) for row in group))
        batches: list[Batch] = []
        rows: list[TrainingRow] = []
        for number, group in enumerate(groups):
            longest_row = max(len(row[0]) for row in group)
            if rows and longest_row * (len(rows) + len(group)) > self._mix.batch_tokens:
                batches.append(_stacked(rows))
                rows = []
            rows += [TrainingRow(*row, number) for row in group]
        batches.append(_stacked(rows))
        rng.shuffle(batches)
        return batches

    def _group(self, rng: random.Random, example: Example, longest: int) -> list[tuple[list[int], int, int, int]]:
        """Return the rows of one question, the one with the answer first; empty if its answer has no tokens."""
        question = self._ids(example.question)[0][:QUESTION_TOKENS]
        own = self._row(rng, question, example.text, example, longest)
        if own is None:
            return []
        wanted = rng.choice(self._mix.negatives)
        proposals = list(self._negatives.of(example))
        # Top-ranked negatives are the hardest; sampling also from lower ranks adds variety.
        chosen = rng.sample(proposals[: 2 * wanted + 2], min(wanted, len(proposals[: 2 * wanted + 2])))
        others = (self._row(rng, question, text, None, longest) for text in chosen)
        return [own, *(row for row in others if row)]

    def _row(
        self, rng: random.Random, question: list[int], text: TrainingText, example: Example | None, longest: int
    ) -> tuple[list[int], int, int, int] | None:
        ids, offsets = self._ids(text.text)
        first = last = None
        low = rng.randint(0, max(0, len(ids) - longest)) if rng.random() < 0.5 else 0
        if example is not None and example.start is not None and example.end is not None:
            first = next((at for at, (_, end) in enumerate(offsets) if end > example.start), None)
            last = next((at for at in range(len(offsets) - 1, -1, -1) if offsets[at][0] < example.end), None)
            if first is None or last is None or not first <= last < first + longest:
                return None
            least, most = max(0, last + 1 - longest), min(first, max(0, len(ids) - longest))
            low = rng.randint(min(least, most), most)
        base = len(question) + 2
        window = ids[low : low + longest]
        row = [BEGIN, *question, END, *window, END]
        if first is None or last is None:
            return row, 0, 0, base
        return row, base + first - low, base + last - low, base

    def _ids(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return encoded.ids, encoded.offsets


def _stacked(rows: Sequence[TrainingRow]) -> Batch:
    length = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), length), PAD)
    mask = torch.zeros(len(rows), length, dtype=torch.long)
    allowed = torch.zeros(len(rows), length, dtype=torch.bool)
    for place, row in enumerate(rows):
        ids[place, : len(row.ids)] = torch.tensor(row.ids)
        mask[place, : len(row.ids)] = 1
        allowed[place, row.base : len(row.ids) - 1] = True
        allowed[place, 0] = True
    first, last, question = (torch.tensor([row[field] for row in rows]) for field in (1, 2, 4))
    return Batch(ids, mask, allowed, first, last, question)
