"""Extract the article of a saved web page: its stated facts, then the paragraphs that trafilatura takes for its
text."""

from __future__ import annotations

import codecs
import html
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from rag.errors import Undecodable
from rag.extract.base import Extracted, Fact, Field, collapsed, fact_of, render
from rag.extract.bylines import split_lines
from rag.extract.outlets import Outlets
from rag.extract.page_model import date_of
from rag.text.decode import decode
from rag.text.normalise import has_letters

# Decodes a web page: as UTF-8 or an Arabic encoding if that is certain, else as the page declares.

_LOOKED_AT: Final = 8192
"""Bytes. HTML has the declaration within the first 1,024; browsers search further, and so does this."""
_META: Final = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_XML: Final = re.compile(rb"""^\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]{2,40})""", re.IGNORECASE)
_ALIASES: Final = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252"}
"""Labels that every browser reads as Windows-1252 (WHATWG Encoding Standard)."""


def _page_text(data: bytes) -> str:
    """Text of the page in `data`. Raises `Undecodable` as `rag.text.decode.decode` does."""
    try:
        return decode(data).text
    except Undecodable:
        declared = _declared(data)
        if declared is None:
            raise
        try:
            return data.decode(declared)
        except (UnicodeDecodeError, ValueError) as error:
            raise Undecodable(
                f"the page declares {declared}, but is not in that encoding", do="save it again as UTF-8"
            ) from error


def _declared(data: bytes) -> str | None:
    """The encoding that the page declares, if Python has it as a text encoding and it is not UTF-8 or UTF-16.

    A page in those that `decode` refused is damaged, whatever it declares.
    """
    match = _XML.search(data[:200]) or _META.search(data[:_LOOKED_AT])
    if not match:
        return None
    name = match[1].decode("ascii").lower()
    name = _ALIASES.get(name, name)
    try:
        found = codecs.lookup(name)
    except LookupError:
        return None
    return found.name if found._is_text_encoding and not found.name.startswith("utf") else None


# Parses a web page into elements, without invisible ones, and into blocks of text.

_UNSEEN: Final = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "embed",
        "svg",
        "math",
        "canvas",
        "select",
        "option",
        "textarea",
        "dialog",
    ]
)
_FEW: Final = 2000
"""Elements: if there are more, they are emptied instead, because removing each one copies all the text before it."""
_HIDDEN: Final = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
    ]
)


def parse_html(text: str) -> Any:
    """Root element of a page. Nothing outside the page is read: no network access, only HTML's own entities.

    Raises `Undecodable` if it has no element.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    declared = re.match(r"\s*<\?xml[^>]*>", text)
    text = text[declared.end() :] if declared else text
    parser = HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = document_fromstring(text.replace("\0", "\ufffd").encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Undecodable("there is no page in the file", do="save it again from its source") from error
    if any("depth" in entry.message for entry in parser.error_log):
        raise Undecodable("the elements of the page are nested too deep", do="save it as text")
    return root


def drop_unseen(root: Any) -> None:
    """Remove from `root` what a reader does not see: scripts, styles, templates, hidden elements."""
    unseen = [element for element in root.iter() if isinstance(element.tag, str) and _is_unseen(element)]
    for element in unseen:
        if element.getparent() is None:
            continue
        if len(unseen) <= _FEW:
            element.drop_tree()
        else:
            element.clear(keep_tail=True)
            element.tag = "span"


def _is_unseen(element: Any) -> bool:
    return (
        element.tag in _UNSEEN
        or element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDDEN.search(element.get("style") or "") is not None
    )


def _blocks(root: Any) -> list[str]:
    """Visible text of `root`, one string per block, in page order."""
    from lxml import etree

    found: list[list[str]] = [[]]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _BLOCKS:
            found.append([])
        found[-1].append((element.text if event == "start" else element.tail if element is not root else "") or "")
    return [line for line in (" ".join("".join(block).split()) for block in found) if line]


# Reads machine-readable facts of a web page: JSON-LD, OpenGraph and other meta elements, microdata, <time>.
#
# The first source that states a field counts, in this order. Nothing is guessed from addresses or class names.

_ARTICLES: Final = re.compile(r"(?:\w*NewsArticle|Article|BlogPosting|Report|LiveBlogPosting)")
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?![\d-])")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)")
_META_FIELDS: Final[dict[Field, tuple[str, ...]]] = {
    "title": ("og:title", "dc.title", "dcterms.title", "twitter:title", "title"),
    "outlet": ("og:site_name", "dc.publisher", "dcterms.publisher", "publisher", "application-name"),
    "author": ("author", "article:author", "dc.creator", "dcterms.creator", "parsely-author", "byl"),
    "published": (
        "article:published_time", "og:article:published_time", "datepublished", "dc.date.issued", "dcterms.issued",
        "dcterms.created", "dc.date", "dcterms.date", "dc.date.created", "parsely-pub-date", "publishdate", "pubdate",
        "publish-date", "publication_date", "date",
    ),
    "section": ("article:section", "parsely-section", "section"),
}  # fmt: skip
_ITEMS: Final[dict[Field, str]] = {
    "title": "headline", "author": "author", "published": "datePublished", "outlet": "publisher",
    "section": "articleSection",
}  # fmt: skip
_DEEPEST: Final = 6
_LISTS: Final = frozenset({"itemListElement", "hasPart", "isPartOf", "mentions", "relatedLink", "citation"})
"""Keys of other things than the page's own."""
_COMMENT: Final = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*$")


def _read_facts(root: Any) -> dict[Field, Fact | None]:
    """Facts that the page states; call it before invisible elements are removed."""
    sources = [_json_ld(root), _meta(root), _items(root), _shown(root)]
    return {field: next((said[field] for said in sources if said.get(field)), None) for field in _META_FIELDS}


def stated_day(words: str) -> Fact | None:
    """The ISO day at the start of a machine-readable field, as stated, regardless of its time zone."""
    line = collapsed(words)
    match = _DAY.match(line) or _COMPACT.match(line)
    if match:
        try:
            found = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
        return Fact(found.isoformat(), line[:60]) if 1900 <= found.year <= 2100 else None
    lines = split_lines(line)
    stated = date_of(lines[0])[1] if lines else None
    return Fact(stated.value, line) if stated else None


def _json_ld(root: Any) -> dict[Field, Fact | None]:
    """Facts of the page's article: of several, the one with the page's own title, else one that is not in a list."""
    things: list[dict[str, Any]] = []
    own: list[dict[str, Any]] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            try:
                said = json.loads(_COMMENT.sub("", script.text or ""), strict=False)
                things.extend(_things(said, _DEEPEST))
                own.extend(_things(said, _DEEPEST, _LISTS))
            except (ValueError, RecursionError):
                continue  # another script of the page may be valid
    named = {thing["@id"]: thing for thing in things if isinstance(thing.get("@id"), str) and len(thing) > 1}
    titles = {collapsed(one.text_content()) for one in root.iter("h1")}
    titles |= {collapsed(one.get("content") or "") for one in root.iter("meta") if one.get("property") == "og:title"}
    articles = [thing for thing in (*own, *things) if _is_article(thing)]
    titled = [one for one in articles if collapsed(_string(one.get("headline") or one.get("name"))) in titles]
    if not articles:
        return {}
    thing = (titled or articles)[0]
    section = thing.get("articleSection")
    return {
        "title": fact_of(_string(thing.get("headline") or thing.get("name"))),
        "outlet": fact_of(_name(thing.get("publisher") or thing.get("sourceOrganization"), named)),
        "author": fact_of(_name(thing.get("author") or thing.get("creator"), named)),
        "published": stated_day(_string(thing.get("datePublished"))),
        "section": fact_of(_string(section[0] if isinstance(section, list) and section else section)),
    }


def _is_article(thing: dict[str, Any]) -> bool:
    kinds = thing.get("@type")
    return any(
        isinstance(kind, str) and _ARTICLES.fullmatch(re.split(r"[/#:]", kind)[-1])
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _things(value: Any, deep: int, without: frozenset[str] = frozenset()) -> Iterator[dict[str, Any]]:
    """Objects in a JSON-LD value, an outer one before those inside it; none of what the keys `without` hold."""
    if isinstance(value, dict):
        yield value
    if deep and isinstance(value, dict | list):
        inside = [one for key, one in value.items() if key not in without] if isinstance(value, dict) else value
        for inner in inside:
            yield from _things(inner, deep - 1, without)


def _string(value: Any) -> str:
    return html.unescape(value) if isinstance(value, str) else ""


def _name(value: Any, named: dict[str, dict[str, Any]]) -> str:
    """Name of a person or organisation, or of several joined by commas; an address is not a name."""
    if isinstance(value, list):
        return ", ".join(name for name in (_name(one, named) for one in value[:5] if not isinstance(one, list)) if name)
    if isinstance(value, dict):
        known = value if "name" in value else named.get(str(value.get("@id")), {})
        value = known.get("name")
    name = _string(value)
    return "" if re.match(r"https?:|www\.|@", name.strip()) else name


def _meta(root: Any) -> dict[Field, Fact | None]:
    said: dict[str, str] = {}
    for element in root.iter("meta"):
        for key in ("property", "name", "itemprop"):
            name, content = (element.get(key) or "").strip().lower(), element.get("content") or ""
            if name and content.strip():
                said.setdefault(name, content)
    facts: dict[Field, Fact | None] = {}
    for field, names in _META_FIELDS.items():
        values = [said[name] for name in names if name in said]
        found = [stated_day(value) if field == "published" else fact_of(_name(value, {})) for value in values]
        facts[field] = next((fact for fact in found if fact), None)
    return facts


def _items(root: Any) -> dict[Field, Fact | None]:
    facts: dict[Field, Fact | None] = {}
    for field, item in _ITEMS.items():
        for element in root.iter():
            if isinstance(element.tag, str) and item in (element.get("itemprop") or "").split():
                inner = [one for one in element.iter() if one.get("itemprop") == "name"] or [element]
                words = inner[0].get("content") or inner[0].get("datetime") or " ".join(_blocks(inner[0]))
                facts[field] = stated_day(words) if field == "published" else fact_of(_name(words, {}))
                break
    return facts


def _shown(root: Any) -> dict[Field, Fact | None]:
    """Heading of the page, and the one day that its <time> elements give."""
    heads = _headings(root)
    name = collapsed(" ".join(" ".join(_blocks(title)) for title in list(root.iter("title"))[:1]))
    fitting = [head for head in heads if head in name] or (heads if len(heads) == 1 else [])
    days = [stated_day(element.get("datetime") or "") for element in root.iter("time")]
    different = {fact.value for fact in days if fact}
    writer = next((" ".join(_blocks(link)) for link in root.iter("a") if link.get("rel") == "author"), "")
    return {
        "title": fact_of(fitting[0] if fitting else _without_site(name)),
        "published": next((fact for fact in days if fact), None) if len(different) == 1 else None,
        "author": fact_of(writer),
    }


def _headings(root: Any) -> list[str]:
    """The level-one headings; each word once: otherwise nested ones would be read once per level."""
    heads = [" ".join(_blocks(head)) for head in root.xpath("descendant-or-self::h1[not(ancestor::h1)]")]
    return [head for head in heads if head]


def _without_site(name: str) -> str:
    """The longest part of a <title> between bars: the others name the site and its section."""
    return max(re.split(r"\s+[|–—»-]\s+", name), key=len)


SUFFIXES: Final = frozenset({".htm", ".html", ".xhtml"})
_RULES: Final = 3
"""Version of the rules; increment it if a change moves an offset."""
_MANY: Final = 30_000
"""Elements: for a page with more, the main text is not searched, and all visible text counts."""
_NEAR_TITLE: Final = 8
"""Number of blocks after the title in which the date may be."""


def extractor() -> str:
    """Name and version of the extractor."""
    from importlib.metadata import version

    return f"html/{_RULES}+trafilatura-{version('trafilatura')}"


def extract(data: bytes, outlets: Outlets | None = None) -> Iterator[Extracted]:
    """Extract the article of a page. Raises `Undecodable` if the bytes are not a page, or it shows no text."""
    root = parse_html(_page_text(data))
    facts = _read_facts(root)
    drop_unseen(root)
    _keep_inline(root)
    shown = _blocks(root)
    if not any(has_letters(block) for block in shown):
        raise Undecodable(
            "the page shows no text: it is made by programs, or empty", do="save it from the browser as shown"
        )
    title = facts["title"]
    facts["published"] = facts["published"] or _date_under(title.words if title else "", shown)
    lines = _paragraphs(root) or shown
    titles = {title.words, *_headings(root)} if title else set()
    while len(lines) > 1 and collapsed(lines[0]) in titles:
        lines = lines[1:]
    yield render(facts, lines, extractor=extractor(), outlets=outlets)


_INLINE: Final = ("time", "q", "button", "label", "output")
"""Elements that trafilatura leaves out, with their words, or on a line of their own, although a sentence has them."""
_TEXT_BLOCKS: Final = frozenset({"p", "li", "td", "th", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"})
_SUPERSCRIPT: Final = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")


def superscript(words: str) -> str:
    """Raised digits as the characters for them, so that they do not join the figure before them: 1,200² and not
    1,2002. Other words are unchanged."""
    return words.translate(_SUPERSCRIPT) if re.fullmatch(r"[\d+\-()n]*\d[\d+\-()n]*", words) else words


def _keep_inline(root: Any) -> None:
    """Make the words of inline elements part of the sentence around them."""
    for raised in root.iter("sup"):
        words = raised.text_content().strip()
        if words != superscript(words):
            for child in list(raised):
                raised.remove(child)
            raised.text = superscript(words)
    for element in list(root.iter(*_INLINE)):
        if any(parent.tag in _TEXT_BLOCKS for parent in element.iterancestors()):
            element.drop_tag()


def _paragraphs(root: Any) -> list[str]:
    """Lines of the page's main text; empty if it is too short to distinguish from the rest."""
    import trafilatura

    if sum(1 for _ in root.iter()) > _MANY:
        return []
    text = trafilatura.extract(root, include_comments=False, include_tables=True) or ""
    lines = [line.removeprefix("| ").removesuffix(" |") for line in text.splitlines()]
    return [line for line in lines if line.strip("|-: ")]


def _date_under(title: str, shown: list[str]) -> Fact | None:
    """The date on a line of its own directly below the title."""
    place = next((number for number, block in enumerate(shown) if number and collapsed(block) == title), None)
    for block in shown[place + 1 : place + 1 + _NEAR_TITLE] if place is not None else []:
        lines = split_lines(collapsed(block))
        stated = date_of(lines[0])[1] if lines else None
        if stated:
            return Fact(stated.value, stated.span.of(collapsed(block)))
    return None
