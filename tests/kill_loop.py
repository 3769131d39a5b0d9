"""Kills ingests, merges, restores and backups of a small corpus with SIGKILL at random moments, and looks after each.

``python kill_loop.py FOLDER KILLS SEED [real]`` prints what it did as one JSON object; with ``real``, the index is the
product's, made of segments. It is a process of its own, with one thread, so that it can fork: what is killed starts in
milliseconds. Whatever starts threads, as Chroma does, is done in a child.
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
from functools import partial
from pathlib import Path
from typing import Any

from small_corpus import audit, build, fill, take_in, wrong

from rag.config import Settings
from rag.index.build import build as build_segments
from rag.index.generations import segments_of
from rag.index.layout import SEGMENTS, Manifest
from rag.index.verify import verify_folder
from rag.ingest.backup import backup, corpus_of, must_be_sound, restore
from rag.ingest.check import index_differences
from rag.ingest.merge import merge
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
        if not (home / "generations" / current.id / "complete").is_file():
            Manifest.read(home / "generations" / current.id)
            for name, _ in current.segments:
                Manifest.read(home / "generations" / SEGMENTS / name)
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


def faults(data: Path, *, real: bool) -> None:
    """Fail if `isnad doctor --deep` finds anything wrong."""

    def look() -> None:
        found = audit(data, check=partial(index_differences, verify=verify_folder))
        assert [finding for finding in found if finding.wrong] == [], found

    if real:
        killed(look, None)
    else:
        assert wrong(data) == []


def work(what: str, base: Path, make: Any) -> object:
    folder, data, kept = base / "folder", base / "data", base / "kept.db"
    if what == "backup":
        return backup(data / "corpora" / "archive", "archive", kept, force=True)
    if what == "restore":
        return restore(kept, data / "corpora" / "archive", "archive", make, force=True)
    if what == "merge":
        return merge(Settings(data_dir=data), "archive", make, due=lambda _: None)
    return take_in(folder, data, allow_deletes=True, rebuild=what == "rebuild", build=make)


def most_segments(home: Path) -> int:
    return max((len(segments_of(path)) for path in (home / "generations").glob("0*") if path.is_dir()), default=0)


def nothing_is_left(home: Path) -> None:
    """Fail if there are more than two generations, segments that neither has, or other files."""
    generations = home / "generations"
    kept = [path for path in generations.glob("0*") if path.is_dir()]
    assert len(kept) <= 2, kept
    held = {name for path in kept for name, _ in segments_of(path)}
    assert {path.name.removesuffix(".lease") for path in (generations / SEGMENTS).glob("*")} == held
    expected = {"catalog.sqlite3", "generations", "lock"}
    assert {path.name.split("-")[0] for path in home.iterdir()} - {"merging"} == expected


def possible(answered: object, in_backup: object, *, real: bool) -> list[str]:
    """What can be done now, as often as it should be."""
    merges = ["merge"] * 3 if real and answered else []
    return ["ingest"] * 5 + ["rebuild"] + merges + (["backup"] if answered else []) + (["restore"] if in_backup else [])


def loop(base: Path, kills: int, seed: int, *, real: bool) -> dict[str, object]:
    make: Any = partial(build_segments, verify=verify_folder) if real else build
    chance = random.Random(seed)
    folder, data, kept = base / "folder", base / "data", base / "kept.db"
    home = data / "corpora" / "archive"
    wanted: dict[str, str] = {"0.txt": a_text(chance)}
    answered: dict[str, str] = {}
    in_backup: dict[str, str] | None = None
    longest = {"ingest": 0.1, "rebuild": 0.1, "restore": 0.1, "backup": 0.05, "merge": 0.1}
    done: Counter[str] = Counter()
    most = 0
    while done["kills"] < kills:
        what = chance.choice(possible(answered, in_backup, real=real))
        if what == "ingest":
            wanted = changed(wanted, chance)
            fill(folder, wanted)

        delay = None if chance.random() < 0.15 else chance.uniform(0, longest[what])
        started = time.monotonic()
        was_killed = killed(partial(work, what, base, make), delay)
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
            new = (in_backup or {}) if what == "restore" else answered if what == "merge" else wanted
        now = answers(data)
        assert now == new or (was_killed and now == answered), f"{what}: it answers from what never was"
        done["switched by the killed"] += was_killed and now == new != answered
        answered = now
        if (home / "catalog.sqlite3").is_file() and (home / "catalog.sqlite3").stat().st_size:
            faults(data, real=real)
            most = max(most, most_segments(home))
    wanted["last.txt"] = a_text(chance)  # what was killed left something, which the next change removes
    killed(lambda: take_in(fill(folder, wanted), data, allow_deletes=True, build=make), None)
    assert answers(data) == wanted, "the next run did not finish the work"
    nothing_is_left(home)
    return {**done, "most segments": most}


if __name__ == "__main__":
    told = loop(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), real=sys.argv[4:] == ["real"])
    sys.stdout.write(json.dumps(told))
