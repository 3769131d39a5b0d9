"""Review of drafts: checks what a generator proposed and turns it into claims with citations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final

from rag.citations import Ledger, cited_numbers, verbatim, without_markers
from rag.generate.generators import Pointed, Written
from rag.generate.rendering import english
from rag.generate.reply_patterns import speaks
from rag.models.prompts import for_prompt, own_words
from rag.text.lexicon import EXPLETIVE, POINTING, POINTING_TIME, PRONOUNS, THIS_TIME
from rag.text.links import foreign_links, links
from rag.text.messages import attribution, say
from rag.text.names import NONE, OwnNames
from rag.text.normalise import ARABIC, Word, has_letters, normalise, words
from rag.text.sentences import sentences, trim
from rag.types import (
    Article,
    Citation,
    Cited,
    Claim,
    Evidence,
    Language,
    Problem,
    Query,
    Rejected,
    Removed,
    ShortAnswer,
    Similarity,
    Span,
    Verified,
    Verify,
    independent,
)
from rag.verify.attribution import is_pronoun, speeches
from rag.verify.claims import ClaimVerdict, check, context_of

# Context for a quote that cannot be understood alone: it begins with *he* or *but*, or its speaker is not named.
#
# Rules over its first words, in Arabic and English. Added sentences are a slice of the same article, joined to the
# quote. In doubt nothing is added.

_MOST: Final = 2
"""Maximum number of sentences added to a quote."""
LONGEST: Final = 600
"""Maximum length of a quote with its added sentences, in code points."""

_REACH: Final = 1500
_CONNECTIVES: Final = (
    "لكن|لكنه|لكنها|لكنهم|غير ان|غير انه|غير انها|الا ان|الا انه|الا انها|بيد ان|بيد انه|بيد انها|بل|لذلك|لذا|ولهذا|"
    "عليه|بالتالي|من ثم|ثم|بعدها|بعد ذلك|عندها|عندئذ|عنديذ|كذلك|الامر الذي|مما|هكذا|بذلك|رغم ذلك|مع ذلك|"
    "but|however|therefore|thus|hence|instead|nevertheless|nonetheless|yet|otherwise|moreover|furthermore|"
    "as a result|in response|after that|in contrast|the latter|the former|the two|the pair|for this reason"
)
_ENGLISH_POINTING: Final = frozenset({"this", "that", "these", "those", "such"})
_ENGLISH_PRONOUNS: Final = frozenset({"he", "she", "they", "it", "his", "her", "their", "its", "him", "them"})


def with_context(article: Article, span: Span) -> Span:
    """`span` of a sentence, or a wider one that starts with the preceding sentences that it depends on.

    These directly precede it in the same body span. At most `_MOST` are added and the result has at most `LONGEST` code
    points; if that is not enough, nothing is added.
    """
    body = next((stretch for stretch in article.body if stretch.contains(span)), None)
    if body is None or not leans_back(span.of(article.text)):
        return span
    start = max(body.start, span.start - _REACH)
    before = [trim(article.text, one) for one in sentences(article.text, Span(start, span.start))]
    if start > body.start:
        before = before[1:]  # cut at its beginning
    for one in reversed([one for one in before if has_letters(one.of(article.text))][-_MOST:]):
        if span.end - one.start > LONGEST:
            break
        if not leans_back(one.of(article.text)):
            return Span(one.start, span.end)
    return span


def leans_back(sentence: str) -> bool:
    """Whether a sentence begins with a reference to something said before it, or reports speech without a speaker."""
    found = words(sentence)
    if not found:
        return False
    first, second = found[0].text, found[1].text if len(found) > 1 else ""
    if ARABIC.match(first):
        return _leans_in_arabic(first, second, found) or _has_no_speaker(sentence, found)
    if first == "it":
        return second not in {"is", "was", "has", "will", "would"} or (
            len(found) > 2 and found[2].text not in EXPLETIVE
        )
    if first in _ENGLISH_POINTING:
        return second not in THIS_TIME
    return first in _ENGLISH_PRONOUNS or _opens_with_a_connective(found)


def _leans_in_arabic(first: str, second: str, found: list[Word]) -> bool:
    for form in (first, first[1:] if first[:1] in {"و", "ف"} else ""):
        if form in POINTING:
            # « هذا وقد » only introduces another subject.
            return second not in THIS_TIME and not (form == "هذا" and second[:1] == "و")
        if form in PRONOUNS or form in POINTING_TIME:
            return True
    return _opens_with_a_connective(found)


def _opens_with_a_connective(found: list[Word]) -> bool:
    opening = [word.text for word in found[:3]]
    bare = [opening[0][1:] if opening[0][:1] in {"و", "ف"} else opening[0], *opening[1:]]
    return any(
        " ".join(form[:length]) in _connectives() for form in (opening, bare) for length in range(1, len(form) + 1)
    )


def _has_no_speaker(sentence: str, found: list[Word]) -> bool:
    """Whether an Arabic sentence starts with a verb of saying without a named speaker, such as « وأضاف أن »."""
    said = next(iter(speeches(sentence, found)), None)
    if said is None or said.verb > 1 or (said.verb == 1 and found[0].text not in {"كما", "و", "وقد", "قد", "ثم"}):
        return False
    return all(is_pronoun(found[place].text) for place in said.speaker)


@cache
def _connectives() -> frozenset[str]:
    return frozenset(_CONNECTIVES.split("|"))


# Form checks of a model's sentence: another language, a link, a tag, data or words of the prompt.
#
# An article may itself contain such text, so text that a cited quote contains is allowed. `rag.verify.claims` checks
# what the sentence states.

_RUN: Final = 5
"""Number of consecutive words from the prompt that count as a leak."""

_TAG: Final = re.compile(
    r"<\s*+[/!?]?\s*+[a-z|｜][^>\n]{0,200}>?|&(?:#\w{1,8}|[a-z]{2,10});|(?-i:\[/?[A-Z_]{3,20}\])|"
    r"\bon(?:error|load|click|mouse\w+|focus|toggle|begin)\s*=|\{\{|\}\}|\$\{|"
    r"^\s*(?:system|user|assistant|human|ai|developer|tool|النظام|المستخدم|المساعد)\s*[:：>]|"
    r"^\s*[\[{]+\s*\"|^\s*\"[^\"\n]{1,40}\"\s*:|\"\s*+[}\]]++\s*+,?\s*+$|^\s*\|.*\|\s*$",
    re.IGNORECASE,
)


def faults(sentence: str, quotes: Sequence[str], evidence: Sequence[str], language: Language) -> Iterator[Problem]:
    """Problems with the form of a sentence, without its ``[n]``; spans are in code points of the sentence.

    `quotes` are the cited quotes, `evidence` is everything that the prompt showed. Kinds: ``language`` (not that of the
    question), ``link`` and ``markup`` (an address, image, tag or data that no quote contains), ``prompt`` (words of the
    instructions or of an example). A link or tag without other text is a problem even if a quote contains it.
    """
    if not speaks(sentence, language):
        yield Problem("language", Span(0, len(sentence)), say("other_language", language))
    yield from _foreign("link", sentence, links(sentence), foreign_links(sentence, _as_shown(quotes)), language)
    tags = [Span(*found.span()) for found in _TAG.finditer(sentence)]
    foreign = [span for span in tags if not any(_excused(span.of(sentence), quote) for quote in quotes)]
    yield from _foreign("markup", sentence, tags, foreign, language)
    yield from _leaks(sentence, evidence, language)


def _foreign(
    kind: str, sentence: str, found: Sequence[Span], foreign: Sequence[Span], language: Language
) -> Iterator[Problem]:
    """A problem for each of the `foreign` spans, or for every `found` span if nothing else has letters."""
    ends = [0, *(edge for span in found for edge in span), len(sentence)]
    alone = not any(has_letters(sentence[start:end]) for start, end in zip(ends[::2], ends[1::2], strict=True))
    for span in found if alone else foreign:
        yield Problem(kind, span, say(f"no_{kind}", language, words=span.of(sentence)))


def _as_shown(quotes: Sequence[str]) -> list[str]:
    return [text for quote in quotes for text in (quote, for_prompt(quote))]


def _excused(piece: str, quote: str) -> bool:
    """Whether a quote contains the piece, as in the file or as shown in the prompt."""
    return piece in quote or " ".join(piece.split()) in for_prompt(quote)


def _leaks(sentence: str, evidence: Sequence[str], language: Language) -> Iterator[Problem]:
    said = _words(sentence)
    for start in range(len(said) - _RUN + 1):
        run = tuple(word for word, _ in said[start : start + _RUN])
        if run in _own() and not any(run in _runs(text) for text in evidence):
            span = Span(said[start][1].start, said[start + _RUN - 1][1].end)
            yield Problem("prompt", span, say("own_words", language, words=span.of(sentence)))
            return


@cache
def _own() -> frozenset[tuple[str, ...]]:
    languages: tuple[Language, ...] = ("ar", "en")
    return frozenset(run for one in languages for text in own_words(one) for run in _runs(text))


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    found = [word for word, _ in _words(text)]
    return (tuple(found[start : start + _RUN]) for start in range(len(found) - _RUN + 1))


def _words(text: str) -> list[tuple[str, Span]]:
    return [(normalise(found.group())[0], Span(*found.span())) for found in re.finditer(r"\w[\w\u064b-\u065f]*", text)]


Outcome = Cited | Rejected | Removed


class Review:
    """Collects the claims of one answer. A sentence that fails is replaced by the evidence that it cited."""

    def __init__(
        self,
        query: Query,
        evidence: Sequence[Evidence],
        similarity: Similarity,
        min_similarity: float,
        names: OwnNames = NONE,
        latin_in: Callable[[str], Sequence[str]] = lambda _text: (),
        verify: Verify | None = None,
    ) -> None:
        self._verify = verify
        self._read: dict[tuple[str, str], Verified] = {}
        self._names = names
        self._latin_in = latin_in
        self._query = query
        self._evidence = evidence
        self._similarity = similarity
        self._min_similarity = min_similarity
        self._ledger = Ledger(evidence)
        self._shown: set[int] = set()
        self._texts = [item.text for item in evidence]
        self._said: set[str] = set()
        self._nearness: dict[str, dict[int, float]] = {}

    def pointed(self, draft: Pointed, *, stands_in: bool = False) -> Iterator[Outcome]:
        """Claim with a sentence of the source, attributed, with the answer marked; each is shown once.

        The quote starts with the preceding sentences that it depends on, unless they are shown already. `stands_in`:
        the claim replaces a removed sentence of a model.
        """
        item = draft.evidence
        shown = [one.span for one in self._ledger.citations if one.article.id == item.article.id]
        if item.number in self._shown or any(span.contains(item.span) for span in shown):
            return
        self._shown.add(item.number)
        span = with_context(item.article, item.span)
        if any(span.start < other.end and other.start < span.end for other in shown):
            span = item.span
        citation, new = self._ledger.cite(item, draft.marked, span)
        who = verbatim(attribution(item.article, self._query.language))
        quote = verbatim(citation.quote)
        text = say("reported", self._query.language, who=who, quote=quote)
        score = min(1.0, max(0.0, item.sentence))
        claim = Claim(
            f"{text} [{citation.number}]",
            (citation.number,),
            "supported",
            score,
            stands_in=stands_in,
            independent=independent([citation.behind]),
        )
        short = None
        if draft.marked and draft.probability is not None:
            short = ShortAnswer(citation, draft.marked, draft.probability, self._rendered(citation, draft.marked))
        yield Cited(claim, (citation,) if new else (), short)

    def written(self, draft: Written) -> Iterator[Outcome]:
        """Claim with a model's sentence if its citations, or without any the evidence, support it; otherwise `Removed`.

        The best cited evidence replaces a removed sentence. Repeated sentences are skipped.
        """
        cited, rejected = self._ledger.sort(cited_numbers(draft.text))
        yield from rejected
        bare = without_markers(draft.text)
        said = normalise(bare)[0].strip(" .")
        if not bare or said in self._said:
            return
        self._said.add(said)
        if not draft.whole:
            yield Removed(bare, (self._problem("cut", bare),))
            return
        borne_out, problems = self._borne_out(bare, cited)
        if borne_out:
            yield borne_out
            return
        yield Removed(bare, problems)
        if cited:
            yield from self.pointed(Pointed(max(cited, key=lambda item: self._near(bare, item))), stands_in=True)

    def _borne_out(self, bare: str, cited: list[Evidence]) -> tuple[Cited | None, tuple[Problem, ...]]:
        """The claim for a sentence, or else its problems."""
        against = cited or self._evidence
        language = self._query.language
        faulty = tuple(faults(bare, [item.text for item in against], self._texts, language))
        if cited:
            verdict = self._verdict(bare, cited)
            if verdict.support == "supported" and not faulty:
                return self._claim(bare, self._needed(bare, cited), verdict), ()
            return None, (*faulty, *verdict.problems)
        for item in sorted(against, key=lambda item: -self._near(bare, item)):
            verdict = self._verdict(bare, [item])
            if verdict.support == "supported" and not any(faults(bare, [item.text], self._texts, language)):
                return self._claim(bare, [item], verdict), ()
        return None, (self._problem("citation", bare), *faulty, *self._verdict(bare, against).problems)

    def _rendered(self, citation: Citation, span: Span) -> str | None:
        """The words of a short answer in English, for an English question; the evidence and other articles may spell
        its names."""
        words_of = span.of(citation.article.text)
        if self._query.language != "en":
            return None
        if not ARABIC.search(words_of):
            return english(words_of)  # digits are not a name
        beside = {item.article.id: item.article.text for item in self._evidence}
        return english(words_of, self._names, [*beside.values(), *self._latin_in(words_of)])

    def _claim(self, bare: str, cited: Sequence[Evidence], verdict: ClaimVerdict) -> Cited:
        found = [self._ledger.cite(item) for item in cited]
        self._shown.update(item.number for item in cited)
        markers = "".join(f"[{citation.number}]" for citation, _ in found)
        claim = Claim(
            f"{verbatim(bare)} {markers}",
            tuple(citation.number for citation, _ in found),
            "supported",
            verdict.score,
            independent=independent([citation.behind for citation, _ in found]),
        )
        return Cited(claim, tuple(citation for citation, new in found if new))

    def _needed(self, bare: str, cited: list[Evidence]) -> list[Evidence]:
        """The cited sentences that support the claim alone; all of them if none does."""
        alone = [item for item in cited if self._verdict(bare, [item]).support == "supported"] if cited[1:] else cited
        return alone or cited

    def _verdict(self, bare: str, cited: Sequence[Evidence]) -> ClaimVerdict:
        return check(
            bare,
            [item.text for item in cited],
            similarity=max((self._near(bare, item) for item in cited), default=None),
            min_similarity=self._min_similarity,
            question=self._query.question,
            language=self._query.language,
            contexts=[context_of(item.article, item.span) for item in cited],
            names=self._names,
            verified=self._verified(bare, " ".join(item.text for item in cited)),
        )

    def _verified(self, bare: str, quote: str) -> Verified | None:
        """What the verifier makes of a sentence beside a quote; the first call for a sentence reads all evidence."""
        if self._verify is None:
            return None
        if (bare, quote) not in self._read:
            quotes = list(dict.fromkeys([quote, *(text for text in self._texts if (bare, text) not in self._read)]))
            read = self._verify([bare] * len(quotes), quotes)
            self._read.update(((bare, one), verified) for one, verified in zip(quotes, read, strict=True))
        return self._read[bare, quote]

    def _near(self, bare: str, item: Evidence) -> float:
        """Cosine of a sentence and a piece of evidence; computed for all evidence in one batch and cached per
        sentence."""
        if bare not in self._nearness:
            cosines = self._similarity([bare] * len(self._texts), self._texts)
            self._nearness = {bare: {one.number: at for one, at in zip(self._evidence, cosines, strict=True)}}
        return self._nearness[bare][item.number]

    def _problem(self, kind: str, text: str) -> Problem:
        return Problem(kind, Span(0, len(text)), say(f"no_{kind}", self._query.language))
