"""A sentence that fails is repaired before anyone sees it: from the model's words to API, chat, export and terminal."""

from __future__ import annotations

import io
import json
import re

import pytest
from builders import alike, article, found, query, says
from markdown_it import MarkdownIt
from rich.console import Console

from rag.generate.answer import Answerer
from rag.types import Cited, Done, Event, Language, Removed
from ui.middleware.streaming import event_documents
from ui.shared import export, exported
from ui.shared.history import Turn
from ui.shared.schemas import AnswerDocument
from ui.shared.terminal import show_claim
from ui.web import render

ENGLISH = article(
    "President Putin met Minister Muallem in Sochi. 12 officials attended the meeting. The delegation left on Monday.",
    source="sochi-en.txt",
    outlet="SANA",
)
ARABIC = article(
    "التقى الرئيس بوتين الوزير المعلم في سوتشي. حضر اللقاء 12 مسؤولا من البلدين. غادر الوفد مساء الاثنين.",
    source="sochi.txt",
    outlet="سانا",
)
REPLIES: dict[Language, str] = {
    "en": "Putin met Muallem in Sochi [1]. 13 officials attended [2]. Lavrov was in Minsk.",
    "ar": "التقى بوتين المعلم في سوتشي [1]. حضر 13 مسؤولا [2]. كان لافروف في مينسك.",
}
QUOTES: dict[Language, str] = {
    "en": "12 officials attended the meeting.",
    "ar": "حضر اللقاء 12 مسؤولا من البلدين.",
}
LABELS: dict[Language, str] = {
    "en": "Verbatim from the source; replaces a sentence that the source does not support",
    "ar": "من المصدر حرفيًا، مكان جملة لا يسندها",
}
both = pytest.mark.parametrize("language", ["en", "ar"])


def happening(language: Language, reply: str = "") -> list[Event]:
    about = ENGLISH if language == "en" else ARABIC
    answerer = Answerer(
        lambda _: found(about), says(reply or REPLIES[language]), kind="writer", model="m", similarity=alike
    )
    return list(answerer.stream(query("Who met whom?" if language == "en" else "من التقى من؟", language)))


def document(language: Language, reply: str = "") -> AnswerDocument:
    """The answer as a program gets it: through JSON, read back."""
    *_, done = happening(language, reply)
    assert isinstance(done, Done)
    return AnswerDocument.model_validate_json(json.dumps(AnswerDocument.of(done.answer).model_dump(mode="json")))


@both
def test_what_fails_is_replaced_or_dropped_and_the_json_keeps_what_it_was(language: Language) -> None:
    answer = document(language)
    assert answer.status == "partial"
    assert [(claim.support, claim.stands_in) for claim in answer.claims] == [("supported", False), ("supported", True)]
    assert answer.claims[1].citations == [2]
    assert answer.citations[1].quote == QUOTES[language]
    assert QUOTES[language] in answer.claims[1].text
    failed = REPLIES[language].replace(" [2]", "").split("[1]. ")[1].split(". ")
    assert [item.text for item in answer.removed] == [f"{failed[0]}.", failed[1]]
    assert [item.problems[0].kind for item in answer.removed] == ["figure", "citation"]
    assert "13" not in answer.text
    assert [notice.kind for notice in answer.notices] == ["replaced"]


@both
def test_a_client_of_the_stream_sees_the_removal_and_then_the_evidence_and_never_the_claim(language: Language) -> None:
    events = [(name, data) for event in happening(language) for name, data in event_documents(event)]
    names = [name for name, _ in events]
    assert names == [
        *("evidence", "citation", "claim", "text"),  # the first sentence
        *("removed", "citation", "claim", "text"),  # the second, and what stands in for it
        *("removed", "notice", "done"),
    ]
    assert not [data for name, data in events if name in {"claim", "text"} and "13" in data["text"]]
    assert events[6][1]["stands_in"] is True


@both
def test_the_chat_shows_the_evidence_as_such_and_the_ledger_closed(language: Language) -> None:
    page = "".join(render.answer(document(language), language))
    before, _, ledger = page.partition('<details class="ledger">')
    assert not before.count("<details") - before.count(
        '<details class="cards more">'
    )  # evidence is folded, no claim is
    assert LABELS[language] in before
    assert before.count("stands-in") == 1
    assert not re.search("13 (?:off|مس)", before)
    assert ": 2</summary>" in ledger
    assert ledger.count("<del>") == 2
    assert '<span class="problem">13</span>' in ledger


@both
def test_an_export_says_what_stands_in_and_keeps_what_was_taken_out_apart(language: Language) -> None:
    turns = [Turn.answered(document(language))]
    for text in (
        export.html(turns, language=language, exported_at="2024-05-01T12:00:00+00:00"),
        MarkdownIt().render(export.markdown(turns, language=language, exported_at="2024-05-01T12:00:00+00:00")),
    ):
        assert text.index(LABELS[language]) < re.search("13 (?:off|مس)", text).start()  # type: ignore[union-attr]
        assert text.count(LABELS[language]) == 1
        assert exported.shows_its_data(export.html(turns, language=language, exported_at="2024-05-01T12:00:00+00:00"))


def test_a_terminal_says_what_stands_in() -> None:
    out = io.StringIO()
    for event in happening("en"):
        if isinstance(event, Cited):
            show_claim(Console(file=out, width=200, markup=False), event.claim, "en")
    assert out.getvalue().count("replaces a sentence that the source does not support") == 1


@pytest.mark.parametrize(
    ("reply", "status", "claims", "removed"),
    [
        pytest.param("Putin met Muallem in Sochi [1].", "answered", 1, 0, id="all borne out"),
        pytest.param("Putin met Lavrov [1].", "partial", 1, 1, id="replaced"),
        pytest.param("Lavrov was in Minsk.", "partial", 3, 1, id="dropped, and the evidence is the answer"),
        pytest.param("none", "not_in_corpus", 0, 0, id="refused"),
        pytest.param("Lavrov was in Minsk.\nnone", "not_in_corpus", 0, 1, id="dropped, then refused"),
        pytest.param("Putin met Lavrov [1]. Putin met Obama [1].", "partial", 1, 2, id="replaced once by the same"),
    ],
)
def test_the_status_follows(reply: str, status: str, claims: int, removed: int) -> None:
    answer = document("en", reply)
    assert (answer.status, len(answer.claims), len(answer.removed)) == (status, claims, removed)


def test_nothing_that_failed_is_ever_an_event_of_a_claim() -> None:
    events = happening("en")
    taken = {event.text for event in events if isinstance(event, Removed)}
    assert taken
    assert not [event for event in events if isinstance(event, Cited) and any(one in event.claim.text for one in taken)]
