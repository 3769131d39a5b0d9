"""Conversations are their owner's alone, come back as they were kept, and leave no word when they are deleted."""

from __future__ import annotations

import random
import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import Pointing, article, found, query

from rag.errors import IsnadError
from rag.generate.answer import Answerer
from ui.shared.history import History, HistoryUnusable, NoConversation, Turn
from ui.shared.schemas import AnswerDocument

LAYLA, OMAR = "secret-of-layla", "secret-of-omar"


def answered(question: str) -> Turn:
    answer = Answerer(lambda _: found(article("زار الوزير المعلّم سوتشي.\r\n"))).answer(query(question))
    return Turn.answered(AnswerDocument.of(answer))


def titles(history: History, owner: str) -> list[str]:
    return [summary.title for summary in history.conversations(owner)]


def kept(history: History, owner: str, *questions: str) -> str:
    conversation = history.start(owner)
    for question in questions:
        history.keep(owner, conversation, Turn.failed(question, "لا جواب"))
    return conversation


def words_on_disk(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "corpus" / "conversations.sqlite3"


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2024, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def test_nothing_is_on_the_disk_before_the_first_call(path: Path) -> None:
    History(path)
    assert not path.parent.exists()


def test_turns_come_back_as_they_were_kept_also_after_a_restart(path: Path) -> None:
    history = History(path)
    conversation = history.start(LAYLA)
    turns = [answered("من زار سوتشي؟"), Turn.failed("\ud800 متى؟", "the model \x00 hung")]
    for turn in turns:
        history.keep(LAYLA, conversation, turn)
    assert History(path).turns(LAYLA, conversation) == turns
    assert turns[1].question == "\N{REPLACEMENT CHARACTER} متى؟"


def test_the_short_answers_come_back_and_an_answer_that_was_kept_without_them_too(path: Path) -> None:
    answerer = Pointing(lambda _: found(article("زار الوزير المعلّم سوتشي.")), "المعلّم")
    history = History(path)
    conversation = history.start(LAYLA)
    turn = Turn.answered(AnswerDocument.of(answerer.answer(query("من زار سوتشي؟"))))
    history.keep(LAYLA, conversation, turn)
    [kept] = history.turns(LAYLA, conversation)
    assert kept.answer is not None
    assert ([one.text for one in kept.answer.short], kept.answer.probability) == (["المعلّم"], 0.9375)
    with closing(sqlite3.connect(path)) as file, file:
        [table] = [
            name
            for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if "answer" in [column[1] for column in file.execute(f"PRAGMA table_info({name})")]
        ]
        changed = file.execute(f"UPDATE {table} SET answer = json_remove(answer, '$.short', '$.probability')")
        assert changed.rowcount == 1
    [old] = History(path).turns(LAYLA, conversation)
    assert old.answer is not None
    assert (old.answer.short, old.answer.probability, old.answer.text) == ([], None, kept.answer.text)


def test_the_list_is_newest_first_and_shows_the_first_question_and_the_count(path: Path) -> None:
    history = History(path, now=Clock())
    first = kept(history, LAYLA, "الأول؟")
    kept(history, LAYLA, "الثاني؟", "وبعده؟")
    assert [(one.title, one.turns) for one in history.conversations(LAYLA)] == [("الثاني؟", 2), ("الأول؟", 1)]
    history.keep(LAYLA, first, Turn.failed("مرة أخرى؟", "x"))
    assert titles(history, LAYLA) == ["الأول؟", "الثاني؟"]
    assert history.conversations(LAYLA)[0].updated_at == "2024-05-01T12:00:06.000000+00:00"


def test_a_conversation_that_was_only_started_is_in_no_list(path: Path) -> None:
    history = History(path)
    conversation = history.start(LAYLA)
    assert history.conversations(LAYLA) == []
    assert history.turns(LAYLA, conversation) == []


def test_anothers_conversation_is_as_absent_in_every_call(path: Path) -> None:
    history = History(path)
    conversation = kept(history, LAYLA, "سرّي؟")
    turn = history.turns(LAYLA, conversation)[0]
    calls = [
        lambda name: history.turns(OMAR, name),
        lambda name: history.keep(OMAR, name, Turn.failed("لي؟", "x")),
        lambda name: history.delete(OMAR, name),
    ]
    for call in calls:
        with pytest.raises(NoConversation) as of_another:
            call(conversation)
        with pytest.raises(NoConversation) as absent:
            call("no-such-id")
        assert str(of_another.value) == str(absent.value)
    assert history.conversations(OMAR) == []
    assert history.delete_all(OMAR) == 0
    assert history.turns(LAYLA, conversation) == [turn]


def test_a_turn_that_is_kept_again_takes_its_own_place(path: Path) -> None:
    history = History(path)
    conversation = kept(history, LAYLA, "أ؟", "ب؟")
    first, second = history.turns(LAYLA, conversation)
    again = Turn("أ؟", error="غيره", id=first.id, asked_at=first.asked_at)
    history.keep(LAYLA, conversation, again)
    assert history.turns(LAYLA, conversation) == [again, second]


def test_an_answer_that_takes_the_place_of_another_leaves_no_word_of_it(path: Path) -> None:
    history = History(path)
    conversation = kept(history, LAYLA, "أ؟", "ب؟", "ج؟")
    second = history.turns(LAYLA, conversation)[1]
    history.keep(LAYLA, conversation, replace(Turn.failed("د؟", "x"), id=second.id))
    assert [turn.question for turn in history.turns(LAYLA, conversation)] == ["أ؟", "د؟", "ج؟"]
    assert "ب؟".encode() not in words_on_disk(path)


def test_what_is_deleted_while_its_question_is_answered_does_not_come_back(path: Path) -> None:
    history = History(path)
    conversation = kept(history, LAYLA, "أ؟")
    history.delete(LAYLA, conversation)
    with pytest.raises(NoConversation):
        history.keep(LAYLA, conversation, Turn.failed("ب؟", "x"))
    assert history.conversations(LAYLA) == []


def test_the_oldest_conversations_and_turns_are_dropped_beyond_the_bounds(path: Path) -> None:
    history = History(path, max_conversations=2, max_turns=3, now=Clock())
    kept(history, OMAR, "لعمر؟")
    for number in range(4):
        kept(history, LAYLA, f"س{number}؟")
    assert titles(history, LAYLA) == ["س3؟", "س2؟"]
    assert titles(history, OMAR) == ["لعمر؟"]
    long = kept(history, LAYLA, *"أبجده")
    assert [turn.question for turn in history.turns(LAYLA, long)] == ["ج", "د", "ه"]


def test_opening_many_pages_costs_nobody_a_conversation(path: Path) -> None:
    history = History(path, max_conversations=2, now=Clock())
    kept(history, LAYLA, "أ؟")
    kept(history, LAYLA, "ب؟")
    pages = [history.start(LAYLA) for _ in range(5)]
    assert titles(history, LAYLA) == ["ب؟", "أ؟"]
    with pytest.raises(NoConversation):
        history.turns(LAYLA, pages[0])
    history.keep(LAYLA, pages[-1], Turn.failed("ج؟", "x"))
    assert titles(history, LAYLA) == ["ج؟", "ب؟"]


def test_what_was_not_added_to_for_some_days_is_dropped_word_for_word(path: Path) -> None:
    clock = Clock()
    history = History(path, keep_days=30, now=clock)
    kept(history, LAYLA, "OLDQUESTION")
    clock.at += timedelta(days=29)
    kept(history, LAYLA, "جديد؟")
    assert titles(history, LAYLA) == ["جديد؟", "OLDQUESTION"]
    clock.at += timedelta(days=2)
    assert titles(history, LAYLA) == ["جديد؟"]
    assert b"OLDQUESTION" not in words_on_disk(path)


def test_without_a_number_of_days_nothing_is_ever_too_old(path: Path) -> None:
    clock = Clock()
    history = History(path, now=clock)
    kept(history, LAYLA, "قديم؟")
    clock.at += timedelta(days=36500)
    assert titles(history, LAYLA) == ["قديم؟"]


def test_no_byte_of_a_deleted_conversation_stays_in_any_file(path: Path) -> None:
    history = History(path)
    draw = random.Random(7)
    live: dict[str, bytes] = {}
    for number in range(60):
        mark = f"SECRET{number:04d}X"
        conversation = history.start(LAYLA)
        for _ in range(draw.randint(1, 2)):
            question = mark + "س" * draw.choice([5, 400, 4000])
            history.keep(LAYLA, conversation, Turn.failed(question, f"{mark} " * draw.choice([1, 300])))
        live[conversation] = mark.encode()
        assert live[conversation] in words_on_disk(path)
        if number % 3:
            gone = draw.choice(list(live))
            mark_gone = live.pop(gone)
            history.delete(LAYLA, gone)
            assert mark_gone not in words_on_disk(path)
    assert history.delete_all(LAYLA) == 60 - 40
    assert b"SECRET" not in words_on_disk(path)


def test_no_byte_stays_either_while_another_process_has_the_file_open(path: Path) -> None:
    history = History(path)
    conversation = kept(history, LAYLA, "SECRETQUESTION")
    other = sqlite3.connect(path)
    assert other.execute("SELECT question FROM turns").fetchall() == [("SECRETQUESTION",)]
    history.delete(LAYLA, conversation)
    assert Path(f"{path}-wal").exists()
    assert b"SECRETQUESTION" not in words_on_disk(path)
    other.close()


def test_only_the_servers_user_reads_the_file_and_it_names_nobody(path: Path) -> None:
    path.parent.mkdir()
    path.touch(0o666)
    path.chmod(0o666)
    kept(History(path), LAYLA, "أ؟")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert LAYLA.encode() not in words_on_disk(path)


def test_threads_do_not_lose_each_others_turns(path: Path) -> None:
    histories = [History(path), History(path)]  # as two processes would
    conversation = histories[0].start(LAYLA)

    def ask(number: int) -> None:
        for turn in range(5):
            histories[number % 2].keep(LAYLA, conversation, Turn.failed(f"{number}-{turn}", "x"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    questions = [turn.question for turn in histories[0].turns(LAYLA, conversation)]
    assert sorted(questions) == sorted(f"{number}-{turn}" for number in range(6) for turn in range(5))


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda path: path.write_bytes("ليست قاعدة بيانات".encode() * 200), "not a conversation database"),
        (lambda path: path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 8192), "damaged"),
        (lambda path: _run(path, "PRAGMA user_version=2"), "newer Isnad (schema 2"),
        (lambda path: _run(path, "PRAGMA application_id=7"), "database of another program"),
        (lambda path: _run(path, "UPDATE turns SET answer='{', error=NULL"), "cannot be read"),
        (lambda path: _run(path, "DROP TABLE turns"), "no such table"),
    ],
    ids=["no-database", "torn", "newer", "another-program", "broken-answer", "table-gone"],
)
def test_a_damaged_file_is_a_clear_error(path: Path, damage, says: str) -> None:  # type: ignore[no-untyped-def]
    history = History(path)
    conversation = kept(history, LAYLA, "أ؟" * 3000)
    damage(path)
    with pytest.raises(HistoryUnusable) as error:
        history.turns(LAYLA, conversation)
    assert says in error.value.what
    assert error.value.where == str(path)
    assert error.value.do


def test_a_folder_in_the_way_is_a_clear_error(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(IsnadError, match="cannot be opened"):
        History(path).start(LAYLA)


def test_an_answer_that_cannot_be_read_can_still_be_deleted(path: Path) -> None:
    history = History(path)
    conversation = kept(history, LAYLA, "أ؟")
    _run(path, "UPDATE turns SET answer='{', error=NULL")
    history.delete(LAYLA, conversation)
    assert history.conversations(LAYLA) == []


@pytest.mark.parametrize("bounds", [{"max_conversations": 0}, {"max_turns": 0}, {"keep_days": -1}])
def test_bounds_that_keep_nothing_are_refused(path: Path, bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        History(path, **bounds)  # type: ignore[arg-type]


def test_a_turn_has_an_answer_or_an_error_and_not_both() -> None:
    turn = answered("من؟")
    with pytest.raises(ValueError, match="either an answer or an error"):
        Turn("من؟")
    with pytest.raises(ValueError, match="either an answer or an error"):
        Turn("من؟", turn.answer, "x")
    with pytest.raises(ValueError, match="belongs to another question"):
        Turn("متى؟", turn.answer)


def test_a_turn_holds_text_only() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        Turn("من؟\udc80", error="x")


@pytest.mark.parametrize("words", ["", "\x00", "'; DROP TABLE turns; --", "\udc80", "إ" * 100_000])
def test_any_str_names_an_owner_and_a_conversation(path: Path, words: str) -> None:
    history = History(path)
    conversation = kept(history, words, "أ؟")
    assert len(history.turns(words, conversation)) == 1
    with pytest.raises(NoConversation):
        history.turns(words, words)


def _run(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
