"""Outlets and agencies as values: which name, spelling or host means which of them."""

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
"""What stands in an agency's place in a dateline or as a source, and names none; in normal form."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """A newspaper, site, station or news agency. `country` is an ISO 3166 code, in capitals, where it is known."""

    name: str
    spellings: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    is_agency: bool = False
    country: str | None = None


@dataclass(frozen=True)
class Outlets:
    """A table of outlets. `digest` changes with what the table says."""

    outlets: tuple[Outlet, ...]
    digest: str = ""

    def named(self, normal: str) -> Outlet | None:
        """The outlet whose name or spelling this is, in the normal form of `rag.text.normalise.normalise`."""
        return self._by_name.get(" ".join(normal.split()))

    def at(self, host: str) -> Outlet | None:
        """The outlet of a host or of the site that it belongs to: ``ar.example.com`` is of ``example.com``."""
        parts = host.lower().removeprefix("www.").split(".")
        return next((one for cut in range(len(parts) - 1) if (one := self._by_host.get(".".join(parts[cut:])))), None)

    def extended(self, own: Outlets) -> Outlets:
        """This table with the outlets of another, which go before."""
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


# A file of outlets → `Outlets`, or a clear error: a line that cannot be used is never passed over.
#
# UTF-8; an outlet a line, in five columns between tabs: its name; other spellings; hosts (both with | between);
# agency, ``yes`` or ``no``; the country's code of two letters. Columns at the end may be left out; lines that begin
# with # are for people.

_SHIPPED: Final = Path(__file__).with_name("outlets.tsv")
_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
_COLUMNS: Final = 5


@cache
def shipped() -> Outlets:
    """The table that comes with Isnad."""
    return read_outlets(_SHIPPED)


def read_outlets(path: Path) -> Outlets:
    """The outlets in a file. Raises `BadSetting` where it is missing, cannot be read, or has a line that is none.

    The line is in its `where`, counted from 1.
    """
    _, lines = read_lines(path, "outlets")
    outlets = [_outlet(path, number, line) for number, line in lines if line.strip() and line.lstrip()[0] != "#"]
    return Outlets(tuple(outlets), hashlib.sha256(repr(outlets).encode("utf-8", "surrogatepass")).hexdigest())


def _outlet(path: Path, number: int, line: str) -> Outlet:
    columns = [column.strip() for column in line.split("\t")]
    if len(columns) > _COLUMNS:
        raise bad_line(path, number, f"there are {len(columns)} columns", f"write at most {_COLUMNS} between tabs")
    name, spellings, hosts, agency, country = [*columns, *[""] * (_COLUMNS - len(columns))]
    names = [name, *_parts(spellings)]
    for one in names:
        if not has_letters(one):
            raise bad_line(path, number, f"the name {one!r} has no letters", "write a name in the first column")
    for host in _parts(hosts):
        if not _HOST.fullmatch(host):
            do = "write hosts as example.com, in small letters, without http:// and without a path"
            raise bad_line(path, number, f"{host!r} is no host", do)
    if agency not in ("", "yes", "no"):
        raise bad_line(path, number, f"{agency!r} does not say whether it is an agency", "write yes or no")
    if not re.fullmatch(r"(?:[A-Z]{2})?", country):
        raise bad_line(path, number, f"{country!r} is no country", "write its code of two capital letters, such as TN")
    return Outlet(name, tuple(names[1:]), tuple(_parts(hosts)), agency == "yes", country or None)


def _parts(column: str) -> list[str]:
    return [part.strip() for part in column.split("|")] if column else []
