"""Select the articles that match a question's filters, and count the names in them."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from fnmatch import translate
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final, Protocol, Self

import numpy as np

from rag.errors import BadInput
from rag.text.entities import KINDS, NameKind, name_key
from rag.text.names import NONE, OwnNames
from rag.text.normalise import ARABIC, forms, normal_form, normalise, whole_words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from rag.index.entities import Entities
    from rag.types import Filters

    _Ordinals = NDArray[np.int64]


# Facets: the persons, organisations and places of an archive, with the articles that name them.
#
# The spellings of a generation (`rag.index.entities`) are merged here, when it is first needed: the user's own table of
# names joins spellings and keeps them apart without another ingest.

MOST_FACETS: Final = 1000
"""Maximum number of facets that one call returns."""
_SUGGESTED: Final = 3
_LONGEST: Final = 6
"""Maximum number of words of a name that is looked up in a text."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A name of the archive: `name` is its display form, and what a filter takes; `spellings` are all of them, most
    frequent first; `articles` is the number of articles that have it, of those that pass the filters."""

    kind: NameKind
    name: str
    articles: int
    spellings: tuple[str, ...] = ()


class Facets:
    """The names of one generation with their spellings merged."""

    def __init__(self, entities: Entities, own: OwnNames = NONE) -> None:
        self._spellings = entities.spellings
        groups = _Groups(len(self._spellings))
        by_key: dict[str, list[int]] = {}
        by_written: dict[str, list[int]] = {}
        for number, spelling in enumerate(self._spellings):
            by_key.setdefault(spelling.key, []).append(number)
            by_written.setdefault(spelling.written, []).append(number)

        def numbers(name: str) -> list[int]:
            return by_key.get(name_key(name), [])

        for names in own.apart:
            for one, other in combinations(names, 2):
                # The spelling itself, where both names have the same key.
                same = name_key(one) == name_key(other)
                ours, theirs = (by_written.get(name, []) if same else numbers(name) for name in (one, other))
                groups.keep_apart(ours, theirs)
        leads: dict[int, str] = {}
        for entry in own.entries:
            found = [number for name in entry for number in numbers(name)]
            for first, second in pairwise(found):
                groups.join(first, second)
            leads.update((number, entry[0]) for number in found)
        for first, second in entities.merges:
            groups.join(first, second)
        self._by_key, self._by_written = by_key, by_written
        self._group, self._members = _numbered(groups.firsts())
        spelling_of, article_of = entities.postings()
        pairs = np.unique(np.stack([self._group[spelling_of], article_of.astype(np.int64)]), axis=1)
        self._of, self._articles = pairs
        frequency = np.bincount(spelling_of, minlength=len(self._spellings))
        self._names: list[str] = []
        self._ordered: list[tuple[int, ...]] = []
        for members in self._members:
            ordered = sorted(members, key=lambda one: (-frequency[one], _rank(self._spellings[one].written)))
            lead = next((leads[one] for one in ordered if one in leads), self._spellings[ordered[0]].written)
            self._names.append(lead)
            self._ordered.append(tuple(ordered))
        # Names that are kept apart may have one key: each is then found by its spellings only.
        self._by_name: dict[str, list[int]] = {}
        for group, name in enumerate(self._names):
            self._by_name.setdefault(name, []).append(group)

    @classmethod
    def none(cls) -> Self:
        """No names, as of an index of an older version."""
        from rag.index.entities import Entities

        return cls(Entities())

    def __bool__(self) -> bool:
        return bool(self._spellings)

    def top(
        self,
        passing: NDArray[np.bool_] | None = None,
        *,
        kind: NameKind | None = None,
        like: str | None = None,
        limit: int = 20,
    ) -> list[Facet]:
        """The names with the most articles among those that pass, most first; at most `limit` of each kind.

        `passing` is a mask by number of article, None for all. `like`: only names with a spelling that contains this,
        in normalised form.
        """
        counts = self._counts(passing)
        wanted = " ".join(normal_form(like).split()) if like else ""
        left = dict.fromkeys(KINDS if kind is None else (kind,), limit)
        found: list[Facet] = []
        order = sorted(np.flatnonzero(counts).tolist(), key=lambda group: (-counts[group], self._names[group]))
        for group in order:
            of = self._kind(group)
            if left.get(of, 0) and (not wanted or self._is_like(group, wanted)):
                left[of] -= 1
                found.append(self._facet(group, int(counts[group])))
                if not any(left.values()):
                    break
        return found

    def passing(self, names: Iterable[str], count: int) -> NDArray[np.bool_]:
        """Mask of the articles that have all of these names, shape (count,).

        A name is the display form of a facet or one of its spellings. Raises `BadInput` for one that is not in the
        archive.
        """
        found = np.ones(count, np.bool_)
        for name in names:
            mask = np.zeros(count, np.bool_)
            mask[self._articles[np.isin(self._of, self._groups_of(name))]] = True
            found &= mask
        return found

    def latin_in(self, text: str) -> list[str]:
        """Latin spellings of the names that occur in a text in Arabic letters, as the archive writes both."""
        found = text.split()
        runs = (found[start:end] for start in range(len(found)) for end in range(start + 1, len(found) + 1)[:_LONGEST])
        names = {" ".join(run).strip('،.؛:«»"') for run in runs}
        names |= {name[1:] for name in names if name.startswith("و")}
        numbers = [number for name in sorted(names) for number in self._by_written.get(name, [])]
        groups = dict.fromkeys(int(self._group[number]) for number in numbers)
        written = (self._spellings[number].written for group in groups for number in self._ordered[group])
        return [name for name in dict.fromkeys(written) if not ARABIC.search(name)]

    def _groups_of(self, name: str) -> list[int]:
        if not self:
            raise BadInput(
                "this index has no names",
                where="filters",
                do="ingest the folder again: isnad ingest FOLDER",
                kind="no_names",
            )
        groups = self._by_name.get(name) or {int(self._group[one]) for one in self._by_written.get(name, [])}
        groups = groups or {int(self._group[one]) for one in self._by_key.get(name_key(name), [])}
        if not groups:
            near = ", ".join(facet.name for facet in self._near(name))
            raise BadInput(
                f"no article has the name {name!r}",
                where="filters",
                do=f"did you mean: {near}?" if near else "list the names of the archive: isnad names",
                kind="unknown_name",
                name=name,
            )
        return sorted(groups)

    def _near(self, name: str) -> list[Facet]:
        parts = [part for part in name.split() if len(part) > 2]
        found = [facet for part in reversed(parts) for facet in self.top(like=part, limit=_SUGGESTED)]
        return sorted(dict.fromkeys(found), key=lambda facet: -facet.articles)[:_SUGGESTED]

    def _counts(self, passing: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        of = self._of if passing is None else self._of[passing[self._articles]]
        return np.bincount(of, minlength=len(self._members))

    def _kind(self, group: int) -> NameKind:
        return self._spellings[self._ordered[group][0]].kind

    def _is_like(self, group: int, wanted: str) -> bool:
        return any(wanted in normal_form(self._spellings[one].written) for one in self._ordered[group])

    def _facet(self, group: int, articles: int) -> Facet:
        spellings = dict.fromkeys(self._spellings[one].written for one in self._ordered[group])
        return Facet(self._kind(group), self._names[group], articles, tuple(spellings))


def _rank(written: str) -> tuple[bool, str]:
    """Sort key of equally frequent spellings: Arabic ones first."""
    return not ARABIC.match(written), written


class _Groups:
    """Groups of numbers, joined pair by pair, except those that are kept apart."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self._apart: dict[int, set[int]] = {}

    def keep_apart(self, ours: Iterable[int], theirs: Sequence[int]) -> None:
        for one in ours:
            for other in theirs:
                if one != other:
                    self._apart.setdefault(one, set()).add(other)
                    self._apart.setdefault(other, set()).add(one)

    def join(self, one: int, other: int) -> None:
        one, other = sorted((self._first(one), self._first(other)))
        if one == other or other in self._apart.get(one, ()):
            return
        self._above[other] = one
        # Whatever was apart from one of them is now apart from both.
        for apart in self._apart.pop(other, ()):
            self._apart[apart].discard(other)
            self._apart[apart].add(one)
            self._apart.setdefault(one, set()).add(apart)

    def firsts(self) -> list[int]:
        return [self._first(number) for number in range(len(self._above))]

    def _first(self, number: int) -> int:
        above = self._above
        while above[number] != number:
            above[number] = number = above[above[number]]
        return number


def _numbered(firsts: Sequence[int]) -> tuple[NDArray[np.int64], list[list[int]]]:
    """The number of each one's group, from 0, and the members of each group."""
    numbers: dict[int, int] = {}
    members: list[list[int]] = []
    for number, first in enumerate(firsts):
        if numbers.setdefault(first, len(members)) == len(members):
            members.append([])
        members[numbers[first]].append(number)
    return np.array([numbers[first] for first in firsts], np.int64), members


class Meta(Protocol):
    """Article metadata that filters use; `published` starts with an ISO 8601 day."""

    @property
    def id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def outlet(self) -> str | None: ...
    @property
    def published(self) -> str | None: ...
    @property
    def language(self) -> str: ...


class StatedColumns:
    """Metadata of `count` articles in columns, by article number: `days` are ISO 8601, empty for none."""

    def __init__(
        self,
        count: int,
        articles: Iterable[tuple[int, Meta]],
        known: tuple[StatedColumns, NDArray[np.int64], NDArray[np.int64]] | None = None,
    ) -> None:
        """`articles` yields each article with its number, from 0. `known` are other columns that have some of the
        articles, the numbers of these articles there, and here."""
        self.days = np.zeros(count, "U10")
        self._sources = [""] * count
        self._outlets = np.zeros(count, np.int32)
        self._codes = {"": 0}
        self._languages = [""] * count
        if known:
            other, there, here = known
            self.days[here], self._outlets[here] = other.days[there], other._outlets[there]
            self._codes = dict(other._codes)
            for old, new in zip(there.tolist(), here.tolist(), strict=True):
                self._sources[new], self._languages[new] = other._sources[old], other._languages[old]
        as_stated: dict[str, int] = {}
        for number, article in articles:
            outlet = article.outlet or ""
            if outlet not in as_stated:
                as_stated[outlet] = self._codes.setdefault(outlet_key(outlet), len(self._codes))
            self._outlets[number] = as_stated[outlet]
            self.days[number] = (article.published or "")[:10]
            self._sources[number] = article.source
            self._languages[number] = article.language

    def passing(self, filters: Filters) -> NDArray[np.bool_]:
        """Mask of the articles that match, shape (count,).

        An article that does not state its outlet or date matches no filter on it. Outlets are compared in normalised
        form; `source` is a path or a pattern with ``*`` and ``?``. Phrases, excluded words and names are not metadata:
        see `FilterColumns.among`.
        """
        found = np.ones(len(self.days), np.bool_)
        if filters.published_from:
            found &= self.days >= filters.published_from
        if filters.published_to:
            found &= (self.days != "") & (self.days <= filters.published_to)
        if filters.outlet:
            found &= self._outlets == self._codes.get(outlet_key(filters.outlet), -1)
        if filters.source:
            pattern = re.compile(translate(filters.source))
            same = (source == filters.source or bool(pattern.match(source)) for source in self._sources)
            found &= np.fromiter(same, np.bool_, len(found))
        if filters.language:
            spoken = (language == filters.language for language in self._languages)
            found &= np.fromiter(spoken, np.bool_, len(found))
        return found


def outlet_key(text: str) -> str:
    return " ".join(normalise(text)[0].split())


def phrase_forms(phrase: str) -> list[frozenset[str]]:
    """The possible forms of each word of a phrase, normalised; empty for a text without words.

    Words are compared whole, whatever their punctuation, tashkeel and letter forms; before the first, Arabic may join
    و ف ب ل ك to it: «بيان جنيف» is also in «وبيان جنيف» and «لبيان جنيف».
    """
    words = whole_words(phrase)
    return [_joined(word) if place == 0 else frozenset({word}) for place, word in enumerate(words)]


def _joined(word: str) -> frozenset[str]:
    if not ARABIC.match(word):
        return frozenset({word})
    stems = [*(particle + word for particle in ("", "ب", "ل", "ك"))]
    if word.startswith("ال"):
        stems.append("لل" + word.removeprefix("ال"))
    every = (joining + stem for joining in ("", "و", "ف") for stem in stems)
    # In doubt the letter is of the word itself: كتاب is not ك + تاب.
    return frozenset({word, *(form for form in every if word in forms(form))})


# Article metadata of one generation in columns, for filters and date boosts.
#
# Loaded at the first question that needs it and kept while the generation is open.


@dataclass(frozen=True, slots=True)
class Among:
    """Passages that match the filters: `articles` is the article number of each passage, `passing` the mask of matching
    articles, `count` the number of matching passages."""

    articles: NDArray[np.int32]
    passing: NDArray[np.bool_]
    count: int

    def has(self, ordinals: _Ordinals) -> NDArray[np.bool_]:
        """Mask of the given passages that match, shape (n,)."""
        found: NDArray[np.bool_] = self.passing[self.articles[ordinals]]
        return found

    def every(self) -> NDArray[np.bool_]:
        """Mask over all passages, by ordinal."""
        found: NDArray[np.bool_] = self.passing[self.articles]
        return found


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a generation: the columns, and by article number the id and the number of passages."""

    generation: str
    articles: list[str]
    stated: StatedColumns
    sizes: NDArray[np.int64]


class FilterColumns:
    """Metadata columns of one generation. Thread-safe."""

    def __init__(
        self,
        generation: str,
        metas: Callable[[str | None], Iterable[Meta]],
        articles: NDArray[np.int32],
        ids: Sequence[str],
        holding: Callable[[Sequence[Collection[str]]], _Ordinals],
        facets: Callable[[], Facets] | None = None,
        *,
        before: FilterColumns | None = None,
    ) -> None:
        """`metas` reads the metadata of all articles of the generation, or of those whose version the generation with
        the given id does not have. `articles` is the article number of each passage, `ids` the passage ids, both by
        ordinal; `holding` returns the passages that hold a phrase; `facets` reads the names of the generation.
        `before` are the columns of an earlier generation: what they have read is not read again."""
        self._generation = generation
        self._metas = metas
        self._read_facets = facets
        self._facets: Facets | None = None
        self._articles = articles
        self._ids = ids
        self._phrase_holders = holding
        self._lock = threading.Lock()
        self._read: _Read | None = None
        self._before: _Read | None = (before._read or before._before) if before else None

    def among(self, filters: Filters) -> Among | None:
        """Passages that match the filters; None if there is no filter.

        A phrase or an excluded word selects whole articles, by their news text.
        """
        if not filters:
            return None
        passing = self._passing(filters)
        return Among(self._articles, passing, int(self._columns().sizes[passing].sum()))

    def facets(
        self, filters: Filters, *, kind: NameKind | None = None, like: str | None = None, limit: int = 20
    ) -> list[Facet]:
        """The names with the most articles among those that match the filters; see `Facets.top`."""
        passing = self._passing(filters) if filters else None
        return self._names().top(passing, kind=kind, like=like, limit=limit)

    def holding(self, filters: Filters) -> frozenset[str]:
        """Ids of the articles that match the names, phrases and excluded words of the filters, whatever their metadata.

        Raises `BadInput` for an unknown name.
        """
        count = int(self._articles[-1]) + 1 if len(self._articles) else 0
        mask = self._matching(filters, np.ones(count, np.bool_))
        firsts = np.searchsorted(self._articles, np.flatnonzero(mask))
        return frozenset(self._ids[first].rpartition("@")[0] for first in firsts.tolist())

    def latin_in(self, text: str) -> list[str]:
        """See `rag.retrieve.filters.Facets.latin_in`."""
        return self._names().latin_in(text)

    def _passing(self, filters: Filters) -> NDArray[np.bool_]:
        return self._matching(filters, self._columns().stated.passing(filters))

    def _matching(self, filters: Filters, passing: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Those of the passing articles that match by what their text has."""
        for phrase in filters.phrases:
            passing &= self._holding(phrase, len(passing))
        for phrase in filters.excluded:
            passing &= ~self._holding(phrase, len(passing))
        if filters.names:
            passing &= self._names().passing(filters.names, len(passing))
        return passing

    def _names(self) -> Facets:
        with self._lock:
            if self._facets is None:
                self._facets = self._read_facets() if self._read_facets else Facets.none()
            return self._facets

    def _holding(self, phrase: str, count: int) -> NDArray[np.bool_]:
        """Mask of the articles whose news text holds a phrase; none for a phrase without words."""
        found = np.zeros(count, np.bool_)
        if wanted := phrase_forms(phrase):
            found[self._articles[self._phrase_holders(wanted)]] = True
        return found

    def days(self, ordinals: _Ordinals) -> NDArray[np.str_]:
        """ISO 8601 publication day of each passage's article, empty if not stated, shape (n,)."""
        days: NDArray[np.str_] = self._columns().stated.days[self._articles[ordinals]]
        return days

    def _columns(self) -> _Read:
        with self._lock:
            if self._read is None:
                _, firsts, sizes = np.unique(self._articles, return_index=True, return_counts=True)
                ids = [self._ids[first].rpartition("@")[0] for first in firsts.tolist()]
                numbers = {name: number for number, name in enumerate(ids)}
                known = None
                if before := self._before:
                    pairs = [(old, numbers[name]) for old, name in enumerate(before.articles) if name in numbers]
                    there, here = np.array(pairs, np.int64).reshape(-1, 2).T
                    known = before.stated, there, here
                metas = self._metas(before.generation if before else None)
                stated = StatedColumns(len(ids), ((numbers[meta.id], meta) for meta in metas), known)
                self._read, self._before = _Read(self._generation, ids, stated, sizes), None
            return self._read
