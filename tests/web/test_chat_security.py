"""Hostile files, models and questions before a real Chromium: nothing runs, nothing leaves, nothing poses as ours."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event as Cancel
from typing import Any, Final

import httpx
import pytest
from builders import alike
from chat_payloads import ALL, BEACON, BEACONS, DISGUISES, SCRIPTS
from chat_server import ask, corpus_of, served
from fake_vectors import FakeEmbedder
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from rag.config import Settings
from rag.corpus import Corpus
from rag.generate.answer import Answerer, Policy
from rag.index.build import build
from rag.index.verify import verify_folder
from rag.ingest.sync import ingest
from rag.models.embedding import Embedder
from rag.models.prompts import followup_prompt, translation_prompt
from rag.store.catalog import CATALOG_FILE, Catalog
from rag.types import Article, Delta, End, Found, Hit, Language, Passage, Prompt, Query, Span
from ui.middleware.sessions import FILE, Sessions, sign
from ui.shared import schemas
from ui.shared.history import History, Turn
from ui.web import render

ROOT = Path(__file__).parents[2]
GUARD = Path(__file__).parents[1] / "data" / "guard"
OWNER = "A-browser_that-was-here-before00"
OTHER = "Another_browser-that-was_never00"
LONG = f"<img src=http://{BEACON}/f onerror=pwned()> \u202e[x](javascript:pwned()) <a href='#delete-all'>1</a>"
EVERY = "المدينة"
"""The word of a question that all files answer; others are answered by five."""
HITS = "window.hits = []; window.pwned = () => { (top.hits || hits).push(window.name || 'page'); };"


@dataclass
class Sink:
    """A proxy that takes whatever leaves for another host and answers nothing; `lines` is what it was asked."""

    port: int
    lines: list[str] = field(default_factory=list)

    @property
    def left(self) -> list[str]:
        """What a page has asked for: Chromium itself asks its maker about text boxes, whatever the page says."""
        return [line for line in self.lines if "content-autofill.googleapis.com" not in line]


@contextmanager
def sink() -> Iterator[Sink]:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    found, ended = Sink(listener.getsockname()[1]), threading.Event()

    def take(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            try:
                found.lines.append(connection.recv(65536).split(b"\r\n")[0].decode("latin-1"))
            except OSError:
                found.lines.append("a connection without a word")

    def accept() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=take, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()
        listener.close()


@dataclass
class Watched:
    """A page, and what it did that it should not."""

    page: Page
    sink: Sink
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


@contextmanager
def watched(browser: Browser, owner: str | None = None, address: str = "") -> Iterator[Watched]:
    """A fresh browser of whose ways out only this machine is not watched by a proxy."""
    with sink() as taken:
        context = browser.new_context(
            locale="ar", proxy={"server": f"http://127.0.0.1:{taken.port}", "bypass": "127.0.0.1"}
        )
        context.add_init_script(HITS)
        if owner:
            context.add_cookies([{"name": "isnad_browser", "value": owner, "url": address}])
        page = context.new_page()
        page.set_default_timeout(30_000)
        seen = Watched(page, taken)
        context.on("request", lambda request: seen.requests.append(request.url))

        def closed(dialog: Any) -> None:
            seen.dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", closed)
        try:
            yield seen
        finally:
            context.close()


# ---- a hostile archive


def _article(payload: str, at: int) -> str:
    line = " ".join(payload.replace("\x00", "").split())
    return (
        f"{line[:140]}\nالمصدر: {line[:70]}\nتاريخ النشر: {at % 28 + 1} مارس 2021\n\n"
        f"{payload}\nقال الوزير في القاهرة أمس {payload} ثم انتهى المؤتمر.\n"
    )


def _files(folder: Path) -> None:
    """An article for each payload, named by it; and empty files, named by some, which are put in quarantine."""
    for at, payload in enumerate(ALL):
        name = payload.replace("\x00", "").replace("..", "")
        path = folder / f"{at:03d}{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_article(payload, at).encode())
    for payload in (SCRIPTS[5].text, BEACONS[0].text, DISGUISES[5], DISGUISES[12], DISGUISES[17]):
        path = folder / f"0{payload}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def _generate(prompt: Prompt, cancel: Cancel) -> Iterator[Delta | End]:
    """A model in the hands of the attacker."""
    system = prompt.messages[0].content
    if system in {followup_prompt("", (), one).messages[0].content for one in LANGUAGES}:
        yield Delta(f"متى زار الوزير القاهرة {LONG}؟")
    elif system in {translation_prompt("", one).messages[0].content for one in LANGUAGES}:
        yield Delta("The minister spoke \u202e<img src=x onerror=pwned()> and then the conference ended.")
    else:
        # Each payload in a sentence that its source bears out, or with a figure it does not state, or without a source.
        for at, payload in enumerate(ALL if EVERY in prompt.messages[-1].content else ALL[:3], start=1):
            borne_out = _article(payload, at - 1).strip().splitlines()[-1]
            yield Delta(
                (
                    f"{borne_out} [{at}]\n",
                    f"سافر {payload} إلى طوكيو مع 98765 جنديا. [{at}]\n",
                    f"غادر {payload} ومعه 43210 كتابا.\n[{at + 5000}]\n",
                )[at % 3]
            )
    yield End("stop")


LANGUAGES: Final[tuple[Language, ...]] = ("ar", "en")


@dataclass
class Poisoned:
    """A served archive of which every file, and the model, is hostile."""

    address: str
    articles: list[Article]
    history: Path


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Poisoned]:
    home = tmp_path_factory.mktemp("poisoned")
    folder, settings = home / "files", Settings(data_dir=home / "data", corpus="default", top_k=100)
    folder.mkdir()
    _files(folder)
    embedder: Any = FakeEmbedder()
    ingest(folder, settings=settings, corpus="default", embedder=embedder, build=partial(build, verify=verify_folder))
    with ExitStack() as stack:
        catalog = stack.enter_context(Catalog.open(settings.corpus_dir("default") / CATALOG_FILE))
        generation = catalog.current("default")
        assert generation is not None
        members = [one.article_id for one in catalog.members(generation.id)]
        articles = sorted(catalog.articles(generation.id, members).values(), key=lambda one: one.source)
        few, every = _found(articles[:5]), _found(articles)

        def search(query: Query) -> Found:
            return every if EVERY in query.searched else few

        answerer = Answerer(
            search,
            _generate,
            kind="writer",
            model=SCRIPTS[5].text,
            similarity=alike,
            policy=Policy(evidence_sentences=200, min_score={"ar": 0.1, "en": 0.1}),
        )
        corpus = Corpus(
            "default",
            settings,
            answerer,
            search=search,
            catalog=catalog,
            embedder=embedder,
            warm=lambda: None,
            resources=stack.pop_all(),
        )
        history = home / "history.sqlite3"
        with corpus, served(corpus, settings, history) as address:
            yield Poisoned(address, articles, history)


def _found(articles: list[Article]) -> Found:
    hits = []
    for at, one in enumerate(articles):
        start = one.text.index("قال الوزير")
        span = Span(start, one.text.index("ثم انتهى المؤتمر.", start) + len("ثم انتهى المؤتمر."))
        name = Passage.make_id(one.id, one.sha256, span)
        passage = Passage(name, one.id, one.sha256, span, (span,), span.of(one.text))
        hits.append(Hit(passage, span, 0.9, 0.9, 0.5, 1 - at / 1000, "both", (), (0.9,)))
    return Found(tuple(hits), {one.id: one for one in articles}, "g1", searched=len(hits))


def _document(payload: str, article: Article) -> schemas.AnswerDocument:
    """An answer of which every text is the payload."""
    about = {
        "article_id": article.id, "source": payload, "sha256": article.sha256, "title": payload, "outlet": payload,
        "published": payload,
    }  # fmt: skip
    span = {"start": 0, "end": 5}
    problem = {"kind": payload, "message": payload, "start": 0, "end": 3}
    return schemas.AnswerDocument.model_validate(
        {
            "question": payload, "searched": f"{payload} {payload}", "language": "ar", "status": "partial",
            "text": payload, "opening": payload,
            "short": [
                {"text": payload, "citation": 1, "start": 0, "end": len(payload), "probability": 1}
            ] if payload else [],
            "claims": [
                {"text": f"{payload} [1]", "citations": [1], "support": "supported", "score": 1},
                {"text": payload, "citations": [], "support": "unsupported", "score": 0, "problems": [problem]},
            ],
            "citations": [
                {
                    **about, **span, "number": 1, "text_sha256": "0", "encoding": "utf-8", "extractor": None,
                    "member": payload, "quote": f"{payload} x", "marked": None,
                }
            ],
            "evidence": [
                {
                    **about, **span, "number": 1, "text": payload, "dense": 0, "sentence": 0, "keyword": 0, "score": 0,
                    "found_by": payload, "duplicates": [payload],
                }
            ],
            "rejected": [{"number": 99, "reason": payload}],
            "removed": [{"text": payload, "problems": [problem]}],
            "notices": [{"kind": payload, "message": payload}],
            "translations": [{"number": 1, "text": payload, "language": "ar"}],
            "generator": f"writer:{payload}", "cut": True, "usage": None, "generation": payload,
            "timings_ms": {"search": 0, "first_token": 0, "total": 0},
        }
    )  # fmt: skip


# ---- what is looked at

FOUND: Final = """() => {
  const ours = [...document.querySelectorAll(
    "#chat .message, #conversations, #archive-told, #examples, #tools, #source, #report, #limits, #names-list," +
    "#saved-list")];
  const all = ours.flatMap((one) => [...one.querySelectorAll("*")]);
  const told = (one) => one.outerHTML.slice(0, 200);
  const controls = /[\\u202a-\\u202e\\u2066-\\u2069]/;
  const texts = (from) => {
    const walker = document.createTreeWalker(from, NodeFilter.SHOW_TEXT), found = [];
    while (walker.nextNode()) found.push(walker.currentNode);
    return found;
  };
  const model = ".asked, .searched, .translation, .why, .notice, .opening, .unsupported, .removed, .failure";
  const shadow = ["send", "bridge", "bridge-go", "chat", "source", "question", "conversations", "tools", "language"];
  return {
    hits: window.hits,
    tags: [...new Set(all.map((one) => one.localName))].sort(),
    handlers: [...document.querySelectorAll("*")].flatMap((one) =>
      [...one.attributes].filter((a) => /^on/i.test(a.name)).map((a) => one.localName + " " + a.name)),
    styled: all.filter((one) => /url\\(|position/.test(one.getAttribute("style") || "")
      && one.dataset.testid !== "status-tracker").map(told),
    fixed: all.filter((one) => !one.closest("#source") && getComputedStyle(one).position === "fixed").map(told),
    outside: [...document.querySelectorAll("[href], [src], [action], [ping], [data], [poster], [srcset], [background]")]
      .flatMap((one) => ["href", "src", "action", "ping", "data", "poster", "srcset", "background"]
        .map((name) => one.getAttribute(name)).filter(Boolean))
      .filter((value) => new URL(value, location.href).origin !== location.origin && !/^(data|blob):/.test(value)),
    links: all.filter((one) => one.localName === "a").map((one) =>
      [one.getAttribute("href"), one.className, one.closest("[id]").id]),
    forms: [...document.body.querySelectorAll("form, iframe, object, embed, base, dialog")].map(told),
    unisolated: texts(document.body).filter((one) =>
      controls.test(one.data) && !one.parentElement.matches("bdi.control, script, style")).map((one) => one.data),
    spoken: [...document.querySelectorAll(model)].filter((one) => controls.test(one.textContent)).length,
    attributes: all.flatMap((one) => [...one.attributes]).filter((a) => controls.test(a.value)).map((a) => a.value),
    shadowed: shadow.filter((id) => document.querySelectorAll(`[id="${id}"]`).length > 1),
    covered: [[20, 20], [innerWidth / 2, 20], [innerWidth / 2, innerHeight - 40]].filter(([x, y]) => {
      const top = document.elementFromPoint(x, y);
      return top && top.closest(".message, .list, .archive");
    }),
  };
}"""

SHOW_RAW: Final = "text => { document.querySelector('#archive-told .archive').innerHTML = text; }"

TAGS: Final = frozenset(
    [
        "a",
        "bdi",
        "blockquote",
        "button",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "h2",
        "li",
        "mark",
        "p",
        "span",
        "strong",
        "summary",
        "ul",
    ]
)
"""What our own parts are made of; a button only in the panel."""


def _is_clean(seen: Watched, address: str, articles: list[Article]) -> dict[str, Any]:
    """Assert that the page is ours alone; give what was found, for further questions."""
    page = seen.page
    page.wait_for_timeout(300)
    found: dict[str, Any] = page.evaluate(FOUND)
    assert found["hits"] == [], "a script ran"
    assert seen.dialogs == []
    assert [url for url in seen.requests if not url.startswith((f"{address}/", "data:", "blob:"))] == []
    assert seen.sink.left == [], "something left the page's origin"
    assert set(found["tags"]) <= TAGS, found["tags"]
    assert found["handlers"] == []
    for name in ("styled", "fixed", "covered", "forms"):
        assert found[name] == [], name
    assert found["outside"] == found["shadowed"] == []
    assert found["unisolated"] == []
    assert found["spoken"] == 0
    assert found["attributes"] == []
    texts = {one.id: one.rendition.text_sha256 for one in articles}
    known = {(one.id, one.sha256 + text) for one in articles for text in ("", texts[one.id])}
    for href, kind, place in found["links"]:
        assert _is_ours(href, kind, place, known), f"{href!r} of class {kind!r} in #{place}"
    return found


def _is_ours(href: str, kind: str, place: str, known: set[tuple[str, str]]) -> bool:
    if href.startswith("#source/"):
        _, article, version, *_ = href.split("/")
        return place not in {"conversations", "examples", "tools"} and (article, version) in known
    if href.startswith(("#open-", "#delete-")):
        return place == "conversations"
    if href == "#ask":
        return (place, kind.split()[0]) in {("examples", "example"), ("chat", "next")}
    if re.fullmatch(
        r"#view/(answer|timeline|compare)|#saved/save|#report/[\w-]+/[a-z]+|#translate/\w\w-\w\w|#copy", href
    ):
        return place == "chat"
    if href.startswith("#limit/"):
        return place == ("names-list" if "facet" in kind.split() else "limits")
    if href.startswith("/conversations/"):
        return place == "tools"
    return href.startswith("/articles/") and place == "source"


def _open(page: Page, address: str) -> None:
    """The page with all that it tells of the archive unfolded."""
    page.goto(address)
    page.click("#archive button")
    page.wait_for_selector("#archive-told .archive")


# ---- the tests


def test_the_payloads_do_their_work_in_a_page_that_shows_them_raw(browser: Browser) -> None:
    assert len(SCRIPTS) >= 25
    assert len(BEACONS) + len(DISGUISES) >= 20
    payloads = [*SCRIPTS, *BEACONS]
    with watched(browser) as seen:
        page = seen.page
        page.goto("about:blank")
        page.evaluate(
            """texts => texts.forEach((text, at) => {
                const frame = document.createElement("iframe");
                frame.name = String(at); frame.srcdoc = "<body>" + text; document.body.append(frame);
            })""",
            [one.text for one in payloads],
        )

        def without_effect() -> set[str]:
            ran = {payloads[int(one)].text for one in page.evaluate("hits") if one.isdigit()}
            left = " ".join(seen.sink.left)
            silent = {one.text for one in BEACONS if one.fires and f"{BEACON}/{_number(one.text)} " not in left}
            return {one.text for one in SCRIPTS if one.fires} - ran | silent

        deadline = time.monotonic() + 30
        while without_effect() and time.monotonic() < deadline:
            page.wait_for_timeout(100)
        assert without_effect() == set()


def _number(payload: str) -> str:
    after = payload.partition(f"{BEACON}/")[2] if "base href" not in payload else "21"
    return "".join(one for one in after[:3] if one.isdigit())


def test_the_checks_see_what_is_not_ours(browser: Browser, poisoned: Poisoned) -> None:
    with watched(browser) as seen:
        _open(seen.page, poisoned.address)
        _is_clean(seen, poisoned.address, poisoned.articles)
        seen.page.evaluate(SHOW_RAW, DISGUISES[0])
        assert len(seen.page.evaluate(FOUND)["fixed"]) == 1
        for text in ("<a href='#delete-all'>x</a>", "<a href='//x.example/'>x</a>", "\u202e", "<b id=send>", "<form>"):
            seen.page.evaluate(SHOW_RAW, text)
            with pytest.raises(AssertionError):
                _is_clean(seen, poisoned.address, poisoned.articles)


def test_hostile_files_and_a_hostile_model_do_nothing_while_they_answer(browser: Browser, poisoned: Poisoned) -> None:
    with watched(browser) as seen:
        page = seen.page
        _open(page, poisoned.address)
        ask(page, f"من زار {EVERY} {LONG}؟")
        ask(page, "ومتى كان ذلك؟")
        ask(page, "Who spoke in Cairo yesterday?")
        for kind in (".claim .cite", ".stands-in", ".removed .why", ".rejected", ".translation", ".searched"):
            assert page.locator(f"#chat {kind}").count(), f"this test shows no {kind}"
        told = page.locator("#archive-told").text_content() or ""
        assert SCRIPTS[5].text in told, "a file in quarantine is named"
        found = _is_clean(seen, poisoned.address, poisoned.articles)
        assert len({href for href, kind, _ in found["links"] if kind.startswith("cite")}) > len(ALL) / 2
        page.click("#filters button")
        page.click("#outlet input")
        page.wait_for_selector("#outlet [role=option]")
        _is_clean(seen, poisoned.address, poisoned.articles)


@pytest.mark.parametrize(
    ("place", "shown"),
    [("examples", render.examples({"ar": ALL})), ("chat", f'<div class="message">{render.followups(ALL, "en")}</div>')],
    ids=["examples", "follow-up questions"],
)
def test_offered_questions_of_payloads_are_questions_even_before_gradio_cleans_them(
    browser: Browser, poisoned: Poisoned, place: str, shown: str
) -> None:
    with watched(browser) as seen:
        _open(seen.page, poisoned.address)
        show = "([place, html]) => { document.querySelector('#' + place).innerHTML = html; }"
        seen.page.evaluate(show, [place, shown])
        found = _is_clean(seen, poisoned.address, poisoned.articles)
        assert [href for href, _, where in found["links"] if where == place] == ["#ask"] * len(ALL)


def test_a_hostile_article_is_a_text_in_the_panel_to_the_letter(browser: Browser, poisoned: Poisoned) -> None:
    with watched(browser) as seen:
        page = seen.page
        _open(page, poisoned.address)
        ask(page, f"من زار {EVERY}؟")
        shown = page.evaluate(
            """async () => {
                const all = [...document.querySelectorAll("#chat a.card, #chat a.cite")];
                const chips = new Map(all.map((one) => [one.hash, one]));
                const shown = {};
                for (const [hash, chip] of chips) {
                    const before = document.querySelector("#source .bar");
                    chip.click();
                    while (document.querySelector("#source .bar") === before)
                        await new Promise((done) => setTimeout(done, 5));
                    shown[hash.split("/")[1]] = [...document.querySelectorAll("#source .text > p")]
                        .map((one) => one.textContent).join("");
                }
                return shown;
            }"""
        )
        assert shown == {one.id: one.text for one in poisoned.articles}
        _is_clean(seen, poisoned.address, poisoned.articles)


def test_a_conversation_of_payloads_reopens_and_is_exported_without_effect(
    browser: Browser, poisoned: Poisoned, tmp_path: Path
) -> None:
    history = History(poisoned.history)
    for payload in ALL:
        history.keep(OWNER, history.start(OWNER), Turn.failed(payload, payload))
    conversation = history.start(OWNER)
    for at, payload in enumerate(ALL):
        turn = Turn.answered(_document(payload, poisoned.articles[at % len(poisoned.articles)]))
        history.keep(OWNER, conversation, turn)
    secret = Sessions(poisoned.history.parent / "data" / FILE).secret
    with watched(browser, sign(secret, OWNER), poisoned.address) as seen:
        page = seen.page
        _open(page, f"{poisoned.address}/?c={conversation}")
        page.wait_for_function("n => document.querySelectorAll('#chat .tail').length === n", arg=len(ALL))
        found = _is_clean(seen, poisoned.address, poisoned.articles)
        opened = [href for href, _, _ in found["links"] if href.startswith("#open-")]
        assert len(opened) == len(ALL) + 1
        assert [href for href, _, _ in found["links"] if href == "#delete-all"] == ["#delete-all"]
        cookies = {one["name"]: one["value"] for one in page.context.cookies()}  # the page's, signed by now
        for suffix in ("html", "md"):
            path = f"{poisoned.address}/conversations/{conversation}/export.{suffix}"
            kept = tmp_path / f"export.{suffix}"
            kept.write_bytes(httpx.get(path, cookies=cookies).raise_for_status().content)
        seen.requests.clear()
        page.goto((tmp_path / "export.html").as_uri())
        page.wait_for_timeout(300)
        assert page.evaluate("hits") == []
        assert (
            page.evaluate("document.querySelectorAll('img,iframe,form,svg,link,base,object,embed,video').length") == 0
        )
        assert [url for url in seen.requests if not url.startswith("file:")] == seen.sink.left == []


def test_another_browser_cannot_read_export_continue_or_delete_a_conversation(
    browser: Browser, poisoned: Poisoned
) -> None:
    history = History(poisoned.history)
    mine = history.start(OWNER)
    history.keep(OWNER, mine, Turn.failed("سؤال سري", "لا جواب"))
    with watched(browser, OTHER, poisoned.address) as seen:
        page = seen.page
        _open(page, f"{poisoned.address}/?c={mine}")
        for path in (f"/conversations/{mine}/export.md", f"/conversations/{mine}/export.html"):
            assert page.request.get(poisoned.address + path).status == 404
        for said in ({"do": "open", "id": mine}, {"do": "delete", "id": mine}, {"do": "delete_all"}):
            _say(page, said)
        with page.expect_response(lambda one: "/queue/join" in one.url):
            page.click("#again")
        page.wait_for_timeout(400)
        assert "سؤال سري" not in (page.text_content("body") or "")
    assert [one.question for one in history.turns(OWNER, mine)] == ["سؤال سري"]
    assert history.conversations(OTHER) == []


def _say(page: Page, said: dict[str, str]) -> None:
    """Ask of the server what the page's own script can ask, until the server has heard it."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with page.expect_response(lambda one: "/run/predict" in one.url, timeout=2_000):
                page.evaluate(
                    """said => {
                        const box = document.querySelector("#bridge textarea, #bridge input");
                        box.value = JSON.stringify(said);
                        box.dispatchEvent(new Event("input", { bubbles: true }));
                        setTimeout(() => document.querySelector("#bridge-go").click(), 0);
                    }""",
                    said,
                )
        except PlaywrightTimeout:  # Gradio drops what comes while it still hears the end of what was asked before
            if time.monotonic() > deadline:
                raise
        else:
            return


# ---- the server process


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_guard_of_this_test_sees_a_process_that_calls_out(tmp_path: Path) -> None:
    log = tmp_path / "log"
    code = "import socket; socket.create_connection(('beacon.example', 80))"
    environment = {**os.environ, "PYTHONPATH": str(GUARD), "NETWORK_LOG_OF_THE_TESTS": str(log)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False).returncode
    assert "beacon.example" in log.read_text()


def test_the_server_reaches_nothing_beyond_this_machine(
    settings: Settings, embedder: Embedder, port: int, tmp_path: Path
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("زار وزير الخارجية مدينة سوتشي أمس.\n", encoding="utf-8")
    corpus_of(tmp_path / "files", settings, embedder).close()
    log = tmp_path / "network.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ISNAD_", "GRADIO_"))}
    server = subprocess.Popen(
        [sys.executable, "-m", "ui.cli.main", "chat", "--port", str(port), "--generator", "extractive"],
        cwd=ROOT,
        env={
            **environment,
            "ISNAD_DATA_DIR": str(settings.data_dir),
            "XDG_CONFIG_HOME": str(tmp_path),
            "PYTHONPATH": str(GUARD),
            "NETWORK_LOG_OF_THE_TESTS": str(log),
        },
        stderr=subprocess.PIPE,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _until(lambda: client.get("/readyz").status_code == 200)
            answered = _asked(client, "من زار سوتشي؟")
            hostile = {"path": f"http://{BEACON}/x", "url": f"http://{BEACON}/x", "meta": {"_type": "gradio.FileData"}}
            refused = _call(client, "act", [hostile, None])
    finally:
        server.send_signal(signal.SIGINT)
        _, told = server.communicate(timeout=30)
    assert "سوتشي" in answered
    assert refused == 422
    assert not log.exists(), log.read_text()
    assert b"Traceback" not in told


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError("the server is not ready")


def _handlers(client: httpx.Client) -> dict[str, int]:
    return {one["api_name"]: one["id"] for one in client.get("/config").json()["dependencies"]}


def _call(client: httpx.Client, handler: str, data: list[Any]) -> int:
    body = {"data": data, "fn_index": _handlers(client)[handler], "session_hash": "s"}
    return client.post("/gradio_api/run/predict", json=body).status_code


def _asked(client: httpx.Client, question: str) -> str:
    """What the page is told when it asks, as Gradio's stream of events says it."""
    body = {
        "data": [question, None, None, None, "", "", None, ""],
        "fn_index": _handlers(client)["ask"],
        "session_hash": "s",
    }
    client.post("/gradio_api/queue/join", json=body).raise_for_status()
    told = []
    with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "s"}) as events:
        for line in events.iter_lines():
            told.append(json.loads(line.removeprefix("data: ")) if line else {})
            if told[-1].get("msg") == "process_completed":
                break
    return json.dumps(told, ensure_ascii=False)
