"""Ranking measures against ir_measures, which calls trec_eval; and what a ranking of units counts once."""

from __future__ import annotations

import random

import ir_measures
import pytest
from ir_measures import RR, Measure, R, Success, nDCG

from eval.metrics import CUTS, Ranking

ORACLES = {"recall": R, "hit_rate": Success, "ndcg": nDCG}


def random_run(seed: int) -> tuple[dict[str, float], dict[str, int]]:
    """Scores with many ties, and graded judgements of documents, some of which the run has not."""
    chance = random.Random(seed)
    run = {f"d{number:02}": round(chance.random(), 1) for number in range(chance.randint(0, 30))}
    judged = {f"d{number:02}": chance.randint(0, 3) for number in chance.sample(range(40), chance.randint(1, 12))}
    return run, judged


def as_trec(run: dict[str, float]) -> list[str]:
    """The order in which trec_eval reads a run: by score, equal ones by name, both falling."""
    return sorted(run, key=lambda name: (run[name], name), reverse=True)


@pytest.mark.parametrize("seed", range(60))
def test_measures_are_those_of_trec_eval_on_ties_missing_and_graded_judgements(seed: int) -> None:
    run, judged = random_run(seed)
    relevant = {name: grade for name, grade in judged.items() if grade > 0}
    units = list(relevant)
    covered = [{units.index(name)} if name in relevant else set() for name in as_trec(run)]
    ours = Ranking.of(covered, [relevant[name] for name in units]).measures()
    if not relevant:
        assert set(ours.values()) == {None}
        return
    for k in CUTS:
        for name, oracle in ORACLES.items():
            assert ours[f"{name}@{k}"] == pytest.approx(value(oracle @ k, judged, run), abs=1e-9), (name, k)
        # ir_measures takes RR@k from another tool, which orders ties its own way: trec_eval has it without a cut-off.
        first = {name: run[name] for name in as_trec(run)[:k]}
        assert ours[f"mrr@{k}"] == pytest.approx(value(RR, judged, first), abs=1e-9), k


def value(measure: Measure, judged: dict[str, int], run: dict[str, float]) -> float:
    return ir_measures.calc_aggregate([measure], {"q": judged}, {"q": run or {"none": 0.0}})[measure]


def test_a_question_that_finds_nothing_counts_as_zero_and_not_as_absent() -> None:
    assert set(Ranking.of([], [1, 1]).measures().values()) == {0.0}


def test_a_unit_counts_once_at_its_first_rank() -> None:
    ranking = Ranking.of([{0}, {0}, {1}], [1, 1])
    assert ranking.grades == (1, 0, 1)
    assert ranking.recall(2) == 1 / 2
    assert ranking.recall(3) == 1.0


def test_units_that_one_rank_covers_are_one() -> None:
    ranking = Ranking.of([set(), {0, 1}], [1, 2, 1])
    assert ranking.grades == (0, 2)
    assert ranking.recall(2) == 1 / 2
    assert ranking.reciprocal_rank(5) == 1 / 2
    assert ranking.ideal == (2, 1)
