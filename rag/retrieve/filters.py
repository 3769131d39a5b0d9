"""Select the articles that match a question's filters, and count the names in them."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from fnmatch import translate
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rag.retrieve.facets import Facet, Facets
from rag.text.normalise import ARABIC, forms, normalise, whole_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from rag.index.words import WordsIndex
    from rag.text.entities import NameKind
    from rag.types import Filters

    _Ordinals = NDArray[np.int64]


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

    def __init__(self, count: int, articles: Iterable[tuple[int, Meta]]) -> None:
        """`articles` yields each article with its number, from 0."""
        self.days = np.zeros(count, "U10")
        self._sources = [""] * count
        self._outlets = np.zeros(count, np.int32)
        self._codes = {"": 0}
        self._languages = [""] * count
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


class FilterColumns:
    """Metadata columns of one generation. Thread-safe."""

    def __init__(
        self,
        metas: Callable[[], Iterable[Meta]],
        articles: NDArray[np.int32],
        ids: Sequence[str],
        words: Callable[[], WordsIndex],
        facets: Callable[[], Facets] | None = None,
    ) -> None:
        """`articles` is the article number of each passage, `ids` the passage ids, both by ordinal; `words` is called
        for each filter on words; `facets` reads the names of the generation."""
        self._metas = metas
        self._read_facets = facets
        self._facets: Facets | None = None
        self._articles = articles
        self._ids = ids
        self._words = words
        self._lock = threading.Lock()
        self._read: tuple[StatedColumns, NDArray[np.int64]] | None = None

    def among(self, filters: Filters) -> Among | None:
        """Passages that match the filters; None if there is no filter.

        A phrase or an excluded word selects whole articles, by their news text.
        """
        if not filters:
            return None
        passing = self._passing(filters)
        return Among(self._articles, passing, int(self._columns()[1][passing].sum()))

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
        """See `rag.retrieve.facets.Facets.latin_in`."""
        return self._names().latin_in(text)

    def _passing(self, filters: Filters) -> NDArray[np.bool_]:
        return self._matching(filters, self._columns()[0].passing(filters))

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
            found[self._articles[self._words().holding(wanted)]] = True
        return found

    def days(self, ordinals: _Ordinals) -> NDArray[np.str_]:
        """ISO 8601 publication day of each passage's article, empty if not stated, shape (n,)."""
        days: NDArray[np.str_] = self._columns()[0].days[self._articles[ordinals]]
        return days

    def _columns(self) -> tuple[StatedColumns, NDArray[np.int64]]:
        with self._lock:
            if self._read is None:
                _, firsts, sizes = np.unique(self._articles, return_index=True, return_counts=True)
                numbers = {self._ids[first].rpartition("@")[0]: number for number, first in enumerate(firsts.tolist())}
                self._read = StatedColumns(len(numbers), ((numbers[meta.id], meta) for meta in self._metas())), sizes
            return self._read
