"""True and falsified claims, by hand, and what the checks make of them."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verify.claims import ClaimVerdict, check

CLAIMS = [
    json.loads(line) for line in (Path(__file__).parents[1] / "data" / "claims.jsonl").read_text("utf-8").splitlines()
]
GENEVA = 'وقال لافروف إن ذلك ورد في "بيان جنيف" الصادر في 30 حزيران/ يونيو عام 2012.'
OIL = "صدّر العراق 3.3 مليون برميل يوميا، بزيادة 12 في المئة."


def verdict(claim: str, *quotes: str, **options: object) -> ClaimVerdict:
    return check(claim, quotes, similarity=None, min_similarity=0.84, **options)  # type: ignore[arg-type]


def found(claim: str, *quotes: str) -> list[tuple[str, str]]:
    return [(problem.kind, problem.span.of(claim)) for problem in verdict(claim, *quotes).problems]


@pytest.mark.parametrize(
    ("claim", "problems"),
    [
        ("صدر بيان جنيف في ٣٠ حزيران ٢٠١٢ [1].", []),
        ("The Geneva statement was issued on June 30, 2012 [12].", []),
        ("صدر بيان جنيف في 30 تموز 2012.", [("date", "30 تموز 2012")]),
        ("صدر بيان جنيف في 30 حزيران 2013.", [("date", "30 حزيران 2013")]),
        ("صدر بيان فيينا عام 2012.", [("name", "فيينا")]),
        ("صدر 30 بيانا في جنيف.", [("figure", "30")]),
    ],
)
def test_a_date_is_supported_in_each_part_that_the_claim_states(claim: str, problems: list[tuple[str, str]]) -> None:
    assert found(claim, GENEVA) == problems


@pytest.mark.parametrize(
    ("claim", "problems"),
    [
        ("صدر العراق ٣٫٣ ملايين برميل.", []),
        ("زاد العراق صادراته بنسبة اثني عشر بالمئة.", []),
        ("Iraq exported 3.3 million barrels, up 12%.", []),
        ("صدر العراق 3.4 مليون برميل.", [("figure", "3.4 مليون")]),
        ("صدر العراق 3.3 مليار برميل.", [("figure", "3.3 مليار")]),
        ("صدر العراق 12 مليون برميل.", [("figure", "12 مليون")]),
        ("Iraq exported 12 barrels.", [("figure", "12")]),
    ],
)
def test_a_figure_is_supported_in_value_scale_and_sense(claim: str, problems: list[tuple[str, str]]) -> None:
    assert found(claim, OIL) == problems


def test_a_claim_without_a_quote_is_unsupported() -> None:
    judged = verdict("التقى بوتين المعلم.")
    assert (judged.support, judged.score, [problem.kind for problem in judged.problems]) == (
        "unsupported",
        0.0,
        ["citation"],
    )


def test_a_claim_that_states_nothing_is_unsupported() -> None:
    assert [problem.kind for problem in verdict("[1] …", OIL).problems] == ["citation"]


def test_any_of_several_quotes_may_support_a_part() -> None:
    assert verdict("صدر بيان جنيف عام 2012، وصدر العراق 3.3 مليون برميل.", GENEVA, OIL).support == "supported"


def test_too_little_similarity_is_a_problem_of_the_whole_claim() -> None:
    claim = "صدر العراق 3.3 مليون برميل."
    far = check(claim, [OIL], similarity=0.5, min_similarity=0.84)
    assert [(problem.kind, problem.span.of(claim)) for problem in far.problems] == [("similarity", claim)]
    assert check(claim, [OIL], similarity=0.9, min_similarity=0.84).support == "supported"


def test_the_score_falls_with_each_doubt_and_further_with_a_problem() -> None:
    scores = [
        check(claim, [OIL], similarity=similarity, min_similarity=0.84).score
        for claim, similarity in (
            ("صدّر العراق 3.3 مليون برميل يوميا.", 0.95),
            ("صدّر العراق 3.3 مليون برميل يوميا.", 0.88),
            ("صدّر العراق 3.4 مليون برميل يوميا.", 0.88),
            ("صدّر العراق 3.4 مليون برميل في تموز.", 0.88),
        )
    ]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


@pytest.mark.parametrize(("language", "start"), [("ar", "الرقم «7 مليون»"), ("en", "The figure “7 مليون”")])
def test_a_message_is_in_the_language_of_the_reader(language: str, start: str) -> None:
    [problem] = verdict("صدر العراق 7 مليون برميل.", OIL, language=language).problems
    assert problem.message.startswith(start)


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_claim_gets_a_verdict_with_spans_inside_it(claim: str, quote: str) -> None:
    judged = verdict(claim, quote)
    assert 0 <= judged.score <= 1
    assert (judged.support == "supported") == (not judged.problems)
    assert all(0 <= problem.span.start <= problem.span.end <= len(claim) for problem in judged.problems)


@given(st.sampled_from(sorted({row["quote"] for row in CLAIMS})))
def test_a_quote_supports_itself(quote: str) -> None:
    assert verdict(quote, quote).support == "supported"


def test_a_verdict_takes_under_twenty_milliseconds() -> None:
    verdict("التقى بوتين المعلم في Moscow.", GENEVA)  # the tables are read once
    started = time.process_time()
    for row in CLAIMS:
        verdict(row["claim"], row["quote"])
    assert (time.process_time() - started) / len(CLAIMS) < 0.02


@pytest.mark.parametrize("split", ["dev", "held-out"])
def test_no_falsified_claim_of_the_set_passes_and_few_true_ones_are_lost(split: str) -> None:
    rows = [row for row in CLAIMS if row["split"] == split]
    supported = Counter(row["kind"] for row in rows if verdict(row["claim"], row["quote"]).support == "supported")
    true = sum(row["kind"] == "true" for row in rows)
    assert {kind: count for kind, count in supported.items() if kind != "true"} == {}
    assert supported["true"] >= 0.75 * true
