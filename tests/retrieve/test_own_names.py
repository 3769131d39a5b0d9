"""Names of the user's own: each spelling stands for the others, and for no other name."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from builders import alike, article, found, query, says
from test_search import searching

from rag.generate.answer import Answerer
from rag.generate.check_text import check_text
from rag.generate.translation import translations
from rag.text.names import NONE, OwnNames, is_ordinary
from rag.text.normalise import words
from rag.types import Citation, Context, Filters, Query, Span
from rag.verify.claims import check
from rag.verify.names import NameReading, missing

NAMES = OwnNames.of(
    [
        ("فاروق الشرع", "Farouq al-Sharaa", "Farouk al-Shara"),
        ("أحمد الشرع", "Ahmed al-Sharaa"),
        ("محمود عباس", "أبو مازن", "Mahmoud Abbas", "Abu Mazen"),
        ("شي جين بينغ", "Xi Jinping", "Xi"),
        ("حزب المستقبل", "Future Party"),
    ]
)


def sure(claim: str, quote: str, names: OwnNames) -> list[str]:
    return [
        one.span.of(claim) for one in missing(NameReading.of(claim, names), [NameReading.of(quote, names)]) if one.sure
    ]


def named(text: str) -> list[tuple[str, bool]]:
    found = words(text)
    return [(text[found[a].span.start : found[b - 1].span.end], whole) for _, a, b, whole in NAMES.named(text, found)]


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Abu Mazen visited Moscow.", "زار محمود عباس موسكو."),
        ("زار أبو مازن موسكو", "Mahmoud Abbas visited Moscow."),
        ("زار أبو مازن موسكو", "زار محمود عباس موسكو."),
        ("Abu Mazen visited Moscow.", "Mahmoud Abbas visited Moscow."),
        ("Xi visited Moscow.", "زار شي جين بينغ موسكو."),
        ("Xi Jinping visited Moscow.", "الصين: وشي جين بينغ في موسكو."),
    ],
)
def test_a_spelling_bears_another_out_and_without_the_dictionary_it_does_not(claim: str, quote: str) -> None:
    assert sure(claim, quote, NONE)
    assert sure(claim, quote, NAMES) == []


@pytest.mark.parametrize(
    ("claim", "quote", "names"),
    [
        ("Abu Mazen visited Moscow.", "زار شي جين بينغ موسكو.", ["Mazen"]),
        ("زار أبو مازن موسكو", "Xi Jinping visited Moscow.", ["أبو مازن"]),
        ("Farouk al-Shara visited Moscow.", "زار أحمد الشرع موسكو.", ["Farouk", "Shara"]),
        ("Farouk al-Shara visited Moscow.", "زار فاروق الشرع موسكو.", []),
    ],
)
def test_another_name_of_the_dictionary_bears_nobody_out(claim: str, quote: str, names: list[str]) -> None:
    assert sure(claim, quote, NAMES) == names


def test_the_last_word_alone_stands_for_the_name_and_bears_out_no_given_name() -> None:
    own = OwnNames.of([("ماري كوري", "Marie Sklodowska")])
    assert sure("Sklodowska was in Paris.", "كانت ماري كوري في باريس.", NONE) == ["Sklodowska"]
    assert sure("Sklodowska was in Paris.", "كانت ماري كوري في باريس.", own) == []
    assert sure("Marie Sklodowska was in Paris.", "كانت كوري في باريس.", own) == ["Marie"]


def test_a_spelling_that_the_dictionary_has_not_is_held_as_ever() -> None:
    assert sure("Farouk al-Sharah visited Moscow.", "زار فاروق الشرع موسكو.", NAMES) == []
    assert sure("Farouk al-Shara visited Moscow.", "Farouk al-Sharah visited Moscow.", NAMES) == []


def test_names_are_found_with_clitics_articles_and_capitals_only() -> None:
    assert named("قال محمود عباس لشي جين بينغ") == [("محمود عباس", True), ("لشي جين بينغ", True)]
    assert named("Al-Sharaa met Farouk al-Shara.") == [("Al-Sharaa", False), ("Farouk al-Shara", True)]
    assert named("the abu mazen road; Mahmoud, Abbas") == [("Abbas", False)]
    assert named("المستقبل، the Party, وشرع يتحدث") == []


def test_the_speaker_of_a_quote_may_have_another_spelling() -> None:
    claim, quote = "Abu Mazen said the talks would go on.", "قال {} إن المحادثات ستستمر."

    def problems(quote: str, before: str = "") -> list[str]:
        contexts = [Context(None, before)]
        found = check(claim, [quote], similarity=None, min_similarity=0.8, contexts=contexts, names=NAMES)
        return [problem.kind for problem in found.problems]

    assert problems(quote.format("محمود عباس")) == []
    assert problems("وقال إن المحادثات ستستمر.", before="استقبل بوتين ضيفه. وقال محمود عباس إنه متفائل.") == []
    other = quote.format("وليد المعلم بعد لقاء محمود عباس")
    assert problems(other) == ["speaker"]


def test_the_tokens_of_a_question_get_those_of_the_other_spellings_word_by_word() -> None:
    assert NAMES.across("What did Abu Mazen say?") == {
        "abu": {"محمود": 1.0, "ابو": 1.0, "mahmoud": 1.0},
        "mazen": {"عباس": 1.0, "ماز": 1.0, "abbas": 1.0},
    }
    assert NAMES.across("ماذا قال شي جين بينغ؟")["شي"] == {"xi": 1.0, "jinping": 1.0}
    assert NAMES.across("What did Lavrov say?") == NONE.across("What did Abu Mazen say?") == {}


@pytest.mark.parametrize(
    ("question", "language", "text"),
    [
        ("What did Abu Mazen say?", "en", "تحدث محمود عباس طويلا."),
        ("ماذا قال أبو مازن؟", "ar", "Mahmoud Abbas spoke at length."),
    ],
)
def test_a_question_finds_the_passage_with_another_spelling(
    question: str, language: str, text: str, tmp_path: Path
) -> None:
    texts = ["What did the port say?", "ماذا قال الميناء؟", text]
    query = Query(question, question, language)  # type: ignore[arg-type]
    with searching(tmp_path / "g", *texts, candidates=1) as search:
        assert text not in [hit.passage.text for hit in search(query).hits]
    with searching(tmp_path / "h", *texts, candidates=1, names=NAMES) as search:
        hits = {hit.passage.text: hit for hit in search(query).hits}
        assert hits[text].score > hits[text].dense / 2 + hits[text].sentence / 2 + 0.02
        filtered = search(Query(question, question, language, Filters(source="2.txt")))  # type: ignore[arg-type]
        assert [hit.passage.text for hit in filtered.hits] == [text]


@pytest.mark.parametrize("spelling", ["the", "The President", "and", "في", "الوزير", "A", "al-"])
def test_an_ordinary_word_is_no_name(spelling: str) -> None:
    assert is_ordinary(spelling)


@pytest.mark.parametrize("spelling", ["Brown", "Xi", "الشرع", "the White House", "حماس", "Rice"])
def test_a_name_that_is_also_a_word_is_one(spelling: str) -> None:
    assert not is_ordinary(spelling)


def test_a_writer_may_name_somebody_by_another_spelling() -> None:
    source = article("زار محمود عباس موسكو.")

    def claims(names: OwnNames) -> list[str]:
        writes = says("Abu Mazen visited Moscow [1].")
        answerer = Answerer(lambda _: found(source), writes, kind="writer", similarity=alike, names=names)
        answer = answerer.answer(query("Who visited Moscow?", "en"))
        return [claim.text for claim in answer.claims if not claim.stands_in]

    assert claims(NONE) == []
    assert claims(NAMES) == ["Abu Mazen visited Moscow. [1]"]


def test_a_translation_may_name_somebody_by_another_spelling() -> None:
    source = article("زار محمود عباس موسكو.")

    def translated(names: OwnNames) -> list[str]:
        cited = [Citation.cut(1, source, Span(0, len(source.text)))]
        said = says("Abu Mazen visited Moscow.")
        made = translations(cited, "en", said, Event(), similarity=alike, min_similarity=0.8, names=names)
        return [one.text for one in made]

    assert translated(NONE) == []
    assert translated(NAMES) == ["Abu Mazen visited Moscow."]


def test_a_text_of_ones_own_may_name_somebody_by_another_spelling() -> None:
    source = article("زار محمود عباس موسكو.")

    def problems(names: OwnNames) -> list[str]:
        [one] = check_text(
            "Abu Mazen visited Moscow.",
            search=lambda queries: (found(source) for _ in queries),
            similarity=alike,
            min_similarity=0.8,
            filters=Filters(),
            top_k=8,
            names=names,
        )
        return [problem.kind for problem in one.problems]

    assert problems(NONE) == ["name"]
    assert problems(NAMES) == []
