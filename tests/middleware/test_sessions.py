"""Server-side sessions: how long one goes on, what the file holds of it, and what ends it."""

from __future__ import annotations

import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clock import Clock

from ui.middleware import sessions as sessions_module
from ui.middleware.sessions import FILE, IDLE_SECONDS, LIFETIME_SECONDS, TOUCH_SECONDS, Sessions, SessionsUnusable


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000.0)


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    return Sessions(tmp_path / FILE, "news", clock=clock)


def rows(folder: Path) -> int:
    return int(sqlite3.connect(folder / FILE).execute("SELECT count(*) FROM sessions").fetchone()[0])


def test_a_session_is_valid_for_the_credential_that_began_it_alone(sessions: Sessions) -> None:
    name = sessions.begin(b"token")
    assert sessions.valid(name, [b"password", b"token"])
    assert not sessions.valid(name, [b"password"])
    assert not sessions.valid(name, [])
    for other in ("", name[:-1], name + "A", name.swapcase(), "\ud800", "x" * 70_000):
        assert not sessions.valid(other, [b"token"])


def test_names_are_of_256_random_bits_and_the_file_holds_none_of_them(sessions: Sessions, tmp_path: Path) -> None:
    names = {sessions.begin(b"token") for _ in range(20)}
    assert len(names) == 20
    assert {len(name) for name in names} == {43}  # 43 characters of base64 hold 258 bits
    kept = (tmp_path / FILE).read_bytes()
    assert not any(name.encode() in kept for name in names)


def test_the_file_is_for_this_user_alone_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Sessions(tmp_path / "new" / FILE).begin(b"x")
        (tmp_path / FILE).touch(0o666)
        Sessions(tmp_path / FILE).begin(b"x")
    finally:
        os.umask(old)
    for path in (tmp_path / FILE, tmp_path / "new" / FILE):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_idle_session_ends_and_one_in_use_goes_on_to_its_last_day(sessions: Sessions, clock: Clock) -> None:
    idle, used, began = sessions.begin(b"x"), sessions.begin(b"x"), clock.now
    while clock.now + 24 * 3600 < began + LIFETIME_SECONDS:
        clock.now += 24 * 3600
        assert sessions.valid(used, [b"x"])
        if clock.now >= began + IDLE_SECONDS:
            assert not sessions.valid(idle, [b"x"])
    clock.now = began + LIFETIME_SECONDS - 1
    assert sessions.valid(used, [b"x"])
    clock.now += 1
    assert not sessions.valid(used, [b"x"])


def test_a_use_within_the_hour_is_not_written_and_costs_a_session_no_more_than_that(
    sessions: Sessions, clock: Clock
) -> None:
    name, began = sessions.begin(b"x"), clock.now
    clock.now = began + TOUCH_SECONDS
    assert sessions.valid(name, [b"x"])
    clock.now = began + IDLE_SECONDS - 1
    assert sessions.valid(name, [b"x"])
    clock.now += IDLE_SECONDS - 1
    assert sessions.valid(name, [b"x"])


def test_ended_sessions_are_removed_from_the_file(sessions: Sessions, clock: Clock, tmp_path: Path) -> None:
    for _ in range(5):
        sessions.begin(b"x")
    clock.now += IDLE_SECONDS
    sessions.begin(b"x")
    assert rows(tmp_path) == 1


def test_their_number_is_bounded_and_the_least_used_goes_first(
    sessions: Sessions, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions_module, "_MOST", 3)
    names = []
    for _ in range(3):
        names.append(sessions.begin(b"x"))
        clock.now += 2 * TOUCH_SECONDS
    assert sessions.valid(names[0], [b"x"])  # the oldest, but in use
    sessions.begin(b"x")
    assert rows(tmp_path) == 3
    assert [sessions.valid(name, [b"x"]) for name in names] == [True, False, True]


def test_a_log_out_ends_one_session_in_every_server_of_the_folder(sessions: Sessions, tmp_path: Path) -> None:
    mine, other = sessions.begin(b"x"), sessions.begin(b"x")
    second = Sessions(tmp_path / FILE, "archive", clock=sessions._clock)
    assert second.valid(mine, [b"x"])
    sessions.end(mine)
    for one in (sessions, second):
        assert not one.valid(mine, [b"x"])
        assert one.valid(other, [b"x"])


def test_a_credential_that_was_changed_ends_its_sessions_at_its_corpus_for_good(
    sessions: Sessions, tmp_path: Path, clock: Clock
) -> None:
    mine = sessions.begin(b"old")
    other = Sessions(tmp_path / FILE, "archive", clock=clock)  # has a token of its own, in the same folder
    theirs = other.begin(b"theirs")
    sessions.end_others([b"new"])
    assert not sessions.valid(mine, [b"old", b"new"])
    assert other.valid(theirs, [b"theirs"])
    other.end_others([])
    assert not other.valid(theirs, [b"theirs"])


def test_the_secret_is_the_same_after_a_restart_and_for_servers_that_start_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as many:
        secrets = set(many.map(lambda _: Sessions(tmp_path / FILE).secret, range(16)))
    assert len(secrets) == 1
    assert secrets == {Sessions(tmp_path / FILE).secret}
    assert len(secrets.pop()) == 32
    assert Sessions(tmp_path / "another" / FILE).secret not in secrets


def test_a_fingerprint_tells_credentials_apart_and_is_another_in_another_file(
    sessions: Sessions, tmp_path: Path
) -> None:
    assert sessions.fingerprint("a") == Sessions(tmp_path / FILE).fingerprint("a")
    assert len({sessions.fingerprint(one) for one in ("a", "b", "", "\ud800")}) == 4
    assert Sessions(tmp_path / "another" / FILE).fingerprint("a") != sessions.fingerprint("a")


def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database, but long enough to be looked at" * 100)
    with pytest.raises(SessionsUnusable) as told:
        Sessions(tmp_path / FILE)
    assert str(tmp_path / FILE) in str(told.value)
    assert "move the file away" in told.value.do
    folder = tmp_path / "folder"
    folder.touch()
    with pytest.raises(SessionsUnusable):
        Sessions(folder / FILE)


def test_a_file_that_is_locked_signs_nobody_in_and_nobody_out(tmp_path: Path, clock: Clock) -> None:
    sessions = Sessions(tmp_path / FILE, clock=clock)
    sessions._database.execute("PRAGMA busy_timeout=50")
    name = sessions.begin(b"x")
    clock.now += 2 * TOUCH_SECONDS
    with sqlite3.connect(tmp_path / FILE, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SessionsUnusable):
            sessions.begin(b"x")
        assert sessions.valid(name, [b"x"])  # its use could not be written down
        other.execute("ROLLBACK")
    assert sessions.valid(sessions.begin(b"x"), [b"x"])
