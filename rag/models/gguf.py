"""The file of a local language model: a GGUF that the user names. It refuses to know what it holds or who serves it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from rag.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from rag.config import Settings

INSTALL = 'pip install "isnad-qa[local]"'


def is_installed() -> bool:
    """Whether the runtime of local models is there; imports it not."""
    return importlib.util.find_spec("xllamacpp") is not None


def gguf_path(settings: Settings) -> Path:
    """The file that the settings name. Raises `ModelError` where none is named, or it is not there or is no GGUF."""
    path = settings.gguf
    if path is None:
        raise ModelError(
            "no language model is named", where="gguf", do="set ISNAD_GGUF to a GGUF file, or ISNAD_LLM_URL"
        )
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise ModelError(
            f"the model cannot be read: {error.strerror}", where=str(path), do="correct or unset ISNAD_GGUF"
        ) from error
    if magic != b"GGUF":
        raise ModelError("this is not a GGUF file", where=str(path), do="correct or unset ISNAD_GGUF")
    return path
