"""Questions that the archive answers: examples to begin with, and follow-up questions to an answer.

No model writes them: `rag.retrieve.suggestions` draws candidates from articles by templates. Each is asked before it is
offered, without a language model, and is offered only if the answer is clear and its sentence names what it asks about.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, zip_longest
from threading import Event as Cancel
from typing import Final, Protocol

from rag.generate.answer import Answerer
from rag.generate.rendering import english
from rag.retrieve.evidence import select
from rag.retrieve.followup import leans
from rag.retrieve.suggestions import Askable, Spelled, askable, drawn, headline
from rag.text.lexicon import ASKING, FUNCTION, THIN
from rag.text.mentions import full_names
from rag.text.name_shapes import is_ordinary_english
from rag.text.names import OwnNames
from rag.text.normalise import ARABIC, normal_form, question_language, same, tokens, words
from rag.text.sentences import sentences
from rag.types import Answer, Article, Citation, Filters, Found, Language, Query, Span
from rag.verify.names import crosses

FOLLOWUPS: Final = 3
EXAMPLES: Final = 3
SEARCHES: Final = 20
"""Maximum number of candidates that are searched, and a few passages of each read, for the follow-up questions to an
answer."""
_SEARCHES_EACH: Final = 12
"""The same for each example question."""
ANSWERS: Final = 4
"""Maximum number of candidates that are answered, for the follow-up questions to an answer."""
_ANSWERS_EACH: Final = 5
"""The same for each example question."""
_OF_A_KIND: Final = 2
"""Maximum number of questions of one kind that are offered together."""
_SENTENCES: Final = 40
"""Maximum number of sentences of a cited article that candidates are drawn from."""
_FIRST: Final = 3
"""A candidate is worth reading if its sentence, or another that names its subjects, is among the first hits."""
_ROUNDS: Final[dict[Language, tuple[tuple[str, ...], ...]]] = {
    "ar": (("speaker", "act", "report", "post", "day", "held", "happened", "topic", "he", "she"), ("said",)),
    "en": (("speaker", "said", "held", "report", "post", "day"), ("happened", "topic", "he", "she", "place", "pair")),
}
"""Kinds of question, in turn within a round; a later round fills what the earlier ones left open. The others are asked
too seldom with an answer that is worth showing (docs/decisions/answers.md)."""
_SELDOM_ACROSS: Final = frozenset({"topic", "place", "pair", "happened", "he", "she"})
"""Kinds of question that articles in the other language answer too seldom to be tried: 1 of 60
(docs/decisions/answers.md)."""
_FEW: Final = 12
"""Of so few articles one may answer several examples."""
_COMMON: Final = 4
_SHARED: Final = 3
_SHARED_WITH_QUESTION: Final = 2
"""Minimum number of word stems that a sentence has in common with an answer, or with a question that has no clear
answer, to go on from it."""
_SHORTEST: Final = 3
"""Minimum length of a stem, in letters."""


class AskedCorpus(Protocol):
    """What is needed of a `rag.corpus.Corpus`."""

    @property
    def answerer(self) -> Answerer: ...

    @property
    def names(self) -> OwnNames: ...

    def query(
        self,
        question: str,
        *,
        language: Language | None = None,
        filters: Filters = ...,
        history: tuple[tuple[str, str], ...] = (),
        top_k: int | None = None,
        typed: bool = False,
    ) -> Query: ...


def followups(
    corpus: AskedCorpus, answer: Answer, *, limit: int = FOLLOWUPS, cancel: Cancel | None = None
) -> tuple[str, ...]:
    """At most `limit` questions in the language of an answer's question that go on from it, each with an answer.

    They ask about the persons, places, days and topics of its quotes, then of its other evidence, of the articles that
    it cites and of what else was found. Each was asked as the next question of the conversation, under the same
    filters, and another sentence than those of this answer answers it. The same answer over the same archive gives the
    same questions. Empty for an answer that was cut off, and once `cancel` is set. Raises what the search raises.
    """
    asking, language = corpus.answerer.without_model(), answer.query.language
    if answer.cut or (cancel and cancel.is_set()):
        return ()
    found = asking.search(answer.query)
    articles = list(_articles(answer, found))
    spelled = _spelled(answer.query, articles, corpus.names) if language == "en" else {}
    history = (*answer.query.history, (answer.query.searched, answer.text))
    asked = [*(question for question, _ in answer.query.history), answer.query.question]
    pool = (
        one
        for one in _pool(answer, found, language, spelled)
        if question_language(one.question) == language and not (leans(one.question) or _repeats(one.question, asked))
    )
    offering = _Offering(
        asking,
        # Typed, as by a click: a candidate in which a filter would be read is not offered.
        partial(corpus.query, language=language, filters=answer.query.filters, history=history, typed=True),
        spelled,
        _Taken((one.article, one.span) for one in answer.citations),
        cancel or Cancel(),
    )
    return tuple(islice(offering.of(_in_turn(pool, language), searches=SEARCHES, answers=ANSWERS), limit))


def example_questions(
    corpus: AskedCorpus,
    articles: Sequence[Article],
    *,
    language: Language,
    count: int = EXAMPLES,
    cancel: Cancel | None = None,
) -> Iterator[str]:
    """At most `count` distinct questions in `language` about `articles`, each as soon as it is found, and answered by
    another sentence, or from another article unless there are few.

    The same articles give the same questions. Raises what the search raises.
    """
    query, once = partial(corpus.query, language=language, typed=True), len(articles) > _FEW
    offering = _Offering(corpus.answerer.without_model(), query, {}, _Taken(()), cancel or Cancel(), once)
    found = offering.of(_in_all(articles, language), searches=_SEARCHES_EACH * count, answers=_ANSWERS_EACH * count)
    return islice(found, count)


@dataclass(slots=True)
class _Offering:
    """Asks candidates and yields those that are answered.

    `taken` are the sentences that are shown already; `once`: no two answers are from one article.
    """

    asking: Answerer
    query: Callable[[str], Query]
    spelled: Spelled
    taken: _Taken
    cancel: Cancel
    once: bool = False

    def of(self, candidates: Iterable[Askable], *, searches: int, answers: int) -> Iterator[str]:
        """The questions with an answer, after at most so many searches and whole answers; none after `cancel`."""
        offered: list[Askable] = []
        for candidate, _ in zip(candidates, range(searches), strict=False):
            if answers == 0 or self.cancel.is_set():
                return
            if sum(candidate.kind == one.kind for one in offered) == _OF_A_KIND:
                continue
            if any(self._alike(candidate, one) for one in offered):
                continue
            query = self.query(candidate.question)
            if query.understood or not self._promises(query, candidate):
                continue
            answers -= 1
            cited = self._answers(query, candidate)
            if cited and not self.cancel.is_set() and not self.taken.has(cited.article, cited.span):
                self.taken.add(cited.article, Span(0, len(cited.article.text)) if self.once else cited.span)
                offered.append(candidate)
                yield candidate.question

    def _alike(self, one: Askable, other: Askable) -> bool:
        """Whether two questions ask about the same, places apart; a person is one in each spelling."""
        mine, theirs = ([self._key(subject) for subject in asked.about] for asked in (one, other))
        return mine[0] in theirs or theirs[0] in mine

    def _key(self, subject: str) -> str:
        last = words(subject)[-1:] if ARABIC.match(subject) else []
        return normal_form(self.spelled.get(last[0].text, subject) if last else subject)

    def _promises(self, query: Query, candidate: Askable) -> bool:
        """Whether the first passages found are a clear answer by themselves, from a sentence that names what a
        candidate asks about and is not shown: to read these few costs a fifth of an answer. None is read if none has
        such a sentence."""

        def new(article: Article, span: Span) -> bool:
            named = candidate.is_named_in(article, span, query.language, self.spelled)
            return named and not self.taken.has(article, span)

        found = self.asking.search(query)
        few = replace(found, hits=found.hits[:_FIRST])
        if not any(new(found.articles[hit.passage.article_id], hit.best) for hit in few.hits):
            return False
        read = self.asking.read(query, few, self.cancel) if self.asking.read else few
        if not self.asking.policy.clear(query.language, read):
            return False
        return any(new(one.article, one.span) for one in select(read, 1, query.searched))

    def _answers(self, query: Query, candidate: Askable) -> Citation | None:
        """The citation that answers a candidate; None if the answer is none, is not clear or is about something
        else."""
        answer = self.asking.answer(query, self.cancel)
        if answer.status != "answered" or not answer.citations:
            return None
        cited = answer.leading[1]
        named = candidate.is_named_in(cited.article, cited.span, query.language, self.spelled)
        return cited if named and candidate.is_answered_by(cited) else None


# Where candidates come from.


def _articles(answer: Answer, found: Found) -> Iterator[Article]:
    """The articles of an answer, nearest first, each once."""
    cited = [*(one.article for one in answer.citations), *(one.article for one in answer.evidence)]
    near = [found.articles[hit.passage.article_id] for hit in found.hits]
    yield from {article.id: article for article in (*cited, *near)}.values()


def _pool(answer: Answer, found: Found, language: Language, spelled: Spelled) -> Iterator[Askable]:
    """Candidates from what an answer found, nearest first: its quotes, its other evidence, the articles that it cites,
    the headlines and passages of other articles.

    What is not a clear answer must have words in common with it, or, if there is none, with the question.
    """
    clear = answer.citations if answer.status == "answered" else ()
    around = _about(" ".join([answer.query.searched, *(f"{_title(one.article)} {one.quote}" for one in clear)]))
    least = _SHARED if clear else _SHARED_WITH_QUESTION

    def related(article: Article, span: Span) -> bool:
        return len(_about(f"{_title(article)} {span.of(article.text)}") & around) >= least

    def asked_about(article: Article, spans: Sequence[Span]) -> Iterator[Askable]:
        for one in drawn(article, spans, language, spelled):
            if article.language == language or one.kind not in _SELDOM_ACROSS:
                yield one

    near = [(one.article, one.span) for one in answer.evidence if related(one.article, one.span)]
    for article, span in [*((one.article, one.span) for one in clear), *near]:
        yield from asked_about(article, [span])
    for article in {one.article.id: one.article for one in clear}.values() or (article for article, _ in near[:1]):
        spans = [span for body in article.body for span in sentences(article.text, body)]
        yield from asked_about(article, spans[:_SENTENCES])
    for hit in found.hits:
        article = found.articles[hit.passage.article_id]
        if related(article, hit.best):
            yield from headline(article, language)
            yield from asked_about(article, [hit.best, *hit.passage.sentences])


def _title(article: Article) -> str:
    return article.title.value if article.title else ""


def _about(text: str) -> set[str]:
    """The stems of the words of a text that tell what it is about."""
    return {stem for word in _content(text) for stem in tokens(word) if len(stem) >= _SHORTEST and not stem.isdigit()}


def _in_turn(pool: Iterable[Askable], language: Language) -> Iterator[Askable]:
    """The candidates, each question once: kinds in turn, and within a kind in order."""
    by_kind: dict[str, dict[str, Askable]] = defaultdict(dict)
    for one in pool:
        by_kind[one.kind].setdefault(one.question, one)
    for kinds in _ROUNDS[language]:
        for row in zip_longest(*(by_kind[kind].values() for kind in kinds)):
            yield from (one for one in row if one)


def _in_all(articles: Sequence[Article], language: Language) -> Iterator[Askable]:
    """Candidates about a sample of an archive: kinds in turn, and within a kind by weight, highest first."""
    candidates: dict[str, Askable] = {}
    shared: Counter[str] = Counter()
    for article in articles:
        found = askable(article, language)
        shared.update({one.question for one in found})
        for one in found:
            if one.weight > candidates.setdefault(one.question, one).weight:
                candidates[one.question] = one
    # If every third article names the country, a question about it is not specific.
    common = {question for question, times in shared.items() if times > max(_COMMON, len(articles) / 3)}
    specific = (one for one in candidates.values() if one.question not in common)
    return _in_turn(sorted(specific, key=lambda one: -one.weight), language)


def _spelled(query: Query, articles: Sequence[Article], own: OwnNames) -> dict[str, str]:
    """English spellings of persons in Arabic articles: those of the user's own names, of the user's questions, and the
    usual ones that code is certain of (`rag.generate.rendering`).

    A name of a question is a person's if all consonants of its last word are those of one family name.
    """
    full = {
        last: (name, article)
        for article in articles
        if article.language == "ar"
        for last, name in full_names(article.text).items()
    }
    last_names = {last: words(name) for last, (name, _) in full.items()}
    spelled: dict[str, str] = {}
    typed = [
        match[0]
        for asked in (query.question, *(asked for asked, _ in query.history))
        for match in _LATIN.finditer(asked)
    ]
    for name in dict.fromkeys(typed):
        final = words(name)[-1].text
        meant = [last for last in last_names if crosses(final, (last,), exactly=True)]
        if len(meant) == 1 and not is_ordinary_english(final):
            spelled.setdefault(meant[0], name)
    for entry in own.entries:
        latin = next((one for one in entry if not ARABIC.search(one)), None)
        for arabic in entry:
            found = tuple(word.text for word in words(arabic))
            if latin and ARABIC.search(arabic) and tuple(word.text for word in last_names.get(found[-1], ())) == found:
                spelled[found[-1]] = latin
    for last, (name, article) in full.items():
        if last not in spelled and (usual := english(name, own, (article.text,))):
            spelled[last] = usual
    return spelled


_LATIN: Final = re.compile(r"[A-Z][\w'’-]+(?: (?:al-|el-|de |bin |ibn )?[A-Z][\w'’-]+)*")


# Whether a candidate says something new.


class _Taken:
    """Sentences that are already shown, so that a question with one of them as its answer leads nowhere."""

    def __init__(self, shown: Iterable[tuple[Article, Span]]) -> None:
        self._spans: list[tuple[str, Span]] = []
        self._texts: set[str] = set()
        for article, span in shown:
            self.add(article, span)

    def add(self, article: Article, span: Span) -> None:
        self._spans.append((article.id, span))
        self._texts.add(normal_form(span.of(article.text)).strip())

    def has(self, article: Article, span: Span) -> bool:
        """Whether a sentence, or another with the same words, is shown."""
        if normal_form(span.of(article.text)).strip() in self._texts:
            return True
        return any(article.id == other and span.start < at.end and at.start < span.end for other, at in self._spans)


def _repeats(question: str, asked: Iterable[str]) -> bool:
    """Whether the words of a question are all in one that was asked."""
    told = _content(question)
    return any(
        told and all(any(one == other or same(one, other) for other in _content(before)) for one in told)
        for before in asked
    )


def _content(question: str) -> list[str]:
    found = [normal_form(match) for match in _WORD.findall(question)]
    return [word for word in found if word not in ASKING | FUNCTION | THIN]


_WORD: Final = re.compile(r"\w+")
