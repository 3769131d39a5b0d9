"""The bundled model, made once and kept between test sessions, and settings that point at it."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import hypothesis
import pytest

from rag import bundled, e5s1, embedding
from rag.config import Settings
from rag.embedding import Embedder

# `make test` tries the same examples each time, so that a failure speaks of the change and not of chance; `make soak`
# tries new ones. No deadline: these machines are shared.
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.settings.register_profile("soak", max_examples=1000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def models(pytestconfig: pytest.Config) -> Path:
    """A models folder with the bundled model in it, made again when the code that makes it changes."""
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in (bundled, e5s1))
    kept = pytestconfig.cache.mkdir("isnad")
    home = kept / hashlib.sha256(code).hexdigest()[:16]
    for old in kept.iterdir():
        if old != home:
            shutil.rmtree(old)
    models = Settings(data_dir=home).models_dir
    bundled.ensure(models)
    return models


@pytest.fixture(scope="session")
def embedder(models: Path) -> Embedder:
    """The bundled model, loaded once."""
    return embedding.load(Settings(data_dir=models.parent))


@pytest.fixture
def settings(models: Path, tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own, in which only the models are shared."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(models)
    return Settings(data_dir=data)
