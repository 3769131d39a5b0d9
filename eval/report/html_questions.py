"""The questions of a run as HTML, each to be opened: what was answered, on which words, and where the gold stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from eval.records import AnswerRecord, CitationRecord, ClaimRecord, Ranked, Record, Unit
from eval.report.html_text import Mark, chip, facts, isolating, marked, name, text
from eval.report.verdicts import (
    ANSWERED,
    GOOD,
    SEARCHED,
    Verdict,
    broken,
    rank_of_gold,
    unsupported,
    verdict,
    worst_first,
)
from rag.citations import verbatim

EVIDENCE = 5
"""So many sentences are told of each question, and those at gold further down."""


def questions(
    records: Sequence[Record], measured: Mapping[str, Mapping[str, float]], *, answers: bool
) -> Iterator[str]:
    """A choice of verdicts, then an element for each question, worst first; `measured` is what each got, by its id."""
    words = ANSWERED if answers else SEARCHED
    verdicts = {record.id: verdict(measured[record.id]) for record in records}
    numbers = {record.id: number for number, record in enumerate(records, 1)}
    yield _filter(Counter(verdicts.values()), words)
    for record in worst_first(records, verdicts):
        yield _question(record, numbers[record.id], verdicts[record.id], words)


def _filter(counts: Counter[Verdict], words: Mapping[Verdict, str]) -> str:
    choices = [("all", "all", counts.total()), *((kind, words[kind], counts[kind]) for kind in words if counts[kind])]
    inputs = "".join(
        f'<label><input type="radio" name="show" id="show-{kind}"{" checked" if kind == "all" else ""}>'
        f"<span>{told} <b>{count}</b></span></label>"
        for kind, told, count in choices
    )
    return f'<fieldset class="filter"><legend>Show</legend>{inputs}</fieldset>'


def _question(record: Record, number: int, how: Verdict, words: Mapping[Verdict, str]) -> str:
    parts = [_told(record), _accepted(record)]
    if record.answer:
        parts += [_answer(record.answer), _citations(record.answer.citations, record.search.span_units)]
    parts += [_evidence(record), _gold(record)]
    return (
        f'<details class="question {how}" id="q-{number}"><summary><span class="id">{name(record.id)}</span>'
        f'<span class="asked" dir="auto">{text(record.question)}</span>'
        f'<span class="chips">{_chips(record, how, words[how])}</span></summary>\n'
        f'<div class="opened">\n{"".join(part + chr(10) for part in parts if part)}</div></details>'
    )


def _chips(record: Record, how: Verdict, words: str) -> str:
    chips = [chip(words, "good" if how in GOOD else "bad")]
    if count := broken(record):
        chips.append(chip(f"{count} broken quote{'s' * (count > 1)}", "bad"))
    if count := unsupported(record):
        chips.append(chip(f"{count} unsupported", "doubt"))
    if record.answerable:
        rank = rank_of_gold(record.search.sentences if record.search.span_units else record.search.passages)
        chips.append(chip(f"gold at {rank}" if rank else "gold not found", "" if rank else "doubt"))
    return " ".join(chips)


def _told(record: Record) -> str:
    search = record.search
    ranks = (("passage", search.passages), ("article", search.articles), ("sentence", search.sentences))
    found = [f"{what} {rank}" for what, ranked in ranks if (rank := rank_of_gold(ranked))]
    return facts(
        [
            text(record.direction.replace("-", " → ")),
            "answerable" if record.answerable else "not answerable",
            f"best score {search.score:.3f}" if search.score is not None else "nothing found",
            "below the threshold" if record.refused and search.score is not None else "",
            f"gold first at {', '.join(found)}" if found else "",
            f"searched in {search.milliseconds:.0f} ms",
            f"tags {', '.join(map(name, record.tags))}" if record.tags else "",
        ]
    )


def _accepted(record: Record) -> str:
    return _part("Accepted answers", (f'<li dir="auto">{text(one)}</li>' for one in record.accepted), "ul", "accepted")


def _answer(answer: AnswerRecord) -> str:
    names = [words for one in answer.citations for words in (verbatim(one.quote), one.source, f"[{one.number}]")]
    claims = (
        "".join(_claim(claim, names) for claim in answer.claims)
        or '<p class="none">Not in the archive: nothing was answered.</p>'
    )
    told = facts(
        [
            {"answered": "answered", "partial": "answered in part", "not_in_corpus": "refused"}[answer.status],
            f"by {name(answer.generator)}",
            f"evidence after {answer.to_evidence:.0f} ms",
            f"first token after {answer.first_token:.0f} ms" if answer.first_token is not None else "",
            f"whole after {answer.total:.0f} ms",
            f"{answer.completion_tokens} tokens" if answer.completion_tokens is not None else "",
            f"{answer.rejected} citations rejected" if answer.rejected else "",
            f"{answer.removed} claims removed" if answer.removed else "",
            "cut short" if answer.cut else "",
            *(f"notice: {name(notice)}" for notice in answer.notices),
            *(
                f"{name(judge)}: citation recall {recall:.2f}, precision {precision:.2f}"
                for judge, (recall, precision) in answer.judged.items()
            ),
        ]
    )
    return f"<h3>Answer</h3>\n{claims}{told}"


def _claim(claim: ClaimRecord, names: Sequence[str]) -> str:
    """`names` are quotes, file names and markers, which keep their own direction in a sentence of another."""
    problems = "".join(chip(problem, "doubt") for problem in claim.problems)
    doubt = "" if claim.supported else chip("unsupported", "bad")
    remarks = f'<p class="remarks">{doubt}{problems}</p>' if doubt or problems else ""
    kind = "claim" if claim.supported else "claim unsupported"
    return f'<div class="{kind}"><p dir="auto">{isolating(claim.text, names)}</p>{remarks}</div>\n'


def _citations(citations: Sequence[CitationRecord], gold: Sequence[Unit]) -> str:
    return _part("Citations", (_citation(one, gold) for one in citations), "ol", "places")


def _citation(one: CitationRecord, gold: Sequence[Unit]) -> str:
    marks = _at_gold(one.source, one.start, one.quote, gold)
    words = one.marked or ""
    carried = one.marked_at is not None and one.quote.startswith(words, one.marked_at)
    if one.marked_at is not None and carried:
        marks.append(Mark(one.marked_at, one.marked_at + len(words), "pointed"))
    apart = f'<p>points at <mark class="pointed" dir="auto">{text(words)}</mark></p>' if words and not carried else ""
    chips = [
        chip("as in the file", "good") if one.valid else chip("not what the file says", "bad"),
        chip("at gold", "good") if one.gold else chip("not at gold"),
    ]
    return _place(f"[{one.number}]", one.source, one.start, one.end, chips, marked(one.quote, marks), apart)


def _evidence(record: Record) -> str:
    ranked = list(enumerate(record.search.sentences, 1))
    shown = [(rank, one) for rank, one in ranked if rank <= EVIDENCE or one.covers]
    left = len(ranked) - len(shown)
    cited = {(one.source, one.start, one.end): one.number for one in (record.answer.citations if record.answer else [])}
    items = [
        _sentence(rank, one, record.search.span_units, cited.get((one.source, one.start, one.end)))
        for rank, one in shown
    ]
    if left:
        items.append(
            f'<li class="rest">{left} more sentences{", none of them at gold" if record.answerable else ""}</li>'
        )
    return _part("Evidence found", items, "ol", "places") or '<h3>Evidence found</h3>\n<p class="none">None.</p>'


def _sentence(rank: int, one: Ranked, gold: Sequence[Unit], cited: int | None) -> str:
    """One that is cited has its words there already: they are not said again, a report of many questions is long."""
    chips = [chip("gold", "good")] if one.covers else []
    chips += [chip(f"cited as [{cited}]")] if cited is not None else []
    words = marked(one.text, _at_gold(one.source, one.start, one.text, gold)) if cited is None else ""
    return _place(str(rank), one.source, one.start, one.end, [f"{one.score:.3f}", *chips], words)


def _gold(record: Record) -> str:
    search = record.search
    spans = {unit.source for unit in search.span_units}
    places = [*search.span_units, *(unit for unit in search.article_units if unit.source not in spans)]
    found = {at for one in search.sentences for at in one.covers}
    items = []
    for at, unit in enumerate(places):
        chips = (
            [] if at >= len(search.span_units) else [chip("found", "good") if at in found else chip("not found", "bad")]
        )
        chips += [chip(f"grade {unit.grade}")] if unit.grade != 1 else []
        items.append(_place("", unit.source, unit.start, unit.end, chips, text(unit.text)))
    return _part("Gold places", items, "ol", "places")


def _at_gold(source: str, start: int, words: str, gold: Iterable[Unit]) -> list[Mark]:
    """The words of a place that are those of a gold place too."""
    return [
        Mark(unit.start - start, unit.end - start, "gold")
        for unit in gold
        if unit.source == source and unit.start is not None and unit.end is not None and unit.start < start + len(words)
    ]


def _place(
    label: str, source: str, start: int | None, end: int | None, remarks: Sequence[str], words: str, more: str = ""
) -> str:
    """A slice of a file: what it is, where it stands, its words where they are known. All but the source is HTML."""
    span = f'<span class="span">{start}–{end}</span>' if start is not None else "the whole article"
    head = " ".join([f"<b>{label}</b>" if label else "", name(source), span, *remarks])
    quote = f'<blockquote dir="auto">{words}</blockquote>' if words else ""
    return f'<li><p class="where">{head.strip()}</p>{quote}{more}</li>'


def _part(title: str, items: Iterable[str], tag: str, kind: str) -> str:
    """A heading over a list; nothing where the list is empty."""
    inside = "\n".join(items)
    return f'<h3>{title}</h3>\n<{tag} class="{kind}">\n{inside}\n</{tag}>' if inside else ""
