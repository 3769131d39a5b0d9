"""A text that a user names: a file, or standard input. It would rather refuse one than read a letter of it wrong."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from rag.errors import BadInput, Undecodable
from rag.text.decode import decode

STANDARD_INPUT = "-"
_PIPE = "give it on standard input: isnad check - < FILE"
_KINDS = (
    (stat.S_ISDIR, "it is a folder", "name a file"),
    (stat.S_ISFIFO, "it is a pipe, not a file", _PIPE),
    (stat.S_ISCHR, "it is a device, not a file", _PIPE),
)


def read_text(name: str, max_chars: int) -> str:
    """The text of a file, or of standard input for ``-``; newlines as they are, without a byte order mark.

    Raises `BadInput` for what is no regular file, cannot be read, is longer than `max_chars` can be, is binary or of an
    encoding that cannot be told with confidence. It never waits for a pipe that nobody writes to.
    """
    most = 4 * max_chars + 4  # in UTF-8 or UTF-32, with a byte order mark
    where = "standard input" if name == STANDARD_INPUT else name
    data = sys.stdin.buffer.read(most + 1) if name == STANDARD_INPUT else _bytes_of(Path(name), most + 1)
    if len(data) > most:
        raise BadInput(
            f"it is longer than {max_chars} characters", where=where, do="check it in parts, or raise max_check_chars"
        )
    if not data:
        raise BadInput("it is empty", where=where, do="give a text with at least one sentence")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return text
    try:
        return decode(data).text
    except Undecodable as error:
        raise BadInput(error.what, where=where, do=error.do) from error


def _bytes_of(path: Path, most: int) -> bytes:
    try:
        # A pipe without a writer would be waited for; that it is one is seen only once it is open.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise BadInput("there is no such file", where=str(path), do="name a file, or - for standard input") from error
    except OSError as error:
        raise BadInput(f"it cannot be read: {error.strerror}", where=str(path), do="name a file of text") from error
    except ValueError as error:  # a NUL in its name
        raise BadInput("there is no such file", where=repr(str(path)), do="name a file") from error
    mode = os.fstat(file).st_mode
    if not stat.S_ISREG(mode):
        os.close(file)
        what, do = next(((what, do) for is_one, what, do in _KINDS if is_one(mode)), ("it is no file", "name a file"))
        raise BadInput(what, where=str(path), do=do)
    with os.fdopen(file, "rb") as opened:
        return opened.read(most)
