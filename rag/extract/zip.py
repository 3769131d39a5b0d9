"""Read ZIP archives: each member is read by its own format, one in memory at a time.

Nothing is written to disk: a name inside is only a label. Members that are too large when unpacked are refused.
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

_MOST_FILES: Final = 100_000
_MOST_TIMES: Final = 50
"""Maximum total size of an archive's files, as a multiple of the limit for one file."""
_MOST_RATIO: Final = 200
"""Maximum compression ratio of an archive with more content than one file may have: news has a ratio of 3 to 10."""
_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800


def read_archive(
    data: bytes,
    formats: Mapping[str, Format],
    limit: int,
    *,
    start: int = 0,
    begin: Callable[[int, Sequence[str]], None] = lambda _place, _names: None,
) -> Iterator[Extracted | Refusal]:
    """Articles of the files inside; their member begins with the file's path. `limit` is the maximum size of a file in
    bytes.

    Files are read in the order of their names, starting at position `start`; `begin` is called with the position and
    all names before each. Raises `Undecodable` for an invalid archive or one with too much content.
    """
    try:
        opened = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise Undecodable(f"it is not a valid ZIP archive: {error}", do="create the archive again") from error
    with opened:
        files = [info for info in opened.infolist() if not info.filename.endswith("/")]
        # At most the declared size of a file is read.
        declared = sum(info.file_size for info in files)
        if len(files) > _MOST_FILES or declared > min(_MOST_TIMES * limit, max(limit, _MOST_RATIO * len(data))):
            what = f"it contains {len(files)} files of {declared / 2**20:.0f} MiB in total, which is too much"
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
        yield Refusal(name, "a symbolic link", "include the file itself")
        return
    if ending == ".zip":
        yield Refusal(
            name, "it is an archive inside an archive, which is not read", "add the inner archive as a separate file"
        )
        return
    if ending not in formats:
        yield Refusal(
            name, f"files of type {ending or '(none)'} are not read", "leave it out, or configure an extractor"
        )
        return
    try:
        with opened.open(info) as file:
            data = file.read(limit + 1)
    except (RuntimeError, NotImplementedError) as error:
        what = "it is encrypted" if info.flag_bits & _ENCRYPTED else f"it cannot be unpacked: {error}"
        yield Refusal(name, what, "create the archive again without a password")
        return
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        yield Refusal(name, f"it is damaged: {error}", "create the archive again")
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
    """Path of a file inside; old archives store it in an undeclared encoding."""
    if info.flag_bits & _UTF8 or not info.filename:
        return info.filename or "(no name)"
    raw = info.filename.encode("cp437", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return info.filename


def _is_hidden(name: str) -> bool:
    return any(part == "__MACOSX" or (part[:1] == "." and part not in {".", ".."}) for part in name.split("/"))
