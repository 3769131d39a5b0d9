"""The gate, the comparison of two runs, and the calibration of silence, on numbers worked by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.calibrate import applied, fit_thresholds, not_fitted, split_records, table, threshold
from eval.compare import baseline_of, differences, failures, flips
from eval.metrics import mean
from eval.records import Record, SearchRecord
from eval.report.markdown import compared, comparison_table
from eval.report.markdown import table as rows
from rag.errors import BadInput

ONES, HALF = [1.0] * 40, [1.0, 0.0] * 20


def report(**measures: list[float]) -> dict[str, Any]:
    """A report whose measures have these values, one for each question."""
    found: dict[str, Any] = {group: {} for group in ("retrieval", "answers", "citations", "abstention", "cost")}
    found["questions"] = {}
    for name, values in measures.items():
        group, _, measure = name.partition("__")
        found[group][measure] = mean(values).json()
        for number, value in enumerate(values):
            found["questions"].setdefault(f"q{number}", {})[f"{group}.{measure}"] = value
    return found


def names(*given: Any) -> list[str]:
    return [failure.name for failure in failures(*given)]


def test_a_bound_fails_only_beyond_the_interval() -> None:
    half = report(answers__contains=HALF)
    high = half["answers"]["contains"]["high"]
    assert 0.6 < high < 0.7
    assert names(half, {"answers.contains": 0.6}) == []
    assert names(half, {"answers.contains": 0.7}) == ["answers.contains"]
    assert names(half, {"contains": 0.7}) == ["answers.contains"]


def test_an_error_rate_fails_above_its_bound() -> None:
    half = report(abstention__false_answers=HALF)
    assert names(half, {"false_answers": 0.4}) == []
    assert names(half, {"false_answers": 0.3}) == ["abstention.false_answers"]
    assert names(report(abstention__false_answers=[0.0] * 40), {"false_answers": 0.0}) == []


def test_a_run_passes_against_itself_and_fails_for_what_fell() -> None:
    before = report(answers__contains=ONES, retrieval__mrr=HALF, cost__total_ms=[1.0] * 40)
    after = report(answers__contains=HALF, retrieval__mrr=HALF, cost__total_ms=[9.0] * 40)
    assert names(before, {}, before) == []
    assert names(after, {}, before) == ["answers.contains"]
    assert names(before, {}, after) == []
    assert names(after, {"retrieval.mrr": None}, before) == []


def test_a_bound_of_one_measure_does_not_put_the_baseline_aside() -> None:
    before, after = (report(answers__contains=values, retrieval__mrr=HALF) for values in (ONES, HALF))
    assert names(after, {"mrr": 0.1}, before) == ["answers.contains"]
    assert names(after, {"mrr": None, "contains": 0.1}, before) == []


def test_a_bound_of_a_baseline_that_lacks_the_measure_is_refused() -> None:
    lacks = report(retrieval__mrr=HALF)
    with pytest.raises(BadInput, match=r"baseline has no answers\.contains"):
        failures(report(answers__contains=ONES, retrieval__mrr=HALF), {"contains": None}, lacks)


def test_a_cost_has_a_bound_where_one_is_given() -> None:
    slow = report(cost__total_ms=[9.0] * 40)
    assert names(slow, {"total_ms": 8.0}) == names(slow, {"cost.total_ms": 8.0}) == ["cost.total_ms"]
    assert names(slow, {"total_ms": 10.0}) == []


def test_pairs_tell_a_small_loss_that_intervals_hide() -> None:
    before = [0.1 * (number % 10) + 0.05 for number in range(40)]
    after = [value - 0.04 for value in before]
    falls = report(retrieval__mrr=after)
    assert names(falls, {}, report(retrieval__mrr=before)) == ["retrieval.mrr"]
    others = report(retrieval__mrr=before)
    others["questions"] = {}
    assert names(falls, {}, others) == []


def test_chance_is_no_loss() -> None:
    before, after = [1.0, 0.0] * 20, [0.0, 1.0] * 19 + [1.0, 0.0]
    assert names(report(answers__contains=after), {}, report(answers__contains=before)) == []


def test_a_quote_that_is_no_slice_fails_whatever_the_bounds() -> None:
    bad = report(citations__quote_validity=[1.0] * 39 + [0.5], answers__contains=ONES)
    assert names(bad, {"contains": 0.1}) == ["citations.quote_validity"]


def test_a_measure_that_is_gone_or_not_defined_fails() -> None:
    assert names(report(answers__f1=ONES), {}, report(answers__contains=ONES)) == ["answers.contains"]
    assert names(report(answers__contains=[]), {"contains": 0.1}) == ["answers.contains"]


@pytest.mark.parametrize(
    ("bounds", "told"), [({"recal@5": 0.5}, "no single measure 'recal@5'"), ({"contains": None}, "has no bound")]
)
def test_a_bound_that_means_nothing_is_refused(bounds: dict[str, float | None], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        failures(report(answers__contains=ONES), bounds)


def test_two_runs_are_compared_in_pairs_worst_first() -> None:
    before = report(answers__contains=[1.0, 0.0, 1.0, 1.0], abstention__wrong=[0.0, 1.0, 0.0, 0.0])
    after = report(answers__contains=[1.0, 1.0, 0.0, 0.0], abstention__wrong=[0.0, 0.0, 1.0, 1.0])
    changes = {one.name: one.change for one in differences(before, after)}
    assert changes["answers.contains"].mean == pytest.approx(-1 / 4)
    assert changes["abstention.wrong"].mean == pytest.approx(1 / 4)
    assert [(one.question, one.loss) for one in flips(before, after)] == [("q2", 1.0), ("q3", 1.0), ("q1", -1.0)]
    assert "q2: answers.contains 1 → 0" in comparison_table(differences(before, after), flips(before, after))


def test_better_and_worse_are_said_only_beyond_chance() -> None:
    (same,) = differences(report(answers__f1=HALF), report(answers__f1=HALF))
    (fell,) = differences(report(answers__f1=ONES), report(answers__f1=HALF))
    (rose,) = differences(report(abstention__wrong=HALF), report(abstention__wrong=[0.0] * 40))
    assert (same.better, fell.better, rose.better) == (None, False, True)


def test_runs_of_other_questions_are_not_compared() -> None:
    other = report(answers__f1=ONES)
    other["questions"] = {"elsewhere": {"answers.f1": 1.0}}
    with pytest.raises(BadInput, match="no question in common"):
        differences(report(answers__f1=ONES), other)


def test_a_comparison_says_whether_it_is_of_all_questions() -> None:
    one, other = ({"set": {"name": name, "sha256": name}, **report(answers__f1=HALF)} for name in ("one", "other"))
    assert compared(one, one) == "40 questions of one."
    assert "different sets: 40 of one, then 40 of other. The comparison uses the 40 " in compared(one, other)
    fewer = {**one, "questions": {"q0": {}, "elsewhere": {}}}
    assert "40 of one, then 2 of one. The comparison uses the 1 " in compared(one, fewer)


def test_a_tag_cannot_part_the_columns_of_a_table() -> None:
    heading, _, row = rows("tag", {"a|b": {"questions": {"n": 1}}})
    assert row.replace(r"\|", "").count("|") == heading.count("|")


def record(number: int, score: float | None, *, answerable: bool, direction: str = "ar-ar") -> Record:
    nothing: Any = {
        name: [] for name in ("passages", "articles", "sentences", "passage_units", "article_units", "span_units")
    }
    return Record(
        id=f"{direction}-{answerable}-{number}",
        question="؟",
        language="ar" if direction.startswith("ar") else "en",
        direction=direction,
        answerable=answerable,
        search=SearchRecord(**nothing, score=score, milliseconds=1.0),
        refused=False,
    )


def records(direction: str = "ar-ar", shift: float = 0.0) -> list[Record]:
    """Answerable ones score 0.50 to 0.99, unanswerable ones 0.30 to 0.79, a hundredth apart."""
    found = [record(number, shift + 0.5 + number / 100, answerable=True, direction=direction) for number in range(50)]
    return found + [record(n, shift + 0.3 + n / 100, answerable=False, direction=direction) for n in range(50)]


def test_the_threshold_is_the_highest_that_refuses_no_more_than_allowed() -> None:
    scores = [number / 10 for number in range(10)]
    assert threshold(scores, 0.0) == 0.0
    assert threshold(scores, 0.1) == 0.1
    assert threshold(scores, 0.19) == 0.1
    assert threshold([0.5] * 10, 0.5) == 0.5


def test_each_direction_gets_its_own_threshold_with_both_rates() -> None:
    fitted = fit_thresholds([*records(), *records("en-ar", shift=-0.1)], false_refusals=0.1)
    # A tenth of the 50 answerable ones lies below .55; of the unanswerable ones .55 to .79 are let through: 25 of 50.
    assert fitted["ar-ar"].min_score == pytest.approx(0.55)
    assert (fitted["ar-ar"].false_refusals, fitted["ar-ar"].false_answers) == (0.1, 0.5)
    assert fitted["en-ar"].min_score == pytest.approx(0.45)
    assert (fitted["ar-ar"].answerable, fitted["ar-ar"].unanswerable) == (50, 50)


def test_the_rates_on_other_questions_are_shown_beside_those_it_was_fitted_on() -> None:
    fitted = fit_thresholds(records(), 0.1)
    elsewhere = applied(fitted, records(shift=-0.2))
    # Shifted down by .2, answerable ones of .30 to .79 meet .55: 25 of 50 are refused.
    assert elsewhere["ar-ar"].false_refusals == 0.5
    assert elsewhere["ar-ar"].min_score == fitted["ar-ar"].min_score
    told = table({"here": fitted, "elsewhere": elsewhere})
    assert "| ar-ar | 0.550 | 50 + 50 | 10.0% | 50.0% | here |" in told
    # Of the shifted unanswerable ones, .10 to .59, those of .55 to .59 are let through: 5 of 50.
    assert "| ar-ar | 0.550 | 50 + 50 | 50.0% | 10.0% | elsewhere |" in told


def test_what_is_held_out_is_not_fitted_on_and_is_the_same_each_time() -> None:
    fitting, held = split_records(records(), 0.3)
    assert 15 < len(held) < 45
    assert {one.id for one in fitting}.isdisjoint(one.id for one in held)
    assert split_records(records(), 0.3) == (fitting, held)
    assert split_records(records(), 0.0) == (records(), [])


def test_a_rate_of_no_questions_is_not_told_and_a_direction_without_a_threshold_is() -> None:
    fitted = fit_thresholds(records(), 0.1)
    answerable = [one for one in records() if one.answerable]
    assert "| ar-ar | 0.550 | 50 + 0 | 10.0% | – | here |" in table({"here": applied(fitted, answerable)})
    assert not_fitted(fitted, [*records(), *records("en-ar")[:50]]) == "en-ar 50 and 0"
    assert not_fitted(fitted, records()) == ""


def test_a_baseline_keeps_what_is_compared_and_no_cost() -> None:
    kept = baseline_of({"version": 1, "set": {}, **report(answers__contains=HALF, cost__total_ms=ONES)})
    assert kept["questions"]["q0"] == {"answers.contains": 1.0}
    assert kept["cost"] == {}
    assert names(report(answers__contains=[0.0] * 40), {}, kept) == ["answers.contains"]


def test_too_few_questions_fit_nothing_and_say_so() -> None:
    few = [record(number, 0.5, answerable=True) for number in range(50)]
    with pytest.raises(BadInput, match=r"ar-ar 50 and 0.*--take-out"):
        fit_thresholds(few)


def test_a_question_that_finds_nothing_is_below_every_threshold() -> None:
    lost = [record(number, None, answerable=False) for number in range(50)]
    fitted = fit_thresholds([*records()[:50], *lost], 0.0)
    assert fitted["ar-ar"].false_answers == 0.0
    json.dumps(fitted["ar-ar"].min_score, allow_nan=False)


def test_what_names_a_figure_that_no_article_states_is_below_every_threshold() -> None:
    unstated = [one.model_copy(update={"unstated": True}) for one in records() if not one.answerable]
    fitted = fit_thresholds([*records()[:50], *unstated], 0.0)
    assert (fitted["ar-ar"].min_score, fitted["ar-ar"].false_answers) == (0.5, 0.0)


def test_reports_are_read_from_a_folder_or_a_file_and_anything_else_is_refused(tmp_path: Path) -> None:
    from eval.run import read_report

    whole = {"version": 1, **report(answers__f1=ONES)}
    (tmp_path / "report.json").write_text(json.dumps(whole))
    assert read_report(tmp_path) == read_report(tmp_path / "report.json") == whole
    for wrong in ({**whole, "version": 99}, {"version": 1, "calibrations": {}}, [whole]):
        (tmp_path / "report.json").write_text(json.dumps(wrong))
        with pytest.raises(BadInput, match="not a report of this version"):
            read_report(tmp_path)
    with pytest.raises(BadInput, match="not a report"):
        read_report(tmp_path / "nowhere")
