"""Kills ingests, restores and backups of a small corpus with SIGKILL at random moments, and looks after each.

``python kill_loop.py FOLDER KILLS SEED`` prints what it did as one JSON object. It is a process of its own, with one
thread, so that it can fork: what is killed starts in milliseconds.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from small_corpus import build, fill, take_in, wrong

from rag.ingest.backup import backup, corpus_of, must_be_sound, restore
from rag.store.catalog import Catalog

PLACES = ["حلب", "دمشق", "حمص", "حماة", "إدلب", "درعا", "بيروت", "عمان"]


def a_text(chance: random.Random) -> str:
    lines = [f"{chance.choice(PLACES)} {chance.randrange(1000)} س. وانتهى.\n" for _ in range(chance.randint(1, 6))]
    return "".join(lines)


def changed(files: dict[str, str], chance: random.Random) -> dict[str, str]:
    """Some files added, changed, renamed and deleted, and one at least left."""
    now = dict(files)
    for _ in range(chance.randint(1, 6)):
        name = f"{chance.choice(['', '2016/'])}{chance.randrange(14)}.txt"
        what = chance.choice(["write", "write", "rename", "delete"])
        old = chance.choice(sorted(now)) if now else None
        if what == "write" or old is None:
            now[name] = a_text(chance)
        elif what == "rename":
            now[name] = now.pop(old)
        elif len(now) > 1:
            del now[old]
    return now


def answers(data: Path) -> dict[str, str]:
    """What the corpus answers from: source → text. Nothing before the first ingest has come to its end."""
    home = data / "corpora" / "archive"
    if not (home / "catalog.sqlite3").is_file() or not (home / "catalog.sqlite3").stat().st_size:
        return {}
    with Catalog.open(home / "catalog.sqlite3", create=True) as catalog:
        current = catalog.current("archive")
        if current is None:
            return {}
        assert (home / "generations" / current.id / "complete").is_file()
        ids = [meta.id for meta in catalog.articles_meta(current.id)]
        return {article.source: article.text for article in catalog.articles(current.id, ids).values()}


def killed(work: Callable[[], object], seconds: float | None) -> bool:
    """Do the work in a child and kill it after so many seconds (None: let it end). Whether it was killed in it."""
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
    return status == signal.SIGKILL


def loop(base: Path, kills: int, seed: int) -> dict[str, object]:
    chance = random.Random(seed)
    folder, data, kept = base / "folder", base / "data", base / "kept.db"
    home = data / "corpora" / "archive"
    wanted: dict[str, str] = {"0.txt": a_text(chance)}
    answered: dict[str, str] = {}
    in_backup: dict[str, str] | None = None
    longest = {"ingest": 0.1, "rebuild": 0.1, "restore": 0.1, "backup": 0.05}
    done: Counter[str] = Counter()
    while done["kills"] < kills:
        names = ["ingest"] * 5 + ["rebuild"] + (["backup"] if answered else []) + (["restore"] if in_backup else [])
        what = chance.choice(names)
        if what == "ingest":
            wanted = changed(wanted, chance)
            fill(folder, wanted)

        def work(what: str = what) -> object:
            if what == "backup":
                return backup(home, "archive", kept, force=True)
            if what == "restore":
                return restore(kept, home, "archive", build, force=True)
            return take_in(folder, data, allow_deletes=True, rebuild=what == "rebuild")

        delay = None if chance.random() < 0.15 else chance.uniform(0, longest[what])
        started = time.monotonic()
        was_killed = killed(work, delay)
        if not was_killed:
            longest[what] = 0.5 * longest[what] + 0.6 * (time.monotonic() - started)
        done["kills"] += was_killed
        done[f"{what} {'killed' if was_killed else 'ended'}"] += 1

        if what == "backup":
            if kept.exists():
                must_be_sound(kept)
                assert corpus_of(kept) == "archive"
                in_backup = in_backup if was_killed and in_backup else answered
                # A killed one may have come to its end: what it then holds is learnt by restoring it.
                restore(kept, base / "try" / "corpora" / "archive", "archive", build, force=True)
                found = answers(base / "try")
                assert found in (in_backup, answered), "the backup holds what never was"
                in_backup = found
            new = answered
        else:
            new = in_backup if what == "restore" else wanted
        now = answers(data)
        assert now == new or (was_killed and now == answered), f"{what}: it answers from what never was"
        done["switched by the killed"] += was_killed and now == new != answered
        answered = now
        if (home / "catalog.sqlite3").is_file() and (home / "catalog.sqlite3").stat().st_size:
            found_wrong = wrong(data)
            assert found_wrong == [], found_wrong
    take_in(fill(folder, wanted), data, allow_deletes=True)
    assert answers(data) == wanted, "the next run did not finish the work"
    left = sorted(path.name for path in (home / "generations").iterdir())
    assert len(left) <= 4, left
    assert {path.name.split("-")[0] for path in home.iterdir()} == {"catalog.sqlite3", "generations", "lock"}
    return dict(done)


if __name__ == "__main__":
    told = loop(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    sys.stdout.write(json.dumps(told))
