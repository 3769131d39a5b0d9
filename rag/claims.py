"""Do the quotes of a claim support it? Figures, dates, names and nearness in meaning, in code and without a model.

It refuses to know articles and where quotes come from; the similarity is measured elsewhere and passed in. What it
does not see yet: negation, who said it, who did what to whom, and names across scripts beyond `rag.gazetteer`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rag.citations import MARKER
from rag.dates import DateMention, dates
from rag.figures import Number, numbers
from rag.names import Read, missing
from rag.types import Language, Problem, Span, Support


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say of a claim.

    `score` is in [0, 1]: 0 where a figure, a date, a name or the citation itself fails, else the mean of the
    similarity (where it was measured) and of the share of the claim's words that stand in its quotes. It ranks;
    `support` decides.
    """

    support: Support
    score: float
    problems: tuple[Problem, ...]


_MESSAGES: Final[dict[str, dict[Language, str]]] = {
    "none": {"en": "No quote is cited for this claim.", "ar": "لا اقتباس يسند هذا القول."},
    "empty": {"en": "This claim states nothing.", "ar": "لا يذكر هذا القول شيئا."},
    "figure": {
        "en": "The figure “{words}” is not in the quoted text.",
        "ar": "الرقم «{words}» غير وارد في النص المقتبس.",
    },
    "date": {
        "en": "The date “{words}” is not in the quoted text.",
        "ar": "التاريخ «{words}» غير وارد في النص المقتبس.",
    },
    "name": {
        "en": "“{words}”, which may be a name, is not in the quoted text.",
        "ar": "«{words}»، وقد يكون اسما، غير وارد في النص المقتبس.",
    },
    "other script": {
        "en": "The name “{words}” cannot be checked: the quoted text is in another script.",
        "ar": "لا يمكن التحقق من الاسم «{words}»: النص المقتبس مكتوب بحروف أخرى.",
    },
    "similarity": {
        "en": "The claim is not close enough in meaning to the quoted text.",
        "ar": "معنى هذا القول غير قريب بما يكفي من النص المقتبس.",
    },
}


def check(
    claim: str,
    quotes: Sequence[str],
    *,
    similarity: float | None,
    min_similarity: float,
    question: str = "",
    language: Language = "en",
) -> Verdict:
    """Hold a claim against the quotes that it cites.

    `similarity` is the best cosine of claim and quote, in [-1, 1], or None where none was measured (then meaning is
    not checked). ``[n]`` in the claim are no figures. `question` excuses the word that it asks about (see
    `rag.names.missing`). `language` is that of the messages. Spans of problems are in code points of `claim`.
    """
    stated = MARKER.sub(lambda marker: " " * len(marker.group()), claim)  # so that offsets stay
    whole = Span(0, len(claim))
    if not quotes:
        return Verdict("unsupported", 0.0, (Problem("citation", whole, _MESSAGES["none"][language]),))
    if not any(character.isalnum() for character in stated):
        return Verdict("unsupported", 0.0, (Problem("citation", whole, _MESSAGES["empty"][language]),))
    read, against = Read.of(stated), [Read.of(quote) for quote in quotes]
    problems = sorted(
        (
            Problem(kind, span, _MESSAGES[message][language].format(words=span.of(claim)))
            for kind, message, span in (*_unquoted(stated, quotes), *_unnamed(read, against, question))
        ),
        key=lambda problem: problem.span,
    )
    score = 0.0 if problems else _score(read, against, similarity)
    if similarity is not None and similarity < min_similarity:
        problems.append(Problem("similarity", whole, _MESSAGES["similarity"][language]))
    return Verdict("unsupported" if problems else "supported", score, tuple(problems))


def _unquoted(claim: str, quotes: Sequence[str]) -> Iterator[tuple[str, str, Span]]:
    """The figures and dates of a claim that no quote has: (kind, message, span)."""
    quoted_numbers: list[Number] = []
    quoted_dates: list[DateMention] = []
    for quote in quotes:
        in_quote = dates(quote)
        quoted_dates.extend(in_quote)
        quoted_numbers.extend(number for number in numbers(quote) if not _inside(number, in_quote))
    mentions = dates(claim)
    for number in numbers(claim):
        if (
            number.certain
            and not _inside(number, mentions)
            and not _figure_stands(number, quoted_numbers, quoted_dates)
        ):
            yield "figure", "figure", number.span
    for span in dict.fromkeys(mention.span for mention in mentions):
        readings = [mention for mention in mentions if mention.span == span]
        if not any(_date_stands(mention, quoted_dates, quoted_numbers) for mention in readings):
            yield "date", "date", span


def _unnamed(read: Read, against: Sequence[Read], question: str) -> Iterator[tuple[str, str, Span]]:
    for name in missing(read, against, question):
        yield "name", "name" if name.checkable else "other script", name.span


def _figure_stands(number: Number, quoted: Sequence[Number], quoted_dates: Sequence[DateMention]) -> bool:
    if any(number.agrees(other) for other in quoted):
        return True
    # "the 11th" may rest on "11 June", and a bare 2012 on "June 2012", but "11 people" on neither.
    day = number.kind in {"ordinal", "either"} and any(mention.day == number.value for mention in quoted_dates)
    return day or (number.digits and any(mention.year == number.value for mention in quoted_dates))


def _date_stands(mention: DateMention, quoted: Sequence[DateMention], quoted_numbers: Sequence[Number]) -> bool:
    if any(other.states(mention) for other in quoted):
        return True
    only_year = mention.year is not None and mention.day is None and mention.month is None
    return only_year and any(number.digits and number.value == mention.year for number in quoted_numbers)


def _inside(number: Number, mentions: Sequence[DateMention]) -> bool:
    return any(number.span.start < mention.span.end and mention.span.start < number.span.end for mention in mentions)


def _score(read: Read, against: Sequence[Read], similarity: float | None) -> float:
    stand = sum(any(quote.has(word) for quote in against) for word in read.words)
    share = stand / len(read.words) if read.words else 1.0
    return share if similarity is None else (share + min(max(similarity, 0.0), 1.0)) / 2
