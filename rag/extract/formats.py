"""Registry of file formats by extension.

The libraries of a format are imported when a file of it is read.
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
from rag.extract.news_page import read_page
from rag.extract.outlets import Outlets
from rag.extract.tables import NAMES, csv_rows, json_lines, json_list, tsv_rows
from rag.folders import Roots, Unreadable
from rag.text.decode import decode
from rag.text.normalise import has_letters, language
from rag.types import Article, Rendition

# Reads the original file of an article, if its bytes are still those that were indexed.


def original(roots: Roots, article: Article, limit: int) -> bytes:
    """The file of `article` in the folders of its corpus, byte for byte; its sha256 is the article's.

    `limit` is the maximum number of bytes. Raises `SourceGone` if the folder or the file is missing, `SourceChanged` if
    the file differs from the indexed one, is now empty or exceeds the limit, `Unreadable` if it is a link, not a
    regular file, outside the folder or not readable.
    """
    where = article.source
    if roots.locate(where) is None:
        raise _gone(roots, article)
    if any(part in {"", ".", ".."} for part in article.source.split("/")):
        raise Unreadable("it is outside the folder of its corpus", where=where, do="ingest the folder again")
    try:
        data, _ = roots.read(where, limit)
    except Undecodable as error:
        # The limit may have been lowered since, so the file itself may be unchanged.
        raise SourceChanged(
            f"it was indexed, but cannot be read under the current settings: {error.what}", where=where, do=error.do
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
        what = f"the file is in no folder of the corpus {article.corpus} any more"
        return SourceGone(what, where=article.source, do="ingest the folders again")
    root, _ = place
    if not root.is_dir():
        return SourceGone(
            f"the folder of the corpus {article.corpus} is missing",
            where=str(root),
            do="restore the folder, or ingest it from its new location",
        )
    return SourceGone(
        "the file does not exist any more", where=article.source, do="restore the file, or ingest its folder again"
    )


# User-defined extractors: a function in a Python file or an installed module, for a file type.
#
# Executes the user's code, and only what the settings name.

_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")


def _own_formats(named: Mapping[str, str]) -> dict[str, Format]:
    """Formats of the setting `extractors`: ``.xml`` → ``file.py:function`` or ``module:function``.

    If the code file changes, its files are read again. Raises `BadSetting` if the function does not exist.
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
        raise BadSetting(
            f"it cannot be loaded: {error!r}", where=f"extractors: {where}", do="correct the extractor"
        ) from error
    return module


def _checked(
    function: Callable[[bytes], Iterator[Extracted | Refusal]], data: bytes, version: str
) -> Iterator[Extracted | Refusal]:
    """Run a user-defined extractor and validate its output; errors name the extractor."""
    try:
        for number, one in enumerate(function(data), start=1):
            _must_be_named(one, alone=number == 1)
            yield one if isinstance(one, Refusal) else replace(_sound(one), extractor=version)
    except (Undecodable, MemoryError, RecursionError):
        raise
    except Exception as error:
        raise Undecodable(f"the extractor {version} failed: {error!r}", do="correct the extractor") from error


def _must_be_named(one: object, *, alone: bool) -> None:
    """Raise `TypeError` or `ValueError` if it is not an article, or is one of several without a name."""
    if not isinstance(one, Extracted | Refusal):
        raise TypeError(f"it returned {type(one).__name__} instead of Extracted")
    if one.member is None and alone:
        return
    if not isinstance(one.member, str) or not one.member.strip() or _CONTROL.search(one.member):
        raise ValueError(f"an article of several needs a member, a line of text, but has {one.member!r}")


def _sound(one: Extracted) -> Extracted:
    """Raise `TypeError` or `ValueError` if the text is not valid, or a span is outside it."""
    if not isinstance(one.text, str):
        raise TypeError(f"its text has the type {type(one.text).__name__}")
    ends = 0
    for span in one.body or ():
        if not ends <= span.start < span.end <= len(one.text):
            raise ValueError(f"the body span {tuple(span)} is empty, overlaps the one before or ends after the text")
        ends = span.end
    stated = [fact for fact in (one.title, one.outlet, one.author, one.published, one.section) if fact]
    if not all(0 <= fact.span.start < fact.span.end <= len(one.text) for fact in stated):
        raise ValueError("the span of a stated field is outside the text")
    if not all(isinstance(fact.value, str) and fact.value.strip() for fact in stated):
        raise ValueError("the span of a stated field has no words")
    if one.published and one.published.value != date.fromisoformat(one.published.value).isoformat():
        raise ValueError(f"its publication date {one.published.value!r} is not an ISO 8601 day")
    if list(one.pages) != sorted({page for page in one.pages if 0 <= page <= len(one.text)}):
        raise ValueError("the page offsets are not in order within the text")
    return one


def _plain(data: bytes) -> Iterator[Extracted | Refusal]:
    """A plain-text file: the text is the decoded file, and rules read its page."""
    text, encoding = decode(data)
    yield Extracted(text, encoding=encoding)


_PLAIN: Final = Format(_plain)
TEXT_ONLY: Final[Mapping[str, Format]] = {".txt": _PLAIN}


def formats(
    columns: Mapping[str, Sequence[str]] = NAMES,
    own: Mapping[str, str] | None = None,
    *,
    limit: int,
    outlets: Outlets | None = None,
    limits: ExtractLimits = USUAL,
) -> dict[str, Format]:
    """All formats by lower-case extension, with the dot; all except plain text are read by a worker process.

    `columns` are the names of an article's fields in tables; `own` are user-defined extractors, as in the setting
    `extractors`, which take precedence; `limit` is the maximum size in bytes of a file inside an archive; `outlets` is
    the table of outlet names, if not the built-in one; `limits` are those of a worker. Raises `BadSetting` if a
    user-defined extractor cannot be loaded.
    """
    known = in_process(columns, own, outlets)
    inside = "\n".join(f"{ending} {format_.version}" for ending, format_ in sorted(known.items()))
    versions = {".zip": f"zip/1\n{inside}"} | {ending: one.version for ending, one in known.items()}

    def apart(ending: str) -> Format:
        names = {field: list(spellings) for field, spellings in columns.items()}
        job = ExtractJob(ending, names, dict(own or {}), limit, outlets, versions[ending])
        return Format(partial(extract_apart, job=job, limits=limits), versions[ending])

    return {ending: _PLAIN if known.get(ending) is _PLAIN else apart(ending) for ending in versions}


def in_process(
    columns: Mapping[str, Sequence[str]] = NAMES,
    own: Mapping[str, str] | None = None,
    outlets: Outlets | None = None,
) -> dict[str, Format]:
    """The formats of `formats`, except archives, that read in this process. Only for use in a worker."""
    version = f"{sorted((name, list(names)) for name, names in columns.items())}"

    def table(read: Extract) -> Format:
        return Format(read, f"tables/1 {version}")

    documents = (docx, html, markdown, pdf)
    return {
        ".txt": _PLAIN,
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


# Reads a file into articles: text and stated facts. The file name is used only for its type.

_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
"""Characters that databases cannot store as text: NUL and lone surrogates."""
RULES: Final = 5
"""Version of the rules; increment it if a change moves a span of a body, sentence or passage."""


def article_id(corpus: str, source: str, member: str | None = None) -> str:
    """Stable, opaque id of an article: 24 hexadecimal digits."""
    parts = [corpus, source] if member is None else [corpus, source, member]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def format_of(source: str, formats: Mapping[str, Format]) -> Format:
    """Format of a file by its extension; plain text if no format matches."""
    # Not with pathlib: an ingest asks this of every file.
    return formats.get(f".{source.rpartition('.')[2].lower()}", _PLAIN)


def read_articles(
    data: bytes, *, corpus: str, source: str, formats: Mapping[str, Format], outlets: Outlets | None = None
) -> Iterator[Article | Refusal]:
    """Articles in the bytes of a file, one at a time, and refusals.

    `outlets` is the table of outlet names for plain text; None means the built-in one. Raises `Undecodable` if the
    bytes do not clearly match the file's type.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        for one in format_of(source, formats).extract(data):
            yield one if isinstance(one, Refusal) else _taken(one, corpus, source, sha256, outlets)
    except Undecodable as error:
        raise Undecodable(error.what, where=source, do=error.do) from error


def read_article(data: bytes, *, corpus: str, source: str) -> Article:
    """Article of a plain-text file, with the title, outlet and date that its page states.

    Raises `Undecodable` if the bytes are not clearly text, or contain no letters.
    """
    for article in read_articles(data, corpus=corpus, source=source, formats={}):
        if isinstance(article, Article):
            return article
    raise AssertionError("a plain-text file is one article")


def _taken(one: Extracted, corpus: str, source: str, sha256: str, outlets: Outlets | None) -> Article | Refusal:
    if _NO_TEXT.search(one.text):
        what, do = "its text contains a NUL character or a lone surrogate", "save it again from its source"
        if one.member is None:
            raise Undecodable(what, do=do)
        return Refusal(one.member, what, do)
    return _article(one, corpus, source, sha256, outlets)


def _article(one: Extracted, corpus: str, source: str, sha256: str, outlets: Outlets | None) -> Article:
    text = one.text
    page = read_page(text, outlets) if one.body is None else None
    stretches = one.body if page is None else page.body
    body = tuple(span for span in stretches or () if has_letters(span.of(text)))
    return Article(
        id=article_id(corpus, source, one.member),
        corpus=corpus,
        source=source,
        sha256=sha256,
        text=text,
        rendition=Rendition(hashlib.sha256(text.encode()).hexdigest(), encoding=one.encoding, extractor=one.extractor),
        body=body,
        language=language("\n".join(span.of(text) for span in body)),
        title=one.title or (page.title if page else None),
        outlet=one.outlet or (page.outlet if page else None),
        published=one.published or (page.published if page else None),
        author=one.author or (page.author if page else None),
        section=one.section or (page.section if page else None),
        member=one.member,
        pages=one.pages,
    )
