"""Outlets and agencies as values: which name, spelling or host means which of them. It knows no file and no page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rag.text.normalise import normalise

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
