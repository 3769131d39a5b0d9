"""What tests share: the bundled model, made once and kept between sessions, settings that point at it, and one chat."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from rag.config import Settings
from rag.models import bundled, embedding
from rag.models.embedding import Embedder

if TYPE_CHECKING:
    from chat_server import Chat
    from isnad_command import Isnad
    from playwright.sync_api import Browser, Page

# No test asks a hub of models, however pytest was started.
os.environ["HF_HUB_OFFLINE"] = "1"
# Reading costs a third of a second a question: only the tests that are about it have it.
os.environ["ISNAD_READER"] = "off"

# `make test` tries the same examples each time, so that a failure speaks of the change and not of chance; `make soak`
# tries new ones. No deadline: these machines are shared.
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.settings.register_profile("soak", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def models(pytestconfig: pytest.Config) -> Path:
    """A models folder with the bundled model in it, made again when the code that makes it changes."""
    code = Path(str(bundled.__file__)).read_bytes()
    kept = pytestconfig.cache.mkdir("isnad")
    home = kept / hashlib.sha256(code).hexdigest()[:16]
    for old in kept.iterdir():
        if old != home:
            shutil.rmtree(old, ignore_errors=True)  # another worker may be at it too
    models = Settings(data_dir=home).models_dir
    bundled.ensure(models)
    return models


@pytest.fixture(scope="session")
def embedder(models: Path) -> Embedder:
    """The bundled model, loaded once."""
    return embedding.load(Settings(data_dir=models.parent))


@pytest.fixture(scope="session")
def seeded(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder into which the command has ingested seeds/ as the corpus `seeds`. Use a copy.

    The workers of one run share it: the first that asks makes it.
    """
    from filelock import FileLock
    from isnad_command import ROOT, Isnad

    home = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        home = home.parent
    data, ready = home / "seeded", home / "seeded.ready"
    with FileLock(home / "seeded.lock"):
        if not ready.exists():
            data.mkdir()
            (data / "models").symlink_to(models)
            command = Isnad(data, home / "seeded.network")
            done = command("ingest", str(ROOT / "seeds"), "--corpus", "seeds")
            assert done.returncode == 0, done.stderr.decode()
            assert "5 added" in done.stdout.decode()
            assert command.attempts() == ""
            ready.touch()
    return data


@pytest.fixture
def seeds(settings: Settings, seeded: Path) -> Settings:
    """Settings with a data folder of the test's own, which has the corpus `seeds`; no language model."""
    shutil.copytree(seeded / "corpora", settings.data_dir / "corpora")
    return settings.model_copy(update={"corpus": "seeds", "generator": "extractive"})


@pytest.fixture(scope="module")
def isnad(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Isnad:
    """The command with the seeds ingested, in a data folder that the tests of a file share."""
    from isnad_command import WarmIsnad

    home = tmp_path_factory.mktemp("isnad")
    shutil.copytree(seeded, home / "data", symlinks=True)
    return WarmIsnad(home / "data", home / "network.log")


@pytest.fixture(scope="module")
def started_isnad(isnad: Isnad) -> Isnad:
    """The same, started as a user starts it."""
    from isnad_command import Isnad

    return Isnad(isnad.data_dir, isnad.log)


@pytest.fixture
def settings(models: Path, tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own, in which only the models are shared."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(models)
    return Settings(data_dir=data)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file; playwright allows no second one beside it.

    Not for all files: while it is open its event loop counts as running, and `asyncio.run` is refused in every test.
    """
    from chat_server import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def served_archive(models: Path, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    """Two seeds and the articles of `chat_articles`, ingested once and served for the whole session."""
    from chat_articles import ARTICLES, SEEDS
    from chat_server import Chat, corpus_of, served

    home = tmp_path_factory.mktemp("chat")
    (home / "data").mkdir()
    (home / "data" / "models").symlink_to(models)
    settings = Settings(data_dir=home / "data")
    folder = home / "files"
    folder.mkdir()
    for seed in SEEDS:
        shutil.copy(Path(__file__).parent.parent / "seeds" / seed, folder)
    for name, text in ARTICLES.items():
        (folder / name).write_bytes(text.encode())
    with corpus_of(folder, settings, embedder) as corpus, served(corpus, settings, home / "history.sqlite3") as address:
        yield Chat(address, corpus, folder)


@pytest.fixture
def chat(served_archive: Chat) -> Iterator[Chat]:
    """The served archive; what a test puts in the place of its answerer is taken out again."""
    answerer = served_archive.corpus.answerer
    yield served_archive
    served_archive.corpus.answerer = answerer


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a chat in a browser that was never there; with `ready`, until it shows what the archive holds."""
    contexts = []

    def opened(address: str, *, locale: str = "en", ready: bool = True, **options: Any) -> Page:
        context = browser.new_context(locale=locale, **options)
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.goto(address)
        page.wait_for_selector(".hold" if ready else "#question textarea")
        return page

    yield opened
    for context in contexts:
        context.close()
