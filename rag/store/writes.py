"""Write to the catalog: files as last read, quarantine, generations and the pointer to the current one.

Each function executes statements in its caller's transaction. Only the holder of the write lock may call them;
`rag.ingest.sync` decides when.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    Select,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.sql import ColumnElement, FromClause

from rag.store.embeddings import chunks, texts_of
from rag.store.schema import (
    VERSION,
    VersionKey,
    article_to_row,
    corpora,
    generation_number,
    generations,
    has_member,
    members,
    passage_to_row,
    passages,
    quarantine,
    same_version,
    sha256_of,
    sources,
    touched,
    uses,
    vectors,
    versions,
)
from rag.types import Article, Passage, Span

# Reference counts of the texts of passages and sentences over all versions: they show, without a scan of other
# versions, when a vector is no longer needed.


def add_uses(connection: Connection, passages: Iterable[Passage]) -> None:
    """Count the texts of passages that were added to the catalog."""
    added = _counted(passages)
    known = _known(connection, added)
    new = [{"text_sha256": key, "times": times} for key, times in added.items() if key not in known]
    if new:
        connection.execute(insert(uses), new)
    _set(connection, {key: known[key] + added[key] for key in known})


def remove_uses(connection: Connection, passages: Iterable[Passage]) -> None:
    """Reverse `add_uses`, and delete the vectors of texts that no passage or sentence uses any more."""
    removed = _counted(passages)
    left = {key: times - removed[key] for key, times in _known(connection, removed).items()}
    _set(connection, {key: times for key, times in left.items() if times > 0})
    for part in chunks(sorted(key for key in removed if left.get(key, 0) <= 0)):
        for table in (vectors, uses):
            connection.execute(delete(table).where(table.c.text_sha256.in_(part)))


def _counted(passages: Iterable[Passage]) -> Counter[str]:
    return Counter(sha256_of(text) for passage in passages for text in texts_of(passage))


def _known(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for part in chunks(sorted(keys)):
        rows = connection.execute(select(uses).where(uses.c.text_sha256.in_(part))).mappings()
        known |= {row["text_sha256"]: row["times"] for row in rows}
    return known


def _set(connection: Connection, times: dict[str, int]) -> None:
    if times:
        statement = update(uses).where(uses.c.text_sha256 == bindparam("key")).values(times=bindparam("now"))
        connection.execute(statement, [{"key": key, "now": now} for key, now in times.items()])


GENERATION_ID: Final = r"[0-9]{6,18}-[0-9a-f]{8}"
"""A generation's id is also the name of its folder."""
_PART: Final = "+"
"""Separator in the rules of a version, between the rules by which it was read and a hash of its reduced body."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file as last read: hash, rules, stamp (None: read it again) and number of articles."""

    sha256: str
    rules: str
    stamp: str | None
    articles: int


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file as last quarantined; `rules`, `stamp` and `sha256` determine when to try it again."""

    rules: str
    sha256: str | None
    size: int
    stamp: str | None
    reason: str
    do: str


def now() -> str:
    """Current time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def known_sources(connection: Connection, corpus: str) -> dict[str, KnownFile]:
    """Files of the folder when it was last read, by source."""
    same = (sources.c.source, sources.c.sha256, sources.c.rules, sources.c.stamp)
    rows = connection.execute(select(*same, func.count()).where(sources.c.corpus == corpus).group_by(*same))
    found: dict[str, KnownFile] = {}
    for source, sha256, rules, stamp, articles in rows:
        before = found[source].articles if source in found else 0
        found[source] = KnownFile(sha256, _as_read(rules), stamp, before + articles)
    return found


def known_articles(connection: Connection, corpus: str, source: str) -> dict[str, str]:
    """Articles of a file when it was last read: hash of each one's text, by id."""
    same = and_(*(versions.c[name] == sources.c[name] for name in VERSION))
    here = and_(sources.c.corpus == corpus, sources.c.source == source)
    rows = connection.execute(select(versions.c.article_id, versions.c.text_sha256).join(sources, same).where(here))
    return {row.article_id: row.text_sha256 for row in rows}


def articles_of_sources(connection: Connection, corpus: str) -> dict[str, frozenset[str]]:
    """Ids of the articles of each file when it was last read, by source."""
    rows = connection.execute(select(sources.c.source, sources.c.article_id).where(sources.c.corpus == corpus))
    found: dict[str, set[str]] = {}
    for source, article_id in rows:
        found.setdefault(source, set()).add(article_id)
    return {source: frozenset(ids) for source, ids in found.items()}


def refused_sources(connection: Connection, corpus: str) -> dict[str, RefusedFile]:
    """Files in quarantine, by source; for a file with several articles, one of them represents all."""
    rows = connection.execute(select(quarantine).where(quarantine.c.corpus == corpus)).mappings()
    return {row["source"]: RefusedFile(*(row[name] for name in RefusedFile.__slots__)) for row in rows}


def record_article(
    connection: Connection, article: Article, passages_of: list[Passage], rules: str, stamp: str | None
) -> None:
    """Add `article` to its source; a version that exists already is never written again.

    Call `forget_sources` first, to remove what the source held before.
    """
    key = VersionKey(article.id, article.sha256, rules)
    _keep(connection, key, article_to_row(article, rules), passages_of)
    row = {"corpus": article.corpus, "source": article.source, "member": article.member or "", "stamp": stamp}
    connection.execute(insert(sources).values(row | key._asdict()))
    connection.execute(insert(touched).values(corpus=article.corpus, **key._asdict()))


def record_body(
    connection: Connection, article: Article, passages_of: list[Passage], whole: tuple[Span, ...], before: VersionKey
) -> None:
    """Replace the version `before` of the source with `article`, whose body is all or part of `whole`."""
    rules, row = _as_read(before.rules), {}
    if article.body != whole:
        rules += _PART + sha256_of(json.dumps(article.body))
        row = {"whole": [list(span) for span in whole]}
    key = before._replace(rules=rules)
    _keep(connection, key, article_to_row(article, rules) | row, passages_of)
    connection.execute(update(sources).where(*_is(sources, before)).values(rules=rules))
    connection.execute(insert(touched), [{"corpus": article.corpus, **one._asdict()} for one in (before, key)])


def count_parts(connection: Connection, corpus: str) -> int:
    """Number of listed articles whose body had lines removed."""
    part = sources.c.rules.contains(_PART, autoescape=True)
    query = select(func.count()).select_from(sources).where(sources.c.corpus == corpus, part)
    return connection.execute(query).scalar_one()


def record_stamp(connection: Connection, corpus: str, source: str, stamp: str | None) -> None:
    """Record new times of a file whose bytes have not changed; its quarantine as a whole file ends."""
    whole = and_(quarantine.c.corpus == corpus, quarantine.c.source == source, quarantine.c.member == "")
    connection.execute(delete(quarantine).where(whole))
    for table in (sources, quarantine):
        here = and_(table.c.corpus == corpus, table.c.source == source)
        connection.execute(update(table).where(here).values(stamp=stamp))


def record_refused(connection: Connection, corpus: str, source: str, refused: RefusedFile, member: str = "") -> None:
    """Put a file, or one article of it, into quarantine; its rows in `sources` stay until `forget_sources`.

    Call `release` first, to remove earlier quarantine rows of the file.
    """
    row = {name: getattr(refused, name) for name in RefusedFile.__slots__}
    connection.execute(insert(quarantine).values(corpus=corpus, source=source, member=member, at=now(), **row))


def release(connection: Connection, corpus: str, names: Iterable[str]) -> None:
    """Take files out of quarantine."""
    for part in chunks(sorted(names)):
        connection.execute(delete(quarantine).where(quarantine.c.corpus == corpus, quarantine.c.source.in_(part)))


def forget_sources(connection: Connection, corpus: str, names: Iterable[str]) -> None:
    """Remove the articles of these files from the sources. Versions stay, because generations may list them."""
    for part in chunks(sorted(names)):
        here = and_(sources.c.corpus == corpus, sources.c.source.in_(part))
        _touch(connection, sources, here)
        connection.execute(delete(sources).where(here))


def _touch(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> None:
    """Note the versions of these rows of `sources` or `members` in `touched`."""
    columns = ("corpus", *VERSION)
    rows = select(*(table.c[name] for name in columns)).where(*conditions)
    connection.execute(insert(touched).from_select(columns, rows))


def touch_sources(connection: Connection, corpus: str) -> None:
    """Have the ingest look at all articles in the sources."""
    _touch(connection, sources, sources.c.corpus == corpus)


def touch_articles(connection: Connection, corpus: str, article_ids: Select[tuple[str]]) -> None:
    """Have the ingest look at these articles."""
    _touch(connection, versions, versions.c.corpus == corpus, versions.c.article_id.in_(article_ids))


def touched_articles(connection: Connection, corpus: str) -> list[str]:
    """Ids of the articles of which a version was touched, sorted; some are in the sources no more."""
    found = connection.execute(select(touched.c.article_id).where(touched.c.corpus == corpus).distinct()).scalars()
    return sorted(found)


def has_touched(connection: Connection, corpus: str) -> bool:
    """Whether anything was done to the sources or the generations since the last ingest that was completed."""
    return _any(connection, select(touched.c.corpus).where(touched.c.corpus == corpus))


def settle(connection: Connection, corpus: str) -> None:
    """Forget the touched versions that the sources and the newest generation both list, or neither. To be called at the
    end of an ingest."""
    newest = _newest(connection, corpus)
    listed = exists().where(same_version(sources, touched), sources.c.corpus == corpus)
    known = exists().where(same_version(members, touched), _in_newest(corpus, newest))
    same = or_(and_(listed, known), and_(~listed, ~known))
    connection.execute(delete(touched).where(touched.c.corpus == corpus, same))


def record_root(connection: Connection, corpus: str, root: str) -> None:
    if not connection.execute(update(corpora).where(corpora.c.corpus == corpus).values(root=root)).rowcount:
        connection.execute(insert(corpora).values(corpus=corpus, root=root, generation_id=None))


def has_sources(connection: Connection, corpus: str) -> bool:
    """Whether the sources list any article."""
    return _any(connection, select(sources.c.corpus).where(sources.c.corpus == corpus))


def has_changes(connection: Connection, corpus: str, generation_id: str) -> bool:
    """Whether the next generation would have other members than this one."""
    newest = _newest(connection, corpus)
    if generation_number(generation_id) != newest:
        return True
    began, ended = _difference(corpus, newest)
    return _any(connection, began) or _any(connection, select(members.c.corpus).where(ended))


# Members of generations are ranges of numbers. The members of the newest generation are the ranges without an end, and
# the next one begins and ends ranges. A generation that never was the current one is read by nobody: the start of the
# next one, or its own removal, undoes what it changed.


def start_generation(
    connection: Connection, corpus: str, fingerprint: str, rules: str, same_as: str | None = None
) -> str:
    """Insert a new generation that nobody reads yet; returns its id, which is unique over time.

    Its members are the versions in the sources, or those of the generation `same_as`. It costs as much as it differs
    from the newest generation.
    """
    newest = _newest(connection, corpus)
    _undo(connection, corpus, newest)
    ids = connection.execute(select(generations.c.id)).scalars()
    number = 1 + max(map(generation_number, ids), default=0)
    # The random part makes paths unique even after the catalog was deleted and created again.
    generation_id = f"{number:06d}-{secrets.token_hex(4)}"
    connection.execute(
        insert(generations).values(
            id=generation_id,
            corpus=corpus,
            fingerprint=fingerprint,
            rules=rules,
            created_at=now(),
            passages=0,
        )
    )
    began, ended = _difference(corpus, newest, same_as)
    connection.execute(update(members).where(ended).values(until=number))
    began = began.add_columns(literal(corpus), literal(number))
    connection.execute(insert(members).from_select([*VERSION, "corpus", "since"], began))
    count = _switched(connection, corpus).get(newest, 0)
    count += _count_passages(connection, members.c.since == number)
    count -= _count_passages(connection, members.c.until == number)
    connection.execute(update(generations).where(generations.c.id == generation_id).values(passages=count))
    return generation_id


def _newest(connection: Connection, corpus: str) -> int:
    """Number of the newest generation that is or was the current one; 0 if there is none."""
    return max(_switched(connection, corpus), default=0)


def _switched(connection: Connection, corpus: str) -> dict[int, int]:
    """Number of passages of each generation that is or was the current one, by the generation's number."""
    switched = and_(generations.c.corpus == corpus, generations.c.switched_at.is_not(None))
    rows = connection.execute(select(generations.c.id, generations.c.passages).where(switched))
    return {generation_number(row.id): row.passages for row in rows}


def _in_newest(corpus: str, newest: int) -> ColumnElement[bool]:
    unended = or_(members.c.until.is_(None), members.c.until > newest)
    return and_(members.c.corpus == corpus, members.c.since <= newest, unended)


def _difference(corpus: str, newest: int, same_as: str | None = None) -> tuple[Select[Any], ColumnElement[bool]]:
    """What a generation with the versions in the sources, or those of `same_as`, changes: keys of the versions that the
    newest one does not have, and a condition for the rows of `members` of those that it alone has."""
    of: FromClause
    if same_as is None:
        # Without the touched versions in the lead, the database would scan all sources.
        of, among = touched, touched.c.corpus == corpus
        keys = select(*(touched.c[name] for name in VERSION)).where(among)
        wanted: ColumnElement[bool] = exists().where(same_version(sources, touched), sources.c.corpus == corpus)
        may_end: ColumnElement[bool] = tuple_(*(members.c[name] for name in VERSION)).in_(keys)
        unwanted = ~exists().where(same_version(sources, members), sources.c.corpus == corpus)
    else:
        of = members.alias()
        among = has_member(same_as, of)
        wanted, may_end = true(), true()
        unwanted = ~exists().where(same_version(of, members), among)
    known = exists().where(same_version(members, of), _in_newest(corpus, newest))
    began = select(*(of.c[name] for name in VERSION)).where(among, wanted, ~known).distinct()
    return began, and_(may_end, _in_newest(corpus, newest), unwanted)


def _count_passages(connection: Connection, condition: ColumnElement[bool]) -> int:
    joined = members.join(passages, same_version(members, passages))
    return connection.execute(select(func.count()).select_from(joined).where(condition)).scalar_one()


def _undo(connection: Connection, corpus: str, newest: int) -> None:
    """Restore the members of the generation `newest`, as they were before later ones were started."""
    began = and_(members.c.corpus == corpus, members.c.since > newest)
    ended = and_(members.c.corpus == corpus, members.c.until > newest)
    _touch(connection, members, or_(began, ended))
    connection.execute(delete(members).where(began))
    connection.execute(update(members).where(ended).values(until=None))


def _any(connection: Connection, query: Select[Any]) -> bool:
    return connection.execute(query.limit(1)).first() is not None


def switch(
    connection: Connection, corpus: str, generation_id: str | None, segments: Sequence[tuple[str, int]] = ()
) -> None:
    """Make `generation_id` the current generation (None: none is). The only place that moves the pointer.

    `segments` are the names and numbers of rows of the generation's segments.
    """
    if generation_id is not None:
        row = {"switched_at": now(), "segments": [list(one) for one in segments]}
        connection.execute(update(generations).where(generations.c.id == generation_id).values(row))
    connection.execute(update(corpora).where(corpora.c.corpus == corpus).values(generation_id=generation_id))


def remove_generation(connection: Connection, generation_id: str) -> None:
    """Delete a generation from the list, and the ranges of members that no other one needs. The database refuses this
    for the current one."""
    corpus = connection.execute(select(generations.c.corpus).where(generations.c.id == generation_id)).scalar()
    if corpus is None:
        return
    connection.execute(delete(generations).where(generations.c.id == generation_id))
    number, kept = generation_number(generation_id), _switched(connection, corpus)
    before = max((one for one in kept if one < number), default=0)
    after = min((one for one in kept if one >= number), default=None)
    if after is None:
        _undo(connection, corpus, before)
        return
    between = and_(members.c.since > before, members.c.until > before, members.c.until <= after)
    unneeded = and_(members.c.corpus == corpus, between)
    _touch(connection, members, unneeded)
    connection.execute(delete(members).where(unneeded))


def _keep(connection: Connection, key: VersionKey, row: dict[str, Any], passages_of: list[Passage]) -> None:
    there = select(func.count()).select_from(versions).where(*_is(versions, key))
    if connection.execute(there).scalar_one():
        return
    connection.execute(insert(versions).values(row))
    if passages_of:
        connection.execute(insert(passages), [passage_to_row(passage, key.rules) for passage in passages_of])
        add_uses(connection, passages_of)


def _as_read(rules: str) -> str:
    """The rules by which a file was read, without the suffix for repeated lines."""
    return rules.partition(_PART)[0]


def _is(table: Table, key: VersionKey) -> tuple[ColumnElement[bool], ...]:
    return tuple(table.c[name] == value for name, value in key._asdict().items())
