"""The file in which a user keeps names → `OwnNames`, or a clear error: a line that cannot be used is never passed over.

UTF-8; a name a line, its spellings between tabs or `` = ``; lines that begin with # are for people.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from rag.errors import BadSetting
from rag.text.normalise import has_letters
from rag.text.own_names import OwnNames, is_ordinary
from rag.text.words import words

LONGEST: Final = 12
"""Words of a spelling."""

_SEPARATOR: Final = re.compile(r"\t| = ")
_EXAMPLE: Final = "فاروق الشرع = Farouk al-Shara"


def read_names(path: Path) -> OwnNames:
    """The names in a file. Raises `BadSetting` where it is missing, cannot be read, or has a line that cannot be used.

    The line is in its `where`, counted from 1.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        do = "correct or unset names_file"
        raise BadSetting("there is no such file of names", where=str(path), do=do) from error
    except OSError as error:
        what = f"the file of names cannot be read: {error.strerror or error}"
        raise BadSetting(what, where=str(path), do="see that names_file is a file that you may read") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        raise _bad(path, at, "this is not UTF-8", "save the file as UTF-8") from error
    entries = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        if "\0" in line:
            raise _bad(path, number, "there is a NUL character in it", "save the file as plain UTF-8 text")
        if line.strip() and not line.lstrip().startswith("#"):
            entries.append(_spellings(path, number, line))
    return OwnNames.of(entries, hashlib.sha256(data).hexdigest())


def _spellings(path: Path, number: int, line: str) -> tuple[str, ...]:
    spellings = tuple(spelling.strip() for spelling in _SEPARATOR.split(line))
    for spelling in spellings:
        if not spelling:
            raise _bad(path, number, "a spelling is empty", "take the tab or = out that nothing follows or precedes")
        if not has_letters(spelling) or not words(spelling):
            raise _bad(path, number, f"{spelling!r} has no letters", "write the name in letters")
        if len(words(spelling)) > LONGEST:
            raise _bad(path, number, f"a spelling has more than {LONGEST} words", "write the name alone")
        if is_ordinary(spelling):
            raise _bad(path, number, f"{spelling!r} is an ordinary word", "write more of the name, or take it out")
    if len(set(spellings)) == 1:
        do = f"write another beside it, after a tab or = : {_EXAMPLE}"
        raise _bad(path, number, "there is only one spelling", do)
    return spellings


def _bad(path: Path, line: int, what: str, do: str) -> BadSetting:
    return BadSetting(what, where=f"{path}, line {line}", do=do)
