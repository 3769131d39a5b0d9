"""Which types of file are read, and how: the one place where a format is registered, by the end of a file's name.

What a format's libraries need is imported when a file of it is read.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Final

from rag.errors import BadSetting, SourceChanged, SourceGone, Undecodable
from rag.extract import docx, html, markdown, pdf
from rag.extract.base import Extract, Extracted, Format, Refusal
from rag.extract.isolation import USUAL, ExtractJob, ExtractLimits, extract_apart
from rag.extract.outlets import Outlets
from rag.extract.tables import NAMES, csv_rows, json_lines, json_list, tsv_rows
from rag.folders import Roots, Unreadable
from rag.text.decode import decode
from rag.types import Article

# The bytes of the file that an article was read from, as long as they are still those that were indexed.


def original(roots: Roots, article: Article, limit: int) -> bytes:
    """The file of `article` under the folders of its corpus, byte for byte; its sha256 is the article's.

    `limit` is the most bytes to read. Raises `SourceGone` when the folder or the file is not there, `SourceChanged`
    when the file is another than was indexed, is empty now or over the limit, `Unreadable` when it is a link, no
    regular file, outside the folder or may not be read.
    """
    where = article.source
    if roots.locate(where) is None:
        raise _gone(roots, article)
    if any(part in {"", ".", ".."} for part in article.source.split("/")):
        raise Unreadable("it lies outside the folder of its corpus", where=where, do="ingest the folder again")
    try:
        data, _ = roots.read(where, limit)
    except Undecodable as error:
        # The limit may have been lowered since, so that it cannot be said that the file itself changed.
        raise SourceChanged(
            f"it was indexed and could not be any more: {error.what}", where=where, do=error.do
        ) from error
    except Unreadable as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            raise _gone(roots, article) from error
        raise
    if hashlib.sha256(data).hexdigest() != article.sha256:
        raise SourceChanged("it has changed since it was indexed", where=where, do="ingest its folder again")
    return data


def _gone(roots: Roots, article: Article) -> SourceGone:
    place = roots.locate(article.source)
    if place is None:
        what = f"no folder of the corpus {article.corpus} has it any more"
        return SourceGone(what, where=article.source, do="ingest the folders again")
    root, _ = place
    if not root.is_dir():
        return SourceGone(
            f"the folder of the corpus {article.corpus} is not there",
            where=str(root),
            do="put it back, or ingest it from where it is now",
        )
    return SourceGone("the file is no longer there", where=article.source, do="put it back, or ingest its folder again")


# Extractors of the user's own: a function in a Python file, or in a module that is installed, for a type of file.
#
# It runs the user's code, and only what the settings name.

_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")


def _own_formats(named: Mapping[str, str]) -> dict[str, Format]:
    """The formats that the setting `extractors` names: ``.xml`` → ``file.py:function`` or ``module:function``.

    A changed file of code has its files read again. Raises `BadSetting` where there is no such function.
    """
    return {ending: _format(where) for ending, where in named.items()}


def _format(where: str) -> Format:
    place, _, name = where.rpartition(":")
    module = _module(place, where)
    function = getattr(module, name, None)
    if not callable(function):
        raise BadSetting(f"{place} has no function {name}", where="extractors", do="correct its name")
    code = Path(module.__file__).read_bytes() if module.__file__ else b""
    version = f"{module.__name__}.{name}/{hashlib.sha256(code).hexdigest()[:12]}"
    return Format(lambda data: _checked(function, data, version), version)


def _module(place: str, where: str) -> ModuleType:
    try:
        if not place.endswith(".py"):
            return importlib.import_module(place)
        path = Path(place).expanduser().resolve()
        module = ModuleType(path.stem)
        module.__file__ = str(path)
        SourceFileLoader(path.stem, str(path)).exec_module(module)
    except Exception as error:
        raise BadSetting(f"it cannot be loaded: {error!r}", where=f"extractors: {where}", do="correct it") from error
    return module


def _checked(
    function: Callable[[bytes], Iterator[Extracted | Refusal]], data: bytes, version: str
) -> Iterator[Extracted | Refusal]:
    """What the function makes of a file; whatever is wrong with it is told with its name."""
    try:
        for number, one in enumerate(function(data), start=1):
            _must_be_named(one, alone=number == 1)
            yield one if isinstance(one, Refusal) else replace(_sound(one), extractor=version)
    except (Undecodable, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise Undecodable(f"the extractor {version} failed: {error!r}", do="correct the extractor") from error


def _must_be_named(one: object, *, alone: bool) -> None:
    """Raise `TypeError` or `ValueError` for what is no article, or is one of several and has no name of its own."""
    if not isinstance(one, Extracted | Refusal):
        raise TypeError(f"it gave {type(one).__name__}, no Extracted")
    if one.member is None and alone:
        return
    if not isinstance(one.member, str) or not one.member.strip() or _CONTROL.search(one.member):
        raise ValueError(f"an article of several needs a member, a line of text, and has {one.member!r}")


def _sound(one: Extracted) -> Extracted:
    """Raise `TypeError` or `ValueError` for what is no text, or speaks of a place that its text has not."""
    if not isinstance(one.text, str):
        raise TypeError(f"its text is of type {type(one.text).__name__}")
    ends = 0
    for span in one.body or ():
        if not ends <= span.start < span.end <= len(one.text):
            raise ValueError(f"the body span {tuple(span)} is empty, overlaps another or leaves the text")
        ends = span.end
    stated = [fact for fact in (one.title, one.outlet, one.author, one.published, one.section) if fact]
    if not all(0 <= fact.span.start < fact.span.end <= len(one.text) for fact in stated):
        raise ValueError("a field is stated outside the text")
    if not all(isinstance(fact.value, str) and fact.value.strip() for fact in stated):
        raise ValueError("a field is stated and has no words")
    if one.published and one.published.value != date.fromisoformat(one.published.value).isoformat():
        raise ValueError(f"it was published on {one.published.value!r}, which is no day as ISO 8601 writes it")
    if list(one.pages) != sorted({page for page in one.pages if 0 <= page <= len(one.text)}):
        raise ValueError("the pages do not begin in order inside the text")
    return one


def _plain(data: bytes) -> Iterator[Extracted | Refusal]:
    """The file is the text, decoded; its page is read by rules."""
    text, encoding = decode(data)
    yield Extracted(text, encoding=encoding)


PLAIN: Final = Format(_plain)
TEXT_ONLY: Final[Mapping[str, Format]] = {".txt": PLAIN}


def formats(
    columns: Mapping[str, Sequence[str]] = NAMES,
    own: Mapping[str, str] | None = None,
    *,
    limit: int,
    outlets: Outlets | None = None,
    limits: ExtractLimits = USUAL,
) -> dict[str, Format]:
    """Every format by the lower-case ending of its files, with the dot; all but plain text are read by a worker
    process.

    `columns` are the names that the fields of an article have in tables; `own` are extractors of the user's own, as in
    the setting `extractors`, which go before ours; `limit` is the most bytes of one file inside an archive; `outlets`
    is the table of names that documents are read by, where it is not the one that comes with Isnad; `limits` are those
    of a worker. Raises `BadSetting` where an extractor of the user's cannot be loaded.
    """
    known = in_process(columns, own, outlets)
    inside = "\n".join(f"{ending} {format_.version}" for ending, format_ in sorted(known.items()))
    versions = {".zip": f"zip/1\n{inside}"} | {ending: one.version for ending, one in known.items()}

    def apart(ending: str) -> Format:
        names = {field: list(spellings) for field, spellings in columns.items()}
        job = ExtractJob(ending, names, dict(own or {}), limit, outlets, versions[ending])
        return Format(partial(extract_apart, job=job, limits=limits), versions[ending])

    return {ending: PLAIN if known.get(ending) is PLAIN else apart(ending) for ending in versions}


def in_process(
    columns: Mapping[str, Sequence[str]] = NAMES,
    own: Mapping[str, str] | None = None,
    outlets: Outlets | None = None,
) -> dict[str, Format]:
    """The formats of `formats`, but for archives, read in this process. Only a worker may read a file with them."""
    version = f"{sorted((name, list(names)) for name, names in columns.items())}"

    def table(read: Extract) -> Format:
        return Format(read, f"tables/1 {version}")

    documents = (docx, html, markdown, pdf)
    return {
        ".txt": PLAIN,
        **{
            ending: Format(partial(one.extract, outlets=outlets), one.extractor())
            for one in documents
            for ending in one.SUFFIXES
        },
        ".jsonl": table(lambda data: json_lines(data, columns)),
        ".ndjson": table(lambda data: json_lines(data, columns)),
        ".json": table(lambda data: json_list(data, columns)),
        ".csv": table(lambda data: csv_rows(data, columns)),
        ".tsv": table(lambda data: tsv_rows(data, columns)),
    } | _own_formats(own or {})
