"""What the page says of an error: in the language of the interface, whole sentences, and every kind has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import rag
import ui
from rag.errors import (
    BadInput,
    CatalogError,
    CorpusBusy,
    IndexUnusable,
    IsnadError,
    LLMError,
    ModelError,
    SourceChanged,
    SourceGone,
    WrongModel,
)
from rag.retrieve.question import make_query
from rag.text.messages import reason_for
from rag.types import Filters
from ui.shared.history import HistoryUnusable
from ui.shared.i18n import WORDS, told, why_apart

FILES = [file for house in (rag, ui) for file in sorted(Path(house.__path__[0]).rglob("*.py"))]
DETAILS = "the index is torn: a.bin → build it again"


def kinds() -> set[str]:
    """The kinds that our errors are raised with, in so many words."""
    found = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "kind" and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    return found


def test_every_sentence_of_a_kind_is_the_sentence_of_an_error_that_is_raised() -> None:
    of_kinds = {key.split(".")[1] for key in WORDS if re.match(r"fault\.\w+_\w+", key) or key == "fault.not_text"}
    assert of_kinds <= kinds()
    assert len(of_kinds) >= 9


@pytest.mark.parametrize(
    ("question", "filters", "arabic", "english"),
    [
        ("؟؟", Filters(), "لا كلمات فيه.", "It contains no words."),
        (
            "س" * 2001,
            Filters(),
            "عدد أحرفه 2001، والحد الأقصى 2000.",
            "It has 2001 characters; the limit is 2000.",
        ),
        ("\ud83d من", Filters(), "ليس نصًا يمكن قراءته.", "It is not valid text."),
        ("من؟", Filters(None, "أمس"), "ليس تاريخًا: «\u200eأمس\u200e»", "“أمس” is not a date."),
        (
            "من؟",
            Filters(None, "2016-02-09", "2016-02-08"),
            "اليوم الأول \u200e2016-02-09\u200e يقع بعد الأخير \u200e2016-02-08\u200e",
            "2016-02-09 comes after 2016-02-08.",
        ),
    ],
    ids=["empty", "too long", "no text", "no day", "days in reverse"],
)
def test_a_question_that_cannot_be_asked_says_why_in_the_language_of_the_interface(
    question: str, filters: Filters, arabic: str, english: str
) -> None:
    with pytest.raises(BadInput) as raised:
        make_query(question, filters=filters)
    assert told(raised.value, "ar")[0] == arabic
    assert told(raised.value, "en")[0] == english
    assert re.search("[ء-ي]", told(raised.value, "ar")[1])
    assert not re.search("[ء-ي]", told(raised.value, "en")[1])


@pytest.mark.parametrize(
    "error",
    [
        *(IndexUnusable, WrongModel, CatalogError, CorpusBusy, ModelError, LLMError, SourceGone, SourceChanged),
        *(BadInput, HistoryUnusable, IsnadError),
    ],
)
def test_any_other_error_is_framed_in_arabic_and_its_details_stand_by_themselves(error: type[IsnadError]) -> None:
    raised = error("the index is torn: a.bin", where="/home/x", do="build it again")
    what, details = told(raised, "ar")
    assert re.search("[ء-ي]", what)
    assert not re.search("[a-z]", what)
    assert details == DETAILS
    assert "/home" not in what + details


def test_a_kind_without_a_sentence_is_told_as_any_other() -> None:
    assert told(IndexUnusable("the index is torn: a.bin", do="build it again", kind="no such"), "en")[1] == DETAILS


def test_why_a_language_model_is_away_is_told_in_the_language_of_the_answer() -> None:
    away = LLMError("it cannot be reached: refused", kind="llm_unreachable")
    assert reason_for(away, "ar") == "لا يمكن الوصول إليه"
    assert reason_for(away, "en") == "it cannot be reached: refused"
    assert reason_for(LLMError("it hung up"), "ar") == "it hung up"


def reasons() -> set[str]:
    """Why files are put in quarantine, in so many words."""
    found = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Undecodable":
                found |= {one.value for one in node.args if isinstance(one, ast.Constant)}
    return found


def test_every_reason_of_the_quarantine_has_its_sentence_in_arabic() -> None:
    assert len(reasons()) >= 8
    for reason in reasons():
        assert re.search("[ء-ي]", why_apart(reason, "delete it", "ar")), reason
        assert why_apart(reason, "delete it", "en") == f"{reason} → delete it"
    assert {said["en"] for key, said in WORDS.items() if key.startswith("quarantine.")} == reasons()


def test_a_reason_with_figures_in_it_stays_as_it_is() -> None:
    assert why_apart("it is too large: 30 MiB", "split it", "ar") == "it is too large: 30 MiB → split it"
