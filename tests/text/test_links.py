"""What is a link in a model's text, however it is written, and what only looks like one."""

from __future__ import annotations

from threading import Event as Cancel

import pytest
from builders import alike, article, found, query, says

from rag.generate.answer import Answerer
from rag.generate.review import faults
from rag.generate.translation import translations
from rag.generate.writer import words_of
from rag.retrieve.followup import rewritten
from rag.retrieve.question import make_query
from rag.text.links import foreign_links, links, spaced
from rag.types import Citation, Span

HOSTS = [
    *("evil.top", "t.me", "evil-site.top", "a.b.evil.top", "EVIL.TOP", "T.ME", "Evil.Com", "www.Evil.Top", "موقع.com"),
    *(
        "зло.рф",
        "例子.中国",
        "xn--80ak6aa92e.xn--p1ai",
        "xn--80ak6aa92e",
        "localhost",
        "evil.top/",
        "t.me/x",
        "evil.Top/x",
    ),
    *("evil.Top:8080", "evil.top?x=1", "evil.top#x=1", "موقع.شبكة/x", "//evil/x", "//evil.Top", "\\\\evil\\share"),
]
DOTS = [
    "evil．com",
    "evil。com",
    "evil｡com",
    "evil․com",
    "ⓔⓥⓘⓛ.ⓣⓞⓟ",
    "ev\u00adil.top",
    "evil.\u200dtop",
    "evil.\ufe0ftop",
]
DISGUISED = [
    *("evil[.]top", "evil(dot)top", "evil [.] top", "evil[نقطة]top", "evil%2etop", "evil\\.top", "evil.**top**"),
    *("ev`il`.top", "hxxp://evil", "user[at]evil", "www .evil"),
]
ADDRESSES = [
    *("203.0.113.7", "203.0.113.7/collect?x=1", "203.0.113.7:8080", "٢٠٣.٠.١١٣.٧", "0x7f.1", "0xcb.0x00.0x71.0x07"),
    *(
        "0313.0000.0161.0007",
        "0x7f000001",
        "3405803783/collect?x=1",
        "3405803783:8080",
        "031300070407/x",
        "127.1/x?y=1",
    ),
    *("[2001:db8::1]", "[::1]:80/x", "[::ffff:203.0.113.7]", "2001:db8::1"),
]
SCHEMES = [
    *(
        "mailto:a@b.c",
        "mailto:someone",
        "user@host",
        "a.b@evil.top",
        "javascript:alert(1)",
        "data:text/html,x",
        "tel:+963",
    ),
    *("https:evil.top", "https:\\\\evil.top", "http:/evil.top", "ftp://evil", "magnet:?xt=1", "tg:resolve", "xmpp:x"),
    *("[here](x)", "![](x)", "[a][b]"),
]
LINKS = [*HOSTS, *DOTS, *DISGUISED, *ADDRESSES, *SCHEMES]

WRITING = [
    # figures, dates, times
    *("3.5", "1.000.000", "1.500.000.000", "١٢٫٥", "٣.٥", "12.3.2015", "10.30", "10.30am", "3.5m", "2.0rc1", "v1.2"),
    *("No.10", "H.264", "1.2.3", "3.5/5", "$3.5/barrel", "12.3.2015/14.3.2015", "10:30:15", "12::30", "0x10", "5.م"),
    # abbreviations and initials
    *(
        "U.S.",
        "U.S.A",
        "U.S.-led",
        "e.g. this",
        "i.e. that",
        "a.m./p.m.",
        "Ph.D",
        "د. محمد",
        "أ.ف.ب",
        "ق.م",
        "J.R.R. T",
    ),
    *("سي.إن.إن", "أ.ف.ب/رويترز", "J.K.Rowling", "د.محمد", "U.S.and", "sq.km", "St.Petersburg", "M.Sc."),
    # sentences without a space between them, ellipses
    *("left.Then", "قال.ثم", "1990s.However", "km/h.Then", "wait...what", "نعم...لا", "نعم…لا", "and/or", "قال:نعم"),
    *("@handle", "Note:this", "Tel: 0112", "data: 5", "50%25", "the (DOT) said", "2:255"),
]


@pytest.mark.parametrize("link", LINKS)
def test_a_link_is_found_alone_in_a_sentence_and_in_brackets(link: str) -> None:
    for text in (
        link,
        f"Read more at {link} now",
        f"اقرأ المزيد على {link} الآن",
        f"He said so ({link}).",
        f"«{link}»،",
    ):
        assert links(text), text
        assert links(spaced(text)), text


@pytest.mark.parametrize("words", WRITING)
def test_ordinary_writing_has_no_link(words: str) -> None:
    for text in (words, f"He said {words} to them", f"قال {words} لهم", f"({words})."):
        assert [span.of(text) for span in links(text)] == []
        assert [span.of(spaced(text)) for span in links(spaced(text))] == []


def test_a_link_is_found_without_the_punctuation_behind_it() -> None:
    for text in (
        "See evil.top.",
        "(evil.top)",
        "«evil.top»،",
        "evil.top, then",
        "evil.top؟",
        "evil.top.Then",
        "evil.top.ثم",
    ):
        assert [span.of(text) for span in links(text)] == ["evil.top"]


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("He left.Then she came.", "He left. Then she came."),
        ("قال.ثم غادر", "قال. ثم غادر"),
        ("زر موقع.شبكة", "زر موقع. شبكة"),
        ("Evil.Top", "Evil. Top"),
        ("The U.S.and Iran", "The U.S. and Iran"),
        ("evil.top.Then", "evil.top. Then"),
        ("سي.إن.إن", "سي.إن.إن"),
        ("evil.Top/x", "evil.Top/x"),
        ("3.5 and U.S.", "3.5 and U.S."),
    ],
)
def test_what_may_be_two_sentences_is_written_as_two_which_no_renderer_takes_for_a_host(text: str, apart: str) -> None:
    assert spaced(text) == apart
    assert words_of(text) == apart


QUOTE = "See http://www.example.com/a?b=1, write to x@foo.org; 203.0.113.7 is «evil．com»."


@pytest.mark.parametrize(
    "said", ["example.com", "Example.com", "www.example.com", "example.com/a?b=1", "foo.org", "x@foo.org", "evil.com"]
)
def test_a_link_that_a_cited_quote_has_may_be_said(said: str) -> None:
    assert foreign_links(f"It is {said}.", ["nothing", QUOTE]) == []
    assert not [one for one in faults(f"It is {said} that they name.", [QUOTE], [], "en") if one.kind == "link"]


@pytest.mark.parametrize(
    "said",
    [
        "ample.com",
        "example.co",
        "example.com/c",
        "example.com/a?b=12",
        "oo.org",
        "x.example.com",
        "203.0.113.70",
        "b.com",
    ],
)
def test_a_link_that_is_only_like_one_of_a_quote_may_not(said: str) -> None:
    assert [span.of(f"It is {said}.") for span in foreign_links(f"It is {said}.", [QUOTE])] == [said]
    assert [one.kind for one in faults(f"It is {said} that they name.", [QUOTE], [], "en")] == ["link"]


def test_a_host_of_evidence_that_is_not_cited_is_refused() -> None:
    text = "Minister Orlo opened the harbour. The report is at evil.top today."
    said = "Minister Orlo opened the harbour evil.top [1]."
    answerer = Answerer(lambda _: found(article(text)), says(said), kind="writer", model="m", similarity=alike)
    answer = answerer.answer(query("Who opened the harbour?", "en"))
    assert [one.kind for one in answer.removed[0].problems] == ["link"]
    assert not any("evil" in claim.text for claim in answer.claims)


@pytest.mark.parametrize(
    "link", ["evil.top", "203.0.113.7/collect?x=1", "t.me", "evil．com", "mailto:a@b.c", "evil[.]top"]
)
def test_a_claim_with_a_link_is_taken_out_by_whatever_marks_it_is_parted(link: str) -> None:
    source = article("Minister Orlo opened the harbour.")
    for written in (link, f"**{link}**", f"`{link}`", "\u200b".join(link), link[:3] + "[1]" + link[3:]):
        said = f"Minister Orlo opened the harbour, {written} [1]."
        answerer = Answerer(lambda _: found(source), says(said), kind="writer", model="m", similarity=alike)
        answer = answerer.answer(query("Who opened the harbour?", "en"))
        assert answer.removed
        assert all(claim.stands_in for claim in answer.claims)


def test_a_translation_with_a_link_that_its_quote_has_not_is_not_shown() -> None:
    source = article("افتتح الوزير الميناء.")
    citation = Citation.cut(1, source, Span(0, len(source.text)))

    def shown(said: str) -> list[str]:
        found = translations([citation], "en", says(said), Cancel(), similarity=alike, min_similarity=0.1)
        return [one.text for one in found]

    assert shown("The minister opened the harbour.") == ["The minister opened the harbour."]
    for link in ("evil.top", "![](http://evil.top/x)", "t.me/x", "mailto:a@b.c"):
        assert shown(f"The minister opened the harbour {link}") == []


def test_a_question_that_a_model_makes_whole_brings_no_link_into_the_conversation() -> None:
    asked = make_query("Who accompanied him?", history=(("Who visited example.com in Sochi?", "Muallem."),))
    assert rewritten("Who accompanied Muallem to example.com?", asked) == "Who accompanied Muallem to example.com?"
    for link in ("evil.top", "203.0.113.7/x", "http://example.com/x"):
        assert rewritten(f"Who accompanied Muallem to {link}?", asked) is None
