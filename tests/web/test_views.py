"""The handlers of timeline, comparison and batch: what they show, that a job can be stopped, and who gets a table."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import re
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from builders import points
from small_chat import opened
from views_archive import BOOM, EREM, REUTERS, ROWS, SANA, views_corpus

from rag.corpus import Corpus
from rag.errors import IndexUnusable
from rag.generate.answer import Answerer
from rag.types import Found
from ui.middleware.sessions import BROWSER_COOKIE
from ui.shared.batch import Journals, Questions, RowAnswer
from ui.shared.i18n import WORDS
from ui.shared.saved import Saved
from ui.web.handlers import Running
from ui.web.views import MOST_ROWS, BatchWiring, SavedWiring, Tables, ViewWiring

REQUEST: Any = SimpleNamespace(
    cookies={"isnad_language": "en", BROWSER_COOKIE: "a" * 32}, headers={}, session_hash="page"
)
ARABIC: Any = SimpleNamespace(
    cookies={"isnad_language": "ar", BROWSER_COOKIE: "a" * 32}, headers={}, session_hash="page"
)
EMPTY = Found((), {}, "none", 0)
DEAD = "كم عاملا قتل workers؟"


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    with views_corpus(tmp_path / "home", points("12 عاملا", "14 عاملا")) as corpus:
        yield corpus


async def every(values: AsyncIterator[Any]) -> list[Any]:
    return [one async for one in values]


def shown(wired: ViewWiring, what: str, *questions: str, outlet: str = "") -> list[Any]:
    said = json.dumps({"do": what, "questions": questions})
    return asyncio.run(every(wired.show(REQUEST, said, outlet, "", "")))


def test_a_timeline_lists_each_sentence_under_its_date_with_a_bar_that_covers_it(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("صفاقس")) as corpus:
        first, *_, last = shown(ViewWiring(opened(corpus), Tables()), "timeline", "حريق مصنع صفاقس")
    assert WORDS["searching"]["en"] in first[0]
    html = last[0]
    assert "3 May 2016" in html  # «في 3 أيار 2016» in the sentence of 4 May
    assert "from-20160503 to-20160503" in html
    assert "from-20160601 to-20160631" in html  # «في حزيران 2016» is the whole of June
    assert "#days/2016" in html
    assert " المحترق يوم الاثنين." in html.split("undated")[-1]


def test_the_filters_of_the_page_hold_for_a_timeline(corpus: Corpus) -> None:
    html = shown(ViewWiring(opened(corpus), Tables()), "timeline", "حريق مصنع صفاقس", outlet=BOOM)[-1][0]
    assert BOOM in html
    assert SANA not in html


def test_a_comparison_marks_who_differs_and_its_tables_are_for_its_browser_alone(corpus: Corpus) -> None:
    tables = Tables()
    last = shown(ViewWiring(opened(corpus), tables), "compare", DEAD, outlet=SANA)[-1]
    html, asked = last[0], [DEAD]
    assert "they differ on 1 point" in html
    assert html.count("nothing found") == 2  # The Daily and Erem have no such figure
    assert html.index(SANA) < html.index(EREM) < html.index(REUTERS)
    assert shown(ViewWiring(opened(corpus), tables), "compare", DEAD)[0][1] == asked
    name = html.split("/views/")[1].split(".")[0]
    write = tables.of("a" * 32, name)
    assert write is not None
    rows = list(csv.DictReader(io.StringIO(write(".csv", "http://here").decode("utf-8-sig"))))
    assert {row["outlet"]: row["short answer"] for row in rows}[REUTERS] == "14 عاملا"
    assert all(row["quote"] in {line for one in ROWS for line in one["text"].split("\n")} | {""} for row in rows)
    assert all(row["link"].startswith("http://here/#source/") for row in rows if row["quote"])
    assert tables.of("b" * 32, name) is None


def test_a_question_is_added_as_a_row_once_and_no_more_than_there_is_room_for(corpus: Corpus) -> None:
    wired = ViewWiring(opened(corpus), Tables())

    def added(question: str, questions: list[str]) -> list[Any]:
        return asyncio.run(every(wired.add(REQUEST, question, questions, "", "", "")))

    html = added(" متى  اندلع حريق؟ ", [DEAD])[-1][0]
    assert "متى اندلع حريق؟" in html
    assert DEAD in html
    for question, before in ((DEAD, [DEAD]), ("  ", [DEAD]), ("من؟", [f"{n}؟" for n in range(MOST_ROWS)])):
        assert len(added(question, before)) == 1


@pytest.mark.parametrize("said", ["", "[]", '{"do": "timeline"}', '{"do": "delete", "questions": ["من؟"]}', "{" * 9000])
def test_what_the_page_never_asks_is_not_answered(corpus: Corpus, said: str) -> None:
    wired = ViewWiring(opened(corpus), Tables())
    (only,) = asyncio.run(every(wired.show(REQUEST, said, "", "", "")))
    assert all(isinstance(one, dict) and one.get("__type__") == "update" for one in only)


def test_a_view_that_fails_is_told_in_our_own_words(corpus: Corpus) -> None:
    def broken(_: Any) -> Any:
        raise RuntimeError("a secret")

    corpus.answerer = SimpleNamespace(without_model=broken)  # type: ignore[assignment]
    html = shown(ViewWiring(opened(corpus), Tables()), "compare", DEAD)[-1][0]
    assert WORDS["error"]["en"] in html
    assert "secret" not in html
    failing = ViewWiring(opened(IndexUnusable("torn", do="build it again")), Tables())
    assert WORDS["fault.index"]["en"] in shown(failing, "timeline", DEAD)[-1][0]
    assert (
        "“yesterday” is not a date"
        in asyncio.run(
            every(
                ViewWiring(opened(corpus), Tables()).show(
                    REQUEST, json.dumps({"do": "timeline", "questions": ["من؟"]}), "", "yesterday"
                )
            )
        )[-1][0]
    )


def test_a_new_view_of_a_page_ends_the_one_before(corpus: Corpus) -> None:
    wired, plain = ViewWiring(opened(corpus), Tables()), corpus.answerer
    asked, asked_twice, go_on = threading.Event(), threading.Event(), threading.Event()

    class Slow:
        def without_model(self) -> Slow:
            return self

        def answer(self, query: Any, cancel: Any = None) -> Any:
            asked_twice.set() if asked.is_set() else asked.set()
            assert go_on.wait(30)
            return plain.answer(query, cancel)

    async def run() -> tuple[Any, Any]:
        corpus.answerer = Slow()  # type: ignore[assignment]
        said = json.dumps({"do": "compare", "questions": [DEAD]})
        first = asyncio.create_task(every(wired.show(REQUEST, said, "", "", "")))
        await asyncio.to_thread(asked.wait, 30)
        second = asyncio.create_task(every(wired.show(REQUEST, said, "", "", "")))
        while not asked_twice.is_set():
            await asyncio.sleep(0.01)
        go_on.set()
        return (await first)[-1][0], (await second)[-1][0]

    before, after = asyncio.run(run())
    assert not headings([before])
    assert "they differ" in after


class Gated:
    """The reader's answerer of a corpus, which waits before each answer until it may go on."""

    def __init__(self, corpus: Corpus) -> None:
        self._plain = corpus.answerer
        self.asked, self.goes_on = threading.Event(), threading.Event()
        corpus.answerer = self  # type: ignore[assignment]

    def without_model(self) -> Gated:
        return self

    def answer(self, query: Any, cancel: Any = None) -> Any:
        self.asked.set()
        assert self.goes_on.wait(30)
        return self._plain.answer(query, cancel)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


def headings(values: list[Any]) -> list[str]:
    """What a handler showed in the pane of views, one after another."""
    return [one for one in values if isinstance(one, str)]


def test_a_view_that_another_one_replaced_shows_nothing_more(corpus: Corpus, tmp_path: Path) -> None:
    pane = Running()
    views = ViewWiring(opened(corpus), Tables(), pane)
    saved = SavedWiring(opened(corpus), Saved(tmp_path / "saved.json", "archive"), pane)
    gated = Gated(corpus)

    async def run() -> None:
        compared = json.dumps({"do": "compare", "questions": [DEAD]})
        first = asyncio.create_task(every(views.show(REQUEST, compared, "", "", "")))
        assert await asyncio.to_thread(gated.asked.wait, 30)
        # At once, while the comparison still waits; and nothing of it is shown after that.
        timeline = await every(views.show(REQUEST, json.dumps({"do": "timeline", "questions": ["حريق"]}), "", "", ""))
        assert 'class="view timeline"' in timeline[-1][0]
        gated.goes_on.set()
        replaced = [values[0] for values in await first]
        assert all("busy" in one for one in headings(replaced))
        assert not headings(replaced[-1:])  # Gradio sends it once more

        gated.goes_on.clear()
        gated.asked.clear()
        second = asyncio.create_task(every(views.show(REQUEST, compared, "", "", "")))
        assert await asyncio.to_thread(gated.asked.wait, 30)
        last = (await every(saved.act(REQUEST, json.dumps({"do": "save", "question": "حريق صفاقس"}), "", "", "")))[-1]
        assert 'class="view saved"' in last[1]
        gated.goes_on.set()
        assert all("busy" in one for one in headings([values[0] for values in await second]))

    asyncio.run(run())


def test_deleting_a_saved_question_leaves_a_view_that_is_being_made(corpus: Corpus, tmp_path: Path) -> None:
    pane = Running()
    views = ViewWiring(opened(corpus), Tables(), pane)
    saved = SavedWiring(opened(corpus), Saved(tmp_path / "saved.json", "archive"), pane)

    async def run() -> str:
        last = (await every(saved.act(REQUEST, json.dumps({"do": "save", "question": "حريق صفاقس"}), "", "", "")))[-1]
        removed = json.dumps({"do": "remove", "id": re.findall(r"#saved/look/(\w+)", last[0])[0]})
        gated = Gated(corpus)
        compared = json.dumps({"do": "compare", "questions": [DEAD]})
        comparing = asyncio.create_task(every(views.show(REQUEST, compared, "", "", "")))
        assert await asyncio.to_thread(gated.asked.wait, 30)
        await every(saved.act(REQUEST, removed, "", "", ""))
        gated.goes_on.set()
        return str((await comparing)[-1][0])

    assert "they differ" in asyncio.run(run())


# Saved questions.


def acted(wired: SavedWiring, **said: str) -> list[Any]:
    return asyncio.run(every(wired.act(REQUEST, json.dumps(said), "", "", "")))


def test_a_question_is_saved_asked_at_once_looked_at_and_deleted(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("صفاقس")) as corpus:
        saved = Saved(tmp_path / "saved.json", "archive")
        wired = SavedWiring(opened(corpus), saved)
        assert WORDS["saved.none"]["en"] in asyncio.run(every(wired.load(REQUEST)))[0]
        busy, last = acted(wired, do="save", question=f'حريق مصنع صفاقس outlet:"{BOOM}"')
        assert WORDS["searching"]["en"] in busy[1]
        assert "new: 0" in last[1]  # what the first asking finds is not new
        assert BOOM in last[1]
        assert SANA not in last[1]
        (one,) = saved.list().questions
        assert one.found
        assert f"#saved/look/{one.id}" in last[0]
        assert "last looked at" in acted(wired, do="look", id=one.id)[-1][1] + acted(wired, do="look", id=one.id)[-1][1]
        assert WORDS["saved.none"]["en"] in acted(wired, do="remove", id=one.id)[-1][0]
        assert saved.list().questions == []


def test_what_is_new_is_counted_in_the_list_and_marked_until_it_is_looked_at(tmp_path: Path) -> None:
    with views_corpus(tmp_path, points("صفاقس")) as corpus:
        saved = Saved(tmp_path / "saved.json", "archive")
        wired = SavedWiring(opened(corpus), saved)
        whole, corpus._search = corpus._search, lambda _: EMPTY
        acted(wired, do="save", question="حريق مصنع صفاقس")
        corpus._search = whole
        before, after = asyncio.run(every(wired.load(REQUEST)))
        assert 'class="new"' not in before
        assert 'class="new"' in after
        (one,) = saved.list().questions
        assert acted(wired, do="look", id=one.id)[-1][1].count("is-new") == len(one.found) > 0
        assert "is-new" not in acted(wired, do="look", id=one.id)[-1][1]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"do": "save", "question": "؟"}, "It contains no words"),
        ({"do": "save", "question": "من after:tomorrow"}, "tomorrow"),
        ({"do": "look", "id": "x"}, "x"),
    ],
)
def test_what_cannot_be_saved_is_told(corpus: Corpus, tmp_path: Path, said: dict[str, str], says: str) -> None:
    last = acted(SavedWiring(opened(corpus), Saved(tmp_path / "saved.json", "archive")), **said)[-1]
    assert WORDS["error_saved"]["en"] in last[1]
    assert says in last[1]
    (tmp_path / "saved.json").write_text("torn", encoding="utf-8")
    wired = SavedWiring(opened(corpus), Saved(tmp_path / "saved.json", "archive"))
    assert WORDS["error_saved"]["en"] in asyncio.run(every(wired.load(REQUEST)))[0]


# A sheet of questions.


def sheet(tmp_path: Path, text: str, name: str = "q.csv") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def journals(home: Path) -> Journals:
    return Journals(home / "data" / Journals.FOLDER)


def answered(wired: BatchWiring, file: str, first: str = "", request: Any = REQUEST) -> list[Any]:
    return asyncio.run(every(wired.answer(request, file, "", first, "")))


def table_of(tables: Tables, html: str) -> list[dict[str, str]]:
    """The rows of the sheet that the page links to."""
    write = tables.of("a" * 32, html.split("/views/")[1].split(".")[0])
    assert write is not None
    return list(csv.DictReader(io.StringIO(write(".csv", "").decode("utf-8-sig"))))


def test_a_sheet_is_answered_row_by_row_shown_and_kept_whole_for_download(corpus: Corpus, tmp_path: Path) -> None:
    tables = Tables()
    file = sheet(tmp_path, f"id,سؤال\n1,{DEAD}\n2,\n3,xyzzy\n")
    last = answered(BatchWiring(opened(corpus), tables, journals(tmp_path)), file)[-1]
    html = last[0]
    assert "answered: 1" in html
    assert "not in the archive: 1" in html
    assert "not asked: 1" in html  # the empty row
    assert not Path(file).exists()
    name = html.split("/views/")[1].split(".")[0]
    write = tables.of("a" * 32, name)
    assert write is not None
    rows = list(csv.DictReader(io.StringIO(write(".csv", "").decode("utf-8-sig"))))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["short answer"] in {"12 عاملا", "14 عاملا"}
    assert rows[0]["short answer"] in rows[0]["quote"]


def test_a_stopped_batch_keeps_what_it_has_and_says_what_is_left(corpus: Corpus, tmp_path: Path) -> None:
    tables = Tables()
    wired, plain = BatchWiring(opened(corpus), tables, journals(tmp_path)), corpus.answerer

    class Stopping:
        policy, name = plain.policy, plain.name
        done = 0

        def without_model(self) -> Stopping:
            return self

        def answer(self, query: Any, cancel: Any = None) -> Any:
            made = plain.answer(query)
            self.done += 1
            if self.done == 2:
                wired.stop(REQUEST)
            return made

    corpus.answerer = Stopping()  # type: ignore[assignment]
    html = answered(wired, sheet(tmp_path, f"question\n{DEAD}\n{DEAD}\n{DEAD}\n"))[-1][0]
    assert "left when it was stopped: 2" in html
    rows = table_of(tables, html)
    assert [row["status"] for row in rows] == ["answered", "error", "error"]
    assert [row["problem"] for row in rows] == ["", *[WORDS["batch.stopped"]["en"]] * 2]


def test_rows_that_cannot_be_asked_say_why_in_the_language_of_the_page(corpus: Corpus, tmp_path: Path) -> None:
    tables = Tables()
    names = " ".join(f"name:n{n}" for n in range(11))
    text = f"question,n\n{DEAD},1\n,2\n{DEAD} after:tomorrow,3\n{'س' * 2001},4\n{DEAD} {names},5\n"
    html = answered(BatchWiring(opened(corpus), tables, journals(tmp_path)), sheet(tmp_path, text), request=ARABIC)[-1][
        0
    ]
    problems = [row["problem"] for row in table_of(tables, html)]
    assert problems == [
        "",
        "لا كلمات فيه. اكتب كلمة واحدة على الأقل.",
        "ليس تاريخًا: «after:tomorrow» اكتب مثلًا after:2015 أو after:2015-10 أو after:2015-10-03؛ "
        "وإن قصدت الكلمات فضع مسافة بعد النقطتين.",
        "عدد أحرفه 2001، والحد الأقصى 2000. اختصره.",
        "عدد الأسماء أكثر من 10. قلّل منها.",
    ]
    assert all(one in html for one in problems)


def test_a_sheet_of_two_hundred_goes_on_after_a_reload_and_a_kill_of_the_server(corpus: Corpus, tmp_path: Path) -> None:
    asked: list[str] = []
    plain = corpus.answerer

    def counting(query: Any) -> Found:
        asked.append(query.question)
        return plain.search(query)

    corpus.answerer = Answerer(counting, kind="reader", read=plain.read, policy=plain.policy)
    text = "question\n" + "".join(f"{DEAD} {n}\n" for n in range(200))
    folder = tmp_path / "data" / Journals.FOLDER

    async def left_after(rows: int, request: Any) -> None:
        """The page is closed, or the server killed, after so many rows: nothing shows what was answered."""
        wired = BatchWiring(opened(corpus), Tables(), journals(tmp_path))
        shown = wired.answer(request, sheet(tmp_path, text), "", "", "")
        before = len(asked)
        async for _ in shown:
            if len(asked) >= before + rows:
                break
        await shown.aclose()

    asyncio.run(left_after(3, REQUEST))
    [journal] = folder.iterdir()
    assert (journal.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    with journal.open("a", encoding="utf-8") as file:
        file.write('{"row": 199, "question": "')  # killed in the middle of a line
    asyncio.run(left_after(3, REQUEST))
    tables = Tables()
    html = answered(BatchWiring(opened(corpus), tables, journals(tmp_path)), sheet(tmp_path, text))[-1][0]
    assert "left when" not in html
    assert set(asked) == {f"{DEAD} {n}" for n in range(200)}
    assert len(asked) <= 202  # twice at most the one that was being answered when it was interrupted
    assert list(folder.iterdir()) == [journal]  # until it is old: the sheet itself is only in memory
    write = tables.of("a" * 32, html.split("/views/")[1].split(".")[0])
    assert write is not None
    rows = list(csv.DictReader(io.StringIO(write(".csv", "").decode("utf-8-sig"))))
    assert [row["question"] for row in rows] == [f"{DEAD} {n}" for n in range(200)]
    asked.clear()
    whole = Tables()
    again = answered(BatchWiring(opened(corpus), whole, journals(tmp_path)), sheet(tmp_path, text))[-1][0]
    assert asked == []
    other = whole.of("a" * 32, again.split("/views/")[1].split(".")[0])
    assert other is not None
    assert write(".csv", "") == other(".csv", "")


def test_a_sheet_of_another_browser_begins_anew_and_old_rows_are_deleted(tmp_path: Path) -> None:
    kept, questions = journals(tmp_path), Questions.of([["question"], [DEAD]])
    mine = kept.of("me", questions, "key", "snapshot")
    mine.write(1, DEAD, RowAnswer("answered", snapshot="snapshot"))
    assert len(kept.of("me", questions, "key", "snapshot").read()) == 1
    assert kept.of("you", questions, "key", "snapshot").read() == {}
    [path] = (tmp_path / "data" / Journals.FOLDER).iterdir()
    os.utime(path, (0, time.time() - Journals.KEPT_SECONDS - 60))
    assert kept.of("me", questions, "key", "snapshot").read() == {}


@pytest.mark.parametrize(
    ("text", "name", "first", "says"),
    [
        ("question\n", "q.csv", "", "There is no question in it."),
        ("no workbook", "q.xlsx", "", "It is not a valid XLSX workbook."),
        ("question\nمن؟\n", "q.pdf", "", "It is neither .csv nor .xlsx."),
        ('question\n"من" هو؟\n', "q.csv", "", "It is not a valid CSV table: line 2."),
        ("question\n" + "من؟\n" * 10_001, "q.csv", "", "It has more than 10000 rows, 200 columns or 20 MiB."),
        ("question\n\x00\x01\x02\n", "q.csv", "", "It cannot be read as text."),
        ("question\nمن؟\n", "q.csv", "yesterday", "“yesterday” is not a date."),
    ],
)
def test_a_sheet_that_cannot_be_answered_is_told_in_both_languages(
    corpus: Corpus, tmp_path: Path, text: str, name: str, first: str, says: str
) -> None:
    wired = BatchWiring(opened(corpus), Tables(), journals(tmp_path))
    last = answered(wired, sheet(tmp_path, text, name), first)[-1]
    assert WORDS["error_batch"]["en"] in last[0]
    assert says in last[0]
    arabic = answered(wired, sheet(tmp_path, text, name), first, ARABIC)[-1][0]
    assert WORDS["error_batch"]["ar"] in arabic
    assert WORDS["fault.other"]["ar"] not in arabic
    assert not re.search("[a-z]{3,} [a-z]{2,}", re.sub("<[^>]*>", "", arabic))


def test_a_file_that_is_gone_before_it_is_read_is_told_in_the_language_of_the_page(
    corpus: Corpus, tmp_path: Path
) -> None:
    wired = BatchWiring(opened(corpus), Tables(), journals(tmp_path))
    last = answered(wired, str(tmp_path / "gone.csv"), request=ARABIC)[-1]
    assert WORDS["fault.table_unread"]["ar"] in last[0]


def test_only_the_last_tables_are_kept() -> None:
    tables = Tables()
    names = [tables.keep("me", lambda suffix, base: b"") for _ in range(40)]
    assert tables.of("me", names[0]) is None
    assert tables.of("me", names[-1]) is not None
