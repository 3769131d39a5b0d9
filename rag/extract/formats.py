"""Which types of file are read, and how: the one place where a format is registered, by the end of a file's name.

What a format's libraries need is imported when a file of it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from rag.extract import docx, html, markdown, pdf
from rag.extract.base import Extract, Extracted, Format, Refusal
from rag.extract.isolation import USUAL, Job, Limits, extract_apart
from rag.extract.outlets import Outlets
from rag.extract.plugins import own_formats
from rag.extract.rows_of_news import NAMES
from rag.extract.tables import csv_rows, json_lines, json_list, tsv_rows
from rag.text.decode import decode


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
    limits: Limits = USUAL,
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
        job = Job(ending, names, dict(own or {}), limit, outlets, versions[ending])
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
    } | own_formats(own or {})
