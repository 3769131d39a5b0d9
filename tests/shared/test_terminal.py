"""What a person reads in the terminal."""

from __future__ import annotations

import io

from builders import article, found, points, query, says
from rich.console import Console

from rag.generate.answer import Answerer
from rag.types import Answer
from ui.shared.terminal import answer_summary, printable, show_sources

TEXT = "قال [bold]الوزير[/bold] \x1b[2Jنعم في سوتشي."


def shown(answer: Answer, **console: bool) -> str:
    out = io.StringIO()
    show_sources(Console(file=out, width=200, markup=False, highlight=False, emoji=False, **console), answer)
    return out.getvalue()


def test_a_source_can_neither_steer_the_terminal_nor_style_the_text() -> None:
    answer = Answerer(lambda _: found(article(TEXT))).answer(query("ماذا قال؟"))
    assert "\x1b" not in shown(answer)
    assert "[bold]الوزير[/bold] \N{REPLACEMENT CHARACTER}[2Jنعم" in shown(answer)
    assert answer.citations[0].quote == TEXT


def test_the_words_that_answer_are_marked_inside_their_quote() -> None:
    answer = Answerer(lambda _: found(article(TEXT)), kind="reader", read=points("سوتشي")).answer(query("أين؟"))
    assert "\x1b[1;7mسوتشي\x1b[0m" in shown(answer, force_terminal=True)


def test_a_refusal_names_what_was_searched_and_shows_the_nearest_sentences() -> None:
    text = shown(Answerer(lambda _: found(article(TEXT)), says("none"), kind="writer").answer(query("كم؟")))
    assert "بُحث في 1 من المقاطع" in text
    assert "أقرب الجمل في الأرشيف" in text
    assert "a.txt" in text


def test_control_characters_are_replaced_one_for_one() -> None:
    assert printable("a\x00b\tc\nd\x9be") == "a�b\tc\nd�e"


def test_the_summary_counts_citations_and_articles() -> None:
    answer = Answerer(
        lambda _: found(article("واحد. اثنان.", source="1.txt"), article("ثلاثة.", source="2.txt"))
    ).answer(query("كم؟"))
    assert "answered · extractive · 3 citations of 2 articles" in answer_summary(answer)
    answer = Answerer(lambda _: found(article("واحد."))).answer(query("كم؟"))
    assert "answered · extractive · 1 citation of 1 article ·" in answer_summary(answer)
