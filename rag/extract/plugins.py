"""Extractors of the user's own: a function in a Python file, or in a module that is installed, for a type of file.

It runs the user's code, and only what the settings name.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Final

from rag.errors import BadSetting, Undecodable
from rag.extract.base import Extracted, Format, Refusal

_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")


def own_formats(named: Mapping[str, str]) -> dict[str, Format]:
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
