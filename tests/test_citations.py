"""A citation is a slice of the source file, or it does not exist."""

import pytest
from builders import article, found
from hypothesis import given
from hypothesis import strategies as st

from rag.citations import Ledger, cited_numbers, verbatim, without_markers
from rag.retrieve.evidence import select
from rag.types import Citation, Span

TEXT = "التقى بوتين المعلم في سوتشي. قُتل 12 شخصًا ولم يُصب أحد. زار ٣٠٠ وفد مدينة حلب."
SPAN = Span(29, 56)
QUOTE = "قُتل 12 شخصًا ولم يُصب أحد."


def test_the_quote_of_a_span_is_a_citation() -> None:
    assert Citation(1, article(TEXT), SPAN, QUOTE).quote == QUOTE


@pytest.mark.parametrize(
    "altered",
    [
        pytest.param("قُتل 13 شخصًا ولم يُصب أحد.", id="another figure"),
        pytest.param("قُتل ١٢ شخصًا ولم يُصب أحد.", id="the same figure in other digits"),
        pytest.param("قُتل 12 شخصًا وقد يُصب أحد.", id="a negation turned round"),
        pytest.param("قتل 12 شخصا ولم يصب أحد.", id="vowel marks left out"),
        pytest.param("قُتل 12 شخصًا ولم يُصب احد.", id="another form of alef"),
        pytest.param("قُتل 12 شخصًا  ولم يُصب أحد", id="white space for the full stop"),
        pytest.param("قُتل 12 شخصًا ولم يُصب أحد. ", id="one space more"),
        pytest.param("قُتل 12 شخصًا ولم يُصب أحـد.", id="a tatweel more"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_quote_that_differs_from_the_file_is_refused(altered: str) -> None:
    with pytest.raises(ValueError, match="differs from the source text"):
        Citation(1, article(TEXT), SPAN, altered)


@pytest.mark.parametrize("name", ["لافروف", "بوتن", "بوتين‎", "Putin"])
def test_a_swapped_name_is_refused(name: str) -> None:
    quote = TEXT[0:28]
    assert "بوتين" in quote
    with pytest.raises(ValueError, match="differs from the source text"):
        Citation(1, article(TEXT), Span(0, 28), quote.replace("بوتين", name))


@pytest.mark.parametrize("span", [Span(5, 5), Span(6, 5), Span(-3, 5), Span(0, len(TEXT) + 1), Span(10_000, 10_001)])
def test_a_span_that_is_empty_or_outside_the_text_is_refused(span: Span) -> None:
    with pytest.raises(ValueError, match="invalid span"):
        Citation(1, article(TEXT), span, TEXT[span.start : span.end])


def test_a_mark_outside_its_quote_is_refused() -> None:
    with pytest.raises(ValueError, match="mark"):
        Citation.cut(1, article(TEXT), SPAN, Span(0, 5))


@given(text=st.text(alphabet="سلامٌ ّ😀\r\n‏ab1٣.", min_size=1), data=st.data())
def test_whatever_is_cut_is_the_slice_and_any_other_text_is_refused(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    one = article(text)
    citation = Citation.cut(1, one, Span(start, end))
    assert citation.quote == one.text[start:end]
    other = data.draw(st.text(alphabet="سلامٌ ّ😀\r\n‏ab1٣.", max_size=len(citation.quote) + 1))
    if other != citation.quote:
        with pytest.raises(ValueError, match="differs from the source text"):
            Citation(1, one, Span(start, end), other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("التقيا في سوتشي [1].", [1]),
        ("They met [2][3].", [2, 3]),
        ("They met [1, 3].", [1, 3]),
        ("التقيا [٢].", [2]),
        ("They met 【4】.", [4]),
        ("In [1] and again [1].", [1]),
        ("In 2012 they met (5).", []),
        ("They met [1-3].", [1, 2, 3]),
        ("They met [1-900].", [1, 900]),
        ("They met [12345].", [12345]),
    ],
)
def test_numbers_are_read_in_the_forms_that_models_write(text: str, expected: list[int]) -> None:
    assert cited_numbers(text) == expected


def test_a_sentence_without_its_markers_keeps_its_words() -> None:
    assert without_markers("They met in Sochi [1][2].") == "They met in Sochi."


def test_a_bracketed_number_of_the_source_cannot_pass_for_a_citation() -> None:
    shown = verbatim("كما ورد في المرجع [3] أمس")
    assert cited_numbers(shown) == []
    assert shown.replace("\u2060", "") == "كما ورد في المرجع [3] أمس"


@pytest.mark.parametrize("text", ["Putin [[9]7] met him.", "Putin [1][2] met him [3, 4].", "They met [12345]."])
def test_no_marker_is_left_in_a_sentence_without_its_markers(text: str) -> None:
    assert cited_numbers(without_markers(text)) == []


def test_a_bidi_override_that_a_source_leaves_open_is_closed_behind_it() -> None:
    assert verbatim("قال \u202eنعم") == "قال \u202eنعم\u202c"
    assert verbatim("\u2067نعم\u2069") == "\u2067نعم\u2069"


def test_a_number_without_evidence_is_rejected_and_counted() -> None:
    evidence = select(found(article(TEXT)), 3)
    ledger = Ledger(evidence)
    known, rejected = ledger.sort([2, 9, 0])
    assert [item.number for item in known] == [2]
    assert [item.number for item in rejected] == [9, 0]
    assert ledger.rejected == rejected


def test_citations_are_numbered_by_their_appearance_in_the_answer() -> None:
    evidence = select(found(article(TEXT)), 3)
    ledger = Ledger(evidence)
    assert ledger.cite(evidence[2])[0].number == 1
    assert ledger.cite(evidence[0])[0].number == 2
    assert ledger.cite(evidence[2]) == (ledger.citations[0], False)
