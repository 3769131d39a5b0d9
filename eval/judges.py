"""Entailment judges: whether a quote entails a sentence, by words, embeddings, the checks of claims, or a model.

Each is a `Judge` of `eval.metrics`. The first two only measure similarity, so reports include the name of the judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event as Cancel
from typing import TYPE_CHECKING

from eval.metrics import Judge, Pair
from rag.errors import BadInput
from rag.models.llm import reply
from rag.text.normalise import tokens
from rag.text.numbers import numbers
from rag.types import Message, Prompt
from rag.verify.claims import check

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.corpus import Corpus
    from rag.types import Generate, Similarity, Verify

_LEAST_SHARE = 0.8
"""The share of a sentence's words that its quotes must contain, for the judge ``lexical``."""
_NAMES = ("lexical", "embedding", "verifier", "nli:MODEL", "llm")


def lexical(pairs: Sequence[Pair]) -> list[bool]:
    """Judge by words: the premise must contain `_LEAST_SHARE` of the hypothesis's stems, and all of its numbers."""
    return [_covered(premise, hypothesis) for premise, hypothesis in pairs]


def embedding(similarity: Similarity, least: float) -> Judge:
    """Build a judge by embeddings: the cosine of premise and hypothesis must be at least `least`."""

    def judge(pairs: Sequence[Pair]) -> list[bool]:
        if not pairs:
            return []
        cosines = similarity([hypothesis for _, hypothesis in pairs], [premise for premise, _ in pairs])
        return [cosine >= least for cosine in cosines]

    return judge


def verifier(verify: Verify, similarity: Similarity, least: float) -> Judge:
    """Build a judge from the checks of claims, with the verifier: the premise must support the hypothesis."""

    def judge(pairs: Sequence[Pair]) -> list[bool]:
        if not pairs:
            return []
        claims, quotes = [hypothesis for _, hypothesis in pairs], [premise for premise, _ in pairs]
        measured = zip(claims, quotes, similarity(claims, quotes), verify(claims, quotes), strict=True)
        verdicts = (
            check(claim, [quote], similarity=cosine, min_similarity=least, verified=verified)
            for claim, quote, cosine, verified in measured
        )
        return [verdict.support == "supported" for verdict in verdicts]

    return judge


def nli(model: str) -> Judge:
    """Build a judge from an NLI cross-encoder, by name or folder: entailment must be its most probable label.

    Raises `BadInput` if the model cannot be loaded or has no label ``entailment``.
    """
    from sentence_transformers import CrossEncoder

    try:
        encoder = CrossEncoder(model)
    except (OSError, ValueError) as error:
        do = "give an NLI cross-encoder that is on this machine or on a reachable model hub"
        raise BadInput(f"the model {model!r} cannot be loaded: {error}", where="--judge", do=do) from error
    labels = {str(label).lower(): int(number) for number, label in encoder.config.id2label.items()}
    if "entailment" not in labels:
        raise BadInput(f"{model!r} has no label entailment", where="--judge", do="give an NLI cross-encoder")

    def judge(pairs: Sequence[Pair]) -> list[bool]:
        scores = encoder.predict(list(pairs)) if pairs else []
        return [int(one.argmax()) == labels["entailment"] for one in scores]

    return judge


def llm(generate: Generate) -> Judge:
    """Build a judge from a language model that must reply yes or no; any other reply counts as no."""

    def judge(pairs: Sequence[Pair]) -> list[bool]:
        return [_says_yes(generate, *pair) for pair in pairs]

    return judge


def judges_named(names: Sequence[str], corpus: Corpus) -> dict[str, Judge]:
    """Return the judges with these names. Raises `BadInput` for a name that is not in `_NAMES`, or is unavailable."""
    return dict(_named(names, corpus))


def _named(names: Sequence[str], corpus: Corpus) -> Iterator[tuple[str, Judge]]:
    for name in dict.fromkeys(names):
        kind, _, model = name.partition(":")
        if name == "lexical":
            yield name, lexical
        elif name == "embedding":
            from rag.corpus import similarity_of

            yield name, embedding(similarity_of(corpus.embedder), corpus.answerer.policy.min_similarity)
        elif name == "verifier":
            if corpus.answerer.verify is None:
                raise BadInput("there is no verifier", where="--judge verifier", do="set verifier to `bundled`")
            answerer = corpus.answerer
            yield name, verifier(corpus.answerer.verify, answerer.similarity, answerer.policy.min_similarity)
        elif kind == "nli" and model:
            yield kind, nli(model)
        elif name == "llm":
            yield name, llm(_endpoint(corpus.settings))
        else:
            raise BadInput(f"there is no judge {name!r}", where="--judge", do=f"use {', '.join(_NAMES)}")


def _endpoint(settings: Settings) -> Generate:
    from rag.corpus import endpoint

    if not settings.llm_url:
        raise BadInput("no language model is configured", where="--judge llm", do="set llm_url and llm_model")
    return endpoint(settings)


def _covered(premise: str, hypothesis: str) -> bool:
    words = tokens(hypothesis)
    there = set(tokens(premise))
    if not words or sum(word in there for word in words) < _LEAST_SHARE * len(words):
        return False
    said = numbers(premise)
    return all(any(one.agrees(other) for other in said) for one in numbers(hypothesis) if one.certain)


_ASKED = (
    "Premise:\n{premise}\n\nHypothesis:\n{hypothesis}\n\n"
    "Does the premise state everything that the hypothesis says? Answer with one word, yes or no."
)


def _says_yes(generate: Generate, premise: str, hypothesis: str) -> bool:
    asked = Prompt((Message("user", _ASKED.format(premise=premise, hypothesis=hypothesis)),), max_tokens=8)
    said = reply(generate, asked, Cancel()) or ""
    return "".join(filter(str.isalpha, said)).casefold() == "yes"
