"""ZIP archives of files that are read: each member as its own format reads it, one in memory at a time.

Nothing is written to the disk: a name inside is only a label. What is too large when unpacked is refused.
"""

from __future__ import annotations

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from rag.errors import Undecodable
from rag.extract.base import Extracted, Format, Refusal

MOST_FILES: Final = 100_000
MOST_TIMES: Final = 50
"""All files of an archive together hold at most this many times what one file may."""
MOST_RATIO: Final = 200
"""An archive of more than a file's bytes unpacks to at most this many times its own: news does to 3 to 10 times."""
_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800


def archive(
    data: bytes,
    formats: Mapping[str, Format],
    limit: int,
    *,
    start: int = 0,
    begin: Callable[[int, Sequence[str]], None] = lambda _place, _names: None,
) -> Iterator[Extracted | Refusal]:
    """The articles of the files inside, whose member begins with the file's path; `limit` is the most bytes of a file.

    Files are read in the order of their names, from the one at place `start` on; `begin` is called with the place and
    all names before each. Raises `Undecodable` for what is no archive, and for one that holds too much.
    """
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Undecodable(f"it is no sound ZIP archive: {error}", do="pack it again") from error
    with opened:
        files = [info for info in opened.infolist() if not info.filename.endswith("/")]
        # What a file declares is all that is read of it.
        declared = sum(info.file_size for info in files)
        if len(files) > MOST_FILES or declared > min(MOST_TIMES * limit, max(limit, MOST_RATIO * len(data))):
            what = f"it holds {len(files)} files of {declared / 2**20:.0f} MiB in all, which is too much"
            raise Undecodable(f"{what} for {len(data) / 2**20:.1f} MiB", do="split it into several archives")
        shown = sorted((info for info in files if not _is_hidden(_name(info))), key=_name)
        names = [_name(info) for info in shown]
        for place in range(start, len(shown)):
            begin(place, names)
            yield from _members(opened, shown[place], formats, limit)


def _members(
    opened: zipfile.ZipFile, info: zipfile.ZipInfo, formats: Mapping[str, Format], limit: int
) -> Iterator[Extracted | Refusal]:
    name = _name(info)
    ending = PurePosixPath(name).suffix.lower()
    if stat.S_ISLNK(info.external_attr >> 16):
        yield Refusal(name, "a symbolic link", "pack the file itself")
        return
    if ending == ".zip":
        yield Refusal(name, "an archive inside an archive is not read", "unpack it beside the other")
        return
    if ending not in formats:
        yield Refusal(name, f"files of type {ending or '(none)'} are not read", "leave it out, or name an extractor")
        return
    try:
        with opened.open(info) as file:
            data = file.read(limit + 1)
    except (RuntimeError, NotImplementedError) as error:
        what = "it is encrypted" if info.flag_bits & _ENCRYPTED else f"it cannot be unpacked: {error}"
        yield Refusal(name, what, "pack it again without a password")
        return
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        yield Refusal(name, f"it is damaged: {error}", "pack it again")
        return
    if len(data) > limit:
        yield Refusal(name, f"it is too large: more than {limit / 2**20:g} MiB", "split it, or raise max_file_mb")
        return
    try:
        for one in formats[ending].extract(data):
            yield replace(one, member=f"{name}/{one.member}" if one.member else name)
    except Undecodable as error:
        yield Refusal(name, error.what, error.do)


def _name(info: zipfile.ZipInfo) -> str:
    """The path of a file inside; old archives keep it in an encoding that they do not name."""
    if info.flag_bits & _UTF8 or not info.filename:
        return info.filename or "(no name)"
    raw = info.filename.encode("cp437", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return info.filename


def _is_hidden(name: str) -> bool:
    return any(part == "__MACOSX" or (part[:1] == "." and part not in {".", ".."}) for part in name.split("/"))
