"""The catalogue of the interface's strings: complete in both languages, and the only place where they stand."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel import Locale

import ui
from ui.shared.i18n import LANGUAGES, WORDS, count, word

FILES = sorted(Path(ui.__file__).parent.rglob("*.py"))
SAYS = {"word", "_word", "_t", "count", "status", "_heading", "_filled"}
"""The functions that take a key of the catalogue."""
FAMILIES = (
    "generator.",
    "understood.",
    "export.language.",
    "fault.",
    "progress.",
    "quarantine.",
    "verdict.",
    "view.",
    "timeline.",
    "compare.",
    "batch.",
    "report.",
    "saved.",
    "names.",
)
"""Put together: of a generator's kind, a filter's key, a language's tag, an error's kind, an ingest's step, a reason,
a support, and the kinds of a view, a date, an agreement and a row."""
COUNTED = (
    "passages",
    "more_passages",
    "articles",
    "copies",
    "independent",
    "sentences",
    "compare.agree",
    "compare.differ",
    "compare.neither",
)
BRANDS = {"export_markdown", "export_html", "other_language"}
"""Names of formats, and the name of the other language in its own script."""
SIGNS = {"list"}
"""What is punctuation and no word."""


def literals(tree: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def asked_for(tree: ast.AST) -> set[str]:
    """The keys that calls of the catalogue name in so many words."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SAYS:
            first = node.args[0] if node.args else None
            if isinstance(first, ast.IfExp):
                found |= literals(first.body) | literals(first.orelse)
            elif isinstance(first, ast.Constant):
                found.add(str(first.value))
    return found


def handed_on(tree: ast.AST) -> set[str]:
    """The strings that could reach the catalogue: what is given to a function, and what stands in a list of keys."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") not in {"Run", "Block", "Column"}:
            for given in node.args:
                found |= literals(given) if isinstance(given, ast.Constant | ast.IfExp) else set()
        elif isinstance(node, ast.Tuple):
            found |= {one.value for one in node.elts if isinstance(one, ast.Constant)}
    return found


def trees() -> dict[str, ast.AST]:
    return {file.name: ast.parse(file.read_text(encoding="utf-8")) for file in FILES if file.name != "i18n.py"}


def test_each_string_is_there_in_both_languages_with_the_same_blanks() -> None:
    for key, said in WORDS.items():
        assert said.keys() == {"ar", "en"}, key
        assert all(text.strip() for text in said.values()), key
        blanks = {language: set(re.findall(r"\{(\w*)\}", text)) for language, text in said.items()}
        if key.rpartition(".")[0] not in COUNTED:  # «مقطعين» needs no figure
            assert blanks["ar"] == blanks["en"], key


def test_every_arabic_string_is_arabic_and_no_english_one_is() -> None:
    for key, said in WORDS.items():
        if key not in BRANDS | SIGNS:
            assert re.search("[ء-ي]", said["ar"]), key
            assert not re.search("[ء-ي]", said["en"]), key


def test_what_is_counted_has_a_form_for_each_plural_of_its_languages() -> None:
    for key in COUNTED:
        for language in LANGUAGES:
            for form in Locale(language).plural_form.tags | {"other"}:
                assert language in WORDS[f"{key}.{form}"]


@pytest.mark.parametrize(
    ("n", "arabic", "english"),
    [
        (0, "لا مقاطع", "0 passages"),
        (1, "مقطع واحد", "1 passage"),
        (2, "مقطعين", "2 passages"),
        (3, "3 مقاطع", "3 passages"),
        (11, "11 مقطعًا", "11 passages"),
        (100, "100 مقطع", "100 passages"),
        (103, "103 مقاطع", "103 passages"),
    ],
)
def test_counts_take_the_plural_of_their_language(n: int, arabic: str, english: str) -> None:
    assert count("passages", n, "ar") == arabic
    assert count("passages", n, "en") == english


def test_every_string_that_is_asked_for_is_there() -> None:
    for name, tree in trees().items():
        for key in asked_for(tree):
            assert key in WORDS or f"{key}.other" in WORDS, f"{name}: {key}"


def test_no_string_is_there_that_nothing_asks_for() -> None:
    named = set().union(*(handed_on(tree) for tree in trees().values()))
    for key in WORDS:
        family = key.startswith(FAMILIES) or key.rpartition(".")[0] in COUNTED
        assert family or key in named, key


def test_a_blank_is_filled_with_what_is_given_as_it_stands() -> None:
    assert word("source_n", "ar", n="{x}") == "المصدر {x}"


def test_the_page_says_nothing_that_is_not_in_the_catalogue() -> None:
    tree = trees()["page.py"]
    shown = ("label", "placeholder", "value", "info", "title")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr[:1].isupper():
            given = [*node.args[:1], *(one.value for one in node.keywords if one.arg in shown)]
            for one in given:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    text = one.value.removeprefix("# ")
                    sign = not any(map(str.isalpha, text))
                    assert sign or set(text.split(" · ")) == {"Isnad", "إسناد"}, text
