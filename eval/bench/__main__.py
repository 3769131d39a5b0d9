"""`python -m eval.bench [PART …]`: run benchmarks and print Markdown; writes a file only with --out."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from eval.bench import boilerplate, claims, data, reading, retrieval, scale, segments, server
from eval.bench.data import CachedEmbedder, choose, ingested
from rag.config import Settings, read_settings
from rag.corpus import load_reader, verify_of
from rag.errors import BadSetting, IsnadError
from rag.fusion import LegWeights
from rag.models.embedding import load
from rag.retrieve.abstention import DEFAULT
from rag.types import Article

_PARTS = (
    "retrieval", "abstention", "speed", "chat", "page", "api", "runs", "checks", "claims", "boilerplate", "stories",
    "reading", "segments", "scale", "sizes",
)  # fmt: skip
_OF_ARTICLES = {"retrieval", "abstention", "speed", "segments", "sizes"}
_COMPARED = 250
"""Questions of each set that are asked of an index of segments and of a whole one."""
_SEEDS = Path(__file__).parents[2] / "seeds"
_SIZES = (128, 192, 256, 384, 512)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of {', '.join(_PARTS)}; by default all but sizes")
    parser.add_argument("--data", type=Path, help="the folder of the public data; by default ISNAD_DATA")
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors between runs")
    parser.add_argument(
        "--passages", type=int, action="append", help=f"a size for scale; may be repeated; by default {scale.SIZES}"
    )
    parser.add_argument("--out", type=Path, help="also write the report to this file")
    given = parser.parse_args()
    unknown = set(given.parts) - set(_PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; use some of {', '.join(_PARTS)}")
    try:
        lines = []
        for line in _report(given.parts or _PARTS[:-1], given.data, given.cache, given.passages or scale.SIZES):
            sys.stdout.write(f"{line}\n\n")
            sys.stdout.flush()
            lines.append(line)
    except IsnadError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if given.out:
        given.out.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _report(
    parts: list[str] | tuple[str, ...], folder: Path | None, cache: Path | None, passages: Sequence[int] = scale.SIZES
) -> Iterator[str]:
    """Yield the requested tables as Markdown, each as soon as it is measured."""
    served: dict[str, Callable[[Path], str]] = {
        "chat": lambda place: server.chat_table(server.run_chat(_SEEDS, place)),
        "page": lambda place: server.page_table(server.run_page(_SEEDS, place)),
        "api": lambda place: server.table(server.run(_SEEDS, place)),
    }
    for name in (name for name in served if name in parts):
        with tempfile.TemporaryDirectory() as place:
            yield served[name](Path(place))
    if "runs" in parts:
        yield scale.runs_table(scale.measure_runs(folder))
    if "checks" in parts:
        yield claims.checks_table(claims.run_checks(_SEEDS, load(read_settings())))
    if "claims" in parts:
        settings = read_settings()
        embedder = load(settings)
        yield from claims.tables(embedder, DEFAULT.min_similarity, verify_of(settings, embedder))
    if "stories" in parts:
        yield claims.stories_table(folder)
    if "reading" in parts:
        yield from _reading(folder)
    if "boilerplate" in parts:
        yield boilerplate.table()
        yield boilerplate.repeated_table(folder)
    for size in passages if "scale" in parts else ():
        with tempfile.TemporaryDirectory() as place:
            yield from scale.run(size, folder, Path(place))
    if _OF_ARTICLES.intersection(parts):
        yield from _of_articles(parts, folder, cache)


def _reading(folder: Path | None) -> Iterator[str]:
    settings = read_settings()
    embedder = load(settings)
    read = load_reader(settings, embedder)
    if read is None:
        raise BadSetting("there is nothing to measure with reader=off", where="reading", do="set a reader")
    with tempfile.TemporaryDirectory() as place:
        for language in ("ar", "en"):
            each = list(reading.asked(data.folder_of(folder), language, settings, embedder, Path(place)))
            if language == "ar":
                yield reading.speed(read, embedder, each)
            yield reading.table(
                reading.measure_reading(read, each, settings.top_k), f"XQuAD {language} → ar, even articles"
            )


def _of_articles(parts: list[str] | tuple[str, ...], folder: Path | None, cache: Path | None) -> Iterator[str]:
    content = data.read_data(folder)
    settings = read_settings()
    embedder = load(settings)
    cached = CachedEmbedder(embedder, cache)
    articles = choose(content, cached, settings.passage_tokens)
    with tempfile.TemporaryDirectory() as place, ingested(articles, settings, cached, Path(place)) as corpus:
        cached.save()
        yield f"{corpus.index.count} passages of at most {settings.passage_tokens} tokens, {embedder.name}"
        if "retrieval" in parts:
            yield retrieval.table(retrieval.run(corpus, content.sets))
        if "abstention" in parts:
            for weight in (0.0, LegWeights().names):
                with corpus.search(names=weight) as search:
                    yield f"Weight of names {weight}:"
                    yield retrieval.silence_table(retrieval.measure_silence(search, content.sets))
        if "speed" in parts:
            texts = [article.text for article in articles[-scale.TEXTS :]]
            yield scale.speed_table(scale.measure_speed(corpus, embedder, texts, content.sets[0].questions))
    cached.save()
    if "segments" in parts:
        questions = [one for each in content.sets for one in each.questions[:_COMPARED]]
        with tempfile.TemporaryDirectory() as place:
            yield segments.table(segments.compare(articles, questions, settings, cached, Path(place)))
        cached.save()
    if "sizes" in parts:
        yield from _sizes(content, settings, cached, articles)


def _sizes(content: data.Data, settings: Settings, cached: CachedEmbedder, articles: list[Article]) -> Iterator[str]:
    for size in _SIZES:
        resized = settings.model_copy(update={"passage_tokens": size})
        with tempfile.TemporaryDirectory() as place, ingested(articles, resized, cached, Path(place)) as corpus:
            cached.save()
            yield f"{corpus.index.count} passages of at most {size} tokens"
            with corpus.search() as search:
                yield retrieval.table(
                    retrieval.RetrievalRow(
                        f"{size} tokens", each.name, tuple(retrieval.rank(search, one) for one in each.questions)
                    )
                    for each in content.sets
                )


if __name__ == "__main__":
    sys.exit(main())
