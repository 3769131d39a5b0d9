"""What a folder says of itself is not to be read: its `.isnadignore`, in the form of a `.gitignore`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from rag.errors import BadInput

FILE: Final = ".isnadignore"


def ignored(root: Path) -> Callable[[str], bool]:
    """Whether a path under `root`, with ``/`` and at its end too where it is a folder, is named there.

    Raises `BadInput` for a file that cannot be read, or has a pattern that is none.
    """
    path = root / FILE
    try:
        lines = path.read_text("utf-8").splitlines() if path.is_file() and not path.is_symlink() else []
        if not lines:
            return lambda _: False
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(lines).match_file
    except PermissionError:
        return lambda _: False  # a folder that cannot be looked into is told by who lists it
    except (OSError, ValueError) as error:
        raise BadInput(f"it cannot be used: {error}", where=str(path), do="write a pattern a line, in UTF-8") from error
