"""Outlets and news agencies: lookup by name, spelling or host."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

from rag.text.decode import bad_line, read_lines
from rag.text.normalise import has_letters, normalise

NOT_OUTLETS: Final = frozenset(
    ["وكالات", "الوكالات", "وكالات الانباء", "خاص", "متابعات", "متابعه", "مواقع", "مواقع التواصل", "agencies",
     "exclusive", "wires", "news agencies", "staff"]
)  # fmt: skip
"""Words used in place of an agency in a dateline or as a source that name none; normalised."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A newspaper, site, station or news agency. `country` is an ISO 3166 code, in capitals, if known."""

    name: str
    spellings: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    is_agency: bool = False
    country: str | None = None


@dataclass(frozen=True)
class Outlets:
    """A table of outlets. `digest` changes with its content."""

    outlets: tuple[Outlet, ...]
    digest: str = ""

    def named(self, normal: str) -> Outlet | None:
        """The outlet with this name or spelling, in the normalised form of `rag.text.normalise.normalise`."""
        return self._by_name.get(" ".join(normal.split()))

    def at(self, host: str) -> Outlet | None:
        """The outlet of a host or of its parent site: ``ar.example.com`` belongs to ``example.com``."""
        parts = host.lower().removeprefix("www.").split(".")
        return next((one for cut in range(len(parts) - 1) if (one := self._by_host.get(".".join(parts[cut:])))), None)

    def extended(self, own: Outlets) -> Outlets:
        """This table with the outlets of another, which take precedence."""
        return Outlets((*self.outlets, *own.outlets), f"{self.digest}\0{own.digest}")

    @cached_property
    def _by_name(self) -> Mapping[str, Outlet]:
        return dict(_keyed(self.outlets))

    @cached_property
    def _by_host(self) -> Mapping[str, Outlet]:
        return {host: outlet for outlet in self.outlets for host in outlet.hosts}


def _keyed(outlets: Iterable[Outlet]) -> Iterable[tuple[str, Outlet]]:
    for outlet in outlets:
        for spelling in (outlet.name, *outlet.spellings):
            yield " ".join(normalise(spelling)[0].split()), outlet


# Parses a file of outlets into `Outlets`; an invalid line is an error and never skipped.
#
# UTF-8; one outlet per line, in five columns separated by tabs: name; other spellings; hosts (both separated by |);
# agency, ``yes`` or ``no``; two-letter country code. Trailing columns may be left out; lines that begin with # are
# comments.

_SHIPPED: Final = Path(__file__).with_name("outlets.tsv")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_COLUMNS: Final = 5


@cache
def shipped_outlets() -> Outlets:
    """The built-in table."""
    return read_outlets(_SHIPPED)


def read_outlets(path: Path) -> Outlets:
    """Outlets of a file. Raises `BadSetting` if it is missing, unreadable, or has an invalid line.

    The error's `where` contains the line number, from 1.
    """
    _, lines = read_lines(path, "outlets")
    outlets = [_outlet(path, number, line) for number, line in lines if line.strip() and line.lstrip()[0] != "#"]
    return Outlets(tuple(outlets), hashlib.sha256(repr(outlets).encode("utf-8", "surrogatepass")).hexdigest())


def _outlet(path: Path, number: int, line: str) -> Outlet:
    columns = [column.strip() for column in line.split("\t")]
    if len(columns) > _COLUMNS:
        raise bad_line(
            path, number, f"the line has {len(columns)} columns", f"write at most {_COLUMNS}, separated by tabs"
        )
    name, spellings, hosts, agency, country = [*columns, *[""] * (_COLUMNS - len(columns))]
    names = [name, *_parts(spellings)]
    for one in names:
        if not has_letters(one):
            raise bad_line(path, number, f"the name {one!r} has no letters", "write a name in the first column")
    for host in _parts(hosts):
        if not _HOST.fullmatch(host):
            do = "write hosts as example.com, in lower case, without http:// and without a path"
            raise bad_line(path, number, f"{host!r} is not a valid host", do)
    if agency not in ("", "yes", "no"):
        raise bad_line(path, number, f"{agency!r} is not a valid value for the agency column", "write yes or no")
    if not re.fullmatch(r"(?:[A-Z]{2})?", country):
        raise bad_line(
            path, number, f"{country!r} is not a country code", "write a code of two capital letters, such as TN"
        )
    return Outlet(name, tuple(names[1:]), tuple(_parts(hosts)), agency == "yes", country or None)


def _parts(column: str) -> list[str]:
    return [part.strip() for part in column.split("|")] if column else []
