"""`rag.text.sentences`: where a sentence ends, and that sentences tile whatever they are cut from."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.sentences import sentences, trim
from rag.types import Span


def cut(text: str) -> list[str]:
    return [span.of(text) for span in sentences(text, Span(0, len(text)))]


PIECES = [
    "قالَ", "الرَّئيسُ", "مُحَمَّد", "أعلن لافروف", "سوريا", "د", "ص", "Mr", "U.S", "said", "He", "3", "٣", "2254", "😀",
    "👩🏽", ".", ".", "..", "...", "…", "!",
    "?", "؟", "؛", "،", ":", "”", "“", "»", "«", '"', ")", "(", " ", " ", " ", "\n",
    "\r\n", "\n\n", "\t", "\u200f", "\u202b", "\u2069", "\u00a0", "www.eremnews.com", "a@b.org", "بيان. بيان. ",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=30)


@given(texts, st.data())
def test_sentences_tile_their_span(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = sentences(text, Span(start, end))
    assert "".join(span.of(text) for span in spans) == text[start:end]
    assert all(span.start < span.end for span in spans)
    edges = [start, *(span.end for span in spans)]
    assert [span.start for span in spans] == (edges[:-1] if spans else [])


@given(texts)
def test_no_sentence_is_without_letters_unless_the_text_is(text: str) -> None:
    assert len(cut(text)) <= 1 or all(any(c.isalpha() for c in sentence) for sentence in cut(text))


@pytest.mark.parametrize(
    "expected",
    [
        ["التقى بوتين المعلم. ", "ثم غادر."],
        ["من زار سوتشي؟ ", "زارها المعلم! ", "وعاد؛ ", "ثم… ", "انتهى"],
        ["سطر أول\n", "سطر ثان\r\n\r\n", "سطر ثالث"],
        ["وقال “نعم.” ", "ثم غادر. ", '"لن نعود."\n', "وأضاف «لا!» ", "وغادر"],
        ["Sens. Ted Cruz and Marco Rubio voted no. ", "Reps. Nancy Pelosi and Ann Lee did not."],
        ["The shop is near McDonald's. ", "Police were called. ", "He said he didn't. ", "Trump disagreed."],
        ["وصل د. أحمد وأ. منى وم. علي إلى ص.ب. 12 في دمشق. ", "ثم عادوا."],
        ["استقبل أ.د. محمد وفدا ود. سمير. ", "وقال كذا"],
        ["قالت وكالة أ.ف.ب. إن القتال توقف، ونقلت إي.إس.إي.تي عنها ذلك."],
        ["ولد عام 570 م. ", "وكان يتيما."],
        ["ارتفع 3.5 و٣٫٥ و2.254 وفق القرار 2254. ", "وهبط"],
        ["أطياف المجتمع السوري.. مبينا أن هذه المبادئ لابد منها."],
        ["رفض توقيع (...) من دون شرط (الشمس والرياح...) واكتفى."],
        ["في سورية .\n", "وقال"],
        ["الضوء على الأزمة السورية.", "وقال لافروف"],
        ["1. قال كذا. ", "2. وقال غيره."],
        ["زوروا www.eremnews.com أو https://a.org/x.html?q=1. ", "اكتبوا إلى a.b@c.org. ", "شكرا"],
        ["Mr. Smith met Dr. Jones at the U.S. Embassy. ", "He left at 3 p.m. ", "The talks ended."],
        ["J. K. Rowling lives in the U.S. ", "She writes, e.g. Novels, at No. 4. ", "True? ", "No. ", "It cost $3.5."],
        ['"Why?" he asked, and left the U.N. building on Jan. 5.'],
        ["صدر البيان.\u200f ", "ثم غادر"],
        ["*** نعم *** 12\n", "لا 😀 ."],
        ["2015\n"],
    ],
    ids=lambda sentences_: sentences_[0][:24].strip(),
)  # fmt: skip
def test_a_text_is_cut_where_a_reader_would_cut_it(expected: list[str]) -> None:
    assert cut("".join(expected)) == expected


def test_a_text_wrapped_at_a_fixed_width_is_not_cut_at_its_newlines() -> None:
    first = (
        "وكان وزير الخارجية الروسي سيرغي لافروف قد قال إن بلاده ستواصل دعم سوريا في مجال القضاء على الإرهاب بكل الوسائل"
    )
    second = (
        "وأشار لافروف في تصريح للصحفيين عقب اجتماعه مع نظيره وليد المعلم إلى أن موسكو ودمشق تتفقان على أن الإرهاب خطر"
    )
    wrapped = "\n".join(textwrap.wrap(f"{first}. {second}.", 46)) + "\n\nانتهى"
    assert [" ".join(sentence.split()) for sentence in cut(wrapped)] == [f"{first}.", f"{second}.", "انتهى"]


def test_lines_of_many_lengths_are_sentences_without_a_mark() -> None:
    lines = [
        "زاخاروفا: بان كي مون متورط\n",
        "بحملة إعلامية لتشويه دور روسيا\n",
        "أعلنت الناطقة\n",
        "أن الأمين العام للأمم المتحدة وجد نفسه\n",
        "متورطا\n",
        "عن قصد",
    ]
    assert cut("".join(lines)) == lines


def test_an_empty_span_has_no_sentences() -> None:
    assert sentences("قال.", Span(2, 2)) == []


@pytest.mark.parametrize(
    ("text", "span", "trimmed"),
    [
        ("  قال.\r\n", Span(0, 8), Span(2, 6)),
        ("قال.", Span(0, 4), Span(0, 4)),
        ("قال.  ثم", Span(4, 6), Span(4, 4)),
        ("قال.  ثم", Span(3, 3), Span(3, 3)),
    ],
)
def test_trim_takes_only_white_space_away(text: str, span: Span, trimmed: Span) -> None:
    assert trim(text, span) == trimmed


def test_marks_without_a_letter_before_the_first_sentence_cost_no_square() -> None:
    text = ". " * 50_000 + "جاء."
    began = time.process_time()
    assert sentences(text, Span(0, len(text))) == [Span(0, len(text))]
    assert time.process_time() - began < 10
