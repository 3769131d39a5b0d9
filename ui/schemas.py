"""The answer's form on every wire, version 1: plain JSON values. Consumers ignore the fields they do not know."""

from __future__ import annotations

from typing import Any

from rag.types import Answer, Article, Citation, Claim, Evidence, Problem, Span

VERSION = 1


def answer_json(answer: Answer) -> dict[str, Any]:
    """The JSON form of an answer; `start` and `end` are half-open offsets in code points of the decoded file."""
    query, timings = answer.query, answer.timings
    return {
        "version": VERSION,
        "question": query.question,
        "searched": query.searched,
        "language": query.language,
        "status": answer.status,
        "text": answer.text,
        "claims": [_claim(claim) for claim in answer.claims],
        "citations": [citation_json(citation) for citation in answer.citations],
        "evidence": [evidence_json(item) for item in answer.evidence],
        "rejected": [{"number": item.number, "reason": item.reason} for item in answer.rejected],
        "removed": [{"text": item.text, "problems": _problems(item.problems)} for item in answer.removed],
        "notices": [{"kind": item.kind, "message": item.message} for item in answer.notices],
        "generator": answer.generator,
        "cut": answer.cut,
        "usage": {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
        }
        if answer.usage
        else None,
        "generation": answer.generation,
        "timings_ms": {
            "search": round(timings.search, 1),
            "first_token": None if timings.first_token is None else round(timings.first_token, 1),
            "total": round(timings.total, 1),
        },
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation with all that a stranger needs to check it against the file."""
    article = citation.article
    return {
        "number": citation.number,
        "article_id": article.id,
        "source": article.source,
        "sha256": article.sha256,
        "text_sha256": article.rendition.text_sha256,
        "encoding": article.rendition.encoding,
        "extractor": article.rendition.extractor,
        "locator": article.locator,
        "member": article.member,
        **_stated(article),
        **_offsets(citation.span),
        "quote": citation.quote,
        "marked": _offsets(citation.marked) if citation.marked else None,
    }


def evidence_json(item: Evidence) -> dict[str, Any]:
    """An evidence sentence with its own cosine and score, and what its passage has."""
    hit = item.hit
    return {
        "number": item.number,
        "article_id": item.article.id,
        "source": item.article.source,
        **_stated(item.article),
        **_offsets(item.span),
        "text": item.text,
        "dense": round(hit.dense, 4),
        "sentence": round(item.sentence, 4),
        "keyword": round(hit.keyword, 4),
        "score": round(item.score, 4),
        "found_by": hit.found_by,
        "duplicates": list(hit.duplicates),
    }


def _claim(claim: Claim) -> dict[str, Any]:
    return {
        "text": claim.text,
        "citations": list(claim.citations),
        "support": claim.support,
        "score": round(claim.score, 4),
        "problems": _problems(claim.problems),
    }


def _problems(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [{"kind": item.kind, **_offsets(item.span), "message": item.message} for item in problems]


def _offsets(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end}


def _stated(article: Article) -> dict[str, str | None]:
    return {
        "title": article.title.value if article.title else None,
        "outlet": article.outlet.value if article.outlet else None,
        "published": article.published.value if article.published else None,
    }
