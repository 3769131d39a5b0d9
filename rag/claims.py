"""Do the quotes of a claim support it? In code and without a model: figures, dates, names, opposites, speakers.

Each check is a room of its own; this one asks them all, says what is wrong in words, and leaves the score to
`rag.support`. It refuses to know where quotes come from; the similarity is measured elsewhere and passed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rag.attribution import LOOKED_BACK, last_speaker, lets_nobody_speak, misattributed
from rag.citations import MARKER
from rag.claim_messages import MESSAGES
from rag.closeness import closeness
from rag.contradiction import Sayings, contradictions
from rag.names import Missing, Read, missing
from rag.roles import Swap, swap
from rag.stated import Quoted, unstated
from rag.support import ENOUGH, Signs, score_of
from rag.types import Article, Context, Language, Problem, Span, Support

_FARTHER: Final = 0.02
"""Across languages a translation is farther from its original than a paraphrase."""
_SWAPPED: Final = 30
"""Code points: of true claims in their quote's language, one in a hundred gains so much."""
_WHOLE: Final = frozenset({"similarity", "words"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say of a claim.

    `score` is in [0, 1] and ranks: a problem lowers it and so does every doubt that is none (see `rag.support`).
    `support` decides: a claim with a problem is unsupported.
    """

    support: Support
    score: float
    problems: tuple[Problem, ...]


def check(
    claim: str,
    quotes: Sequence[str],
    *,
    similarity: float | None,
    min_similarity: float,
    question: str = "",
    language: Language = "en",
    contexts: Sequence[Context] = (),
) -> Verdict:
    """Hold a claim against the quotes that it cites.

    `similarity` is the best cosine of claim and quote, in [-1, 1], or None where none was measured (then meaning is
    not checked). ``[n]`` in the claim are no figures. `question` excuses the word that it asks about (see
    `rag.names.missing`). `language` is that of the messages. `contexts`, one for each quote or none, tell what
    yesterday and a pronoun mean. Spans of problems are in code points of `claim`.
    """
    stated = MARKER.sub(lambda marker: " " * len(marker.group()), claim)  # so that offsets stay
    whole = Span(0, len(claim))
    if not quotes:
        return Verdict("unsupported", 0.0, (Problem("citation", whole, MESSAGES["none"][language]),))
    if not any(character.isalnum() for character in stated):
        return Verdict("unsupported", 0.0, (Problem("citation", whole, MESSAGES["empty"][language]),))
    contexts = contexts if len(contexts) == len(quotes) else [Context()] * len(quotes)
    case = _Case.of(stated, quotes, contexts, question)
    found = list(case.hard())
    if similarity is not None and similarity < min_similarity - (_FARTHER if case.across else 0.0):
        found.append(("similarity", whole))
    signs = case.signs([kind for kind, _ in found], similarity)
    if not found and signs.strange:
        found.append(("words", whole))
        signs = replace(signs, kinds=("words",))
    score = score_of(signs)
    if not found and score < ENOUGH:
        found.append(("words", whole))
    problems = tuple(
        Problem(kind, span, MESSAGES[kind][language].format(words=span.of(claim)))
        for kind, span in sorted(dict.fromkeys(found), key=lambda one: (one[0] in _WHOLE, one[1], one[0]))
    )
    return Verdict("unsupported" if problems else "supported", score, problems)


def context_of(article: Article, span: Span) -> Context:
    """The context of a quote: what stands before it in its article, as far as it is looked at."""
    published = article.published.value if article.published else None
    return Context(published, article.text[max(0, span.start - LOOKED_BACK) : span.start])


@dataclass(frozen=True, slots=True)
class _Case:
    """A claim and its quotes, each read once for every check."""

    claim: Read
    said: Sayings
    quotes: tuple[Read, ...]
    sayings: tuple[Sayings, ...]
    quoted: tuple[Quoted, ...]
    contexts: tuple[Context, ...]
    question: str

    @classmethod
    def of(cls, claim: str, quotes: Sequence[str], contexts: Sequence[Context], question: str) -> _Case:
        return cls(
            Read.of(claim),
            Sayings.of(claim),
            tuple(Read.of(quote) for quote in quotes),
            tuple(Sayings.of(quote) for quote in quotes),
            tuple(Quoted.of(quote, context) for quote, context in zip(quotes, contexts, strict=True)),
            tuple(contexts),
            question,
        )

    def hard(self) -> Iterator[tuple[str, Span]]:
        """What is wrong: (kind, span)."""
        yield from unstated(self.claim.text, self.quoted)
        yield from ((("name", name.span)) for name in self._missing() if name.sure)
        for one in contradictions(self.said, self.sayings):
            yield "opposite" if one.kind == "opposite" else "negation", one.span
        for span in misattributed(self.claim, self.quotes, self.contexts):
            yield "speaker", span
        exchanged = self._swap()
        if exchanged is not None and exchanged.gain >= _SWAPPED and not self.across:
            yield "roles", exchanged.span

    def signs(self, kinds: Sequence[str], similarity: float | None) -> Signs:
        """What the score is made of."""
        return Signs(
            kinds=tuple(kinds),
            doubtful=sum(not name.sure for name in self._missing()),
            close=closeness(self.claim, self.said, self.quotes, self.sayings),
            swapped=exchanged.gain if (exchanged := self._swap()) else 0,
            denials=abs(len(self.said.negations) - sum(len(one.negations) for one in self.sayings)),
            similarity=similarity,
            across=self.across,
        )

    def _swap(self) -> Swap | None:
        """The least exchange that a quote would ask for; None where one asks for none."""
        found = [swap(self.claim, self.said, *pair) for pair in zip(self.quotes, self.sayings, strict=True)]
        asked = [one for one in found if one is not None]
        return min(asked, default=None) if len(asked) == len(found) else None

    @property
    def across(self) -> bool:
        """Whether claim and quotes are in two languages."""
        return self.claim.in_arabic() is not any(quote.in_arabic() for quote in self.quotes)

    def _missing(self) -> list[Missing]:
        against = list(self.quotes)
        for quote, context in zip(self.quotes, self.contexts, strict=True):
            if lets_nobody_speak(quote) and (last := last_speaker(context)) is not None:
                against.append(last[0].part(last[1].words))
        return missing(self.claim, against, self.question)
