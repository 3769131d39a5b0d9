"""What a web page states of its article for machines: JSON-LD, OpenGraph and other meta elements, microdata, <time>.

The first of them that states a field counts, in this order. Nothing is guessed from addresses or class names.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from rag.extract.lines import split_lines
from rag.extract.markup import blocks
from rag.extract.publication import date_of
from rag.extract.rendition import Fact, Field, one_line, told

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


def read_facts(root: Any) -> dict[Field, Fact | None]:
    """The facts that the page of `root` states; call it before what is unseen is dropped."""
    sources = [_json_ld(root), _meta(root), _items(root), _shown(root)]
    return {field: next((said[field] for said in sources if said.get(field)), None) for field in _META_FIELDS}


def day(words: str) -> Fact | None:
    """The ISO day that `words` of a machine-readable field begin with, as they state it, whatever the time zone."""
    line = one_line(words)
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
    things: list[dict[str, Any]] = []
    for script in root.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            try:
                things.extend(_things(json.loads(script.text or "", strict=False), _DEEPEST))
            except (ValueError, RecursionError):
                continue  # another script of the page may be whole
    named = {thing["@id"]: thing for thing in things if isinstance(thing.get("@id"), str) and len(thing) > 1}
    for thing in things:
        kinds = thing.get("@type")
        if any(
            isinstance(kind, str) and _ARTICLES.fullmatch(kind)
            for kind in (kinds if isinstance(kinds, list) else [kinds])
        ):
            section = thing.get("articleSection")
            return {
                "title": told(_string(thing.get("headline") or thing.get("name"))),
                "outlet": told(_name(thing.get("publisher") or thing.get("sourceOrganization"), named)),
                "author": told(_name(thing.get("author") or thing.get("creator"), named)),
                "published": day(_string(thing.get("datePublished"))),
                "section": told(_string(section[0] if isinstance(section, list) and section else section)),
            }
    return {}


def _things(value: Any, deep: int) -> Iterator[dict[str, Any]]:
    """The objects in a JSON-LD value, an outer one before those in it."""
    if isinstance(value, dict):
        yield value
    if deep and isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _things(inner, deep - 1)


def _string(value: Any) -> str:
    return html.unescape(value) if isinstance(value, str) else ""


def _name(value: Any, named: dict[str, dict[str, Any]]) -> str:
    """The name of a person or organisation, or of several with commas; an address is no name."""
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
        found = [day(value) if field == "published" else told(_name(value, {})) for value in values]
        facts[field] = next((fact for fact in found if fact), None)
    return facts


def _items(root: Any) -> dict[Field, Fact | None]:
    facts: dict[Field, Fact | None] = {}
    for field, item in _ITEMS.items():
        for element in root.iter():
            if isinstance(element.tag, str) and item in (element.get("itemprop") or "").split():
                inner = [one for one in element.iter() if one.get("itemprop") == "name"] or [element]
                words = inner[0].get("content") or inner[0].get("datetime") or " ".join(blocks(inner[0]))
                facts[field] = day(words) if field == "published" else told(_name(words, {}))
                break
    return facts


def _shown(root: Any) -> dict[Field, Fact | None]:
    """The heading of the page, and the one day that its <time> elements give."""
    # Each word once: headings nested in headings would be read as often as they are deep.
    heads = [" ".join(blocks(head)) for head in root.xpath("descendant-or-self::h1[not(ancestor::h1)]")]
    heads = [head for head in heads if head]
    name = one_line(" ".join(" ".join(blocks(title)) for title in list(root.iter("title"))[:1]))
    fitting = [head for head in heads if head in name] or (heads if len(heads) == 1 else [])
    days = [day(element.get("datetime") or "") for element in root.iter("time")]
    different = {fact.value for fact in days if fact}
    writer = next((" ".join(blocks(link)) for link in root.iter("a") if link.get("rel") == "author"), "")
    return {
        "title": told(fitting[0] if fitting else _without_site(name)),
        "published": next((fact for fact in days if fact), None) if len(different) == 1 else None,
        "author": told(writer),
    }


def _without_site(name: str) -> str:
    """The longest part of a <title> between bars: the others name the site and its section."""
    return max(re.split(r"\s+[|–—»-]\s+", name), key=len)
