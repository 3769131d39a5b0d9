"""A watch acts when what it sees has changed and is at rest, one at a time, and nothing but its end ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_corpus import fill

from rag.errors import BadInput, CorpusBusy
from rag.ingest.sync import PAUSE, RETRY, SHARE, watch
from rag.store.catalog import Catalog

AWAY = BadInput("there is no such folder", where="/news")


def run(
    seen: list[object], act: Callable[[float], None] = lambda _: None, look_seconds: float = 0
) -> tuple[list[float], list[str], list[float]]:
    """What a watch does that sees these, one a look: when it acted, what it complained of, and how long it waited."""
    time_, looks = [0.0], iter(seen)
    acted: list[float] = []
    told: list[str] = []
    waited: list[float] = []

    def look() -> object:
        time_[0] += look_seconds
        what = next(looks)
        if isinstance(what, Exception):
            raise what
        return what

    def noting() -> None:
        acted.append(time_[0])
        act(time_[0])

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        time_[0] += seconds
        return len(waited) == len(seen) - 1

    watch(look, noting, lambda error: told.append(str(error)), wait, lambda: time_[0])
    return acted, told, waited


def test_it_acts_at_once_and_then_only_when_something_has_changed() -> None:
    assert run(["a", "a", "a", "a"])[0] == [0]


def test_a_change_is_acted_on_once_it_is_at_rest() -> None:
    acted, _, waited = run(["a", "a", "b", "c", "d", "d", "d", "d"])
    # Looks at 0 (twice), 2 (b), 4 (c), 6 (d), 8 (d again: at rest).
    assert acted == [0, 8]
    assert set(waited) == {PAUSE}


def test_what_goes_back_to_what_it_was_is_no_change() -> None:
    assert run(["a", "b", "a", "a", "a"])[0] == [0]


def test_a_folder_that_is_away_for_a_while_is_told_once_each_time_and_found_again() -> None:
    acted, told, _ = run(["a", AWAY, AWAY, AWAY, "a", "a", AWAY, "a", "b", "b"])
    assert told == [str(AWAY), str(AWAY)]
    assert len(acted) == 2


def test_a_refusal_is_told_and_tried_again_only_when_something_else_is_seen() -> None:
    def refuses(now: float) -> None:
        raise BadInput("3 of 5 articles would be deleted")

    acted, told, _ = run(["a"] * 40 + ["b"] * 3, refuses)
    assert len(acted) == len(told) == 2


@pytest.mark.parametrize("error", [CorpusBusy("process 7 is writing"), OSError(28, "No space left on device")])
def test_any_other_failure_is_tried_again_after_a_while(error: Exception) -> None:
    def fails_until(now: float) -> None:
        if now < RETRY:
            raise error

    acted, told, _ = run(["a"] * 40, fails_until)
    assert acted == [0, RETRY]
    assert told == [str(error)]


def test_a_fault_of_ours_is_not_swallowed() -> None:
    def faulty(now: float) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(["a", "a"], faulty)


def test_a_folder_that_is_not_there_at_first_ends_it() -> None:
    with pytest.raises(BadInput, match="no such folder"):
        run([AWAY, "a"])


def test_looking_takes_a_small_share_of_the_time() -> None:
    assert run(["a", "a", "a"], look_seconds=1.5)[2] == [SHARE * 1.5] * 2


def test_a_change_is_looked_at_again_soon_however_long_a_look_takes() -> None:
    acted, _, waited = run(["a", "a", "b", "b", "b"], look_seconds=1.5)
    assert waited == [SHARE * 1.5, PAUSE, SHARE * 1.5, SHARE * 1.5]
    assert len(acted) == 2


CHILD = """
import sys, time
from pathlib import Path
from small_corpus import HashModel, take_in
from rag.folders import Roots
from rag.ingest.sync import watch
from ui.shared.terminal import complain
from ui.cli.ingest import _until_told_to_end

class Slow(HashModel):
    def encode_passages(self, texts):
        time.sleep(0.05)
        return super().encode_passages(texts)

roots = Roots.of(Path(sys.argv[1]))
with _until_told_to_end():
    print("ready", flush=True)
    watch(
        lambda: roots.scan().files,
        lambda: print(take_in(Path(sys.argv[1]), Path(sys.argv[2]), model=Slow()).generation, flush=True),
        complain,
        lambda seconds: time.sleep(seconds / 40),
        time.monotonic,
    )
print("ended", flush=True)
"""


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    fill(tmp_path / "folder", {"a.txt": "خبر س.\n"})
    command = [sys.executable, "-c", CHILD, str(tmp_path / "folder"), str(tmp_path / "data")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as child:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
        yield child
        child.kill()


def test_a_real_folder_is_kept_in_step_until_it_is_told_to_end(watching: subprocess.Popen[str], tmp_path: Path) -> None:
    out = watching.stdout
    assert out
    first = out.readline()
    (tmp_path / "folder" / "b.txt").write_text("آخر س.\n")
    second = out.readline()
    assert first[:6] == "000001"
    assert second[:6] == "000002"
    (tmp_path / "folder").rename(tmp_path / "away")
    assert "no such folder" in (watching.stderr.readline() if watching.stderr else "")
    (tmp_path / "away").rename(tmp_path / "folder")
    (tmp_path / "folder" / "b.txt").write_text("غيره س.\n")
    assert out.readline()[:6] == "000003"
    for name in ("a.txt", "b.txt"):
        (tmp_path / "folder" / name).unlink()
    (tmp_path / "folder" / "c.txt").write_text("وحده س.\n")
    assert "2 of 2 articles would be deleted" in (watching.stderr.readline() if watching.stderr else "")
    watching.send_signal(signal.SIGTERM)
    assert out.readline() == "ended\n"
    assert watching.wait(10) == 0


def test_a_signal_in_the_middle_of_an_ingest_ends_it_and_loses_nothing(
    watching: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert watching.stdout
    assert watching.stdout.readline()[:6] == "000001"
    for number in range(60):
        (tmp_path / "folder" / f"{number}.txt").write_text(f"خبر {number} س. ثم {number}. \n")
    path = tmp_path / "data" / "corpora" / "archive" / "catalog.sqlite3"
    for _ in range(500):
        time.sleep(0.02)
        with Catalog.open(path) as catalog:
            if catalog.counts("archive").generations == 2:
                break
    watching.send_signal(signal.SIGINT)
    said = watching.stdout.readline()
    done = said.startswith("000002")  # on a busy machine the ingest may be done before the signal comes
    assert (watching.stdout.readline() if done else said) == "ended\n"
    assert watching.wait(10) == 0
    with Catalog.open(path) as catalog:
        current = catalog.current("archive")
        assert current
        assert current.count == (61 if done else 1)
        if not done:
            assert catalog.counts("archive").generations == 1, "what was begun is taken back"
