"""Blocks → one HTML page that asks nothing of any other: no script runs, nothing is fetched. Says nothing itself."""

from __future__ import annotations

from collections.abc import Iterable

from rag.text.normalise import language as language_of
from rag.types import Language
from ui.shared.export_blocks import Block, Role, Run
from ui.shared.html import direction_of, exact, plain

_TAGS: dict[Role, str] = {"title": "h1", "question": "h2", "heading": "h3"}

# Paragraphs of ours keep the page's direction: the names in them are isolated, and would not tell one.
_OURS: frozenset[Role] = frozenset({"note", "when", "label", "heading", "source", "detail"})

_STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.7 "Noto Naskh Arabic","Segoe UI",Tahoma,system-ui,sans-serif}
body{max-width:46rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;border-top:1px solid #8886;padding-top:1rem}
h1,h2,h3,p{text-align:start;overflow-wrap:anywhere}
blockquote{margin:.5rem 0;padding-inline:1rem;border-inline-start:3px solid #8888}
blockquote p{white-space:pre-wrap;margin:0}
.note,.when,.label,.detail{font-size:.85rem;opacity:.75;margin:.1rem 0}
.source{margin:1rem 0 0;font-weight:600}
.short{font-size:1.5rem;font-weight:700;white-space:pre-wrap}
.doubt,.translation{font-style:italic}
.removed{text-decoration:line-through}
mark{background:#ffe27a;color:#000}
@media print{body{max-width:none;margin:0}h2,h3,.source{break-after:avoid}blockquote{break-inside:avoid}}
"""


def html_page(blocks: Iterable[Block], language: Language, data: str) -> str:
    """The page; `data` is JSON without ``<``, which stands in it for programs and is never run."""
    shown = list(blocks)
    title = plain("".join(run.text for run in shown[0].runs)) if shown else ""
    body = "\n".join(_html_block(block) for block in shown)
    direction = "rtl" if language == "ar" else "ltr"
    return f"""<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
<script type="application/json" id="isnad">{data}</script>
</body>
</html>
"""


def _html_block(block: Block) -> str:
    words = "".join(map(_run, block.runs))
    if block.role == "quote":
        spoken = language_of("".join(run.text for run in block.runs))
        return f'<blockquote><p dir="auto" lang="{spoken}">{words}</p></blockquote>'
    tag = _TAGS.get(block.role, "p")
    direction = "" if block.role in _OURS else f' dir="{_direction(block)}"'
    language = f' lang="{plain(block.language)}"' if block.language else ""
    anchor = f' id="{plain(block.anchor)}"' if block.anchor else ""
    return f'<{tag} class="{block.role}"{direction}{language}{anchor}>{words}</{tag}>'


def _direction(block: Block) -> str:
    """A short answer may be a figure, which has no direction of its own: it takes that of its article."""
    return direction_of(block.language) if block.role == "short" and block.language else "auto"


def _run(run: Run) -> str:
    match run.voice:
        case "name":
            return f"<bdi>{exact(run.text)}</bdi>"
        case "quote":
            return exact(run.text)
        case "mark":
            return f"<mark>{exact(run.text)}</mark>"
        case "cite":
            return f'<a href="#{plain(run.target)}">{plain(run.text)}</a>'
        case _:
            return plain(run.text)
