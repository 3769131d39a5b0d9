"""Compare: what each outlet's articles answer, and where their figures, dates and names agree or differ."""

from __future__ import annotations

from pathlib import Path
from threading import Event as Cancel
from typing import Any

import pytest
from builders import alike, article, points, says
from fake_vectors import FakeEmbedder
from views_archive import AGENCY, BOOM, DAILY, EREM, REUTERS, ROWS, SANA, real_views_corpus, views_corpus, write_rows

from rag.config import Settings
from rag.corpus import ingest_folder, open_corpus
from rag.errors import BadInput
from rag.generate.answer import Answerer
from rag.generate.compare import ComparedOutlet, Comparison, compare, outlets_of, same_value, value_of
from rag.text.names import NONE, OwnNames
from rag.types import Citation, Filters, Span

DEAD = "كم عاملا قتل workers؟"
VISIT = "ماذا زار المقداد Mekdad؟"
WHERE = "أين كان المقداد Mekdad؟"


def holds(made: Comparison) -> None:
    """Every cell is a slice of an article of its outlet."""
    texts = {row["text"] for row in ROWS}
    for row in made.rows:
        assert [cell.outlet for cell in row.cells] == [one.name for one in made.outlets]
        for cell in row.cells:
            if cell.citation is None:
                assert (cell.status, cell.short, cell.text, cell.group) == ("nothing_found", None, "", None)
                continue
            assert cell.citation.outlet == cell.outlet
            assert any(cell.citation.quote in text for text in texts)
            assert cell.short is None or cell.text in cell.citation.quote


def cells(made: Comparison, row: int = 0) -> dict[str, tuple[str, int | None]]:
    return {cell.outlet: (cell.text, cell.group) for cell in made.rows[row].cells}


def test_each_outlet_answers_from_its_own_articles_and_equal_figures_are_one_group(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("12 عاملا", "14 عاملا", "Twelve workers")) as corpus:
        seen: list[tuple[int, int]] = []
        made = compare(corpus, [DEAD], progress=lambda done, of: seen.append((done, of)))
    holds(made)
    assert [(one.name, one.articles) for one in made.outlets] == [
        (SANA, 3), (DAILY, 2), (BOOM, 2), (EREM, 2), (REUTERS, 2), (AGENCY, 1)
    ]  # fmt: skip
    assert cells(made) == {
        SANA: ("12 عاملا", 0),
        DAILY: ("Twelve workers", None),  # whether workers are what the others count, code cannot tell
        BOOM: ("12 عاملا", 0),
        EREM: ("", None),
        REUTERS: ("14 عاملا", 1),
        AGENCY: ("12 عاملا", 0),
    }
    assert made.rows[0].agreement == "differ"
    assert (made.left_out, made.unnamed, made.cut) == ((), 0, False)
    assert seen == [(done, 6) for done in range(1, 7)]


def test_several_questions_are_rows_and_named_outlets_the_columns(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("فيصل المقداد", "Faisal Mekdad", "12 عاملا")) as corpus:
        made = compare(corpus, [VISIT, DEAD], outlets=[EREM, DAILY, SANA], filters=Filters(published_to="2016-05-04"))
    holds(made)
    assert [(one.name, one.articles) for one in made.outlets] == [(EREM, 1), (DAILY, 1), (SANA, 2)]
    assert cells(made)[EREM] == ("زار فيصل المقداد العاصمة موسكو والتقى نظيره الروسي.", None)  # what: no words lead
    assert cells(made, 1) == {EREM: ("", None), DAILY: ("", None), SANA: ("12 عاملا", None)}
    assert [row.agreement for row in made.rows] == [None, None]
    assert [(one.name, one.articles) for one in made.left_out] == [(BOOM, 1), (REUTERS, 1), (AGENCY, 1)]


def test_places_differ_across_scripts_and_names_agree(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("سوتشي", "Sochi", "موسكو")) as corpus:
        made = compare(corpus, [WHERE])
        assert cells(made) == {
            SANA: ("سوتشي", 0), DAILY: ("Sochi", 0), BOOM: ("", None), EREM: ("موسكو", 1), REUTERS: ("", None),
            AGENCY: ("", None),
        }  # fmt: skip
        assert made.rows[0].agreement == "differ"
    with views_corpus(tmp_path / "names", points("فيصل المقداد", "Faisal Mekdad")) as corpus:
        made = compare(corpus, ["من المقداد Mekdad؟"])
        assert [cell.group for cell in made.rows[0].cells] == [0, 0, None, 0, None, None]
        assert (made.rows[0].agreement, made.rows[0].independent) == ("agree", 3)


def test_copies_of_one_sentence_agree_and_are_one_source(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("12 عاملا")) as corpus:
        made = compare(corpus, [DEAD], outlets=[SANA, AGENCY])
    assert made.rows[0].agreement == "agree"
    assert made.rows[0].independent == 2  # under a filter each knows its own; the index knows stories, these fakes none


def test_an_answer_that_is_none_for_certain_has_a_quote_and_no_short_answer(tmp_path: Path) -> None:
    from rag.retrieve.abstention import Policy

    unsure = Policy(answer_probability=0.5, clear_probability=0.99, short_probability=0.7)
    with views_corpus(tmp_path, points("12 عاملا"), policy=unsure) as corpus:
        made = compare(corpus, [DEAD], outlets=[SANA])
    [cell] = made.rows[0].cells
    assert (cell.status, cell.short, cell.text) == ("unclear", None, "وأدى الحريق إلى مقتل 12 عاملا.")


def test_no_more_outlets_than_wanted_and_the_others_are_told(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("12 عاملا")) as corpus:
        made = compare(corpus, [DEAD], most=2)
        assert ([one.name for one in made.outlets], len(made.left_out)) == ([SANA, DAILY], 4)
        assert outlets_of(corpus, [Filters(published_from="2017-01-01")]) == ([ComparedOutlet(REUTERS, 1)], 0)
        for wrong, where in (
            ({"questions": []}, "questions"),
            ({"questions": ["؟"]}, "question"),
            ({"questions": [DEAD], "outlets": ["الجزيرة"]}, "outlet"),
            ({"questions": [DEAD], "filters": Filters(outlet=SANA)}, "outlet"),
            ({"questions": [DEAD], "filters": Filters(published_from="x")}, "filters"),
        ):
            with pytest.raises(BadInput) as raised:
                compare(corpus, **wrong)
            assert raised.value.where == where


def test_the_articles_of_an_outlet_are_those_that_the_typed_filters_let_through(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", generator="extractive", reader="off", corpus="archive")
    model: Any = FakeEmbedder()
    ingest_folder(write_rows(tmp_path / "files"), settings, embedder=model)

    def counts(*questions: str) -> dict[str, int]:
        made = compare(corpus, questions, typed=True)
        return {one.name: one.articles for one in made.outlets}

    with open_corpus(settings, embedder=model) as corpus:
        assert counts('كم عاملا قتل في "الحريق"؟') == {SANA: 1, REUTERS: 1, AGENCY: 1}
        without = {SANA: 1, DAILY: 2, EREM: 1, BOOM: 1}  # the visits, the oil, and the one that says Sfax
        assert counts("كم عاملا قتل؟ -صفاقس") == without
        assert counts('كم عاملا قتل في "الحريق"؟ after:2016-05-05') == {}
        both = counts('كم عاملا قتل في "الحريق"؟', "كم عاملا قتل؟ -صفاقس")
        assert both == {**without, SANA: 2, REUTERS: 1, AGENCY: 1}  # of one row or the other


def test_a_cancelled_comparison_has_the_cells_that_were_done_and_says_so(tmp_path: Path) -> None:
    cancel = Cancel()
    with views_corpus(tmp_path, points("12 عاملا")) as corpus:
        made = compare(
            corpus, [DEAD, WHERE], progress=lambda done, _: cancel.set() if done == 2 else None, cancel=cancel
        )
    assert made.cut
    assert [[cell.outlet for cell in row.cells] for row in made.rows] == [[SANA, DAILY]]


def test_no_language_model_is_asked(tmp_path: Path) -> None:
    asked: list[object] = []
    with views_corpus(tmp_path, points("12 عاملا")) as corpus:
        plain = corpus.answerer
        corpus.answerer = Answerer(
            corpus.search,
            says("It was 99.", prompts=asked),  # type: ignore[arg-type]
            kind="writer",
            read=plain.read,
            similarity=alike,
            policy=plain.policy,
        )
        made = compare(corpus, [DEAD], outlets=[SANA])
    assert (asked, cells(made)) == ([], {SANA: ("12 عاملا", None)})


Said = tuple[Citation, Span]


def said(text: str, words: str) -> Said:
    start = text.index(words)
    return Citation.cut(1, article(text), Span(0, len(text))), Span(start, start + len(words))


def whole(words: str) -> Said:
    return said(words, words)


def same(one: Said, other: Said, names: OwnNames = NONE) -> bool | None:
    there, back = (
        same_value(value_of(*one, names), value_of(*other, names)),
        same_value(value_of(*other, names), value_of(*one, names)),
    )
    assert there is back
    return there


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # figures: the same unit, whatever the script and the form
        ("12 عاملا", "١٢ عاملا", True),
        ("12 عاملا", "14 عاملا", False),
        ("اثنا عشر قتيلا", "12 dead", True),
        ("45 دولارا", "45 dollars", True),
        ("45 دولارا", "45 يورو", None),
        ("5 ملايين دولار", "$5 million", True),
        ("5 ملايين دولار", "$6 million", False),
        ("30%", "30 في المئة", True),
        ("30%", "30", None),
        ("أكثر من 12 قتيلا", "12 قتيلا", None),
        ("أكثر من 12 قتيلا", "more than 12 dead", None),
        ("القرار 2254", "2254", True),
        ("2254", "2118", None),
        ("12 إلى 14 قتيلا", "12 قتيلا", None),
        # dates of one precision
        ("3 أيار 2016", "3 May 2016", True),
        ("3 أيار 2016", "4 مايو 2016", False),
        ("3 أيار 2016", "أيار 2016", None),
        ("أيار 2016", "May 2016", True),
        ("عام 2016", "عام 2015", False),
        ("عام 1437", "عام 2016", None),
        ("الاثنين", "Monday", None),
        ("03/04/2016", "03/04/2016", None),
        # places
        ("سوتشي", "Sochi", True),
        ("مدينة سوتشي الروسية", "Sochi", True),
        ("سوتشي", "موسكو", False),
        ("سوريا", "روسيا", False),
        ("سوتشي", "روسيا", None),
        ("كوريا", "كوريا الجنوبية", None),
        ("موسكو", "الكرملين", None),
        # names
        ("الرئيس الروسي فلاديمير بوتين", "بوتين", True),
        ("وليد المعلم", "Walid al-Muallem", True),
        ("Foreign Minister Faisal Mekdad", "فيصل المقداد", True),
        ("فيصل المقداد", "فيصل القاسم", None),
        ("فيصل", "فيصل المقداد", None),
        ("سيرغي لافروف", "جون كيري", None),
        # all else
        ("العلاقات الروسية السورية", "العلاقات الروسية السورية", None),
        ("12 عاملا", "سوتشي", None),
        ("the governor", "the governor", None),
    ],
)
def test_only_what_code_can_read_agrees_or_differs(one: str, other: str, expected: bool | None) -> None:
    assert same(whole(one), whole(other)) is expected


def test_a_short_answer_is_read_in_its_sentence() -> None:
    bare = said("وأدى الحريق إلى مقتل 12 عاملا.", "12")
    assert same(bare, whole("12 عاملا")) is True
    assert same(said("صدر البيان في 30 حزيران 2012.", "30 حزيران"), whole("30 June 2012")) is True
    assert same(said("وقع ذلك في عام 2012.", "2012"), whole("2012 عاملا")) is None


def test_names_of_the_users_own_are_one_in_all_their_spellings() -> None:
    own = OwnNames.of([("فاروق الشرع", "Faruk Charaa")])
    assert same(whole("فاروق الشرع"), whole("Faruk Charaa"), own) is True


def test_the_real_reader_fills_the_table_and_invents_nothing(settings: Settings, tmp_path: Path) -> None:
    with real_views_corpus(settings, tmp_path) as corpus:
        made = compare(corpus, ["كم عاملا قتل في حريق مصنع صفاقس؟", "من فاز بكأس العالم؟"])
    holds(made)
    dead = {cell.outlet: cell for cell in made.rows[0].cells}
    for outlet, figure in ((SANA, "12"), (AGENCY, "12"), (BOOM, "12"), (REUTERS, "14")):
        assert figure in dead[outlet].text, outlet
    assert made.rows[0].agreement == "differ"
    assert [dead[outlet].group for outlet in (SANA, AGENCY, BOOM, REUTERS, EREM, DAILY)] == [0, 0, 0, 1, None, None]
    assert made.rows[0].independent == 3  # the agency has the story of another
    assert {cell.status for cell in made.rows[1].cells} == {"nothing_found"}
