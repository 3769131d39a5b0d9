"""Do the quotes of a claim support it? In code and without a model: figures, dates, names, opposites, speakers.

Each check is a room of its own; this one asks them all, says what is wrong in words, and leaves the score to
`rag.verify.support`. It refuses to know where quotes come from; the similarity is measured elsewhere and passed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from rag.citations import MARKER
from rag.text.own_names import NONE, OwnNames
from rag.types import Article, Context, Language, Problem, Span, Support
from rag.verify.attribution import LOOKED_BACK
from rag.verify.case import Case
from rag.verify.claim_messages import MESSAGES
from rag.verify.support import ENOUGH, score_of

_FARTHER: Final = 0.02
"""Across languages a translation is farther from its original than a paraphrase."""
_WHOLE: Final = frozenset({"similarity", "words"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say of a claim.

    `score` is in [0, 1] and ranks: a problem lowers it and so does every doubt that is none (see `rag.verify.support`).
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
    names: OwnNames = NONE,
) -> Verdict:
    """Hold a claim against the quotes that it cites.

    `similarity` is the best cosine of claim and quote, in [-1, 1], or None where none was measured (then meaning is
    not checked). ``[n]`` in the claim are no figures. `question` excuses the word that it asks about (see
    `rag.verify.names.missing`). `language` is that of the messages. `contexts`, one for each quote or none, tell what
    yesterday and a pronoun mean; `names` are the user's own. Spans of problems are in code points of `claim`.
    """
    stated = MARKER.sub(lambda marker: " " * len(marker.group()), claim)  # so that offsets stay
    whole = Span(0, len(claim))
    if not quotes:
        return Verdict("unsupported", 0.0, (Problem("citation", whole, MESSAGES["none"][language]),))
    if not any(character.isalnum() for character in stated):
        return Verdict("unsupported", 0.0, (Problem("citation", whole, MESSAGES["empty"][language]),))
    contexts = contexts if len(contexts) == len(quotes) else [Context()] * len(quotes)
    case = Case.of(stated, quotes, contexts, question, names)
    found = list(case.problems())
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
