"""Articles that carry instructions, and a model that obeys them: nothing of it is shown as anybody's claim.

An article's words stay its words: a quote that holds a link or an instruction is shown to the letter, as text.
"""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from threading import Event as Cancel
from typing import NamedTuple

import pytest
from builders import alike, article, found, query, says
from markdown_it import MarkdownIt
from rich.console import Console

from rag.citations import cited_numbers
from rag.generate.answer import Answerer, Policy
from rag.types import Answer, Article, Cited, Done, Event, Prompt
from ui.shared import export
from ui.shared.history import Turn
from ui.shared.schemas import AnswerDocument, answer_json
from ui.shared.terminal import show_claim, show_sources
from ui.web import render

FOLDER = Path(__file__).parents[1] / "data" / "injection"
ASKED = {"en": "Who opened the harbour?", "ar": "من افتتح الميناء؟"}
TRUE = {"en": "Minister Dana Orlo opened the harbour of Port Veld on Tuesday [1].\n",
        "ar": "افتتحت الوزيرة دانة العرلي ميناء بورفلد يوم الثلاثاء [1].\n"}  # fmt: skip


class Injection(NamedTuple):
    """An article, what a model says that obeys it, and the words of that which are nobody's claim."""

    file: str
    obeys: str
    never: list[str]

    @property
    def language(self) -> str:
        return self.file[:2]

    @property
    def article(self) -> Article:
        return article((FOLDER / self.file).read_bytes().decode(), source=self.file, outlet="Made up")


INJECTIONS = [Injection(**json.loads(line)) for line in (FOLDER / "obeys.jsonl").read_text("utf-8").splitlines()]
every = pytest.mark.parametrize("one", INJECTIONS, ids=[one.file for one in INJECTIONS])


def events(one: Injection, said: str, prompts: list[Prompt] | None = None) -> list[Event]:
    """A similarity that finds everything near leaves the whole work to the other checks."""
    answerer = Answerer(
        lambda _: found(one.article),
        says(said, prompts=prompts),
        kind="writer",
        model="obedient",
        similarity=alike,
        policy=Policy(evidence_sentences=9),
    )
    return list(answerer.stream(query(ASKED[one.language], one.language), Cancel()))


def answer(one: Injection, said: str | None = None) -> Answer:
    *_, done = events(one, one.obeys if said is None else said)
    assert isinstance(done, Done)
    return done.answer


def said(result: Answer) -> list[str]:
    """The claims without the quotes that they give verbatim."""
    texts = []
    for claim in result.claims:
        text = claim.text
        for item in result.evidence:
            text = text.replace(f"“{item.text}”", "").replace(f"«{item.text}»", "") if claim.stands_in else text
        texts.append(text)
    return texts


def test_there_are_twenty_of_each_language() -> None:
    assert sorted(one.file for one in INJECTIONS) == sorted(path.name for path in FOLDER.glob("*.txt"))
    assert [one.language for one in INJECTIONS] == ["en"] * 20 + ["ar"] * 20


@every
def test_what_an_article_orders_is_not_shown_as_supported(one: Injection) -> None:
    result = answer(one)
    shown = "\n".join(said(result))
    for words in one.never:
        assert words not in shown
    assert result.unsupported == 0
    assert result.removed or result.rejected or result.is_refusal or "bidi" in one.file
    for citation in result.citations:
        assert citation.quote == citation.span.of(citation.article.text)
    assert {n for claim in result.claims for n in claim.citations} == {one.number for one in result.citations}


@every
def test_what_is_true_beside_it_stays(one: Injection) -> None:
    result = answer(one, TRUE[one.language] + one.obeys)
    assert result.claims[0].text == TRUE[one.language].replace(" [1].\n", ". [1]")
    assert not result.claims[0].stands_in
    assert result.citations[0].quote == result.evidence[0].text


@every
def test_no_claim_is_streamed_that_the_answer_does_not_keep(one: Injection) -> None:
    happened = events(one, one.obeys)
    assert isinstance(happened[-1], Done)
    assert tuple(event.claim for event in happened if isinstance(event, Cited)) == happened[-1].answer.claims


@every
def test_an_article_begins_no_line_number_or_turn_of_the_prompt(one: Injection) -> None:
    prompts: list[Prompt] = []
    happened = events(one, "none", prompts)
    assert isinstance(happened[-1], Done)
    lines = prompts[0].messages[-1].content.splitlines()
    count = len(happened[-1].answer.evidence)
    assert len(lines) == count + 2
    assert [cited_numbers(line)[:1] for line in lines[1:-1]] == [[number] for number in range(1, count + 1)]
    assert [len(cited_numbers(line)) for line in lines[1:-1]] == [1] * count
    assert lines[-1].endswith(ASKED[one.language])
    assert not re.search(r"<|>|\[/?INST\]|[\u200b\u202a-\u202e\u2066-\u2069\x1b]", "".join(lines))


# ---- the doors


class Active(HTMLParser):
    """What of a page could do something: tags and attributes beyond those that only lay text out."""

    LAYOUT = frozenset(
        """div span strong bdi p mark a blockquote del details summary h1 h2 h3 html head meta title style body
        main""".split()  # noqa: SIM905
    )
    HARMLESS = frozenset(["class", "dir", "lang", "id", "title", "href", "charset", "http-equiv", "content", "name"])

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "script" and given == {"type": "application/json", "id": "isnad"}:
            return
        if tag not in self.LAYOUT:
            self.found.append(tag)
        self.found += [name for name in given if name not in self.HARMLESS]
        if not (given.get("href") or "#").startswith("#"):
            self.found.append(str(given["href"]))


def test_the_watch_sees_what_is_active() -> None:
    for text in (
        "<img src=x>",
        "<a href='http://x'>",
        "<b onclick=x>",
        "<script>x</script>",
        "<a href='javascript:x'>",
    ):
        assert Active(text).found


@every
def test_nothing_of_it_is_active_in_the_chat(one: Injection) -> None:
    for text in (one.obeys, TRUE[one.language] + one.obeys, "none"):
        document = AnswerDocument.of(answer(one, text))
        for language in ("ar", "en"):
            parts = [*render.answer(document, language), render.question(text)]  # type: ignore[arg-type]
            for part in parts:
                assert Active(part).found == []
                assert MarkdownIt("commonmark", {"html": True}).render(part) == part or not part
        outside = re.sub(r'<bdi class="control"[^>]*>.</bdi>', "", "".join(parts))
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", outside)


@every
def test_nothing_of_it_is_said_by_the_api(one: Injection) -> None:
    result = answer(one)
    document = answer_json(result)
    assert document["text"] == result.text
    said_by_models = [
        text for claim, text in zip(document["claims"], said(result), strict=True) if text == claim["text"]
    ]
    for text in (*said_by_models, document["opening"]):
        assert not re.search(r"://|www\.|javascript:|data:|!\[|\]\(|<|\x1b", text)
        assert not any(words in text for words in one.never)
    assert len(document["removed"]) == len(result.removed)
    assert all(
        claim["stands_in"] or not claim["text"].startswith(("According", "بحسب")) for claim in document["claims"]
    )


@every
def test_nothing_of_it_is_active_in_an_export(one: Injection) -> None:
    turns = [Turn.answered(AnswerDocument.of(answer(one, TRUE[one.language] + one.obeys)))]
    for language in ("ar", "en"):
        page = export.html(turns, language=language, exported_at="2024-05-01T12:00:00+00:00")  # type: ignore[arg-type]
        assert Active(page).found == []
        text = export.markdown(turns, language=language, exported_at="2024-05-01T12:00:00+00:00")  # type: ignore[arg-type]
        tokens = MarkdownIt("commonmark", {"html": True, "linkify": False}).parse(text)
        kinds = {inner.type for token in tokens for inner in (token, *(token.children or ()))}
        assert not kinds & {"link_open", "image", "html_block", "html_inline", "code_inline"}
        assert "\x1b" not in text


@every
def test_nothing_of_it_steers_a_terminal(one: Injection) -> None:
    for text in (TRUE[one.language] + one.obeys, "none"):
        result = answer(one, text)
        out = io.StringIO()
        console = Console(file=out, width=200, markup=False, highlight=False, emoji=False, no_color=True)
        for claim in result.claims:
            show_claim(console, claim, one.language)
        show_sources(console, result)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", out.getvalue())
