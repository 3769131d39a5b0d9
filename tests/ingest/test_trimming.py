"""Lines that many articles repeat, through an ingest: out of the passages, and in again when they repeat no more."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_corpus import HashModel, build, wrong
from soak import times
from test_in_step import MEMORY, killed_at

from rag.config import Settings
from rag.extract.formats import formats, read_articles
from rag.ingest.repeated_lines import LEAST, news_of, repeated_lines
from rag.ingest.sync import Extraction, IngestReport, ingest
from rag.store import writes
from rag.store.catalog import Catalog
from rag.types import Article, Passage, Span

REAL = writes.record_body
PROMO = "موعد يومي مع أبرز الأحداث على الساحة الوطنية"


def news(n: int, last: str = PROMO) -> str:
    lines = (f"زار الوزير رقم {n} مدينة {k} وبحث فيها أمورا كثيرة مع سكانها." for k in range(5))
    return "\n".join([*lines, last]) + "\n"


def write(folder: Path, *numbers: int) -> Path:
    folder.mkdir(exist_ok=True)
    for n in numbers:
        (folder / f"{n}.txt").write_text(news(n), encoding="utf-8")
    return folder


def take(folder: Path, data: Path, model: HashModel | None = None, *, allow_deletes: bool = False) -> IngestReport:
    chosen = Settings(data_dir=data)
    known = formats(limit=chosen.max_file_bytes)
    return ingest(
        folder,
        settings=chosen,
        corpus="archive",
        embedder=model or HashModel(),
        build=build,
        extraction=Extraction(known),
        allow_deletes=allow_deletes,
    )


def catalog(data: Path) -> Catalog:
    return Catalog.open(data / "corpora" / "archive" / "catalog.sqlite3")


def held(data: Path) -> dict[str, tuple[Article, list[Passage]]]:
    with catalog(data) as opened:
        current = opened.current("archive")
        assert current is not None
        ids = [meta.id for meta in opened.articles_meta(current.id)]
        passages = opened.passages_of(current.id, ids)
        return {one.source: (one, passages[one.id]) for one in opened.articles(current.id, ids).values()}


def with_promotion(data: Path) -> set[str]:
    return {source for source, (_, passages) in held(data).items() if any(PROMO in one.text for one in passages)}


def test_a_line_is_searched_until_enough_articles_end_in_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", *range(LEAST - 1))
    report = take(folder, tmp_path)
    assert (report.added, report.repeated, len(with_promotion(tmp_path))) == (LEAST - 1, 0, LEAST - 1)
    model = HashModel()
    report = take(write(folder, LEAST), tmp_path, model)
    assert (report.added, report.changed, report.unchanged, report.repeated) == (1, 0, LEAST - 1, LEAST)
    assert with_promotion(tmp_path) == set()
    # The file keeps the line; only what is searched lost it, and the last passage alone has another text.
    for article, passages in held(tmp_path).values():
        assert article.text.endswith(f"{PROMO}\n")
        assert [span.of(article.text) for span in article.body] == ["".join(one.text for one in passages)]
    assert not any(PROMO in text for text in model.seen)
    assert wrong(tmp_path) == []


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", *range(LEAST))
    first = take(folder, tmp_path)
    second = take(folder, tmp_path)
    assert (second.switched, second.embedded, second.unchanged) == (False, 0, LEAST)
    assert (second.repeated, second.generation) == (LEAST, first.generation)


def test_what_repeats_no_more_is_searched_again(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", *range(LEAST))
    take(folder, tmp_path)
    before = {source: article.body for source, (article, _) in held(tmp_path).items()}
    (folder / "0.txt").unlink()
    report = take(folder, tmp_path)
    assert (report.deleted, report.repeated, len(with_promotion(tmp_path))) == (1, 0, LEAST - 1)
    whole = write(tmp_path / "other", *range(1, LEAST))
    take(whole, tmp_path / "anew")
    anew = {source: article.body for source, (article, _) in held(tmp_path / "anew").items()}
    assert {source: article.body for source, (article, _) in held(tmp_path).items()} == anew
    assert all(before[source] != body for source, body in anew.items())
    assert wrong(tmp_path) == []


def test_the_order_in_which_files_came_does_not_matter(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", 0)
    for n in range(1, LEAST + 2):
        take(write(folder, n), tmp_path)
    take(folder, tmp_path / "at once")
    for (one, mine), (other, others) in zip(
        sorted(held(tmp_path).values(), key=lambda both: both[0].source),
        sorted(held(tmp_path / "at once").values(), key=lambda both: both[0].source),
        strict=True,
    ):
        assert (one.source, one.body, mine) == (other.source, other.body, others)


def test_a_changed_file_is_changed_once_and_trimmed_anew(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", *range(LEAST + 1))
    take(folder, tmp_path)
    (folder / "0.txt").write_text(news(100), encoding="utf-8")
    report = take(folder, tmp_path)
    assert (report.changed, report.unchanged, report.repeated) == (1, LEAST, LEAST + 1)
    (folder / "0.txt").write_text(news(0), encoding="utf-8")  # and back, to a version that an older generation has
    report = take(folder, tmp_path)
    assert (report.changed, report.repeated) == (1, LEAST + 1)
    assert with_promotion(tmp_path) == set()


def test_killed_between_any_two_articles_the_next_run_finishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "folder", *range(LEAST))
    for done in range(LEAST):
        data = tmp_path / f"data{done}"
        left = [done]

        def killed(*arguments: object, left: list[int] = left) -> None:
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            REAL(*arguments)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(writes, "record_body", killed)
            with pytest.raises(KeyboardInterrupt):
                take(folder, data)
        report = take(folder, data)
        assert (report.unchanged, report.repeated) == (LEAST, LEAST)
        assert with_promotion(data) == set()
        assert wrong(data) == []


def killed_there(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_a_killed_run_counted_of_a_file_that_is_as_before_again_counts_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "وانتهت الزيارة من غير بيان."
    folder = write(tmp_path / "folder", *range(LEAST - 2))
    (folder / "9.txt").write_text(news(9, other), encoding="utf-8")
    take(folder, tmp_path)
    write(folder, 9)
    with monkeypatch.context() as patched:
        patched.setattr(writes, "switch", killed_there)
        with pytest.raises(KeyboardInterrupt):
            take(folder, tmp_path)
    (folder / "9.txt").write_text(news(9, other), encoding="utf-8")
    assert take(folder, tmp_path).switched is False
    # One more article with the line makes LEAST - 1: with what the killed run counted, it would be LEAST.
    report = take(write(folder, LEAST), tmp_path)
    assert (report.added, report.repeated, len(with_promotion(tmp_path))) == (1, 0, LEAST - 1)


LINES = st.lists(st.sampled_from([PROMO, "تابعوا قناتنا", "وانتهى الخبر في 2016."]), max_size=2)
ARTICLES = st.tuples(st.integers(0, 2), st.sampled_from(["a", "b"]), LINES)


@settings(max_examples=times(12, 300), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.integers(0, LEAST + 2), st.none() | ARTICLES, min_size=1),
            st.none() | st.integers(1, 150),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_counted_article_by_article_the_lines_are_those_of_a_count_of_all(
    steps: list[tuple[dict[int, tuple[int, str, list[str]] | None], int | None]],
) -> None:
    """Files come, change and go; a run may be killed at any statement to the database."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as base:
        folder, data = Path(base) / "folder", Path(base) / "data"
        many = {n: (0, "a", [PROMO]) for n in range(LEAST)}
        for changes, at in [(many, None), *steps]:
            for n, one in changes.items():
                for group in "ab":
                    (folder / group / f"{n}.txt").unlink(missing_ok=True)
                if one:
                    salt, group, ends = one
                    (folder / group).mkdir(parents=True, exist_ok=True)
                    (folder / group / f"{n}.txt").write_text(news(n + 100 * salt, "\n".join(ends)), encoding="utf-8")
            if not any(folder.rglob("*.txt")):
                continue
            if at:
                data.mkdir(exist_ok=True)
                with killed_at(data, at):
                    take(folder, data, allow_deletes=True)
            else:
                take(folder, data, allow_deletes=True)
                found = [article for article, _ in held(data).values()]
                assert {one.source for one in found} == {
                    str(path.relative_to(folder)) for path in folder.rglob("*.txt")
                }
                wholes = [replace(one, body=whole_of(data, one)) for one in found]
                repeated = repeated_lines(wholes)
                assert [one.body for one in found] == [news_of(one, repeated) for one in wholes]
        assert wrong(data) == []


def whole_of(data: Path, article: Article) -> tuple[Span, ...]:
    """The body of the article before lines were removed, as it is read again."""
    text = article.text
    (again,) = read_articles(text.encode(), corpus="archive", source=article.source, formats=formats(limit=10**6))
    assert isinstance(again, Article)
    return again.body


def test_of_a_file_with_many_articles_some_can_be_trimmed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    texts = [*map(news, range(LEAST)), news(50, "وعاد الوزير إلى دمشق مساء الأحد."), news(51, "وانتهت الزيارة.")]
    rows = [json.dumps({"id": f"n{n}", "text": text}, ensure_ascii=False) for n, text in enumerate(texts)]
    (folder / "news.jsonl").write_text("\n".join(rows), encoding="utf-8")
    report = take(folder, tmp_path)
    assert (report.added, report.repeated) == (LEAST + 2, LEAST)
    again = take(folder, tmp_path)
    assert (again.unchanged, again.repeated, again.switched) == (LEAST + 2, LEAST, False)
    (folder / "news.jsonl").touch()
    assert take(folder, tmp_path).unchanged == LEAST + 2


def test_versions_and_vectors_that_trimming_left_behind_are_collected(tmp_path: Path) -> None:
    folder = write(tmp_path / "folder", *range(LEAST))
    for n in range(3):
        (folder / "0.txt").write_text(news(100 + n), encoding="utf-8")
        take(folder, tmp_path)
    with sqlite3.connect(tmp_path / "corpora" / "archive" / "catalog.sqlite3") as connection:
        (versions,) = connection.execute("SELECT COUNT(*) FROM versions").fetchone()
        (whole,) = connection.execute("SELECT COUNT(*) FROM versions WHERE whole IS NULL").fetchone()
        (unused,) = connection.execute(
            "SELECT COUNT(*) FROM vectors WHERE text_sha256 NOT IN (SELECT text_sha256 FROM uses)"
        ).fetchone()
    # The generation that answers and the one before it: one article differs.
    assert (versions, whole, unused) == (LEAST + 1, 0, 0)
