"""Check whether quotes support a claim, by rules without a model: figures, dates, names, opposites, speakers.

Runs the checks of the other modules, adds messages for the problems, and computes a score.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rag.citations import blanked
from rag.text.names import NONE, OwnNames
from rag.types import Article, Context, Language, Problem, Span, Support, Verified
from rag.verify.attribution import LOOKED_BACK, last_speaker, lets_nobody_speak, misattributed
from rag.verify.figures import Quoted, unstated
from rag.verify.names import Missing, NameReading, missing
from rag.verify.negation import Sayings, contradictions, other_offices
from rag.verify.overlap import Closeness, Swap, closeness, swap

# Support score of a claim in [0, 1], for ranking.
#
# The weights are from a logistic regression on the tuning half of the claims in the test data; the other half was not
# used. The score does not decide support: any problem makes a claim unsupported.

_MIDDLE: Final = {False: 0.93, True: 0.88}
"""Typical cosine of a true claim with its quote, in one language (False) and across two (True)."""


@dataclass(frozen=True, slots=True)
class _Signs:
    """Inputs of the score. `kinds` of the problems; `doubtful`: possible names found in no quote; `denials`: how many
    more negations one side has; `swapped`: see `rag.verify.overlap.Swap`; `across`: claim and quotes are in two
    languages."""

    kinds: tuple[str, ...]
    doubtful: int
    close: Closeness
    swapped: int
    denials: int
    similarity: float | None
    across: bool
    verified: Verified | None = None

    @property
    def strange(self) -> bool:
        """Whether so few of the claim's words are in its quotes that it must be about something else."""
        many = self.close.matched / (1 - self.close.unmatched) if self.close.unmatched < 1 else _FEW
        return many >= _FEW and self.close.unmatched > _STRANGE[self.across]

    def features(self) -> dict[str, float]:
        """Features of the regression, by name: those of a verifier instead of what the rules count, if there is one."""
        if self.verified is not None:
            return self._read(self.verified)
        near = 0.0 if self.similarity is None else self.similarity - _MIDDLE[self.across]
        tongue = "across" if self.across else "within"
        return {
            **dict.fromkeys(self.kinds, 1.0),
            "more": max(0.0, len(self.kinds) - 1.0),
            f"{tongue} doubtful": min(self.doubtful, 3),
            f"{tongue} unmatched": self.close.unmatched,
            f"{tongue} replaced": min(self.close.replaced, 2),
            f"{tongue} inserted": min(self.close.inserted, 2),
            f"{tongue} inverted": self.close.inverted,
            f"{tongue} denials": min(self.denials, 3),
            f"{tongue} near": 10 * near,
            f"{tongue} swapped": min(self.swapped, 60) / 60,
            tongue: 1.0,
        }

    def _read(self, verified: Verified) -> dict[str, float]:
        """The kinds of problems, the logit of the claim, and that of its least borne out word."""
        least = verified.least
        return {
            **dict.fromkeys(self.kinds, 1.0),
            "support": verified.support,
            "least": max(-20.0, least[1]) if least else -20.0,
            "near": 0.0 if self.similarity is None else 10 * (self.similarity - _MIDDLE[self.across]),
            "across": float(self.across),
        }


_FEW: Final = 3
_STRANGE: Final = {False: 0.49, True: 0.96}
"""Maximum share of words that no quote has. Of the true claims in the tuning half, one in forty exceeds it in its
quote's language and one in fifty across languages; nearly all unrelated sentences of the same article do."""
_ENOUGH: Final = 0.45
"""Minimum score of a claim without a problem; below it, claim and quotes have too little in common."""

_WEIGHTS: Final[dict[str, float]] = {
    "across": 2.19,
    "across denials": -0.89,
    "across inserted": -0.21,
    "across near": 2.15,
    "across swapped": -0.34,
    "across unmatched": -0.21,
    "date": -4.49,
    "figure": -3.92,
    "name": -3.17,
    "negation": -3.23,
    "opposite": -4.17,
    "roles": -3.05,
    "speaker": -1.88,
    "unit": -3.28,
    "within": 1.01,
    "within denials": -0.1,
    "within near": 0.36,
    "within replaced": -0.73,
    "within swapped": -1.32,
    "words": -2.72,
}


def _score_of(signs: _Signs) -> float:
    """Logistic function of the weighted sum of the features."""
    weights = _WEIGHTS if signs.verified is None else signs.verified.weights
    total = weights.get("bias", 0.0) + sum(weights.get(name, 0.0) * value for name, value in signs.features().items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


# A claim and its quotes, each analysed once, with the results of all checks: problems, and the inputs of the score.

_SWAPPED: Final = 40
"""Code points: true claims in their quote's language rarely gain this much."""


@dataclass(frozen=True, slots=True)
class _Case:
    """`absent`: names that no quote has; `exchanged`: the smallest swap found in every quote, if any."""

    claim: NameReading
    said: Sayings
    quotes: tuple[NameReading, ...]
    sayings: tuple[Sayings, ...]
    quoted: tuple[Quoted, ...]
    contexts: tuple[Context, ...]
    absent: tuple[Missing, ...]
    exchanged: Swap | None

    @classmethod
    def of(
        cls, claim: str, quotes: Sequence[str], contexts: Sequence[Context], question: str = "", names: OwnNames = NONE
    ) -> _Case:
        """Analyse a claim and its quotes, with one context per quote. `names` are the user's own names."""
        read, said = NameReading.of(claim, names), Sayings.of(claim)
        reads = tuple(NameReading.of(quote, names) for quote in quotes)
        sayings = tuple(Sayings.of(quote) for quote in quotes)
        return cls(
            read,
            said,
            reads,
            sayings,
            tuple(Quoted.of(quote, context) for quote, context in zip(quotes, contexts, strict=True)),
            tuple(contexts),
            tuple(missing(read, [*reads, *_last_speakers(reads, contexts)], question)),
            _least(swap(read, said, *pair) for pair in zip(reads, sayings, strict=True)),
        )

    @property
    def across(self) -> bool:
        """Whether claim and quotes are in two languages."""
        return self.claim.in_arabic() is not any(quote.in_arabic() for quote in self.quotes)

    def problems(self) -> Iterator[tuple[str, Span]]:
        """Problems as (kind, span in the claim)."""
        yield from unstated(self.claim.text, self.quoted)
        yield from (("name", name.span) for name in self.absent if name.sure)
        for one in contradictions(self.said, self.sayings):
            yield "opposite" if one.kind == "opposite" else "negation", one.span
        yield from (("name", span) for span in other_offices(self.said, self.sayings))
        for span in misattributed(self.claim, self.quotes, self.contexts):
            yield "speaker", span
        if self.exchanged is not None and self.exchanged.gain >= _SWAPPED and not self.across:
            yield "roles", self.exchanged.span

    def signs(self, kinds: Sequence[str], similarity: float | None, verified: Verified | None = None) -> _Signs:
        """Inputs of the score, with the kinds of the problems found and what a verifier said."""
        return _Signs(
            kinds=tuple(kinds),
            doubtful=sum(not name.sure for name in self.absent),
            close=closeness(self.claim, self.said, self.quotes, self.sayings),
            swapped=self.exchanged.gain if self.exchanged else 0,
            denials=abs(len(self.said.negations) - sum(len(one.negations) for one in self.sayings)),
            similarity=similarity,
            across=self.across,
            verified=verified,
        )


def _last_speakers(quotes: Sequence[NameReading], contexts: Sequence[Context]) -> Iterator[NameReading]:
    """Speakers named last before quotes without a named speaker: the "he" of "he said"."""
    for quote, context in zip(quotes, contexts, strict=True):
        if lets_nobody_speak(quote) and (last := last_speaker(context, quote.names)) is not None:
            yield last[0].part(last[1].words)


def _least(swaps: Iterator[Swap | None]) -> Swap | None:
    found = list(swaps)
    asked = [one for one in found if one is not None]
    return min(asked, default=None) if len(asked) == len(found) else None


# Messages for the problems of a claim, by kind, in both languages. ``{words}`` are the claim's own words.

_MESSAGES: Final[dict[str, dict[Language, str]]] = {
    "none": {"en": "No quote is cited for this claim.", "ar": "لا اقتباس يسند هذا القول."},
    "empty": {"en": "This claim states nothing.", "ar": "لا يذكر هذا القول شيئا."},
    "figure": {
        "en": "The figure “{words}” is not in the quoted text.",
        "ar": "الرقم «{words}» غير وارد في النص المقتبس.",
    },
    "unit": {
        "en": "The figure “{words}” has another unit in the quoted text.",
        "ar": "الرقم «{words}» بوحدة أخرى في النص المقتبس.",
    },
    "date": {
        "en": "The date “{words}” is not in the quoted text.",
        "ar": "التاريخ «{words}» غير وارد في النص المقتبس.",
    },
    "name": {
        "en": "“{words}”, which may be a name, is not in the quoted text.",
        "ar": "«{words}»، وقد يكون اسما، غير وارد في النص المقتبس.",
    },
    "negation": {
        "en": "At “{words}”, the claim and the quoted text differ in negation.",
        "ar": "عند «{words}» يختلف القول والنص المقتبس في النفي.",
    },
    "opposite": {
        "en": "Instead of “{words}”, the quoted text says the opposite.",
        "ar": "في موضع «{words}» يقول النص المقتبس عكس ذلك.",
    },
    "roles": {
        "en": "At “{words}”, the roles in the quoted text are reversed: who does what to whom.",
        "ar": "عند «{words}» الأدوار معكوسة في النص المقتبس: من فعل ماذا بمن.",
    },
    "speaker": {
        "en": "The quoted text does not attribute this statement to “{words}”.",
        "ar": "لا ينسب النص المقتبس هذا الكلام إلى «{words}».",
    },
    "words": {
        "en": "Too few words of this claim are in the quoted text.",
        "ar": "القليل من هذا القول وارد في النص المقتبس.",
    },
    "doubt": {
        "en": "The quoted text does not bear out “{words}”.",
        "ar": "النص المقتبس لا يسند «{words}».",
    },
    "similarity": {
        "en": "The claim is not close enough in meaning to the quoted text.",
        "ar": "معنى هذا القول غير قريب بما يكفي من النص المقتبس.",
    },
}


_CLEAR_ENOUGH: Final = 0.38
_DOUBTED_ENOUGH: Final = 0.5
"""Minimum scores of a claim that a verifier has read: where the rules find no problem, and where they do."""
_CERTAIN: Final = frozenset({"date", "unit"})
"""Kinds of problems that reject a claim whatever a verifier says."""
_FARTHER: Final = 0.02
"""Reduction of the minimum similarity across languages: a translation is farther from its original than a
paraphrase."""
_WHOLE: Final = frozenset({"similarity", "words"})


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """Result of the checks of a claim.

    `score` is in [0, 1] and for ranking: problems and doubts lower it. `support` is the decision: a claim with a
    problem is unsupported.
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
    names: OwnNames = NONE,
    verified: Verified | None = None,
) -> ClaimVerdict:
    """Check a claim against the quotes that it cites.

    `verified` is what a verifier made of the claim beside all quotes, None without one. With it, the rules reject alone
    only where they are certain; everything else is weighed together.

    `similarity` is the best cosine of claim and quote, in [-1, 1], or None if not measured (then meaning is not
    checked). ``[n]`` in the claim is not a figure. `question` excuses the word that it asks about (see
    `rag.verify.names.missing`). `language` is that of the messages. `contexts`, one per quote or empty, resolve
    "yesterday" and pronouns; `names` are the user's own names. Spans of problems are in code points of `claim`.
    """
    stated = blanked(claim)
    whole = Span(0, len(claim))
    if not quotes:
        return ClaimVerdict("unsupported", 0.0, (Problem("citation", whole, _MESSAGES["none"][language]),))
    if not any(character.isalnum() for character in stated):
        return ClaimVerdict("unsupported", 0.0, (Problem("citation", whole, _MESSAGES["empty"][language]),))
    contexts = contexts if len(contexts) == len(quotes) else [Context()] * len(quotes)
    case = _Case.of(stated, quotes, contexts, question, names)
    found = list(case.problems())
    if similarity is not None and similarity < min_similarity - (_FARTHER if case.across else 0.0):
        found.append(("similarity", whole))
    signs = case.signs([kind for kind, _ in found], similarity)
    if not found and signs.strange:
        found.append(("words", whole))
        signs = replace(signs, kinds=("words",))
    score = _score_of(signs)
    if not found and score < _ENOUGH:
        found.append(("words", whole))
    if verified is not None:
        read = _score_of(replace(signs, verified=verified))
        score = min(score, read) if any(kind in _CERTAIN for kind, _ in found) else read
        found = _weighed(found, score, verified, whole)
    problems = tuple(
        Problem(kind, span, _MESSAGES[kind][language].format(words=span.of(claim)))
        for kind, span in sorted(dict.fromkeys(found), key=lambda one: (one[0] in _WHOLE, one[1], one[0]))
    )
    return ClaimVerdict("unsupported" if problems else "supported", score, problems)


def features_of(
    claim: str, quotes: Sequence[str], *, similarity: float, contexts: Sequence[Context], verified: Verified
) -> dict[str, float]:
    """Inputs of the score of a claim that a verifier has read, by name, from which its weights are fitted."""
    case = _Case.of(claim, quotes, contexts)
    return case.signs([kind for kind, _ in case.problems()], similarity, verified).features()


def _weighed(
    found: Sequence[tuple[str, Span]], score: float, verified: Verified, whole: Span
) -> list[tuple[str, Span]]:
    """The problems that count once a verifier has read the claim: those of the rules if one is certain; else none if
    the score is enough, and if not those of the rules and the words that the verifier doubts."""
    if any(kind in _CERTAIN for kind, _ in found):
        return list(found)
    if score >= (_DOUBTED_ENOUGH if found else _CLEAR_ENOUGH):
        return []
    doubted = [span for span, logit in verified.words if logit > 0] or ([verified.least[0]] if verified.least else [])
    marked = [span for kind, span in found if kind not in _WHOLE]
    apart = [
        span for span in _joined(doubted) if not any(one.start < span.end and span.start < one.end for one in marked)
    ]
    return [*found, *(("doubt", span) for span in apart)] or [("doubt", whole)]


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans of words, in order, those next to each other as one."""
    made: list[Span] = []
    for span in spans:
        if made and span.start - made[-1].end <= 1:
            made[-1] = Span(made[-1].start, span.end)
        else:
            made.append(span)
    return made


def context_of(article: Article, span: Span) -> Context:
    """Context of a quote: the text before it in its article, limited to what the checks use."""
    published = article.published.value if article.published else None
    return Context(published, article.text[max(0, span.start - LOOKED_BACK) : span.start])
