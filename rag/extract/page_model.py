"""A page while it is read: its lines, those that are no news, and what it was found to state. It knows no rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from babel import Locale
from babel.core import UnknownLocaleError

from rag.extract.labels import is_shared
from rag.extract.lines import Line
from rag.extract.outlets import NOT_OUTLETS, Outlets
from rag.extract.publication import Dated
from rag.text.normalise import language, normalise
from rag.types import Span, Stated

_LONGEST: Final = 5
"""Words of a name that a page gives as its source."""


class Evidence(IntEnum):
    """How a page states its outlet, the strongest first: its own name before that of an agency that it quotes."""

    LABEL, HEADER, FOOTER, TITLE, RIGHTS, DATELINE, SOURCE, HOST, AGENCY = range(9)


class Byline(IntEnum):
    """How a page states who wrote it, the strongest first: a person before an agency."""

    NAME, LABEL, AGENCY, CREDIT = range(4)


@dataclass(slots=True)
class Page:
    """What is known of a page while its lines are read; `outside` are the numbers of lines that are not news."""

    text: str
    lines: list[Line]
    known: Outlets
    outside: set[int] = field(default_factory=set)
    title: Stated | None = None
    section: Stated | None = None
    dates: list[Dated] = field(default_factory=list)
    outlets: list[tuple[Evidence, Stated]] = field(default_factory=list)
    authors: list[tuple[Byline, Stated]] = field(default_factory=list)

    @property
    def outlet(self) -> Stated | None:
        return min(self.outlets, key=lambda outlet: outlet[0])[1] if self.outlets else None

    @property
    def author(self) -> Stated | None:
        return min(self.authors, key=lambda author: author[0])[1] if self.authors else None

    @property
    def published(self) -> Stated | None:
        """The first date that is stated. 03/04/2015 is one only where the outlet's country or the language tells it."""
        for dated in self.dates:
            if len(dated.readings) == 1:
                return dated.readings[0]
            day_first = self._day_first(dated) if dated.readings else None
            if day_first is not None:
                return dated.readings[0 if day_first else 1]
        return None

    @property
    def body(self) -> tuple[Span, ...]:
        """The runs of lines that are not outside, from the first letter of each to its last."""
        spans: list[Span] = []
        joined = False
        for number, line in enumerate(self.lines):
            if number not in self.outside:
                spans.append(Span(spans.pop().start if joined else line.span.start, line.span.end))
            joined = number not in self.outside
        return tuple(spans)

    def state_outlet(self, evidence: Evidence, span: Span) -> None:
        """What the page says of its outlet at `span`: the name as it stands there, or the one that a host is of."""
        said = span.of(self.text)
        normal = normalise(said)[0]
        if normal in NOT_OUTLETS or (evidence is Evidence.HOST and is_shared(said)):
            return
        if evidence is Evidence.SOURCE and (re.search(r"\s[-–—/|]\s", said) or len(said.split()) > _LONGEST):
            return  # a place and somebody, or a sentence
        outlet = self.known.named(normal)
        if outlet and outlet.is_agency and evidence in (Evidence.DATELINE, Evidence.SOURCE):
            evidence = Evidence.AGENCY
            self.authors.append((Byline.AGENCY, Stated(said, span)))
        host = self.known.at(said) if evidence == Evidence.HOST else None
        self.outlets.append((evidence, Stated(host.name if host else said, span)))

    def state_author(self, byline: Byline, span: Span) -> None:
        """Who wrote it, as the page says at `span`."""
        outlet = self.known.named(normalise(span.of(self.text))[0])
        if outlet and byline is Byline.NAME:
            byline = Byline.AGENCY
        self.authors.append((byline, Stated(span.of(self.text), span)))

    def _day_first(self, dated: Dated) -> bool | None:
        """Whether days stand before months: by the country of the outlet, else in Arabic; None where that is open."""
        speech = language(self.text)
        for _, stated in self.outlets:
            outlet = self.known.named(normalise(stated.value)[0]) or self.known.at(stated.value)
            if outlet and outlet.country:
                try:
                    form = Locale.parse(f"{speech}_{outlet.country}").date_formats["short"].pattern
                except (UnknownLocaleError, ValueError):
                    continue
                return str(form).lower().find("d") < str(form).lower().find("m")
        return True if speech == "ar" and not dated.is_latin else None
