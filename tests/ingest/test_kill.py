"""An ingest killed at any moment leaves a corpus that answers, and the next one finishes the work."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_corpus import HashModel, fill, take_in
from soak import LONG, times

from rag.store.catalog import Catalog
from rag.store.embeddings import texts_of

BEFORE = {f"{number}.txt": f"خبر رقم {number} س. نهاية {number} ع.\n" * 3 for number in range(12)}
AFTER = (
    {source: text for source, text in BEFORE.items() if source not in ("0.txt", "1.txt", "2.txt")}
    | {"renamed.txt": BEFORE["1.txt"], "2.txt": "خبر جديد س.\n", "3.txt": BEFORE["3.txt"] + "سطر أخير س.\n"}
    | {f"new {number}.txt": f"وصل الخبر {number} س. وانتهى {number} ع.\n" for number in range(12)}
)

CHILD = """
import json, sys, time
from pathlib import Path
from small_corpus import HashModel, build, take_in

class Slow(HashModel):
    def encode_passages(self, texts):
        time.sleep(0.01)
        return super().encode_passages(texts)

def slow(folder, passages, vectors, fingerprint):
    build(folder, (time.sleep(0.002) or passage for passage in passages), vectors, fingerprint)
    time.sleep(0.02)

def tell(*told):
    sys.stdout.write(json.dumps(told) + "\\n")
    sys.stdout.flush()

tell("ready", 0, 0)
take_in(Path(sys.argv[1]), Path(sys.argv[2]), model=Slow(), build=slow, progress=tell)
tell("end", 0, 0)
"""

# After this event, and a moment of at most so many milliseconds: every phase, and the ends of each.
MOMENTS = [
    ("ready", 0, 40),
    ("read", 1, 5),
    ("read", 20, 10),
    ("embed", 0, 15),
    ("embed", 16, 30),
    ("build", 0, 60),
    ("build", 1, 10),
    ("build", 1, 40),
]


def killed_at(folder: Path, data: Path, phase: str, done: int, delay: float) -> None:
    """Ingest in a child and kill it `delay` seconds after it tells that it has come so far."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    command = [sys.executable, "-c", CHILD, str(folder), str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout
        for line in child.stdout:
            told = json.loads(line)
            if told[0] == phase and told[1] >= done:
                break
        else:
            pytest.fail(f"the child never came to {phase} {done}")
        time.sleep(delay)
        os.kill(child.pid, signal.SIGKILL)


def answering(data: Path) -> tuple[str, dict[str, str]]:
    """The id and the texts of the generation that answers, after checking that all of it is there."""
    home = data / "corpora" / "archive"
    with Catalog.open(home / "catalog.sqlite3") as catalog:
        current = catalog.current("archive")
        assert current
        passages = list(catalog.iterate_passages(current.id))
        fingerprint, ids = json.loads((home / "generations" / current.id / "complete").read_text())
        assert (fingerprint, ids) == (current.fingerprint, [passage.id for passage in passages])
        assert len(ids) == current.count
        assert (home / "generations" / f"{current.id}.lease").is_file()
        texts = [text for passage in passages for text in texts_of(passage)]
        expected = np.array([HashModel().vector(text) for text in texts])
        np.testing.assert_array_equal(catalog.vectors(texts, current.fingerprint), expected)
        articles = catalog.articles(current.id, [meta.id for meta in catalog.articles_meta(current.id)])
        return current.id, {article.source: article.text for article in articles.values()}


def all_texts(files: dict[str, str]) -> list[str]:
    """Each line of the files, and each of its sentences."""
    lines = [line for text in files.values() for line in text.splitlines()]
    return lines + [f"{sentence.strip('. ')}." for line in lines for sentence in line.split(". ")]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of `BEFORE`, and a folder that holds `AFTER` by now."""
    base = tmp_path_factory.mktemp("start")
    take_in(fill(base / "folder", BEFORE), base / "data")
    fill(base / "folder", AFTER)
    return base


@pytest.mark.parametrize(("phase", "done", "longest"), MOMENTS)
def test_a_killed_ingest_loses_nothing_and_is_finished_by_the_next(
    start: Path, tmp_path: Path, phase: str, done: int, longest: int
) -> None:
    data = shutil.copytree(start / "data", tmp_path / "data")
    old, texts = answering(data)
    assert texts == BEFORE
    delay = random.Random(f"{phase}{done}{longest}").uniform(0, longest / 1000)
    killed_at(start / "folder", data, phase, done, delay)

    generation, texts = answering(data)
    assert texts == (BEFORE if generation == old else AFTER)
    with Catalog.open(data / "corpora" / "archive" / "catalog.sqlite3") as catalog:
        still_missing = catalog.missing(all_texts(AFTER), "hash-1").values()

    model = HashModel()
    report = take_in(start / "folder", data, model=model)
    assert answering(data)[1] == AFTER
    assert report.quarantined == ()

    never_killed = take_in(start / "folder", tmp_path / "other", model=HashModel())
    with (
        Catalog.open(data / "corpora" / "archive" / "catalog.sqlite3") as resumed,
        Catalog.open(tmp_path / "other" / "corpora" / "archive" / "catalog.sqlite3") as whole,
    ):
        assert report.generation
        assert never_killed.generation
        assert list(resumed.iterate_passages(report.generation)) == list(
            whole.iterate_passages(never_killed.generation)
        )
        assert resumed.members(report.generation) == whole.members(never_killed.generation)
        assert sorted(model.seen) == sorted(still_missing), "what was embedded before the kill is not embedded again"
        assert resumed.counts("archive").generations == 2
    left = sorted(path.name for path in (data / "corpora" / "archive" / "generations").iterdir())
    assert left == sorted(name for kept in (old, report.generation) for name in (kept, f"{kept}.lease"))
    assert take_in(start / "folder", data).switched is False


def test_the_first_ingest_may_be_killed_too(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", AFTER)
    for phase, done in (("ready", 0), ("read", 5), ("embed", 8), ("build", 0)):
        killed_at(folder, tmp_path / "data", phase, done, 0.01)
    model = HashModel()
    take_in(folder, tmp_path / "data", model=model)
    assert answering(tmp_path / "data")[1] == AFTER
    assert model.seen == [], "the last one was killed after everything was embedded"


@pytest.mark.parametrize("index", ["fake", "real"])
def test_killed_again_and_again_at_random_moments_nothing_is_lost_and_nothing_is_wrong(
    tmp_path: Path, index: str
) -> None:
    kills = times({"fake": 20, "real": 8}[index], 500)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])}
    seed = str(random.randrange(2**32)) if LONG else "1"
    command = [sys.executable, str(Path(__file__).parents[1] / "kill_loop.py"), str(tmp_path), str(kills), seed, index]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, f"seed {seed}: {done.stderr}"
    told = json.loads(done.stdout)
    assert told["kills"] == kills
    assert told["ingest killed"] >= kills // 4, told
    if index == "real":
        assert told["merge killed"]
        assert told["most segments"] > times(0, 1)
