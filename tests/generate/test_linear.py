"""Text of a model, however hostile, costs time that grows with its length and not with the square of it.

Measured as the ratio of the same run on ten times as much, with room for a busy machine; the square would be a hundred.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from rag.citations import bracketed, canonical
from rag.generate import agreement, check_text, writer
from rag.generate.reply_patterns import refuses, speaks, stated
from rag.generate.review import faults
from rag.generate.writer import Thoughts, words_of
from rag.retrieve import followup
from rag.text import dates, mentions, numbers, sentences
from rag.text.links import foreign_links, spaced
from ui.shared import export

SMALL, TIMES = 800, 10
MOST = 40.0
"""Times as long for ten times as much."""
QUICK = 0.05
"""Seconds within which the longer text may take what it likes: so short a time cannot be measured as a ratio."""


def think(text: str) -> None:
    thoughts = Thoughts()
    thoughts.feed(text)
    thoughts.rest()


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "words_of": words_of,
    "faults": lambda text: list(faults(text, [], [], "en")),
    "foreign_links": lambda text: foreign_links(text, [text[:50]]),
    "spaced": spaced,
    "canonical": canonical,
    "bracketed": lambda text: bracketed(text, 9),
    "stated": stated,
    "refuses": refuses,
    "speaks": lambda text: speaks(text, "en"),
    "thoughts": think,
}
PIECES = [
    *(
        "`",
        "` x",
        "`a ",
        "*",
        "**a ",
        "_",
        "_a ",
        "~~",
        "#",
        "> ",
        "- ",
        "1. ",
        "(1) ",
        "(1",
        "[",
        "[1] ",
        "[1",
        "[a](",
        "[a][",
        "]",
    ),
    *(
        "a",
        "a.",
        "-a",
        "a-",
        ".",
        "1",
        "1.",
        "0.",
        "@",
        "a@",
        ":",
        "//",
        "\\",
        "%2e",
        "<",
        "< ",
        "<a",
        "&#",
        '"',
        '"]',
        "{",
        "|",
    ),
    *(" ", "\n", "\t", "\n ", "²", "«", "“", "‹", "،", "A", "ا.", "ا", "a b ", "?", "www.", "http://", "xn--", "["),
]
GAPS = [" ", "\n", "\t", "\n ", "1 ", "²", "[1] ", "`"]
BEGINNINGS = ["[sentence", "[1", "abc", "1", "«", "<"]


def seconds(run: Callable[[str], object], text: str) -> float:
    begun = time.perf_counter()
    run(text)
    return time.perf_counter() - begun


def grows(run: Callable[[str], object], text: Callable[[int], str]) -> float:
    """How many times as long ten times as much takes; 1 where that is quick. The best of a few runs each."""
    longer = seconds(run, text(SMALL * TIMES))
    for _ in range(3):
        if longer < QUICK:
            return 1.0
        ratio = longer / min(seconds(run, text(SMALL)) for _ in range(3))
        if ratio < MOST:
            return ratio
        longer = min(longer, seconds(run, text(SMALL * TIMES)))
    return ratio


def texts() -> Iterator[Callable[[int], str]]:
    alone = (("", piece, end) for piece in PIECES for end in ("", "!x"))
    behind = ((before, piece, "!x") for before in BEGINNINGS for piece in GAPS)
    for before, piece, end in (*alone, *behind):
        yield lambda size, b=before, p=piece, e=end: b + p * (size // len(p)) + e  # type: ignore[misc]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_reads_a_models_text_takes_time_in_proportion_to_it(name: str) -> None:
    for text in texts():
        assert grows(FUNCTIONS[name], text) < MOST, text(30)


def in_tokens(text: str) -> None:
    cutter = writer.Cutter()
    for start in range(0, len(text), 4):
        list(cutter.feed(text[start : start + 4]))
    cutter.rest()


def at_once(text: str) -> None:
    cutter = writer.Cutter()
    list(cutter.feed(text))
    cutter.rest()


@pytest.mark.parametrize("run", [in_tokens, at_once])
@pytest.mark.parametrize("piece", ["a", "[1] ", "\n[1] ", "a. ", "( ", "[", "a\n", "قال. "])
def test_a_stream_is_cut_into_sentences_in_time_in_proportion_to_it(run: Callable[[str], None], piece: str) -> None:
    size = 800
    longer = seconds(run, piece * (size * TIMES // len(piece)))
    shorter = min(seconds(run, piece * (size // len(piece))) for _ in range(2))
    assert longer < max(MOST * shorter, QUICK)


def test_a_line_of_many_markers_before_other_words_is_read_at_once() -> None:
    """Each gap could be read in three ways: twenty markers took hours."""
    cutter = writer.Cutter()
    begun = time.perf_counter()
    list(cutter.feed("A sentence.\n" + "[1] " * 400 + "x"))
    cutter.rest()
    assert time.perf_counter() - begun < 5


EXPRESSIONS = {
    "_LINE_OF_ITS_OWN": writer._LINE_OF_ITS_OWN,
    "_LEADING": writer._LEADING,
    "_LIST_SIGN": check_text._LIST_SIGN,
    "_CLAUSE": check_text._CLAUSE,
    "_DAY_AFTER": dates._DAY_AFTER,
    "_YEAR_AFTER": dates._YEAR_AFTER,
    "_LINK": dates._LINK,
    "_GAP": numbers._GAP,
    "_LIST_NUMBER": sentences._LIST_NUMBER,
    "_QUOTED": followup._QUOTED,
    "_SAID": mentions._SAID,
    "_BEHIND": agreement._BEHIND,
    "_EDGE": export._EDGE,
}
SEARCHED = {"_CLAUSE", "_QUOTED", "_SAID", "_BEHIND", "_EDGE"}
"""The others are matched at a place that something else has found."""


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_reads_white_space_and_marks_in_time_in_proportion(name: str) -> None:
    pattern = EXPRESSIONS[name]

    def search(text: str) -> None:
        pattern.match(text)
        pattern.fullmatch(text)
        if name in SEARCHED:
            pattern.search(text)

    for before in ("", "a", "[1", "of ", "من ", "while"):
        for piece in (" ", "\n", "\t", "[1] ", "- ", "A", "“", "and ", "1 ", ", "):
            for end in ("", "!x", "ة"):
                text = lambda size, b=before, p=piece, e=end: b + p * (size // len(p)) + e  # noqa: E731
                assert grows(search, text) < MOST, text(30)
