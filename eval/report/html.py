"""Render a report as one self-contained HTML page that runs no script and fetches nothing."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from eval.metrics import CUTS, DEPTH, SHOWN, less_is_better
from eval.records import AnswerRecord, CitationRecord, ClaimRecord, Ranked, Record, Unit, read_records
from eval.report.markdown import (
    LEVELS,
    RANKED,
    TITLES,
    cell,
    columns,
    digits_of,
    interval,
    middle,
    report_markdown,
    run_facts,
)
from eval.report.plots import Plot, plots
from eval.run import RECORDS
from rag.citations import verbatim

# Write the report in all formats into the folder of the run.

_MARKDOWN, _HTML = "report.md", "report.html"


def write_reports(out: Path, report: Mapping[str, Any]) -> str:
    """Write report.md and report.html beside report.json. Returns the Markdown."""

    text = report_markdown(report)
    (out / _MARKDOWN).write_text(text, encoding="utf-8")
    (out / _HTML).write_text(report_html(report, read_records(out / RECORDS)), encoding="utf-8")
    return text


# Escape text for HTML: it adds no markup and no bidi control that reorders the text around it.

_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Bidi embeddings, overrides and isolates (UAX #9): they can reorder text far beyond themselves."""
_UNSHOWABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class _Mark(NamedTuple):
    """A half-open range of code points, and the CSS class of its ``mark`` element."""

    start: int
    end: int
    name: str


def _bare(value: str) -> str:
    """Escape text for a title: drops bidi controls, replaces characters that are invalid in HTML by U+FFFD."""
    return html.escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", _CONTROLS.sub("", value)))


def _text(value: str) -> str:
    """Escape text, showing each bidi control as its code point; the enclosing element should set a direction."""
    parts = re.split(f"({_CONTROLS.pattern})", value)
    return "".join(
        f'<bdi class="control">U+{ord(part):04X}</bdi>' if at % 2 else _bare(part) for at, part in enumerate(parts)
    )


def _name(value: str) -> str:
    """Wrap a name in a bidi isolate, so that it keeps its own direction inside a sentence."""
    return f"<bdi>{_text(value)}</bdi>"


def _isolating(value: str, names: Iterable[str]) -> str:
    """Escape text and isolate each of `names` that occurs in it, longest first."""
    known = sorted({one for one in names if one}, key=len, reverse=True)
    if not known:
        return _text(value)
    parts = re.split(f"({'|'.join(map(re.escape, known))})", value)
    return "".join(_name(part) if at % 2 else _text(part) for at, part in enumerate(parts))


def _marked(value: str, marks: Sequence[_Mark]) -> str:
    """Escape text with `marks` as ``mark`` elements; where they overlap, one element has the classes of all."""
    bounds = sorted({0, len(value), *(min(max(at, 0), len(value)) for mark in marks for at in mark[:2])})
    shown = []
    for start, end in pairwise(bounds):
        names = " ".join(sorted({mark.name for mark in marks if mark.start <= start and end <= mark.end}))
        piece = _text(value[start:end])
        shown.append(f'<mark class="{names}">{piece}</mark>' if names else piece)
    return "".join(shown)


def _chip(words: str, kind: str = "") -> str:
    """Render a short label; `kind` is good, bad, doubt or empty."""
    return f'<span class="chip {kind}">{_text(words)}</span>'


def _facts(items: Iterable[str]) -> str:
    """Render a line of details; `items` are HTML."""
    return f'<p class="facts">{" · ".join(item for item in items if item)}</p>'


# The verdict on each question, and their order.

_Verdict = Literal["false-answer", "wrong", "false-refusal", "right", "refused"]
_ANSWERED: Final[dict[_Verdict, str]] = {
    "false-answer": "false answer",
    "wrong": "wrong",
    "false-refusal": "false refusal",
    "right": "right",
    "refused": "correctly refused",
}
"""Labels of the verdicts, worst first: no answer is better than a wrong one."""
_SEARCHED: Final[dict[_Verdict, str]] = {
    "false-answer": "would be a false answer",
    "wrong": f"gold not in the first {SHOWN}",
    "false-refusal": "would be a false refusal",
    "right": f"gold in the first {SHOWN}",
    "refused": "would be correctly refused",
}
"""Labels for retrieval only, by score and evidence."""
_GOOD: Final[frozenset[_Verdict]] = frozenset({"right", "refused"})


def _verdict(measured: Mapping[str, float]) -> _Verdict:
    """Derive the verdict from the values of one question, by ``group.measure``."""
    false_answer = measured.get("abstention.false_answers")
    if false_answer is not None:
        return "false-answer" if false_answer else "refused"
    if measured["abstention.false_refusals"]:
        return "false-refusal"
    return "wrong" if measured["abstention.wrong"] else "right"


def _rank_of_gold(ranking: Sequence[Ranked]) -> int | None:
    """Return the first rank, from 1, that covers a gold place; None if none does."""
    return next((rank for rank, one in enumerate(ranking, 1) if one.covers), None)


def _broken(record: Record) -> int:
    """Count the quotes of the answer that differ from their file. There must never be any."""
    return sum(not one.valid for one in record.answer.citations) if record.answer else 0


def _unsupported(record: Record) -> int:
    """Count the unsupported claims in the answer."""
    return sum(not claim.supported for claim in record.answer.claims) if record.answer else 0


def _worst_first(records: Iterable[Record], verdicts: Mapping[str, _Verdict]) -> list[Record]:
    """Sort by broken quotes, then verdict, then unsupported claims, then score (right answers: by rank of the gold).

    `verdicts` are by record id.
    """
    order = list(_ANSWERED)

    def key(record: Record) -> tuple[float, ...]:
        how = verdicts[record.id]
        sure = record.search.score or 0.0
        depth = _rank_of_gold(record.search.sentences) or _rank_of_gold(record.search.passages) or DEPTH + 1
        return (-_broken(record), order.index(how), -_unsupported(record), -depth if how == "right" else -sure)

    return sorted(records, key=key)


# The questions of a run as expandable HTML elements: answer, citations, evidence and gold places.

_EVIDENCE = 5
"""Number of evidence sentences shown for each question; those at gold places are always shown."""


def _questions(
    records: Sequence[Record], measured: Mapping[str, Mapping[str, float]], *, answers: bool
) -> Iterator[str]:
    """Yield a filter by verdict, then an element for each question, worst first; `measured` are the values by id."""
    words = _ANSWERED if answers else _SEARCHED
    verdicts = {record.id: _verdict(measured[record.id]) for record in records}
    numbers = {record.id: number for number, record in enumerate(records, 1)}
    yield _filter(Counter(verdicts.values()), words)
    for record in _worst_first(records, verdicts):
        yield _question(record, numbers[record.id], verdicts[record.id], words)


def _filter(counts: Counter[_Verdict], words: Mapping[_Verdict, str]) -> str:
    choices = [("all", "all", counts.total()), *((kind, words[kind], counts[kind]) for kind in words if counts[kind])]
    inputs = "".join(
        f'<label><input type="radio" name="show" id="show-{kind}"{" checked" if kind == "all" else ""}>'
        f"<span>{told} <b>{count}</b></span></label>"
        for kind, told, count in choices
    )
    return f'<fieldset class="filter"><legend>Show</legend>{inputs}</fieldset>'


def _question(record: Record, number: int, how: _Verdict, words: Mapping[_Verdict, str]) -> str:
    parts = [_told(record), _accepted(record)]
    if record.answer:
        parts += [_answer(record.answer), _citations(record.answer.citations, record.search.span_units)]
    parts += [_evidence(record), _gold(record)]
    return (
        f'<details class="question {how}" id="q-{number}"><summary><span class="id">{_name(record.id)}</span>'
        f'<span class="asked" dir="auto">{_text(record.question)}</span>'
        f'<span class="chips">{_chips(record, how, words[how])}</span></summary>\n'
        f'<div class="opened">\n{"".join(part + chr(10) for part in parts if part)}</div></details>'
    )


def _chips(record: Record, how: _Verdict, words: str) -> str:
    chips = [_chip(words, "good" if how in _GOOD else "bad")]
    if count := _broken(record):
        chips.append(_chip(f"{count} broken quote{'s' * (count > 1)}", "bad"))
    if count := _unsupported(record):
        chips.append(_chip(f"{count} unsupported", "doubt"))
    if record.answerable:
        rank = _rank_of_gold(record.search.sentences if record.search.span_units else record.search.passages)
        chips.append(_chip(f"gold at {rank}" if rank else "gold not found", "" if rank else "doubt"))
    return " ".join(chips)


def _told(record: Record) -> str:
    search = record.search
    ranks = (("passage", search.passages), ("article", search.articles), ("sentence", search.sentences))
    found = [f"{what} {rank}" for what, ranked in ranks if (rank := _rank_of_gold(ranked))]
    return _facts(
        [
            _text(record.direction.replace("-", " → ")),
            "answerable" if record.answerable else "not answerable",
            f"best score {search.score:.3f}" if search.score is not None else "nothing found",
            "below the threshold" if record.refused and search.score is not None else "",
            f"gold first at {', '.join(found)}" if found else "",
            f"searched in {search.milliseconds:.0f} ms",
            f"tags {', '.join(map(_name, record.tags))}" if record.tags else "",
        ]
    )


def _accepted(record: Record) -> str:
    return _part("Accepted answers", (f'<li dir="auto">{_text(one)}</li>' for one in record.accepted), "ul", "accepted")


def _answer(answer: AnswerRecord) -> str:
    names = [words for one in answer.citations for words in (verbatim(one.quote), one.source, f"[{one.number}]")]
    claims = (
        "".join(_claim(claim, names) for claim in answer.claims)
        or '<p class="none">Not in the archive: Isnad abstained.</p>'
    )
    told = _facts(
        [
            {"answered": "answered", "partial": "partially answered", "not_in_corpus": "refused"}[answer.status],
            f"by {_name(answer.generator)}",
            f"evidence after {answer.to_evidence:.0f} ms",
            f"first token after {answer.first_token:.0f} ms" if answer.first_token is not None else "",
            f"complete after {answer.total:.0f} ms",
            f"{answer.completion_tokens} tokens" if answer.completion_tokens is not None else "",
            f"{answer.rejected} citations rejected" if answer.rejected else "",
            f"{answer.removed} claims removed" if answer.removed else "",
            "cut off" if answer.cut else "",
            *(f"notice: {_name(notice)}" for notice in answer.notices),
            *(
                f"{_name(judge)}: citation recall {recall:.2f}, precision {precision:.2f}"
                for judge, (recall, precision) in answer.judged.items()
            ),
        ]
    )
    return f"<h3>Answer</h3>\n{claims}{told}"


def _claim(claim: ClaimRecord, names: Sequence[str]) -> str:
    """Render a claim; `names` are quotes, file names and citation markers, which are isolated in its text."""
    problems = "".join(_chip(problem, "doubt") for problem in claim.problems)
    doubt = "" if claim.supported else _chip("unsupported", "bad")
    remarks = f'<p class="remarks">{doubt}{problems}</p>' if doubt or problems else ""
    kind = "claim" if claim.supported else "claim unsupported"
    return f'<div class="{kind}"><p dir="auto">{_isolating(claim.text, names)}</p>{remarks}</div>\n'


def _citations(citations: Sequence[CitationRecord], gold: Sequence[Unit]) -> str:
    return _part("Citations", (_citation(one, gold) for one in citations), "ol", "places")


def _citation(one: CitationRecord, gold: Sequence[Unit]) -> str:
    marks = _at_gold(one.source, one.start, one.quote, gold)
    words = one.marked or ""
    carried = one.marked_at is not None and one.quote.startswith(words, one.marked_at)
    if one.marked_at is not None and carried:
        marks.append(_Mark(one.marked_at, one.marked_at + len(words), "pointed"))
    apart = f'<p>marks <mark class="pointed" dir="auto">{_text(words)}</mark></p>' if words and not carried else ""
    chips = [
        _chip("as in the file", "good") if one.valid else _chip("differs from the file", "bad"),
        _chip("at gold", "good") if one.gold else _chip("not at gold"),
    ]
    return _place(f"[{one.number}]", one.source, one.start, one.end, chips, _marked(one.quote, marks), apart)


def _evidence(record: Record) -> str:
    ranked = list(enumerate(record.search.sentences, 1))
    shown = [(rank, one) for rank, one in ranked if rank <= _EVIDENCE or one.covers]
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
    """Render an evidence sentence; a cited one without its text, which is in the citation already."""
    chips = [_chip("gold", "good")] if one.covers else []
    chips += [_chip(f"cited as [{cited}]")] if cited is not None else []
    words = _marked(one.text, _at_gold(one.source, one.start, one.text, gold)) if cited is None else ""
    return _place(str(rank), one.source, one.start, one.end, [f"{one.score:.3f}", *chips], words)


def _gold(record: Record) -> str:
    search = record.search
    spans = {unit.source for unit in search.span_units}
    places = [*search.span_units, *(unit for unit in search.article_units if unit.source not in spans)]
    found = {at for one in search.sentences for at in one.covers}
    items = []
    for at, unit in enumerate(places):
        chips = (
            []
            if at >= len(search.span_units)
            else [_chip("found", "good") if at in found else _chip("not found", "bad")]
        )
        chips += [_chip(f"grade {unit.grade}")] if unit.grade != 1 else []
        items.append(_place("", unit.source, unit.start, unit.end, chips, _text(unit.text)))
    return _part("Gold places", items, "ol", "places")


def _at_gold(source: str, start: int, words: str, gold: Iterable[Unit]) -> list[_Mark]:
    """Return marks for the parts of a slice that overlap gold places."""
    return [
        _Mark(unit.start - start, unit.end - start, "gold")
        for unit in gold
        if unit.source == source and unit.start is not None and unit.end is not None and unit.start < start + len(words)
    ]


def _place(
    label: str, source: str, start: int | None, end: int | None, remarks: Sequence[str], words: str, more: str = ""
) -> str:
    """Render a slice of a file: label, source, span and, if known, its text. All arguments but `source` are HTML."""
    span = f'<span class="span">{start}–{end}</span>' if start is not None else "the whole article"
    head = " ".join([f"<b>{label}</b>" if label else "", _name(source), span, *remarks])
    quote = f'<blockquote dir="auto">{words}</blockquote>' if words else ""
    return f'<li><p class="where">{head.strip()}</p>{quote}{more}</li>'


def _part(title: str, items: Iterable[str], tag: str, kind: str) -> str:
    """Render a heading and a list; empty for an empty list."""
    inside = "\n".join(items)
    return f'<h3>{title}</h3>\n<{tag} class="{kind}">\n{inside}\n</{tag}>' if inside else ""


# Style sheet of the report: light, dark and print, for wide and narrow screens, with logical directions.

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1c1917;--soft:#57534e;--paper:#fafaf9;--card:#fff;--rule:#e0dcd8}
:root{--accent:#065f46}
:root{--good:#065f46;--good-soft:#e7f6ef;--bad:#991b1b;--bad-soft:#fdecec;--doubt:#7c2d12;--doubt-soft:#fff1e3}
:root{--plain-soft:#f0eeec;--gold:#fde68a;--pointed:#bae6fd;--first:#0f766e;--second:#b45309;--third:#4338ca}
@media screen and (prefers-color-scheme:dark){
:root{--ink:#f5f5f4;--soft:#bdb7b1;--paper:#171412;--card:#211d1a;--rule:#3f3a36;--accent:#6ee7b7}
:root{--good:#6ee7b7;--good-soft:#0a2e25;--bad:#fca5a5;--bad-soft:#3d1616;--doubt:#fdba74;--doubt-soft:#3a1f0e}
:root{--plain-soft:#2c2825;--gold:#6b4a08;--pointed:#0c4a6e;--first:#2dd4bf;--second:#fbbf24;--third:#a5b4fc}
}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-block-start:3.5rem}
body{margin:0 auto;max-width:72rem;padding:0 1.25rem 4rem;background:var(--paper);color:var(--ink)}
body{font:1rem/1.6 system-ui,"Segoe UI",Roboto,"Noto Sans","Noto Sans Arabic","Geeza Pro",Tahoma,sans-serif}
body{font-variant-numeric:tabular-nums;overflow-wrap:anywhere;-webkit-text-size-adjust:100%}
h1{font-size:1.7rem;line-height:1.3;margin:2rem 0 1rem}
h2{font-size:1.3rem;margin:2.5rem 0 1rem}
h3{font-size:1rem;margin:1.25rem 0 .5rem}
p{margin:0}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.2rem}
[dir=auto]{text-align:start}
bdi.control{font-size:.75em;padding:0 .25em;border:1px solid var(--doubt);border-radius:.25em;color:var(--doubt)}
.skip{position:absolute;inset-inline-start:-100vw}
.skip:focus{inset-inline-start:1rem;inset-block-start:.5rem;z-index:2;background:var(--card);padding:.4rem .8rem}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));gap:.2rem 2rem;margin:0}
dl{font-size:.9rem}
dl div{display:flex;gap:.75rem}
dt{color:var(--soft);flex:0 0 7.5rem}
#run dt{flex-basis:13rem}
dd{margin:0}
.small,.note,.meaning,.interval,.facts,.none,figcaption{color:var(--soft);font-size:.85rem}
.note{margin-block-start:1rem}

nav{position:sticky;inset-block-start:0;z-index:1;margin:1.5rem -1.25rem 0;padding:0 1.25rem;background:var(--paper)}
nav{border-block-end:1px solid var(--rule)}
nav ul{display:flex;gap:1.25rem;margin:0;padding:.6rem 0;list-style:none;overflow-x:auto;white-space:nowrap}
nav ul{font-size:.92rem}
nav a{text-decoration:none}
nav a:hover{text-decoration:underline}

.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));gap:.75rem}
.card{display:flex;flex-direction:column;background:var(--card);border:1px solid var(--rule)}
.card{border-radius:.6rem;padding:.8rem .9rem}
.card .what{font-size:.9rem;line-height:1.35;min-height:2.7em}
.card .value{font-size:1.75rem;font-weight:650;line-height:1.3;letter-spacing:-.01em}
.card .small{font-size:.78rem}
.card.alarm{border-color:var(--bad);background:var(--bad-soft)}
.card.alarm .value{color:var(--bad)}
.bar{position:relative;height:.5rem;margin:.35rem 0;border-radius:.25rem;background:var(--plain-soft)}
.bar i{position:absolute;inset-block:0;border-radius:.25rem;background:var(--first);opacity:.45;min-width:2px}
.bar b{position:absolute;inset-block:-2px;width:3px;margin-inline-start:-1.5px;border-radius:2px}
.bar b{background:var(--first)}

.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem}
figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:.6rem;padding:.9rem 1rem}
figure h3{margin-block-start:0}
svg{display:block;width:100%;height:auto;stroke-linejoin:round;stroke-linecap:butt}

.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--rule);border-radius:.6rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.4rem .75rem;text-align:end;vertical-align:top;white-space:nowrap}
th:first-child{text-align:start;font-weight:500;white-space:normal;min-width:8rem}
thead th{color:var(--soft);font-weight:500;border-block-end:1px solid var(--rule);vertical-align:bottom}
tbody tr+tr>*{border-block-start:1px solid var(--rule)}
tbody+tbody{border-block-start:1px solid var(--rule)}
.level th{font-weight:650;background:var(--plain-soft)}
.interval{display:block;font-size:.78rem}
.meaning{display:block;font-weight:400;font-size:.82rem}
.parts{columns:28rem 2;column-gap:1.25rem;margin-block-start:1.25rem}
.parts>div{break-inside:avoid;padding-block-end:1.25rem}
.parts h3{margin-block-start:0}
#by-direction th:first-child,#by-tag th:first-child{position:sticky;inset-inline-start:0;background:var(--card)}

.filter{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;border:0;margin:0 0 1rem;padding:0}
.filter legend{float:inline-start;padding:0;margin-inline-end:.5rem;color:var(--soft);font-size:.92rem}
.filter label{position:relative;cursor:pointer;font-size:.9rem}
.filter input{position:absolute;inset:0;margin:0;opacity:0;cursor:pointer}
.filter span{display:block;padding:.25rem .75rem;border:1px solid var(--rule);border-radius:1rem}
.filter span{background:var(--card)}
.filter input:checked+span{border-color:var(--accent);background:var(--good-soft);color:var(--accent)}
.filter input:focus-visible+span{outline:3px solid var(--accent);outline-offset:2px}
#questions:has(#show-false-answer:checked) .question:not(.false-answer),
#questions:has(#show-wrong:checked) .question:not(.wrong),
#questions:has(#show-false-refusal:checked) .question:not(.false-refusal),
#questions:has(#show-right:checked) .question:not(.right),
#questions:has(#show-refused:checked) .question:not(.refused){display:none}

.question{background:var(--card);border:1px solid var(--rule);border-radius:.6rem;margin-block-end:.5rem}
.question{content-visibility:auto;contain-intrinsic-size:auto 3.2rem}
.question:target{border-color:var(--accent)}
summary{display:grid;grid-template-columns:1rem 7rem 1fr minmax(9rem,auto);gap:.75rem;align-items:baseline}
summary{padding:.65rem 1rem}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"";width:.45rem;height:.45rem;border:solid var(--soft);border-width:0 2px 2px 0}
summary::before{rotate:-45deg;align-self:start;margin-block-start:.6rem}
[open]>summary::before{rotate:45deg}
[open]>summary{border-block-end:1px solid var(--rule)}
.id{color:var(--soft);font-size:.85rem}
.asked{font-weight:550;white-space:pre-wrap}
.chips{display:flex;flex-wrap:wrap;gap:.3rem;justify-content:flex-end}
.chip{display:inline-block;padding:.05rem .55rem;border-radius:1rem;font-size:.8rem;line-height:1.5}
.chip{font-weight:400;white-space:nowrap}
.chip{background:var(--plain-soft);color:var(--soft)}
.chip.good{background:var(--good-soft);color:var(--good)}
.chip.bad{background:var(--bad-soft);color:var(--bad)}
.chip.doubt{background:var(--doubt-soft);color:var(--doubt)}
.opened{padding:.75rem 1rem 1.25rem}
.opened h3{font-size:.85rem;color:var(--soft);font-weight:600;margin-block-start:1.1rem}
.accepted{display:flex;flex-wrap:wrap;gap:.35rem;margin:0;padding:0;list-style:none}
.accepted li{padding:.1rem .7rem;border:1px solid var(--rule);border-radius:.4rem;white-space:pre-wrap}
.claim{margin-block-end:.5rem}
.claim p[dir]{white-space:pre-wrap;padding-inline-start:.8rem;border-inline-start:3px solid var(--good)}
.claim.unsupported{background:var(--bad-soft)}
.claim.unsupported p[dir]{border-inline-start:3px dashed var(--bad);text-underline-offset:.35em}
.claim.unsupported p[dir]{text-decoration:underline wavy var(--bad) 1px}
.claim .remarks{padding-inline:.8rem}
.remarks{display:flex;flex-wrap:wrap;gap:.3rem;padding-block:.3rem}
.places{margin:0;padding:0;list-style:none}
.places li+li{margin-block-start:.7rem}
.where{display:flex;flex-wrap:wrap;gap:.1rem .6rem;align-items:baseline;font-size:.85rem;color:var(--soft)}
.rest{color:var(--soft);font-size:.85rem}
blockquote{margin:.2rem 0 0;padding-inline-start:.8rem;border-inline-start:3px solid var(--rule);white-space:pre-wrap}
blockquote,.claim,.asked,.accepted{line-height:1.75}
mark{color:inherit;background:var(--gold)}
mark.pointed{background:var(--pointed)}
mark.gold.pointed{background:var(--pointed);box-shadow:inset 0 -.18em var(--second)}

@media(max-width:44rem){
body{padding-inline:.9rem}
nav{margin-inline:-.9rem;padding-inline:.9rem}
h1{font-size:1.4rem}
.cards{grid-template-columns:repeat(2,1fr)}
summary{grid-template-columns:1rem 1fr auto}
.asked{grid-column:1/-1;grid-row:2}
#run dl div{display:block}
}
@media print{
:root{--paper:#fff}
body{max-width:none;padding:0;font-size:10pt}
nav,.skip,.filter{display:none}
.question{content-visibility:visible}
.card,figure,tr,.places li,summary{break-inside:avoid}
h2,h3,summary{break-after:avoid}
.scroll{overflow:visible}
th,td{white-space:normal;padding:.2rem .4rem}
.chip,.bar,.bar *,mark,.level th,.claim{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
"""


# The figures of a report as HTML: cards for the main ones, then a table for each group.

_CARDS: Final = (
    ("retrieval.recall@5", "Gold passages in the first 5", "recall@5"),
    ("retrieval.span_recall@5", "Gold sentences in the first 5", "span_recall@5"),
    ("answers.contains", "Answers that contain an accepted one", "contains"),
    ("answers.f1", "Word overlap with an accepted answer", "f1"),
    ("citations.quote_validity", "Quotes that are in their file", "quote_validity"),
    ("citations.gold_recall", "Answers that cite a gold place", "gold_recall"),
    ("citations.gold_precision", "Citations at a gold place", "gold_precision"),
    ("abstention.false_answers", "Unanswerable questions answered", "false_answers"),
    ("abstention.clear_false_answers", "… and not marked as unclear", "clear_false_answers"),
    ("abstention.false_refusals", "Answerable questions refused", "false_refusals"),
    ("abstention.auc", "Score separates the two", "auc"),
    ("cost.total_ms", "Complete answer, ms", "total_ms"),
    ("cost.search_ms", "Search, ms", "search_ms"),
)
"""Measure, label and short name of each card. Measures that a run does not have are left out."""
_MEANINGS: Final = {
    "answers.language": "the answer's own text is in the question's language",
    "answers.exact_match": "the short answer is an accepted one",
    "answers.f1": "word overlap with the nearest accepted answer",
    "answers.contains": "the answer contains an accepted one",
    "citations.quote_validity": "quotes that are a slice of their file; must be 1",
    "citations.rejected": "rejected citations per answer",
    "citations.removed": "removed claims per answer",
    "citations.unsupported": "unsupported claims per answer",
    "citations.per_answer": "citations per answer",
    "citations.gold_precision": "citations at a gold place",
    "citations.gold_recall": "answers with a citation at a gold place",
    "citations.recall": "claims that their citations support (ALCE)",
    "citations.precision": "citations that a claim needs (ALCE)",
    "abstention.false_refusals": "answerable questions that were refused",
    "abstention.false_answers": "unanswerable questions that were answered",
    "abstention.wrong": "questions with a wrong answer, or answered although unanswerable",
    "abstention.clear_false_answers": "unanswerable questions answered and not marked as unclear",
    "abstention.clear_wrong": "wrong answers that are not marked as unclear",
    "abstention.unclear": "answerable questions whose answer is marked as unclear",
    "abstention.auc": "probability that an answerable question scores above an unanswerable one",
    "abstention.risk_coverage_area": "area under the risk–coverage curve",
    "cost.search_ms": "milliseconds of the search",
    "cost.to_evidence_ms": "milliseconds to the evidence",
    "cost.first_token_ms": "milliseconds to the model's first token",
    "cost.total_ms": "milliseconds to the complete answer",
    "cost.prompt_tokens": "tokens of the prompt",
    "cost.completion_tokens": "tokens of the reply",
}


def _cards(report: Mapping[str, Any]) -> str:
    """Render the main figures as cards, each with its interval (as numbers and as a bar) and its count."""
    shown = []
    for name, words, short in _CARDS:
        group, _, measure = name.partition(".")
        value = report[group].get(measure)
        if value is None:
            continue
        digits = digits_of(group)
        bad = name == "citations.quote_validity" and value["mean"] is not None and value["mean"] < 1
        bounds = interval(value, digits)
        count = f"{bounds} · n {value['n']}" if bounds else f"n {value['n']}"
        less = " · lower is better" if less_is_better(name) else ""
        shown.append(
            f'<div class="card{" alarm" if bad else ""}"><p class="what">{words}</p>'
            f'<p class="value">{middle(value, digits)}</p>{"" if group == "cost" else _bar(value)}'
            f'<p class="small">{count}</p><p class="small">{short}{less}</p></div>'
        )
    return f'<div class="cards">{"".join(shown)}</div>'


def _retrieval(values: Mapping[str, Any]) -> str:
    """Render the retrieval table: levels, measures and cut-offs; a note if no question has gold places."""
    bodies = []
    for title, prefix in LEVELS:
        rows = {words: [values.get(f"{prefix}{name}@{k}") for k in CUTS] for words, name in RANKED}
        known = [value for row in rows.values() for value in row if value and value["mean"] is not None]
        if not known:
            continue
        lines = "".join(
            f'<tr><th scope="row">{words}</th>{"".join(_value(value) if value else "<td>–</td>" for value in row)}</tr>'
            for words, row in rows.items()
        )
        head = f'<tr class="level"><th scope="rowgroup" colspan="{len(CUTS) + 1}">{title}, n {known[0]["n"]}</th></tr>'
        bodies.append(f"<tbody>{head}{lines}</tbody>")
    if not bodies:
        return '<p class="none">Not defined: no question has gold places in this corpus.</p>'
    head = "".join(f'<th scope="col">@{k}</th>' for k in CUTS)
    return _scrolling("Retrieval", f'<thead><tr><th scope="col">measure</th>{head}</tr></thead>{"".join(bodies)}')


def part(title: str, group: str, values: Mapping[str, Any]) -> str:
    """Render a table with one measure per row, with its meaning."""
    rows = []
    for name, value in values.items():
        what, _, judge = name.partition("/")
        meaning = _MEANINGS.get(f"{group}.{what}", "") + (f", judged by {_text(judge)}" if judge else "")
        meaning += "; lower is better" if less_is_better(f"{group}.{name}") else ""
        rows.append(
            f'<tr><th scope="row">{_text(name)}<span class="meaning">{meaning}</span></th>'
            f"{_value(value, digits_of(group))}<td>{value['n']}</td></tr>"
        )
    head = '<thead><tr><th scope="col">measure</th><th scope="col">value</th><th scope="col">n</th></tr></thead>'
    return _scrolling(title, f"{head}<tbody>{''.join(rows)}</tbody>")


def _grouped(kind: str, groups: Mapping[str, Any]) -> str:
    """Render a table with one group per row and one measure per column."""
    shown = columns(groups)
    names = "".join(f'<th scope="col">{"questions" if name == "n" else name}</th>' for _, name in shown)
    rows = "".join(_row(name, group, shown) for name, group in groups.items())
    return _scrolling(f"By {kind}", f'<thead><tr><th scope="col">{kind}</th>{names}</tr></thead><tbody>{rows}</tbody>')


def _row(name: str, group: Mapping[str, Any], shown: Sequence[tuple[str, str]]) -> str:
    def cells() -> Iterator[str]:
        for part_, measure in shown:
            value = group.get(part_, {}).get(measure)
            bounds = interval(value) if isinstance(value, Mapping) else ""
            n = f'<span class="interval">{bounds}</span>' if bounds else ""
            yield f"<td>{cell(group, part_, measure)}{n}</td>"

    return f'<tr><th scope="row"><bdi>{_text(name)}</bdi></th>{"".join(cells())}</tr>'


def _value(value: Mapping[str, Any], digits: int = 3) -> str:
    bounds = interval(value, digits)
    return f"<td>{middle(value, digits)}{f'<span class=interval>{bounds}</span>' if bounds else ''}</td>"


def _bar(value: Mapping[str, Any]) -> str:
    """Render the interval and the mean on a bar from 0 to 1; an empty bar without an interval."""
    if value["low"] is None:
        return '<div class="bar"></div>'
    low, width, mean = value["low"] * 100, (value["high"] - value["low"]) * 100, value["mean"] * 100
    range_ = f'<i style="left:{low:.1f}%;width:{width:.1f}%"></i>'
    return f'<div class="bar">{range_}<b style="left:{mean:.1f}%"></b></div>'


def _scrolling(title: str, inside: str) -> str:
    """Wrap a table so that it scrolls horizontally on a narrow page, also with the keyboard."""
    return f'<div class="scroll" role="region" aria-label="{title}" tabindex="0"><table>{inside}</table></div>'


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def report_html(report: Mapping[str, Any], records: Sequence[Record]) -> str:
    """Render the whole report: figures, plots, tables, and every question as an expandable element, worst first."""
    answers = bool(report["answers"])
    sections = [
        ("figures", "Figures", _figures(report)),
        ("plots", "Plots", _plots(plots(report, records))),
        ("measures", "Measures", _measures(report)),
        *(
            (f"by-{kind}", f"By {kind}", _grouped(kind, report["by"][kind]))
            for kind in ("direction", "tag")
            if report["by"][kind]
        ),
        ("questions", "Questions", "\n".join(_questions(records, report["questions"], answers=answers))),
        ("run", "Conditions of the run", _run(report["run"])),
    ]
    links = "".join(f'<li><a href="#{anchor}">{title}</a></li>' for anchor, title, _ in sections)
    return f"""<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Evaluation: {_bare(report["set"]["name"])}</title>
<style>{_STYLE}</style>
</head>
<body>
<a class="skip" href="#questions">Skip to the questions</a>
<header>
<h1>Evaluation: {_name(report["set"]["name"])}</h1>
{_pairs(run_facts(report))}
</header>
<nav aria-label="Contents"><ul>{links}</ul></nav>
<main>
{"".join(_section(*section) for section in sections)}</main>
</body>
</html>
"""


def _section(anchor: str, title: str, inside: str) -> str:
    return f'<section id="{anchor}">\n<h2>{title}</h2>\n{inside}\n</section>\n'


def _figures(report: Mapping[str, Any]) -> str:
    note = "Each mean with its 95 % interval and n, the number of questions; – if it is not defined."
    return f'{_cards(report)}\n<p class="note">{note} A missing answer counts as zero.</p>'


def _plots(drawn: Iterable[Plot]) -> str:
    return f'<div class="plots">{"".join(map(_plot, drawn))}</div>'


def _plot(plot: Plot) -> str:
    drawing = f"{plot.svg}\n" if plot.svg else ""
    return f"<figure><h3>{plot.title}</h3>\n{drawing}<figcaption>{_text(plot.note)}</figcaption></figure>\n"


def _measures(report: Mapping[str, Any]) -> str:
    parts = [
        f"<div><h3>{TITLES[group]}</h3>\n{part(TITLES[group], group, report[group])}</div>"
        for group in ("answers", "citations", "abstention", "cost")
        if report[group]
    ]
    return (
        f'<h3>{TITLES["retrieval"]}</h3>\n{_retrieval(report["retrieval"])}\n<div class="parts">{"".join(parts)}</div>'
    )


def _run(run: Mapping[str, Any]) -> str:
    """Render the conditions of the run, which are needed to reproduce it."""
    return _pairs(_conditions(run))


def _conditions(run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in run.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}: {inner}", _shown(one)) for inner, one in value.items())
        else:
            yield key, _shown(value)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) or "–" if isinstance(value, list | tuple) else str(value)


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    inside = "".join(f"<div><dt>{_name(key)}</dt><dd>{_name(value)}</dd></div>" for key, value in pairs)
    return f"<dl>{inside}</dl>"
